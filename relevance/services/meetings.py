"""Meetings: who is asked to come, what is talked about, when one begins and ends.

A meeting is seen by those who belong to it and by its project's leads; to everybody else there is no such meeting. A guest
belongs to one by a link that expires. What happens in the room is in ballots.py and outcomes.py.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from relevance import agenda
from relevance.agenda import CASE_MINUTES, Candidate
from relevance.ballot import Decides, Part
from relevance.errors import BadInput, NotAllowed, NotFound, Stale
from relevance.meeting import State, check, state_of
from relevance.roles import Act, Actor, Role, allowed, require
from relevance.services import rooms, triage
from relevance.services.cluster_rows import ClusterRow
from relevance.store.store import Reader, Store, Tx, marks
from relevance.texts import LANGUAGES

LONGEST_TITLE = 200
LONGEST_NAME = 80
MOST_CASES = 200
GUEST_DAYS = 30.0


@dataclass(frozen=True, slots=True)
class Setting:
    """The project's: who decides in its meetings, and whether guests' clips carry a mark of who watches."""

    decides: Decides = "client"
    watermark: bool = True


@dataclass(frozen=True, slots=True)
class MeetingRow:
    """A meeting in the list."""

    id: int
    project: int
    title: str
    starts_at: datetime
    budget_minutes: int
    decides: Decides
    watermark: bool
    state: State
    opened_at: datetime | None
    closed_at: datetime | None
    cases: int = 0
    ended: int = 0
    minutes: float = 0.0


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody who belongs to a meeting. `account` is None for a guest, whose link ends at `expires_at`."""

    id: int
    account: int | None
    part: Part
    name: str
    expires_at: datetime | None = None
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case on the agenda. `items`: all that its decision would settle, the telling one among them."""

    id: int
    item: int
    items: int
    keyword: int
    keyword_zh: str | None
    keyword_en: str | None
    keyword_note: str | None
    cause: str | None
    why: str
    value: float
    minutes: float
    position: int


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


# The project's setting -------------------------------------------------------------------------------------------------


def setting(store: Store, project: int) -> Setting:
    """Who decides in a project's meetings."""
    with store.reader() as reader:
        row = reader.one(
            "select decides, watermark from meeting_setting where project = ? order by id desc limit 1", [project]
        )
    return Setting(*row) if row else Setting()


def set_setting(store: Store, actor: Actor, project: int, decides: str, watermark: bool) -> None:
    """Changes it for the meetings that are made from now on.

    Raises:
        BadInput: nobody decides so.
    """
    require(actor, Act.MANAGE_PROJECT, project)
    if decides not in ("client", "chair", "majority"):
        raise BadInput("{decides} can't decide; one of client, chair, majority can.", decides=decides)

    def act(tx: Tx) -> None:
        made = tx.new_act("meeting.setting", actor, project, decides=decides, watermark=watermark)
        tx.insert(
            "meeting_setting", id=tx.new_id("meeting_setting"), project=project, decides=decides, watermark=watermark,
            made_at=tx.now, made_by=actor.account, act=made,
        )  # fmt: skip

    store.act(act)


# Meetings --------------------------------------------------------------------------------------------------------------


def make(
    store: Store, actor: Actor, project: int, title: str, starts_at: datetime, budget_minutes: int = 60,
    attendees: Iterable[int] = (),
) -> int:  # fmt: skip
    """Makes a meeting, its maker in the chair, with these accounts of the project. Returns its number.

    Raises:
        BadInput: no title, a budget out of range, or an account that is no lead, client or specialist of the project.
    """
    require(actor, Act.RUN_MEETING, project)
    title = title.strip()
    if not 1 <= len(title) <= LONGEST_TITLE:
        raise BadInput("A meeting needs a title of 1 to {most} characters.", most=LONGEST_TITLE)
    if not 5 <= budget_minutes <= 480:
        raise BadInput("A meeting takes 5 to 480 minutes; {minutes} were given.", minutes=budget_minutes)
    now = setting(store, project)
    asked = [account for account in dict.fromkeys(attendees) if account != actor.account]

    def act(tx: Tx) -> int:
        parts = _parts(tx, project, asked)
        meeting = tx.new_id("meeting")
        made = tx.new_act("meeting.make", actor, project, meeting=meeting)
        tx.insert(
            "meeting", id=meeting, project=project, title=title, starts_at=starts_at, budget_minutes=budget_minutes,
            decides=now.decides, watermark=now.watermark, made_at=tx.now, made_by=actor.account, act=made,
        )  # fmt: skip
        chair = _attend(tx, meeting, actor.account, "chair", made)
        tx.insert(
            "meeting_hold", id=tx.new_id("meeting_hold"), meeting=meeting, attendee=chair, made_at=tx.now, act=made
        )
        for account, part in parts.items():
            _attend(tx, meeting, account, part, made)
        return meeting

    return store.act(act)


