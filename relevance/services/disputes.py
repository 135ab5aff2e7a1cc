"""Disputes: what graders could not settle, and what persons rule on it.

The list is kept in memory with the items that are not final, so that a page of fifty costs the same among a hundred
and among a hundred thousand. A decision is a record of its own, never a change of a grade.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from relevance.errors import BadInput, NotFound, Stale
from relevance.items import Ruling
from relevance.roles import Act, Actor, require
from relevance.services.states import restate
from relevance.store.live import LiveItem
from relevance.store.load import items, load_item
from relevance.store.pasts import History
from relevance.store.store import Reader, Store, Tx

PIECE = 1000
LONGEST_TEXT = 2000
MOST_KEYWORDS = 200  # keywords to choose from, the most disputed; the others are found by their words
DISPUTED: frozenset[str] = frozenset({"disputed"})


@dataclass(frozen=True, slots=True)
class DisputeFilter:
    """What a lead wants to see. None: all. `spread` is the least distance in levels; `text` searches the keywords."""

    batch: int | None = None
    keyword: int | None = None
    spread: int | None = None
    flag: str | None = None
    grader: int | None = None
    older_than_h: float | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class DisputeRow:
    """A disputed item in the list. `version` is what a decision must name, so that nobody decides what he has not seen."""

    item: int
    batch: int
    batch_name: str
    keyword: int
    keyword_zh: str | None
    keyword_en: str | None
    content_id: str
    clip_name: str
    why: str
    spread: int
    levels: tuple[int, ...]
    flags: tuple[str, ...]
    since: datetime
    version: int


@dataclass(frozen=True, slots=True)
class DisputePage:
    """A page of the list, the total that fits the filter, and what can be filtered by (with counts)."""

    rows: tuple[DisputeRow, ...]
    total: int
    batches: dict[int, int]
    keywords: dict[int, int]
    graders: dict[int, int]
    flags: dict[str, int]


@dataclass(frozen=True, slots=True)
class GradeSeen:
    """One grader's newest answer on the item, with the earlier levels that he corrected."""

    assignment: int
    grader: int
    name: str
    level: int | None
    earlier: tuple[int | None, ...]
    flag: str | None
    flag_text: str | None
    note: str | None
    rule: str | None
    evidence_ms: tuple[int, ...]
    counts: bool
    purpose: str
    decision_ms: int | None
    watched_share: float | None
    made_at: datetime
    history: History


@dataclass(frozen=True, slots=True)
class RulingSeen:
    """What a person ruled on the item before."""

    kind: str
    level: int | None
    reason: str
    rule: str | None
    name: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class DisputeDetail:
    """All that is known of one item, for deciding it."""

    item: int
    project: int
    state: str
    level: int | None
    why: str
    version: int
    since: datetime | None
    batch_name: str
    keyword: int
    keyword_zh: str | None
    keyword_en: str | None
    keyword_note: str | None
    clip: int
    content_id: str
    clip_name: str
    start_ms: int | None
    end_ms: int | None
    duration_ms: int
    width: int
    height: int
    strip: dict[str, Any]
    captions: bool
    title: str | None
    description: str | None
    grades: tuple[GradeSeen, ...]
    rulings: tuple[RulingSeen, ...]
    asks: tuple[tuple[str, str, datetime], ...]


def _version(item: LiveItem) -> int:
    """Grows with every record that could change a decision."""
    return sum(given.seq + 1 for given in item.given.values()) + 100_000 * len(item.rulings)


def _spread(levels: Sequence[int]) -> int:
    return max(levels) - min(levels) if levels else 0


