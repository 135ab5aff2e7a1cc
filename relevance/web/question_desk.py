"""The parts of the questions page: the list, one question with what people said, its answer, graders' asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import streamlit as st

from relevance.services.asks import AskRow
from relevance.services.guidelines import Guideline
from relevance.services.questions import QuestionRow
from relevance.texts import _
from relevance.web import dispute_view as view
from relevance.web import format as fmt
from relevance.web import page

OUTCOMES = ("grade", "withdraw", "level")


@dataclass(frozen=True, slots=True)
class QuestionAnswer:
    """One answer for all the items of a clip or keyword."""

    outcome: str
    text: str
    level: int | None


def subject(row: QuestionRow) -> str:
    """What a question is about."""
    return fmt.in_language(row.keyword_zh, row.keyword_en) if row.kind == "keyword" else (row.clip_name or "")


def outcome_name(outcome: str) -> str:
    """An outcome in the reader's words."""
    return {
        "grade": _("Grade it"),
        "withdraw": _("Withdraw its items"),
        "level": _("One level for all"),
    }[outcome]


def _kind_name(kind: str) -> str:
    return _("Bad clip") if kind == "clip" else _("Unclear keyword")


_SEEN = "question.seen"


def chosen(rows: Sequence[QuestionRow], wanted: int) -> QuestionRow | None:
    """The question to show: the one in the address, else the first.

    One that somebody else answered while this lead wrote is shown once more when he sends his answer, so that it reaches
    the service and he is told who was first.
    """
    seen: QuestionRow | None = st.session_state.get(_SEEN)
    if seen is not None and st.session_state.get(f"question_{seen.id}_send"):
        return seen
    row = next((one for one in rows if one.id == wanted), rows[0] if rows else None)
    st.session_state[_SEEN] = row
    return row


def rows_of(rows: Sequence[QuestionRow], now: datetime) -> list[dict[str, Any]]:
    """The open questions as the list draws them."""
    return [
        {
            "id": row.id,
            "title": subject(row),
            "tag": _kind_name(row.kind),
            "sub": _("{n} waiting").format(n=fmt.number(row.waiting)) + f" · {fmt.ago(row.made_at, now)}",
        }
        for row in rows
    ]


def show(row: QuestionRow) -> None:
    """The clip, or the keyword in both languages with its note."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"#### {page.plain(subject(row))}", width="content", anchors=False)
        st.badge(_kind_name(row.kind), color="orange")
        st.badge(_("{n} waiting").format(n=fmt.number(row.waiting)), color="blue", icon=":material/hourglass_top:")
    if row.kind == "clip" and row.content_id:
        view.show_clip(view.clip_alone(row.content_id, row.clip_name or "", row.strip))
    other = row.keyword_en if subject(row) == row.keyword_zh else row.keyword_zh
    if other:
        st.markdown(f":gray[{page.plain(other)}]")
    if row.keyword_note:
        st.markdown(f":material/info: {page.plain(row.keyword_note)}")


def flags(row: QuestionRow) -> None:
    """What graders wrote when they flagged it."""
    for who, text in row.flags:
        with st.container(border=True, gap="xsmall"):
            st.markdown(f"**{page.plain(who)}**  \n{page.plain(text) if text else ':gray[' + _('no note') + ']'}")


def answer(row: QuestionRow, guideline: Guideline) -> QuestionAnswer | None:
    """The form of the one answer; None until it is given."""
    key = f"question_{row.id}"
    names = {outcome: outcome_name(outcome) for outcome in OUTCOMES}
    outcome = st.segmented_control(
        _("Answer"),
        OUTCOMES,
        default="grade",
        required=True,
        format_func=lambda outcome: names[outcome],
        key=f"{key}_outcome",
    )
    st.caption(
        {
            "grade": _("Its items are graded again; your text stands beside the clip or keyword from now on."),
            "withdraw": _("Its open items get no label. Your text says why."),
            "level": _("All its open items get this level, with your text as the reason."),
        }[outcome]
    )
    with st.form(key, border=False):
        levels = {level.level: view.level_name(level) for level in guideline.levels}
        level = None
        if outcome == "level":
            level = st.selectbox(
                _("Level"),
                list(levels),
                index=None,
                format_func=lambda one: levels[one],
                placeholder=_("choose"),
                key=f"{key}_level",
            )
        text = st.text_area(
            _("Text"), height=90, max_chars=2000, key=f"{key}_text", placeholder=_("What should a grader know?")
        )
        label = _("Answer for its items ({n})").format(n=fmt.number(row.waiting))
        sent = st.form_submit_button(label, type="primary", icon=":material/done_all:", key=f"{key}_send")
    if not sent:
        return None
    if not text.strip():
        st.error(_("Write a text: it is what graders will read."))
    elif outcome == "level" and level is None:
        st.error(_("Choose the level."))
    else:
        return QuestionAnswer(outcome, text, level)
    return None


def answered(rows: Sequence[QuestionRow], guideline: Guideline) -> None:
    """The questions that have their answer, newest first."""
    if not rows:
        st.caption(_("No question has been answered yet."))
        return
    names = {level.level: view.level_name(level) for level in guideline.levels}
    st.dataframe(
        [
            {
                _("About"): subject(row),
                _("Kind"): _kind_name(row.kind),
                _("Answer"): outcome_name(row.outcome or "grade")
                + (f": {names[row.level]}" if row.level is not None else ""),
                _("Text"): row.text,
            }
            for row in rows
        ],
        hide_index=True,
    )


def ask(row: AskRow, zone: str, now: datetime) -> str | None:
    """One grader's question with a place to reply. Returns the reply when it is sent."""
    with st.container(border=True, gap="xsmall"):
        when = fmt.moment(row.made_at, zone, now)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{page.plain(row.name)}**", width="content")
            st.caption(f"{when} · {page.plain(fmt.in_language(row.keyword_zh, row.keyword_en))}", width="stretch")
            st.page_link(
                "disputes.py",
                label=_("Look at the item"),
                icon=":material/open_in_new:",
                query_params={"item": str(row.item)},
            )
        st.markdown(page.plain(row.text))
        if row.reply is not None:
            st.markdown(f":material/reply: {page.plain(row.reply)}")
            return None
        with st.form(f"ask_{row.id}", border=False, clear_on_submit=True):
            text = st.text_input(
                _("Reply"),
                max_chars=2000,
                key=f"reply_{row.id}",
                label_visibility="collapsed",
                placeholder=_("Reply; the grader sees it beside his work"),
            )
            if st.form_submit_button(_("Reply"), icon=":material/send:") and text.strip():
                return text
    return None


def tabs(questions: int, asks: int) -> list[str]:
    """The page's parts, with how much waits in each."""
    return [
        _("Clips and keywords ({n})").format(n=fmt.number(questions)),
        _("Graders ask ({n})").format(n=fmt.number(asks)),
        _("Answered"),
    ]


def none_open() -> None:
    """No question waits."""
    hint = _("Graders' flags on a clip or a keyword come here, once for all its items.")
    page.empty(_("No open questions"), hint, ":material/task_alt:")


def none_asked() -> None:
    """No grader waits for a reply."""
    page.empty(
        _("Nobody is waiting for a reply"), _("What graders ask about an item (key A) comes here."), ":material/forum:"
    )
