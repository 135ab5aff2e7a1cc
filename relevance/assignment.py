"""Which item a grader gets next.

Items of one batch and keyword stand in one `Bucket`: untouched ones in order of arrival, and started ones (somebody
has a lease or a grade, and more are wanted) in the order in which they came to want more. A person is kept on one
keyword for a run; between runs the batch with the nearest deadline comes first, in it started items before untouched
ones, in these the keyword with the greatest weight.

Every step is O(log n) amortised: each person walks each started queue once, by a cursor of his own, since an entry that
he passed is either gone or one that he may never get. An item that comes to want grades again, or that is let go, takes a
new place at the end.
Pure: no clock, no database; what an item wants and who has seen it is asked of `Wanting`.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from sortedcontainers import SortedDict

LATEST = datetime.max


class Wanting(Protocol):
    """What the line asks about a started item."""

    place: int | None  # where it stands in its bucket's queue; None: nowhere

    @property
    def id(self) -> int:
        """The item."""
        ...

    @property
    def clip(self) -> int:
        """Its clip."""
        ...

    def wants(self) -> bool:
        """More grades are wanted than there are counted grades and live leases."""
        ...

    def open_to(self, grader: int) -> bool:
        """This person has not been assigned to it in this round, or let go of it unanswered."""
        ...


@dataclass(slots=True, eq=False)
class Bucket:
    """The items of one batch and keyword that want grades."""

    batch: int
    keyword: int
    weight: float
    fresh: array[int] = field(default_factory=lambda: array("q"))
    clips: array[int] = field(default_factory=lambda: array("q"))
    head: int = 0
    gone: set[int] = field(default_factory=set)  # untouched items that were ruled on meanwhile
    started: SortedDict[int, Wanting] | None = None  # by place; most keywords of a great import have none for long
    places: int = 0  # given so far, never twice
    cursors: dict[int, int] = field(default_factory=dict)  # by person: the first place that he has not looked at

    @property
    def waiting(self) -> int:
        """How many started items want more."""
        return len(self.started) if self.started is not None else 0

    def untouched(self) -> int:
        """How many items nobody has had yet."""
        return len(self.fresh) - self.head

    def offer(self, item: Wanting) -> bool:
        """Puts a started item at the end of the queue, unless it stands there alive. True if it was put."""
        if item.place is not None:
            return False
        if self.started is None:  # costs more than all else of a bucket
            self.started = SortedDict()
        item.place = self.places
        self.started[item.place] = item
        self.places += 1
        return True

    def drop(self, item: Wanting) -> None:
        """Takes a started item out of the queue."""
        if item.place is not None and self.started is not None:
            del self.started[item.place]
            item.place = None
            if not self.started:
                self.started = None
                self.cursors.clear()  # new entries stand behind all of them

    def take_started(self, grader: int) -> Wanting | None:
        """The first started item that this person may have, moving his cursor past what he may not."""
        at = self.cursors.get(grader, 0)
        if not self.started or at >= self.places:
            return None
        for place in self.started.irange(at):
            entry: Wanting = self.started[place]
            if entry.open_to(grader) and entry.wants():
                self.cursors[grader] = place + 1
                return entry
        self.cursors[grader] = self.places
        return None

    def take_fresh(self) -> tuple[int, int] | None:
        """The next untouched (item, clip)."""
        while self.head < len(self.fresh):
            item, clip = self.fresh[self.head], self.clips[self.head]
            self.head += 1
            if self.head > 4096 and self.head * 2 > len(self.fresh):
                del self.fresh[: self.head]
                del self.clips[: self.head]
                self.head = 0
            if item not in self.gone:
                return item, clip
            self.gone.discard(item)
        return None


Item = Wanting | tuple[int, int]  # a started item, or an untouched (item, clip)


@dataclass(slots=True, eq=False)
class Due:
    """The buckets of one batch: those with started items and those with untouched ones, heaviest keyword first."""

    deadline: datetime
    started: SortedDict[tuple[float, int], Bucket] = field(default_factory=SortedDict)
    fresh: SortedDict[tuple[float, int], Bucket] = field(default_factory=SortedDict)


@dataclass(slots=True, eq=False)
class Run:
    """The keyword that a person is on, and how many items of it he has had in a row."""

    bucket: Bucket
    had: int = 0


class Holds(Protocol):
    """What open questions hold back."""

    def holds_keyword(self, keyword: int) -> bool:
        """Nothing of this keyword is given out."""
        ...

    def park(self, bucket: Bucket, item: Item) -> bool:
        """True if the item's clip is held: it has been put aside and is offered again when the question is answered."""
        ...


