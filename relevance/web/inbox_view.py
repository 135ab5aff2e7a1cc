"""The inbox as a grader sees it: one card an answer, the clip beside it, and what he says to it. Nobody else is named."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from relevance.errors import BadInput
from relevance.services.guidelines import Guideline
from relevance.services.inbox import Overturned, Reply
from relevance.texts import _
from relevance.web import dispute_view, media_routes, page
from relevance.web import format as fmt


def left(n: int) -> None:
    """How many appeals are left this week."""
    st.caption(_("Appeals left within seven days: {n}").format(n=fmt.number(n)))


def few(told: Sequence[Overturned], most: int) -> list[Overturned]:
    """What waits for an answer or was not read, at most so many."""
    return [one for one in told if one.said is None or (one.outcome is not None and not one.seen)][:most]


def _level(guideline: Guideline, level: int | None) -> str:
    return next((dispute_view.level_name(one) for one in guideline.levels if one.level == level), "–")


def reply(one: Reply, zone: str, now: datetime) -> bool:
    """A reply of the lead; true when it was read."""
    with st.container(border=True, key=f"reply_{one.ask}"):
        st.caption(f"{_('Your lead replied')} · {fmt.moment(one.replied_at, zone, now)}")
        st.markdown(page.plain(one.text))
        st.markdown(f":material/reply: {page.plain(one.reply)}")
        return st.button(_("Read"), key=f"read_reply_{one.ask}", icon=":material/done:")


def overturned(
    one: Overturned, guideline: Guideline, zone: str, now: datetime
) -> tuple[str, str, tuple[int, ...]] | None:  # fmt: skip
    """An answer that was decided otherwise. What the grader says to it: agree, appeal or read, his words, evidence times."""
    with st.container(border=True, key=f"overturned_{one.assignment}"):
        clip, said = st.columns([1, 1.4], gap="medium")
        with clip:
            source = media_routes.clip_src(one.content_id, one.start_ms, one.end_ms)
            st.html(
                f'<video src="{source}" controls muted preload="metadata" '
                'style="width:100%;max-height:60vh;border-radius:6px;background:#000"></video>'
            )
        with said:
            st.markdown(f"##### {page.plain(fmt.in_language(one.keyword_zh, one.keyword_en))}", anchors=False)
            st.markdown(fmt.pair(_("My answer"), f"**{page.plain(_level(guideline, one.mine))}**"))
            st.markdown(fmt.pair(_("Decision"), f"**{page.plain(_level(guideline, one.level))}**"))
            st.markdown(fmt.pair(_("Reason"), page.plain(one.reason)))
            rule = next((rule for rule in guideline.rules if rule.id == one.rule), None)
            if rule is not None:
                st.markdown(fmt.pair(_("Rule"), page.plain(dispute_view.rule_name(rule))))
            by = _("by a precedent") if one.precedent else ""
            st.caption(f"{fmt.moment(one.decided_at, zone, now)} {by}")
            if one.said == "appeal":
                st.markdown(fmt.pair(_("My appeal"), page.plain(one.text or "")))
                why = page.plain(one.outcome_reason or "")
                st.markdown(fmt.pair(_("Outcome"), f"**{page.plain(_outcome(one, guideline))}** {why}"))
                if st.button(_("Read"), key=f"read_{one.assignment}", icon=":material/done:"):
                    return "read", "", ()
                return None
            if st.button(_("Agree"), key=f"agree_{one.assignment}", icon=":material/thumb_up:"):
                return "agree", "", ()
            with st.expander(_("Appeal"), icon=":material/gavel:"), st.form(f"appeal_{one.assignment}", border=False):
                text = st.text_area(
                    _("What do you see in the clip, and which rule speaks for your answer?"), max_chars=2000
                )
                times = st.text_input(_("Evidence times in seconds, separated by commas"), placeholder="3.2, 7")
                if st.form_submit_button(_("Send the appeal"), type="primary"):
                    return "appeal", text, _times(times)
    return None


def _outcome(one: Overturned, guideline: Guideline) -> str:
    if one.said != "appeal":
        return ""
    return _("Not decided yet") if one.outcome is None else _level(guideline, one.outcome)


def _times(text: str) -> tuple[int, ...]:
    try:
        return tuple(round(float(part) * 1000) for part in text.replace("，", ",").split(",") if part.strip())
    except ValueError:
        raise BadInput("Evidence times are seconds, separated by commas, such as 3.2, 7.") from None


def earlier(told: Sequence[Overturned], guideline: Guideline, zone: str, now: datetime) -> None:
    """What was answered before."""
    rows = [one for one in told if one.said is not None]
    if not rows:
        return
    words = {"agree": _("Agreed"), "appeal": _("Appealed")}
    st.markdown(f"##### {_('Answered before')}", anchors=False)
    st.dataframe(
        [
            {
                _("Time"): fmt.moment(one.decided_at, zone, now),
                _("Keyword"): fmt.in_language(one.keyword_zh, one.keyword_en),
                _("My answer"): _level(guideline, one.mine),
                _("Decision"): _level(guideline, one.level),
                _("What I said"): words[one.said or "agree"],
                _("Outcome"): _outcome(one, guideline),
            }
            for one in rows
        ],
        hide_index=True,
    )
