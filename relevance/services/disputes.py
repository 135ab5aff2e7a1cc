"""Disputes and questions: what graders could not settle, and what persons rule on it.

The list is kept in memory with the items that are not final, so that a page of fifty costs the same among a hundred
and among a hundred thousand. A decision is a record of its own, never a change of a grade.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from relevance.errors import BadInput, NotFound, Stale
from relevance.items import FINAL, Ruling
from relevance.roles import Act, Actor, require
from relevance.services.states import restate
from relevance.store.live import LiveItem
from relevance.store.load import items, load_item
from relevance.store.store import Reader, Store, Tx, marks

PIECE = 1000
LONGEST_TEXT = 2000
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
class History:
    """A grader's settled past on one keyword: of `n` grades on items with a label, `same` said what the label says."""

    n: int
    same: int


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


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question about a clip or a keyword, with what its flaggers wrote and how many items hang on it."""

    id: int
    kind: str
    subject: int
    keyword_zh: str | None
    keyword_en: str | None
    keyword_note: str | None
    clip_name: str | None
    content_id: str | None
    strip: dict[str, Any]
    waiting: int
    flags: tuple[tuple[str, str], ...]
    made_at: datetime
    outcome: str | None = None
    level: int | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class AskRow:
    """A grader's question to the lead, and its answer."""

    id: int
    item: int
    grader: int
    name: str
    text: str
    made_at: datetime
    reply: str | None
    replied_at: datetime | None
    keyword_zh: str | None
    keyword_en: str | None
    content_id: str


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
    now = store.clock.now()
    disputed = [
        item
        for item in list(store.live.items.values())
        if item.project == project and item.standing.state == "disputed"
    ]
    words = _keywords_matching(store, project, wanted.text) if wanted.text.strip() else None
    facets: tuple[Counter[Any], ...] = (Counter(), Counter(), Counter(), Counter())
    found: list[tuple[int, float, int, LiveItem]] = []
    for item in disputed:
        given = list(item.given.values())
        flags = {g.flag for g in given if g.flag}
        facets[0][item.batch] += 1
        facets[1][item.keyword] += 1
        for g in given:
            if g.answered:
                facets[2][g.grader] += 1
        for flag in flags:
            facets[3][flag] += 1
        spread = _spread(item.levels())
        age = (now - item.since).total_seconds() / 3600 if item.since else 0.0
        if (
            (wanted.batch is None or item.batch == wanted.batch)
            and (wanted.keyword is None or item.keyword == wanted.keyword)
            and (wanted.spread is None or spread >= wanted.spread)
            and (wanted.flag is None or wanted.flag in flags)
            and (wanted.grader is None or any(g.grader == wanted.grader and g.answered for g in given))
            and (wanted.older_than_h is None or age >= wanted.older_than_h)
            and (words is None or item.keyword in words)
        ):
            found.append((-spread, -age, item.id, item))
    found.sort(key=lambda entry: entry[:3])
    shown = [entry[3] for entry in found[offset : offset + limit]]
    return DisputePage(_rows(store, shown), len(found), *(dict(facet.most_common()) for facet in facets))


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
    if not shown:
        return ()
    with store.reader() as reader:
        words = {
            row[0]: row[1:]
            for row in reader.all(
                f"select id, text_zh, text_en from keyword where id in ({marks(shown)})", [i.keyword for i in shown]
            )
        }
        clips = {
            row[0]: row[1:]
            for row in reader.all(
                f"select id, content_id, name from clip where id in ({marks(shown)})", [i.clip for i in shown]
            )
        }
    return tuple(
        DisputeRow(
            item=item.id,
            batch=item.batch,
            batch_name=store.live.batches[item.batch].name,
            keyword=item.keyword,
            keyword_zh=words[item.keyword][0],
            keyword_en=words[item.keyword][1],
            content_id=clips[item.clip][0],
            clip_name=clips[item.clip][1],
            why=item.standing.why,
            spread=_spread(item.levels()),
            levels=tuple(sorted(item.levels())),
            flags=tuple(sorted({g.flag for g in item.given.values() if g.flag})),
            since=item.since or store.clock.now(),
            version=_version(item),
        )
        for item in shown
    )


