"""Who is asked to come to a meeting: people of its project invited, and anybody but the chair taken out again.

Guests, who have no account, are invited in guests.py.
"""

from __future__ import annotations

from relevance.errors import BadInput, Stale
from relevance.roles import Actor
from relevance.services import attendees, meetings, rooms
from relevance.services.attendees import Attendee
from relevance.store.store import Store, Tx


def of(store: Store, actor: Actor, meeting: int) -> list[Attendee]:
    """Who belongs to a meeting that the actor may know of."""
    meetings.one(store, actor, meeting)
    with store.reader() as reader:
        return attendees.of(reader, meeting)


def invite(store: Store, actor: Actor, meeting: int, account: int) -> int:
    """Adds a person of the project to a meeting; who is in it already stays as he is. Returns the attendee."""

    def act(tx: Tx) -> int:
        row = meetings.runs(tx, actor, meeting, "invite")
        there = tx.one(
            "select id from meeting_attendee where meeting = ? and account = ? and removed_at is null",
            [meeting, account],
        )
        if there is not None:
            return int(there[0])
        part = attendees.parts(tx, row.project, [account])[account]
        made = tx.new_act("meeting.invite", actor, row.project, meeting=meeting, account=account)
        return attendees.attend(tx, meeting, account, part, made)

    attendee = store.act(act)
    rooms.changed(store, meeting)
    return attendee


def take_back(store: Store, actor: Actor, meeting: int, attendee: int) -> None:
    """Takes somebody out of a meeting; a guest's link ends at once. The chair stays."""

    def act(tx: Tx) -> None:
        row = meetings.runs(tx, actor, meeting, "invite")
        found = tx.one(
            "select part from meeting_attendee where id = ? and meeting = ? and removed_at is null", [attendee, meeting]
        )
        if found is None:
            raise Stale("He does not belong to this meeting any more.")
        if found[0] == "chair":
            raise BadInput("The chair belongs to the meeting. Another lead can take over driving it.")
        tx.new_act("meeting.remove", actor, row.project, meeting=meeting, attendee=attendee)
        tx.execute("update meeting_attendee set removed_at = ? where id = ?", [tx.now, attendee])
        tx.execute(
            "update meeting_guest set revoked_at = ? where attendee = ? and revoked_at is null", [tx.now, attendee]
        )

    store.act(act)
    rooms.changed(store, meeting)
