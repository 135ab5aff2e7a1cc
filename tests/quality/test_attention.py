"""Half-looked answers are weighed as such, where there are enough of them to measure."""

from __future__ import annotations

import numpy as np
import pytest

from relevance.quality.attention import hands, hasty
from relevance.quality.model import fit
from relevance.quality.simulate import CROWDS, crowd
from relevance.quality.table import coded
from relevance.quality.triage import right


def test_too_little_watched_and_too_fast_are_hasty_and_unknown_is_not() -> None:
    grades = coded(np.arange(4), np.zeros(4, int), np.array([0, 1, 0, 1]), levels=2)
    assert hasty(grades, watched=np.array([0.2, 0.9, np.nan, 1.0])).tolist() == [True, False, False, False]
    # His median is 10 s: below 4 s is hasty.
    assert hasty(grades, seconds=np.array([10.0, 3.0, 11.0, np.nan])).tolist() == [False, True, False, False]


def test_taking_hasty_answers_apart_makes_careless_crowds_right_more_often_and_costs_careful_ones_nothing() -> None:
    gain = {}
    for kind in CROWDS:
        change = []
        for seed in range(5):
            made = crowd(kind, items=1500, per_item=3, seed=seed)
            split = hands(made.grades, hasty(made.grades, made.watched))
            change.append(
                right(fit(split).shares, made.truth).mean() - right(fit(made.grades).shares, made.truth).mean()
            )
        gain[kind] = np.mean(change)
    assert gain["careless"] > 0.002
    assert gain["careful"] > -0.002
    assert gain["drifting"] > -0.002


def test_the_same_seed_is_the_same_crowd() -> None:
    assert (crowd("drifting", items=50, seed=3).grades.level == crowd("drifting", items=50, seed=3).grades.level).all()


@pytest.mark.parametrize("kind", CROWDS)
def test_a_simulated_grader_answers_an_item_once(kind: str) -> None:
    grades = crowd(kind, items=100).grades
    assert len(set(zip(grades.item.tolist(), grades.grader.tolist(), strict=True))) == len(grades)
