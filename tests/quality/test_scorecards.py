"""Scorecards: figures by hand, no NaN whatever is missing, and no order among equals."""

from __future__ import annotations

from math import isfinite

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relevance.quality.confusion import Share, certain
from relevance.quality.scorecards import against, alike, card, differs, share
from relevance.quality.simulate import CROWDS, crowd


def made(level: list[int], gold: list[int], decided: list[int], model: list[list[float]], **more: object) -> object:
    n = len(level)
    given = {"seconds": np.full(n, 10.0), "watched": np.full(n, 0.5), "overturned": np.full(n, np.nan),
             "week": np.zeros(n, int)} | more  # fmt: skip
    return card(
        np.array(level, dtype=np.int32),
        certain(np.array(gold), 4),
        certain(np.array(decided), 4),
        np.array(model),
        **given,
    )


def test_gold_comes_before_a_decision_and_a_decision_before_the_model() -> None:
    nothing, sure = [0.0] * 4, [0.25, 0.25, 0.25, 0.25]
    one = made([3, 3, 3, 3], [2, -1, -1, -1], [3, 3, -1, -1], [sure, sure, sure, nothing])
    # gold: wrong; decision: right twice against itself; model: one of three by a quarter each; the last knows nothing
    assert (one.gold.value, one.gold.n, one.decided.value, one.decided.n) == (0.0, 1, 1.0, 2)
    assert one.model.value == pytest.approx(0.25) and one.model.n == 3
    assert one.together.value == pytest.approx((0 + 1 + 0.25) / 3) and one.together.n == 3
    # bias: 3 - 2, 3 - 3, 3 - 1.5
    assert one.bias.value == pytest.approx((1 + 0 + 1.5) / 3)


def test_hours_count_ten_minutes_an_answer_at_most() -> None:
    one = made([0, 0], [0, 0], [-1, -1], [[0.0] * 4] * 2, seconds=np.array([1800.0, 600.0]))
    assert one.hours == pytest.approx(1200 / 3600) and one.pace.median == 1200.0


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(-1, 3), st.integers(-1, 3), st.booleans(), st.integers(0, 2)),
        max_size=30,
    )
)
def test_no_figure_is_ever_a_nan_and_intervals_hold_their_value(rows: list[tuple[int, int, int, bool, int]]) -> None:
    n = len(rows)
    columns = list(zip(*rows, strict=True)) if rows else [()] * 5
    known = np.array([[0.25] * 4 if there else [0.0] * 4 for there in columns[3]]).reshape(n, 4)
    one = card(
        np.array(columns[0], dtype=np.int32), certain(np.array(columns[1], dtype=int), 4),
        certain(np.array(columns[2], dtype=int), 4), known, seconds=np.full(n, np.nan), watched=np.full(n, np.nan),
        overturned=np.full(n, np.nan), week=np.sort(np.array(columns[4], dtype=np.int32)),
    )  # fmt: skip
    for figure in (one.gold, one.decided, one.model, one.together, one.near, one.overturned, one.bias, one.watched):
        ends = [end for end in (figure.value, figure.low, figure.high) if end is not None]
        assert all(isfinite(end) for end in ends)
        if figure.value is not None and figure.low is not None and figure.high is not None:
            assert figure.low - 1e-9 <= figure.value <= figure.high + 1e-9
    assert sum(week.accuracy.n for week in one.weeks) == one.together.n
    assert one.answers == n


def test_in_a_team_of_equals_hardly_anybody_is_told_apart() -> None:
    random = np.random.default_rng(4)
    wrong = 0
    for _ in range(200):
        team = [share((random.random(200) < 0.9).astype(float)) for _ in range(18)]
        wrong += any(against(team))
    assert wrong <= 22  # 5 % of 200 are 10; three standard errors of it above


def test_places_are_shared_by_whom_chance_does_not_tell_apart() -> None:
    near = [Share(value, 0, 1, 100) for value in (0.92, 0.90, 0.88, 0.5)]
    assert alike(near).tolist() == [1, 1, 1, 4]
    assert not differs(near[0], Share(None, 0.0, 1.0, 0))


@pytest.mark.parametrize("kind", CROWDS)
def test_three_simulated_crowds_show_who_is_careless_and_who_drifts(kind: str) -> None:
    made_ = crowd(kind, items=6000, seed=2)
    grades = made_.grades
    sure = certain(made_.truth[grades.item], 4)
    none = np.zeros((len(grades), 4))
    cards = []
    for grader in range(18):
        at = grades.grader == grader
        cards.append(
            card(
                grades.level[at], sure[at], none[at], none[at], seconds=np.full(at.sum(), 10.0), watched=made_.watched[at],
                overturned=np.full(at.sum(), np.nan), week=np.sort(made_.late[at].astype(np.int32)),
            )
        )  # fmt: skip
    told = against([one.gold for one in cards])
    if kind == "careless":
        bad = [grader for grader in range(18) if grader % 3 == 0]
        assert all(told[grader] == -1 for grader in bad)
        assert max(cards[g].watched.value or 0 for g in bad) < min(
            cards[g].watched.value or 0 for g in range(18) if g % 3
        )
    if kind == "drifting":
        lenient = [(one.bias.low or 0) > 0 for one in cards]
        assert all(lenient[grader] for grader in range(0, 18, 2))
        for grader in range(0, 18, 2):
            first, second = (week.bias for week in cards[grader].weeks)
            assert (second.low or 0) > (first.high or 0)
    if kind == "careful":
        assert min(one.gold.value or 0 for one in cards) > 0.8
