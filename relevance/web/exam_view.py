"""The exam's screen for who takes it: what may be begun, the paper with its time, one's own results."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from relevance.qualification import BOUNDARIES, Marks, Turn
from relevance.quality.proportion import wilson
from relevance.services.attempts import Result
from relevance.services.exams import ExamRow
from relevance.services.guidelines import Guideline
from relevance.services.passes import State
from relevance.services.sitting import Paper, Question
from relevance.texts import _, ngettext
from relevance.web import format as fmt
from relevance.web import learn_view, page, query

MARK = 150  # pixels of one mark: two side by side on a phone


def standing(state: State, zone: str, now: datetime) -> None:
    """Whether there is work for one here, and until when."""
    if state.duty is not None:
        said = _("Your lead asks you to pass the exam once more: {reason}").format(reason=page.plain(state.duty.reason))
        st.warning(said, icon=":material/lock_clock:")
    elif state.bars is None and not state.required:
        st.info(_("This project gives work without an exam."), icon=":material/info:")
    elif state.bars is None:
        until = fmt.moment(state.expires_at, zone, now) if state.expires_at else None
        said = _("You have passed; it holds until {until}.").format(until=until) if until else _("You have passed.")
        st.success(said, icon=":material/verified:")
    else:
        said = {
            "unqualified": _("You get work once you have passed."),
            "expired": _("Your pass has expired: take the exam once more."),
            "outdated": _("The guideline has changed in substance: a short exam shows that you know it."),
            "unread": _("The guideline has changed in substance: a short card stands on the Guideline page."),
            "retrain": _("Your lead asks you to go through the training once more."),
        }[state.bars]
        st.warning(said, icon=":material/lock_clock:")


def offers(state: State, zone: str, now: datetime) -> int | None:
    """The exams that are offered. Returns the one that somebody wants to begin."""
    chosen = None
    for exam, turn in state.exams:
        with st.container(border=True, gap="small", key=f"exam_{exam.id}"):
            st.markdown(f"**{page.plain(exam.name)}**" + (f" · {_('short')}" if exam.kind == "short" else ""))
            st.caption(_asks(exam))
            if turn.may:
                left = _("attempts left: {n}").format(n=fmt.number(turn.left))
                if st.button(_("Begin"), type="primary", icon=":material/timer:", key=f"begin_{exam.id}", help=left):
                    chosen = exam.id
            else:
                st.markdown(f":material/hourglass_empty: {_why(turn, zone, now)}")
    return chosen


def _asks(exam: ExamRow) -> str:
    rules = exam.rules
    said = [
        _("{n} clips").format(n=fmt.number(exam.n)),
        _("questions in words: {n}").format(n=fmt.number(len(exam.written))) if exam.written else "",
        _("{n} minutes").format(n=fmt.number(exam.minutes)),
        _("to pass: {exact} exact, {near} within one level, {pair} at each boundary").format(
            exact=fmt.percent(rules.exact), near=fmt.percent(rules.near), pair=fmt.percent(rules.pair)
        ),
    ]
    return " · ".join(part for part in said if part)


def _why(turn: Turn, zone: str, now: datetime) -> str:
    return {
        "waiting": _("The next attempt may begin at {after}.").format(after=fmt.moment(turn.after, zone, now)),
        "none_left": _("There is no attempt left. Talk to your lead."),
        "unmarked": _("Your last attempt is not marked yet."),
        "untrained": _("Go through the training first."),
    }[turn.why or "none_left"]


def place(paper: Paper) -> int:
    """The place to show: the one in the address, else the first without an answer."""
    asked = query.number("place")
    if 1 <= asked <= len(paper.questions):
        return asked - 1
    return next((one.place for one in paper.questions if not one.done), 0)


def clock(paper: Paper, now: datetime) -> None:
    """The time that is left, and how far one is."""
    left = max(0.0, (paper.ends_at - now).total_seconds())
    done = sum(one.done for one in paper.questions)
    whole = (paper.ends_at - paper.started_at).total_seconds()
    said = _("{left} left · {done} of {n} answered").format(
        left=fmt.span(left), done=fmt.number(done), n=fmt.number(len(paper.questions))
    )
    st.progress(min(1.0, left / whole), text=said)


def overview(paper: Paper, at: int) -> bool:
    """All places, to go back to; those with an answer are ticked. True where one hands in."""
    with st.container(horizontal=True, gap="xsmall", key="places"):
        for one in paper.questions:
            if st.button(
                str(one.place + 1), key=f"place_{one.place}", type="primary" if one.place == at else "secondary",
                icon=":material/check:" if one.done else None,
            ):  # fmt: skip
                query.put("place", one.place + 1)
                st.rerun()
        return _hand_in(paper)


def _hand_in(paper: Paper) -> bool:
    """Whether one hands in; with places left open it is asked once more."""
    open_ = sum(not one.done for one in paper.questions)
    with st.popover(_("Hand in"), icon=":material/assignment_turned_in:"):
        if open_:
            st.markdown(
                ngettext(
                    "One place has no answer; it counts as wrong.",
                    "{n} places have no answer; they count as wrong.",
                    open_,
                ).format(n=fmt.number(open_))
            )
        return st.button(_("Yes, hand in"), type="primary", key="hand_in")


def question(one: Question, guideline: Guideline) -> tuple[int | None, str | None]:
    """One place: a clip to grade, or a question in words. Returns the level, or the text, that was given."""
    if one.shown is None:
        st.markdown(f"##### {page.plain(one.text or '')}", anchors=False)
        st.caption(_("{n} points; marked by a specialist who does not see your name").format(n=fmt.number(one.points)))
        with st.form(f"written_{one.place}", border=False):
            text = st.text_area(
                _("Your answer"), one.wrote or "", height=220, max_chars=4000, key=f"text_{one.place}",
                label_visibility="collapsed",
            )  # fmt: skip
            if st.form_submit_button(_("Save the answer"), type="primary"):
                return None, text
        return None, None
    left, right = st.columns([1.6, 1], gap="medium")
    with left:
        learn_view.clip(one.shown)
    with right:
        level = learn_view.levels(guideline, one.said)
        learn_view.hint()
    return level, None


def results(rows: Sequence[Result], zone: str, now: datetime) -> None:
    """One's own attempts, the newest first, each with its marks and their intervals."""
    for row in rows:
        with st.container(border=True, gap="xsmall", key=f"result_{row.attempt}"):
            when = fmt.moment(row.ended_at or row.started_at, zone, now)
            st.markdown(f"**{page.plain(row.exam)}** · {when} · {outcome(row)}")
            if row.marks is not None:
                marks(row.marks)
            if row.taken_back:
                st.caption(_("Taken back: {reason}").format(reason=page.plain(row.taken_back)))