def _parts(reader: Reader, project: int, accounts: Sequence[int]) -> dict[int, Part]:
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


def _attend(tx: Tx, meeting: int, account: int | None, part: Part, act: int) -> int:
    attendee = tx.new_id("meeting_attendee")
    tx.insert(
        "meeting_attendee", id=attendee, meeting=meeting, account=account, part=part, made_at=tx.now, act=act
    )  # fmt: skip
    return attendee


_ROWS = """
    select meeting.*, opened.made_at as opened_at, closed.made_at as closed_at from meeting
    left join meeting_event opened on opened.meeting = meeting.id and opened.kind = 'opened'
    left join meeting_event closed on closed.meeting = meeting.id and closed.kind = 'closed'"""


def of(store: Store, actor: Actor, project: int) -> list[MeetingRow]:
    """The project's meetings that the actor may know of, the newest first: a lead all, others those they belong to."""
    require(actor, Act.SEE_MEETINGS, project)
    mine = "" if allowed(actor, Act.RUN_MEETING, project) else (
        " and meeting.id in (select meeting from meeting_attendee where account = ? and removed_at is null)"
    )  # fmt: skip
    with store.reader(snapshot=True) as reader:
        rows = reader.rows(
            f"{_ROWS} where meeting.project = ?{mine} order by starts_at desc, meeting.id desc",
            [project, *([actor.account] if mine else [])],
        )
        counts = {
            row[0]: row[1:]
            for row in reader.all(
                """select meeting, count(*), count(*) filter (id in (select case_id from outcome)), sum(minutes)
                   from meeting_case where project = ? and removed_at is null group by meeting""",
                [project],
            )
        }
    return [_row(row, *counts.get(row["id"], ())) for row in rows]


def _row(row: dict[str, Any], cases: int = 0, ended: int = 0, minutes: float = 0.0) -> MeetingRow:
    state = state_of(row["opened_at"] is not None, row["closed_at"] is not None)
    names = (
        "id", "project", "title", "starts_at", "budget_minutes", "decides", "watermark", "opened_at", "closed_at",
    )  # fmt: skip
    return MeetingRow(state=state, cases=cases, ended=ended, minutes=minutes, **{name: row[name] for name in names})


def known(reader: Reader, meeting: int) -> MeetingRow:
    """A meeting by its number, whoever asks.

    Raises:
        NotFound: there is none.
    """
    rows = reader.rows(f"{_ROWS} where meeting.id = ?", [meeting])
    if not rows:
        raise NotFound("There is no such meeting.")
    return _row(rows[0])


def one(store: Store, actor: Actor, meeting: int) -> MeetingRow:
    """A meeting that the actor may know of.

    Raises:
        NotFound: there is none, or he does not belong to it: the two look the same.
    """
    with store.reader(snapshot=True) as reader:
        row = known(reader, meeting)
        _belongs(reader, actor, row)
    return row


def _belongs(reader: Reader, actor: Actor, row: MeetingRow) -> None:
    if allowed(actor, Act.RUN_MEETING, row.project):
        return
    if allowed(actor, Act.SEE_MEETINGS, row.project) and reader.one(
        "select 1 from meeting_attendee where meeting = ? and account = ? and removed_at is null",
        [row.id, actor.account],
    ):
        return
    raise NotFound("There is no such meeting.")


def _runs(tx: Tx, actor: Actor, meeting: int, what: str) -> MeetingRow:
    """The meeting, where the actor may run it and its state allows this."""
    row = known(tx, meeting)
    if not allowed(actor, Act.SEE_MEETINGS, row.project):
        raise NotFound("There is no such meeting.")
    require(actor, Act.RUN_MEETING, row.project)
    check(row.state, what)
    return row


