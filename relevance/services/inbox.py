"""What comes back to a grader: answers that were overturned, outcomes of appeals, and his lead's replies.

Nothing here names another grader, or what others graded.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from relevance.errors import BadInput, NotFound, Stale
from relevance.roles import Act, Actor, require
from relevance.services.reopenings import reopen
from relevance.store.load import load_item
from relevance.store.store import Store, Tx

LONGEST = 2000
WEEKLY = 10  # appeals a week, unless the project sets `appeals_a_week`
FEW = 3  # shown before a run

# A grader's newest answers whose item a person or a rule has decided otherwise since.
_OVERTURNED = """
    with mine as (
        select assignment, any_value(item) as item, any_value(round) as round, max_by({v: level}, seq) as said,
               max_by(rule, seq) as my_rule, max_by(evidence_ms, seq) as evidence, max(made_at) as answered_at
        from answer where grader = ? and purpose in ('work', 'audit') group by assignment),
    last as (
        select d.item, max(d.id) as decision from decision d
        where d.project = ? and d.kind = 'level' and d.id not in (select decision from ruling_undone)
          and d.item in (select item from mine) group by d.item)
    select mine.assignment, d.id, d.item, content_id, item.start_ms, item.end_ms, text_zh, text_en, mine.said.v, d.level,
           d.reason, d.rule, d.made_at, g.precedent, a.said, a.text, a.made_at, later.level, later.reason,
           s.subject is not null, mine.evidence, later.id
    from mine join last on last.item = mine.item
    left join inbox_answer a on a.assignment = mine.assignment
    join decision d on d.id = coalesce(a.decision, last.decision)
    left join decision later on later.id = last.decision and a.said = 'appeal' and last.decision > a.decision
    join item on item.id = mine.item join clip on clip.id = item.clip join keyword on keyword.id = item.keyword
    left join propagation_item p on p.decision = d.id left join propagation g on g.id = p.propagation
    left join inbox_seen s on s.account = ? and s.subject = coalesce(later.id, d.id)
        and s.kind = case when later.id is null then 'overturned' else 'outcome' end
    where mine.said.v is not null and d.level <> mine.said.v and d.made_at >= mine.answered_at
    order by coalesce(later.id, d.id) desc limit ?"""


@dataclass(frozen=True, slots=True)
class Overturned:
    """An answer of mine that was decided otherwise. `said`: agree, appeal, or None; `outcome`: the appeal's, if decided."""

    assignment: int
    decision: int
    item: int
    content_id: str
    start_ms: int | None
    end_ms: int | None
    keyword_zh: str | None
    keyword_en: str | None
    mine: int
    level: int
    reason: str
    rule: str | None
    decided_at: datetime
    precedent: int | None
    said: str | None
    text: str | None
    said_at: datetime | None
    outcome: int | None
    outcome_reason: str | None
    seen: bool
    evidence: str
    outcome_decision: int | None


@dataclass(frozen=True, slots=True)
class Reply:
    """My question to my lead, and the reply."""

    ask: int
    item: int
    text: str
    reply: str
    replied_at: datetime
    seen: bool


def overturned(store: Store, actor: Actor, project: int, limit: int = 50) -> list[Overturned]:
    """My answers that were decided otherwise, the newest first."""
    require(actor, Act.GRADE, project)
    with store.reader() as reader:
        return [Overturned(*row) for row in reader.all(_OVERTURNED, [actor.account, project, actor.account, limit])]


def replies(store: Store, actor: Actor, project: int, limit: int = 50) -> list[Reply]:
    """What my lead replied to me, the newest first."""
    require(actor, Act.GRADE, project)
    with store.reader() as reader:
        return [
            Reply(*row)
            for row in reader.all(
                """select ask.id, ask.item, ask.text, r.text, r.made_at, s.subject is not null
                   from ask join ask_reply r on r.ask = ask.id
                   left join inbox_seen s on s.account = ask.grader and s.kind = 'reply' and s.subject = ask.id
                   where ask.grader = ? and ask.project = ? order by r.made_at desc limit ?""",
                [actor.account, project, limit],
            )
        ]


def unread(store: Store, actor: Actor, project: int, few: int = FEW) -> tuple[list[Overturned], list[Reply]]:
    """What was not seen yet, at most a few of all: shown before the next run."""
    told = [one for one in overturned(store, actor, project) if not one.seen][:few]
    return told, [one for one in replies(store, actor, project) if not one.seen][: few - len(told)]


