"""What may be done when, and how long things took."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relevance.errors import Stale
from relevance.meeting import KINDS, MAY, case_state, check, spent

WHAT = sorted({what for allowed in MAY.values() for what in allowed})
BEGIN = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize("what", WHAT)
def test_a_closed_meeting_is_only_corrected(what: str) -> None:
    if what == "correct":
        check("closed", what)
    else:
        with pytest.raises(Stale, match="closed"):
            check("closed", what)


@pytest.mark.parametrize("what", ["drive", "reveal", "end", "close", "dissent"])
def test_nothing_is_decided_before_a_meeting_begins(what: str) -> None:
    with pytest.raises(Stale, match="not begun"):
        check("before", what)


@given(
    st.lists(st.sampled_from(KINDS)),
    st.booleans(),
    st.sampled_from(["open", "settled", "disputed", "decided", "withdrawn"]),
)
def test_a_case_that_has_ended_stays_ended_whatever_its_item_does(kinds, revealed, item) -> None:  # type: ignore[no-untyped-def]
    state = case_state(revealed, kinds, item)
    if kinds:
        assert state == kinds[-1]
    else:
        assert state == ("gone" if item != "disputed" else "revealed" if revealed else "waiting")


@given(st.lists(st.tuples(st.integers(0, 600), st.integers(1, 4)), min_size=1, max_size=12), st.integers(0, 600))
def test_the_times_of_the_cases_add_up_to_the_meetings(moves, last) -> None:  # type: ignore[no-untyped-def]
    at, steps = BEGIN, []
    for seconds, case in moves:
        steps.append((at, case))
        at += timedelta(seconds=seconds)
    until = at + timedelta(seconds=last)
    assert sum(spent(steps, until).values()) == (until - BEGIN).total_seconds()
    assert set(spent(steps, until)) == {case for _, case in moves}
