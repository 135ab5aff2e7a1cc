"""What one person in a meeting's room sees: everything as data in both languages, nothing that is not his to see.

Graders have letters here, for everybody: the chair's screen is shared with guests. Votes come from `ballots.shown`, which
has none before the reveal; of a vote that was cast no more is told than whose it is.
"""

from __future__ import annotations

import string
from collections import Counter
from typing import Any

from relevance.errors import NotFound
from relevance.meeting import case_state, spent
from relevance.roles import SYSTEM
from relevance.services import (
    agendas,
    attendees,
    ballots,
    binding,
    disputes,
    guidelines,
    meetings,
    outcomes,
    precedents,
    rooms,
)
from relevance.services.agendas import CaseRow
from relevance.services.disputes import DisputeDetail
from relevance.services.meetings import MeetingRow
from relevance.services.outcomes import Outcome
from relevance.services.seats import Seat
from relevance.store.store import Reader, Store


def state(store: Store, seat: Seat, wanted: int | None = None) -> dict[str, Any]:
    """The room as this seat sees it, with the case that is on the screen, or another one of the agenda that is wanted."""
    room = rooms.room(store, seat.meeting)
    version, cue, here = room.version, room.cue, room.here()
    now = store.clock.now()
    with store.reader(snapshot=True) as reader:
        row = meetings.known(reader, seat.meeting)
        people = attendees.of(reader, seat.meeting)
        hold = ballots.hold(reader, seat.meeting)
        cases = agendas.cases(reader, seat.meeting)
        voted, revealed = ballots.voted(reader, seat.meeting), ballots.revealed(reader, seat.meeting)
        ends = outcomes.of(reader, seat.meeting)
        steps = reader.all("select made_at, case_id from meeting_step where meeting = ? order by id", [seat.meeting])
        states = _states(store, reader, [case.item for case in cases])
        on = steps[-1][1] if steps and row.state == "open" else None
        shown = next((case for case in cases if case.id == (wanted or on)), None)
        votes = ballots.shown(reader, shown.id) if shown is not None else []
    until = row.closed_at or now
    times = spent(steps, until)
    silent = room.silent(hold.attendee)
    return {
        "version": version,
        "now": _ms(now),
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
        "me": {
            "attendee": seat.attendee,
            "name": seat.name,
            "guest": seat.guest,
            "may_drive": seat.drives,
            "drives": hold.attendee == seat.attendee,
            "mark": row.watermark and seat.guest,
        },
        "hold": {"id": hold.id, "attendee": hold.attendee, "silent_s": None if silent is None else round(silent)},
        "people": [
            {"attendee": one.id, "name": one.name, "part": one.part, "here": one.id in here}
            for one in people
            if not one.revoked
        ],
        "agenda": [
            {
                "case": case.id,
                "keyword": _pair(case.keyword_zh, case.keyword_en),
                "items": case.items,
                "cause": case.cause,
                "why": case.why,
                "minutes": case.minutes,
                "spent_s": round(times.get(case.id, 0.0)),
                "state": _state(case, revealed, ends, states),
                "voted": voted.get(case.id, []),
            }
            for case in cases
        ],
        "binds": list(binding.OFFERED),
        "on": on,
        "on_since": _ms(steps[-1][0]) if steps and on else None,
        "cue": {"n": cue.n, "ms": cue.ms, "playing": cue.playing},
        "case": None if shown is None else _case(store, row, shown, votes, people, revealed, ends),
    }


def _ms(moment: Any) -> int | None:
    return None if moment is None else round(moment.timestamp() * 1000)


def _pair(zh: str | None, en: str | None) -> dict[str, str]:
    return {"zh": zh or en or "", "en": en or zh or ""}


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


def _state(case: CaseRow, revealed: frozenset[int], ends: list[Outcome], states: dict[int, str]) -> str:
    kinds: list[Any] = [end.kind for end in ends if end.case_id == case.id]
    return case_state(case.id in revealed, kinds, states.get(case.item, "open"))


