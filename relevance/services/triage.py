"""Triage: the disputes of a project as clusters, each with its cause, its worth by the minute and who decides it.

The board is kept in memory. Disputes that came, changed or went since the last look are brought up to date one by one;
when they are a tenth of the board, the clusters are grown anew. What persons said (causes, splits, merges) is on record
and goes before what the rules propose.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from relevance.cases import FLAG_KINDS, LEVELS, Cases, standing_alone
from relevance.causes import CAUSES, Cause, Proposed, cluster_cause, propose
from relevance.clusters import Clusters, Codebook, Component, assign, belongs, grow, telling, why
from relevance.errors import BadInput, NotFound
from relevance.quality.model import fit
from relevance.quality.table import coded
from relevance.ranking import Ranked, rank
from relevance.roles import Act, Actor, require
from relevance.services import disputes, propagation
from relevance.store.live import LiveItem
from relevance.store.store import Reader, Store, Tx, marks
from relevance.tiers import Tier, Tiers, from_settings, tier_of

CLUSTER_MINUTES, ITEM_MINUTES, LEAD_MINUTES = 4.0, 1.5, 0.5
HORIZON_DAYS = 5.0  # inflow within so many days counts towards a decision's worth
LOOK_BACK_DAYS = 5.0
GROW_SHARE, GROW_LEAST = 0.1, 20
PIECE = 1000  # items a piece: the writer is never held for long
LONGEST_WHY = 200


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a present rule or decision plainly says of a cluster: the level, with where it was said."""

    level: int
    rule: str | None
    reason: str
    decisions: int
    precedent: int | None = None  # the precedent that says so; then no number of decisions is needed


