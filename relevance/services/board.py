"""The board: a project's disputes arranged as clusters in the order of their worth, kept in memory.

Three speeds. What is shown is a table of arrays that nobody changes. What moved since is read and put into the clusters
that there are, and all is ranked anew: a fraction of a second among a hundred thousand. When a tenth has changed the
clusters are grown anew, which takes seconds: the server's keeper does it behind (see `board_keeper`), and the rest of
what moved meanwhile is put in after it.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from relevance.cases import Cases, Codes, Floats, stacked
from relevance.causes import CAUSES, EVERY, Cause, Proposed, cluster_causes, propose
from relevance.clusters import Clusters, Codebook, Component, assign, belongs, grow
from relevance.ranking import Ranked, rank
from relevance.services.dispute_facts import Fact, Learned, Words, book_of, cases_of, learn, read
from relevance.services.plainly import Plainly
from relevance.store.live import Live
from relevance.store.store import Reader, Store
from relevance.tiers import Tier, from_settings, tier_of

CLUSTER_MINUTES, ITEM_MINUTES, LEAD_MINUTES = 4.0, 1.5, 0.5
HORIZON_DAYS = 5.0  # inflow within so many days counts towards a decision's worth
LOOK_BACK_DAYS = 5.0
GROW_SHARE, GROW_LEAST = 0.1, 20
SMALL = 1000  # disputes that are arranged while somebody waits: a fraction of a second
TIERS: tuple[Tier, ...] = tuple(Tier)


@dataclass(frozen=True, slots=True)
class Arranged:
    """A project's disputes, arranged: N cases in M clusters (one that stands alone is a cluster of one).

    Attributes:
        as_of: when.
        facts: by item.
        cases: the columns (without rules and words), by item number.
        clusters: the grown cluster of each case.
        proposed: the proposed causes.
        place: (N,) each case's cluster.
        rows: (N,) cases by cluster, in it those that fit best first; `start`: (M + 1,) where each begins.
        hand: (M,) the act by which a person made it, 0: the rules did.
        least: (M,) its least item.
        cause: (M,) places in EVERY; given: (M,) whether a person said so.
        tier: (M,) places in TIERS.
        known: (M,) what is plainly said of it already: a place in `plainly.said`, or -1.
        ranked: the factors and the order.
    """

    as_of: datetime
    facts: Mapping[int, Fact]
    cases: Cases
    clusters: Clusters
    proposed: Proposed
    place: Codes
    rows: Codes
    start: Codes
    hand: Codes
    least: Codes
    cause: Codes
    given: np.ndarray[Any, np.dtype[np.bool_]]
    tier: Codes
    known: Codes
    ranked: Ranked
    plainly: Plainly

    def members(self, cluster: int) -> Codes:
        """A cluster's cases, those that fit best first."""
        return self.rows[self.start[cluster] : self.start[cluster + 1]]

    def name(self, cluster: int) -> str:
        """A cluster's id: "h" and the act by which a person made it, or "c" and its least item."""
        return f"h{self.hand[cluster]}" if self.hand[cluster] else f"c{self.least[cluster]}"

    def find(self, name: str) -> int | None:
        """The cluster of a name."""
        kind, number = name[:1], name[1:]
        if kind not in ("h", "c") or not number.isdecimal() or len(number) > 18:
            return None
        found = np.flatnonzero((self.hand if kind == "h" else np.where(self.hand == 0, self.least, -1)) == int(number))
        return int(found[0]) if len(found) else None


@dataclass(frozen=True, slots=True)
class _Beside:
    """What the ranking wants of the facts, as columns beside the cases: (N,) each, see `Fact`."""

    since: Floats
    returned: Codes
    appealed: np.ndarray[Any, np.dtype[np.bool_]]

    @staticmethod
    def of(facts: Sequence[Fact]) -> _Beside:
        return _Beside(
            np.array([fact.since for fact in facts], dtype=float), np.array([fact.returned for fact in facts], dtype=np.int64),
            np.array([fact.appealed for fact in facts], dtype=bool),
        )  # fmt: skip

    def only(self, rows: Codes) -> _Beside:
        return _Beside(self.since[rows], self.returned[rows], self.appealed[rows])

    def with_(self, more: _Beside) -> _Beside:
        return _Beside(
            np.concatenate([self.since, more.since]), np.concatenate([self.returned, more.returned]),
            np.concatenate([self.appealed, more.appealed]),
        )  # fmt: skip


