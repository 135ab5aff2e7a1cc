"""Single questions to the client, between meetings: a link, one clip, what is asked, two or three answers, a comment.

The link is all that the client needs; only its hash is kept. It opens this one question and its clip until it is
answered, taken back or expired, and never says who graded what. An answer is a record; a lead lets it settle the item
and what stands in its cluster.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from relevance.errors import BadInput, NotFound, Stale
from relevance.precedents import Scope
from relevance.roles import Act, Actor, require
from relevance.services import cluster_ruling, second_look
from relevance.services.cluster_ruling import Ruling, Settled
from relevance.store.store import Reader, Store, Tx

DAYS = 7
LONGEST = 500


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that the client may give: the level that it means, and the words for it."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What the link shows. No grade, no grader, no other item."""

    id: int
    project: int
    text: str
    choices: tuple[Choice, ...]
    keyword: str
    keyword_note: str | None
    content_id: str
    captions: bool
    start_ms: int | None
    end_ms: int | None
    language: str
    answer: int | None
    comment: str | None


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question as the triage page lists it."""

    id: int
    item: int
    cluster: str | None
    text: str
    choices: tuple[Choice, ...]
    keyword_zh: str | None
    keyword_en: str | None
    made_at: datetime
    expires_at: datetime
    state: str  # waiting, answered, expired, taken_back
    level: int | None
    comment: str | None
    answered_at: datetime | None
    applied: bool


def ask(
    store: Store, actor: Actor, project: int, item: int, text: str, choices: Sequence[Choice], language: str = "zh",
    cluster: str | None = None, days: float = DAYS,
) -> tuple[int, str]:  # fmt: skip
    """Asks the client one question about a disputed item. Returns its number and the link's token, told only once.

    Raises:
        BadInput: no text, not two or three answers of different levels, or a day outside 1 to 60.
        NotFound: the item is not disputed in this project.
    """
    require(actor, Act.TRIAGE, project)
    text = text.strip()
    if not 1 <= len(text) <= LONGEST:
        raise BadInput("A question has 1 to {most} characters.", most=LONGEST)
    if not 2 <= len(choices) <= 3 or len({one.level for one in choices}) < len(choices):
        raise BadInput("The client chooses between two or three answers, each with another level.")
    if any(one.level not in (0, 1, 2, 3) or not 1 <= len(one.text.strip()) <= LONGEST for one in choices):
        raise BadInput("Each answer has a level and a text of 1 to {most} characters.", most=LONGEST)
    if language not in ("zh", "en"):
        raise BadInput("The language {language} is none of zh, en.", language=language)
    if not 1 <= days <= 60:
        raise BadInput("A link is good for 1 to 60 days; {days} were asked for.", days=days)
    token = secrets.token_urlsafe(32)

    def act(tx: Tx) -> int:
        live = tx.live.items.get(item)
        if live is None or live.project != project or live.standing.state != "disputed":
            raise NotFound("Item {item} is not disputed.", item=item)
        number = tx.new_id("client_question")
        tx.insert(
            "client_question", id=number, project=project, item=item, cluster=cluster,
            text_zh=text if language == "zh" else None, text_en=text if language == "en" else None,
            choices=json.dumps([{"level": one.level, "text": one.text.strip()} for one in choices], ensure_ascii=False),
            language=language, token_hash=_hash(token), expires_at=tx.now + timedelta(days=days),
            made_by=actor.account, made_at=tx.now, act=tx.new_act("client_question.ask", actor, project, question=number, item=item),
        )  # fmt: skip
        return number

    return store.act(act), token


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def opened(store: Store, token: str) -> Asked:
    """What a link shows.

    Raises:
        NotFound: there is no such link, or it is good no more: these look the same.
    """
    with store.reader() as reader:
        return _asked(reader, token, store.clock.now())


def _asked(reader: Reader, token: str, now: datetime) -> Asked:
    row = reader.one(
        """select q.id, q.project, coalesce(q.text_zh, q.text_en), choices, keyword.text_zh, keyword.text_en,
                  keyword.note, content_id, captions is not null, item.start_ms, item.end_ms, q.language, choice,
                  comment, expires_at, e.question is not null, removed_at is not null
           from client_question q join item on item.id = q.item join keyword on keyword.id = item.keyword
           join clip on clip.id = item.clip left join client_question_answer a on a.question = q.id
           left join client_question_end e on e.question = q.id where token_hash = ?""",
        [_hash(token)],
    )
    if row is None or row[14] <= now or row[15] or row[16]:
        raise NotFound("This link is good no more. Ask whoever sent it for a new one.")
    zh, en = row[4], row[5]
    return Asked(
        id=row[0], project=row[1], text=row[2], choices=_choices(row[3]),
        keyword=(zh or en) if row[11] == "zh" else (en or zh), keyword_note=row[6], content_id=row[7], captions=row[8],
        start_ms=row[9], end_ms=row[10], language=row[11], answer=row[12], comment=row[13],
    )  # fmt: skip


def _choices(text: str) -> tuple[Choice, ...]:
    return tuple(Choice(int(one["level"]), str(one["text"])) for one in json.loads(text))


def answer(store: Store, token: str, choice: int, comment: str = "") -> None:
    """The client answers, once.

    Raises:
        NotFound: the link is good no more.
        BadInput: no such answer, or too long a comment.
        Stale: it was answered already.
    """
    comment = comment.strip()
    if len(comment) > LONGEST:
        raise BadInput("A comment has at most {most} characters.", most=LONGEST)

    def act(tx: Tx) -> None:
        asked = _asked(tx, token, tx.now)
        if asked.answer is not None:
            raise Stale("This question has been answered already.")
        if not 0 <= choice < len(asked.choices):
            raise BadInput("Choose one of the answers.")
        who = Actor(account=0)  # whoever holds the link; the audit log has the question
        number = tx.new_act("client_question.answer", who, asked.project, question=asked.id, choice=choice)
        tx.insert(
            "client_question_answer", question=asked.id, choice=choice, level=asked.choices[choice].level,
            comment=comment, made_at=tx.now, act=number,
        )  # fmt: skip

    store.act(act)


def take_back(store: Store, actor: Actor, project: int, question: int) -> None:
    """The link opens no more.

    Raises:
        NotFound: no such question in this project.
        Stale: it was answered, or taken back before.
    """
    require(actor, Act.TRIAGE, project)

    def act(tx: Tx) -> None:
        row = tx.one(
            """select exists (select 1 from client_question_answer where question = q.id),
                      exists (select 1 from client_question_end where question = q.id)
               from client_question q where id = ? and project = ?""",
            [question, project],
        )
        if row is None:
            raise NotFound("There is no question {question}.", question=question)
        if row[0]:
            raise Stale("This question has been answered already.")
        if row[1]:
            raise Stale("This question was taken back already.")
        number = tx.new_act("client_question.take_back", actor, project, question=question)
        tx.insert("client_question_end", question=question, made_by=actor.account, made_at=tx.now, act=number)

    store.act(act)


def of(store: Store, actor: Actor, project: int, limit: int = 100) -> list[QuestionRow]:
    """A project's single questions, the newest first."""
    require(actor, Act.SEE_DISPUTES, project)
    now = store.clock.now()
    with store.reader() as reader:
        rows = reader.all(
            """select q.id, q.item, q.cluster, coalesce(q.text_zh, q.text_en), choices, keyword.text_zh, keyword.text_en,
                      q.made_at, expires_at, a.level, a.comment, a.made_at, e.question is not null
               from client_question q join item on item.id = q.item join keyword on keyword.id = item.keyword
               left join client_question_answer a on a.question = q.id
               left join client_question_end e on e.question = q.id
               where q.project = ? order by q.id desc limit ?""",
            [project, limit],
        )
    found = []
    for row in rows:
        live = store.live.items.get(row[1])
        open_ = live is not None and live.standing.state == "disputed"
        state = "answered" if row[9] is not None else "taken_back" if row[12] else "expired" if row[8] <= now else "waiting"  # fmt: skip
        found.append(
            QuestionRow(
                row[0], row[1], row[2], row[3], _choices(row[4]), row[5], row[6], row[7], row[8], state, row[9], row[10],
                row[11], applied=not open_,
            )
        )  # fmt: skip
    return found


