"""The disputes at hand, in the order of the list, so that a page of fifty costs the same among a hundred and a hundred thousand.

The writer only says which items an act has moved; whoever looks brings the shelf up to date first. Columns are arrays in
the list's order (widest spread first, in it the oldest, then the item's number), so that a filter is a comparison of a
column. What moved is kept in order, so that another who arranges the disputes reads only what is new to him.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from relevance.store.live import LiveItem

Codes = NDArray[np.int64]
Facets = tuple[dict[int, int], dict[int, int], dict[int, int], dict[str, int]]  # by batch, keyword, grader and flag
MOST_MOVES = 50_000  # moves kept beyond those of items that are still disputed
MOST_UNSEEN = 50_000  # items that may have moved since somebody looked; when more have, all are arranged anew
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FEW = 64  # arrivals that are put in their places one by one
_SPREAD = 1 << 60  # microseconds since 1970 stay far below


@dataclass(frozen=True, slots=True)
class Columns:
    """N disputes in the order of the list.

    Attributes:
        item, batch, keyword: (N,) ids.
        spread: (N,) levels between the highest and the lowest grade.
        since: (N,) microseconds since 1970 (UTC).
        flags: (N,) a bit for each kind of flag, see `Shelf.bits`.
    """

    item: Codes
    batch: Codes
    keyword: Codes
    spread: Codes
    since: Codes
    flags: Codes

    @property
    def key(self) -> Codes:
        """(N,) grows along the list; among equals the item's number does."""
        return (3 - self.spread) * _SPREAD + self.since

    def only(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Columns:
        """Some of the rows."""
        return Columns(*(getattr(self, one.name)[rows] for one in fields(self)))

    def without(self, items: list[int]) -> Columns:
        """All rows but those of some items, which are there."""
        if len(items) > _FEW:
            return self.only(~np.isin(self.item, np.array(items, dtype=np.int64)))
        at = [int(np.flatnonzero(self.item == one)[0]) for one in items]
        return Columns(*(np.delete(getattr(self, one.name), at) for one in fields(self)))


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the counters hold of an item."""

    batch: int
    keyword: int
    graders: tuple[int, ...]
    flags: tuple[str, ...]


def _add(counter: Counter[Any], key: Hashable, by: int) -> None:
    """Counts one more or less; what is not there any more is forgotten."""
    n = counter.get(key, 0) + by
    if n:
        counter[key] = n
    else:
        del counter[key]


class Shelf:
    """A project's disputes. To be used within `Disputed.of`."""

    def __init__(self) -> None:
        none = np.zeros(0, dtype=np.int64)
        self.columns = Columns(none, none, none, none, none, none)
        self.batches: Counter[int] = Counter()
        self.keywords: Counter[int] = Counter()
        self.graders: Counter[int] = Counter()
        self.flags: Counter[str] = Counter()
        self.bits: dict[str, int] = {}
        self.of_grader: dict[int, set[int]] = {}
        self.move = 0  # the number of the newest move
        self._seen: dict[int, _Seen] = {}
        self._moves: dict[int, int] = {}  # item -> its newest move, in the order of the moves
        self._floor = 0  # moves up to this one may have been forgotten
        self._facets: tuple[tuple[int, int], Facets] | None = None  # at which move, of how many keywords

    def __len__(self) -> int:
        return len(self.columns.item)

    def __contains__(self, item: int) -> bool:
        return item in self._seen

    def moved_since(self, move: int) -> list[int] | None:
        """The items that came, changed or went after a move; None: it is too long ago to tell."""
        if move < self._floor:
            return None
        found = []
        for item, at in reversed(self._moves.items()):
            if at <= move:
                break
            found.append(item)
        return found

    def forget_moves(self) -> None:
        """What moved before now can't be told any more."""
        self.move += 1
        self._moves.clear()
        self._floor = self.move

    def items(self) -> list[int]:
        """All disputed items."""
        return list(self._seen)

    def take(self, gone: Iterable[int], come: Mapping[int, LiveItem]) -> None:
        """Items that are no dispute any more, and those that are one, new or changed."""
        out = [item for item in (*gone, *come) if item in self._seen]
        moved = dict.fromkeys((*out, *come))
        for item in moved:
            self._forget(item)
            self.move += 1
            self._moves.pop(item, None)
            self._moves[item] = self.move
        if out:
            self.columns = self.columns.without(out)
        if come:
            self._put([self._row(item) for item in come.values()])
        while len(self._moves) > len(self._seen) + MOST_MOVES:
            oldest = next(iter(self._moves))
            self._floor = self._moves.pop(oldest)

    def _forget(self, item: int) -> None:
        seen = self._seen.pop(item, None)
        if seen is not None:
            self._count(item, seen, -1)

    def _count(self, item: int, seen: _Seen, by: int) -> None:
        _add(self.batches, seen.batch, by)
        _add(self.keywords, seen.keyword, by)
        for flag in seen.flags:
            _add(self.flags, flag, by)
        for grader in seen.graders:
            _add(self.graders, grader, by)
            mine = self.of_grader.get(grader)
            if mine is None:
                mine = self.of_grader[grader] = set()
            if by > 0:
                mine.add(item)
            else:
                mine.discard(item)

    def _row(self, item: LiveItem) -> tuple[int, ...]:
        given = item.given.values()
        flags = tuple(dict.fromkeys([one.flag for one in given if one.flag]))
        seen = _Seen(item.batch, item.keyword, tuple({one.grader for one in given if one.answered}), flags)
        self._seen[item.id] = seen
        self._count(item.id, seen, 1)
        bits = sum([1 << self.bits.setdefault(flag, len(self.bits)) for flag in flags]) if flags else 0
        levels = item.levels()
        spread = max(levels) - min(levels) if levels else 0
        since = (item.since or _EPOCH) - _EPOCH
        micros = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
        return item.id, item.batch, item.keyword, spread, micros, bits

    def _put(self, rows: list[tuple[int, ...]]) -> None:
        new = Columns(*(np.array(column, dtype=np.int64) for column in zip(*rows, strict=True)))
        old = self.columns
        if len(rows) <= _FEW:
            order = np.lexsort((new.item, new.key))
            new, key = new.only(order), old.key
            left, right = np.searchsorted(key, new.key, "left"), np.searchsorted(key, new.key, "right")
            places = [
                first + int(np.searchsorted(old.item[first:last], item))
                for first, last, item in zip(left.tolist(), right.tolist(), new.item.tolist(), strict=True)
            ]
            self.columns = Columns(
                *(np.insert(getattr(old, one.name), places, getattr(new, one.name)) for one in fields(old))
            )
            return
        both = Columns(*(np.concatenate([getattr(old, one.name), getattr(new, one.name)]) for one in fields(old)))
        self.columns = both.only(np.lexsort((both.item, both.key)))

    def facets(self, most: int) -> Facets:
        """How many disputes each batch, keyword, grader and flag has, the most frequent first; of keywords at most so many.

        Not to be changed by the caller.
        """
        at = (self.move, most)
        if self._facets is None or self._facets[0] != at:
            found = (
                dict(self.batches.most_common()), dict(self.keywords.most_common(most)), dict(self.graders.most_common()),
                dict(self.flags.most_common()),
            )  # fmt: skip
            self._facets = (at, found)
        return self._facets[1]


class Disputed:
    """The shelves of all projects."""

    def __init__(self, items: Mapping[int, LiveItem]) -> None:
        self._items = items
        self._lock = threading.RLock()
        self._shelves: dict[int, Shelf] | None = None
        self._moved: dict[int, None] = {}
        self._missed = False  # more moved than was kept

    def moved(self, items: Iterable[int]) -> None:
        """The writer says which items an act has changed (or an act that was taken back)."""
        self._moved.update(dict.fromkeys(items))
        if len(self._moved) > MOST_UNSEEN:  # nobody has looked for long
            self._missed = True  # first, so that whoever looks at this moment reads too much rather than too little
            self._moved.clear()

    def of(self, project: int) -> Held:
        """A project's shelf, for the time of a `with`; nobody changes it meanwhile."""
        return Held(self, project)

    def _catch_up(self) -> dict[int, Shelf]:
        missed = self._missed
        if missed:
            self._missed = False
        if self._shelves is None:
            self._shelves = {}
            moved = list(self._items)
        else:
            moved = []
            while self._moved:
                try:
                    moved.append(self._moved.popitem()[0])
                except KeyError:  # the writer was faster
                    break
        if missed:
            every = (item for shelf in self._shelves.values() for item in shelf.items())
            moved = list({*moved, *list(self._items), *every})
        gone: dict[int, list[int]] = {}
        come: dict[int, dict[int, LiveItem]] = {}
        for number in sorted(moved):
            item = self._items.get(number)
            if item is not None and item.standing.state == "disputed":
                come.setdefault(item.project, {})[number] = item
                continue
            for project, shelf in self._shelves.items():
                if number in shelf:
                    gone.setdefault(project, []).append(number)
        for project in {*gone, *come}:
            self._shelves.setdefault(project, Shelf()).take(gone.get(project, ()), come.get(project, {}))
        if missed:
            for shelf in self._shelves.values():
                shelf.forget_moves()
        return self._shelves


class Held:
    """A project's shelf within a `with`."""

    def __init__(self, disputed: Disputed, project: int) -> None:
        self._disputed = disputed
        self._project = project

    def __enter__(self) -> Shelf:
        self._disputed._lock.acquire()
        try:
            return self._disputed._catch_up().setdefault(self._project, Shelf())
        except BaseException:
            self._disputed._lock.release()
            raise

    def __exit__(self, *_: object) -> None:
        self._disputed._lock.release()
