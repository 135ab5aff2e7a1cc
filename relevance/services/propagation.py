"""A decision carried on to its like: seen first, applied as one act, undone as one act, and proved by a sample.

Every item gets a decision of its own, whose row of `propagation_item` says what it rests on. Undo takes these decisions
out of the count (`ruling_undone`), and with them what reopened an item because of them; what a person decided after
them stays. Graders go on meanwhile: an item is ruled on as it stands when its piece is written.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from relevance.errors import BadInput, NotFound, Stale
from relevance.precedents import Precedent, reaches
from relevance.propagation import contradicted, disagreement, sample_size
from relevance.roles import SYSTEM, Act, Actor, allowed, require
from relevance.services import disputes, second_look
from relevance.services.reopenings import reopen
from relevance.services.second_look import Basis
from relevance.services.states import restate
from relevance.store.live import LiveItem
from relevance.store.load import load_items
from relevance.store.rows import marks
from relevance.store.store import Reader, Store, Tx

PIECE = 200  # items in one act, since graders go on meanwhile
SHARE = 0.05  # of what a rule settled, graded once more
_chance = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """An item before a decision is carried on to it. apart: mean distance of its grades, in levels. stays: why it is not touched."""

    item: int
    state: str
    level: int | None
    levels: tuple[int, ...]
    apart: float
    changes: bool
    stays: str | None
    content_id: str
    keyword_zh: str | None
    keyword_en: str | None


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo did: how many items went back to where their records put them, and which stay since they were decided anew."""

    act: int
    back: int
    stayed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PropagationRow:
    """A decision that was carried on. sampled, answered, differ: its sample, as far as it is graded."""

    id: int
    kind: str
    level: int | None
    reason: str
    rule: str | None
    precedent: int | None
    made_by: int
    made_at: datetime
    items: int
    undone_at: datetime | None
    sampled: int
    answered: int
    differ: int


UNDECIDED = frozenset({"open", "settled", "disputed"})  # nobody has ruled on it in person


def _known(tx: Tx, numbers: Sequence[int]) -> dict[int, LiveItem]:
    known = {number: item for number in numbers if (item := tx.live.get(number)) is not None}
    return known | load_items(tx, tx.live, [number for number in numbers if number not in known])


def _stays(item: LiveItem) -> str | None:
    """Why a rule does not touch an item: a person decided it, or nobody has graded it yet."""
    if item.standing.state in ("decided", "withdrawn"):
        return item.standing.state
    return None if item.given or item.rulings else "untouched"


def preview(store: Store, actor: Actor, project: int, items: Sequence[int], level: int) -> list[PreviewRow]:
    """What a decision would meet: each item with its grades, those that disagree most with it first; nothing changes.

    Raises:
        NotAllowed: the actor may not see the project's disputes.
    """
    require(actor, Act.SEE_DISPUTES, project)
    rows: list[PreviewRow] = []
    numbers = list(dict.fromkeys(items))
    for start in range(0, len(numbers), PIECE):
        part = numbers[start : start + PIECE]
        known = store.act(partial(_known, numbers=part))
        with store.reader() as reader:
            about = {
                row[0]: row[1:]
                for row in reader.all(
                    f"""select item.id, content_id, text_zh, text_en from item join clip on clip.id = item.clip
                        join keyword on keyword.id = item.keyword where item.project = ? and item.id in ({marks(part)})""",
                    [project, *part],
                )
            }
        for item in known.values():
            if item.id not in about:
                continue
            levels, at = tuple(sorted(item.levels())), item.standing
            rows.append(
                PreviewRow(
                    item.id, at.state, at.level, levels, disagreement(levels, level),
                    at.level is not None and at.level != level, _stays(item), *about[item.id],
                )
            )  # fmt: skip
    return sorted(rows, key=lambda row: (-row.apart, row.item))


def basis_of(precedent: Precedent) -> Basis:
    """A precedent as what is carried on."""
    return Basis(precedent.level, precedent.reason, precedent.rule, precedent=precedent.id)


