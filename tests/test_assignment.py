"""The line of work by itself: who gets what next, in what order, and that no step walks over what it has seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from relevance.assignment import Bucket, Line, Taken

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


@dataclass(eq=False)
class Wanted:
    """A started item that wants `more` grades, of anybody but `had`."""

    id: int
    clip: int = 0
    more: int = 1
    had: set[int] = field(default_factory=set)
    place: int | None = None
    asked: int = 0

    def wants(self) -> bool:
        return self.more > 0

    def open_to(self, grader: int) -> bool:
        self.asked += 1
        return grader not in self.had


@dataclass
class Held:
    """Open questions about keywords and clips."""

    keywords: set[int] = field(default_factory=set)
    clips: set[int] = field(default_factory=set)
    parked: list[object] = field(default_factory=list)

    def holds_keyword(self, keyword: int) -> bool:
        return keyword in self.keywords

    def park(self, bucket: Bucket, item: object) -> bool:
        clip = item[1] if isinstance(item, tuple) else item.clip  # type: ignore[attr-defined]
        if clip in self.clips:
            self.parked.append(item)
            return True
        return False


def line_of(*buckets: tuple[int, int, float, int], run_length: int = 1) -> Line:
    """A line with untouched items: (batch, keyword, weight, how many); ids are batch * 1000 + keyword * 100 + i."""
    line = Line(run_length)
    for batch, keyword, weight, n in buckets:
        ids = [batch * 1000 + keyword * 100 + i for i in range(n)]
        line.add(batch, keyword, weight, ids, [0] * n)
    return line


def ids(line: Line, grader: int, n: int) -> list[int]:
    found = []
    for _ in range(n):
        taken = line.take(grader)
        if taken is None:
            break
        found.append(taken.item[0] if isinstance(taken.item, tuple) else taken.item.id)
    return found


def test_the_nearest_deadline_comes_first_and_none_comes_last() -> None:
    line = line_of((1, 1, 1.0, 1), (2, 1, 1.0, 1), (3, 1, 1.0, 1))
    line.deadline(2, NOON + timedelta(days=2))
    line.deadline(3, NOON + timedelta(days=1))
    assert ids(line, 7, 4) == [3100, 2100, 1100]


def test_a_deadline_is_a_moment_whatever_zone_it_is_said_in() -> None:
    line = line_of((1, 1, 1.0, 1), (2, 1, 1.0, 1))
    line.deadline(1, NOON)
    shanghai = timezone(timedelta(hours=8))
    line.deadline(2, datetime(2026, 1, 5, 19, 30, tzinfo=shanghai))  # 11:30 UTC, half an hour before noon
    assert ids(line, 7, 2) == [2100, 1100]


def test_the_heaviest_keyword_comes_first_and_follows_a_new_weight_at_once() -> None:
    line = line_of((1, 1, 1.0, 2), (1, 2, 5.0, 2), (1, 3, 3.0, 2))
    assert ids(line, 7, 1) == [1200]
    line.weight(3, 9.0)
    assert ids(line, 8, 1) == [1300]
    line.weight(3, 0.5)
    assert ids(line, 9, 1) == [1201]


def test_a_person_stays_on_a_keyword_for_a_run_and_then_the_others_have_their_turn() -> None:
    line = line_of((1, 1, 9.0, 10), (1, 2, 1.0, 10), run_length=3)
    assert ids(line, 7, 9) == [1100, 1101, 1102, 1200, 1201, 1202, 1103, 1104, 1105]


def test_a_run_goes_on_where_there_is_nothing_else() -> None:
    assert ids(line_of((1, 1, 1.0, 5), run_length=2), 7, 9) == [1100, 1101, 1102, 1103, 1104]


def test_started_items_come_before_untouched_ones_in_the_order_in_which_they_came_to_want() -> None:
    line = line_of((1, 1, 1.0, 2), run_length=10)
    for number in (5, 3, 4):
        line.offer(Wanted(number), 1, 1)
    assert ids(line, 7, 9) == [5, 3, 4, 1100, 1101]


def test_an_item_that_a_person_had_goes_to_the_next_one() -> None:
    line = Line()
    item = Wanted(5, had={7})
    line.offer(item, 1, 1)
    assert line.take(7) is None
    assert ids(line, 8, 1) == [5]


def test_an_item_that_was_let_go_and_offered_again_comes_to_who_walked_past_it() -> None:
    line = Line()
    item = Wanted(5, more=2)
    line.offer(item, 1, 1)
    assert ids(line, 7, 1) == [5]
    assert ids(line, 7, 1) == []
    line.drop(item, 1, 1)
    line.offer(item, 1, 1)
    assert ids(line, 7, 1) == [5]


def test_a_held_keyword_is_passed_over_and_comes_back() -> None:
    held = Held(keywords={1})
    line = line_of((1, 1, 9.0, 1), (1, 2, 1.0, 1))
    line.holds = held
    assert ids(line, 7, 2) == [1200]
    assert line.held_back()
    held.keywords.clear()
    assert not line.held_back()
    assert ids(line, 7, 2) == [1100]


def test_items_of_a_held_clip_are_put_aside_once() -> None:
    held = Held(clips={3})
    line = Line(holds=held)
    line.add(1, 1, 1.0, [10, 11, 12], [3, 4, 3])
    line.offer(Wanted(5, clip=3), 1, 1)
    assert ids(line, 7, 9) == [11]
    assert len(held.parked) == 3
    assert line.take(8) is None
    assert len(held.parked) == 3


def test_what_was_ruled_on_meanwhile_is_not_given_out() -> None:
    line = line_of((1, 1, 1.0, 3))
    line.forget(1, 1, 1101)
    assert ids(line, 7, 9) == [1100, 1102]


def test_what_was_taken_in_vain_is_the_next_one_again() -> None:
    line = line_of((1, 1, 1.0, 3), run_length=9)
    assert ids(line, 7, 2) == [1100, 1101]
    line.give_back(1, 1, 1101, 0)
    line.give_back(1, 1, 1100, 0)
    assert ids(line, 8, 9) == [1100, 1101, 1102]


def test_an_import_that_is_taken_back_leaves_nothing_and_nothing_else_out() -> None:
    line = line_of((1, 1, 1.0, 3), run_length=9)
    line.add(1, 1, 1.0, [77, 78], [0, 0])
    assert ids(line, 7, 1) == [1100]
    line.withdraw(1, 1, {77, 78})
    assert ids(line, 8, 9) == [1101, 1102]


def test_nobody_walks_over_an_entry_twice() -> None:
    # 300 started items that person 7 has had; person 8 finishes them one by one while 7 asks each time. Each item is
    # looked at by 7 once and by 8 once: 600, not 300 * 300 / 2.
    line = Line(run_length=1000)
    items = [Wanted(i, had={7}) for i in range(300)]
    for item in items:
        line.offer(item, 1, 1)
    for item in items:
        assert line.take(7) is None
        assert ids(line, 8, 1) == [item.id]
        item.more = 0
        line.drop(item, 1, 1)
    assert sum(item.asked for item in items) == 600


def test_an_item_that_stays_in_front_does_not_make_the_queue_grow() -> None:
    line = Line(run_length=10**6)
    line.offer(Wanted(1, had={7, 8}), 1, 1)  # nobody here may have it
    for number in range(2, 5000):
        item = Wanted(number)
        line.offer(item, 1, 1)
        assert ids(line, 7, 1) == [number]
        line.drop(item, 1, 1)
    bucket = line._buckets[1, 1]
    assert (bucket.waiting, len(bucket.started or ())) == (1, 1)


def test_a_queue_that_is_empty_again_keeps_nothing_and_begins_anew() -> None:
    line = Line()
    first, second = Wanted(1), Wanted(2)
    line.offer(first, 1, 1)
    bucket = line._buckets[1, 1]
    assert ids(line, 7, 1) == [1]  # whose place is behind it now
    line.drop(first, 1, 1)
    assert bucket.started is None and not bucket.cursors
    line.offer(second, 1, 1)
    assert bucket.waiting == 1 and ids(line, 7, 1) == [2]


ACTS = st.lists(st.tuples(st.sampled_from(["take", "answer", "let go", "offer"]), st.integers(0, 3), st.integers(0, 9)))


@given(ACTS, st.integers(1, 4))
def test_whoever_asks_gets_something_as_long_as_there_is_something_for_him(acts, run_length) -> None:
    line = Line(run_length)
    items = [Wanted(i, more=2) for i in range(10)]
    where = {item.id: (1 + item.id % 2, item.id % 3) for item in items}
    for item in items[:5]:
        line.offer(item, *where[item.id])
    held: list[tuple[int, Wanted]] = []
    for act, grader, number in acts:
        item = items[number]
        if act == "offer" and item.more and item.place is None:
            line.offer(item, *where[number])
        elif act == "take":
            free = [one for one in items if one.place is not None and one.more and grader not in one.had]
            taken = line.take(grader)
            assert (taken is None) == (not free)
            if taken is not None:
                assert isinstance(taken, Taken)
                got = taken.item
                assert isinstance(got, Wanted)
                assert got in free
                got.had.add(grader)
                got.more -= 1
                held.append((grader, got))
                if not got.more:
                    line.drop(got, *where[got.id])
        elif act == "let go" and held:
            person, got = held.pop(0)
            got.had.discard(person)
            got.more += 1
            line.drop(got, *where[got.id])
            line.offer(got, *where[got.id])
        elif act == "answer" and held:
            held.pop(0)
