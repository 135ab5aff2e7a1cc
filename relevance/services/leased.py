"""Items in graders' hands, and what the player shows of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from relevance.services import precedents
from relevance.store.store import Store


@dataclass(frozen=True, slots=True)
class Lease:
    """An item in a grader's hands. Its purpose is nobody's business but the store's."""

    assignment: int
    item: int
    seq: int
    expires: datetime
    batch: int | None = None  # shown in place of the item's own


@dataclass(frozen=True, slots=True)
class Work:
    """An item as the player shows it."""

    assignment: int
    item: int
    seq: int
    content_id: str
    start_ms: int | None
    end_ms: int | None
    duration_ms: int
    width: int
    height: int
    fps: float
    has_audio: bool
    strip: dict[str, Any]
    captions: bool
    title: str | None
    description: str | None
    uploader: str | None
    keyword_zh: str | None
    keyword_en: str | None
    keyword_note: str | None
    batch: str
    answers: tuple[str, ...] = ()  # what was answered to questions about this clip or keyword
    precedents: tuple[dict[str, Any], ...] = ()  # the closest few


def work_at_hand(store: Store, leases: Sequence[Lease]) -> tuple[Work, ...] | None:
    """What `work_of` tells, if all of it is in memory: no query, so the event loop may ask."""
    recent = store.recent
    if leases and not (recent.ruled and recent.has("item", (lease.item for lease in leases))):
        return None
    items = recent.rows("item", (lease.item for lease in leases)).values()
    for table in ("clip", "keyword"):
        if not recent.has(table, (item[table] for item in items)):
            return None
    return work_of(store, leases)


def work_of(store: Store, leases: Sequence[Lease]) -> tuple[Work, ...]:
    """What the player needs to know of leased items."""
    recent = store.recent
    items = recent.rows("item", (lease.item for lease in leases))
    clips = recent.rows("clip", (item["clip"] for item in items.values()))
    keywords = recent.rows("keyword", (item["keyword"] for item in items.values()))
    work = []
    for lease in leases:
        item = items[lease.item]
        clip, keyword = clips[item["clip"]], keywords[item["keyword"]]
        shown = store.live.projects[item["project"]].settings.get("show_source", True)
        work.append(
            Work(
                assignment=lease.assignment,
                item=lease.item,
                seq=lease.seq,
                content_id=clip["content_id"],
                start_ms=item["start_ms"],
                end_ms=item["end_ms"],
                duration_ms=clip["duration_ms"],
                width=clip["width"],
                height=clip["height"],
                fps=clip["fps"],
                has_audio=clip["has_audio"],
                strip=json.loads(clip["strip"]),
                captions=clip["captions"],
                title=clip["title"] if shown else None,
                description=clip["description"] if shown else None,
                uploader=clip["uploader"] if shown else None,
                keyword_zh=keyword["text_zh"],
                keyword_en=keyword["text_en"],
                keyword_note=keyword["note"],
                batch=store.live.batches[lease.batch or item["batch"]].name,
                answers=(*recent.told("clip", clip["id"]), *recent.told("keyword", keyword["id"])),
                precedents=tuple(precedents.beside(store, lease.item)),
            )
        )
    return tuple(work)
