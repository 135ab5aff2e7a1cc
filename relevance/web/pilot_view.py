"""A pilot's screen for who takes part: the clip, the draft's levels on 1 to 4, its rules on letters, how far one is.

A level is kept as soon as it is pressed; the rule that one goes by is the next key, Enter goes on without one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from relevance.services.pilots import Pilot, Sheet
from relevance.texts import _
from relevance.web import dispute_view, guideline_view, learn_view, page, query
from relevance.web import format as fmt

ICON = ":material/science:"
FEW = 6  # rules that need no scrolling
# Letters that neither the clip's viewer (b, e, m) nor Streamlit (c, r) takes; z goes back.
LETTERS = "adfghijklnopqstuvwxy"


@dataclass(frozen=True, slots=True)
class Answer:
    """A level, or the rule that it goes by; `done`: the next place comes."""

    place: int
    level: int
    rule: str | None
    done: bool


def choose(waiting: Sequence[Pilot]) -> Pilot:
    """The pilot in the address, else the first that waits."""
    number = query.number("pilot")
    return next((one for one in waiting if one.id == number), waiting[-1])


def place(sheet: Sheet) -> int | None:
    """The place to show: the one in the address, else the first without an answer; None: all have one."""
    asked = query.number("place")
    if 1 <= asked <= len(sheet.questions):
        return asked - 1
    return sheet.next


def head(sheet: Sheet) -> None:
    """How far one is, and that one is alone with it."""
    done = sum(one.said is not None for one in sheet.questions)
    said = _("{done} of {n} graded").format(done=fmt.number(done), n=fmt.number(len(sheet.questions)))
    st.progress(done / len(sheet.questions), text=said)


def question(sheet: Sheet, at: int | None) -> Answer | None:
    """One clip with the draft's levels and rules. Returns what was pressed."""
    if at is None:
        if st.button(_("Back to the clip before"), icon=":material/arrow_back:", shortcut="z", key="back"):
            query.put("place", len(sheet.questions))
            st.rerun()
        return None
    one = sheet.questions[at]
    left, right = st.columns([1.5, 1], gap="medium")
    with left:
        learn_view.clip(one.shown)
        st.caption(_("Clip {n} of {all}").format(n=at + 1, all=len(sheet.questions)))
    with right:
        pressed = learn_view.levels(sheet.guideline, one.said)
        if pressed is not None:
            return Answer(at, pressed, one.rule, False)
        answer = _rules(sheet, at)
        with st.container(horizontal=True):
            if st.button(
                _("Back to the clip before"), icon=":material/arrow_back:", shortcut="z", key="back", disabled=at == 0
            ):  # fmt: skip
                query.put("place", at)
                st.rerun()
            if st.button(
                _("Go on"), type="primary", icon=":material/arrow_forward:", shortcut="enter", key="next",
                disabled=one.said is None,
            ):  # fmt: skip
                query.put("place", at + 2)
                st.rerun()
        st.caption(
            _("Keys 1 to 4 choose a level, the lowest first; a letter names the rule that you go by; Enter goes on.")
        )
    return answer


def _rules(sheet: Sheet, at: int) -> Answer | None:
    """The draft's rules on letters, once a level is chosen."""
    one, chosen = sheet.questions[at], None
    with st.container(
        height=300 if len(sheet.guideline.rules) > FEW else "content", border=True, gap="xsmall", key="pilot_rules"
    ):
        for nth, rule in enumerate(sheet.guideline.rules):
            key = LETTERS[nth] if nth < len(LETTERS) else None
            name = page.plain(dispute_view.rule_name(rule))
            if st.button(
                name, key=f"rule_{rule.id}", shortcut=key, width="stretch", disabled=one.said is None,
                type="primary" if one.rule == rule.id else "secondary",
                help=page.plain(fmt.in_language(rule.text_zh, rule.text_en)),
            ):  # fmt: skip
                chosen = rule.id
    if chosen is None or one.said is None:
        return None
    return Answer(at, one.said, chosen, True)


def draft(sheet: Sheet) -> None:
    """The draft's text, to read while one grades."""
    with st.expander(_("The draft"), icon=":material/menu_book:"):
        guideline_view.levels(sheet.guideline)
        guideline_view.rules(sheet.guideline.rules, {})
