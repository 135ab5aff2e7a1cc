"""Exams: made by a specialist, drawn and taken, marked at once, and what a pass or its end means for work.

Nothing of an exam's known levels leaves this module before the attempt is over.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from relevance.errors import BadInput, NotAllowed, NotFound, Stale
from relevance.gold import difficulty_of
from relevance.qualification import BOUNDARIES, Held, Marks, Pair, Past, Rules, Turn, mark, rules_data, rules_of, turn
from relevance.roles import Act, Actor, require
from relevance.services import duties
from relevance.services.duties import Duty
from relevance.store.store import Reader, Store, Tx, marks
from relevance.training import Candidate, Cell, ItemFigures, analyse, cell_data, draw

GRACE = timedelta(seconds=5)  # what was sent in time may arrive a moment later
LONGEST_TEXT = 4000


@dataclass(frozen=True, slots=True)
class Written:
    """A question that is answered in words and marked by a specialist."""

    text: str
    points: int = 5


@dataclass(frozen=True, slots=True)
class ExamRow:
    """An exam as it is offered now."""

    id: int
    name: str
    kind: str
    cells: tuple[Cell, ...]
    fixed: tuple[int, ...]
    written: tuple[Written, ...]
    minutes: int
    rules: Rules
    made_at: datetime

    @property
    def n(self) -> int:
        """How many items it asks."""
        return len(self.fixed) or sum(cell.n for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Question:
    """One place of an attempt as the person sees it: an item, or a question in words. Its known level is not in it."""

    place: int
    item: int | None
    content_id: str | None
    strip: dict[str, Any]
    captions: bool
    start_ms: int | None
    end_ms: int | None
    duration_ms: int | None
    keyword_zh: str | None
    keyword_en: str | None
    keyword_note: str | None
    text: str | None
    points: int
    said: int | None
    wrote: str | None

    @property
    def done(self) -> bool:
        """It has been answered."""
        return self.said is not None or bool(self.wrote)


@dataclass(frozen=True, slots=True)
class Paper:
    """An attempt that is under way, or over."""

    attempt: int
    exam: str
    started_at: datetime
    ends_at: datetime
    ended: str | None
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an attempt. `marks` None: it is not marked yet, or under way."""

    attempt: int
    account: int
    name: str
    exam: str
    number: int
    started_at: datetime
    ended_at: datetime | None
    marks: Marks | None
    expires_at: datetime | None
    qualification: int | None
    taken_back: str | None


@dataclass(frozen=True, slots=True)
class State:
    """Where a person stands in a project: whether he gets work, and what he may do about it."""

    required: bool
    bars: str | None
    expires_at: datetime | None
    running: int | None
    exams: tuple[tuple[ExamRow, Turn], ...]
    results: tuple[Result, ...]
    duty: Duty | None = None


