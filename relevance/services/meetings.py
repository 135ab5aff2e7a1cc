"""A meeting itself: made, listed, begun and ended, and who may know of it and run it.

A meeting is seen by those who belong to it and by its project's leads; to everybody else there is no such meeting. What it
talks about is in agendas.py, who belongs to it in attendees.py, what happens in its room in ballots.py and outcomes.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from relevance.ballot import Decides
from relevance.errors import BadInput, NotAllowed, NotFound
from relevance.meeting import State, check, state_of
from relevance.roles import Act, Actor, allowed, require
from relevance.services import meeting_setting, rooms
from relevance.services.attendees import attend, parts
from relevance.store.store import Reader, Store, Tx

LONGEST_TITLE = 200


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
    now = meeting_setting.of(store, project)
    asked = [account for account in dict.fromkeys(attendees) if account != actor.account]

    def act(tx: Tx) -> int:
        coming = parts(tx, project, asked)
        meeting = tx.new_id("meeting")
        made = tx.new_act("meeting.make", actor, project, meeting=meeting)
        tx.insert(
            "meeting", id=meeting, project=project, title=title, starts_at=starts_at, budget_minutes=budget_minutes,
            decides=now.decides, watermark=now.watermark, made_at=tx.now, made_by=actor.account, act=made,
        )  # fmt: skip
        chair = attend(tx, meeting, actor.account, "chair", made)
        tx.insert(
            "meeting_hold", id=tx.new_id("meeting_hold"), meeting=meeting, attendee=chair, made_at=tx.now, act=made
        )
        for account, part in coming.items():
            attend(tx, meeting, account, part, made)
        return meeting

    return store.act(act)


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


def runs(tx: Tx, actor: Actor, meeting: int, what: str) -> MeetingRow:
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
        row = runs(tx, actor, meeting, "open")
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
        row = runs(tx, actor, meeting, "close")
        made = tx.new_act("meeting.close", actor, row.project, meeting=meeting)
        tx.insert(
            "meeting_event", meeting=meeting, kind="closed", made_at=tx.now, made_by=actor.account, act=made
        )  # fmt: skip

    store.act(act)
    rooms.changed(store, meeting)
