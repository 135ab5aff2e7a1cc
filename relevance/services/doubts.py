"""An item of exams or gold that good people fail, made a dispute: the guideline may be at fault, not they."""

from __future__ import annotations

from relevance.errors import BadInput, NotFound, Stale
from relevance.items import Ruling
from relevance.roles import Act, Actor, require
from relevance.services.states import restate
from relevance.store.load import load_item
from relevance.store.store import Store, Tx

LONGEST_REASON = 2000


def dispute(
    store: Store, actor: Actor, project: int, item: int, reason: str, good: int = 0, failed: int = 0
) -> int:  # fmt: skip
    """Makes a labelled item a dispute, whatever its grades say, until somebody rules on it anew. Returns the doubt's id.

    Where it is gold it leaves the stream in the same act, and exams draw it no more.

    Args:
        good, failed: how many good people had answered it, and how many of them had another level.

    Raises:
        NotAllowed: the actor makes no exams here.
        NotFound: the project has no such item.
        BadInput: no reason, or the item has no label that could be doubted.
        Stale: it is a dispute already.
    """
    require(actor, Act.MANAGE_EXAMS, project)
    reason = reason.strip()
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise BadInput("A dispute needs a reason of 1 to {most} characters.", most=LONGEST_REASON)

    def act(tx: Tx) -> int:
        known = tx.live.get(item) or load_item(tx, tx.live, item)
        if known is None or known.project != project:
            raise NotFound("There is no item {item}.", item=item)
        if known.standing.state == "disputed":
            raise Stale("Item {item} is a dispute already.", item=item)
        if known.standing.state not in ("settled", "decided"):
            raise BadInput(
                "Item {item} has no label that could be doubted; it is {state}.", item=item, state=known.standing.state
            )
        tx.live.touch(known)
        after = max((ruling.id for ruling in known.rulings), default=0)
        made = tx.new_id("item_doubt")
        act_id = tx.new_act("exam.dispute", actor, project, item=item, good=good, failed=failed)
        known.rulings = (*known.rulings, Ruling("reopen", why="exam", id=after))
        tx.insert(
            "item_doubt", id=made, item=item, project=project, reason=reason, good=good, failed=failed,
            after_decision=after, round=known.round, made_by=actor.account, made_at=tx.now, act=act_id,
        )  # fmt: skip
        restate(tx, known, act_id)
        return made

    return store.act(act)