@dataclass(frozen=True, slots=True)
class ToMark:
    """A written answer that waits for its points. Whose it is stays hidden."""

    attempt: int
    place: int
    exam: str
    question: str
    points: int
    text: str


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item of exams with what its answers say about it."""

    figures: ItemFigures
    keyword_zh: str | None
    keyword_en: str | None
    clip_name: str
    level: int
    labelled: bool = True  # it has a label that could be doubted


# Making exams -------------------------------------------------------------------------------------------------------


def exams(store: Store, project: int) -> list[ExamRow]:
    """The exams that are offered now, full ones first."""
    with store.reader() as reader:
        return _exams(reader, "project = ? and id not in (select exam from exam_end)", [project])


def _exams(reader: Reader, where: str, params: list[Any]) -> list[ExamRow]:
    return [
        ExamRow(
            row["id"], row["name"], row["kind"],
            tuple(Cell(**cell) for cell in json.loads(row["blueprint"])["cells"]),
            tuple(json.loads(row["blueprint"])["items"]),
            tuple(Written(**one) for one in json.loads(row["written"])),
            row["minutes"], rules_of(json.loads(row["rules"])), row["made_at"],
        )
        for row in reader.rows(f"select * from exam where {where} order by kind, id", params)
    ]  # fmt: skip


def save(
    store: Store, actor: Actor, project: int, name: str, *, kind: str = "full", cells: Sequence[Cell] = (),
    items: Sequence[int] = (), written: Sequence[Written] = (), minutes: int = 30, rules: Rules | None = None,
    instead: int | None = None,
) -> int:  # fmt: skip
    """Offers an exam: drawn by blueprint (`cells`), or of fixed items. Returns its id.

    Args:
        kind: full, or short (for those who must show a new guideline only).
        instead: an exam that it takes the place of; attempts under way go on by the old one.

    Raises:
        BadInput: no name, nothing to ask, items whose level is not known, or the blueprint can't be drawn.
        Stale: the exam that it should take the place of is not offered any more.
    """
    require(actor, Act.MANAGE_EXAMS, project)
    name, rules = name.strip(), (rules or Rules()).checked()
    if not 1 <= len(name) <= 100:
        raise BadInput("An exam's name has 1 to 100 characters.")
    if kind not in ("full", "short"):
        raise BadInput("An exam is full or short; {kind} is neither.", kind=kind)
    if not 1 <= minutes <= 480:
        raise BadInput("An exam takes 1 to 480 minutes; {minutes} were asked for.", minutes=minutes)
    n = len(items) or sum(cell.n for cell in cells)
    if not 1 <= n <= 200:
        raise BadInput("An exam asks 1 to 200 items; this one would ask {n}.", n=n)
    if any(not one.text.strip() or len(one.text) > LONGEST_TEXT or not 1 <= one.points <= 100 for one in written):
        raise BadInput("A written question has a text, and 1 to 100 points.")
    with store.reader() as reader:
        pool = candidates(reader, project)
    if items:
        unknown = sorted(set(items) - {one.item for one in pool})
        if unknown:
            raise BadInput(
                "The level of these items is not known: {items}. Decide them, or make gold of them.",
                items=", ".join(map(str, unknown)),
            )
    else:
        draw(cells, pool, 0)

    def act(tx: Tx) -> int:
        act_id = tx.new_act("exam.save", actor, project, name=name, instead=instead)
        if instead is not None:
            _end_exam(tx, actor, project, instead, act_id)
        exam = tx.new_id("exam")
        tx.insert(
            "exam", id=exam, project=project, name=name, kind=kind,
            blueprint=json.dumps({"cells": [cell_data(cell) for cell in cells], "items": list(items)}),
            written=json.dumps([{"text": one.text.strip(), "points": one.points} for one in written], ensure_ascii=False),
            minutes=minutes, rules=json.dumps(rules_data(rules)), made_by=actor.account, made_at=tx.now, act=act_id,
        )  # fmt: skip
        return exam

    return store.act(act)


def withdraw(store: Store, actor: Actor, project: int, exam: int) -> None:
    """Offers an exam no longer; passes stand."""
    require(actor, Act.MANAGE_EXAMS, project)
    store.act(lambda tx: _end_exam(tx, actor, project, exam, tx.new_act("exam.withdraw", actor, project, exam=exam)))


def _end_exam(tx: Tx, actor: Actor, project: int, exam: int, act: int) -> None:
    if not tx.one(
        "select 1 from exam where id = ? and project = ? and id not in (select exam from exam_end)", [exam, project]
    ):
        raise Stale("This exam is not offered any more.")
    tx.insert("exam_end", exam=exam, made_by=actor.account, made_at=tx.now, act=act)


def known(store: Store, project: int) -> tuple[int, dict[int, str]]:
    """How many items with a known level exams may be drawn from, and their keywords (in the reader's words, with n)."""
    with store.reader() as reader:
        pool = candidates(reader, project)
        n = Counter(one.keyword for one in pool)
        names = {
            keyword: (zh, en)
            for keyword, zh, en in reader.all("select id, text_zh, text_en from keyword where project = ?", [project])
        }
    return len(pool), {
        keyword: f"{' · '.join(text for text in names[keyword] if text)} ({count})"
        for keyword, count in n.most_common()
    }


def candidates(reader: Reader, project: int) -> list[Candidate]:
    """Items with a known level: gold in the stream, and items that a person decided. Training examples are left out."""
    found = reader.rows(
        """with known as (
               select item, level, rule, difficulty, 0 as place from gold
               where project = ? and id not in (select gold from gold_end)
               union all
               select item, max_by(level, id), max_by(rule, id), null, 1 from decision
               where project = ? and kind = 'level' and id not in (select decision from ruling_undone)
                 and item in (select item from item_event group by item having max_by(state, id) = 'decided')
                 and item not in (select item from gold where id not in (
                     select gold from gold_touched where because <> 'rule changed'))
               group by item),
           graded as (
               select item, list(level) as levels from (
                   select item, assignment, max_by(level, seq) as level from answer
                   where purpose = 'work' and counts and level is not null and item in (select item from known)
                   group by item, assignment)
               group by item)
           select known.item, any_value(known.level) as level, keyword, any_value(known.rule) as rule,
                  any_value(difficulty) as difficulty, any_value(graded.levels) as levels
           from known join item on item.id = known.item join clip on clip.id = item.clip
           left join graded on graded.item = known.item
           where removed_at is null
             and known.item not in (
                 select item from item_event group by item having max_by(state, id) not in ('settled', 'decided'))
             and known.item not in (select item from example where id not in (select example from example_end))
           group by known.item, keyword order by known.item""",
        [project, project],
    )
    return [
        Candidate(
            row["item"], row["level"], row["keyword"], row["rule"],
            row["difficulty"] or difficulty_of(row["levels"] or [], row["level"]),
        )
        for row in found
    ]  # fmt: skip


# Taking one -----------------------------------------------------------------------------------------------------------


def start(store: Store, actor: Actor, project: int, exam: int) -> int:
    """Begins an attempt: draws this person's items, in his order. Returns the attempt.

    Raises:
        NotAllowed: he is no grader here, or must wait, train first, or has no attempt left.
        BadInput: there are too few items that he has not had.
        Stale: the exam is not offered any more.
    """
    require(actor, Act.GRADE, project)
    close_over(store, project)
    with store.reader() as reader:
        found = _exams(reader, "id = ? and project = ? and id not in (select exam from exam_end)", [exam, project])
        if not found:
            raise Stale("This exam is not offered any more.")
        offered = found[0]
        pool = candidates(reader, project)
        trained = is_trained(reader, project, actor.account)
        own = {item for (item,) in reader.all("select distinct item from assignment where grader = ?", [actor.account])}
        lately = {
            item
            for (item,) in reader.all(
                """select item from attempt_item join attempt on attempt.id = attempt_item.attempt
                   where account = ? and project = ? and started_at > ?""",
                [actor.account, project, store.clock.now() - timedelta(days=offered.rules.window_days)],
            )
        }

    def act(tx: Tx) -> int:
        running = _running(tx, project, actor.account)
        if running is not None:
            return running
        past = _past(tx, project, actor.account, offered.kind)
        _may(turn(past, offered.rules, tx.now, trained))
        attempt = tx.new_id("attempt")
        if offered.fixed:
            chosen = {one.item: one for one in pool}
            drawn = draw(
                [Cell(len(offered.fixed))], [chosen[item] for item in offered.fixed if item in chosen], attempt
            )
        else:
            drawn = draw(offered.cells, pool, attempt, own | lately)
        act_id = tx.new_act("exam.start", actor, project, exam=exam, attempt=attempt)
        tx.insert(
            "attempt", id=attempt, exam=exam, project=project, account=actor.account, number=len(past) + 1,
            guideline=_version(tx, project), started_at=tx.now, ends_at=tx.now + timedelta(minutes=offered.minutes),
            act=act_id,
        )  # fmt: skip
        for place, one in enumerate(drawn):
            tx.insert("attempt_item", attempt=attempt, place=place, item=one.item, level=one.level, rule=one.rule)
        if (line := tx.live.projects[project].gold) is not None:
            line.person(actor.account).seen.update(one.item for one in drawn)  # not once more in the stream
        return attempt

    return store.act(act)


def _may(next_turn: Turn) -> None:
    match next_turn.why:
        case "waiting":
            raise NotAllowed("The next attempt may begin at {after}.", after=next_turn.after)
        case "none_left":
            raise NotAllowed("There is no attempt left. Talk to your lead.")
        case "unmarked":
            raise NotAllowed("Your last attempt is not marked yet.")
        case "untrained":
            raise NotAllowed("Go through the training first.")


def _version(reader: Reader, project: int) -> int:
    return int(reader.value("select coalesce(max(version), 0) from guideline where project = ?", [project]))


def _running(reader: Reader, project: int, account: int) -> int | None:
    found = reader.value(
        """select max(id) from attempt where project = ? and account = ?
           and id not in (select attempt from attempt_end)""",
        [project, account],
    )
    return None if found is None else int(found)


def _past(reader: Reader, project: int, account: int, kind: str) -> list[Past]:
    return [
        Past(*row)
        for row in reader.all(
            """select attempt_end.made_at, qualification.passed from attempt
               join exam on exam.id = attempt.exam join attempt_end on attempt_end.attempt = attempt.id
               left join qualification on qualification.attempt = attempt.id
               where attempt.project = ? and attempt.account = ? and exam.kind = ? order by attempt.id""",
            [project, account, kind],
        )
    ]


def paper(store: Store, actor: Actor, attempt: int) -> Paper:
    """An attempt as its own person sees it.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    _close_if_over(store, attempt)
    with store.reader() as reader:
        row = _attempt(reader, attempt)
        if row["account"] != actor.account:
            raise NotFound("There is no attempt {attempt}.", attempt=attempt)
        said = {
            place: (level, text)
            for place, level, text in reader.all(
                """select place, arg_max(level, seq), arg_max(text, seq) from attempt_answer where attempt = ?
                   group by place""",
                [attempt],
            )
        }
        items = reader.rows(
            """select place, item.id as item, content_id, strip, captions is not null as captions, item.start_ms,
                      item.end_ms, duration_ms, text_zh as keyword_zh, text_en as keyword_en, keyword.note as keyword_note
               from attempt_item join item on item.id = attempt_item.item join clip on clip.id = item.clip
               join keyword on keyword.id = item.keyword where attempt = ? order by place""",
            [attempt],
        )
    asked = [
        Question(
            **{**one, "strip": json.loads(one["strip"])}, text=None, points=0, said=said.get(one["place"], (None,))[0],
            wrote=None,
        )
        for one in items
    ]  # fmt: skip
    for offset, one in enumerate(json.loads(row["written"])):
        place = len(items) + offset
        asked.append(
            Question(
                place, None, None, {}, False, None, None, None, None, None, None, one["text"], one["points"], None,
                said.get(place, (None, None))[1],
            )
        )  # fmt: skip
    return Paper(attempt, row["name"], row["started_at"], row["ends_at"], row["why"], tuple(asked))


def _attempt(reader: Reader, attempt: int) -> dict[str, Any]:
    rows = reader.rows(
        """select attempt.*, exam.name, exam.written, exam.rules, exam.kind, attempt_end.why
           from attempt join exam on exam.id = attempt.exam
           left join attempt_end on attempt_end.attempt = attempt.id where attempt.id = ?""",
        [attempt],
    )
    if not rows:
        raise NotFound("There is no attempt {attempt}.", attempt=attempt)
    return rows[0]


def say(
    store: Store, actor: Actor, attempt: int, place: int, level: int | None = None, text: str | None = None
) -> None:  # fmt: skip
    """Answers one place, or answers it anew; the last answer in time counts.

    Raises:
        NotFound: it is somebody else's attempt, or there is no such place.
        Stale: the attempt is over.
        BadInput: neither a level nor a text, or a value out of range.
    """
    if (level is None) == (text is None) or (level is not None and level not in (0, 1, 2, 3)):
        raise BadInput("An exam's item is answered with a level, a written question with a text.")
    if text is not None and len(text) > LONGEST_TEXT:
        raise BadInput("{name} is longer than {most} characters.", name="text", most=LONGEST_TEXT)

    def act(tx: Tx) -> bool:
        row = _attempt(tx, attempt)
        if row["account"] != actor.account:
            raise NotFound("There is no attempt {attempt}.", attempt=attempt)
        if row["why"] is not None:
            raise Stale("This attempt is over.")
        if tx.now > row["ends_at"] + GRACE:
            _close(tx, row, "time over")
            return False
        items = tx.value("select count(*) from attempt_item where attempt = ?", [attempt])
        last = items + len(json.loads(row["written"]))
        if not (0 <= place < items if level is not None else items <= place < last):
            raise NotFound("The exam has no place {place} of this kind.", place=place)
        seq = tx.value(
            "select coalesce(max(seq) + 1, 0) from attempt_answer where attempt = ? and place = ?", [attempt, place]
        )
        tx.insert(
            "attempt_answer", attempt=attempt, place=place, seq=seq, level=level, text=text, made_at=tx.now
        )  # fmt: skip
        return True

    if not store.act(act):
        raise Stale("The time is over. What was answered before it counts.")


def hand_in(store: Store, actor: Actor, attempt: int) -> Result:
    """Ends one's attempt before its time, and marks it."""

    def act(tx: Tx) -> None:
        row = _attempt(tx, attempt)
        if row["account"] != actor.account:
            raise NotFound("There is no attempt {attempt}.", attempt=attempt)
        if row["why"] is None:
            _close(tx, row, "handed in" if tx.now <= row["ends_at"] + GRACE else "time over")

    store.act(act)
    with store.reader() as reader:
        return _results(reader, "attempt.id = ?", [attempt])[0]


def close_over(store: Store, project: int) -> int:
    """Ends the attempts whose time is over. Returns how many."""
    with store.reader() as reader:
        over = [
            attempt
            for (attempt,) in reader.all(
                "select id from attempt where project = ? and ends_at < ? and id not in (select attempt from attempt_end)",
                [project, store.clock.now() - GRACE],
            )
        ]
    for attempt in over:
        _close_if_over(store, attempt)
    return len(over)


def _close_if_over(store: Store, attempt: int) -> None:
    with store.reader() as reader:
        row = _attempt(reader, attempt)
    if row["why"] is None and store.clock.now() > row["ends_at"] + GRACE:

        def act(tx: Tx) -> None:
            fresh = _attempt(tx, attempt)
            if fresh["why"] is None:
                _close(tx, fresh, "time over")

        store.act(act)


def _close(tx: Tx, row: Mapping[str, Any], why: str) -> None:
    tx.insert("attempt_end", attempt=row["id"], why=why, made_at=min(tx.now, row["ends_at"] + GRACE))
    written = json.loads(row["written"])
    if written:
        items = tx.value("select count(*) from attempt_item where attempt = ?", [row["id"]])
        given = {
            place
            for (place,) in tx.all(
                "select place from attempt_answer where attempt = ? group by place having arg_max(trim(text), seq) <> ''",
                [row["id"]],
            )
        }
        if any(items + offset in given for offset in range(len(written))):
            return  # the specialist's turn
    _conclude(tx, row, 0)


def _conclude(tx: Tx, row: Mapping[str, Any], act: int) -> None:
    """Writes the result of an attempt that is over and wholly marked."""
    rules, written = rules_of(json.loads(row["rules"])), json.loads(row["written"])
    known = tx.all(
        """select attempt_item.level, said.level from attempt_item left join (
               select place, arg_max(level, seq) as level from attempt_answer where attempt = ? group by place) said
           on said.place = attempt_item.place where attempt = ? order by attempt_item.place""",
        [row["id"], row["id"]],
    )
    points = None
    if written:
        got = tx.value("select coalesce(sum(points), 0) from written_mark where attempt = ?", [row["id"]])
        points = float(got) / sum(one["points"] for one in written)
    found = mark([one[0] for one in known], [one[1] for one in known], rules, points)
    expires = tx.now + timedelta(days=rules.valid_days) if found.passed and rules.valid_days else None
    tx.insert(
        "qualification", id=tx.new_id("qualification"), attempt=row["id"], project=row["project"], account=row["account"],
        passed=found.passed, n=found.n, exact=found.exact, near=found.near,
        pairs=json.dumps([[pair.right, pair.n] for pair in found.pairs]), points=points, guideline=row["guideline"],
        expires_at=expires, made_at=tx.now, act=act,
    )  # fmt: skip
    if found.passed:
        _hold(tx, row["project"], row["account"], Held(row["guideline"], expires))
        duties.passed(tx, row["project"], row["account"], row["started_at"])


def _hold(tx: Tx, project: int, account: int, held: Held | None) -> None:
    passes, key = tx.live.passes, (project, account)
    old = passes.get(key)

    def put(value: Held | None) -> None:
        if value is None:
            passes.pop(key, None)
        else:
            passes[key] = value

    tx.live.journal.append(lambda: put(old))
    put(held)


# Written answers ------------------------------------------------------------------------------------------------------


def to_mark(store: Store, actor: Actor, project: int) -> list[ToMark]:
    """Written answers that wait for their points, the oldest first; one's own are left out, names are not told."""
    require(actor, Act.MANAGE_EXAMS, project)
    close_over(store, project)
    with store.reader() as reader:
        rows = reader.all(
            """with items as (select attempt, count(*) as n from attempt_item group by attempt)
               select attempt.id, said.place, exam.name, exam.written, said.text, said.place - items.n
               from attempt join exam on exam.id = attempt.exam join attempt_end on attempt_end.attempt = attempt.id
               join items on items.attempt = attempt.id
               join (select attempt, place, arg_max(text, seq) as text from attempt_answer group by attempt, place) said
                 on said.attempt = attempt.id and said.place >= items.n
               where attempt.project = ? and attempt.account <> ? and trim(coalesce(said.text, '')) <> ''
                 and attempt.id not in (select attempt from qualification)
                 and not exists (select 1 from written_mark
                                 where written_mark.attempt = attempt.id and written_mark.place = said.place)
               order by attempt_end.made_at, said.place""",
            [project, actor.account],
        )
    found = []
    for attempt, place, exam, written, text, offset in rows:
        question = json.loads(written)[offset]
        found.append(ToMark(attempt, place, exam, question["text"], question["points"], text))
    return found


def give_points(
    store: Store, actor: Actor, project: int, attempt: int, place: int, points: float, comment: str = ""
) -> None:  # fmt: skip
    """Marks one written answer; the last one concludes the attempt.

    Raises:
        Stale: somebody has marked it.
        NotAllowed: it is one's own.
        BadInput: more points than the question has.
    """
    require(actor, Act.MANAGE_EXAMS, project)

    def act(tx: Tx) -> None:
        row = _attempt(tx, attempt)
        if row["project"] != project:
            raise NotFound("There is no attempt {attempt}.", attempt=attempt)
        if row["account"] == actor.account:
            raise NotAllowed("Nobody marks his own exam.")
        if row["why"] is None:
            raise BadInput("This attempt is still under way.")
        written = json.loads(row["written"])
        items = tx.value("select count(*) from attempt_item where attempt = ?", [attempt])
        if not items <= place < items + len(written):
            raise NotFound("The exam has no place {place} of this kind.", place=place)
        most = written[place - items]["points"]
        if not 0 <= points <= most:
            raise BadInput("This answer can have 0 to {most} points; {points} were given.", most=most, points=points)
        if tx.one("select 1 from written_mark where attempt = ? and place = ?", [attempt, place]):
            raise Stale("Somebody has marked this answer already.")
        act_id = tx.new_act("exam.mark", actor, project, attempt=attempt, place=place)
        tx.insert(
            "written_mark", attempt=attempt, place=place, points=points, comment=comment.strip()[:LONGEST_TEXT],
            made_by=actor.account, made_at=tx.now, act=act_id,
        )  # fmt: skip
        answered = tx.value(
            """select count(*) from (select place from attempt_answer where attempt = ? and place >= ?
               group by place having trim(coalesce(arg_max(text, seq), '')) <> '')""",
            [attempt, items],
        )
        if tx.value("select count(*) from written_mark where attempt = ?", [attempt]) >= answered:
            _conclude(tx, row, act_id)

    store.act(act)


# Results ----------------------------------------------------------------------------------------------------------------


def _results(reader: Reader, where: str, params: list[Any]) -> list[Result]:
    found = reader.rows(
        f"""select attempt.id as attempt, attempt.account, coalesce(person.name, '-') as name, exam.name as exam,
                   attempt.number, started_at, attempt_end.made_at as ended_at, qualification.id as qualification, n, exact,
                   near, pairs, points, expires_at, exam.rules, qualification_end.reason as taken_back
            from attempt join exam on exam.id = attempt.exam left join person on person.account = attempt.account
            left join attempt_end on attempt_end.attempt = attempt.id
            left join qualification on qualification.attempt = attempt.id
            left join qualification_end on qualification_end.qualification = qualification.id
            where {where} order by attempt.id desc""",
        params,
    )
    return [
        Result(
            row["attempt"], row["account"], row["name"], row["exam"], row["number"], row["started_at"], row["ended_at"],
            _marks(row), row["expires_at"], row["qualification"], row["taken_back"],
        )
        for row in found
    ]  # fmt: skip


def _marks(row: Mapping[str, Any]) -> Marks | None:
    if row["qualification"] is None:
        return None
    rules, pairs = rules_of(json.loads(row["rules"])), tuple(Pair(*pair) for pair in json.loads(row["pairs"]))
    failed = [name for name in ("exact", "near") if row[name] < getattr(rules, name) * row["n"]]
    failed += [
        f"pair{low}{high}" for (low, high), pair in zip(BOUNDARIES, pairs, strict=True)
        if pair.n and pair.right < rules.pair * pair.n
    ]  # fmt: skip
    if row["points"] is not None and row["points"] < rules.written:
        failed.append("written")
    return Marks(row["n"], row["exact"], row["near"], pairs, row["points"], tuple(failed))


def results(store: Store, actor: Actor, project: int, limit: int = 500) -> list[Result]:
    """All attempts of a project, the newest first."""
    require(actor, Act.MANAGE_EXAMS, project)
    close_over(store, project)
    with store.reader() as reader:
        return _results(reader, "attempt.project = ?", [project])[:limit]


def state(store: Store, actor: Actor, project: int) -> State:
    """Where one stands oneself: whether there is work for one, what may be begun, one's own results."""
    require(actor, Act.GRADE, project)
    close_over(store, project)
    live, now = store.live, store.clock.now()
    held = live.passes.get((project, actor.account))
    with store.reader() as reader:
        trained = is_trained(reader, project, actor.account)
        offered = _exams(reader, "project = ? and id not in (select exam from exam_end)", [project])
        turns = tuple(
            (exam, turn(_past(reader, project, actor.account, exam.kind), exam.rules, now, trained)) for exam in offered
        )
        mine = _results(reader, "attempt.project = ? and attempt.account = ?", [project, actor.account])
        running = _running(reader, project, actor.account)
        duty = duties.mine(reader, actor, project, "re_examine")
    return State(
        bool(live.projects[project].settings.get("exam_required")),
        live.bars(project, actor.account, now),
        held.expires_at if held is not None else None,
        running,
        turns,
        tuple(mine),
        duty,
    )


def take_back(store: Store, actor: Actor, project: int, qualification: int, reason: str) -> None:
    """Ends a pass: its person gets no work until he has passed again.

    Raises:
        BadInput: no reason.
        Stale: it is taken back already, or there is no such pass.
    """
    require(actor, Act.MANAGE_EXAMS, project)
    if not 1 <= len(reason.strip()) <= LONGEST_TEXT:
        raise BadInput("Say why: the person will ask.")

    def act(tx: Tx) -> None:
        row = tx.one(
            """select account from qualification where id = ? and project = ? and passed
               and id not in (select qualification from qualification_end)""",
            [qualification, project],
        )
        if row is None:
            raise Stale("This pass does not stand any more.")
        act_id = tx.new_act("exam.take-back", actor, project, qualification=qualification, account=row[0])
        tx.insert(
            "qualification_end", qualification=qualification, reason=reason.strip(), made_by=actor.account,
            made_at=tx.now, act=act_id,
        )  # fmt: skip
        rest = tx.one(
            """select guideline, expires_at from qualification where project = ? and account = ? and passed
               and id not in (select qualification from qualification_end) order by id desc limit 1""",
            [project, row[0]],
        )
        _hold(tx, project, row[0], Held(*rest) if rest else None)

    store.act(act)


def analysis(store: Store, actor: Actor, project: int) -> list[ItemRow]:
    """What the answers of all marked attempts say about their items, the doubtful ones first."""
    require(actor, Act.MANAGE_EXAMS, project)
    with store.reader() as reader:
        rows = reader.all(
            """select attempt_item.attempt, attempt_item.item, said.level = attempt_item.level, qualification.passed
               from attempt_item join qualification on qualification.attempt = attempt_item.attempt
               left join (select attempt, place, arg_max(level, seq) as level from attempt_answer group by attempt, place)
                 said on said.attempt = attempt_item.attempt and said.place = attempt_item.place
               where qualification.project = ? order by 1, attempt_item.place""",
            [project],
        )
        attempts: dict[int, tuple[dict[int, bool], bool]] = {}
        for attempt, item, right, passed in rows:
            attempts.setdefault(attempt, ({}, passed))[0][item] = bool(right)
        figures = analyse(list(attempts.values()))
        if not figures:
            return []
        ids = [one.item for one in figures]
        names = {
            row[0]: row[1:]
            for row in reader.all(
                f"""select item.id, text_zh, text_en, clip.name,
                           (select max_by(level, attempt) from attempt_item where attempt_item.item = item.id),
                           coalesce((select max_by(state, item_event.id) from item_event where item_event.item = item.id)
                                    in ('settled', 'decided'), false)
                    from item join keyword on keyword.id = item.keyword join clip on clip.id = item.clip
                    where item.id in ({marks(ids)})""",
                ids,
            )
        }
    return [ItemRow(one, *names[one.item]) for one in figures if one.item in names]


def is_trained(reader: Reader, project: int, account: int) -> bool:
    """Whether a person has answered every training example there is (true where there are none)."""
    return not reader.one(
        """select 1 from example where project = ? and id not in (select example from example_end)
           and id not in (select example from training_answer where account = ?) limit 1""",
        [project, account],
    )
