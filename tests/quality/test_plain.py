"""A plain crowd: told by its evidence, and better than its majority however skewed its levels are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from relevance.exchange.grades import read
from relevance.quality import model
from relevance.quality.majority import vote_shares
from relevance.quality.model import fit, shares_of
from relevance.quality.plain import TOLERANCE, evidence, skills
from relevance.quality.simulate import crowd
from relevance.quality.table import Grades, coded
from relevance.quality.triage import right


def plain_crowd(
    levels: int, common: int, *, per_item: int, seed: int, ordered: bool = True, share: float = 0.9, items: int = 600
) -> tuple[Grades, np.ndarray]:
    """`share` of the items at one level, 20 graders right 5 to 9 times in 10, errors beside it (no order: anywhere)."""
    random = np.random.default_rng([31, seed, levels])
    truth = np.where(random.random(items) < share, common, random.integers(0, levels, items)).astype(np.int32)
    item = np.repeat(np.arange(items), per_item)
    grader = random.random((items, 20)).argsort(axis=1)[:, :per_item].ravel()
    ok = random.random(len(item)) < random.uniform(0.5, 0.9, 20)[grader]
    step = random.choice([-1, 1], len(item)) if ordered else random.integers(1, levels, len(item))
    beside = truth[item] + step
    beside = np.where((beside < 0) | (beside >= levels), truth[item] - step, beside) if ordered else beside % levels
    return coded(item, grader, np.where(ok, truth[item], beside), levels=levels, ordered=ordered), truth


@pytest.mark.parametrize(("levels", "ordered"), [(2, True), (3, True), (4, True), (5, True), (7, True), (5, False)])
@pytest.mark.parametrize("per_item", [2, 3, 5])
def test_a_skewed_crowd_does_not_lose_to_its_majority(levels: int, ordered: bool, per_item: int) -> None:
    # The anchors alone lose up to ten points here, at five levels without an order.
    for common in (0, levels // 2, levels - 1):
        grades, truth = plain_crowd(levels, common, per_item=per_item, seed=common, ordered=ordered)
        found = fit(grades)
        assert found.weight > 0.9
        assert right(found.shares, truth).mean() > right(vote_shares(grades), truth).mean()


def test_graders_with_habits_are_no_plain_crowd() -> None:
    # Ten who are right nine times in ten, ten who say one level to everything: one skill a grader can't say that.
    random = np.random.default_rng(5)
    truth = random.integers(0, 4, 600)
    item, grader = np.repeat(np.arange(600), 6), random.random((600, 20)).argsort(axis=1)[:, :6].ravel()
    seen = np.where(random.random(len(item)) < 0.9, truth[item], random.integers(0, 4, len(item)))
    found = fit(coded(item, grader, np.where(grader < 10, seen, grader % 4), levels=4))
    assert found.weight < 0.1
    assert right(found.shares, truth).mean() > 0.9


@pytest.mark.parametrize("name", ["adult3_5x", "adult4", "dog4_nominal", "weather5_nominal_cf_amt", "web4", "web5"])
def test_real_crowds_are_no_plain_ones(shared: Path, name: str) -> None:
    ordered = "nominal" not in name
    assert fit(read(shared / "crowd" / name / "labels.csv", ordered=ordered).grades).weight < 1e-6


def test_skills_are_pulled_towards_the_crowd() -> None:
    # One grader, 10 of 10 right: the crowd (10 + 14) / (10 + 20) = 0.8, his own (10 + 8 * 0.8) / 18 = 0.911.
    counts = np.zeros((2, 3, 3))
    counts[0] = np.diag([4.0, 3.0, 3.0])
    theta = skills(counts, True)
    assert theta[0, 0, 0] == pytest.approx(16.4 / 18)
    assert theta[1, 0, 0] == pytest.approx(0.8)  # who has no grades is as the crowd is
    assert theta.sum(axis=1) == pytest.approx(np.ones((2, 3)))
    # No errors yet: of 20 chances 20/e are assumed by one level, 20/e^2 by two, beside the 4 + 2 * 3 + 3 = 13 real chances
    # to err by one and the 4 + 3 = 7 by two.
    assert theta[0, 1, 0] / theta[0, 2, 0] == pytest.approx(np.e * 27 / 33)


def test_the_evidence_is_dirichlets_multinomial() -> None:
    # One grader, two grades 0 of an item at 0, base (1, 1): 1/2 * 2/3. Total (2, 0): p = (3, 1)/4, so 2 log 3/4; q is sure.
    counts = np.array([[[2.0, 0.0], [0.0, 0.0]]])
    found = evidence(counts, np.array([2.0, 0.0]), 0.0, np.ones((1, 2, 2)))
    assert found == pytest.approx(np.log(1 / 3) + 2 * np.log(3 / 4))


def test_a_large_table_is_told_by_a_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    grades, _ = plain_crowd(4, 0, per_item=5, seed=1, items=900)
    whole = fit(grades)
    monkeypatch.setattr(model, "SAMPLE", 200)
    monkeypatch.setattr(model, "EACH", 10)
    asked = fit(grades)
    assert asked.weight == whole.weight == 1.0
    # Its first rounds were the part's: it has the same labels, and shares as near as two rounds are when it stops.
    assert (asked.shares.argmax(axis=1) == whole.shares.argmax(axis=1)).mean() >= 0.998
    assert np.abs(asked.shares - whole.shares).sum(axis=1).mean() < 5 * TOLERANCE


def test_where_a_part_of_a_large_table_left_off_all_of_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    made = crowd("careless", items=900, per_item=3, seed=3)
    whole = fit(made.grades)
    assert whole.weight < 1e-6  # the anchors say it all
    monkeypatch.setattr(model, "SAMPLE", 290)
    monkeypatch.setattr(model, "EACH", 10)
    begun: list[int] = []  # from the vote shares of how many items
    monkeypatch.setattr(model, "vote_shares", lambda grades: begun.append(len(grades.items)) or vote_shares(grades))
    asked = fit(made.grades)
    assert begun == [290]
    assert asked.rounds <= 20
    assert (asked.shares.argmax(axis=1) == whole.shares.argmax(axis=1)).mean() >= 0.995
    assert np.abs(asked.shares - whole.shares).sum(axis=1).mean() < 5 * TOLERANCE


def test_items_that_a_plain_fit_has_not_seen_get_what_it_would_have_said() -> None:
    grades, _ = plain_crowd(4, 1, per_item=5, seed=2)
    found = fit(grades)
    assert found.weight == 1.0
    assert found.guessers is None  # nobody guesses in a plain crowd: that view is not even made
    assert shares_of(found, grades) == pytest.approx(found.shares, abs=1e-9)