@dataclass(slots=True)
class Said:
    """What persons said: causes by item, clusters by item (act), and why by act. `at`: the records up to which it was read."""

    at: tuple[int, int] = (-1, -1)
    causes: dict[int, Cause] = field(default_factory=dict)
    hands: dict[int, int] = field(default_factory=dict)
    why: dict[int, str] = field(default_factory=dict)


class Board:
    """A project's board. `arranged` is None until it was arranged for the first time."""

    def __init__(self, project: int) -> None:
        self.project = project
        self.lock = threading.RLock()
        self.words = Words()
        self.book: Codebook | None = None
        self.grown: tuple[Component, ...] = ()
        self.said = Said()
        self.arranged: Arranged | None = None
        self.kept = False  # a keeper arranges it behind
        self.looked = -math.inf  # when somebody last looked (monotonic seconds)
        self.changed = 0  # disputes that came, changed or went since the clusters were grown
        self._growing = threading.Lock()
        self._facts: dict[int, Fact] = {}
        self._cases: Cases | None = None  # of all facts, by item number
        self._of: Codes = np.zeros(0, dtype=np.int64)
        self._fit: Floats = np.zeros(0)
        self._beside = _Beside.of([])
        self._learned: Learned | None = None
        self._move = -1
        self._made: tuple[Any, ...] = ()
        self._plainly: Plainly | None = None

    def __len__(self) -> int:
        return len(self._facts)

    def due(self) -> bool:
        """A tenth has changed since the clusters were grown, or they never were."""
        return self._cases is None or self.changed > max(GROW_LEAST, GROW_SHARE * len(self._facts))

    def behind(self, store: Store) -> int:
        """How many disputes came, changed or went since it was arranged."""
        with store.live.disputed.of(self.project) as shelf:
            moved = shelf.moved_since(self._move)
            return len(shelf) if moved is None else len(moved)

    def look(self, store: Store) -> Arranged | None:
        """What there is, brought up to date where that takes no time; None: it is being arranged for the first time."""
        self.looked = time.monotonic()
        if not (self.kept and max(len(self), self.behind(store)) > SMALL):
            self.refresh(store)
        return self.arranged

    def refresh(self, store: Store) -> None:
        """Brings it up to date at once; grows where that is due and nobody else does it behind."""
        with self.lock:
            there = self._cases is not None and self._catch_up(store)
        if not there or (self.due() and not (self.kept and len(self) > SMALL)):
            self.regrow(store)

    def regrow(self, store: Store) -> float:
        """Grows the clusters anew, then brings them up to date. Returns the seconds that it took. Readers go on meanwhile."""
        began = time.perf_counter()
        with self._growing:
            with store.live.disputed.of(self.project) as shelf:
                ids, move = sorted(shelf.items()), shelf.move
            live = [item for one in ids if (item := store.live.items.get(one)) is not None]
            with store.reader() as reader:
                facts = read(reader, self.words, live)
                book = book_of(reader, self.project, self.words)
            ordered = [facts[number] for number in sorted(facts)]
            learned, shares = learn(store, self.project, ordered)
            cases = cases_of(ordered, learned, store.live.projects[self.project].weights, shares)
            beside = _Beside.of(ordered)
            alone = beside.appealed
            of, fit = np.full(len(cases), -1, dtype=np.int64), np.full(len(cases), -np.inf)
            among = np.flatnonzero(~alone)
            grown = grow(cases if not alone.any() else cases.only(among), book)
            of[among], fit[among] = grown.of, grown.fit
            with self.lock:
                self.book, self.grown, self._learned = book, grown.components, learned
                self._facts, self._cases, self._of, self._fit = facts, _lean(cases), of, fit
                self._beside = beside
                self._move, self._made, self.changed = move, (), 0
                self._catch_up(store)
        return time.perf_counter() - began

    def _catch_up(self, store: Store) -> bool:
        """Puts what moved into the clusters that there are, and ranks. False: too much was missed, grow anew."""
        with store.live.disputed.of(self.project) as shelf:
            moved, move = shelf.moved_since(self._move), shelf.move
            there = {item for item in moved or () if item in shelf}
        if moved is None:
            return False
        with store.reader() as reader:
            said = self._read_said(reader)
            plainly = Plainly.at(reader, self.project)
            settings = repr(store.live.projects[self.project].settings.get("tiers"))
            state = (move, said, plainly, settings)
            if state == self._made and self.arranged is not None:
                return True
            fresh = read(reader, self.words, [one for item in there if (one := store.live.items.get(item)) is not None])
            self._swap(store, [item for item in moved if item in self._facts], fresh)
            self.changed += len(moved)
            if self._plainly is None or self._plainly.until != plainly:
                self._plainly = Plainly.read(reader, self.project)
        self.arranged = self._arrange(store, self._plainly)
        self._move, self._made = move, state
        return True

    def _swap(self, store: Store, gone: list[int], fresh: Mapping[int, Fact]) -> None:
        assert self._cases is not None and self.book is not None and self._learned is not None
        if gone:
            stay = np.flatnonzero(~np.isin(self._cases.item, np.array(gone)))
            self._cases, self._of, self._fit = self._cases.only(stay), self._of[stay], self._fit[stay]
            self._beside = self._beside.only(stay)
        if gone or fresh:
            facts = dict(self._facts)
            for item in gone:
                facts.pop(item)
            facts |= fresh
            self._facts = facts
        if not fresh:
            return
        new = [fresh[number] for number in sorted(fresh)]
        cases = cases_of(new, self._learned, store.live.projects[self.project].weights)
        found = assign(known_only(cases, self.book), self.book, self.grown)
        beside = _Beside.of(new)
        alone = beside.appealed
        of, fit = np.where(alone, -1, found.of), np.where(alone, -np.inf, found.fit)
        both = stacked(self._cases, _lean(cases))
        order = np.argsort(both.item, kind="stable")
        self._cases = both.only(order)
        self._of, self._fit = np.concatenate([self._of, of])[order], np.concatenate([self._fit, fit])[order]
        self._beside = self._beside.with_(beside).only(order)

    def _read_said(self, reader: Reader) -> tuple[int, int]:
        row = reader.one(
            """select coalesce((select max(id) from cause_given where project = ?), 0),
                      coalesce((select max(id) from cluster_given where project = ?), 0)""",
            [self.project, self.project],
        )
        assert row is not None
        at = (int(row[0]), int(row[1]))
        if at == self.said.at:
            return at
        said = Said(at)
        said.causes = {
            item: Cause(cause)
            for item, cause in reader.all(
                "select item, max_by(cause, id) from cause_given where project = ? group by item", [self.project]
            )
        }
        for item, name, text in reader.all(
            """select item, cluster, why from cluster_given where project = ?
               qualify row_number() over (partition by item order by id desc) = 1""",
            [self.project],
        ):
            if name:
                said.hands[item] = int(name[1:])
                said.why[int(name[1:])] = text or ""
        self.said = said
        return at

    def _arrange(self, store: Store, plainly: Plainly) -> Arranged:
        assert self._cases is not None
        cases, now = self._cases, store.clock.now()
        n = len(cases)
        found = Clusters(self._of, np.where(self._of >= 0, self._fit, -np.inf), self.grown)
        proposed = propose(cases, found, self.book)
        hand = _looked_up(cases.item, self.said.hands)
        # Made by hand first, then grown, single ones last: so equals stand in the order.
        single = np.arange(n) + len(self.grown) + int(hand.max(initial=0)) + 1
        label = np.where(hand > 0, hand, np.where(self._of >= 0, self._of + int(hand.max(initial=0)) + 1, single))
        _, place = np.unique(label, return_inverse=True)
        m = int(place.max(initial=-1)) + 1
        rows = np.lexsort((-found.fit, place))
        size = np.bincount(place, minlength=m)
        start = np.concatenate([[0], np.cumsum(size)])
        first = rows[start[:-1]]
        cause = cluster_causes(proposed, place, m)
        cause[place[self._beside.appealed & (size[place] == 1)]] = EVERY.index(Cause.APPEAL)
        given = self._given(cases, place, cause, m)
        minutes = _minutes(cause, size)
        late = (now.timestamp() - self._beside.since < LOOK_BACK_DAYS * 86_400).astype(float)
        coming = np.bincount(place, weights=late, minlength=m) / LOOK_BACK_DAYS * HORIZON_DAYS * (size > 1)
        ranked = rank(cases.shares, place, cases.weight, minutes, coming, belongs(found))
        known = plainly.of(cases, _numbers(self.words), place, m)
        returned = np.full(m, 1_000)
        np.minimum.at(returned, place, self._beside.returned)
        least = np.full(m, np.iinfo(np.int64).max)
        np.minimum.at(least, place, cases.item)
        tiers = _tiers(store.live.projects[self.project].settings, cause, size, known >= 0, returned)
        return Arranged(
            now, self._facts, cases, found, proposed, place, rows, start, hand[first] if m else hand[:0], least, cause, given,
            tiers, known, ranked, plainly,
        )  # fmt: skip

    def _given(self, cases: Cases, place: Codes, cause: Codes, m: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Of each cluster whether persons gave its cause; theirs, the one of most of its items, is put in."""
        votes: dict[int, list[Cause]] = {}
        items = np.array(sorted(self.said.causes), dtype=np.int64)
        for row in np.flatnonzero(np.isin(cases.item, items)).tolist():
            votes.setdefault(int(place[row]), []).append(self.said.causes[int(cases.item[row])])
        given = np.zeros(m, dtype=bool)
        for cluster, said in votes.items():
            given[cluster] = True
            cause[cluster] = EVERY.index(max(CAUSES, key=said.count))
        return given


def known_only(cases: Cases, book: Codebook) -> Cases:
    """The cases without words, rules, keywords and families that were unknown when the clusters were grown: these say
    nothing for any of them yet."""
    return replace(
        cases,
        rules=cases.rules[cases.rules[:, 1] < book.rules],
        words=cases.words[cases.words[:, 1] < book.words],
        keyword=np.minimum(cases.keyword, len(book.keyword) - 1),
        family=np.where(cases.family < len(book.family), cases.family, -1),
    )


def _lean(cases: Cases) -> Cases:
    """Without words: only growing and assigning need them, and they stand in the facts."""
    return replace(cases, words=np.zeros((0, 2), dtype=np.int64))


def _looked_up(items: Codes, by_item: Mapping[int, int]) -> Codes:
    """(N,) what a mapping has for each item, 0 where nothing. `items` rise."""
    found = np.zeros(len(items), dtype=np.int64)
    if by_item and len(items):
        keys = np.array(sorted(by_item), dtype=np.int64)
        at = np.minimum(np.searchsorted(items, keys), len(items) - 1)
        there = items[at] == keys
        found[at[there]] = [by_item[key] for key in keys[there].tolist()]
    return found


def _numbers(words: Words) -> Codes:
    """Keyword ids by code."""
    return np.array(list(words.keywords), dtype=np.int64)


def _minutes(cause: Codes, size: Codes) -> Floats:
    leads = np.isin(cause, [EVERY.index(Cause.ERROR), EVERY.index(Cause.CLIP)])
    return np.where(leads, LEAD_MINUTES * size, np.where(size > 1, CLUSTER_MINUTES, ITEM_MINUTES))


def _tiers(
    settings: Mapping[str, Any], cause: Codes, size: Codes, known: np.ndarray[Any, np.dtype[np.bool_]], returned: Codes
) -> Codes:
    """(M,) places in TIERS. Only the kinds that differ are asked for."""
    tiers = from_settings(settings)
    size = np.minimum(size, max(tiers.ask_from, 2))
    returned = np.minimum(returned, tiers.returns)
    _, first, at = np.unique(
        ((size * 10 + returned) * 2 + known) * len(EVERY) + cause, return_index=True, return_inverse=True
    )
    found = [
        TIERS.index(
            tier_of(EVERY[cause[one]], int(size[one]), tiers, known=bool(known[one]), returned=int(returned[one]))
        )
        for one in first.tolist()
    ]
    return np.array(found, dtype=np.int64)[at] if len(first) else np.zeros(0, dtype=np.int64)


_LOCK = threading.Lock()
_BOARDS: WeakKeyDictionary[Live, dict[int, Board]] = WeakKeyDictionary()


def of(store: Store, project: int) -> Board:
    """A project's board."""
    with _LOCK:
        boards = _BOARDS.setdefault(store.live, {})
        if project not in boards:
            boards[project] = Board(project)
        return boards[project]
