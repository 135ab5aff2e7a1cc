"""Bringing an item's state up to its records: the one place where a state changes."""

from __future__ import annotations

import random

from relevance.items import Standing
from relevance.services import gold_stream
from relevance.store.live import LiveItem
from relevance.store.store import Tx

# Only the drawing of the audit sample is left to chance, and must not follow from anything else.
_chance = random.SystemRandom()


def restate(tx: Tx, item: LiveItem, act: int) -> Standing:
    """Judges an item anew after its records changed; writes the event, moves the counters and the queues.

    Call `tx.live.touch(item)` before the change. An item that settles may be drawn for the audit sample, whatever
    settled it: a grade, a correction, another policy.
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
        gold_stream.touched(tx, item, after, act)
        if after.state == "settled":
            _draw(tx, item, event)
    live.file(item)
    live.place(item)
    return after


def _draw(tx: Tx, item: LiveItem, event: int) -> None:
    """Draws an item for the audit sample when it settles for the first time, independently of everything else.

    Only then: an item that comes and goes would have more than one chance, and its share would not be the policy's.
    """
    share = tx.live.projects[item.project].policy.audit_share
    if share <= 0 or _chance.random() >= share:
        return
    if tx.one("select 1 from item_event where item = ? and state = 'settled' and id < ?", [item.id, event]):
        return
    tx.insert("audit_draw", item=item.id, event=event, share=share, made_at=tx.now)
    item.audit = True
