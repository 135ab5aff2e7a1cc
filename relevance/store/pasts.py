"""Graders' pasts on a keyword: how many of their grades there have a label beside them, and how many say what it says.

A keyword is counted from all its records when somebody first looks. From then on every commit moves its counts by what
the items that it touched add before and after, so that a look costs the same after a hundred answers and after millions.
Only an item in its first round has all its answers at hand: one that is graded anew makes its keyword be counted again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from relevance.store.live import LiveItem

MOST = 2_000  # keywords kept, those looked at last
LABELLED = frozenset({"settled", "decided"})
Adds = tuple[tuple[int, bool], ...]


@dataclass(frozen=True, slots=True)
class History:
    """A grader's settled past on one keyword: of `n` grades on items with a label, `same` said what the label says."""

    n: int
    same: int


Counts = dict[int, History]  # by grader


def adds(item: LiveItem) -> Adds | None:
    """(grader, whether it says what the label says) for each of an item's grades; none without a label.

    None: it was graded in more than one round, and what is at hand is not all.
    """
    if item.round > 1:
        return None
    if item.standing.state not in LABELLED:
        return ()
    return tuple(
        (one.grader, one.level == item.standing.level)
        for one in item.given.values()
        if one.purpose == "work" and one.level is not None
    )


class Pasts:
    """The counts by keyword. The writer calls `touch` and `committed`; whoever looks, `of`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[int, Counts] = OrderedDict()
        self._reading: dict[int, object] = {}  # keyword -> whose count from records nothing has overtaken
        self._open: set[int] = set()  # keywords that the acts of this commit touch
        self._touched: dict[int, tuple[LiveItem, Adds | None]] = {}  # item -> what it added before them

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, keyword: int) -> bool:
        return keyword in self._kept

    def touch(self, item: LiveItem) -> None:
        """To be called before an act changes an item."""
        keyword = item.keyword
        with self._lock:
            self._open.add(keyword)
            self._reading.pop(keyword, None)
            if keyword in self._kept:
                # An item that was made anew after an act was taken back: what it added is what the first one did.
                before = self._touched.get(item.id)
                self._touched[item.id] = (item, adds(item) if before is None else before[1])

    def committed(self) -> None:
        """What was changed since the last call is durable, or was taken back."""
        with self._lock:
            for item, before in self._touched.values():
                counts, after = self._kept.get(item.keyword), adds(item)
                if counts is None or (before == after and before is not None):
                    continue
                if before is None or after is None:
                    del self._kept[item.keyword]
                    continue
                for some, by in ((before, -1), (after, 1)):
                    for grader, same in some:
                        had = counts.get(grader, History(0, 0))
                        counts[grader] = History(had.n + by, had.same + by * same)
            self._touched.clear()
            self._open.clear()

    def of(self, keyword: int, graders: Iterable[int], read: Callable[[], Counts]) -> Counts:
        """These graders' pasts on a keyword. `read` counts all graders' from the records, as they are when it is called."""
        mine = object()
        with self._lock:
            counts = self._kept.get(keyword)
            if counts is not None:
                self._kept.move_to_end(keyword)
                return {one: counts[one] for one in graders if one in counts}
            if keyword not in self._open:  # else the records may tell now what the commit adds later
                self._reading[keyword] = mine
        counts = {}
        try:
            counts = read()
        finally:
            with self._lock:
                if self._reading.get(keyword) is mine:
                    del self._reading[keyword]
                    self._kept[keyword] = counts
                    while len(self._kept) > MOST:
                        self._kept.popitem(last=False)
        return {one: counts[one] for one in graders if one in counts}