def page(
    store: Store, actor: Actor, project: int, wanted: DisputeFilter | None = None, offset: int = 0, limit: int = 50
) -> DisputePage:  # fmt: skip
    """The disputes that fit a filter, the widest spread first, in it the oldest.

    Raises:
        NotAllowed: the actor may not see them.
    """
    require(actor, Act.SEE_DISPUTES, project)
    wanted = wanted or DisputeFilter()
    words = _keywords_matching(store, project, wanted.text) if wanted.text.strip() else None
    with store.live.disputed.of(project) as shelf:
        columns, facets = shelf.columns, shelf.facets(MOST_KEYWORDS)
        if wanted.keyword is not None and wanted.keyword in shelf.keywords:
            # What is chosen can be chosen, however rare.
            batches, keywords, graders, flags = facets
            facets = batches, keywords | {wanted.keyword: shelf.keywords[wanted.keyword]}, graders, flags
        fits = np.ones(len(columns.item), dtype=bool)
        if wanted.batch is not None:
            fits &= columns.batch == wanted.batch
        if wanted.keyword is not None:
            fits &= columns.keyword == wanted.keyword
        if wanted.spread is not None:
            fits &= columns.spread >= wanted.spread
        if wanted.flag is not None:
            bit = shelf.bits.get(wanted.flag)
            fits &= False if bit is None else (columns.flags >> bit) & 1 == 1
        if wanted.grader is not None:
            theirs = shelf.of_grader.get(wanted.grader, set())
            fits &= np.isin(columns.item, np.fromiter(theirs, dtype=np.int64, count=len(theirs)))
        if wanted.older_than_h is not None:
            fits &= columns.since <= (store.clock.now().timestamp() - wanted.older_than_h * 3600) * 1e6
        if words is not None:
            fits &= np.isin(columns.keyword, np.array(sorted(words), dtype=np.int64))
    found = np.flatnonzero(fits)
    ids = columns.item[found[offset : offset + limit]].tolist()
    shown = [item for one in ids if (item := store.live.items.get(one)) is not None]
    return DisputePage(_rows(store, shown), len(found), *facets)


def _keywords_matching(store: Store, project: int, text: str) -> set[int]:
    like = f"%{text.strip()}%"
    with store.reader() as reader:
        return {
            row[0]
            for row in reader.all(
                "select id from keyword where project = ? and (text_zh ilike ? or text_en ilike ? or family ilike ?)",
                [project, like, like, like],
            )
        }


def _rows(store: Store, shown: Sequence[LiveItem]) -> tuple[DisputeRow, ...]:
    words = store.recent.rows("keyword", [item.keyword for item in shown])
    clips = store.recent.rows("clip", [item.clip for item in shown])
    return tuple(
        DisputeRow(
            item=item.id,
            batch=item.batch,
            batch_name=store.live.batches[item.batch].name,
            keyword=item.keyword,
            keyword_zh=words[item.keyword]["text_zh"],
            keyword_en=words[item.keyword]["text_en"],
            content_id=clips[item.clip]["content_id"],
            clip_name=clips[item.clip]["name"],
            why=item.standing.why,
            spread=_spread(item.levels()),
            levels=tuple(sorted(item.levels())),
            flags=tuple(sorted({g.flag for g in item.given.values() if g.flag})),
            since=item.since or store.clock.now(),
            version=_version(item),
        )
        for item in shown
    )


def one(store: Store, actor: Actor, item: int, until: datetime | None = None) -> DisputeDetail:
    """All that is known of one item; its grades, rulings and doubts as they were at a moment, where one is given.

    Raises:
        NotFound: there is no such item.
        NotAllowed: the actor may not see its project's disputes.
    """
    at = store.recent.rows("item", [item]).get(item)
    if at is None:
        raise NotFound("There is no item {item}.", item=item)
    require(actor, Act.SEE_DISPUTES, at["project"])
    keyword = store.recent.rows("keyword", [at["keyword"]])[at["keyword"]]
    clip = store.recent.rows("clip", [at["clip"]])[at["clip"]]
    with store.reader(snapshot=True) as reader:
        answers = reader.rows(
            """select answer.*, coalesce(person.name, '-') as name from answer
               left join person on person.account = answer.grader
               where item = ? and answer.made_at <= coalesce(?, answer.made_at) order by answer.made_at, assignment, seq""",
            [item, until],
        )
        rulings = [
            RulingSeen(*found)
            for found in reader.all(
                """select kind, level, reason, rule, coalesce(person.name, '-'), made_at from decision
                   left join person on person.account = decision.made_by
                   where item = ? and decision.made_at <= coalesce(?, decision.made_at) order by decision.id""",
                [item, until],
            )
        ]
        asks = reader.all(
            """select coalesce(person.name, '-'), text, made_at from ask left join person on person.account = ask.grader
               where item = ? and ask.made_at <= coalesce(?, ask.made_at) order by ask.id""",
            [item, until],
        )
        known = store.live.get(item)
        if known is None:
            known = items(reader, store.live, "(?)", [item])[0]
    return DisputeDetail(
        item=item,
        project=at["project"],
        state=known.standing.state,
        level=known.standing.level,
        why=known.standing.why,
        version=_version(known),
        since=known.since,
        batch_name=store.live.batches[at["batch"]].name,
        keyword=at["keyword"],
        keyword_zh=keyword["text_zh"],
        keyword_en=keyword["text_en"],
        keyword_note=keyword["note"],
        clip=at["clip"],
        content_id=clip["content_id"],
        clip_name=clip["name"],
        start_ms=at["start_ms"],
        end_ms=at["end_ms"],
        duration_ms=clip["duration_ms"],
        width=clip["width"],
        height=clip["height"],
        strip=json.loads(clip["strip"]),
        captions=clip["captions"],
        title=clip["title"],
        description=clip["description"],
        grades=_grades(answers, _pasts(store, at["keyword"], {row["grader"] for row in answers})),
        rulings=tuple(rulings),
        asks=tuple((name, text, when) for name, text, when in asks),
    )


