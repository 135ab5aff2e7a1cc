"""Guests of a meeting: people without an account, who belong to one meeting by a link that expires.

The link's token is shown once and kept as a hash. It ends when it expires or the guest is taken out (invitations.py).
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from relevance.errors import BadInput, NotFound
from relevance.roles import Actor
from relevance.services import meetings, rooms
from relevance.services.attendees import attend
from relevance.services.seats import Seat
from relevance.store.store import Store, Tx
from relevance.texts import LANGUAGES

LONGEST_NAME = 80
MOST_DAYS = 30.0


def invite(
    store: Store, actor: Actor, meeting: int, name: str, language: str = "zh", days: float = 7.0
) -> str:  # fmt: skip
    """Makes a guest's link and returns its token: shown once, kept as a hash, good for this meeting and so many days.

    Raises:
        BadInput: no name, an unknown language, or more days than a link may last.
    """
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise BadInput(
            "A guest needs a name of 1 to {most} characters: it stands on the clip and in the minutes.",
            most=LONGEST_NAME,
        )
    if language not in LANGUAGES:
        raise BadInput("The language {language} is none of zh, en.", language=language)
    if not 0 < days <= MOST_DAYS:
        raise BadInput("A guest's link lasts up to {most} days.", most=int(MOST_DAYS))
    token = secrets.token_urlsafe(32)

    def act(tx: Tx) -> None:
        row = meetings.runs(tx, actor, meeting, "invite")
        made = tx.new_act("meeting.guest", actor, row.project, meeting=meeting)
        attendee = attend(tx, meeting, None, "guest", made)
        tx.insert(
            "meeting_guest", attendee=attendee, meeting=meeting, name=name, language=language,
            token_hash=_hashed(token), expires_at=tx.now + timedelta(days=days), made_at=tx.now,
            made_by=actor.account, act=made,
        )  # fmt: skip

    store.act(act)
    rooms.changed(store, meeting)
    return token


def seat(store: Store, token: str) -> Seat:
    """The seat that a guest's link gives.

    Raises:
        NotFound: no such link, one that has expired or was taken back: all look the same.
    """
    with store.reader() as reader:
        row = reader.one(
            """select a.id, m.id, m.project, guest.name, guest.language from meeting_guest guest
               join meeting_attendee a on a.id = guest.attendee join meeting m on m.id = guest.meeting
               where token_hash = ? and revoked_at is null and removed_at is null and expires_at > ?""",
            [_hashed(token), store.clock.now()],
        )
    if row is None:
        raise NotFound("This link does not open anything (any more). Ask whoever sent it for a new one.")
    return Seat(row[0], row[1], row[2], "guest", row[3], row[4])


def _hashed(token: str) -> str:
    # 256 random bits need no salt and no slow hash.
    return hashlib.sha256(token.encode()).hexdigest()
