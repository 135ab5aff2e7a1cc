"""What a lead asks of a person before his next item: to train once more, or to pass the exam again.

The gate of assignment enforces it, at the server: nothing new is leased while a duty is open; what is held may be answered.
It ends by itself when it is done, or when a lead takes it back; both stay on record.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from relevance.errors import BadInput, NotFound, Stale
from relevance.roles import SYSTEM, Act, Actor, require
from relevance.store.store import Reader, Store, Tx

KINDS = ("retrain", "re_examine")
LONGEST_REASON = 2000


@dataclass(frozen=True, slots=True)
class Duty:
    """An open duty. rules: those whose examples are walked through; none: all. course: the walk that has to be finished."""

    id: int
    account: int
    name: str
    kind: str
    rules: tuple[str, ...]
    course: int
    reason: str
    made_at: datetime


_OPEN = """
    select duty.id, duty.account, coalesce(person.name, '#' || duty.account), kind, rules, course, reason, made_at
    from duty left join person on person.account = duty.account
    where duty.id not in (select duty from duty_end) and project = ?"""


def _duties(reader: Reader, project: int, account: int | None = None) -> list[Duty]:
    more = "" if account is None else " and duty.account = ?"
    rows = reader.all(f"{_OPEN}{more} order by duty.id", [project, *([] if account is None else [account])])
    return [
        Duty(id_, account_, name, kind, tuple(json.loads(rules)), course, reason, made_at)
        for id_, account_, name, kind, rules, course, reason, made_at in rows
    ]


def of(store: Store, actor: Actor, project: int) -> list[Duty]:
    """A team's open duties, the oldest first."""
    require(actor, Act.SEE_TEAM, project)
    with store.reader() as reader:
        return _duties(reader, project)


def mine(reader: Reader, actor: Actor, project: int, kind: str) -> Duty | None:
    """The actor's own open duty of a kind."""
    return next((one for one in _duties(reader, project, actor.account) if one.kind == kind), None)


def own(store: Store, actor: Actor, project: int, kind: str) -> Duty | None:
    """The actor's own open duty of a kind, for his screen."""
    with store.reader() as reader:
        return mine(reader, actor, project, kind)


def ask(
    store: Store, actor: Actor, project: int, account: int, kind: str, reason: str, rules: Sequence[str] = ()
) -> int:  # fmt: skip
    """Asks a grader to train or to pass the exam before his next item. Returns the duty; asked twice it is the same one.

    Args:
        rules: retrain: the rules whose examples he walks through; all examples if left out.

    Raises:
        NotAllowed: the actor does not lead the project.
        NotFound: the person is no grader of the project.
        BadInput: there is no example of these rules, no exam is offered, or the reason is missing.
    """
    require(actor, Act.MANAGE_TEAM, project)
    reason = reason.strip()
    if kind not in KINDS:
        raise BadInput("{kind}: {what} is not among {known}.", kind="duty", what=kind, known=", ".join(KINDS))
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise BadInput("Say why: the person will ask.")

    def act(tx: Tx) -> int:
        if not tx.one(
            "select 1 from member where project = ? and account = ? and role = 'grader' and (until is null or until > ?)",
            [project, account, tx.now],
        ):
            raise NotFound("There is no grader {account} in this project.", account=account)
        there = next((one for one in _duties(tx, project, account) if one.kind == kind), None)
        if there is not None:
            return there.id
        course = 0
        if kind == "retrain":
            if not _examples(tx, project, rules):
                raise BadInput("The training has no example of this: add one first, on the Exams page.")
            course = 1 + tx.value(
                "select coalesce(max(course), 0) from training_answer where project = ? and account = ?",
                [project, account],
            )
        elif not tx.one("select 1 from exam where project = ? and id not in (select exam from exam_end)", [project]):
            raise BadInput("No exam is offered that he could pass: offer one first, on the Exams page.")
        made = tx.new_id("duty")
        act_id = tx.new_act(f"duty.{kind}", actor, project, duty=made, account=account, rules=list(rules))
        tx.insert(
            "duty", id=made, project=project, account=account, kind=kind, rules=json.dumps(list(rules)), course=course,
            reason=reason, made_by=actor.account, made_at=tx.now, act=act_id,
        )  # fmt: skip
        _hold(tx, project, account, kind, True)
        return made

    return store.act(act)


def take_back(store: Store, actor: Actor, project: int, duty: int) -> None:
    """Takes a duty back: the person gets work again at once.

    Raises:
        Stale: it is done or taken back already.
    """
    require(actor, Act.MANAGE_TEAM, project)

    def act(tx: Tx) -> None:
        one = next((one for one in _duties(tx, project) if one.id == duty), None)
        if one is None:
            raise Stale("This is done or taken back already.")
        _end(tx, project, one, "taken back", actor)

    store.act(act)


def trained(tx: Tx, project: int, account: int | None = None) -> None:
    """Ends the trainings that are gone through now; called in the act of an answer, and of taking an example out."""
    # Most people never had a duty: to see that takes a fifth of asking for those that are open.
    if account is not None and not tx.one("select 1 from duty where account = ? limit 1", [account]):
        return
    for one in _duties(tx, project, account):
        if one.kind == "retrain" and not tx.one(
            """select 1 from unnest(?::bigint[]) e(id) where id not in (
                   select example from training_answer where account = ? and course = ?) limit 1""",
            [_examples(tx, project, one.rules), one.account, one.course],
        ):
            _end(tx, project, one, "done", SYSTEM)


def passed(tx: Tx, project: int, account: int, started_at: datetime) -> None:
    """Ends the duty to pass the exam; called in the act that marks a pass. `started_at`: of the attempt."""
    for one in _duties(tx, project, account):
        if one.kind == "re_examine" and started_at >= one.made_at:
            _end(tx, project, one, "done", SYSTEM)


def _examples(reader: Reader, project: int, rules: Sequence[str]) -> list[int]:
    """The examples of some rules (none: of all) that stand in the training now."""
    return [
        example
        for (example,) in reader.all(
            """select example.id from example join item on item.id = example.item join clip on clip.id = item.clip
               where example.project = ? and removed_at is null and example.id not in (select example from example_end)
                 and (len(?::varchar[]) = 0 or list_contains(?::varchar[], example.rule)) order by 1""",
            [project, list(rules), list(rules)],
        )
    ]


def _end(tx: Tx, project: int, one: Duty, why: str, by: Actor) -> None:
    act = tx.new_act("duty.end", by, project, duty=one.id, account=one.account, why=why)
    tx.insert("duty_end", duty=one.id, why=why, made_by=by.account, made_at=tx.now, act=act)
    _hold(tx, project, one.account, one.kind, False)


def _hold(tx: Tx, project: int, account: int, kind: str, on: bool) -> None:
    key, duties = (project, account), tx.live.duties
    old = duties.get(key, frozenset())

    def put(kinds: frozenset[str]) -> None:
        if kinds:
            duties[key] = kinds
        else:
            duties.pop(key, None)

    tx.live.journal.append(lambda: put(old))
    put(old | {kind} if on else old - {kind})
