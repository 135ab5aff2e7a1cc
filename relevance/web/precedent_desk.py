"""Precedents as a list, the preview of what one would settle, and what was carried on before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import streamlit as st

from relevance.services.guidelines import Guideline
from relevance.services.precedents import PrecedentRow
from relevance.services.propagation import PreviewRow, PropagationRow, Undone
from relevance.texts import _
from relevance.web import dispute_view, page
from relevance.web import format as fmt

LINE, WRAPPED = 40, 76  # characters of a line in the table, pixels of a row of three lines


def _level(guideline: Guideline, level: int | None) -> str:
    return next((dispute_view.level_name(one) for one in guideline.levels if one.level == level), "–")


def _rule(guideline: Guideline, rule: str | None) -> str:
    """A rule's number and title; its id where the guideline has it no more."""
    return next((dispute_view.rule_name(one) for one in guideline.rules if one.id == rule), rule or "")


def scope_name(scope: str) -> str:
    """How far a precedent reaches, in the reader's words."""
    return {
        "pair": _("This pair"),
        "keyword": _("Keyword"),
        "family": _("Family"),
        "general": _("General"),
    }[scope]


def table(rows: Sequence[PrecedentRow], guideline: Guideline, zone: str, now: datetime) -> None:
    """All of them, the newest first; those that contradict each other are named."""
    if not rows:
        page.empty(_("No precedent yet"), _("A decision in a meeting leaves one for its like."), ":material/balance:")
        return
    st.dataframe(
        [
            {
                "#": row.precedent.id,
                _("Keyword"): fmt.in_language(row.precedent.keyword_zh, row.precedent.keyword_en),
                _("Level"): _level(guideline, row.precedent.level),
                _("Reason"): row.precedent.reason,
                _("Rule"): _rule(guideline, row.precedent.rule),
                _("Scope"): scope_name(row.precedent.scope),
                _("Since"): fmt.moment(row.precedent.made_at, zone, now),
                _("Settled"): row.settled,
                _("Superseded by"): f"#{row.superseded_by}" if row.superseded_by else "",
                _("Contradicts"): ", ".join(f"#{one}" for one in row.contradicts),
            }
            for row in rows
        ],
        hide_index=True,
        # A reason is read whole: its cell wraps where one of them is longer than a line.
        row_height=WRAPPED if any(len(row.precedent.reason) > LINE for row in rows) else None,
        column_config={_("Reason"): st.column_config.TextColumn(width=480)},
    )


def chosen(rows: Sequence[PrecedentRow]) -> PrecedentRow | None:
    """The precedent in force whose like shall be looked at."""
    there = {
        row.precedent.id: row for row in rows if row.superseded_by is None and row.precedent.scope != "pair"
    }  # fmt: skip
    if not there:
        return None
    names = {
        number: f"#{number} {fmt.in_language(row.precedent.keyword_zh, row.precedent.keyword_en)}"
        for number, row in there.items()
    }
    number = st.selectbox(
        _("Settle the like of"),
        list(there),
        index=None,
        format_func=lambda one: names[one],
        key="like",
        placeholder="–",
    )
    return there.get(number) if number is not None else None


def preview(rows: Sequence[PreviewRow], guideline: Guideline) -> list[int]:
    """What it would meet, worst first, any of them taken out; the items where it is applied now, else none."""
    picked = chosen_of(rows, guideline, "preview")
    said = _("Settle {n} items").format(n=fmt.number(len(picked)))
    return picked if picked and st.button(said, type="primary", key="apply") else []


def chosen_of(rows: Sequence[PreviewRow], guideline: Guideline, key: str) -> list[int]:
    """The items that a decision would meet, those that disagree most with it first; those that are not taken out."""
    open_ = [row for row in rows if row.stays is None]
    if not open_:
        st.caption(_("Nothing waits for it."))
        return []
    edited = st.data_editor(
        [
            {
                _("Take it"): True,
                _("Item"): row.item,
                _("Keyword"): fmt.in_language(row.keyword_zh, row.keyword_en),
                _("Grades"): ", ".join(_level(guideline, level) for level in row.levels),
                _("Apart"): round(row.apart, 2),
            }
            for row in open_
        ],
        disabled=[_("Item"), _("Keyword"), _("Grades"), _("Apart")],
        hide_index=True,
        key=key,
    )
    return [int(str(row[_("Item")])) for row in edited if row[_("Take it")]]


def carried(
    rows: Sequence[PropagationRow], guideline: Guideline, zone: str, now: datetime, may: Callable[[int], bool]
) -> int | None:  # fmt: skip
    """What was carried on, with its sample; the act that shall be undone. `may`: whether what this account did may be."""
    if not rows:
        page.empty(_("Nothing carried on yet"), _("What a rule settled stands here, and can be undone."))
    for row in rows:
        with st.container(border=True, key=f"carried_{row.id}"):
            head = _("Grades wanted anew") if row.level is None else _level(guideline, row.level)
            st.markdown(f"**{page.plain(head)}** {page.plain(row.reason)}")
            st.caption(
                _("{when} · items: {n} · sample graded: {a} of {s}, {d} differ").format(
                    when=fmt.moment(row.made_at, zone, now), n=row.items, a=row.answered, s=row.sampled, d=row.differ
                )
            )
            if row.undone_at is not None:
                st.caption(_("Undone {when}").format(when=fmt.moment(row.undone_at, zone, now)))
            elif may(row.made_by) and st.button(_("Undo"), key=f"undo_{row.id}", icon=":material/undo:"):
                return row.id
    return None


def undone(done: Undone) -> str:
    """What an undo did, in a sentence."""
    return _("Taken back: {n}. Decided anew since, and left so: {m}.").format(n=done.back, m=len(done.stayed))