@dataclass(frozen=True, slots=True)
class Telling:
    """One of a cluster's items, for looking at before deciding."""

    item: int
    content_id: str
    clip_name: str
    levels: tuple[int, ...]
    flags: tuple[str, ...]
    rules: tuple[str, ...]
    notes: tuple[str, ...]


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
    shared: tuple[tuple[str, str, int], ...]
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
class _Fact:
    """What is on record of one disputed item, and the version of it."""

    version: int
    rules: tuple[int, ...] = ()
    words: tuple[int, ...] = ()
    family: int = -1
    twin: int = -1
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Board:
    """A project's board: facts by item, codes by text, and the clusters as they were grown."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    facts: dict[int, _Fact] = field(default_factory=dict)
    rules: dict[str, int] = field(default_factory=dict)
    words: dict[str, int] = field(default_factory=dict)
    families: dict[str, int] = field(default_factory=dict)
    twins: dict[str, int] = field(default_factory=dict)
    keywords: dict[int, int] = field(default_factory=dict)
    grown: tuple[Component, ...] = ()
    book: Codebook | None = None
    of: dict[int, int] = field(default_factory=dict)  # item -> place in `grown`, -1 by itself
    fits: dict[int, float] = field(default_factory=dict)
    changed: int = 0
    said_at: int = -1  # the act up to which causes and clusters given by hand were read
    causes: dict[int, Cause] = field(default_factory=dict)
    hands: dict[int, str] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)
    rows: list[ClusterRow] = field(default_factory=list)
    proposed: dict[int, tuple[Cause, tuple[str, ...]]] = field(default_factory=dict)
    made: tuple[Any, ...] = ()


_BY_STORE: WeakKeyDictionary[Store, dict[int, _Board]] = WeakKeyDictionary()


def _board(store: Store, project: int) -> _Board:
    return _BY_STORE.setdefault(store, {}).setdefault(project, _Board())


def clusters(store: Store, actor: Actor, project: int, limit: int = 200) -> list[ClusterRow]:
    """The clusters of a project's disputes, the most valuable per minute first.

    Raises:
        NotAllowed: the actor may not see the project's disputes.
    """
    require(actor, Act.SEE_DISPUTES, project)
    board = _board(store, project)
    with board.lock:
        _refresh(store, project, board)
        return board.rows[:limit]


def cluster(store: Store, actor: Actor, project: int, name: str) -> ClusterRow:
    """One cluster by its id.

    Raises:
        NotFound: it is no more: it was decided, or its items are elsewhere now.
    """
    for row in clusters(store, actor, project, limit=1_000_000):
        if row.id == name:
            return row
    raise NotFound("The cluster {name} is no more: its items were decided or stand elsewhere now.", name=name)


def total(store: Store, actor: Actor, project: int) -> int:
    """How many disputes are on the board."""
    require(actor, Act.SEE_DISPUTES, project)
    board = _board(store, project)
    with board.lock:
        return sum(len(row.items) for row in board.rows)


def cause_of(store: Store, actor: Actor, item: int) -> tuple[Cause, bool, tuple[str, ...]]:
    """A disputed item's cause, whether a person gave it, and the evidence that speaks for the proposal.

    Raises:
        NotFound: the item is not disputed.
    """
    live = store.live.get(item)
    if live is None or live.standing.state != "disputed":
        raise NotFound("Item {item} is not disputed.", item=item)
    require(actor, Act.SEE_DISPUTES, live.project)
    board = _board(store, live.project)
    with board.lock:
        _refresh(store, live.project, board)
        if item not in board.proposed:
            raise NotFound("Item {item} is not disputed.", item=item)
        cause, evidence = board.proposed[item]
        given = board.causes.get(item)
    return (given or cause), given is not None, evidence


# Bringing the board up to date --------------------------------------------------------------------------------------


def _version(item: LiveItem) -> int:
    return sum(given.seq + 1 for given in item.given.values()) + 100_000 * len(item.rulings)


def _refresh(store: Store, project: int, board: _Board) -> None:
    disputed = {
        item.id: item
        for item in list(store.live.items.values())
        if item.project == project and item.standing.state == "disputed"
    }
    with store.reader() as reader:
        said = int(
            reader.value(
                """select greatest(coalesce((select max(id) from cause_given where project = ?), 0),
                       1000000000 + coalesce((select max(id) from cluster_given where project = ?), 0))
                   + coalesce((select max(id) from cause_given where project = ?), 0)""",
                [project, project, project],
            )
            or 0
        )
        settings = store.live.projects[project].settings
        newest = reader.value("select coalesce(max(id), 0) from precedent where project = ?", [project])
        state = (hash(tuple(sorted((one.id, _version(one)) for one in disputed.values()))), said, newest, repr(settings.get("tiers")))  # fmt: skip
        if state == board.made:
            return
        gone = [item for item in board.facts if item not in disputed]
        fresh = [item for item in disputed.values() if _differs(board.facts.get(item.id), item)]
        for item in gone:
            board.facts.pop(item)
            board.of.pop(item, None)
        _read_facts(reader, board, fresh)
        if said != board.said_at:
            _read_said(reader, project, board)
            board.said_at = said
        order = sorted(disputed)
        cases = _cases(store, board, [disputed[item] for item in order])
        board.changed += len(fresh) + len(gone)
        if board.book is None or board.changed > max(GROW_LEAST, GROW_SHARE * len(order)):
            board.book = _book(reader, project, board)
            grown = grow(cases, board.book)
            board.grown, board.changed = grown.components, 0
            board.of = dict(zip(order, grown.of.tolist(), strict=True))
            board.fits = dict(zip(order, grown.fit.tolist(), strict=True))
        elif fresh:
            _place(board, cases, order, {item.id for item in fresh})
        board.rows = _rows(store, reader, project, board, cases, order, disputed)
    board.made = state


def _differs(known: _Fact | None, item: LiveItem) -> bool:
    return known is None or known.version != _version(item)


def _place(board: _Board, cases: Cases, order: list[int], fresh: set[int]) -> None:
    """New and changed disputes go to the clusters that there are."""
    assert board.book is not None
    rows = np.flatnonzero(np.isin(order, list(fresh)))
    # A word, rule or keyword that was unknown when the clusters were grown says nothing for any of them yet.
    part = cases.only(rows)
    known = replace(
        part,
        rules=part.rules[part.rules[:, 1] < board.book.rules],
        words=part.words[part.words[:, 1] < board.book.words],
        keyword=np.minimum(part.keyword, len(board.book.keyword) - 1),
        family=np.where(part.family < len(board.book.family), part.family, -1),
    )
    found = assign(known, board.book, board.grown)
    for row, place, fits in zip(rows.tolist(), found.of.tolist(), found.fit.tolist(), strict=True):
        board.of[order[row]], board.fits[order[row]] = place, fits


_LATIN = re.compile(r"[a-z0-9]{3,}")
_HAN = re.compile(r"[\u4e00-\u9fff]+")


def words_of(text: str) -> set[str]:
    """The words of a note: Latin ones of three letters and more, and of Chinese every two characters that stand together.

    >>> sorted(words_of("Only the logo 只有标志"))
    ['logo', 'only', 'the', '只有', '有标', '标志']
    """
    text = text.casefold()
    found = set(_LATIN.findall(text))
    for run in _HAN.findall(text):
        found.update(run[at : at + 2] for at in range(len(run) - 1))
    return found


def _code(codes: dict[str, int], text: str) -> int:
    return codes.setdefault(text, len(codes))


def _read_facts(reader: Reader, board: _Board, fresh: Sequence[LiveItem]) -> None:
    for at in range(0, len(fresh), 5000):
        part = {item.id: item for item in fresh[at : at + 5000]}
        facts = {number: _Fact(_version(item)) for number, item in part.items()}
        rules: dict[int, set[int]] = {}
        words: dict[int, set[int]] = {}
        notes: dict[int, list[str]] = {}
        for item, rule, note, flag_text in reader.all(
            f"""select item, max_by(row(rule), seq), max_by(row(note), seq), max_by(row(flag_text), seq) from answer
                where item in ({marks(list(part))}) group by item, assignment""",
            list(part),
        ):
            rule, note, flag_text = (next(iter(one)) for one in (rule, note, flag_text))
            if rule:
                rules.setdefault(item, set()).add(_code(board.rules, rule))
            text = " ".join(one for one in (note, flag_text) if one)
            if text:
                notes.setdefault(item, []).append(text)
                words.setdefault(item, set()).update(_code(board.words, word) for word in words_of(text))
        for item, family, fingerprint in reader.all(
            f"""select item.id, keyword.family, clip.fingerprint from item join keyword on keyword.id = item.keyword
                join clip on clip.id = item.clip where item.id in ({marks(list(part))})""",
            list(part),
        ):
            fact = facts[item]
            fact.family = _code(board.families, family) if family else -1
            fact.twin = _code(board.twins, fingerprint) if fingerprint else -1
        for item, fact in facts.items():
            fact.rules = tuple(sorted(rules.get(item, ())))
            fact.words = tuple(sorted(words.get(item, ())))
            fact.notes = tuple(notes.get(item, ()))
            board.keywords.setdefault(part[item].keyword, len(board.keywords))
        board.facts.update(facts)


def _read_said(reader: Reader, project: int, board: _Board) -> None:
    board.causes = {
        item: Cause(cause)
        for item, cause in reader.all(
            "select item, max_by(cause, id) from cause_given where project = ? group by item", [project]
        )
    }
    board.hands, board.why = {}, {}
    for item, name, text in reader.all(
        """select item, cluster, why from cluster_given where project = ?
           qualify row_number() over (partition by item order by id desc) = 1""",
        [project],
    ):
        if name:
            board.hands[item] = name
            board.why[name] = text or ""


def _book(reader: Reader, project: int, board: _Board) -> Codebook:
    keyword, family = np.zeros(max(len(board.keywords), 1)), np.zeros(max(len(board.families), 1))
    for number, name, n in reader.all(
        """select keyword.id, family, count(*) from item join keyword on keyword.id = item.keyword
           where item.project = ? group by all""",
        [project],
    ):
        if number in board.keywords:
            keyword[board.keywords[number]] += n
        if name in board.families:
            family[board.families[name]] += n
    return Codebook(keyword, family, max(len(board.rules), 1), max(len(board.words), 1))


def _cases(store: Store, board: _Board, disputed: Sequence[LiveItem]) -> Cases:
    """The disputes as the rules take them; skills and the model from them and the items that were settled lately."""
    n = len(disputed)
    project = disputed[0].project if disputed else -1
    lately = [one for one in list(store.live.settled.values()) if one.project == project]
    case, who, level = [], [], []
    graders: dict[int, int] = {}
    for place, item in enumerate([*disputed, *lately]):
        for given in item.given.values():
            if given.counts and given.level is not None and given.purpose == "work":
                case.append(place)
                who.append(graders.setdefault(given.grader, len(graders)))
                level.append(given.level)
    cases, people, levels = (np.array(one, dtype=np.int64) for one in (case, who, level))
    label = np.array([-1 if one.standing.level is None else one.standing.level for one in [*disputed, *lately]])
    judged = (cases >= n) & (label[cases] >= 0) if len(cases) else np.zeros(0, dtype=bool)
    same = np.bincount(people[judged], weights=levels[judged] == label[cases[judged]], minlength=len(graders))
    skill = (same + 9) / (np.bincount(people[judged], minlength=len(graders)) + 10)
    shares = np.full((n, LEVELS), 1 / LEVELS)
    if len(cases):
        table = coded(
            cases.astype(np.int32), people.astype(np.int32), levels.astype(np.int32),
            levels=LEVELS, items=n + len(lately), graders=len(graders),
        )  # fmt: skip
        shares = fit(table).shares[:n]
    mine = cases < n
    odd, odd_skill, other = standing_alone(cases[mine], people[mine], levels[mine], skill, n)
    votes, flags = np.zeros((n, LEVELS)), np.zeros((n, len(FLAG_KINDS)))
    np.add.at(votes, (cases[mine], levels[mine]), 1)
    rules: list[tuple[int, int]] = []
    words: list[tuple[int, int]] = []
    facts = [board.facts[item.id] for item in disputed]
    for row, (item, fact) in enumerate(zip(disputed, facts, strict=True)):
        for given in item.given.values():
            if given.flag in FLAG_KINDS:
                flags[row, FLAG_KINDS.index(given.flag)] += 1
        rules.extend((row, code) for code in fact.rules)
        words.extend((row, code) for code in fact.words)
    weights = store.live.projects[project].weights if disputed else {}
    return Cases(
        item=np.array([item.id for item in disputed], dtype=np.int64),
        keyword=np.array([board.keywords[item.keyword] for item in disputed], dtype=np.int64),
        family=np.array([fact.family for fact in facts], dtype=np.int64),
        votes=votes, flags=flags,
        rules=np.array(rules, dtype=np.int64).reshape(-1, 2), words=np.array(words, dtype=np.int64).reshape(-1, 2),
        twin=np.array([fact.twin for fact in facts], dtype=np.int64), shares=shares,
        odd=odd, odd_skill=odd_skill, other_skill=other,
        weight=np.array([weights.get(item.keyword, 1.0) for item in disputed]),
    )  # fmt: skip


# Rows -----------------------------------------------------------------------------------------------------------------


def _rows(
    store: Store, reader: Reader, project: int, board: _Board, cases: Cases, order: list[int],
    disputed: dict[int, LiveItem],
) -> list[ClusterRow]:  # fmt: skip
    if not order:
        board.proposed = {}
        return []
    assert board.book is not None
    of = np.array([board.of.get(item, -1) for item in order], dtype=np.int64)
    fits = np.array([board.fits.get(item, -np.inf) for item in order])
    found = Clusters(of, np.where(of >= 0, fits, -np.inf), board.grown)
    proposed = propose(cases, found)
    board.proposed = {
        item: (CAUSES[int(proposed.cause[row])], proposed.said(row)) for row, item in enumerate(order)
    }  # fmt: skip
    members = _members(board, found, order)
    where = np.empty(len(order), dtype=np.int64)
    for place, (_name, rows) in enumerate(members):
        where[rows] = place
    now = store.clock.now()
    late = np.array([_is_late(disputed[item].since, now) for item in order], dtype=float)
    causes = [_cause(board, proposed, order, rows) for _, rows in members]
    minutes = np.array([_minutes(len(rows), cause) for (_, rows), (cause, _) in zip(members, causes, strict=True)])
    many = np.array([len(rows) > 1 for _, rows in members])
    coming = np.bincount(where, weights=late, minlength=len(members)) / LOOK_BACK_DAYS * HORIZON_DAYS * many
    ranked = rank(cases.shares, where, cases.weight, minutes, coming, belongs(found))
    tiers = from_settings(store.live.projects[project].settings)
    plain, precedents = _decided(reader, project), _precedents(reader, project)
    names = _Names(reader, board, [disputed[item].keyword for item in order])
    rows_made = []
    for place in ranked.order.tolist():
        name, rows = members[place]
        rows_made.append(
            _row(
                board,
                found,
                proposed,
                ranked,
                place,
                name,
                rows,
                causes[place],
                order,
                disputed,
                tiers,
                plain,
                precedents,
                names,
                cases,
            )
        )
    return rows_made


def _is_late(since: datetime | None, now: datetime) -> bool:
    return since is not None and (now - since).total_seconds() < LOOK_BACK_DAYS * 86_400


def _minutes(items: int, cause: Cause) -> float:
    if cause in (Cause.ERROR, Cause.CLIP):
        return LEAD_MINUTES * items
    return CLUSTER_MINUTES if items > 1 else ITEM_MINUTES


def _members(board: _Board, found: Clusters, order: list[int]) -> list[tuple[str, np.ndarray[Any, np.dtype[np.int64]]]]:
    """Each cluster's id and rows, made by hand before made by the rules; single ones last."""
    by_hand: dict[str, list[int]] = {}
    free = np.ones(len(order), dtype=bool)
    for row, item in enumerate(order):
        if item in board.hands:
            by_hand.setdefault(board.hands[item], []).append(row)
            free[row] = False
    made = [(name, np.array(rows, dtype=np.int64)) for name, rows in by_hand.items()]
    for place in range(len(found.components)):
        rows = found.members(place)
        rows = rows[free[rows]]
        if len(rows):
            made.append((f"c{min(order[row] for row in rows.tolist())}", rows))
            free[rows] = False
    made.extend((f"c{order[row]}", np.array([row])) for row in np.flatnonzero(free).tolist())
    return made