def _pasts(store: Store, keyword: int, graders: set[int]) -> dict[int, History]:
    def read() -> dict[int, History]:
        with store.reader() as reader:
            return history(reader, keyword)

    return store.live.pasts.of(keyword, graders, read) if graders else {}


def _grades(answers: Sequence[dict[str, Any]], past: dict[int, History]) -> tuple[GradeSeen, ...]:
    by_assignment: dict[int, list[dict[str, Any]]] = {}
    for row in answers:
        by_assignment.setdefault(row["assignment"], []).append(row)
    seen = []
    for rows in by_assignment.values():
        rows.sort(key=lambda row: row["seq"])
        newest = rows[-1]
        seen.append(
            GradeSeen(
                assignment=newest["assignment"],
                grader=newest["grader"],
                name=newest["name"],
                level=newest["level"],
                earlier=tuple(row["level"] for row in rows[:-1]),
                flag=newest["flag"],
                flag_text=newest["flag_text"],
                note=newest["note"],
                rule=newest["rule"],
                evidence_ms=tuple(json.loads(newest["evidence_ms"])),
                counts=newest["counts"],
                purpose=newest["purpose"],
                decision_ms=newest["decision_ms"],
                watched_share=newest["watched_share"],
                made_at=newest["made_at"],
                history=past.get(newest["grader"], History(0, 0)),
            )
        )
    return tuple(seen)


def history(reader: Reader, keyword: int) -> dict[int, History]:
    """Each grader's settled past on a keyword, counted from all records. A grade that was corrected counts as corrected."""
    # Labels first, so that answers are read of items that have one, not of all. `python -m tests.bench disputes` says what it
    # takes among 100,000 disputes ("a dispute opened, the first of its keyword").
    rows = reader.all(
        """with here as materialized (select id from item where keyword = ?),
            label as materialized (
                select item, max_by({v: level}, id).v as level from item_event where item in (select id from here)
                group by item having max_by(state, id) in ('settled', 'decided')),
            mine as (
                select grader, item, max_by({v: answer.level}, seq).v as level from answer
                where item in (select item from label) and purpose = 'work' group by grader, item, assignment)
            select grader, count(*), count(*) filter (mine.level = label.level)
            from mine join label using (item) where mine.level is not null group by grader""",
        [keyword],
    )
    return {grader: History(n, same) for grader, n, same in rows}


# Deciding -----------------------------------------------------------------------------------------------------------


def decide(
    store: Store, actor: Actor, item: int, level: int, reason: str, rule: str | None = None, expects: int | None = None
) -> int:  # fmt: skip
    """Decides a disputed item: this level, for this reason. Returns the decision's id.

    `expects` is the version that the actor looked at.

    Raises:
        Stale: somebody decided it first (and who), or a record came that the actor has not seen.
        BadInput: no such level, or no reason.
    """
    if level not in (0, 1, 2, 3):
        raise BadInput("The level {level} is none of 0, 1, 2, 3.", level=level)
    return _rule(store, actor, item, "level", level, 0, reason, rule, expects)


