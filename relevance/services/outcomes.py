"""How the cases of a meeting end, each in one transaction: the ruling, what it leaves behind, and the record of it.

No decision without a precedent, an amendment, or the explicit word that it is a single case and why.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from relevance import ballot
from relevance.ballot import Person
from relevance.errors import BadInput, NotFound, Stale
from relevance.meeting import LONGEST, Ending, check
from relevance.precedents import Scope
from relevance.roles import Act, Actor, require
from relevance.services import (
    attendees,
    ballots,
    binding,
    disputes,
    meetings,
    precedents,
    propagation,
    questions,
    rooms,
)
from relevance.services.agendas import CaseRow
from relevance.services.meetings import MeetingRow
from relevance.services.seats import Seat
from relevance.store.known import REPLACED
from relevance.store.store import Reader, Store, Tx

RULED = frozenset({"decided", "no_rule"})  # outcomes that gave the item a level


@dataclass(frozen=True, slots=True)
class Against:
    """An earlier precedent that says otherwise."""

    precedent: int
    level: int
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a case ended as. `corrected_by`: the outcome that took its place."""

    id: int
    case_id: int
    item: int
    kind: str
    level: int | None
    reason: str
    rule: str | None
    binds: str | None
    single_why: str | None
    decision: int | None
    precedent: int | None
    amendment: int | None
    decided_by: int | None
    decided_by_name: str | None
    defer_to: str | None
    missing: str | None
    due: str | None
    wants: str | None
    extra: int | None
    evidence: str | None
    client_answer: str | None
    corrects: int | None
    corrected_by: int | None
    made_at: datetime
    settled: int = 0  # like items that were settled by it, besides its own
    replaces: int | None = None  # the earlier precedent whose place its own took
    against: tuple[Against, ...] = ()  # the precedents in force that its own says otherwise than, the nearest first
    dissent: tuple[tuple[str | None, str], ...] = ()


def of(reader: Reader, meeting: int) -> list[Outcome]:
    """All outcomes of a meeting in their order, corrected ones and corrections too."""
    dissents: dict[int, list[tuple[str | None, str]]] = {}
    for outcome, attendee, text in reader.all(
        "select outcome, attendee, text from dissent where outcome in (select id from outcome where meeting = ?) order by id",
        [meeting],
    ):
        name = None if attendee is None else ballots.name_of(reader, attendee)
        dissents.setdefault(outcome, []).append((name, text))
    others: dict[int, list[Against]] = {}
    for one, other, level, reason in reader.all(
        f"""select c.precedent, p.id, p.level, p.reason from precedent_contradiction c join precedent p on p.id = c.other
           join precedent q on q.id = c.precedent
           where c.precedent in (select precedent from outcome where meeting = ?)
             and c.other not in (select old from ({REPLACED}))
             and c.precedent not in (select old from ({REPLACED}))
           order by p.keyword <> q.keyword or p.clip <> q.clip, p.keyword <> q.keyword, p.id desc""",
        [meeting],
    ):
        others.setdefault(one, []).append(Against(other, level, reason))
    return [
        Outcome(dissent=tuple(dissents.get(row["id"], ())), against=tuple(others.get(row["precedent"] or 0, ())), **row)
        for row in reader.rows(
            """select o.id, o.case_id, o.item, o.kind, o.level, o.reason, o.rule, o.binds, o.single_why, o.decision,
                      o.precedent, o.amendment, o.decided_by, coalesce(person.name, guest.name) as decided_by_name,
                      o.defer_to, o.missing, o.due, o.wants, o.extra, o.evidence, o.client_answer, o.corrects,
                      (select min(id) from outcome later where later.corrects = o.id) as corrected_by, o.made_at,
                      (select count(*) from propagation_item carried join propagation on propagation.id = carried.propagation
                       where propagation.decision = o.decision
                         and carried.decision not in (select decision from ruling_undone)) as settled,
                      (select supersedes from precedent where precedent.id = o.precedent) as replaces
               from outcome o left join meeting_attendee a on a.id = o.decided_by
               left join person on person.account = a.account left join meeting_guest guest on guest.attendee = a.id
               where o.meeting = ? order by o.id""",
            [meeting],
        )
    ]