def _cause(
    board: _Board, proposed: Proposed, order: list[int], rows: np.ndarray[Any, np.dtype[np.int64]]
) -> tuple[Cause, bool]:
    """A cluster's cause: the one that persons gave most of its items, else the proposed one."""
    given = [board.causes[order[row]] for row in rows.tolist() if order[row] in board.causes]
    if given:
        return max(CAUSES, key=given.count), True
    return (CAUSES[int(proposed.cause[rows[0]])] if len(rows) == 1 else cluster_cause(proposed, rows)), False


def _decided(reader: Reader, project: int) -> dict[int, list[tuple[int, str | None, str]]]:
    """What persons decided before, by keyword: (level, rule, reason), the newest last."""
    found: dict[int, list[tuple[int, str | None, str]]] = {}
    for keyword, level, rule, reason in reader.all(
        """select keyword, level, rule, reason from decision join item on item.id = decision.item
           where decision.project = ? and kind = 'level' order by decision.id desc limit 20000""",
        [project],
    ):
        found.setdefault(keyword, []).insert(0, (level, rule, reason))
    return found


def _precedents(reader: Reader, project: int) -> dict[int, list[Proposal]]:
    """The precedents in force that hold for a whole keyword, by keyword."""
    found: dict[int, list[Proposal]] = {}
    for number, keyword, level, rule, reason in reader.all(
        """select id, keyword, level, rule, reason from precedent where project = ? and scope = 'keyword'
           and id not in (select supersedes from precedent where supersedes is not null) order by id""",
        [project],
    ):
        found.setdefault(keyword, []).append(Proposal(level, rule, reason, 0, number))
    return found