def one(store: Store, actor: Actor, item: int) -> DisputeDetail:
    """All that is known of one item.

    Raises:
        NotFound: there is no such item.
        NotAllowed: the actor may not see its project's disputes.
    """
    with store.reader(snapshot=True) as reader:
        rows = reader.rows(
            """select item.project, item.start_ms, item.end_ms, batch.name as batch_name, keyword.id as keyword,
                      text_zh as keyword_zh, text_en as keyword_en, keyword.note as keyword_note, clip.id as clip,
                      content_id, clip.name as clip_name, duration_ms, width, height, strip,
                      captions is not null as captions, clip.title, clip.description
               from item join batch on batch.id = item.batch join keyword on keyword.id = item.keyword
               join clip on clip.id = item.clip where item.id = ?""",
            [item],
        )
        if not rows:
            raise NotFound("There is no item {item}.", item=item)
        row = rows[0]
        require(actor, Act.SEE_DISPUTES, row["project"])
        grades = _grades(reader, item, row["keyword"])
        rulings = [
            RulingSeen(*found)
            for found in reader.all(
                """select kind, level, reason, rule, coalesce(person.name, '-'), made_at from decision
                   left join person on person.account = decision.made_by where item = ? order by decision.id""",
                [item],
            )
        ]
        asks = reader.all(
            """select coalesce(person.name, '-'), text, made_at from ask left join person on person.account = ask.grader
               where item = ? order by ask.id""",
            [item],
        )
        known = store.live.get(item)
        if known is None:
            known = items(reader, store.live, "(?)", [item])[0]
    row["strip"] = json.loads(row["strip"])
    return DisputeDetail(
        item=item,
        state=known.standing.state,
        level=known.standing.level,
        why=known.standing.why,
        version=_version(known),
        since=known.since,
        grades=tuple(grades),
        rulings=tuple(rulings),
        asks=tuple((name, text, at) for name, text, at in asks),
        **row,
    )


def _grades(reader: Reader, item: int, keyword: int) -> list[GradeSeen]:
    answers = reader.rows(
        """select answer.*, coalesce(person.name, '-') as name from answer
           left join person on person.account = answer.grader where item = ? order by made_at, assignment, seq""",
        [item],
    )
    graders = sorted({row["grader"] for row in answers})
    past = _history(reader, keyword, graders) if graders else {}
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
    return seen


def _history(reader: Reader, keyword: int, graders: Sequence[int]) -> dict[int, History]:
    rows = reader.all(
        f"""with mine as (
                select answer.grader, answer.item, max_by(answer.level, seq) as level from answer
                join item on item.id = answer.item
                where item.keyword = ? and answer.grader in ({marks(graders)}) and purpose = 'work'
                group by answer.grader, answer.item, assignment),
            label as (
                select item, max_by(state, id) as state, max_by(level, id) as level from item_event
                where item in (select item from mine) group by item)
            select grader, count(*), count(*) filter (mine.level = label.level)
            from mine join label using (item)
            where label.state in ('settled', 'decided') and mine.level is not null group by grader""",
        [keyword, *graders],
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
    expects: int | None, act: int | None = None, states: frozenset[str] = DISPUTED,
) -> int:  # fmt: skip
    """The ruling as a part of a larger act (a meeting's, with its precedent). Returns the decision's id.

    Args:
        kind: level, return or withdraw.
        act: the larger act's id; without one the ruling is an act of its own in the audit log.
        states: the item must be in one of these. A correction rules on what is decided.

    Raises:
        Stale: the item is not disputed any more, or has records that the actor has not seen.
    """
    reason = reason.strip()
    if not 1 <= len(reason) <= LONGEST_TEXT:
        raise BadInput("A decision needs a reason of 1 to {most} characters.", most=LONGEST_TEXT)
    known = tx.live.get(item) or load_item(tx, tx.live, item)
    if known is None:
        raise NotFound("There is no item {item}.", item=item)
    require(actor, Act.DECIDE, known.project)
    if known.standing.state not in states:
        _say_stale(tx, known)
    if expects is not None and expects != _version(known):
        raise Stale("Item {item} has new grades or flags since you opened it. Look again.", item=item)
    tx.live.touch(known)
    if act is None:
        act = tx.new_act(f"dispute.{kind}", actor, known.project, item=item, level=level, extra=extra)
    decision = _record(tx, actor, known, kind, level, extra, reason, rule, None, act)
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