def _case(
    store: Store, row: MeetingRow, case: CaseRow, votes: list[Any], people: list[Any], revealed: frozenset[int],
    ends: list[Outcome],
) -> dict[str, Any]:  # fmt: skip
    detail = disputes.one(store, SYSTEM, case.item)
    names = {one.id: one.name for one in people}
    grades = grades_of(detail)
    return {
        "case": case.id,
        "item": case.item,
        "version": detail.version,
        "keyword": _pair(case.keyword_zh, case.keyword_en),
        "note": case.keyword_note or "",
        "clip": detail.content_id,
        "name": detail.clip_name,
        "title": detail.title or "",
        "start_ms": detail.start_ms,
        "end_ms": detail.end_ms,
        "duration_ms": detail.duration_ms,
        "why": detail.why,
        "grades": grades,
        "rule": applies(detail, ends, case.id),
        "revealed": case.id in revealed,
        "votes": [
            {
                "name": names.get(vote.attendee, "–"),
                "level": vote.level,
                "reason": vote.reason,
                "evidence": list(vote.evidence_ms),
            }
            for vote in votes
        ],
        "outcomes": [_outcome(end) for end in ends if end.case_id == case.id],
        "precedents": _precedents(store, case.item),
    }


def _precedents(store: Store, item: int) -> list[dict[str, Any]]:
    """The closest precedents, the item's own among them once it is decided."""
    return [
        {"level": one.level, "reason": one.reason, "rule": one.rule, "keyword": _pair(one.keyword_zh, one.keyword_en)}
        for one in precedents.closest(store, item)
    ]


def grades_of(detail: DisputeDetail) -> list[dict[str, Any]]:
    """The grades of an item without their graders' names: A, B, C ... in the order in which they came.

    A letter stands for one grader on one item, and for nobody across items.
    """
    letters = string.ascii_uppercase
    found = []
    for at, grade in enumerate(detail.grades):
        found.append(
            {
                "who": letters[at] if at < len(letters) else str(at + 1),
                "level": grade.level,
                "flag": grade.flag,
                "flag_text": grade.flag_text or "",
                "note": grade.note or "",
                "rule": grade.rule,
                "evidence": list(grade.evidence_ms),
                "counts": grade.counts,
            }
        )
    return found


def applies(detail: DisputeDetail, ends: list[Outcome], case: int) -> str | None:
    """The rule that the case is about: the outcome's, else the one that most graders cited (the first among equals)."""
    for end in reversed(ends):
        if end.case_id == case and end.rule:
            return end.rule
    cited = Counter(grade.rule for grade in detail.grades if grade.rule)
    return cited.most_common(1)[0][0] if cited else None


def _outcome(end: Outcome) -> dict[str, Any]:
    return {
        "outcome": end.id,
        "kind": end.kind,
        "level": end.level,
        "reason": end.reason,
        "rule": end.rule,
        "binds": end.binds,
        "single_why": end.single_why or "",
        "by": end.decided_by_name or "",
        "defer_to": end.defer_to or "",
        "missing": end.missing or "",
        "due": end.due or "",
        "wants": end.wants,
        "extra": end.extra,
        "evidence": end.evidence or "",
        "client_answer": end.client_answer or "",
        "settled": end.settled,
        "corrects": end.corrects,
        "corrected_by": end.corrected_by,
        "dissent": [{"name": name, "text": text} for name, text in end.dissent],
    }


def like(store: Store, seat: Seat, outcome: int) -> dict[str, Any]:
    """Items that wait for the same rule, the worst disagreement with it first."""
    return {
        "like": [
            {
                "item": one.item,
                "clip": one.content_id,
                "name": one.clip_name,
                "levels": list(one.levels),
                "apart": one.apart,
            }
            for one in outcomes.like(store, seat, outcome)
        ]
    }


def guideline(store: Store, seat: Seat) -> dict[str, Any]:
    """Levels and rules of the project's guideline, in both languages."""
    book = guidelines.current(store, seat.project)
    return {
        "id": book.id,
        "levels": [
            {
                "level": level.level,
                "percent": level.percent,
                "name": _pair(level.name_zh, level.name_en),
                "definition": _pair(level.definition_zh, level.definition_en),
            }
            for level in book.levels
        ],
        "rules": [
            {
                "id": rule.id,
                "number": rule.number,
                "heading": _pair(rule.heading_zh, rule.heading_en),
                "title": _pair(rule.title_zh, rule.title_en),
                "text": _pair(rule.text_zh, rule.text_en),
            }
            for rule in book.rules
        ],
    }


def clip_of(store: Store, seat: Seat, content_id: str) -> str:
    """The content id of a clip that this meeting shows: a guest sees no other.

    Raises:
        NotFound: no case of this meeting shows it.
    """
    with store.reader() as reader:
        if not reader.one(
            """select 1 from meeting_case c join item on item.id = c.item join clip on clip.id = item.clip
               where c.meeting = ? and c.removed_at is null and clip.content_id = ? and clip.removed_at is null""",
            [seat.meeting, content_id],
        ):
            raise NotFound("There is no such clip.")
    return content_id
