"""What the records say of attempts at exams: one, those before it, what came of each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from relevance.errors import NotFound
from relevance.qualification import BOUNDARIES, Marks, Pair, Past, rules_of
from relevance.store.store import Reader

GRACE = timedelta(seconds=5)  # what was sent in time may arrive a moment later


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an attempt. `marks` None: it is not marked yet, or under way."""

    attempt: int
    account: int
    name: str
    exam: str
    number: int
    started_at: datetime
    ended_at: datetime | None
    marks: Marks | None
    expires_at: datetime | None
    qualification: int | None
    taken_back: str | None


def one(reader: Reader, attempt: int) -> dict[str, Any]:
    """An attempt with its exam's name, questions in words, rules and kind, and why it ended (None: under way).

    Raises:
        NotFound: there is none.
    """
    rows = reader.rows(
        """select attempt.*, exam.name, exam.written, exam.rules, exam.kind, attempt_end.why
           from attempt join exam on exam.id = attempt.exam
           left join attempt_end on attempt_end.attempt = attempt.id where attempt.id = ?""",
        [attempt],
    )
    if not rows:
        raise NotFound("There is no attempt {attempt}.", attempt=attempt)
    return rows[0]


def running(reader: Reader, project: int, account: int) -> int | None:
    """The attempt that a person has under way; None: none."""
    found = reader.value(
        """select max(id) from attempt where project = ? and account = ?
           and id not in (select attempt from attempt_end)""",
        [project, account],
    )
    return None if found is None else int(found)


def past(reader: Reader, project: int, account: int, kind: str) -> list[Past]:
    """A person's attempts at one kind of exam that are over, in their order."""
    return [
        Past(*row)
        for row in reader.all(
            """select attempt_end.made_at, qualification.passed from attempt
               join exam on exam.id = attempt.exam join attempt_end on attempt_end.attempt = attempt.id
               left join qualification on qualification.attempt = attempt.id
               where attempt.project = ? and attempt.account = ? and exam.kind = ? order by attempt.id""",
            [project, account, kind],
        )
    ]


def results(reader: Reader, where: str, params: list[Any]) -> list[Result]:
    """What came of some attempts, the newest first. `where`: a condition on `attempt`."""
    found = reader.rows(
        f"""select attempt.id as attempt, attempt.account, coalesce(person.name, '-') as name, exam.name as exam,
                   attempt.number, started_at, attempt_end.made_at as ended_at, qualification.id as qualification, n, exact,
                   near, pairs, points, expires_at, exam.rules, qualification_end.reason as taken_back
            from attempt join exam on exam.id = attempt.exam left join person on person.account = attempt.account
            left join attempt_end on attempt_end.attempt = attempt.id
            left join qualification on qualification.attempt = attempt.id
            left join qualification_end on qualification_end.qualification = qualification.id
            where {where} order by attempt.id desc""",
        params,
    )
    return [
        Result(
            row["attempt"], row["account"], row["name"], row["exam"], row["number"], row["started_at"], row["ended_at"],
            _marks(row), row["expires_at"], row["qualification"], row["taken_back"],
        )
        for row in found
    ]  # fmt: skip


def _marks(row: Mapping[str, Any]) -> Marks | None:
    if row["qualification"] is None:
        return None
    rules, pairs = rules_of(json.loads(row["rules"])), tuple(Pair(*pair) for pair in json.loads(row["pairs"]))
    failed = [name for name in ("exact", "near") if row[name] < getattr(rules, name) * row["n"]]
    failed += [
        f"pair{low}{high}" for (low, high), pair in zip(BOUNDARIES, pairs, strict=True)
        if pair.n and pair.right < rules.pair * pair.n
    ]  # fmt: skip
    if row["points"] is not None and row["points"] < rules.written:
        failed.append("written")
    return Marks(row["n"], row["exact"], row["near"], pairs, row["points"], tuple(failed))