def _record(
    tx: Tx, actor: Actor, item: LiveItem, kind: Any, level: int | None, extra: int, reason: str, rule: str | None,
    question: int | None, act: int,
) -> int:  # fmt: skip
    decision = tx.new_id("decision")
    ruling = Ruling(kind, level, item.counted(), extra, item.flags())
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


# Questions ------------------------------------------------------------------------------------------------------------


def questions(store: Store, actor: Actor, project: int, answered: bool = False, limit: int = 200) -> list[QuestionRow]:
    """The questions about clips and keywords: open ones with most items waiting first, or the newest answered ones."""
    require(actor, Act.SEE_DISPUTES, project)
    with store.reader(snapshot=True) as reader:
        rows = reader.rows(
            f"""select question.id, kind, subject, text_zh as keyword_zh, text_en as keyword_en,
                       keyword.note as keyword_note, clip.name as clip_name, content_id, strip, question.made_at,
                       outcome, level, question_answer.text
                from question left join question_answer on question_answer.question = question.id
                left join keyword on kind = 'keyword' and keyword.id = subject
                left join clip on kind = 'clip' and clip.id = subject
                where question.project = ? and (outcome is {"not " if answered else ""}null)
                order by coalesce(question_answer.made_at, question.made_at) desc limit ?""",
            [project, limit],
        )
        found = []
        for row in rows:
            column = "clip" if row["kind"] == "clip" else "keyword"
            flag = "bad_clip" if row["kind"] == "clip" else "unclear_keyword"
            flags = reader.all(
                f"""select coalesce(person.name, '-'), coalesce(flag_text, '') from answer
                    join item on item.id = answer.item left join person on person.account = answer.grader
                    where item.{column} = ? and flag = ? order by answer.made_at limit 20""",
                [row["subject"], flag],
            )
            row["strip"] = json.loads(row["strip"] or "{}")
            waiting = 0 if answered else len(_hanging(reader, project, row["kind"], row["subject"]))
            found.append(QuestionRow(waiting=waiting, flags=tuple(flags), **row))
    return found if answered else sorted(found, key=lambda one: -one.waiting)


def _hanging(reader: Reader, project: int, kind: str, subject: int) -> list[int]:
    """The items of a clip or keyword that are neither settled nor final."""
    column = "clip" if kind == "clip" else "keyword"
    return [
        item
        for (item,) in reader.all(
            f"""with mine as (
                    select id from item where {column} = ? and project = ?
                    and import in (select id from import where committed_at is not null)),
                last as (
                    select item, max_by(state, id) as state from item_event where item in (select id from mine) group by item)
                select mine.id from mine left join last on last.item = mine.id
                where coalesce(last.state, 'open') in ('open', 'disputed') order by 1""",
            [subject, project],
        )
    ]


