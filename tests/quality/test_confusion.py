"""Scorecards: counts against scikit-learn's, bias with its sign, nothing said without an answer."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix

from relevance.quality.confusion import certain, scorecards, together
from relevance.quality.pace import pace
from relevance.quality.proportion import wilson
from relevance.quality.table import coded


def test_confusion_and_accuracy_are_scikit_learns() -> None:
    random = np.random.default_rng(1)
    truth, level = random.integers(0, 4, 300), random.integers(0, 4, 300)
    grades = coded(np.arange(300), np.arange(300) % 3, level, levels=4)
    cards = scorecards(grades, certain(truth, 4)[grades.item])
    for j, card in enumerate(cards):
        own = np.arange(300) % 3 == j
        assert card.confusion == pytest.approx(confusion_matrix(truth[own], level[own], labels=range(4)))
        assert card.accuracy.value == pytest.approx(accuracy_score(truth[own], level[own]))
        assert card.n == own.sum()


def test_above_nought_is_lenient_and_below_is_strict() -> None:
    truth = np.array([1, 1, 2, 2])
    grades = coded(np.tile(np.arange(4), 2), np.repeat([0, 1], 4), np.concatenate([truth + 1, truth - 1]), levels=4)
    lenient, strict = scorecards(grades, certain(truth, 4)[grades.item])
    assert (lenient.bias, strict.bias) == (1.0, -1.0)
    assert lenient.accuracy.value == 0
    assert lenient.near.value == 1


def test_severity_names_the_commonest_confusion_first() -> None:
    # Truth 2 five times: three times taken for 3, once for 1.
    grades = coded(np.arange(5), np.zeros(5, int), np.array([3, 3, 3, 1, 2]), levels=4)
    card = scorecards(grades, certain(np.full(5, 2), 4)[grades.item])[0]
    assert [(one.truth, one.grade, one.share.value) for one in card.severity] == [(2, 3, 0.6), (2, 1, 0.2)]


def test_a_grader_without_a_reference_has_no_figures() -> None:
    grades = coded(np.array([0, 1]), np.array([0, 1]), np.array([1, 1]), levels=2)
    card = scorecards(grades, certain(np.array([1, -1]), 2)[grades.item])[1]
    assert (card.n, card.accuracy.value, card.bias, card.severity) == (0, None, None, ())
    assert scorecards(grades, certain(np.array([1, -1]), 2)[grades.item])[0].bias_low is None  # one answer: no spread


def test_a_doubtful_reference_counts_by_its_doubt() -> None:
    grades = coded(np.array([0]), np.array([0]), np.array([1]), levels=2)
    assert scorecards(grades, np.array([[0.25, 0.75]]))[0].accuracy.value == 0.75


def test_gold_goes_before_the_model() -> None:
    merged = together(certain(np.array([1, -1]), 2), np.array([[0.9, 0.1], [0.9, 0.1]]))
    assert merged.tolist() == [[0, 1], [0.9, 0.1]]


def test_wilsons_interval_is_the_published_one() -> None:
    # Newcombe (1998), doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E, table I, method 3.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=1e-4)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert wilson(1, 29) == pytest.approx((0.0061, 0.1718), abs=1e-4)


def test_the_interval_of_a_pace_holds_the_median_as_often_as_it_says() -> None:
    random = np.random.default_rng(3)
    held = 0
    for _ in range(300):
        found = pace(random.lognormal(2.6, 0.8, 60))
        assert found.low is not None and found.high is not None
        held += found.low <= np.exp(2.6) <= found.high
    assert 275 <= held <= 300