AGREEING = 3  # decisions on a keyword between the same two levels, all alike, that decide plainly


def _proposal(
    plain: dict[int, list[tuple[int, str | None, str]]], precedents: dict[int, list[Proposal]], keywords: set[int],
    levels: set[int],
) -> Proposal | None:  # fmt: skip
    if len(keywords) != 1 or not levels:
        return None
    in_force = [one for one in precedents.get(next(iter(keywords)), []) if one.level in levels]
    if in_force:  # two that contradict each other decide nothing plainly
        return in_force[-1] if len({one.level for one in in_force}) == 1 else None
    said = [one for one in plain.get(next(iter(keywords)), []) if one[0] in levels]
    if len(said) < AGREEING or len({one[0] for one in said}) > 1:
        return None
    level, rule, reason = said[-1]
    return Proposal(level, rule, reason, len(said))


class _Names:
    """Texts of the codes."""

    def __init__(self, reader: Reader, board: _Board, keywords: list[int]) -> None:
        wanted = sorted(set(keywords))
        self.keyword: dict[int, tuple[str | None, str | None]] = {}
        for at in range(0, len(wanted), 5000):
            part = wanted[at : at + 5000]
            self.keyword.update(
                {
                    row[0]: (row[1], row[2])
                    for row in reader.all(f"select id, text_zh, text_en from keyword where id in ({marks(part)})", part)
                }
            )
        self._by_kind = {
            "family": {code: text for text, code in board.families.items()},
            "rule": {code: text for text, code in board.rules.items()},
            "word": {code: text for text, code in board.words.items()},
            "keyword": {code: str(number) for number, code in board.keywords.items()},
            "flag": dict(enumerate(FLAG_KINDS)),
        }

    def of(self, kind: str, code: int) -> str:
        """A code's text; of a keyword its number."""
        return self._by_kind.get(kind, {}).get(code, "")