def answer_question(
    store: Store, actor: Actor, question: int, outcome: str, text: str, level: int | None = None
) -> int:  # fmt: skip
    """Answers a question once, for all items that hang on it. Returns how many items that were.

    Args:
        outcome: grade (go on; the text stands beside the clip or keyword from now on), withdraw (the items get no
            label), or level (they all get this one).

    Raises:
        Stale: somebody answered it first.
        BadInput: an unknown outcome, no text, or no level where one is needed.
    """
    text = text.strip()
    if outcome not in ("grade", "withdraw", "level"):
        raise BadInput("The outcome {outcome} is none of grade, withdraw, level.", outcome=outcome)
    if not 1 <= len(text) <= LONGEST_TEXT:
        raise BadInput("An answer needs a text of 1 to {most} characters.", most=LONGEST_TEXT)
    if outcome == "level" and level not in (0, 1, 2, 3):
        raise BadInput("The level {level} is none of 0, 1, 2, 3.", level=level)
    with store.reader() as reader:
        row = reader.one("select project, kind, subject from question where id = ?", [question])
        if row is None:
            raise NotFound("There is no question {question}.", question=question)
        project, kind, subject = row
        require(actor, Act.ANSWER_QUESTION, project)
        hanging = _hanging(reader, project, kind, subject)

    def start(tx: Tx) -> int:
        _still_open(tx, project, kind, subject, question)
        return tx.new_act("question.answer", actor, project, question=question, outcome=outcome, level=level)

    act_id = store.act(start)
    ruled = "level" if outcome == "level" else "withdraw"

    def piece(part: Sequence[int]) -> Callable[[Tx], None]:
        def act(tx: Tx) -> None:
            _still_open(tx, project, kind, subject, question)
            for number in part:
                item = tx.live.get(number) or _adopt(tx, number)
                if item is not None and item.standing.state not in {*FINAL, "settled"}:
                    tx.live.touch(item)
                    _record(
                        tx, actor, item, ruled, level if ruled == "level" else None, 0, text, None, question, act_id
                    )
                    restate(tx, item, act_id)

        return act

    if outcome != "grade":
        for at in range(0, len(hanging), PIECE):
            store.act(piece(hanging[at : at + PIECE]))

    # Last, so that a crash in the middle leaves the question open and the rest to be answered again.
    def finish(tx: Tx) -> None:
        _still_open(tx, project, kind, subject, question)
        tx.insert(
            "question_answer",
            question=question,
            outcome=outcome,
            level=level if outcome == "level" else None,
            text=text,
            made_by=actor.account,
            made_at=tx.now,
            act=act_id,
        )
        tx.live.unhold(project, kind, subject)

    store.act(finish)
    return len(hanging)


def _still_open(tx: Tx, project: int, kind: str, subject: int, question: int) -> None:
    if tx.live.projects[project].held.get((kind, subject)) != question:
        row = tx.one(
            """select coalesce(person.name, '-') from question_answer
               left join person on person.account = question_answer.made_by where question = ?""",
            [question],
        )
        raise Stale("{name} has already answered this question.", name=row[0] if row else "-")


def _adopt(tx: Tx, item: int) -> LiveItem | None:
    """An item that nobody has touched, taken out of the line and brought to hand."""
    found = load_item(tx, tx.live, item)
    if found is not None:
        tx.live.projects[found.project].line.forget(found.batch, found.keyword, item)
    return found


# Asking the lead --------------------------------------------------------------------------------------------------------


def asks(
    store: Store, actor: Actor, project: int, mine: bool = False, open_only: bool = False, limit: int = 200
) -> list[AskRow]:  # fmt: skip
    """Graders' questions to their lead, the newest first; `mine`: the actor's own."""
    require(actor, Act.GRADE if mine else Act.SEE_DISPUTES, project)
    with store.reader() as reader:
        return [
            AskRow(*row)
            for row in reader.all(
                f"""select ask.id, ask.item, ask.grader, coalesce(person.name, '-'), ask.text, ask.made_at,
                           ask_reply.text, ask_reply.made_at, text_zh, text_en, content_id
                    from ask left join ask_reply on ask_reply.ask = ask.id left join person on person.account = ask.grader
                    join item on item.id = ask.item join keyword on keyword.id = item.keyword
                    join clip on clip.id = item.clip
                    where ask.project = ? {"and ask.grader = ?" if mine else ""}
                    {"and ask_reply.text is null" if open_only else ""} order by ask.id desc limit ?""",
                [project, *([actor.account] if mine else []), limit],
            )
        ]


def reply(store: Store, actor: Actor, ask: int, text: str) -> None:
    """Answers a grader's question, once.

    Raises:
        Stale: it has been answered.
    """
    text = text.strip()
    if not 1 <= len(text) <= LONGEST_TEXT:
        raise BadInput("An answer needs a text of 1 to {most} characters.", most=LONGEST_TEXT)

    def act(tx: Tx) -> None:
        row = tx.one("select project from ask where id = ?", [ask])
        if row is None:
            raise NotFound("There is no such question ({ask}).", ask=ask)
        require(actor, Act.ANSWER_QUESTION, row[0])
        if tx.one("select 1 from ask_reply where ask = ?", [ask]):
            raise Stale("This question has been answered already.")
        tx.new_act("ask.reply", actor, row[0], ask=ask)
        tx.insert("ask_reply", ask=ask, text=text, made_by=actor.account, made_at=tx.now)

    store.act(act)
