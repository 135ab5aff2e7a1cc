"""Bringing an item's state up to its records: the one place where a state changes."""

from __future__ import annotations

from collections.abc import Callable

from relevance.items import Standing
from relevance.store.live import LiveItem
from relevance.store.store import Tx


def restate(
    tx: Tx, item: LiveItem, act: int, draw: Callable[[Tx, LiveItem, int], None] | None = None
) -> Standing:  # fmt: skip
    """Judges an item anew after its records changed; writes the event, moves the counters and the queues.

    Call `tx.live.touch(item)` before the change. `draw` is called with the event of an item that settled.
    """
    live = tx.live
    before = item.standing
    after = item.standing = live.projects[item.project].standing(item)
    if (after.state, after.level, after.why) != (before.state, before.level, before.why) and not (
        after.state == before.state == "open"
    ):
        event = tx.new_id("item_event")
        project = live.projects[item.project]
        tx.insert(
            "item_event",
            id=event,
            item=item.id,
            made_at=tx.now,
            state=after.state,
            level=after.level,
            why=after.why,
            n=after.n,
            round=item.round,
            policy=project.policy_id,
            guideline=project.guideline_id,
            act=act,
        )
        item.since = tx.now
        live.moved(item, before, tx.now)
        if after.state == "settled" and draw is not None:
            draw(tx, item, event)
    live.file(item)
    live.place(item)
    return after
