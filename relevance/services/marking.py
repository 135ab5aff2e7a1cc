"""How an attempt ends and what it is worth: marked at once, or when its answers in words have their points."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from relevance.errors import BadInput, NotAllowed, NotFound, Stale
from relevance.qualification import Held, mark, rules_of
from relevance.roles import Act, Actor, require
from relevance.services import attempts, duties
from relevance.services.attempts import GRACE
from relevance.store.store import Store, Tx

LONGEST_TEXT = 4000


@dataclass(frozen=True, slots=True)
class ToMark:
    """A written answer that waits for its points. Whose it is stays hidden."""

    attempt: int
    place: int
    exam: str
    question: str
    points: int
    text: str


def close_over(store: Store, project: int) -> int:
    """Ends the attempts whose time is over. Returns how many."""
    with store.reader() as reader:
        over = [
            attempt
            for (attempt,) in reader.all(
                "select id from attempt where project = ? and ends_at < ? and id not in (select attempt from attempt_end)",
                [project, store.clock.now() - GRACE],
            )
        ]
    for attempt in over:
        close_if_over(store, attempt)
    return len(over)


def close_if_over(store: Store, attempt: int) -> None:
    """Ends one attempt if its time is over."""
    with store.reader() as reader:
        row = attempts.one(reader, attempt)
    if row["why"] is None and store.clock.now() > row["ends_at"] + GRACE:

        def act(tx: Tx) -> None:
            fresh = attempts.one(tx, attempt)
            if fresh["why"] is None:
                close(tx, fresh, "time over")

        store.act(act)


def close(tx: Tx, row: Mapping[str, Any], why: str) -> None:
    """Ends an attempt, and concludes it unless answers in words wait to be marked."""
    tx.insert("attempt_end", attempt=row["id"], why=why, made_at=min(tx.now, row["ends_at"] + GRACE))
    written = json.loads(row["written"])
    if written:
        items = tx.value("select count(*) from attempt_item where attempt = ?", [row["id"]])
        given = {
            place
            for (place,) in tx.all(
                "select place from attempt_answer where attempt = ? group by place having arg_max(trim(text), seq) <> ''",
                [row["id"]],
            )
        }
        if any(items + offset in given for offset in range(len(written))):
            return  # the specialist's turn
    _conclude(tx, row, 0)


def _conclude(tx: Tx, row: Mapping[str, Any], act: int) -> None:
    """Writes the result of an attempt that is over and wholly marked."""
    rules, written = rules_of(json.loads(row["rules"])), json.loads(row["written"])
    known = tx.all(
        """select attempt_item.level, said.level from attempt_item left join (
               select place, arg_max(level, seq) as level from attempt_answer where attempt = ? group by place) said
           on said.place = attempt_item.place where attempt = ? order by attempt_item.place""",
        [row["id"], row["id"]],
    )
    points = None
    if written:
        got = tx.value("select coalesce(sum(points), 0) from written_mark where attempt = ?", [row["id"]])
        points = float(got) / sum(one["points"] for one in written)
    found = mark([one[0] for one in known], [one[1] for one in known], rules, points)
    expires = tx.now + timedelta(days=rules.valid_days) if found.passed and rules.valid_days else None
    tx.insert(
        "qualification", id=tx.new_id("qualification"), attempt=row["id"], project=row["project"], account=row["account"],
        passed=found.passed, n=found.n, exact=found.exact, near=found.near,
        pairs=json.dumps([[pair.right, pair.n] for pair in found.pairs]), points=points, guideline=row["guideline"],
        expires_at=expires, made_at=tx.now, act=act,
    )  # fmt: skip
    if found.passed:
        hold(tx, row["project"], row["account"], Held(row["guideline"], expires))
        duties.passed(tx, row["project"], row["account"], row["started_at"])


def hold(tx: Tx, project: int, account: int, held: Held | None) -> None:
    """A person's newest pass that stands, as the gate of assignment knows it; None: he has none."""
    passes, key = tx.live.passes, (project, account)
    old = passes.get(key)

    def put(value: Held | None) -> None:
        if value is None:
            passes.pop(key, None)
        else:
            passes[key] = value

    tx.live.journal.append(lambda: put(old))
    put(held)


def to_mark(store: Store, actor: Actor, project: int) -> list[ToMark]:
    """Written answers that wait for their points, the oldest first; one's own are left out, names are not told."""
    require(actor, Act.MANAGE_EXAMS, project)
    close_over(store, project)
    with store.reader() as reader:
        rows = reader.all(
            """with items as (select attempt, count(*) as n from attempt_item group by attempt)
               select attempt.id, said.place, exam.name, exam.written, said.text, said.place - items.n
               from attempt join exam on exam.id = attempt.exam join attempt_end on attempt_end.attempt = attempt.id
               join items on items.attempt = attempt.id
               join (select attempt, place, arg_max(text, seq) as text from attempt_answer group by attempt, place) said
                 on said.attempt = attempt.id and said.place >= items.n
               where attempt.project = ? and attempt.account <> ? and trim(coalesce(said.text, '')) <> ''
                 and attempt.id not in (select attempt from qualification)
                 and not exists (select 1 from written_mark
                                 where written_mark.attempt = attempt.id and written_mark.place = said.place)
               order by attempt_end.made_at, said.place""",
            [project, actor.account],
        )
    found = []
    for attempt, place, exam, written, text, offset in rows:
        question = json.loads(written)[offset]
        found.append(ToMark(attempt, place, exam, question["text"], question["points"], text))
    return found


def give_points(
    store: Store, actor: Actor, project: int, attempt: int, place: int, points: float, comment: str = ""
) -> None:  # fmt: skip
    """Marks one written answer; the last one concludes the attempt.

    Raises:
        Stale: somebody has marked it.
        NotAllowed: it is one's own.
        BadInput: more points than the question has.
    """
    require(actor, Act.MANAGE_EXAMS, project)

    def act(tx: Tx) -> None:
        row = attempts.one(tx, attempt)
        if row["project"] != project:
            raise NotFound("There is no attempt {attempt}.", attempt=attempt)
        if row["account"] == actor.account:
            raise NotAllowed("Nobody marks his own exam.")
        if row["why"] is None:
            raise BadInput("This attempt is still under way.")
        written = json.loads(row["written"])
        items = tx.value("select count(*) from attempt_item where attempt = ?", [attempt])
        if not items <= place < items + len(written):
            raise NotFound("The exam has no place {place} of this kind.", place=place)
        most = written[place - items]["points"]
        if not 0 <= points <= most:
            raise BadInput("This answer can have 0 to {most} points; {points} were given.", most=most, points=points)
        if tx.one("select 1 from written_mark where attempt = ? and place = ?", [attempt, place]):
            raise Stale("Somebody has marked this answer already.")
        act_id = tx.new_act("exam.mark", actor, project, attempt=attempt, place=place)
        tx.insert(
            "written_mark", attempt=attempt, place=place, points=points, comment=comment.strip()[:LONGEST_TEXT],
            made_by=actor.account, made_at=tx.now, act=act_id,
        )  # fmt: skip
        answered = tx.value(
            """select count(*) from (select place from attempt_answer where attempt = ? and place >= ?
               group by place having trim(coalesce(arg_max(text, seq), '')) <> '')""",
            [attempt, items],
        )
        if tx.value("select count(*) from written_mark where attempt = ?", [attempt]) >= answered:
            _conclude(tx, row, act_id)

    store.act(act)
