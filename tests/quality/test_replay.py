"""A replay deals out each grade once, asks for what the policy says, and never trusts fewer than two graders."""

from __future__ import annotations

import numpy as np
import pytest

from relevance.quality.model import fit
from relevance.quality.overlap import Want, wants
from relevance.quality.replay import adaptive, deal, equal, fixed, replay
from relevance.quality.simulate import crowd
from relevance.quality.table import coded


def test_a_deal_is_a_permutation_within_each_item() -> None:
    grades = crowd("careful", items=50, per_item=4).grades
    dealt = deal(grades, 3)
    for item in range(50):
        assert sorted(dealt.turn[grades.item == item].tolist()) == [0, 1, 2, 3]
    assert (deal(grades, 3).turn == dealt.turn).all()
    assert (deal(grades, 4).turn != dealt.turn).any()


def test_fixed_takes_what_there_is_and_no_more() -> None:
    made = crowd("careful", items=100, per_item=4)
    assert fixed(deal(made.grades, 0), made.truth, 3).grades_per_item == 3
    assert fixed(deal(made.grades, 0), made.truth, 9).grades_per_item == 4


def test_equal_stops_at_two_equal_grades_and_goes_on_where_they_differ() -> None:
    # Item 0: 1 1 ..., stops at two. Item 1: alternating 0 1 0 1 0: never leads by two, five at most.
    level = np.array([1, 1, 1, 1, 1, 0, 1, 0, 1, 0])
    grades = coded(np.repeat([0, 1], 5), np.tile(np.arange(5), 2), level, levels=2)
    dealt = deal(grades, 0)
    found = equal(dealt, np.array([1, 0], dtype=np.int32))
    second = dealt.grades.level[(dealt.grades.item == 1)][np.argsort(dealt.turn[dealt.grades.item == 1])]
    lead = np.abs(np.cumsum(np.where(second == 0, 1, -1)))
    expected = next((n for n in range(2, 5) if lead[n - 1] >= 2), 5)
    assert found.grades_per_item == (2 + expected) / 2


def test_adaptive_takes_at_least_two_and_at_most_the_cap() -> None:
    made = crowd("careless", items=300, per_item=7)
    for cap in (3, 5, 7):
        assert 2 <= adaptive(deal(made.grades, 1), made.truth, cap).grades_per_item <= cap


def test_the_surer_a_label_must_be_the_more_grades_are_asked_for() -> None:
    made = crowd("careless", items=400, per_item=7, seed=2)
    dealt = deal(made.grades, 1)
    cost = [adaptive(dealt, made.truth, 7, level).grades_per_item for level in (0.7, 0.9, 0.97)]
    assert cost == sorted(cost)
    assert cost[0] < cost[2]


def test_one_grade_is_never_sure() -> None:
    grades = coded(np.array([0, 1, 1]), np.array([0, 0, 1]), np.array([3, 3, 3]), levels=4)
    assert wants(fit(grades), grades, level=0.5).want.tolist() == [Want.GRADE, Want.NOTHING]


def test_a_machine_alone_or_with_one_person_settles_nothing() -> None:
    grades = coded(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 2]), np.array([3, 3, 3, 3]), levels=4)
    people = np.array([True, False, True])  # grader 1 is a machine
    found = wants(fit(grades), grades, level=0.5, people=people)
    assert found.want.tolist() == [Want.GRADE, Want.NOTHING]


def test_a_replay_names_every_policy_once_and_is_the_same_again() -> None:
    made = crowd("careful", items=120, per_item=6)
    first = replay(made.grades, made.truth, draws=2)
    names = [one.policy for one in first]
    assert len(names) == len(set(names)) == 9
    assert replay(made.grades, made.truth, draws=2) == first
    assert {one.policy: one.grades_per_item for one in first}["model-5"] == pytest.approx(5)


def test_every_want_is_said_in_a_line_in_both_languages() -> None:
    from relevance.quality.overlap import WHY
    from relevance.texts import translator

    assert set(WHY) == set(Want)
    for sentence in WHY.values():
        for language in ("en", "zh"):
            said = translator(language)(sentence).format(n=3, off=0.123, allowed=0.1)
            assert "12%" in said
