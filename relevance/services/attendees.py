"""Who belongs to a meeting, and in which part: the chair, leads, clients, specialists, guests.

An account takes its part by its roles in the project. How one comes to belong is in invitations.py and guests.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from relevance.ballot import Part
from relevance.errors import BadInput
from relevance.roles import Act, Actor, Role, require
from relevance.store.store import Reader, Store, Tx, marks

_INVITED = (Role.CLIENT.value, Role.LEAD.value, Role.SPECIALIST.value)


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody who belongs to a meeting. `account` is None for a guest, whose link ends at `expires_at`."""

    id: int
    account: int | None
    part: Part
    name: str
    expires_at: datetime | None = None
    revoked: bool = False


def of(reader: Reader, meeting: int) -> list[Attendee]:
    """Who belongs to a meeting, the chair first."""
    return [
        Attendee(*row)
        for row in reader.all(
            """select a.id, a.account, a.part, coalesce(person.name, guest.name, '-'), guest.expires_at,
                      guest.revoked_at is not null
               from meeting_attendee a left join person on person.account = a.account
               left join meeting_guest guest on guest.attendee = a.id
               where a.meeting = ? and removed_at is null
               order by list_position(['chair', 'lead', 'client', 'guest', 'specialist'], a.part), a.id""",
            [meeting],
        )
    ]


def inviteable(store: Store, actor: Actor, project: int) -> list[tuple[int, str, str]]:
    """The project's people who can be asked to come: (account, name, role), by role and name."""
    require(actor, Act.RUN_MEETING, project)
    with store.reader(graded=False) as reader:
        return [
            (account, name, role)
            for account, name, role in reader.all(
                f"""select member.account, any_value(person.name), min(role) from member
                    join person on person.account = member.account
                    where project = ? and until is null and role in ({marks(_INVITED)}) group by member.account
                    order by 3, 2""",
                [project, *_INVITED],
            )
        ]


def parts(reader: Reader, project: int, accounts: Sequence[int]) -> dict[int, Part]:
    """The part that each account takes by its roles in the project."""
    if not accounts:
        return {}
    roles: dict[int, set[str]] = {}
    for account, role in reader.all(
        f"select account, role from member where project = ? and until is null and account in ({marks(accounts)})",
        [project, *accounts],
    ):
        roles.setdefault(account, set()).add(role)
    found: dict[int, Part] = {}
    order: tuple[Part, ...] = ("client", "specialist", "lead")
    for account in accounts:
        part = next((part for part in order if part in roles.get(account, ())), None)
        if part is None:
            raise BadInput("Account {account} is no lead, client or specialist of this project.", account=account)
        found[account] = part
    return found


def attend(tx: Tx, meeting: int, account: int | None, part: Part, act: int) -> int:
    """Writes that somebody belongs to a meeting; `account` is None for a guest. Returns the attendee."""
    attendee = tx.new_id("meeting_attendee")
    tx.insert(
        "meeting_attendee", id=attendee, meeting=meeting, account=account, part=part, made_at=tx.now, act=act
    )  # fmt: skip
    return attendee
