"""Questions about a clip or a keyword: a flag opens one, its items wait, and one answer goes for all of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from relevance.errors import BadInput, NotFound, Stale
from relevance.items import FINAL
from relevance.roles import Act, Actor, require
from relevance.services import disputes
from relevance.services.states import restate
from relevance.store.live import LiveItem
from relevance.store.load import load_item
from relevance.store.store import Reader, Store, Tx


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question about a clip or a keyword, with what its flaggers wrote and how many items hang on it."""

    id: int
    kind: str
    subject: int
    keyword_zh: str | None
    keyword_en: str | None
    keyword_note: str | None
    clip_name: str | None
    content_id: str | None
    strip: dict[str, Any]
    waiting: int
    flags: tuple[tuple[str, str], ...]
    made_at: datetime
    outcome: str | None = None
    level: int | None = None
    text: str | None = None


def of(store: Store, actor: Actor, project: int, answered: bool = False, limit: int = 200) -> list[QuestionRow]:
    """The questions about clips and keywords: open ones with most items waiting first, or the newest answered ones."""
    require(actor, Act.SEE_DISPUTES, project)
    with store.reader(snapshot=True) as reader:
        rows = reader.rows(
            f"""select question.id, kind, subject, text_zh as keyword_zh, text_en as keyword_en,
                       keyword.note as keyword_note, clip.name as clip_name, content_id, strip, question.made_at,
                       outcome, level, question_answer.text
                from question left join question_answer on question_answer.question = question.id
                left join keyword on kind = 'keyword' and keyword.id = subject
                left join clip on kind = 'clip' and clip.id = subject
                where question.project = ? and (outcome is {"not " if answered else ""}null)
                order by coalesce(question_answer.made_at, question.made_at) desc limit ?""",
            [project, limit],
        )
        found = []
        for row in rows:
            column = "clip" if row["kind"] == "clip" else "keyword"
            flag = "bad_clip" if row["kind"] == "clip" else "unclear_keyword"
            flags = reader.all(
                f"""select coalesce(person.name, '-'), coalesce(flag_text, '') from answer
                    join item on item.id = answer.item left join person on person.account = answer.grader
                    where item.{column} = ? and flag = ? order by answer.made_at limit 20""",
                [row["subject"], flag],
            )
            row["strip"] = json.loads(row["strip"] or "{}")
            waiting = 0 if answered else len(_hanging(reader, project, row["kind"], row["subject"]))
            found.append(QuestionRow(waiting=waiting, flags=tuple(flags), **row))
    return found if answered else sorted(found, key=lambda one: -one.waiting)


def _hanging(reader: Reader, project: int, kind: str, subject: int) -> list[int]:
    """The items of a clip or keyword that are neither settled nor final."""
    column = "clip" if kind == "clip" else "keyword"
    return [
        item
        for (item,) in reader.all(
            f"""with mine as (
                    select id from item where {column} = ? and project = ?
                    and import in (select id from import where committed_at is not null)),
                last as (
                    select item, max_by(state, id) as state from item_event where item in (select id from mine) group by item)
                select mine.id from mine left join last on last.item = mine.id
                where coalesce(last.state, 'open') in ('open', 'disputed') order by 1""",
            [subject, project],
        )
    ]


def answer(
    store: Store, actor: Actor, question: int, outcome: str, text: str, level: int | None = None
) -> int:  # fmt: skip
    """Answers a question once, for all items that hang on it. Returns how many items that were.

    Args:
        outcome: grade (go on; the text stands beside the clip or keyword from now on), withdraw (the items get no
            label), or level (they all get this one).

    Raises:
        Stale: somebody answered it first.
        BadInput: an unknown outcome, no text, or no level where one is needed.
    """
    text = text.strip()
    if outcome not in ("grade", "withdraw", "level"):
        raise BadInput("The outcome {outcome} is none of grade, withdraw, level.", outcome=outcome)
    if not 1 <= len(text) <= disputes.LONGEST_TEXT:
        raise BadInput("An answer needs a text of 1 to {most} characters.", most=disputes.LONGEST_TEXT)
    if outcome == "level" and level not in (0, 1, 2, 3):
        raise BadInput("The level {level} is none of 0, 1, 2, 3.", level=level)
    with store.reader() as reader:
        row = reader.one("select project, kind, subject from question where id = ?", [question])
        if row is None:
            raise NotFound("There is no question {question}.", question=question)
        project, kind, subject = row
        require(actor, Act.ANSWER_QUESTION, project)
        hanging = _hanging(reader, project, kind, subject)

    def start(tx: Tx) -> int:
        _still_open(tx, project, kind, subject, question)
        return tx.new_act("question.answer", actor, project, question=question, outcome=outcome, level=level)

    act_id = store.act(start)
    ruled = "level" if outcome == "level" else "withdraw"

    def piece(part: Sequence[int]) -> Callable[[Tx], None]:
        def act(tx: Tx) -> None:
            _still_open(tx, project, kind, subject, question)
            for number in part:
                item = tx.live.get(number) or _adopt(tx, number)
                if item is not None and item.standing.state not in {*FINAL, "settled"}:
                    tx.live.touch(item)
                    disputes.record(
                        tx, actor, item, ruled, level if ruled == "level" else None, 0, text, None, question, act_id
                    )
                    restate(tx, item, act_id)

        return act

    if outcome != "grade":
        for at in range(0, len(hanging), disputes.PIECE):
            store.act(piece(hanging[at : at + disputes.PIECE]))

    # Last, so that a crash in the middle leaves the question open and the rest to be answered again.
    def finish(tx: Tx) -> None:
        _still_open(tx, project, kind, subject, question)
        tx.insert(
            "question_answer",
            question=question,
            outcome=outcome,
            level=level if outcome == "level" else None,
            text=text,
            made_by=actor.account,
            made_at=tx.now,
            act=act_id,
        )
        tx.live.unhold(project, kind, subject)

    store.act(finish)
    return len(hanging)


def _still_open(tx: Tx, project: int, kind: str, subject: int, question: int) -> None:
    if tx.live.projects[project].held.get((kind, subject)) != question:
        row = tx.one(
            """select coalesce(person.name, '-') from question_answer
               left join person on person.account = question_answer.made_by where question = ?""",
            [question],
        )
        raise Stale("{name} has already answered this question.", name=row[0] if row else "-")


def _adopt(tx: Tx, item: int) -> LiveItem | None:
    """An item that nobody has touched, taken out of the line and brought to hand."""
    found = load_item(tx, tx.live, item)
    if found is not None:
        tx.live.projects[found.project].line.forget(found.batch, found.keyword, item)
    return found
