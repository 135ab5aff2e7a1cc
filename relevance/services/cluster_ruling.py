"""A cluster decided outside a meeting: by a lead, or by a specialist where the project's setting leaves it to him.

It ends as a rule like any other decision: the item that was looked at is decided and becomes the precedent, its like are
carried on as one act with a sample, and that can be taken back. A specialist decides within the guideline, so he names
the rule; what no rule says goes to the client and the meeting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from relevance.errors import BadInput, NotAllowed
from relevance.precedents import Precedent, Scope
from relevance.roles import Act, Actor, allowed, require
from relevance.services import board, disputes, precedents, propagation, second_look, triage
from relevance.store.store import Store, Tx
from relevance.tiers import Tier


@dataclass(frozen=True, slots=True)
class Ruling:
    """A level with its reason and rule, how far it holds, the earlier precedent whose place it takes, and further looks."""

    level: int
    reason: str
    rule: str | None
    scope: Scope = "keyword"
    supersedes: int | None = None
    looks: tuple[tuple[int, int], ...] = ()  # what was said of further clips of a large cluster: item, level


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of it. `carried`: the act that can be taken back, if there were like items; `items`: all that were settled."""

    precedent: int
    carried: int | None
    items: int


def may(actor: Actor, project: int, tier: Tier) -> bool:
    """Whether the actor decides clusters of this tier: a lead all, a specialist those that are his by the setting."""
    return allowed(actor, Act.DECIDE, project) or (
        tier is Tier.SPECIALIST and allowed(actor, Act.SETTLE_CLUSTER, project)
    )


def contradicted(
    store: Store, actor: Actor, project: int, item: int, level: int, rule: str | None, scope: Scope
) -> list[Precedent]:
    """The precedents in force that one of this item would contradict, before it is made."""
    require(actor, Act.SEE_DISPUTES, project)
    with store.reader() as reader:
        return precedents.would_contradict(reader, project, item, level, rule, scope, store.clock.now())


def decide(
    store: Store, actor: Actor, project: int, cluster: str, item: int, like: Sequence[int], ruling: Ruling
) -> Settled:
    """Decides one item of a cluster, makes it the precedent, and carries it on to `like` items of the cluster.

    What somebody decides meanwhile stays as he decided it.

    Raises:
        NotFound: the cluster is no more.
        NotAllowed: who decides it is somebody else by the project's setting.
        BadInput: an item that is not of the cluster; no reason; a specialist who names no rule; a large cluster of which
            too few clips were judged, or most of them otherwise.
        Stale: the item is not disputed any more, or the earlier precedent has been superseded already.
    """
    require(actor, Act.SETTLE_CLUSTER, project)
    row = triage.cluster(store, actor, project, cluster)
    if not may(actor, project, row.tier):
        raise NotAllowed("By this project's setting somebody else decides this cluster.")
    strange = {item, *like} - set(row.items)
    if strange:
        raise BadInput("Item {item} is not of this cluster any more. Look again.", item=min(strange))
    if ruling.rule is None and not allowed(actor, Act.DECIDE, project):
        raise BadInput("A specialist decides within the guideline: name the rule, or leave it to the meeting.")
    others = [one for one in dict.fromkeys(like) if one != item]
    # Each part of a cluster is a decision of its own, on a clip that a person judged: no earlier act counts with it.
    others = second_look.looked(ruling.level, ruling.looks, others, second_look.check_from(store, project), own=item)

    return end(store, actor, project, item, others, ruling, "triage.decide", Act.SETTLE_CLUSTER)


def end(
    store: Store, actor: Actor, project: int, item: int, others: Sequence[int], ruling: Ruling, name: str,
    right: Act = Act.DECIDE, question: int | None = None,
) -> Settled:  # fmt: skip
    """Decides an item, makes it the precedent and carries it on to others, which the caller has looked through.

    Args:
        name: the act's in the audit log.
        right: what the actor must be allowed to do.
        question: the client's question whose answer it is.

    Raises:
        NotAllowed, BadInput, Stale: as `decide`.
    """
    said = {} if question is None else {"question": question}

    def act(tx: Tx) -> tuple[int, int | None]:
        made = tx.new_act(
            name, actor, project, item=item, items=len(others) + 1, level=ruling.level,
            looks=[list(look) for look in ruling.looks], **said,
        )  # fmt: skip
        decision = disputes.rule_in(
            tx, actor, item, "level", ruling.level, 0, ruling.reason, ruling.rule, None, made, right=right
        )
        left = precedents.make(
            tx, actor, project, item, ruling.level, ruling.reason, ruling.rule, ruling.scope, decision, ruling.supersedes,
        )  # fmt: skip
        if not others:
            return left, None
        return left, propagation.plan(
            tx, actor, project, others, ruling.level, ruling.reason, ruling.rule, left, decision,
            states=disputes.DISPUTED, right=right, question=question,
        )  # fmt: skip

    left, carried = store.act(act)
    done = 0
    if carried is not None:
        propagation.carry(store, carried)
        with store.reader() as reader:
            done = int(reader.value("select count(*) from propagation_item where propagation = ?", [carried]))
    board.of(store, project).refresh(store)
    return Settled(left, carried, done + 1)
