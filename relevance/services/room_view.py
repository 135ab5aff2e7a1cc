"""What one person in a meeting's room sees: everything as data in both languages, nothing that is not his to see.

All seats that look at one case see the same but for who they are: that part is made once for each version of the room and
each face (who may drive it, and everybody else), and a seat adds only its own. Votes come from `ballots.shown`, which has
none before the reveal; of a vote that was cast no more is told than whose it is.
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from relevance.errors import NotFound
from relevance.meeting import spent
from relevance.precedents import Scope
from relevance.services import (
    binding,
    case_like,
    guidelines,
    meetings,
    outcomes,
    room_case,
    room_facts,
    rooms,
    second_look,
)
from relevance.services.room_case import pair
from relevance.services.room_facts import Facts
from relevance.services.seats import Seat
from relevance.store.store import Store

CLOCKS_S = 1.0  # the time that cases took is no older than this


@dataclass(frozen=True, slots=True)
class Shared:
    """What all seats of one face have in common, as values and as the JSON of them without its closing brace."""

    version: str
    here: frozenset[int]
    facts: Facts
    made_at: float
    values: dict[str, Any]
    said: bytes


@dataclass(slots=True)
class _Kept:
    """What is kept of one meeting. The lock is held while its records are read: the others wait for what one reads."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    facts: Facts | None = None
    faces: dict[tuple[int | None, bool], Shared] = field(default_factory=dict)


_LOCK = threading.Lock()
_BY_STORE: WeakKeyDictionary[Store, dict[int, _Kept]] = WeakKeyDictionary()


def _kept(store: Store, meeting: int) -> _Kept:
    with _LOCK:
        return _BY_STORE.setdefault(store, {}).setdefault(meeting, _Kept())


def state(store: Store, seat: Seat, wanted: int | None = None) -> dict[str, Any]:
    """The room as this seat sees it, with the case that is on the screen, or another one of the agenda that is wanted."""
    kept = _kept(store, seat.meeting)
    with kept.lock:
        common = _shared(store, kept, seat, wanted, read=True)
    assert common is not None, "what may read has what it reads"
    return {**common.values, **_own(store, seat, common.facts)}


def said(store: Store, seat: Seat, wanted: int | None = None) -> bytes:
    """The same as JSON."""
    kept = _kept(store, seat.meeting)
    with kept.lock:
        common = _shared(store, kept, seat, wanted, read=True)
    assert common is not None, "what may read has what it reads"
    return _joined(store, seat, common)


def at_hand(store: Store, seat: Seat, wanted: int | None = None) -> bytes | None:
    """The same, where nothing has to be read or waited for; else None."""
    kept = _kept(store, seat.meeting)
    if not kept.lock.acquire(blocking=False):
        return None
    try:
        common = _shared(store, kept, seat, wanted, read=False)
    finally:
        kept.lock.release()
    return None if common is None else _joined(store, seat, common)


def shared(store: Store, seat: Seat, wanted: int | None = None) -> Shared:
    """What this seat has in common with all others of its face."""
    kept = _kept(store, seat.meeting)
    with kept.lock:
        common = _shared(store, kept, seat, wanted, read=True)
    assert common is not None, "what may read has what it reads"
    return common


def _joined(store: Store, seat: Seat, common: Shared) -> bytes:
    return common.said + b"," + _json(_own(store, seat, common.facts))[1:]