class NoHolds:
    """No question is open."""

    def holds_keyword(self, keyword: int) -> bool:
        """Nothing is held."""
        return False

    def park(self, bucket: Bucket, item: Item) -> bool:
        """Nothing is held."""
        return False


@dataclass(frozen=True, slots=True)
class Taken:
    """What a person is given: a started item, or an untouched one as (item, clip)."""

    batch: int
    keyword: int
    item: Item


class Line:
    """The items of one project that want grades, in the order in which they are given out."""

    def __init__(self, run_length: int = 20, holds: Holds | None = None) -> None:
        self.run_length = run_length
        self.holds: Holds = holds or NoHolds()
        self._buckets: dict[tuple[int, int], Bucket] = {}
        self._due: dict[int, Due] = {}
        self._order: SortedDict[tuple[datetime, int], Due] = SortedDict()
        self._runs: dict[int, Run] = {}

    def _batch(self, batch: int) -> Due:
        due = self._due.get(batch)
        if due is None:
            due = self._due[batch] = self._order[LATEST, batch] = Due(LATEST)
        return due

    def _bucket(self, batch: int, keyword: int, weight: float) -> Bucket:
        found = self._buckets.get((batch, keyword))
        if found is None:
            found = self._buckets[batch, keyword] = Bucket(batch, keyword, weight)
        return found

    def deadline(self, batch: int, deadline: datetime | None) -> None:
        """Sets when a batch is due: it moves to its new place in the order. None is after all others."""
        due = self._batch(batch)
        del self._order[due.deadline, batch]
        due.deadline = LATEST if deadline is None else deadline.astimezone(UTC).replace(tzinfo=None)
        self._order[due.deadline, batch] = due

    def weight(self, keyword: int, weight: float) -> None:
        """Sets how often a keyword is searched: its buckets move to their new place in the order."""
        for bucket in [bucket for (_, word), bucket in self._buckets.items() if word == keyword]:
            due = self._batch(bucket.batch)
            for queue in (due.started, due.fresh):
                queue.pop((-bucket.weight, keyword), None)
            bucket.weight = weight
            self._stand(bucket)

    def _stand(self, bucket: Bucket) -> None:
        due, place = self._batch(bucket.batch), (-bucket.weight, bucket.keyword)
        if bucket.waiting:
            due.started[place] = bucket
        if bucket.untouched():
            due.fresh[place] = bucket

    def add(self, batch: int, keyword: int, weight: float, items: Iterable[int], clips: Iterable[int]) -> None:
        """Untouched items come in, in the order given."""
        bucket = self._bucket(batch, keyword, weight)
        bucket.fresh.extend(items)
        bucket.clips.extend(clips)
        self._stand(bucket)

    def give_back(self, batch: int, keyword: int, item: int, clip: int) -> None:
        """An untouched item that was taken in vain is the next one again."""
        bucket = self._buckets[batch, keyword]
        if bucket.head:
            bucket.head -= 1
            bucket.fresh[bucket.head], bucket.clips[bucket.head] = item, clip
        else:
            bucket.fresh.insert(0, item)
            bucket.clips.insert(0, clip)
        self._stand(bucket)

    def withdraw(self, batch: int, keyword: int, items: Container[int]) -> None:
        """Takes back untouched items that were added in vain."""
        bucket = self._buckets[batch, keyword]
        pairs = zip(bucket.fresh[bucket.head :], bucket.clips[bucket.head :], strict=True)
        kept = [(item, clip) for item, clip in pairs if item not in items]
        bucket.fresh = array("q", (item for item, _ in kept))
        bucket.clips = array("q", (clip for _, clip in kept))
        bucket.head = 0

    def offer(self, item: Wanting, batch: int, keyword: int, weight: float = 1.0) -> None:
        """A started item wants (more) grades: it stands at the end of its queue, unless it stands there already."""
        bucket = self._bucket(batch, keyword, weight)
        if bucket.offer(item):
            self._stand(bucket)

    def drop(self, item: Wanting, batch: int, keyword: int) -> None:
        """A started item wants no more."""
        bucket = self._buckets.get((batch, keyword))
        if bucket is not None:
            bucket.drop(item)

    def forget(self, batch: int, keyword: int, item: int) -> None:
        """An untouched item is no longer to be given out."""
        bucket = self._buckets.get((batch, keyword))
        if bucket is not None:
            bucket.gone.add(item)

    def untouched(self) -> Iterator[tuple[int, int, int, int]]:
        """Every untouched (batch, keyword, item, clip)."""
        for (batch, keyword), bucket in self._buckets.items():
            for at in range(bucket.head, len(bucket.fresh)):
                yield batch, keyword, bucket.fresh[at], bucket.clips[at]

    def waiting(self) -> bool:
        """Some started item wants more grades, though perhaps not of everybody."""
        return any(bucket.waiting for due in self._order.values() for bucket in due.started.values())

    def held_back(self) -> bool:
        """Some item is not given out because a question about its keyword is open."""
        return any(
            bucket.waiting + bucket.untouched() and self.holds.holds_keyword(bucket.keyword)
            for due in self._order.values()
            for queue in (due.started, due.fresh)
            for bucket in queue.values()
        )

    def run_of(self, grader: int) -> tuple[int, int, bool] | None:
        """The batch and keyword that a person is on, and whether his next item is of another; None: he has had none."""
        run = self._runs.get(grader)
        return None if run is None else (run.bucket.batch, run.bucket.keyword, run.had >= self.run_length)

    def lengthen(self, grader: int, by: int = 1) -> None:
        """Counts an item that did not come from the line into a person's run."""
        run = self._runs.get(grader)
        if run is not None:
            run.had += by

    def take(self, grader: int) -> Taken | None:
        """The next item for a person, or None if there is none that he may have."""
        run = self._runs.get(grader)
        for due in self._order.values():
            last = run.bucket if run is not None and self._due[run.bucket.batch] is due else None
            if last is not None and run is not None and run.had < self.run_length:
                item = self._any(last, grader)
                if item is not None:
                    run.had += 1
                    return Taken(last.batch, last.keyword, item)
            found = (
                self._first(due.started, lambda bucket: bucket.waiting, lambda b: self._started(b, grader), last)
                or self._first(due.fresh, lambda bucket: bucket.untouched(), self._fresh, last)
                or self._last(last, grader)
            )
            if found is not None:
                bucket, item = found
                self._runs[grader] = Run(bucket, 1)
                return Taken(bucket.batch, bucket.keyword, item)
        return None

    @staticmethod
    def _first(
        queue: SortedDict[tuple[float, int], Bucket],
        alive: Callable[[Bucket], int],
        take: Callable[[Bucket], Item | None],
        last: Bucket | None,
    ) -> tuple[Bucket, Item] | None:
        """The first item of a queue; the keyword that a person comes from (`last`) has its turn after the others."""
        found: tuple[Bucket, Item] | None = None
        empty: list[tuple[float, int]] = []
        for place, bucket in queue.items():
            if not alive(bucket):
                empty.append(place)
            elif bucket is not last and (item := take(bucket)) is not None:
                found = bucket, item
                break
        for place in empty:
            del queue[place]
        return found

    def _last(self, bucket: Bucket | None, grader: int) -> tuple[Bucket, Item] | None:
        item = None if bucket is None else self._any(bucket, grader)
        return None if item is None or bucket is None else (bucket, item)

    def _any(self, bucket: Bucket, grader: int) -> Item | None:
        started = self._started(bucket, grader)
        return started if started is not None else self._fresh(bucket)

    def _started(self, bucket: Bucket, grader: int) -> Wanting | None:
        if self.holds.holds_keyword(bucket.keyword):
            return None
        while (item := bucket.take_started(grader)) is not None:
            if not self.holds.park(bucket, item):
                return item
            bucket.drop(item)
        return None

    def _fresh(self, bucket: Bucket) -> tuple[int, int] | None:
        if self.holds.holds_keyword(bucket.keyword):
            return None
        while (item := bucket.take_fresh()) is not None:
            if not self.holds.park(bucket, item):
                return item
        return None
