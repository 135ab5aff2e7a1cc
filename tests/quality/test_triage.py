"""Triage finds more wrong labels than the votes alone, and counts them honestly."""

from __future__ import annotations

import numpy as np
import pytest

from relevance.quality.model import fit
from relevance.quality.simulate import crowd
from relevance.quality.triage import entropy, found_share, right, triage


def test_a_perfect_order_finds_what_fits_the_budget() -> None:
    # Four wrong of ten: two places hold half of them.
    wrong = np.array([True] * 4 + [False] * 6)
    assert found_share(wrong.astype(float) * np.arange(10, 0, -1), wrong, 0.2) == pytest.approx(0.5)


def test_with_equal_scores_the_share_found_is_the_budget() -> None:
    assert found_share(np.zeros(50), np.arange(50) % 7 == 0, 0.2) == pytest.approx(0.2)


def test_without_wrong_labels_there_is_nothing_to_find() -> None:
    assert found_share(np.arange(5.0), np.zeros(5, bool)) is None


def test_worth_moves_an_item_up() -> None:
    shares, votes = np.array([[0.6, 0.4], [0.7, 0.3]]), np.array([[2.0, 1], [2, 1]])
    assert triage(shares, shares, votes).order.tolist() == [0, 1]
    assert triage(shares, shares, votes, worth=np.array([1.0, 5.0])).order.tolist() == [1, 0]


def test_what_the_guessing_crowds_view_doubts_moves_up() -> None:
    shares, votes = np.array([[0.6, 0.4], [0.6, 0.4]]), np.array([[2.0, 1], [2, 1]])
    guessed = np.array([[0.9, 0.1], [0.3, 0.7]])
    found = triage(shares, shares, votes, guessed=guessed)
    assert found.order.tolist() == [1, 0]
    assert found.score[1] - found.score[0] == pytest.approx((0.7 - 0.1) / 2)  # its doubts of the label, at half weight


def test_equal_items_stand_in_order_of_their_code() -> None:
    assert triage(np.full((5, 2), 0.5), np.full((5, 2), 0.5), np.ones((5, 2))).order.tolist() == [0, 1, 2, 3, 4]


def test_an_item_without_a_grade_is_as_doubtful_as_can_be() -> None:
    shares = np.array([[0.6, 0.4], [0.6, 0.4]])
    found = triage(shares, shares, np.array([[3.0, 0], [0, 0]]))
    assert found.order[0] == 1
    assert np.isfinite(found.score).all()


def test_a_tie_that_holds_the_truth_is_half_right() -> None:
    assert right(np.array([[0.5, 0.5, 0]]), np.array([1])).tolist() == [0.5]


def test_on_careless_crowds_it_finds_more_than_the_entropy_of_the_votes() -> None:
    gain = []
    for seed in range(5):
        made = crowd("careless", items=1500, per_item=3, seed=seed)
        model, votes = fit(made.grades), made.grades.votes
        shares = model.shares
        wrong = 1 - right(shares, made.truth)
        ours = found_share(triage(shares, model.posterior, votes, guessed=model.guessed).score, wrong)
        plain = found_share(entropy(votes / votes.sum(axis=1, keepdims=True)), wrong)
        assert ours is not None and plain is not None
        gain.append(ours / plain)
    assert np.mean(gain) > 1
