"""A grader's own day: count against the goal, pace, last answers, the lead's replies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from relevance.services.asks import AskRow
from relevance.services.guidelines import Guideline
from relevance.services.my_work import Day, Mine
from relevance.texts import _
from relevance.web import dispute_view as view
from relevance.web import format as fmt
from relevance.web import page


def figures(day: Day) -> None:
    """Today in four numbers, and how far the goal is."""
    cells = st.columns(4, border=True)
    cells[0].metric(_("Answers today"), fmt.number(day.count))
    cells[1].metric(_("An hour"), fmt.number(day.per_hour), help=_("Answers in an hour of work, pauses left out"))
    cells[2].metric(_("Time at work"), fmt.span(day.worked_seconds))
    cells[3].metric(_("Flags / corrections"), f"{fmt.number(day.flags)} / {fmt.number(day.corrections)}")
    if day.goal:
        said = _("{n} of {goal} today").format(n=fmt.number(day.count), goal=fmt.number(day.goal))
        st.progress(min(1.0, day.count / day.goal), text=said)
    if day.surplus:
        st.caption(
            _("Came after the item had what it needed: {n}. They are kept and count in your day.").format(
                n=fmt.number(day.surplus)
            )
        )


def replies(rows: Sequence[AskRow], zone: str, now: datetime) -> None:
    """What was asked this week, and what the lead said."""
    for row in rows:
        with st.container(border=True, gap="xsmall"):
            st.caption(
                f"{fmt.moment(row.made_at, zone, now)} · {page.plain(fmt.in_language(row.keyword_zh, row.keyword_en))}"
            )
            st.markdown(page.plain(row.text))
            st.markdown(f":material/reply: {page.plain(row.reply)}" if row.reply else f":gray[{_('no reply yet')}]")


def answers(rows: Sequence[Mine], guideline: Guideline, zone: str, now: datetime) -> None:
    """The last answers, newest first."""
    names = {level.level: view.level_name(level) for level in guideline.levels}
    st.dataframe(
        [
            {
                _("Time"): fmt.moment(row.made_at, zone, now),
                _("Keyword"): fmt.in_language(row.work.keyword_zh, row.work.keyword_en),
                _("Level"): names[row.level] if row.level is not None else "",
                _("Flag"): view.flag_name(row.flag) if row.flag else "",
                _("Note"): row.note or row.flag_text or "",
            }
            for row in rows
        ],
        hide_index=True,
    )