def _json(values: dict[str, Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()


def _shared(store: Store, kept: _Kept, seat: Seat, wanted: int | None, read: bool) -> Shared | None:
    """What is common, from what is kept; without `read` None where a record would have to be read."""
    room = rooms.room(store, seat.meeting)
    version, cue, here = room.version, room.cue, room.here()
    if kept.facts is None or not room_facts.hold_good(store, kept.facts):
        if not read:
            return None
        kept.facts = room_facts.read(store, seat.meeting)
        kept.faces.clear()
    facts = kept.facts
    number = next((case.id for case in facts.cases if case.id == (wanted or facts.on)), None)
    face = (number, seat.drives)
    found = kept.faces.get(face)
    if (
        found is not None
        and (found.version, found.here) == (version, here)
        and time.monotonic() - found.made_at < CLOCKS_S
    ):
        return found
    if number is not None and number not in facts.looked and not read:
        return None
    values = _common(store, facts, version, cue, here, number, seat.drives)
    found = Shared(version, here, facts, time.monotonic(), values, _json(values)[:-1])
    kept.faces[face] = found
    return found


def _common(
    store: Store, facts: Facts, version: str, cue: rooms.Cue, here: frozenset[int], number: int | None, drives: bool
) -> dict[str, Any]:  # fmt: skip
    """The part of a face. Only who may drive is told what one needs for it: what a case may leave, and its version."""
    row, steps = facts.row, facts.steps
    times = spent(steps, row.closed_at or store.clock.now())
    case = None if number is None else facts.case(store, number)
    return {
        "version": version,
        "meeting": {
            "id": row.id,
            "title": row.title,
            "state": row.state,
            "starts_at": _ms(row.starts_at),
            "opened_at": _ms(row.opened_at),
            "closed_at": _ms(row.closed_at),
            "budget_s": row.budget_minutes * 60,
            "decides": row.decides,
        },
        "hold": {"id": facts.hold.id, "attendee": facts.hold.attendee},
        "people": [
            {"attendee": one.id, "name": one.name, "part": one.part, "here": one.id in here}
            for one in facts.people
            if not one.revoked
        ],
        "agenda": [
            {
                "case": one.id,
                "keyword": pair(one.keyword_zh, one.keyword_en),
                "items": one.items,
                "cause": one.cause,
                "why": facts.why[one.id],
                "minutes": one.minutes,
                "spent_s": round(times.get(one.id, 0.0)),
                "state": facts.states[one.id],
                "voted": facts.voted.get(one.id, []),
            }
            for one in facts.cases
        ],
        "on": facts.on,
        "on_since": _ms(steps[-1][0]) if facts.on else None,
        "cue": {"n": cue.n, "ms": cue.ms, "playing": cue.playing},
        "binds": list(binding.OFFERED) if drives else [],
        "case": None if case is None else {**case, "version": case["version"] if drives else None},
    }


def _own(store: Store, seat: Seat, facts: Facts) -> dict[str, Any]:
    """What is this seat's alone."""
    return {
        "now": _ms(store.clock.now()),
        "me": {
            "attendee": seat.attendee,
            "name": seat.name,
            "guest": seat.guest,
            "may_drive": seat.drives,
            "drives": facts.hold.attendee == seat.attendee,
            "mark": facts.row.watermark and seat.guest,
        },
    }


def _ms(moment: Any) -> int | None:
    return None if moment is None else round(moment.timestamp() * 1000)


def like(store: Store, seat: Seat, outcome: int) -> dict[str, Any]:
    """Items that wait for the same rule, the worst disagreement with it first; from how many on further looks are asked, and
    how many were settled so on this day already, with what was said of further clips."""
    before = case_like.earlier(store, seat, outcome)
    return {
        "check_from": second_look.check_from(store, seat.project),
        "earlier": {"items": before.items, "levels": list(before.levels)},
        "like": [
            {
                "item": one.item,
                "clip": one.content_id,
                "name": one.clip_name,
                "levels": list(one.levels),
                "apart": one.apart,
            }
            for one in case_like.of(store, seat, outcome)
        ],
    }


def against(store: Store, seat: Seat, case: int, level: int, rule: str | None, scope: Scope) -> dict[str, Any]:
    """The precedents that one of this case would contradict, before it is made."""
    return room_case.against(outcomes.against(store, seat, case, level, rule, scope))


def guideline(store: Store, seat: Seat) -> dict[str, Any]:
    """Levels and rules of the project's guideline, in both languages; a closed meeting's as they were at its close."""
    with store.reader(graded=False) as reader:
        closed = meetings.known(reader, seat.meeting).closed_at
    book = guidelines.of_meeting(store, seat.project, closed)
    return {
        "id": book.id,
        "levels": [
            {
                "level": level.level,
                "percent": level.percent,
                "name": pair(level.name_zh, level.name_en),
                "definition": pair(level.definition_zh, level.definition_en),
            }
            for level in book.levels
        ],
        "rules": [
            {
                "id": rule.id,
                "number": rule.number,
                "heading": pair(rule.heading_zh, rule.heading_en),
                "title": pair(rule.title_zh, rule.title_en),
                "text": pair(rule.text_zh, rule.text_en),
            }
            for rule in book.rules
        ],
    }


def clip_of(store: Store, seat: Seat, content_id: str) -> str:
    """The content id of a clip that this meeting shows: a guest sees no other.

    Raises:
        NotFound: no case of this meeting shows it.
    """
    with store.reader(graded=False) as reader:
        if not reader.one(
            """select 1 from meeting_case c join item on item.id = c.item join clip on clip.id = item.clip
               where c.meeting = ? and c.removed_at is null and clip.content_id = ? and clip.removed_at is null""",
            [seat.meeting, content_id],
        ):
            raise NotFound("There is no such clip.")
    return content_id
