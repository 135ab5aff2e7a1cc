"""The training's screen: where one is, the clip, and after the answer the rule and the reason."""

from __future__ import annotations

import streamlit as st

from relevance.services.duties import Duty
from relevance.services.guidelines import Guideline
from relevance.services.training import Course, Step
from relevance.texts import _
from relevance.web import format as fmt
from relevance.web import learn_view, page, query


def place(course: Course) -> int:
    """The step to show: the one in the address, else the first without an answer."""
    asked = query.number("step")
    if 1 <= asked <= len(course.steps):
        return asked - 1
    return course.next if course.next is not None else len(course.steps)


def asked(duty: Duty) -> None:
    """One's lead asks for this walk, and why."""
    said = _("Your lead asks you to go through this training before your next item: {reason}")
    st.warning(said.format(reason=page.plain(duty.reason)), icon=":material/lock_clock:")


def head(course: Course) -> None:
    """How far one is, and how many answers were right."""
    said = _("{done} of {n} done, {right} right").format(
        done=fmt.number(course.done), n=fmt.number(len(course.steps)), right=fmt.number(course.right)
    )
    st.progress(course.done / len(course.steps), text=said)


def step(shown: Step, at: int, guideline: Guideline) -> int | None:
    """One example. Returns the level that was answered; what was answered before is explained."""
    rule = next((one for one in guideline.rules if one.id == shown.rule), None)
    left, right = st.columns([1.5, 1], gap="medium")
    with left:
        learn_view.clip(shown.shown)
    with right:
        st.markdown(f"**{page.plain(learn_view.rule_text(guideline, shown.rule))}**")
        if rule is not None:
            with st.container(border=True):
                st.markdown(fmt.in_language(rule.text_zh, rule.text_en))
        answer = learn_view.levels(guideline, shown.said, disabled=shown.said is not None)
        if shown.said is None:
            learn_view.hint()
        else:
            told(shown, guideline)
            if st.button(_("Go on"), type="primary", icon=":material/arrow_forward:", shortcut="enter", key="next"):
                query.put("step", at + 2)
                st.rerun()
    return answer if shown.said is None else None


def told(shown: Step, guideline: Guideline) -> None:
    """Whether the answer was right, and why."""
    level = learn_view.level_text(guideline, shown.level)
    reason = page.plain(fmt.in_language(shown.reason_zh, shown.reason_en))
    if shown.said == shown.level:
        st.success(_("Right: {level}.").format(level=page.plain(level)), icon=":material/check_circle:")
    else:
        st.error(_("It is {level}.").format(level=page.plain(level)), icon=":material/cancel:")
    if reason:
        st.markdown(f":material/lightbulb: {reason}")


def finished(course: Course) -> bool:
    """All is done: how it went. True where one wants to walk through it once more."""
    share = fmt.of(course.right, len(course.steps))
    page.empty(_("The training is done"), _("Right answers: {share}").format(share=share), ":material/school:")
    with st.container(horizontal=True, horizontal_alignment="center"):
        return st.button(_("Walk through it once more"), icon=":material/replay:", key="again")
