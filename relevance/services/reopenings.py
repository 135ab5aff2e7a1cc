"""An item that has a label comes back as a dispute: after an appeal, or since a sample contradicts the rule."""

from __future__ import annotations

from relevance.items import Ruling
from relevance.roles import Actor
from relevance.services.states import restate
from relevance.store.live import LiveItem
from relevance.store.store import Tx


def reopen(tx: Tx, actor: Actor, item: LiveItem, why: str, act: int) -> int:
    """Makes an item a dispute whatever its grades say, until somebody rules on it anew. Returns the reopening's number."""
    tx.live.touch(item)
    after = max((ruling.id for ruling in item.rulings), default=0)
    made = tx.new_id("reopening")
    item.rulings = (*item.rulings, Ruling("reopen", why=why, id=after))
    item.sampled = False if why == "sample" else item.sampled
    tx.insert(
        "reopening", id=made, item=item.id, project=item.project, why=why, after_decision=after, round=item.round,
        made_by=actor.account, made_at=tx.now, act=act,
    )  # fmt: skip
    restate(tx, item, act)
    return made
