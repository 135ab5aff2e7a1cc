"""What the torture asks of a server besides the product's own commands: run in the server's process, over its socket.

A lead's decisions are made on pages; here the same services are called as a page calls them, so that what the store
confirms of them can be written down beside the graders' answers.
"""

from __future__ import annotations

import zlib
from contextlib import suppress
from typing import Any

import duckdb

from relevance.acts import command_act
from relevance.errors import Stale
from relevance.roles import Actor, Role
from relevance.runtime import Runtime
from relevance.services import disputes, questions
from relevance.services.commands import account_of
from relevance.store.store import Tx

DECISIONS = "select id, item, kind, level, reason from decision"
QUESTION_ANSWERS = "select question, text from question_answer"
QUESTION_EVERY = 4  # one in so many rulings answers a question about a clip, where one is open


@command_act("torture.rule")
def rule(rt: Runtime, project: int, reason: str) -> dict[str, Any] | None:
    """The lead rules on a dispute or answers a question; `reason` names this ruling alone. None: there is nothing to rule on."""
    lead = Actor(account_of(rt, "lead"), roles={project: frozenset({Role.LEAD})})
    draw = zlib.crc32(reason.encode())
    if draw % QUESTION_EVERY == 0:
        asked = questions.of(rt.store, lead, project, limit=5)
        if asked:
            one = asked[draw % len(asked)]
            try:
                questions.answer(rt.store, lead, one.id, "grade", reason)
            except Stale:
                return None
            return {"question": one.id}
    rows = disputes.page(rt.store, lead, project, limit=20).rows
    if not rows:
        return None
    seen = rows[draw % len(rows)]
    try:
        if draw % 5 == 1:
            number = disputes.send_back(rt.store, lead, seen.item, 1, reason, seen.version)
            return {"decision": number, "item": seen.item, "kind": "return", "level": None}
        number = disputes.decide(rt.store, lead, seen.item, draw % 4, reason, None, seen.version)
    except Stale:  # a grader was quicker: nothing was written
        return None
    return {"decision": number, "item": seen.item, "kind": "level", "level": draw % 4}


@command_act("torture.seen")
def seen(rt: Runtime) -> dict[str, Any]:
    """What is under way: imports that are not committed, sources that are there, whether the second copy has all that is."""
    assert rt.history is not None
    with rt.store.reader() as reader:
        return {
            "imports": reader.value("select count(*) from import where committed_at is null"),
            "sources": reader.value("select count(*) from source"),
            "copied": rt.history.failure is None and rt.history.behind() == 0,
        }


@command_act("torture.checkpoint")
def checkpoint(rt: Runtime) -> None:
    """Folds the log into the file, by the writer, as it does by itself where the log has grown to 16 MB."""

    def fold(tx: Tx) -> None:
        if not rt.store._begun:  # by another act of this commit
            with suppress(duckdb.Error):  # somebody reads just now
                tx.con.execute("checkpoint")

    rt.store.act(fold)


@command_act("torture.records")
def records(rt: Runtime, assignments: list[int], seqs: list[int]) -> dict[str, Any]:
    """What the store has of these answers, and all rulings."""
    with rt.store.reader(snapshot=True) as reader:
        return {
            "answers": reader.all(
                "select assignment, seq, level, flag, note, counts from answer"
                " where (assignment, seq) in (select unnest(?), unnest(?))",
                [assignments, seqs],
            ),
            "decisions": reader.all(DECISIONS),
            "question_answers": reader.all(QUESTION_ANSWERS),
        }
