"""Passes: who holds one, what a person may do about it, all results, and a pass taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from relevance.errors import BadInput, Stale
from relevance.qualification import Held, Turn, turn
from relevance.roles import Act, Actor, require
from relevance.services import attempts, duties, exams, marking, training
from relevance.services.attempts import Result
from relevance.services.duties import Duty
from relevance.services.exams import ExamRow
from relevance.store.store import Store, Tx

LONGEST_TEXT = 4000


@dataclass(frozen=True, slots=True)
class State:
    """Where a person stands in a project: whether he gets work, and what he may do about it."""

    required: bool
    bars: str | None
    expires_at: datetime | None
    running: int | None
    exams: tuple[tuple[ExamRow, Turn], ...]
    results: tuple[Result, ...]
    duty: Duty | None = None


def results(store: Store, actor: Actor, project: int, limit: int = 500) -> list[Result]:
    """All attempts of a project, the newest first."""
    require(actor, Act.MANAGE_EXAMS, project)
    marking.close_over(store, project)
    with store.reader() as reader:
        return attempts.results(reader, "attempt.project = ?", [project])[:limit]


def state(store: Store, actor: Actor, project: int) -> State:
    """Where one stands oneself: whether there is work for one, what may be begun, one's own results."""
    require(actor, Act.GRADE, project)
    marking.close_over(store, project)
    live, now = store.live, store.clock.now()
    held = live.passes.get((project, actor.account))
    with store.reader() as reader:
        trained = training.is_trained(reader, project, actor.account)
        offered = exams.find(reader, "project = ? and id not in (select exam from exam_end)", [project])
        turns = tuple(
            (exam, turn(attempts.past(reader, project, actor.account, exam.kind), exam.rules, now, trained))
            for exam in offered
        )
        mine = attempts.results(reader, "attempt.project = ? and attempt.account = ?", [project, actor.account])
        running = attempts.running(reader, project, actor.account)
        duty = duties.mine(reader, actor, project, "re_examine")
    return State(
        bool(live.projects[project].settings.get("exam_required")),
        live.bars(project, actor.account, now),
        held.expires_at if held is not None else None,
        running,
        turns,
        tuple(mine),
        duty,
    )


def take_back(store: Store, actor: Actor, project: int, qualification: int, reason: str) -> None:
    """Ends a pass: its person gets no work until he has passed again.

    Raises:
        BadInput: no reason.
        Stale: it is taken back already, or there is no such pass.
    """
    require(actor, Act.MANAGE_EXAMS, project)
    if not 1 <= len(reason.strip()) <= LONGEST_TEXT:
        raise BadInput("Say why: the person will ask.")

    def act(tx: Tx) -> None:
        row = tx.one(
            """select account from qualification where id = ? and project = ? and passed
               and id not in (select qualification from qualification_end)""",
            [qualification, project],
        )
        if row is None:
            raise Stale("This pass does not stand any more.")
        act_id = tx.new_act("exam.take-back", actor, project, qualification=qualification, account=row[0])
        tx.insert(
            "qualification_end", qualification=qualification, reason=reason.strip(), made_by=actor.account,
            made_at=tx.now, act=act_id,
        )  # fmt: skip
        rest = tx.one(
            """select guideline, expires_at from qualification where project = ? and account = ? and passed
               and id not in (select qualification from qualification_end) order by id desc limit 1""",
            [project, row[0]],
        )
        marking.hold(tx, project, row[0], Held(*rest) if rest else None)

    store.act(act)