def outcome(row: Result) -> str:
    """What came of an attempt, in a word."""
    if row.marks is None:
        return _("waits for its written answers to be marked") if row.ended_at else _("under way")
    if row.taken_back:
        return _("taken back")
    return _("passed") if row.marks.passed else _("not passed")


def marks(found: Marks) -> None:
    """The marks, each with its 95 % interval, and those that were not reached."""
    figures = [(_("Exact"), found.exact, found.n, "exact"), (_("Within one level"), found.near, found.n, "near")]
    figures += [
        (boundary(low), pair.right, pair.n, f"pair{low}{high}")
        for (low, high), pair in zip(BOUNDARIES, found.pairs, strict=True)
    ]
    # A row that wraps: columns would stand below one another on a phone.
    with st.container(horizontal=True):
        for name, hits, n, code in figures:
            low, high = wilson(hits, n)
            said = f"{fmt.number(hits)}/{fmt.number(n)} · {fmt.percent(low)}–{fmt.percent(high)}" if n else ""
            _mark(name, fmt.percent(hits / n) if n else fmt.UNKNOWN, said, code in found.failed)
        if found.points is not None:
            missed = "written" in found.failed
            _mark(_("In words"), fmt.percent(found.points), _("not reached") if missed else "", missed)


def _mark(name: str, value: str, said: str, failed: bool) -> None:
    with st.container(width=MARK, gap="xxsmall"):
        st.metric(name, value)
        if said:
            st.caption(f":red[{said}]" if failed else said)


def boundary(low: int) -> str:
    """A boundary between two levels, by their numbers on the keys."""
    return _("Levels {low} and {high}").format(low=low + 1, high=low + 2)