def see(store: Store, actor: Actor, project: int, kind: str, subject: int) -> None:
    """Notes that it was read; again does nothing."""
    require(actor, Act.GRADE, project)

    def act(tx: Tx) -> None:
        if tx.one(
            "select 1 from inbox_seen where account = ? and kind = ? and subject = ?", [actor.account, kind, subject]
        ):
            return
        tx.new_act("inbox.see", actor, project, kind=kind, subject=subject)
        tx.insert("inbox_seen", account=actor.account, kind=kind, subject=subject, made_at=tx.now)

    store.act(act)


def appeals_left(store: Store, actor: Actor, project: int) -> int:
    """How many appeals a grader may still make within seven days."""
    with store.reader() as reader:
        made = reader.value(_MADE, [actor.account, project, store.clock.now() - timedelta(days=7)])
    return max(0, int(store.live.projects[project].settings.get("appeals_a_week", WEEKLY)) - int(made))


_MADE = "select count(*) from inbox_answer where grader = ? and project = ? and said = 'appeal' and made_at > ?"


def agree(store: Store, actor: Actor, assignment: int, decision: int) -> None:
    """The grader agrees with what was decided."""
    _say(store, actor, assignment, decision, "agree", "", ())


def appeal(
    store: Store, actor: Actor, assignment: int, decision: int, text: str, evidence_ms: tuple[int, ...] = ()
) -> None:
    """The grader appeals, with words and evidence times: the item is a dispute again, with a cause of its own.

    Raises:
        BadInput: no words.
        Stale: he said something to it already, it was decided anew meanwhile, or his week's appeals are used up.
        NotFound: it is no answer of his that this decision overturned.
    """
    if not 1 <= len(text.strip()) <= LONGEST:
        raise BadInput("An appeal needs a text of 1 to {most} characters.", most=LONGEST)
    _say(store, actor, assignment, decision, "appeal", text.strip(), evidence_ms)


def _say(
    store: Store, actor: Actor, assignment: int, decision: int, said: str, text: str, evidence_ms: tuple[int, ...]
) -> None:
    def act(tx: Tx) -> None:
        row = tx.one(
            """select item.id, item.project, d.level, max_by(a.level, a.seq) from answer a join item on item.id = a.item
               join decision d on d.item = item.id and d.id = ? and d.kind = 'level'
               where a.assignment = ? and a.grader = ? group by all""",
            [decision, assignment, actor.account],
        )
        if row is None or row[3] is None or row[2] == row[3]:
            raise NotFound("This is no answer of yours that was decided otherwise.")
        item, project = row[0], row[1]
        require(actor, Act.GRADE, project)
        if tx.one("select 1 from inbox_answer where assignment = ?", [assignment]):
            raise Stale("You have answered this already.")
        live = tx.live.get(item) or load_item(tx, tx.live, item)
        last = [ruling.id for ruling in live.rulings] if live is not None else []
        if live is None or live.standing.state != "decided" or last[-1] != decision:
            raise Stale("This was decided anew meanwhile. Look again.")
        made = tx.new_act(f"inbox.{said}", actor, project, assignment=assignment, decision=decision)
        reopening = None
        if said == "appeal":
            most = int(tx.live.projects[project].settings.get("appeals_a_week", WEEKLY))
            if tx.value(_MADE, [actor.account, project, tx.now - timedelta(days=7)]) >= most:
                raise Stale("You have made {most} appeals within seven days; that is this project's limit.", most=most)
            reopening = reopen(tx, actor, live, "appeal", made)
        tx.insert(
            "inbox_answer", assignment=assignment, decision=decision, grader=actor.account, project=project, said=said,
            text=text, evidence_ms=json.dumps(list(evidence_ms)), reopening=reopening, made_at=tx.now, act=made,
        )  # fmt: skip

    store.act(act)


def appeal_of(store: Store, actor: Actor, item: int) -> list[tuple[str, str, datetime]]:
    """Appeals on an item for who decides: words, evidence times (JSON), when; without a name."""
    with store.reader() as reader:
        project = reader.value("select project from item where id = ?", [item])
        require(actor, Act.SEE_DISPUTES, project)
        return [
            (row[0], row[1], row[2])
            for row in reader.all(
                """select i.text, i.evidence_ms, i.made_at from inbox_answer i join answer a on a.assignment = i.assignment
                   where a.item = ? and a.seq = 0 and i.said = 'appeal' order by i.made_at""",
                [item],
            )
        ]
