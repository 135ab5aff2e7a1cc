"""When an item has enough grades under adaptive overlap, and what the model may not decide alone."""

from __future__ import annotations

import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from relevance.adaptive import FEW, Verdict, judge, key, verdicts
from relevance.consensus import Disputed, Open, Policy, Return, Settled, consensus
from relevance.quality.model import fit
from relevance.quality.overlap import Want
from relevance.quality.table import Grades, coded

POLICY = Policy(sure=0.9, cap=7)
LEVELS = st.lists(st.integers(0, 3), max_size=9)


@given(LEVELS, st.sampled_from(["grade", "nothing", "person"]), st.integers(0, 3), st.randoms())
def test_the_state_depends_on_the_grades_and_the_verdict_alone(
    levels: list[int], want: str, level: int, chance: random.Random
) -> None:
    verdict = Verdict(key(levels), want, level if want == "nothing" else None)
    mixed = list(levels)
    chance.shuffle(mixed)
    found = judge(levels, POLICY, verdict)
    assert judge(mixed, POLICY, verdict) == found
    if len(levels) < 2:
        assert found == Open(2)  # never fewer than two, whatever the model says
    elif want == "nothing":
        assert found == Settled(level, len(levels))
    elif want == "person" or len(levels) >= 7:
        assert found == Disputed("cap", len(levels))
    else:
        assert found == Open(len(levels) + 1)


@given(LEVELS.filter(lambda levels: len(levels) >= 2))
def test_without_a_verdict_on_these_grades_only_the_fixed_rule_settles_and_nobody_gets_the_item(
    levels: list[int],
) -> None:
    stale = Verdict(key([*levels, 3]), "nothing", 3)
    for verdict in (None, stale):
        found = judge(levels, POLICY, verdict)
        fixed = consensus(levels, Policy(cap=7))
        assert found == (fixed if isinstance(fixed, Settled) else Open(len(levels)))


def test_a_return_by_a_lead_asks_for_more_whatever_the_model_says() -> None:
    verdict = Verdict("13", "nothing", 3)
    assert judge([3, 1], POLICY, verdict, returned=Return(2, 2)) == Open(4)


def crowd(items: int, graders: int, each: int, seed: int = 0, skill: float = 0.9) -> tuple[Grades, np.ndarray]:
    chance = np.random.default_rng(seed)
    truth = chance.integers(0, 4, items)
    item, grader, level = [], [], []
    for number in range(items):
        for one in chance.choice(graders, each, replace=False):
            item.append(number)
            grader.append(one)
            off = 0 if chance.random() < skill else chance.choice([-1, 1])
            level.append(int(np.clip(truth[number] + off, 0, 3)))
    as_int = [np.array(column, dtype=np.int32) for column in (item, grader, level)]
    return coded(*as_int, levels=4), truth


def test_with_few_grades_the_fixed_rule_is_the_verdict() -> None:
    grades, _ = crowd(40, 5, 2)
    assert len(grades) < FEW
    found = verdicts(fit(grades), grades, POLICY)
    assert set(found.ground) == {"few"}
    for item in range(40):
        levels = grades.level[grades.item == item].tolist()
        match consensus(levels, Policy(cap=7)):
            case Settled(level, _):
                assert (found.want[item], found.level[item]) == (Want.NOTHING, level)
            case Disputed():
                assert found.want[item] == Want.PERSON
            case Open():
                assert found.want[item] == Want.GRADE


def test_with_many_grades_the_model_decides_and_mostly_rightly() -> None:
    grades, truth = crowd(300, 6, 3)
    found = verdicts(fit(grades), grades, POLICY)
    done = found.want == Want.NOTHING
    assert "few" not in found.ground and done.mean() > 0.7
    assert (found.level[done] == truth[done]).mean() > 0.9


def test_two_grades_two_levels_apart_never_settle() -> None:
    grades, _ = crowd(300, 6, 2, skill=0.97)
    # One more item: a perfect grader's 3 and a perfect grader's 0.
    item = np.append(grades.item, [300, 300]).astype(np.int32)
    grader = np.append(grades.grader, [0, 1]).astype(np.int32)
    level = np.append(grades.level, [3, 0]).astype(np.int32)
    more = coded(item, grader, level, levels=4)
    found = verdicts(fit(more), more, Policy(sure=0.5, cap=7))
    assert found.want[300] == Want.GRADE
