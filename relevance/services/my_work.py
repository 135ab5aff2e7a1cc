"""A grader's own work: the day's count and pace, the last answers (to go back to).

Reads only.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from relevance.clock import day_of
from relevance.roles import Act, Actor, require
from relevance.services.leased import Lease, Work, work_of
from relevance.store.store import Store

BACK = timedelta(hours=24)  # how far back one's own answers are listed
HOUR_MS = 3_600_000
FEWEST_SECONDS = 300  # of work, before a pace is said


@dataclass(frozen=True, slots=True)
class Day:
    """A grader's day by the project's time zone. `per_hour`: answers in an hour of work; None in the first
    five minutes of work. `goal`: answers a day; 0: the project has none."""

    count: int
    flags: int
    corrections: int
    surplus: int
    per_hour: float | None
    worked_seconds: int
    goal: int


@dataclass(frozen=True, slots=True)
class Mine:
    """One of my answers, as it stands now: the item as the player shows it, and what I said of it."""

    work: Work
    seq: int
    level: int | None
    flag: str | None
    flag_text: str | None
    note: str | None
    rule: str | None
    evidence_ms: tuple[int, ...]
    made_at: datetime


def my_day(store: Store, actor: Actor, project: int) -> Day:
    """The day so far. Only counters are read: it may be asked for with every answer.

    Raises:
        NotAllowed: the actor is no grader of the project.
    """
    require(actor, Act.GRADE, project)
    at = store.live.projects[project]
    key = ("grader", project, actor.account, day_of(store.clock.now(), at.time_zone))
    counts = store.live.counts
    answers, worked = counts[*key, "answers"], counts[*key, "worked_ms"]
    return Day(
        count=answers,
        flags=counts[*key, "flags"],
        corrections=counts[*key, "corrections"],
        surplus=counts[*key, "surplus"],
        per_hour=answers * HOUR_MS / worked if worked >= FEWEST_SECONDS * 1000 else None,
        worked_seconds=worked // 1000,
        goal=int(at.settings.get("goal", 0)),
    )


def recent(store: Store, actor: Actor, project: int, n: int = 20) -> list[Mine]:
    """My last answers, the newest first, each as its newest correction has it; of the last 24 hours."""
    require(actor, Act.GRADE, project)
    with store.reader() as reader:
        rows = reader.rows(
            """select assignment, answer.item as item, answer.seq as seq, level, flag, flag_text, answer.note as note,
                      rule, evidence_ms, answer.made_at as made_at, unseen.batch as batch
               from answer join item on item.id = answer.item left join unseen using (assignment)
               where grader = ? and answer.made_at > ? and item.project = ?
               qualify row_number() over (partition by assignment order by answer.seq desc) = 1
               order by (select min(made_at) from answer as first where first.assignment = answer.assignment
                         and first.seq = 0 and first.made_at > ?) desc, assignment desc limit ?""",
            [actor.account, store.clock.now() - BACK, project, store.clock.now() - BACK, n],
        )
    leases = [Lease(row["assignment"], row["item"], row["seq"] + 1, row["made_at"], row["batch"]) for row in rows]
    works = {work.assignment: work for work in work_of(store, leases)}
    return [
        Mine(
            work=works[row["assignment"]],
            seq=row["seq"],
            level=row["level"],
            flag=row["flag"],
            flag_text=row["flag_text"],
            note=row["note"],
            rule=row["rule"],
            evidence_ms=tuple(json.loads(row["evidence_ms"])),
            made_at=row["made_at"],
        )
        for row in rows
        if row["assignment"] in works
    ]
