"""Confidence against what was right; and what a random sample says of everything."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss

from relevance.errors import BadInput
from relevance.quality.calibration import calibration
from relevance.quality.horvitz_thompson import estimate


def test_brier_is_scikit_learns_twice_over_for_two_levels() -> None:
    random = np.random.default_rng(0)
    p, truth = random.random(100), random.integers(0, 2, 100)
    found = calibration(np.column_stack([1 - p, p]), truth.astype(np.int32))
    assert found is not None
    # Brier's own sum runs over both levels, scikit-learn's over one: twice as much.
    assert found.brier == pytest.approx(2 * brier_score_loss(truth, p))


def test_a_known_confidence_is_found_in_its_bin_with_its_interval() -> None:
    found = calibration(np.tile([0.75, 0.25], (40, 1)), np.array([0] * 20 + [1] * 20, dtype=np.int32))
    assert found is not None
    (only,) = found.bins
    assert (only.low, only.n, only.confidence, only.right) == (0.7, 40, 0.75, 0.5)
    assert only.right_low < 0.5 < only.right_high
    assert (found.error, found.over) == (0.25, 0.25)


def test_what_has_no_gold_is_left_out() -> None:
    assert calibration(np.array([[1.0, 0]]), np.array([-1], dtype=np.int32)) is None


def test_certain_labels_stand_in_the_last_bin() -> None:
    found = calibration(np.array([[1.0, 0]]), np.array([0], dtype=np.int32))
    assert found is not None
    assert (found.bins[0].low, found.bins[0].high) == (0.9, 1.0)


def test_the_sample_estimate_is_unbiased_and_its_interval_holds() -> None:
    # Disputed items (30 % right) are sampled at 40 %, others (95 % right) at 10 %: the plain mean would be far too low.
    random = np.random.default_rng(4)
    disputed = random.random(4000) < 0.2
    y = (random.random(4000) < np.where(disputed, 0.3, 0.95)).astype(float)
    chance = np.where(disputed, 0.4, 0.1)
    held, values = 0, []
    for _ in range(300):
        drawn = random.random(4000) < chance
        found = estimate(y[drawn], chance[drawn])
        assert found.value is not None and found.low is not None and found.high is not None
        values.append(found.value)
        held += found.low <= y.mean() <= found.high
    assert np.mean(values) == pytest.approx(y.mean(), abs=0.005)
    assert 275 <= held <= 297
    assert y[random.random(4000) < chance].mean() < y.mean() - 0.1


def test_with_the_population_known_it_is_horvitz_and_thompsons_own() -> None:
    # (1 / .5 + 0 / .5) / 4 = 0.5
    assert estimate(np.array([1.0, 0.0]), np.array([0.5, 0.5]), population=4).value == 0.5


def test_all_right_in_a_sample_is_not_all_right_in_everything() -> None:
    found = estimate(np.ones(20), np.full(20, 0.1))
    assert found.value == 1
    assert found.low is not None and found.low < 0.9


def test_nothing_sampled_is_said() -> None:
    assert estimate(np.array([]), np.array([])).why == "Nothing was sampled yet."


def test_a_chance_of_nought_is_refused() -> None:
    with pytest.raises(BadInput, match="chance of being sampled"):
        estimate(np.array([1.0]), np.array([0.0]))
