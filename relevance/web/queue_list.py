"""A list to work through, by click or by J and K: disputes, in the order in which the service ranked them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from relevance.services.disputes import DisputeRow
from relevance.services.guidelines import Guideline
from relevance.texts import _
from relevance.web import dispute_view as view
from relevance.web import format as fmt
from relevance.web.parts import component

_list = component("queue")


def rows_of(rows: Sequence[DisputeRow], guideline: Guideline, now: datetime) -> list[dict[str, Any]]:
    """The rows as the list (queue.js) draws them: keyword, why, where, how old, and the grades as four bars."""
    percents = {level.level: f"{level.percent}%" for level in guideline.levels}
    found = []
    for row in rows:
        dots = view.counted(row.levels)
        says = ", ".join(f"{percents[level]} × {n}" for level, n in reversed(list(enumerate(dots))) if n)
        flags = [view.flag_name(flag) for flag in row.flags]
        found.append(
            {
                "id": row.item,
                "title": fmt.in_language(row.keyword_zh, row.keyword_en),
                "tag": " · ".join(flags) or (view.why_name(row.why) if row.why == "far" else ""),
                "sub": f"{fmt.ago(row.since, now)} · {row.clip_name} · {row.batch_name}",
                "dots": dots,
                "says": says or _("no grades"),
            }
        )
    return found


def show(key: str, label: str, rows: list[dict[str, Any]], chosen: int | None, opened: Callable[[int], None]) -> None:
    """Mounts the list; `opened` is called with the id of the row that somebody opens, before the page runs again."""

    def on_open() -> None:
        row = st.session_state[key].get("open")
        if row is not None:
            opened(int(row))

    _list(key=key, data={"rows": rows, "chosen": chosen, "label": label}, on_open_change=on_open)