def settle_like(
    store: Store, actor: Actor, project: int, precedent: Precedent, items: Sequence[int],
    looks: Sequence[tuple[int, int]] = (),
) -> int:  # fmt: skip
    """Carries an earlier precedent on to its like. Returns the act's number. `looks`: as `second_look.looked` wants them.

    Raises:
        The same as `apply` and `second_look.looked`.
    """
    require(actor, Act.DECIDE, project)
    basis = basis_of(precedent)
    before = second_look.earlier(store, project, basis)
    chosen = second_look.looked(precedent.level, looks, items, second_look.check_from(store, project), before=before)
    return apply(
        store, actor, project, chosen, precedent.level, precedent.reason, precedent.rule, precedent=precedent.id,
        looks=looks, check=second_look.alone(project, basis, before),
    )  # fmt: skip


def apply(
    store: Store, actor: Actor, project: int, items: Sequence[int], level: int | None, reason: str,
    rule: str | None = None, precedent: int | None = None, decision: int | None = None, amendment: int | None = None,
    share: float = SHARE, extra: int = 2, states: frozenset[str] = UNDECIDED,
    question: int | None = None, looks: Sequence[tuple[int, int]] = (), check: Callable[[Tx], None] | None = None,
) -> int:  # fmt: skip
    """Carries a decision on to its like, as one act in pieces. Returns the act's number.

    What a person has decided or withdrawn meanwhile, and what nobody has graded, stays as it is. A random sample of
    what was settled is graded once more by somebody who has not had it. level None: the items go back for `extra` more
    grades each, and their labels then say "regrade".

    Args:
        states: only items in one of these are touched, as they stand when their piece is written.
        question: the client's question whose answer it carries on, for the audit log.
        looks: what was said of further clips before (`second_look.looked`), for the audit log.
        check: asked first within the act, and raises where it must not be (`second_look.alone`).

    Raises:
        NotAllowed: the actor may not decide.
        BadInput: no such level, no reason, no items.
    """

    def planned(tx: Tx) -> int:
        if check is not None:
            check(tx)
        return plan(
            tx, actor, project, items, level, reason, rule, precedent, decision, amendment, share, extra, states,
            question, looks,
        )  # fmt: skip

    act = store.act(planned)
    carry(store, act)
    return act


def plan(
    tx: Tx, actor: Actor, project: int, items: Sequence[int], level: int | None, reason: str,
    rule: str | None = None, precedent: int | None = None, decision: int | None = None, amendment: int | None = None,
    share: float = SHARE, extra: int = 2, states: frozenset[str] = UNDECIDED, question: int | None = None,
    looks: Sequence[tuple[int, int]] = (), right: Act = Act.DECIDE,
) -> int:  # fmt: skip
    """`apply`'s intention, recorded within the caller's act; `carry` does it, or the next start where a crash cut it off.

    right: what the actor must be allowed to do; a caller that asks for less has looked at whose the items are.

    Raises:
        The same as `apply`.
    """
    require(actor, right, project)
    reason = reason.strip()
    if level not in (None, 0, 1, 2, 3):
        raise BadInput("The level {level} is none of 0, 1, 2, 3.", level=level)
    if not 1 <= len(reason) <= disputes.LONGEST_TEXT:
        raise BadInput("A decision needs a reason of 1 to {most} characters.", most=disputes.LONGEST_TEXT)
    numbers = list(dict.fromkeys(items))
    if not numbers:
        raise BadInput("No item was named.")
    kind = "precedent" if level is not None else "regrade"
    chosen = _chance.sample(numbers, sample_size(len(numbers), share)) if level is not None else []
    said = {"looks": [list(look) for look in looks]} if looks else {}
    act = tx.new_act(
        f"propagation.{kind}",
        actor,
        project,
        items=len(numbers),
        level=level,
        precedent=precedent,
        question=question,
        **said,
    )
    tx.insert(
        "propagation", id=act, project=project, kind=kind, level=level, reason=reason, rule=rule,
        precedent=precedent, decision=decision, amendment=amendment, made_by=actor.account, made_at=tx.now,
    )  # fmt: skip
    tx.insert(
        "propagation_plan", propagation=act, items=json.dumps(numbers), sample=json.dumps(sorted(chosen)),
        states=json.dumps(sorted(states)), extra=extra,
    )  # fmt: skip
    return act


