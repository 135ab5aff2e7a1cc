"""A seat in a meeting's room: who acts there, in which part, and whether he may drive.

An account has one where it belongs to the meeting; a guest's comes from his link (guests.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from relevance.ballot import Part
from relevance.errors import NotFound
from relevance.roles import Act, Actor, allowed
from relevance.services import meetings, rooms
from relevance.services.attendees import attend
from relevance.services.meetings import MeetingRow
from relevance.store.store import Reader, Store, Tx


@dataclass(frozen=True, slots=True)
class Seat:
    """Who is in the room: an attendee of one meeting. `actor` is None for a guest."""

    attendee: int
    meeting: int
    project: int
    part: Part
    name: str
    language: str
    actor: Actor | None = None

    @property
    def guest(self) -> bool:
        """Came by a link."""
        return self.actor is None

    @property
    def drives(self) -> bool:
        """Has a role that may drive the meeting."""
        return self.actor is not None and allowed(self.actor, Act.RUN_MEETING, self.project)


def of(store: Store, actor: Actor, meeting: int) -> Seat:
    """The actor's seat in a meeting. A lead of its project who was not invited gets one by coming in.

    Raises:
        NotFound: there is no such meeting, or he does not belong to it.
    """
    with store.reader(graded=False) as reader:
        row = meetings.known(reader, meeting)
        if not allowed(actor, Act.SEE_MEETINGS, row.project):
            raise NotFound("There is no such meeting.")
        found = _seat_row(reader, actor, meeting)
    if found is None and allowed(actor, Act.RUN_MEETING, row.project):
        store.act(lambda tx: _come_in(tx, actor, row))
        rooms.changed(store, meeting)
        with store.reader() as reader:
            found = _seat_row(reader, actor, meeting)
    if found is None:
        raise NotFound("There is no such meeting.")
    return Seat(found[0], meeting, row.project, found[1], found[2], actor.language, actor)


def _seat_row(reader: Reader, actor: Actor, meeting: int) -> tuple[Any, ...] | None:
    return reader.one(
        """select a.id, a.part, coalesce(person.name, '-') from meeting_attendee a
           left join person on person.account = a.account
           where a.meeting = ? and a.account = ? and removed_at is null""",
        [meeting, actor.account],
    )


def _come_in(tx: Tx, actor: Actor, row: MeetingRow) -> None:
    if _seat_row(tx, actor, row.id) is None:
        made = tx.new_act("meeting.invite", actor, row.project, meeting=row.id, account=actor.account)
        attend(tx, row.id, actor.account, "lead", made)
