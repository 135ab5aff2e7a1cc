"""One case of a meeting, as data in both languages: the item, its grades without their graders' names, what was said of it.

Graders have letters here, for everybody: the chair's screen is shared with guests.
"""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Sequence
from typing import Any

from relevance.precedents import FEW
from relevance.roles import SYSTEM
from relevance.services import ballots, disputes, precedents
from relevance.services.agendas import CaseRow
from relevance.services.attendees import Attendee
from relevance.services.disputes import DisputeDetail
from relevance.services.outcomes import Against, Outcome
from relevance.store.store import Store


def of(
    store: Store, case: CaseRow, people: Sequence[Attendee], revealed: frozenset[int], ends: Sequence[Outcome]
) -> dict[str, Any]:  # fmt: skip
    """A case as everybody in the room sees it. Its votes are those that `ballots.shown` gives: none before the reveal."""
    with store.reader() as reader:
        votes = ballots.shown(reader, case.id)
    detail = disputes.one(store, SYSTEM, case.item)
    names = {one.id: one.name for one in people}
    grades = grades_of(detail)
    return {
        "case": case.id,
        "item": case.item,
        "version": detail.version,
        "keyword": pair(case.keyword_zh, case.keyword_en),
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
        {"level": one.level, "reason": one.reason, "rule": one.rule, "keyword": pair(one.keyword_zh, one.keyword_en)}
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


def applies(detail: DisputeDetail, ends: Sequence[Outcome], case: int) -> str | None:
    """The rule that the case is about: the outcome's, else the one that most graders cited (the first among equals)."""
    for end in reversed(ends):
        if end.case_id == case and end.rule:
            return end.rule
    cited = Counter(grade.rule for grade in detail.grades if grade.rule)
    return cited.most_common(1)[0][0] if cited else None


def against(found: Sequence[Against]) -> dict[str, Any]:
    """The nearest precedents that say otherwise, and how many more there are: in a large family there can be hundreds."""
    shown = [{"id": one.precedent, "level": one.level, "reason": one.reason} for one in found[:FEW]]
    return {"against": shown, "more": len(found) - len(shown)}


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
        "replaces": end.replaces,
        **against(end.against),
        "corrects": end.corrects,
        "corrected_by": end.corrected_by,
        "dissent": [{"name": name, "text": text} for name, text in end.dissent],
    }


def pair(zh: str | None, en: str | None) -> dict[str, str]:
    """A text in both languages, the one standing in for the other where that is missing."""
    return {"zh": zh or en or "", "en": en or zh or ""}
