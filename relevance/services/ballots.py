"""Votes: cast blind, shown by the reveal, and the driving of a meeting.

A vote leaves the store by one function alone (`shown`), and that one joins the reveal: before it, nobody is told what
anybody voted, not even the voter himself. That somebody has voted is no secret. The audit log has no levels either.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from relevance import ballot
from relevance.ballot import Vote
from relevance.errors import BadInput, NotFound, Stale
from relevance.meeting import LONGEST, check
from relevance.roles import Actor
from relevance.services import agendas, meetings, rooms
from relevance.services.agendas import CaseRow
from relevance.services.meetings import MeetingRow
from relevance.services.seats import Seat
from relevance.store.store import Reader, Store, Tx

MOST_EVIDENCE = 20
LONGEST_CLIP = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Hold:
    """Who drives a meeting. `id` grows with every change of hands."""

    id: int
    attendee: int


def hold(reader: Reader, meeting: int) -> Hold:
    """Who drives now."""
    row = reader.one("select id, attendee from meeting_hold where meeting = ? order by id desc limit 1", [meeting])
    return Hold(*row) if row else Hold(0, 0)


def case_of(reader: Reader, meeting: int, case: int) -> CaseRow:
    """A case on a meeting's agenda.

    Raises:
        NotFound: it is not on this meeting's agenda.
    """
    found = next((one for one in agendas.cases(reader, meeting) if one.id == case), None)
    if found is None:
        raise NotFound("This case is not on the agenda.")
    return found


def driven(tx: Tx, seat: Seat, what: str) -> MeetingRow:
    """The meeting, where this seat drives it and its state allows what is wanted.

    Raises:
        NotAllowed: the seat's role does not drive.
        Stale: somebody else drives now, or the state does not allow it.
    """
    meetings.may_run(seat.actor, seat.project)
    row = meetings.known(tx, seat.meeting)
    check(row.state, what)
    now = hold(tx, seat.meeting)
    if now.attendee != seat.attendee:
        raise Stale("{name} drives this meeting now. Take over first.", name=name_of(tx, now.attendee))
    return row


def name_of(reader: Reader, attendee: int) -> str:
    """An attendee's name."""
    row = reader.one(
        """select coalesce(person.name, guest.name, '-') from meeting_attendee a
           left join person on person.account = a.account left join meeting_guest guest on guest.attendee = a.id
           where a.id = ?""",
        [attendee],
    )
    return str(row[0]) if row else "-"


def take_over(store: Store, seat: Seat, expects: int, anyway: bool = False) -> int:
    """Takes the driving of a meeting. Returns the new hold.

    Args:
        expects: the hold that was seen: of two who take over at once, one wins and the other is told.
        anyway: also from somebody who is in the room at this moment.

    Raises:
        Stale: somebody else took over first, or the one who drives is here.
    """
    meetings.may_run(seat.actor, seat.project)
    here = rooms.room(store, seat.meeting).here()

    def act(tx: Tx) -> int:
        row = meetings.known(tx, seat.meeting)
        if row.state == "closed":
            check(row.state, "drive")
        now = hold(tx, seat.meeting)
        if now.attendee == seat.attendee:
            return now.id
        if now.id != expects:
            raise Stale("{name} has just taken over.", name=name_of(tx, now.attendee))
        if now.attendee in here and not anyway:
            raise Stale(
                "{name} is here and drives. Ask first, or take over all the same.", name=name_of(tx, now.attendee)
            )
        made = tx.new_act("meeting.take-over", _actor(seat), seat.project, meeting=seat.meeting, attendee=seat.attendee)
        number = tx.new_id("meeting_hold")
        tx.insert(
            "meeting_hold", id=number, meeting=seat.meeting, attendee=seat.attendee, made_at=tx.now, act=made
        )  # fmt: skip
        return number

    number = store.act(act)
    rooms.changed(store, seat.meeting)
    return number


def _actor(seat: Seat) -> Actor:
    return meetings.may_run(seat.actor, seat.project)


def step(store: Store, seat: Seat, case: int) -> None:
    """Brings a case on everybody's screen, its clip at the start."""

    def act(tx: Tx) -> None:
        driven(tx, seat, "drive")
        case_of(tx, seat.meeting, case)
        tx.insert(
            "meeting_step", id=tx.new_id("meeting_step"), meeting=seat.meeting, case_id=case, made_at=tx.now,
            made_by=_actor(seat).account,
        )  # fmt: skip

    store.act(act)
    rooms.stepped(store, seat.meeting)


