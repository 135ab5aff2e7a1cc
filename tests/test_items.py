"""An item's state from its records: who has the last word."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from relevance.consensus import Policy
from relevance.items import Records, Ruling, state_of

LEVELS = st.lists(st.integers(0, 3), max_size=6)
RULING = st.one_of(
    st.builds(Ruling, st.just("level"), st.integers(0, 3), st.integers(0, 5), st.just(0), st.integers(0, 3)),
    st.builds(Ruling, st.just("return"), st.none(), st.integers(0, 5), st.integers(1, 5), st.integers(0, 3)),
    st.builds(Ruling, st.just("withdraw"), st.none(), st.integers(0, 5), st.just(0), st.integers(0, 3)),
)
RECORDS = st.builds(Records, LEVELS, st.integers(0, 3), st.lists(RULING, max_size=3))


@given(RECORDS)
def test_the_last_ruling_has_the_last_word_over_grades_and_flags(records: Records) -> None:
    found = state_of(records, Policy())
    last = records.rulings[-1].kind if records.rulings else None
    assert (found.state == "decided") == (last == "level")
    assert (found.state == "withdrawn") == (last == "withdraw")
    if last == "level":
        assert found.level == records.rulings[-1].level


@given(RECORDS)
def test_only_settled_and_decided_items_have_a_level(records: Records) -> None:
    found = state_of(records, Policy())
    assert (found.level is not None) == (found.state in ("settled", "decided"))


@given(RECORDS)
def test_an_open_item_wants_at_least_one_grade_more_and_no_other_does(records: Records) -> None:
    found = state_of(records, Policy())
    assert (found.wanted > found.n) == (found.state == "open")
    assert found.n == len(records.levels)


@given(LEVELS, st.integers(1, 3))
def test_a_flag_without_a_ruling_disputes_whatever_the_grades_say(levels: list[int], flags: int) -> None:
    found = state_of(Records(levels, flags), Policy())
    assert (found.state, found.why) == ("disputed", "flag")


def test_a_return_answers_the_flags_there_were_and_a_new_flag_disputes_again() -> None:
    back = Ruling("return", n=1, extra=1, flags=1)
    assert state_of(Records([3], 1, [back]), Policy()).state == "open"
    assert state_of(Records([3, 3], 1, [back]), Policy()).state == "settled"
    assert state_of(Records([3, 3], 2, [back]), Policy()).state == "disputed"


def test_a_decision_after_a_return_stands_and_a_return_after_nothing_waits() -> None:
    back, level = Ruling("return", n=2, extra=1), Ruling("level", 1, 3)
    assert state_of(Records([3, 1, 2], 0, [back, level]), Policy()).level == 1
    assert state_of(Records([3, 1], 0, [back]), Policy()).wanted == 3