def _row(
    board: _Board, found: Clusters, proposed: Proposed, ranked: Ranked, place: int, name: str,
    rows: np.ndarray[Any, np.dtype[np.int64]], cause: tuple[Cause, bool], order: list[int],
    disputed: dict[int, LiveItem], tiers: Tiers, plain: dict[int, list[tuple[int, str | None, str]]],
    precedents: dict[int, list[Proposal]], names: _Names,
    cases: Cases,
) -> ClusterRow:  # fmt: skip
    assert board.book is not None
    items = [order[row] for row in rows.tolist()]
    component = found.components[int(found.of[rows[0]])] if found.of[rows[0]] >= 0 and len(rows) > 1 else None
    shared: tuple[tuple[str, str, int], ...] = ()
    if component is not None and name not in board.why:
        said = why(_known_only(cases.only(rows), board.book), np.arange(len(rows)), component, board.book)
        shared = tuple((kind, names.of(kind, code), n) for kind, code, n in said.shared)
    counted: dict[int, int] = {}
    for item in items:
        counted[disputed[item].keyword] = counted.get(disputed[item].keyword, 0) + 1
    levels = {level for item in items for level in disputed[item].levels()}
    proposal = _proposal(plain, precedents, set(counted), levels)
    met = proposed.evidence[rows].sum(axis=0)
    at = CAUSES.index(cause[0])
    from relevance.causes import EVIDENCE

    evidence = sorted(
        ((one, int(n)) for one, n in zip(EVIDENCE, met.tolist(), strict=True) if n and EVIDENCE[one][at] > 0),
        key=lambda pair: -pair[1] * EVIDENCE[pair[0]][at],
    )
    returned = min(sum(ruling.kind == "return" for ruling in disputed[item].rulings) for item in items)
    return ClusterRow(
        id=name, items=tuple(items), cause=cause[0], given=cause[1], evidence=tuple(evidence[:4]),
        keywords=tuple(names.keyword[one] for one in sorted(counted, key=lambda one: -counted[one])[:5]),
        pair=component.pair if component is not None else None, shared=shared, said=board.why.get(name, ""),
        wrong=float(ranked.wrong[place]), distance=float(ranked.distance[place]), now=float(ranked.now[place]),
        coming=float(ranked.coming[place]), weight=float(ranked.weight[place]), value=float(ranked.value[place]),
        minutes=float(ranked.minutes[place]), per_minute=float(ranked.per_minute[place]),
        tier=tier_of(cause[0], len(items), tiers, known=proposal is not None, returned=returned),
        telling=tuple(order[row] for row in telling(rows).tolist()), proposal=proposal,
    )  # fmt: skip