def cue(store: Store, seat: Seat, ms: int, playing: bool) -> None:
    """Puts the clip somewhere for everyone who follows.

    Raises:
        Stale: somebody else drives now.
    """
    if not 0 <= ms <= LONGEST_CLIP:
        raise BadInput("{ms} is no time within a clip.", ms=ms)
    meetings.may_run(seat.actor, seat.project)
    with store.reader() as reader:
        check(meetings.known(reader, seat.meeting).state, "drive")
        now = hold(reader, seat.meeting)
        if now.attendee != seat.attendee:
            raise Stale("{name} drives this meeting now. Take over first.", name=name_of(reader, now.attendee))
    rooms.cue(store, seat.meeting, ms, playing)


# Votes -----------------------------------------------------------------------------------------------------------------


def cast(
    store: Store, seat: Seat, case: int, level: int, reason: str = "", evidence_ms: Sequence[int] = ()
) -> None:  # fmt: skip
    """Votes on a case, before the meeting or in it; voting again takes the earlier vote's place, until the reveal.

    Raises:
        Stale: the votes are on the table, the case has ended, or the meeting is closed.
        BadInput: no such level, or evidence that is no time within a clip.
    """
    if level not in (0, 1, 2, 3):
        raise BadInput("The level {level} is none of 0, 1, 2, 3.", level=level)
    if len(reason) > LONGEST:
        raise BadInput("A text can have {most} characters at most.", most=LONGEST)
    times = sorted(set(evidence_ms))
    if len(times) > MOST_EVIDENCE or any(not 0 <= ms <= LONGEST_CLIP for ms in times):
        raise BadInput("A vote has up to {most} evidence times, each within the clip.", most=MOST_EVIDENCE)

    def act(tx: Tx) -> None:
        check(meetings.known(tx, seat.meeting).state, "vote")
        if not tx.one("select 1 from meeting_attendee where id = ? and removed_at is null", [seat.attendee]):
            raise NotFound("There is no such meeting.")
        case_of(tx, seat.meeting, case)
        if tx.one("select 1 from outcome where case_id = ?", [case]):
            raise Stale("This case has ended.")
        if tx.one("select 1 from meeting_reveal where case_id = ?", [case]):
            raise Stale("The votes on this case are on the table; they can't be changed any more.")
        tx.insert(
            "meeting_vote", id=tx.new_id("meeting_vote"), case_id=case, meeting=seat.meeting, attendee=seat.attendee,
            level=level, reason=reason.strip(), evidence_ms=json.dumps(times), made_at=tx.now,
        )  # fmt: skip

    store.act(act)
    rooms.changed(store, seat.meeting)


def reveal(store: Store, seat: Seat, case: int) -> int:
    """Lays the votes on the table, for everybody at once. Returns how many there are.

    Raises:
        Stale: they lie there already, somebody else drives, or the meeting is not open.
        BadInput: nobody has voted.
    """

    def act(tx: Tx) -> int:
        row = driven(tx, seat, "reveal")
        case_of(tx, seat.meeting, case)
        if tx.one("select 1 from meeting_reveal where case_id = ?", [case]):
            raise Stale("The votes on this case are on the table already.")
        votes = int(tx.value("select count(distinct attendee) from meeting_vote where case_id = ?", [case]))
        if not votes:
            raise BadInput("Nobody has voted on this case yet.")
        made = tx.new_act("meeting.reveal", _actor(seat), row.project, meeting=seat.meeting, case=case)
        tx.insert(
            "meeting_reveal", case_id=case, meeting=seat.meeting, votes=votes, made_at=tx.now,
            made_by=_actor(seat).account, act=made,
        )  # fmt: skip
        return votes

    votes = store.act(act)
    rooms.changed(store, seat.meeting)
    return votes


def voted(reader: Reader, meeting: int) -> dict[int, list[int]]:
    """Who has voted on each case: attendees, by case. What they voted is not told here."""
    found: dict[int, list[int]] = {}
    for case, attendee in reader.all(
        "select distinct case_id, attendee from meeting_vote where meeting = ? order by 1, 2", [meeting]
    ):
        found.setdefault(case, []).append(attendee)
    return found


def revealed(reader: Reader, meeting: int) -> frozenset[int]:
    """The cases whose votes are on the table."""
    return frozenset(case for (case,) in reader.all("select case_id from meeting_reveal where meeting = ?", [meeting]))


def shown(reader: Reader, case: int) -> list[Vote]:
    """The votes on a case, each attendee's last one; none before the reveal."""
    return ballot.newest(
        Vote(number, attendee, level, reason, tuple(json.loads(evidence)))
        for number, attendee, level, reason, evidence in reader.all(
            """select vote.id, vote.attendee, vote.level, vote.reason, vote.evidence_ms from meeting_vote vote
               join meeting_reveal reveal on reveal.case_id = vote.case_id where vote.case_id = ?""",
            [case],
        )
    )
