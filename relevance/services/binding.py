"""What a decision leaves behind for the like cases: a precedent beside the clip, or a draft of an amendment."""

from __future__ import annotations

from relevance.roles import Actor
from relevance.services import amendments, precedents
from relevance.store.store import Tx

OFFERED = ("precedent", "amendment", "single")


def precedent(
    tx: Tx, actor: Actor, project: int, item: int, level: int, reason: str, rule: str | None, scope: str, decision: int,
    supersedes: int | None,
) -> int:  # fmt: skip
    """Makes a precedent within the act. Returns its number."""
    return precedents.make(
        tx, actor, project, item, level, reason, rule, scope, decision=decision, supersedes=supersedes
    )  # fmt: skip


def amendment(
    tx: Tx, actor: Actor, project: int, rule: str | None, heading: str, text_zh: str, text_en: str, decision: int
) -> int:  # fmt: skip
    """Drafts an amendment within the act. Returns the draft's number."""
    return amendments.from_decision(tx, actor, project, rule, heading, text_zh, text_en, decision)