def all_of(store: Store, actor: Actor, meeting: int) -> list[Outcome]:
    """The outcomes of a meeting that the actor may know of.

    Raises:
        NotFound: there is no such meeting for him.
    """
    meetings.one(store, actor, meeting)
    with store.reader() as reader:
        return of(reader, meeting)


def end(store: Store, seat: Seat, case: int, ending: Ending, expects: int | None = None) -> int:
    """Ends a case. Returns the outcome.

    Args:
        expects: the version of the item that was on the screen: who decides has seen all its grades.

    Raises:
        Stale: the case has ended, the item was ruled on or graded meanwhile, or somebody else drives.
        BadInput: what the ending lacks; or votes wait to be revealed; or it is not the word of who decides.
    """
    ending.checked()
    actor = meetings.may_run(seat.actor, seat.project)
    here = rooms.room(store, seat.meeting).seen.keys()

    def act(tx: Tx) -> tuple[int, int | None]:
        row = ballots.driven(tx, seat, "end")
        found = ballots.case_of(tx, seat.meeting, case)
        if tx.one("select 1 from outcome where case_id = ?", [case]):
            raise Stale("This case has ended already.")
        if not tx.one("select 1 from meeting_reveal where case_id = ?", [case]) and tx.one(
            "select 1 from meeting_vote where case_id = ?", [case]
        ):
            raise BadInput("Votes on this case wait: reveal them first.")
        by = _word(tx, row, seat, case, ending, frozenset(here))
        made = tx.new_act(
            "meeting.end", actor, row.project, meeting=row.id, case=case, kind=ending.kind, level=ending.level
        )
        left, question = _left(tx, actor, row, found, ending, expects, made)
        return _record(tx, actor, row, found, ending, by, made, left, None), question

    outcome, question = store.act(act)
    rooms.changed(store, seat.meeting)
    if question is not None:
        questions.answer(store, actor, question, "withdraw", ending.reason)
        rooms.changed(store, seat.meeting)
    return outcome


def _word(tx: Tx, row: MeetingRow, seat: Seat, case: int, ending: Ending, here: frozenset[int]) -> int | None:
    """Whose word a ruling is, by the meeting's setting."""
    if ending.kind not in RULED:
        return None
    people = [Person(one.id, one.part, one.id in here) for one in attendees.of(tx, row.id)]
    word = ballot.word(row.decides, people, seat.attendee, [vote.level for vote in ballots.shown(tx, case)])
    by = word.of[0] if ending.decided_by is None else ending.decided_by
    if by not in word.of:
        names = ", ".join(ballots.name_of(tx, one) for one in word.of)
        raise BadInput("By this project's setting {names} decides here.", names=names)
    if word.level is not None and word.level != ending.level:
        percent = tx.live.projects[row.project].policy.percents[word.level]
        raise BadInput(
            "More than half voted for {percent} %, and in this project the majority decides.", percent=percent
        )
    return by


@dataclass(frozen=True, slots=True)
class _Left:
    """What an ending left behind."""

    decision: int | None = None
    precedent: int | None = None
    amendment: int | None = None


def _left(
    tx: Tx, actor: Actor, row: MeetingRow, case: CaseRow, ending: Ending, expects: int | None, act: int
) -> tuple[_Left, int | None]:  # fmt: skip
    """Rules on the item; returns what was left behind, and the keyword's question where it is withdrawn."""
    match ending.kind:
        case "decided":
            decision = disputes.rule_in(
                tx, actor, case.item, "level", ending.level, 0, ending.reason, ending.rule, expects, act
            )
            return _bind(tx, actor, row.project, case.item, ending, decision, ending.supersedes), None
        case "no_rule":
            decision = disputes.rule_in(
                tx, actor, case.item, "level", ending.level, 0, ending.reason, None, expects, act
            )
            return _Left(decision), None
        case "returned" if ending.wants == "grades":
            return _Left(
                disputes.rule_in(tx, actor, case.item, "return", None, ending.extra, ending.reason, None, expects, act)
            ), None
        case "returned":
            _question(tx, row.project, "clip", _clip(tx, case.item))
            return _Left(), None
        case "withdrawn":
            return _Left(), _question(tx, row.project, "keyword", case.keyword)
        case _:
            return _Left(), None