def _known_only(cases: Cases, book: Codebook) -> Cases:
    return replace(
        cases,
        rules=cases.rules[cases.rules[:, 1] < book.rules],
        words=cases.words[cases.words[:, 1] < book.words],
        keyword=np.minimum(cases.keyword, len(book.keyword) - 1),
        family=np.where(cases.family < len(book.family), cases.family, -1),
    )


def look(store: Store, actor: Actor, project: int, items: Sequence[int]) -> list[Telling]:
    """What is shown of items beside their clips: levels, flags, rules cited and notes, and never who said them."""
    require(actor, Act.SEE_DISPUTES, project)
    if not items:
        return []
    with store.reader() as reader:
        clips = {
            row[0]: row[1:]
            for row in reader.all(
                f"""select item.id, content_id, clip.name from item join clip on clip.id = item.clip
                    where item.project = ? and item.id in ({marks(list(items))})""",
                [project, *items],
            )
        }
        said: dict[int, list[tuple[Any, ...]]] = {}
        for row in reader.all(
            f"""select item, level, flag, rule, coalesce(nullif(note, ''), flag_text) from answer
                where item in ({marks(list(items))}) and purpose = 'work'
                qualify row_number() over (partition by assignment order by seq desc) = 1 order by made_at""",
            list(items),
        ):
            said.setdefault(row[0], []).append(row[1:])
    return [
        Telling(
            item, clips[item][0], clips[item][1], tuple(sorted(one[0] for one in said.get(item, []) if one[0] is not None)),
            tuple(sorted({one[1] for one in said.get(item, []) if one[1]})),
            tuple(sorted({one[2] for one in said.get(item, []) if one[2]})),
            tuple(one[3] for one in said.get(item, []) if one[3]),
        )
        for item in items
        if item in clips
    ]  # fmt: skip


