"""What a meeting's records say to everybody in its room: read once for all seats, and kept until a record changes.

A key of the chair moves the clip for twenty people and changes no record: then nothing is read at all.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from relevance.meeting import case_state
from relevance.services import agendas, attendees, ballots, guidelines, meetings, outcomes, room_case, rooms
from relevance.services.agendas import CaseRow
from relevance.services.attendees import Attendee
from relevance.services.ballots import Hold
from relevance.services.cluster_line import line
from relevance.services.meetings import MeetingRow
from relevance.services.outcomes import Outcome
from relevance.store.live import LiveItem
from relevance.store.store import Reader, Store

KEPT_S = 5.0  # what no mark below tells of (a ruling on a like item, taken back elsewhere) shows after so long

Marks = tuple[Any, ...]


@dataclass(slots=True)
class Facts:
    """A meeting's records. `states`: each case's. `steps`: what was on the screen when. `why`: what holds each case together,
    in both languages."""

    marks: Marks
    commits: int
    read_at: float
    row: MeetingRow
    people: tuple[Attendee, ...]
    hold: Hold
    cases: tuple[CaseRow, ...]
    voted: dict[int, list[int]]
    revealed: frozenset[int]
    ends: tuple[Outcome, ...]
    steps: tuple[tuple[datetime, int], ...]
    states: dict[int, str]
    why: dict[int, dict[str, str]] = field(default_factory=dict)
    looked: dict[int, dict[str, Any]] = field(default_factory=dict)

    @property
    def on(self) -> int | None:
        """The case on everybody's screen."""
        return self.steps[-1][1] if self.steps and self.row.state == "open" else None

    def case(self, store: Store, number: int) -> dict[str, Any] | None:
        """A case of the agenda as everybody sees it; None where it is not on it. Reads it when first asked."""
        found = next((case for case in self.cases if case.id == number), None)
        if found is None:
            return None
        if number not in self.looked:
            self.looked[number] = room_case.of(store, found, self.people, self.revealed, self.ends)
        return self.looked[number]


def hold_good(store: Store, facts: Facts) -> bool:
    """Whether a meeting's records still say this."""
    fresh = facts.commits == store.changes or time.monotonic() - facts.read_at < KEPT_S
    return fresh and facts.marks == _marks(store, facts.row.id, [case.item for case in facts.cases])


def _marks(store: Store, meeting: int, items: Sequence[int]) -> Marks:
    """Changes with whatever the room shows: the meeting's records, the items of its agenda, names, words, precedents."""
    live = [store.live.items.get(item) for item in items]
    return (
        rooms.room(store, meeting).told,
        store.cold,
        store.ruled,
        tuple(None if one is None else _mark(one) for one in live),
    )


def _mark(item: LiveItem) -> tuple[str, int, int, int]:
    given = list(item.given.values())
    return item.standing.state, len(given), sum(one.seq for one in given), len(item.rulings)


def read(store: Store, meeting: int) -> Facts:
    """Reads a meeting's records.

    Raises:
        NotFound: there is none.
    """
    # The marks come first: what is written while we read makes another mark, and is read the next time.
    told, cold, ruled, commits = rooms.room(store, meeting).told, store.cold, store.ruled, store.changes
    with store.reader(snapshot=True) as reader:
        row = meetings.known(reader, meeting)
        cases = tuple(agendas.cases(reader, meeting))
        items = [case.item for case in cases]
        marks = (told, cold, ruled, _marks(store, meeting, items)[3])
        revealed, ends = ballots.revealed(reader, meeting), tuple(outcomes.of(reader, meeting))
        states = _states(store, reader, items)
        facts = Facts(
            marks=marks,
            commits=commits,
            read_at=time.monotonic(),
            row=row,
            people=tuple(attendees.of(reader, meeting)),
            hold=ballots.hold(reader, meeting),
            cases=cases,
            voted=ballots.voted(reader, meeting),
            revealed=revealed,
            ends=ends,
            steps=tuple(
                reader.all("select made_at, case_id from meeting_step where meeting = ? order by id", [meeting])
            ),
            states={case.id: _state(case, revealed, ends, states) for case in cases},
        )
    book = guidelines.of_meeting(store, row.project, row.closed_at)
    facts.why = {case.id: room_case.pair(*(line(case.why, book, one) for one in ("zh", "en"))) for case in cases}
    return facts


def _states(store: Store, reader: Reader, items: list[int]) -> dict[int, str]:
    """Each item's state: from memory where it is at hand, else from its last event."""
    found = {item: live.standing.state for item in items if (live := store.live.items.get(item)) is not None}
    far = [item for item in items if item not in found]
    if far:
        marks = ", ".join("?" * len(far))
        found.update(
            reader.all(f"select item, max_by(state, id) from item_event where item in ({marks}) group by item", far)
        )
    return {item: found.get(item, "open") for item in items}


def _state(case: CaseRow, revealed: frozenset[int], ends: Sequence[Outcome], states: dict[int, str]) -> str:
    kinds: list[Any] = [end.kind for end in ends if end.case_id == case.id]
    return case_state(case.id in revealed, kinds, states.get(case.item, "open"))