def send_back(
    store: Store, actor: Actor, item: int, extra: int, reason: str, expects: int | None = None
) -> int:  # fmt: skip
    """Sends a disputed item back for so many more grades (1 to 5). Returns the decision's id."""
    if not 1 <= extra <= 5:
        raise BadInput("An item can be sent back for 1 to 5 more grades; {extra} were asked for.", extra=extra)
    return _rule(store, actor, item, "return", None, extra, reason, None, expects)


def _rule(
    store: Store, actor: Actor, item: int, kind: Any, level: int | None, extra: int, reason: str, rule: str | None,
    expects: int | None,
) -> int:  # fmt: skip
    return store.act(lambda tx: rule_in(tx, actor, item, kind, level, extra, reason, rule, expects))


def rule_in(
    tx: Tx, actor: Actor, item: int, kind: Any, level: int | None, extra: int, reason: str, rule: str | None,
    expects: int | None, act: int | None = None, states: frozenset[str] = DISPUTED, right: Act = Act.DECIDE,
) -> int:  # fmt: skip
    """The ruling as a part of a larger act (a meeting's, with its precedent). Returns the decision's id.

    Args:
        kind: level, return or withdraw.
        act: the larger act's id; without one the ruling is an act of its own in the audit log.
        states: the item must be in one of these. A correction rules on what is decided.
        right: what the actor must be allowed to do; a caller that asks for less has looked at whose the item is.

    Raises:
        Stale: the item is not disputed any more, or has records that the actor has not seen.
    """
    reason = reason.strip()
    if not 1 <= len(reason) <= LONGEST_TEXT:
        raise BadInput("A decision needs a reason of 1 to {most} characters.", most=LONGEST_TEXT)
    known = tx.live.get(item) or load_item(tx, tx.live, item)
    if known is None:
        raise NotFound("There is no item {item}.", item=item)
    require(actor, right, known.project)
    if known.standing.state not in states:
        _say_stale(tx, known)
    if expects is not None and expects != _version(known):
        raise Stale("Item {item} has new grades or flags since you opened it. Look again.", item=item)
    tx.live.touch(known)
    if act is None:
        act = tx.new_act(f"dispute.{kind}", actor, known.project, item=item, level=level, extra=extra)
    decision = record(tx, actor, known, kind, level, extra, reason, rule, None, act)
    restate(tx, known, act)
    return decision


def _say_stale(tx: Tx, item: LiveItem) -> None:
    last = tx.one(
        """select kind, level, coalesce(person.name, '-') from decision
           left join person on person.account = decision.made_by where item = ? order by decision.id desc limit 1""",
        [item.id],
    )
    if last is not None and last[0] == "level":
        percent = tx.live.projects[item.project].policy.percents[last[1]]
        raise Stale("{name} has already decided item {item}: {percent} %.", name=last[2], item=item.id, percent=percent)
    if last is not None and last[0] == "return":
        raise Stale("{name} has already sent item {item} back for more grades.", name=last[2], item=item.id)
    raise Stale("Item {item} is no longer disputed: it is {state}.", item=item.id, state=item.standing.state)


def record(
    tx: Tx, actor: Actor, item: LiveItem, kind: Any, level: int | None, extra: int, reason: str, rule: str | None,
    question: int | None, act: int, why: str = "decision",
) -> int:  # fmt: skip
    """A ruling's record, part of the act that judges the item anew after it. Returns the decision's id."""
    decision = tx.new_id("decision")
    ruling = Ruling(kind, level, item.counted(), extra, item.flags(), why, decision)
    item.rulings = (*item.rulings, ruling)
    tx.insert(
        "decision",
        id=decision,
        item=item.id,
        project=item.project,
        kind=kind,
        level=level,
        extra=extra,
        n=ruling.n,
        flags=ruling.flags,
        round=item.round,
        question=question,
        reason=reason,
        rule=rule,
        made_by=actor.account,
        made_at=tx.now,
        act=act,
    )
    return decision