def carry(store: Store, act: int) -> None:
    """Carries out what was planned, in pieces, as far as it is not done yet; then the receipt that all of it is."""
    with store.reader() as reader:
        row = reader.one(
            """select project, level, reason, rule, made_by, items, sample, states, extra from propagation
               join propagation_plan on propagation_plan.propagation = propagation.id where id = ?""",
            [act],
        )
        done = {item for (item,) in reader.all("select item from propagation_item where propagation = ?", [act])}
    if row is None:
        raise NotFound("There is no propagation {act}.", act=act)
    project, level, reason, rule, made_by = row[:5]
    numbers, chosen, states = (json.loads(text) for text in row[5:8])
    extra, actor = row[8], Actor(made_by)
    left, sampled = [number for number in numbers if number not in done], set(chosen)

    def piece(tx: Tx, part: Sequence[int]) -> None:
        if tx.one("select 1 from propagation_undo where propagation = ?", [act]):
            return
        for item in _known(tx, part).values():
            if item.project != project or item.standing.state not in states or _stays(item) is not None:
                continue
            tx.live.touch(item)
            made = disputes.record(
                tx, actor, item, "level" if level is not None else "return", level, 0 if level is not None else extra,
                reason, rule, None, act, "precedent" if level is not None else "regrade",
            )  # fmt: skip
            tx.insert("propagation_item", decision=made, propagation=act, item=item.id)
            if item.id in sampled:
                tx.insert("propagation_sample", propagation=act, item=item.id, made_at=tx.now)
                item.sampled = True
            restate(tx, item, act)

    for start in range(0, len(left), PIECE):
        store.act(partial(piece, part=left[start : start + PIECE]))
    store.act(lambda tx: tx.insert("receipt", request=f"propagation:{act}", digest="", result="", made_at=tx.now))


def draw(items: Sequence[int], share: float = SHARE) -> list[int]:
    """A random sample of items."""
    return _chance.sample(list(items), sample_size(len(items), share))


def undo(store: Store, actor: Actor, act: int) -> Undone:
    """Takes a propagation back, any time later. What was decided anew after it stays, and is named.

    A reopening (an appeal, a sample) that came after one of its decisions falls with that decision: there is nothing left
    to appeal against, and the item stands again where its earlier records put it.

    Raises:
        NotFound: there is no such propagation.
        NotAllowed: the actor may not decide, and it is none of his own.
        Stale: somebody has undone it already.
    """

    def begin(tx: Tx) -> int:
        row = tx.one("select project, made_by from propagation where id = ?", [act])
        if row is None:
            raise NotFound("There is no propagation {act}.", act=act)
        project, made_by = row
        if not may_undo(actor, project, made_by):
            require(actor, Act.DECIDE, project)
        if tx.one("select 1 from propagation_undo where propagation = ?", [act]):
            raise Stale("Somebody has undone this already.")
        made = tx.new_act("propagation.undo", actor, project, propagation=act)
        tx.insert("propagation_undo", propagation=act, made_by=actor.account, made_at=tx.now, act=made)
        return made

    return _take_back(store, act, store.act(begin))


def may_undo(actor: Actor, project: int, made_by: int) -> bool:
    """Whether the actor may take back what somebody carried on: a lead all, a specialist what was his to decide."""
    return allowed(actor, Act.DECIDE, project) or (
        made_by == actor.account and allowed(actor, Act.SETTLE_CLUSTER, project)
    )


def finish(store: Store) -> int:
    """Finishes what a crash cut off, carryings-on and then undoings; run at start. Returns how many there were."""
    with store.reader() as reader:
        planned = reader.all(
            """select propagation from propagation_plan
               where 'propagation:' || propagation not in (select request from receipt) order by 1"""
        )
        begun = reader.all(
            "select propagation, act from propagation_undo"
            " where 'propagation-undo:' || propagation not in (select request from receipt)"
        )
    for (propagation,) in planned:
        carry(store, propagation)
    for propagation, made in begun:
        _take_back(store, propagation, made)
    return len(planned) + len(begun)


