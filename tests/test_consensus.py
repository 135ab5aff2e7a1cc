"""What settles: the examples of the rule, and what must hold for any grades under any policy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relevance.consensus import Disputed, Open, Policy, Return, Settled, consensus
from relevance.errors import BadInput

LEVEL = st.integers(0, 3)
LEVELS = st.lists(LEVEL, max_size=12)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    overlap = draw(st.integers(1, 5))
    return Policy(
        overlap=overlap,
        margin=draw(st.integers(1, 4)),
        cap=draw(st.integers(overlap, 9)),
        far=draw(st.integers(1, 4)),
    ).checked()


RETURNS = st.none() | st.builds(Return, n=st.integers(0, 5), extra=st.integers(1, 5))
OVERLAPS = st.none() | st.integers(1, 6)


def lead_of(levels: list[int]) -> int:
    """By how many grades the most frequent level leads the next."""
    counts = sorted((levels.count(level) for level in range(4)), reverse=True)
    return counts[0] - counts[1]


@given(LEVELS, policies(), OVERLAPS, RETURNS, st.randoms())
def test_the_order_of_the_grades_never_decides(levels, policy, overlap, returned, random) -> None:
    shuffled = list(levels)
    random.shuffle(shuffled)
    kw = {"overlap": overlap, "returned": returned}
    assert consensus(levels, policy, **kw) == consensus(shuffled, policy, **kw)


@given(LEVELS, policies(), OVERLAPS, RETURNS)
def test_a_tie_for_the_lead_never_settles(levels, policy, overlap, returned) -> None:
    if levels and lead_of(levels) == 0:
        assert not isinstance(consensus(levels, policy, overlap=overlap, returned=returned), Settled)


@given(LEVELS, policies(), OVERLAPS, RETURNS)
def test_what_settles_is_the_level_that_leads_and_enough_said_it(levels, policy, overlap, returned) -> None:
    found = consensus(levels, policy, overlap=overlap, returned=returned)
    if isinstance(found, Settled):
        assert levels.count(found.level) == max(levels.count(level) for level in range(4))
        assert len(set(levels)) == 1 or lead_of(levels) >= policy.margin
        assert len(levels) == found.n >= (overlap or policy.overlap)


@given(LEVELS, policies(), OVERLAPS, RETURNS)
def test_never_more_grades_are_wanted_than_the_cap_the_overlap_or_the_return_asks(
    levels, policy, overlap, returned
) -> None:
    found = consensus(levels, policy, overlap=overlap, returned=returned)
    if isinstance(found, Open):
        most = max(policy.cap, overlap or 0, (returned.n + returned.extra) if returned else 0)
        assert len(levels) < found.wanted <= most


@given(LEVELS, policies(), OVERLAPS, RETURNS)
def test_a_grade_that_agrees_never_unsettles(levels, policy, overlap, returned) -> None:
    found = consensus(levels, policy, overlap=overlap, returned=returned)
    if isinstance(found, Settled):
        more = consensus([*levels, found.level], policy, overlap=overlap, returned=returned)
        assert more == Settled(found.level, found.n + 1)


@given(LEVELS, policies(), OVERLAPS)
def test_two_grades_too_far_apart_always_dispute_unless_a_lead_has_seen_it(levels, policy, overlap) -> None:
    if len(levels) >= 2 and max(levels) - min(levels) >= policy.far:
        assert consensus(levels, policy, overlap=overlap) == Disputed("far", len(levels))
        again = consensus(levels, policy, overlap=overlap, returned=Return(len(levels), 1))
        assert isinstance(again, Open)


@given(LEVELS, policies(), OVERLAPS, RETURNS)
def test_below_the_overlap_nothing_settles(levels, policy, overlap, returned) -> None:
    if len(levels) < (overlap or policy.overlap):
        assert not isinstance(consensus(levels, policy, overlap=overlap, returned=returned), Settled)


@given(policies(), OVERLAPS, RETURNS, st.data())
def test_giving_grades_one_by_one_comes_to_an_end(policy, overlap, returned, data) -> None:
    levels: list[int] = []
    while isinstance(found := consensus(levels, policy, overlap=overlap, returned=returned), Open):
        levels.append(data.draw(LEVEL))
        assert len(levels) <= found.wanted
    assert isinstance(found, Settled | Disputed)


def test_a_first_grader_who_only_flagged_is_not_replaced_by_one_grade() -> None:
    # No grade when it was sent back for one more; the policy wants two before anything is said: 1 < 2.
    assert consensus([3], Policy(overlap=2), returned=Return(n=0, extra=1)) == Open(2)


def test_a_return_waits_for_all_that_it_asked() -> None:
    # 3 and 1 were there, 2 more were asked: at 3 grades nothing is said, though 3 leads 2 to 1.
    assert consensus([3, 1, 3], Policy(), returned=Return(2, 2)) == Open(4)
    assert consensus([3, 1, 3, 3], Policy(), returned=Return(2, 2)) == Settled(3, 4)  # 3 to 1: leads by two
    assert consensus([3, 1, 3, 1], Policy(), returned=Return(2, 2)) == Open(5)
    assert consensus([3, 1, 3, 1, 2], Policy(), returned=Return(2, 2)) == Disputed("cap", 5)


def test_a_return_beyond_the_cap_raises_it_for_this_item() -> None:
    # Cap 5 was reached; 2 more are wanted all the same: 7.
    assert consensus([3, 2, 3, 2, 3], Policy(), returned=Return(5, 2)) == Open(7)
    assert consensus([3, 2, 3, 2, 3, 3, 2], Policy(), returned=Return(5, 2)) == Disputed("cap", 7)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"overlap": 0}, "overlap"),
        ({"overlap": 11, "cap": 12}, "overlap"),
        ({"cap": 1}, "cap"),
        ({"margin": 0}, "margin"),
        ({"far": 5}, "far"),
        ({"audit_share": 1.5}, "audit_share"),
        ({"audit_share": float("nan")}, "audit_share"),
    ],
)
def test_a_policy_that_cannot_be_worked_by_is_refused_by_name(change, name) -> None:
    with pytest.raises(BadInput) as raised:
        Policy(**change).checked()
    assert raised.value.values["name"] == name