def _bind(
    tx: Tx, actor: Actor, project: int, item: int, ending: Ending, decision: int, supersedes: int | None
) -> _Left:  # fmt: skip
    """The precedent or the amendment that a decision leaves."""
    if ending.binds == "precedent":
        assert ending.level is not None
        made = binding.precedent(
            tx, actor, project, item, ending.level, ending.reason, ending.rule, ending.scope, decision=decision,
            supersedes=supersedes,
        )  # fmt: skip
        return _Left(decision, precedent=made)
    if ending.binds == "amendment":
        made = binding.amendment(
            tx, actor, project, ending.rule, ending.heading, ending.text_zh, ending.text_en, decision
        )
        return _Left(decision, amendment=made)
    return _Left(decision)


def _clip(tx: Tx, item: int) -> int:
    return int(tx.value("select clip from item where id = ?", [item]))


def _question(tx: Tx, project: int, kind: str, subject: int) -> int:
    """The open question about a clip or keyword; opened where there is none. What hangs on it is given to nobody."""
    there = tx.live.projects[project].held.get((kind, subject))
    if there is not None:
        return there
    question = tx.new_id("question")
    tx.insert("question", id=question, project=project, kind=kind, subject=subject, made_at=tx.now)
    tx.live.hold(project, kind, subject, question)
    return question


def _record(
    tx: Tx, actor: Actor, row: MeetingRow, case: CaseRow, ending: Ending, by: int | None, act: int, left: _Left,
    corrects: int | None,
) -> int:  # fmt: skip
    outcome = tx.new_id("outcome")
    grades = ending.kind == "returned" and ending.wants == "grades"
    said: dict[str, Any] = {
        name: getattr(ending, name).strip() or None
        for name in ("single_why", "defer_to", "missing", "due", "evidence", "client_answer")
    }
    tx.insert(
        "outcome", id=outcome, case_id=case.id, meeting=row.id, project=row.project, item=case.item, kind=ending.kind,
        level=ending.level if ending.kind in RULED else None, reason=ending.reason.strip(), rule=ending.rule,
        binds=ending.binds if ending.kind == "decided" else None, decision=left.decision, precedent=left.precedent,
        amendment=left.amendment, decided_by=by, wants=ending.wants if ending.kind == "returned" else None,
        extra=ending.extra if grades else None, corrects=corrects, made_at=tx.now, made_by=actor.account, act=act, **said,
    )  # fmt: skip
    return outcome


def correct(store: Store, actor: Actor, outcome: int, ending: Ending) -> int:
    """Takes a decision's place by a new one that refers to it, in an open meeting or after its close.

    The old one stays on record. Its precedent is superseded by the new one's; where the new one leaves none, by one for
    this clip and keyword alone, so that nobody reads the corrected level beside a clip any more. What the old one settled
    with it is taken back by `take_back`. Returns the new outcome.

    Raises:
        NotFound: there is no such outcome.
        Stale: it has been corrected already, or the item has been ruled on again elsewhere.
        BadInput: it gave no level, or the new one is no decision.
    """
    ending.checked()
    if ending.kind not in RULED:
        raise BadInput("A correction is a decision: it gives a level.")

    def act(tx: Tx) -> tuple[int, int]:
        rows = tx.rows("select * from outcome where id = ?", [outcome])
        if not rows:
            raise NotFound("There is no such outcome.")
        old = rows[0]
        require(actor, Act.RUN_MEETING, old["project"])
        row = meetings.known(tx, old["meeting"])
        check(row.state, "correct")
        if old["kind"] not in RULED:
            raise BadInput("Only a decision can be corrected; this case ended without a level.")
        if tx.one("select 1 from outcome where corrects = ?", [outcome]):
            raise Stale("This decision has been corrected already. Correct the newer one.")
        if old["decision"] != tx.value("select max(id) from decision where item = ?", [old["item"]]):
            raise Stale("Item {item} has been ruled on again since this meeting. Look at it first.", item=old["item"])
        made = tx.new_act(
            "meeting.correct", actor, row.project, meeting=row.id, outcome=outcome, level=ending.level
        )  # fmt: skip
        decision = disputes.rule_in(
            tx, actor, old["item"], "level", ending.level, 0, ending.reason, ending.rule, None, made,
            states=frozenset({"decided"}),
        )  # fmt: skip
        held = _in_force(tx, old["precedent"])
        left = _Left(decision)
        if ending.kind == "decided":
            left = _bind(tx, actor, row.project, old["item"], ending, decision, held or ending.supersedes)
        if held is not None and left.precedent is None:
            alone = replace(ending, binds="precedent", scope="pair")
            narrowed = _bind(tx, actor, row.project, old["item"], alone, decision, held)
            left = replace(left, precedent=narrowed.precedent)
        case = ballots.case_of(tx, row.id, old["case_id"])
        return _record(tx, actor, row, case, ending, None, made, left, outcome), row.id

    made, meeting = store.act(act)
    rooms.changed(store, meeting)
    return made


