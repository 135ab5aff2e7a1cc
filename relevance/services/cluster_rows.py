"""Clusters as screens show them: each with its factors, why it holds together, who decides it, and its telling items."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import numpy as np

from relevance.cases import FLAG_KINDS
from relevance.causes import CAUSES, EVERY, EVIDENCE, Cause
from relevance.clusters import Codebook, Component, telling, why
from relevance.services.board import TIERS, Arranged, Board, known_only
from relevance.services.dispute_facts import Fact, Learned, cases_of
from relevance.services.plainly import Proposal
from relevance.store.store import Store
from relevance.tiers import Tier

MOST_SHARED = 1_000  # clusters of a board of which is kept what they share
Shared = tuple[tuple[str, str, int], ...]
_NOBODY = Learned({}, np.zeros(0), None)


@dataclass(frozen=True, slots=True)
class ClusterRow:
    """A cluster, or a dispute that stands alone, in the order of its worth by the minute.

    Attributes:
        id: "c" and the least item's number; "h" and an act's number where a person made it.
        items: ids, those that fit best first.
        cause, given: the cause, and whether a person said so.
        evidence: names of what speaks for it (see `relevance.causes.EVIDENCE`), with how many items show it.
        keywords: (zh, en) of up to five, the most frequent first.
        pair: its two levels; None where it stands alone.
        shared: (kind, text, items) of what its items share, the strongest first.
        said: what a person wrote when he made it.
        wrong, distance, now, coming, weight: the factors of `value`.
        minutes: how long its decision takes; `per_minute` is the order.
        tier: who decides it.
        telling: items to look at.
        proposal: what is plainly said of it already.
    """

    id: str
    items: tuple[int, ...]
    cause: Cause
    given: bool
    evidence: tuple[tuple[str, int], ...]
    keywords: tuple[tuple[str | None, str | None], ...]
    pair: tuple[int, int] | None
    shared: Shared
    said: str
    wrong: float
    distance: float
    now: float
    coming: float
    weight: float
    value: float
    minutes: float
    per_minute: float
    tier: Tier
    telling: tuple[int, ...]
    proposal: Proposal | None


@dataclass(slots=True)
class _Made:
    """What was made of a board before: rows, good while it is arranged so, and what clusters share, for longer.

    Attributes:
        of: what the rows were made from: the arrangement, the codes, and the version of the keywords.
        rows: by cluster.
        shared: by a cluster's name, with the rule and the disputes that it was found from; the latest.
    """

    of: tuple[Arranged, Codebook | None, int] | None = None
    rows: dict[int, ClusterRow] = field(default_factory=dict)
    shared: OrderedDict[str, tuple[Component, list[Fact], Shared]] = field(default_factory=OrderedDict)


_MADE: WeakKeyDictionary[Board, _Made] = WeakKeyDictionary()


def rows_of(store: Store, board: Board, shown: Arranged, clusters: Sequence[int]) -> list[ClusterRow]:
    """The rows of these clusters. To be called with the board's lock."""
    made = _MADE.setdefault(board, _Made())
    of = made.of
    if of is None or of[0] is not shown or of[1] is not board.book or of[2] != store.cold:
        made.of, made.rows = (shown, board.book, store.cold), {}
    missing = [at for at in clusters if at not in made.rows]
    if missing:
        wanted = {shown.facts[item].number for at in missing for item in shown.cases.item[shown.members(at)].tolist()}
        texts = store.recent.rows("keyword", wanted)
        codes, per_minute = _Codes(board), shown.ranked.per_minute
        for at in missing:
            made.rows[at] = _row(board, shown, at, texts, codes, float(per_minute[at]), made)
    return [made.rows[at] for at in clusters]


class _Codes:
    """Texts by kind and code, made when they are first asked for."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._texts: dict[str, list[str]] = {"flag": list(FLAG_KINDS)}

    def of(self, kind: str, code: int) -> str:
        """A code's text; of a keyword its number."""
        if kind not in self._texts:
            words = self._board.words
            known: dict[str, list[str]] = {
                "family": list(words.families), "rule": list(words.rules), "word": list(words.words),
                "keyword": list(map(str, words.keywords)),
            }  # fmt: skip
            self._texts |= known
        return self._texts[kind][code] if code < len(self._texts[kind]) else ""


def _row(
    board: Board, shown: Arranged, at: int, texts: dict[int, dict[str, str | None]], codes: _Codes, per_minute: float,
    made: _Made,
) -> ClusterRow:  # fmt: skip
    rows, ranked = shown.members(at), shown.ranked
    items = shown.cases.item[rows].tolist()
    facts = [shown.facts[item] for item in items]
    place = int(shown.clusters.of[rows[0]])
    component = shown.clusters.components[place] if place >= 0 and len(rows) > 1 else None
    said = board.said.why.get(int(shown.hand[at]), "")
    counted = Counter(fact.number for fact in facts)
    cause, known = EVERY[int(shown.cause[at])], int(shown.known[at])
    return ClusterRow(
        id=shown.name(at), items=tuple(items), cause=cause, given=bool(shown.given[at]),
        evidence=_evidence(shown, rows, cause),
        keywords=tuple((texts[one]["text_zh"], texts[one]["text_en"]) for one, _ in counted.most_common(5) if one in texts),
        pair=component.pair if component is not None else None,
        shared=_shared(board, shown.name(at), facts, component, codes, made) if component and not shown.hand[at] else (),
        said=said,
        wrong=float(ranked.wrong[at]), distance=float(ranked.distance[at]), now=float(ranked.now[at]),
        coming=float(ranked.coming[at]), weight=float(ranked.weight[at]), value=float(ranked.value[at]),
        minutes=float(ranked.minutes[at]), per_minute=per_minute, tier=TIERS[int(shown.tier[at])],
        telling=tuple(shown.cases.item[telling(rows)].tolist()), proposal=shown.plainly.said[known] if known >= 0 else None,
    )  # fmt: skip


def _evidence(
    shown: Arranged, rows: np.ndarray[tuple[int], np.dtype[np.int64]], cause: Cause
) -> tuple[tuple[str, int], ...]:
    if cause not in CAUSES:
        return ()
    at = CAUSES.index(cause)
    met = shown.proposed.evidence[rows].sum(axis=0)
    found = [(one, int(n)) for one, n in zip(EVIDENCE, met.tolist(), strict=True) if n and EVIDENCE[one][at] > 0]
    return tuple(sorted(found, key=lambda pair: -pair[1] * EVIDENCE[pair[0]][at])[:4])


def _shared(
    board: Board, name: str, facts: list[Fact], component: Component, codes: _Codes, made: _Made
) -> Shared:  # fmt: skip
    """What these disputes share. Most clusters stay as they are when one is decided: theirs is found once."""
    if board.book is None or component.gain.shape[0] != sum(board.book.sizes.values()) + len(FLAG_KINDS) + 4:
        return ()  # grown anew this moment: the next look has it
    before = made.shared.get(name)
    if before is not None and before[0] is component and before[1] == facts:
        made.shared.move_to_end(name)
        return before[2]
    cases = known_only(cases_of(facts, _NOBODY, {}), board.book)
    said = why(cases, np.arange(len(facts)), component, board.book)
    found = tuple((kind, codes.of(kind, code), n) for kind, code, n in said.shared)
    made.shared[name] = (component, facts, found)
    made.shared.move_to_end(name)
    while len(made.shared) > MOST_SHARED:
        made.shared.popitem(last=False)
    return found