def open_(store: Store, actor: Actor, meeting: int) -> None:
    """Begins a meeting, with its first case on the screen.

    Raises:
        Stale: it has begun, or is closed.
        BadInput: there is nothing on its agenda.
    """

    def act(tx: Tx) -> None:
        row = _runs(tx, actor, meeting, "open")
        first = tx.one(
            "select id from meeting_case where meeting = ? and removed_at is null order by position, id limit 1",
            [meeting],
        )
        if first is None:
            raise BadInput("There is nothing on the agenda yet. Fill it first.")
        made = tx.new_act("meeting.open", actor, row.project, meeting=meeting)
        tx.insert(
            "meeting_event", meeting=meeting, kind="opened", made_at=tx.now, made_by=actor.account, act=made
        )  # fmt: skip
        tx.insert(
            "meeting_step", id=tx.new_id("meeting_step"), meeting=meeting, case_id=first[0], made_at=tx.now,
            made_by=actor.account,
        )  # fmt: skip

    store.act(act)
    rooms.changed(store, meeting)


def close(store: Store, actor: Actor, meeting: int) -> None:
    """Ends a meeting: from now on it is only read. Its undecided cases are free for the next one.

    Raises:
        Stale: it is closed, or has not begun.
    """

    def act(tx: Tx) -> None:
        row = _runs(tx, actor, meeting, "close")
        made = tx.new_act("meeting.close", actor, row.project, meeting=meeting)
        tx.insert(
            "meeting_event", meeting=meeting, kind="closed", made_at=tx.now, made_by=actor.account, act=made
        )  # fmt: skip

    store.act(act)
    rooms.changed(store, meeting)


# People ----------------------------------------------------------------------------------------------------------------


def people(reader: Reader, meeting: int) -> list[Attendee]:
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


def attendees(store: Store, actor: Actor, meeting: int) -> list[Attendee]:
    """Who belongs to a meeting that the actor may know of."""
    one(store, actor, meeting)
    with store.reader() as reader:
        return people(reader, meeting)


def invite(store: Store, actor: Actor, meeting: int, account: int) -> int:
    """Adds a person of the project to a meeting; who is in it already stays as he is. Returns the attendee."""

    def act(tx: Tx) -> int:
        row = _runs(tx, actor, meeting, "invite")
        there = tx.one(
            "select id from meeting_attendee where meeting = ? and account = ? and removed_at is null",
            [meeting, account],
        )
        if there is not None:
            return int(there[0])
        part = _parts(tx, row.project, [account])[account]
        made = tx.new_act("meeting.invite", actor, row.project, meeting=meeting, account=account)
        return _attend(tx, meeting, account, part, made)

    attendee = store.act(act)
    rooms.changed(store, meeting)
    return attendee


