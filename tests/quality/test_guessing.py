"""The guessing crowd's view: it finds who guesses, is MACE at its fixed point, and weighs nothing where it knows nothing."""

from __future__ import annotations

import numpy as np
import pytest

from relevance.quality import guessing as module
from relevance.quality.guessing import guessing, view
from relevance.quality.model import _cut, report
from relevance.quality.simulate import crowd
from relevance.quality.table import Grades, coded
from tests.quality.baselines import mace


def guessers(seed: int = 0) -> tuple[Grades, np.ndarray]:
    """Six graders of 400 items with four levels: four see the level nine times in ten, two always say 2."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, 4, 400)
    level = np.stack([np.where(random.random(400) < 0.9, truth, random.integers(0, 4, 400)) for _ in range(4)])
    level = np.vstack([level, np.full((2, 400), 2)])
    grades = coded(np.tile(np.arange(400), 6), np.repeat(np.arange(6), 400), level.ravel(), levels=4)
    return grades, truth


def test_who_always_says_the_same_is_found_to_guess() -> None:
    grades, truth = guessers()
    found = guessing(grades, _cut(grades, None)[1])
    assert (found.seen[:4, 0] > 0.8).all()
    assert (found.seen[4:, 0] < 0.1).all()
    assert (found.habit[4:].argmax(axis=1) == 2).all()
    by_item, _, _ = _cut(grades, None)
    assert (view(found, by_item).argmax(axis=1) == truth).mean() > 0.97


def test_run_to_its_end_it_is_mace(monkeypatch: pytest.MonkeyPatch) -> None:
    grades, _ = guessers(3)
    monkeypatch.setattr(module, "ROUNDS", 300)
    by_item, parts, _ = _cut(grades, None)
    assert view(guessing(grades, parts), by_item) == pytest.approx(mace(grades, rounds=300), abs=1e-4)


def test_where_a_sample_left_off_all_items_go_on() -> None:
    grades = crowd("careless", items=3000, per_item=3, seed=3).grades
    few = grades.only(grades.item < 1500)
    begun = guessing(few, _cut(few, None)[1])
    by_item, parts, _ = _cut(grades, None)
    whole, on = (view(guessing(grades, parts, start), by_item) for start in (None, begun))
    assert np.abs(whole - on).sum(axis=1).mean() < 0.01


def test_gold_teaches_who_sees() -> None:
    # Two who always agree on the lower level, one who is right: nothing but gold tells.
    truth = np.tile([1, 2], 50).astype(np.int32)
    level = np.concatenate([truth - 1, truth - 1, truth])
    grades = coded(np.tile(np.arange(100), 3), np.repeat(np.arange(3), 100), level, levels=3)
    gold = np.where(np.arange(100) < 60, truth, -1).astype(np.int32)
    blind, taught = (guessing(grades, _cut(grades, known)[1]).seen[:, 0] for known in (None, gold))
    assert blind[0] > blind[2]
    assert taught[2] > taught[0]


def test_one_grade_can_t_tell_seeing_from_guessing_and_a_plain_crowd_does_not_guess() -> None:
    q, other = np.array([[0.8, 0.2]] * 2), np.array([[0.0, 1.0]] * 2)
    votes = np.array([[1.0, 0.0], [2.0, 1.0]])
    pool = votes.copy()
    without, beside = report(q, votes, pool), report(q, votes, pool, guessed=other)
    assert (beside[0] == without[0]).all()
    # c = 0.2 (1 - 1/3) = 2/15 of the three grades' account, which weighs 9 against the doubt's 0.25.
    assert without[1, 0] - beside[1, 0] == pytest.approx(2 / 15 * (without[1, 0] - 0.125 / 9.25), abs=1e-12)
    assert report(q, votes, pool, weight=1.0, guessed=other) == pytest.approx(report(q, votes, pool, weight=1.0))