# What persons say -------------------------------------------------------------------------------------------------------


def give_cause(store: Store, actor: Actor, project: int, items: Sequence[int], cause: str) -> int:
    """A person says the cause of these disputes. Returns the act's number.

    Raises:
        BadInput: no such cause, or no items.
        NotFound: an item is not disputed in this project.
    """
    require(actor, Act.TRIAGE, project)
    if cause not in set(map(str, Cause)):
        raise BadInput("There is no cause {cause}. Causes: {causes}.", cause=cause, causes=", ".join(Cause))
    board = _board(store, project)
    with board.lock:
        _refresh(store, project, board)
        before = {item: str(board.proposed[item][0]) for item in items if item in board.proposed}

    def piece(tx: Tx, part: Sequence[int], act: int) -> None:
        for item in part:
            tx.insert(
                "cause_given", id=tx.new_id("cause_given"), item=item, project=project, cause=cause,
                proposed=before.get(item, ""), made_by=actor.account, made_at=tx.now, act=act,
            )  # fmt: skip

    return _in_pieces(store, actor, project, "triage.cause", items, piece, cause=cause)


def gather(store: Store, actor: Actor, project: int, items: Sequence[int], reason: str = "") -> int:
    """These disputes are one cluster: what they were in is split, or merged, so. Returns the act's number.

    The cluster's id is "h" and that number.
    """
    require(actor, Act.TRIAGE, project)
    reason = reason.strip()
    if len(reason) > LONGEST_WHY:
        raise BadInput("What holds a cluster together is said in at most {most} characters.", most=LONGEST_WHY)

    def piece(tx: Tx, part: Sequence[int], act: int) -> None:
        for item in part:
            tx.insert(
                "cluster_given", id=tx.new_id("cluster_given"), item=item, project=project, cluster=f"h{act}",
                why=reason, made_by=actor.account, made_at=tx.now, act=act,
            )  # fmt: skip

    return _in_pieces(store, actor, project, "triage.gather", items, piece, reason=reason)