def _in_force(reader: Reader, precedent: int | None) -> int | None:
    """A precedent, unless there is none or another one has taken its place."""
    if precedent is None or reader.one(f"select 1 from ({REPLACED}) where old = ?", [precedent]):
        return None
    return precedent


def take_back(store: Store, actor: Actor, outcome: int) -> int:
    """Takes back all that an outcome's decision settled with it, whoever carried it on. Returns how many items went back.

    Raises:
        NotFound: there is no such outcome.
        NotAllowed: the actor may not decide.
    """
    with store.reader() as reader:
        row = reader.one("select project, decision from outcome where id = ?", [outcome])
        if row is None:
            raise NotFound("There is no such outcome.")
        require(actor, Act.DECIDE, row[0])
        carried = reader.all(
            """select id from propagation where decision = ? and id not in (select propagation from propagation_undo)
               order by id desc""",
            [row[1]],
        )
    return sum(propagation.undo(store, actor, act).back for (act,) in carried)


def against(store: Store, seat: Seat, case: int, level: int, rule: str | None, scope: Scope) -> list[Against]:
    """The precedents in force that one of this case would contradict, before it is made: for who ends the case.

    Raises:
        NotAllowed: the seat does not run the meeting.
        NotFound: the case is not on its agenda.
    """
    meetings.may_run(seat.actor, seat.project)
    with store.reader() as reader:
        item = ballots.case_of(reader, seat.meeting, case).item
        found = precedents.would_contradict(reader, seat.project, item, level, rule, scope, store.clock.now())
    return [Against(one.id, one.level, one.reason) for one in found]


def dissent(store: Store, seat: Seat, outcome: int, text: str, named: bool = True) -> None:
    """Puts on record that somebody sees it otherwise, by name or without one.

    Raises:
        NotFound: the outcome is not of this meeting.
        BadInput: no text.
    """
    text = text.strip()
    if not 1 <= len(text) <= LONGEST:
        raise BadInput("A dissent needs a text of 1 to {most} characters.", most=LONGEST)

    def act(tx: Tx) -> None:
        check(meetings.known(tx, seat.meeting).state, "dissent")
        if not tx.one("select 1 from outcome where id = ? and meeting = ?", [outcome, seat.meeting]):
            raise NotFound("There is no such outcome.")
        # Without a name means: in the audit log neither.
        who = seat.actor if named and seat.actor is not None else Actor(0)
        made = tx.new_act("meeting.dissent", who, seat.project, meeting=seat.meeting, outcome=outcome)
        tx.insert(
            "dissent", id=tx.new_id("dissent"), outcome=outcome, attendee=seat.attendee if named else None, text=text,
            made_at=tx.now, act=made,
        )  # fmt: skip

    store.act(act)
    rooms.changed(store, seat.meeting)
