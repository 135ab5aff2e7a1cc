"""A clip with its keyword and the four levels as keys: what training and exam show, nothing of the answer in it."""

from __future__ import annotations

import streamlit as st

from relevance.services.guidelines import Guideline
from relevance.services.shown import Shown
from relevance.texts import _
from relevance.web import dispute_view as view
from relevance.web import format as fmt
from relevance.web import page


def clip(shown: Shown) -> None:
    """The keyword in both languages, its note, and the clip."""
    first = fmt.in_language(shown.keyword_zh, shown.keyword_en)
    other = {shown.keyword_zh, shown.keyword_en} - {first, None}
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"#### {page.plain(first)}", width="content", anchors=False)
        for text in other:
            st.markdown(f":gray[{page.plain(text or '')}]", width="content")
    if shown.keyword_note:
        st.markdown(f":material/info: {page.plain(shown.keyword_note)}")
    data = view.clip_alone(shown.content_id, first, shown.strip)
    captions = f"/captions/{shown.content_id}" if shown.captions else None
    view.show_clip({**data, "start_ms": shown.start_ms, "end_ms": shown.end_ms, "captions": captions})


def levels(guideline: Guideline, chosen: int | None, disabled: bool = False) -> int | None:
    """The four levels, the lowest first, on keys 1 to 4. Returns the one that was pressed."""
    pressed = None
    for level in sorted(guideline.levels, key=lambda one: one.level):
        name = page.plain(view.level_name(level))
        if st.button(
            name, key=f"level_{level.level}", shortcut=str(level.level + 1), width="stretch", disabled=disabled,
            type="primary" if chosen == level.level else "secondary",
            help=page.plain(fmt.in_language(level.definition_zh, level.definition_en)),
        ):  # fmt: skip
            pressed = level.level
    return pressed


def level_text(guideline: Guideline, level: int | None) -> str:
    """A level by its percentage and name."""
    found = next((one for one in guideline.levels if one.level == level), None)
    return fmt.UNKNOWN if found is None else view.level_name(found)


def rule_text(guideline: Guideline, rule: str | None) -> str:
    """A rule's number and title, for who reads it in a list."""
    found = next((one for one in guideline.rules if one.id == rule), None)
    return (rule or "") if found is None else view.rule_name(found)


def hint() -> None:
    """Which keys there are."""
    st.caption(_("Keys 1 to 4 choose a level, the lowest first; Space plays."))