def give_back(store: Store, actor: Actor, project: int, items: Sequence[int]) -> int:
    """These disputes go back to where the rules put them. Returns the act's number."""
    require(actor, Act.TRIAGE, project)

    def piece(tx: Tx, part: Sequence[int], act: int) -> None:
        for item in part:
            tx.insert(
                "cluster_given", id=tx.new_id("cluster_given"), item=item, project=project, cluster=None, why=None,
                made_by=actor.account, made_at=tx.now, act=act,
            )  # fmt: skip

    return _in_pieces(store, actor, project, "triage.give_back", items, piece)


def settle(
    store: Store, actor: Actor, project: int, items: Sequence[int], level: int, reason: str, rule: str | None,
    question: int | None = None,
) -> tuple[int, int]:  # fmt: skip
    """One level for these disputes, as one act in pieces. What is not disputed any more stays as it is.

    One dispute is decided like any other. Several are carried on (services.propagation): their labels say so, a random
    sample is graded once more, and all of it can be taken back as one act.

    Returns the act's number and how many were settled.

    Raises:
        NotAllowed: the actor may not decide.
        BadInput: no such level, no reason, or no items.
        Stale: the one dispute is none any more.
    """
    if len(items) != 1:
        act = propagation.apply(
            store, actor, project, items, level, reason, rule, states=disputes.DISPUTED, question=question
        )  # fmt: skip
        with store.reader() as reader:
            return act, int(reader.value("select count(*) from propagation_item where propagation = ?", [act]))
    require(actor, Act.DECIDE, project)
    if level not in (0, 1, 2, 3):
        raise BadInput("The level {level} is none of 0, 1, 2, 3.", level=level)

    def decide(tx: Tx) -> int:
        act = tx.new_act("triage.settle", actor, project, items=1, level=level, question=question)
        disputes.rule_in(tx, actor, items[0], "level", level, 0, reason, rule, None, act)
        return act

    return store.act(decide), 1


def _in_pieces(
    store: Store, actor: Actor, project: int, name: str, items: Sequence[int], piece: Any, **detail: object
) -> int:
    if not items:
        raise BadInput("No item was named.")
    numbers = list(dict.fromkeys(items))

    def first(tx: Tx) -> int:
        for item in numbers:
            live = tx.live.items.get(item)
            if live is None or live.project != project or live.standing.state != "disputed":
                raise NotFound("Item {item} is not disputed.", item=item)
        act = tx.new_act(name, actor, project, items=len(numbers), **detail)
        piece(tx, numbers[:PIECE], act)
        return act

    act = store.act(first)
    for at in range(PIECE, len(numbers), PIECE):
        part = numbers[at : at + PIECE]
        store.act(partial(piece, part=part, act=act))
    return act