def invite_guest(
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
    if not 0 < days <= GUEST_DAYS:
        raise BadInput("A guest's link lasts up to {most} days.", most=int(GUEST_DAYS))
    token = secrets.token_urlsafe(32)

    def act(tx: Tx) -> None:
        row = _runs(tx, actor, meeting, "invite")
        made = tx.new_act("meeting.guest", actor, row.project, meeting=meeting)
        attendee = _attend(tx, meeting, None, "guest", made)
        tx.insert(
            "meeting_guest", attendee=attendee, meeting=meeting, name=name, language=language,
            token_hash=_hashed(token), expires_at=tx.now + timedelta(days=days), made_at=tx.now,
            made_by=actor.account, act=made,
        )  # fmt: skip

    store.act(act)
    rooms.changed(store, meeting)
    return token


def remove_attendee(store: Store, actor: Actor, meeting: int, attendee: int) -> None:
    """Takes somebody out of a meeting; a guest's link ends at once. The chair stays."""

    def act(tx: Tx) -> None:
        row = _runs(tx, actor, meeting, "invite")
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


def _hashed(token: str) -> str:
    # 256 random bits need no salt and no slow hash.
    return hashlib.sha256(token.encode()).hexdigest()


def guest_seat(store: Store, token: str) -> Seat:
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


def seat(store: Store, actor: Actor, meeting: int) -> Seat:
    """The actor's seat in a meeting. A lead of its project who was not invited gets one by coming in.

    Raises:
        NotFound: there is no such meeting, or he does not belong to it.
    """
    with store.reader() as reader:
        row = known(reader, meeting)
        if not allowed(actor, Act.SEE_MEETINGS, row.project):
            raise NotFound("There is no such meeting.")
        found = _seat_row(reader, actor, meeting)
    if found is None and allowed(actor, Act.RUN_MEETING, row.project):
        store.act(lambda tx: _come_in(tx, actor, row))
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
        _attend(tx, row.id, actor.account, "lead", made)


def inviteable(store: Store, actor: Actor, project: int) -> list[tuple[int, str, str]]:
    """The project's people who can be asked to come: (account, name, role), by role and name."""
    require(actor, Act.RUN_MEETING, project)
    with store.reader() as reader:
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


_INVITED = (Role.CLIENT.value, Role.LEAD.value, Role.SPECIALIST.value)


# The agenda ------------------------------------------------------------------------------------------------------------


def cases(reader: Reader, meeting: int) -> list[CaseRow]:
    """A meeting's cases in their order."""
    return [
        CaseRow(*row)
        for row in reader.all(
            """select c.id, c.item, c.items, c.keyword, text_zh, text_en, keyword.note, cause, why, value, minutes, position
               from meeting_case c join keyword on keyword.id = c.keyword
               where meeting = ? and removed_at is null order by position, c.id""",
            [meeting],
        )
    ]


def agenda_of(store: Store, actor: Actor, meeting: int) -> list[CaseRow]:
    """The agenda of a meeting that the actor may know of."""
    one(store, actor, meeting)
    with store.reader() as reader:
        return cases(reader, meeting)


def items_of(reader: Reader, case: int) -> list[int]:
    """All items of a case."""
    return [item for (item,) in reader.all("select item from meeting_case_item where case_id = ? order by 1", [case])]


def taken(reader: Reader, project: int) -> dict[int, tuple[int, str]]:
    """Items that stand on an agenda where they may still be decided: item -> (meeting, its title)."""
    return {
        item: (meeting, title)
        for item, meeting, title in reader.all(
            """select i.item, m.id, m.title from meeting_case_item i join meeting_case c on c.id = i.case_id
               join meeting m on m.id = c.meeting
               where c.project = ? and c.removed_at is null and c.id not in (select case_id from outcome)
                 and m.id not in (select meeting from meeting_event where kind = 'closed')""",
            [project],
        )
    }


def candidates(store: Store, actor: Actor, project: int, limit: int = MOST_CASES) -> list[Candidate]:
    """What could be talked about: the clusters that triage leaves to the client and the meeting, then all its others.

    A cluster holds what one rule would settle; disputes that stand alone are clusters of one.
    """
    ours = triage.clusters(store, actor, project, limit, tiers=("client", "meeting")) or triage.clusters(
        store, actor, project, limit
    )
    percents = store.live.projects[project].policy.percents
    return [
        Candidate(
            key=row.id,
            telling=row.telling[0] if row.telling else row.items[0],
            items=row.items,
            value=row.value,
            minutes=max(row.minutes, 0.1),
            cause=row.cause,
            why=_why(row, percents),
        )
        for row in ours
    ]


def _why(row: ClusterRow, percents: Sequence[int]) -> str:
    """In one line what holds a cluster together, in no language: its two levels, and what its items share."""
    pair = [f"{percents[row.pair[0]]}/{percents[row.pair[1]]} %"] if row.pair is not None else []
    return " · ".join([*pair, *([row.said] if row.said else [text for _kind, text, _n in row.shared[:2]])])


def fill(store: Store, actor: Actor, meeting: int) -> int:
    """Fills what is left of a meeting's time, by value per minute. Returns how many cases were added.

    Raises:
        Stale: the meeting is closed.
    """
    row = one(store, actor, meeting)
    require(actor, Act.RUN_MEETING, row.project)
    found = candidates(store, actor, row.project)

    def act(tx: Tx) -> int:
        now = _runs(tx, actor, meeting, "edit")
        there = cases(tx, meeting)
        room = min(MOST_CASES - len(there), MOST_CASES)
        left = now.budget_minutes - sum(case.minutes for case in there)
        free = [_disputed(tx, one) for one in found]
        chosen = agenda.fill((one for one in free if one.items), left, taken(tx, now.project))[:room]
        if chosen:
            made = tx.new_act("meeting.fill", actor, now.project, meeting=meeting, cases=len(chosen))
            first = max((case.position for case in there), default=-1) + 1
            for at, one in enumerate(chosen):
                _put(tx, now, one, first + at, made)
        return len(chosen)

    added = store.act(act)
    rooms.changed(store, meeting)
    return added


def _disputed(tx: Tx, one: Candidate) -> Candidate:
    """A candidate with those of its items that are disputed at this moment."""
    items = tuple(
        item for item in one.items if (live := tx.live.get(item)) is not None and live.standing.state == "disputed"
    )
    return replace(one, items=items)


def _put(tx: Tx, row: MeetingRow, one: Candidate, position: int, act: int) -> int:
    case = tx.new_id("meeting_case")
    live = tx.live.get(one.telling)
    tx.insert(
        "meeting_case", id=case, meeting=row.id, project=row.project, item=one.telling,
        keyword=live.keyword if live is not None else one.keyword,
        cluster=None if one.key.startswith("item:") else one.key, cause=one.cause, why=one.why, items=len(one.items),
        value=one.value, minutes=one.minutes, position=position, made_at=tx.now, act=act,
    )  # fmt: skip
    for item in one.items:
        tx.insert("meeting_case_item", case_id=case, item=item)
    return case


def add_item(store: Store, actor: Actor, meeting: int, item: int) -> int:
    """Puts one disputed item on the agenda, at its end. Returns the case.

    Raises:
        Stale: the item stands on a meeting's agenda already (which is told), or is not disputed.
    """

    def act(tx: Tx) -> int:
        row = _runs(tx, actor, meeting, "edit")
        live = tx.live.get(item)
        if live is None or live.project != row.project or live.standing.state != "disputed":
            raise Stale("Item {item} is not disputed.", item=item)
        other = taken(tx, row.project).get(item)
        if other is not None:
            raise Stale("Item {item} is on the agenda of “{title}” already.", item=item, title=other[1])
        there = cases(tx, meeting)
        if len(there) >= MOST_CASES:
            raise BadInput("An agenda holds {most} cases at most.", most=MOST_CASES)
        made = tx.new_act("meeting.add", actor, row.project, meeting=meeting, item=item)
        one = Candidate(f"item:{item}", item, (item,), 1.0, CASE_MINUTES, live.keyword)
        return _put(tx, row, one, max((case.position for case in there), default=-1) + 1, made)

    case = store.act(act)
    rooms.changed(store, meeting)
    return case


def move(store: Store, actor: Actor, meeting: int, case: int, to: int) -> None:
    """Takes a case to another place on the agenda (0 is the first)."""

    def act(tx: Tx) -> None:
        row = _runs(tx, actor, meeting, "edit")
        there = [one.id for one in cases(tx, meeting)]
        if case not in there:
            raise Stale("This case is not on the agenda any more.")
        tx.new_act("meeting.move", actor, row.project, meeting=meeting, case=case, to=to)
        for position, one in enumerate(agenda.moved(there, case, to)):
            tx.execute("update meeting_case set position = ? where id = ?", [position, one])

    store.act(act)
    rooms.changed(store, meeting)


def remove_case(store: Store, actor: Actor, meeting: int, case: int) -> None:
    """Takes a case off the agenda: it is free for another meeting. What has ended stays.

    Raises:
        Stale: it is not on the agenda, or has ended.
    """

    def act(tx: Tx) -> None:
        row = _runs(tx, actor, meeting, "edit")
        if case not in [one.id for one in cases(tx, meeting)]:
            raise Stale("This case is not on the agenda any more.")
        if tx.one("select 1 from outcome where case_id = ?", [case]):
            raise Stale("This case has ended; it stays in the minutes.")
        last = tx.one("select case_id from meeting_step where meeting = ? order by id desc limit 1", [meeting])
        if row.state == "open" and last is not None and last[0] == case:
            raise Stale("This case is on the screen. Go on to another one first.")
        tx.new_act("meeting.take-off", actor, row.project, meeting=meeting, case=case)
        tx.execute("update meeting_case set removed_at = ? where id = ?", [tx.now, case])

    store.act(act)
    rooms.changed(store, meeting)


def may_run(actor: Actor | None, project: int) -> Actor:
    """The actor, if he may run the project's meetings.

    Raises:
        NotAllowed: a guest, or a role that may not.
    """
    if actor is None:
        raise NotAllowed("Only the chair does this.")
    require(actor, Act.RUN_MEETING, project)
    return actor


def allowed_to_run(actor: Actor, project: int) -> bool:
    """Whether the actor may run the project's meetings."""
    return allowed(actor, Act.RUN_MEETING, project)