def answered_too(rows: Sequence[QuestionRow], question: int, items: Sequence[int]) -> list[tuple[int, int]]:
    """What the client said of further ones of these items in other questions: item, level; the newest answer of each.

    His own word on a second clip is the best second look that there is.
    """
    found: dict[int, int] = {}
    own = next((row.item for row in rows if row.id == question), None)
    for row in rows:  # the newest first
        if row.id != question and row.level is not None and row.item in items and row.item != own:
            found.setdefault(row.item, row.level)
    return list(found.items())[:2]


def apply(
    store: Store, actor: Actor, project: int, question: int, items: Sequence[int], reason: str,
    looks: Sequence[tuple[int, int]] = (), scope: Scope = "keyword", supersedes: int | None = None,
) -> Settled:  # fmt: skip
    """A lead lets the client's answer settle disputes: the question's own and those of its cluster that he named.

    It ends as a rule like any other decision: the question's item becomes the precedent, its like are carried on as one act
    with a sample, which can be taken back. What is not disputed any more among these is left as it is.

    Args:
        looks: what the client or the lead said of further clips, where there are many (`second_look.looked`).
        scope: how far the precedent holds.
        supersedes: the earlier precedent whose place it takes.

    Raises:
        NotFound: there is no such question, or no answer yet.
        BadInput: no reason; too few clips of many were judged, or most of them otherwise.
        Stale: the question's item was decided meanwhile, or the earlier precedent has been superseded already.
    """
    require(actor, Act.DECIDE, project)
    with store.reader() as reader:
        row = reader.one(
            """select a.level, q.item from client_question_answer a join client_question q on q.id = a.question
               where q.id = ? and q.project = ?""",
            [question, project],
        )
    if row is None:
        raise NotFound("Question {question} has no answer yet.", question=question)
    level, own = int(row[0]), int(row[1])
    others = [one for one in dict.fromkeys(items) if one != own]
    others = second_look.looked(level, looks, others, second_look.check_from(store, project), own)
    ruling = Ruling(level, reason, None, scope, supersedes, tuple(looks))
    return cluster_ruling.end(
        store, actor, project, own, others, ruling, "client_question.apply", question=question
    )  # fmt: skip