def _take_back(store: Store, act: int, made: int) -> Undone:
    """The pieces of an undoing, and the receipt that all of them are done."""
    with store.reader() as reader:
        rows = reader.all("select decision, item from propagation_item where propagation = ? order by 1", [act])
    stayed: list[int] = []

    def piece(tx: Tx, part: Sequence[tuple[int, int]]) -> list[int]:
        known, stay = _known(tx, [item for _, item in part]), []
        decisions = [decision for decision, _ in part]
        done = {
            one for (one,) in tx.all(f"select decision from ruling_undone where decision in ({marks(part)})", decisions)
        }
        for decision, number in part:
            if decision in done:
                continue  # before a crash
            item = known[number]
            tx.live.touch(item)
            item.sampled = _waits(tx, number)
            if any(ruling.id > decision for ruling in item.rulings):
                stay.append(number)
                restate(tx, item, made)
                continue
            tx.insert("ruling_undone", decision=decision, propagation=act, act=made)
            item.rulings = tuple(ruling for ruling in item.rulings if ruling.id != decision)
            restate(tx, item, made)
        return stay

    for start in range(0, len(rows), PIECE):
        stayed += store.act(partial(piece, part=rows[start : start + PIECE]))

    def receipt(tx: Tx) -> None:
        tx.insert(
            "receipt", request=f"propagation-undo:{act}", digest="", result=str(len(rows) - len(stayed)), made_at=tx.now
        )

    store.act(receipt)
    return Undone(made, len(rows) - len(stayed), tuple(stayed))


def _waits(tx: Tx, item: int) -> bool:
    from relevance.store.load import SAMPLED

    return tx.one(f"select 1 from ({SAMPLED}) where item = ?", [item]) is not None


_SAMPLE = """
    select s.item, a.level from propagation_sample s
    join (select item, made_at, max_by(level, made_at) over (partition by assignment) as level from answer
          where purpose = 'audit' and level is not null and seq = 0) a on a.item = s.item and a.made_at >= s.made_at
    where s.propagation = ?"""


def regraded(tx: Tx, item: LiveItem) -> None:
    """Called in the act that takes a sampled item's new grade: a rule that its sample contradicts comes back as a dispute."""
    found = tx.one(
        """select g.id, g.level, coalesce(p.item, d.item) from propagation_sample s join propagation g on g.id = s.propagation
           left join precedent p on p.id = g.precedent left join decision d on d.id = g.decision
           where s.item = ? and g.id not in (select propagation from propagation_undo) order by g.id desc limit 1""",
        [item.id],
    )
    if found is None:
        return
    propagation, level, example = found
    said = tx.all(_SAMPLE, [propagation])
    differ = sorted({number for number, one in said if one != level})
    if not contradicted(len(said), len(differ)):
        return
    back = [*differ, *([example] if example is not None and example not in differ else [])]
    act = tx.new_act("propagation.contradicted", SYSTEM, item.project, propagation=propagation, items=len(back))
    for one in (item, *_known(tx, [number for number in back if number != item.id]).values()):
        if one.id in back and one.standing.state == "decided":
            reopen(tx, SYSTEM, one, "sample", act)


def _sample(reader: Reader, propagation: int, level: int | None) -> tuple[int, int]:
    said = reader.all(_SAMPLE, [propagation])
    return len(said), sum(one != level for _, one in said)


def of(store: Store, actor: Actor, project: int, limit: int = 50) -> list[PropagationRow]:
    """What was carried on, the newest first, with what its sample says."""
    require(actor, Act.SEE_DISPUTES, project)
    with store.reader() as reader:
        rows = reader.all(
            """select g.id, g.kind, g.level, g.reason, g.rule, g.precedent, g.made_by, g.made_at,
                      (select count(*) from propagation_item i where i.propagation = g.id), u.made_at,
                      (select count(*) from propagation_sample s where s.propagation = g.id)
               from propagation g left join propagation_undo u on u.propagation = g.id
               where g.project = ? order by g.id desc limit ?""",
            [project, limit],
        )
        found = []
        for row in rows:
            whole: list[Any] = [*row, *_sample(reader, row[0], row[2])]
            found.append(PropagationRow(*whole))
        return found


def like(store: Store, actor: Actor, project: int, precedent: Precedent, limit: int = 1000) -> list[int]:
    """Disputed items that a precedent reaches: its keyword's, or its family's where its scope says so."""
    require(actor, Act.SEE_DISPUTES, project)
    disputed = [
        one for one in list(store.live.items.values()) if one.project == project and one.standing.state == "disputed"
    ]
    words = store.recent.rows("keyword", {one.keyword for one in disputed})
    return [
        one.id
        for one in disputed
        if reaches(precedent, one.keyword, words[one.keyword]["family"], one.clip) is not None
    ][:limit]
