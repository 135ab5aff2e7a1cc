"""What an exam's answers are worth, and when a person may work or try again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relevance.errors import BadInput
from relevance.qualification import Held, Pair, Past, Rules, bars, mark, rules_data, rules_of, turn

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_marks_are_exact_near_and_by_boundary() -> None:
    # known 0 0 1 1 2 2 3 3, said 0 1 1 3 2 2 3 0: exact 5 (0,1,2,2,3), near: all but 1->3 and 3->0, so 6.
    found = mark([0, 0, 1, 1, 2, 2, 3, 3], [0, 1, 1, 3, 2, 2, 3, 0], Rules())
    assert (found.n, found.exact, found.near) == (8, 5, 6)
    # Boundary 0|1, items of level 0 and 1: 0->0, 1->1 and 1->3 stand on their side, 0->1 does not. 1|2: of 1 1 2 2 all
    # but 1->3. 2|3: of 2 2 3 3 all but 3->0.
    assert found.pairs == (Pair(3, 4), Pair(3, 4), Pair(3, 4))
    assert found.failed == ("exact", "near")


def test_a_mark_is_reached_at_the_very_share() -> None:
    assert mark([1, 1, 1, 1], [1, 1, 1, 2], Rules(exact=0.75, near=1, pair=0.5)).passed
    assert not mark([1, 1, 1, 1], [1, 1, 2, 2], Rules(exact=0.75, near=1, pair=0.5)).passed


def test_written_points_count_only_where_something_was_to_be_written() -> None:
    assert mark([1], [1], Rules()).passed
    assert mark([1], [1], Rules(), points=0.4).failed == ("written",)


@given(st.lists(st.tuples(st.integers(0, 3), st.one_of(st.none(), st.integers(0, 3))), min_size=1, max_size=60))
def test_marks_keep_their_bounds_and_a_better_answer_never_fails_more(both: list[tuple[int, int | None]]) -> None:
    known, said = [one[0] for one in both], [one[1] for one in both]
    found, best = mark(known, said, Rules()), mark(known, known, Rules())
    assert 0 <= found.exact <= found.near <= found.n
    assert all(0 <= pair.right <= pair.n for pair in found.pairs)
    assert best.passed
    place = next((n for n, (truth, one) in enumerate(both) if truth != one), None)
    if place is not None:
        mended = [*said[:place], known[place], *said[place + 1 :]]
        assert set(mark(known, mended, Rules()).failed) <= set(found.failed)


def test_attempts_wait_and_run_out_and_begin_anew_after_a_pass() -> None:
    rules = Rules(attempts=2, wait_hours=24)
    assert turn([], rules, AT).may
    once = [Past(AT, False)]
    assert turn(once, rules, AT + 23 * HOUR).why == "waiting"
    assert turn(once, rules, AT + 23 * HOUR).after == AT + 24 * HOUR
    assert turn(once, rules, AT + 24 * HOUR).may
    twice = [*once, Past(AT + 24 * HOUR, False)]
    assert turn(twice, rules, AT + 1000 * HOUR).why == "none_left"
    passed = [*once, Past(AT + 24 * HOUR, True)]
    assert turn(passed, rules, AT + 25 * HOUR).may and turn(passed, rules, AT + 25 * HOUR).left == 2


def test_an_unmarked_attempt_and_a_missing_training_stop_the_next() -> None:
    assert turn([Past(AT, None)], Rules(), AT + 99 * HOUR).why == "unmarked"
    assert turn([], Rules(), AT, trained=False).why == "untrained"
    assert turn([], Rules(training=False), AT, trained=False).may


def test_a_pass_bars_nobody_until_it_expires_or_the_guideline_changes_in_substance() -> None:
    assert bars(None, AT) == "unqualified"
    assert bars(Held(1, AT + HOUR), AT) is None and bars(Held(1, AT), AT) == "expired"
    assert bars(Held(1, None), AT, since=2) == "outdated" and bars(Held(2, None), AT, since=2) is None


def test_rules_travel_as_json_and_are_checked() -> None:
    rules = Rules(exact=0.9, attempts=1)
    assert rules_of({**rules_data(rules), "of a later release": 1}) == rules
    with pytest.raises(BadInput):
        Rules(exact=1.5).checked()
