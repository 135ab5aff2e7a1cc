"""What graders ask their lead about an item without leaving the run, and what he replies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from relevance.errors import BadInput, NotFound, Stale
from relevance.roles import Act, Actor, require
from relevance.services import disputes
from relevance.store.store import Store, Tx


@dataclass(frozen=True, slots=True)
class AskRow:
    """A grader's question to the lead, and its answer."""

    id: int
    assignment: int
    item: int
    grader: int
    name: str
    text: str
    made_at: datetime
    reply: str | None
    replied_at: datetime | None
    keyword_zh: str | None
    keyword_en: str | None
    content_id: str


def of(
    store: Store, actor: Actor, project: int, mine: bool = False, open_only: bool = False, limit: int = 200
) -> list[AskRow]:  # fmt: skip
    """Graders' questions to their lead, the newest first; `mine`: the actor's own."""
    require(actor, Act.GRADE if mine else Act.SEE_DISPUTES, project)
    with store.reader() as reader:
        return [
            AskRow(*row)
            for row in reader.all(
                f"""select ask.id, ask.assignment, ask.item, ask.grader, coalesce(person.name, '-'), ask.text, ask.made_at,
                           ask_reply.text, ask_reply.made_at, text_zh, text_en, content_id
                    from ask left join ask_reply on ask_reply.ask = ask.id left join person on person.account = ask.grader
                    join item on item.id = ask.item join keyword on keyword.id = item.keyword
                    join clip on clip.id = item.clip
                    where ask.project = ? {"and ask.grader = ?" if mine else ""}
                    {"and ask_reply.text is null" if open_only else ""} order by ask.id desc limit ?""",
                [project, *([actor.account] if mine else []), limit],
            )
        ]


def reply(store: Store, actor: Actor, ask: int, text: str) -> None:
    """Answers a grader's question, once.

    Raises:
        Stale: it has been answered.
    """
    text = text.strip()
    if not 1 <= len(text) <= disputes.LONGEST_TEXT:
        raise BadInput("An answer needs a text of 1 to {most} characters.", most=disputes.LONGEST_TEXT)

    def act(tx: Tx) -> None:
        row = tx.one("select project from ask where id = ?", [ask])
        if row is None:
            raise NotFound("There is no such question ({ask}).", ask=ask)
        require(actor, Act.ANSWER_QUESTION, row[0])
        if tx.one("select 1 from ask_reply where ask = ?", [ask]):
            raise Stale("This question has been answered already.")
        tx.new_act("ask.reply", actor, row[0], ask=ask)
        tx.insert("ask_reply", ask=ask, text=text, made_by=actor.account, made_at=tx.now)

    store.act(act)
