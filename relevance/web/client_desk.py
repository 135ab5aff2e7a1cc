"""The client's single questions on the triage page: what waits, what was answered, and settling by an answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from relevance.precedents import SCOPES, Scope
from relevance.roles import Actor
from relevance.services import client_questions, cluster_ruling, triage
from relevance.services.client_questions import QuestionRow
from relevance.services.guidelines import Guideline
from relevance.services.projects import ProjectRow
from relevance.services.second_look import Looks
from relevance.store.store import Store
from relevance.texts import _
from relevance.web import dispute_view as view
from relevance.web import format as fmt
from relevance.web import look_desk, page, precedent_desk


@dataclass(frozen=True, slots=True)
class ByAnswer:
    """How an answer settles: the items, what was said of further clips, how far the precedent holds, whose place it takes."""

    items: Sequence[int]
    looks: Looks
    scope: Scope
    supersedes: int | None


@dataclass(frozen=True, slots=True)
class Done:
    """What was pressed at a question: settle by its answer, or (None) take its link back."""

    row: QuestionRow
    by: ByAnswer | None


def questions(
    rows: Sequence[QuestionRow], guideline: Guideline, zone: str, now: datetime, may: bool,
    settle: Callable[[QuestionRow], ByAnswer | None] | None,
) -> Done | None:  # fmt: skip
    """The single questions, and what was pressed at one.

    Args:
        may: whether the reader takes links back.
        settle: the form under an answer that settled nothing yet (`by_answer`); None: the reader does not decide.
    """
    if not rows:
        page.empty(
            _("No question to the client yet"), _("Ask one from a cluster: the link works on a phone."), ":material/contact_support:",
        )  # fmt: skip
        return None
    names = {level.level: view.level_name(level) for level in guideline.levels}
    states = {
        "waiting": _("waiting"), "answered": _("Answered"), "expired": _("expired"), "taken_back": _("taken back"),
    }  # fmt: skip
    done: Done | None = None
    for row in rows:
        with st.container(border=True, gap="xsmall"):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                keyword = fmt.in_language(row.keyword_zh, row.keyword_en)
                st.markdown(f"**{page.plain(keyword)}**", width="content")
                st.badge(states[row.state], color="green" if row.state == "answered" else "gray")
                st.caption(fmt.moment(row.made_at, zone, now))
            st.markdown(page.plain(row.text))
            if row.level is not None:
                said = names[row.level] + (f" · {row.comment}" if row.comment else "")
                st.markdown(f":material/reply: **{page.plain(said)}**")
            if row.state == "answered" and not row.applied and settle is not None and (by := settle(row)) is not None:
                done = Done(row, by)
            if row.state == "waiting" and may and st.button(_("Take back"), key=f"take_back_{row.id}"):
                done = Done(row, None)
    return done


def by_answer(
    store: Store, actor: Actor, project: ProjectRow, guideline: Guideline, asked: Sequence[QuestionRow], row: QuestionRow
) -> ByAnswer | None:  # fmt: skip
    """The form that settles a cluster by the client's answer; None until it is pressed.

    asked: all questions, for what the client said of further clips of it.
    """
    if row.level is None:
        return None
    items = triage.asked_about(store, actor, project.id, row.cluster, row.item)
    looks: Looks | None = ()
    if others := [item for item in reversed(items) if item != row.item]:
        known = client_questions.answered_too(asked, row.id, items)
        key = f"answer_{row.id}"
        looks = look_desk.ask(store, actor, project, guideline, others, row.level, len(items), key, known)
    if looks is None:
        return None
    scope = st.selectbox(
        _("How far the precedent holds that it leaves"), SCOPES, SCOPES.index("pair" if row.cluster is None else "keyword"),
        precedent_desk.scope_name, key=f"apply_scope_{row.id}",
    )  # fmt: skip
    against = cluster_ruling.contradicted(store, actor, project.id, row.item, row.level, None, scope)
    supersedes = precedent_desk.instead(against, guideline, f"apply_instead_{row.id}")
    label = _("Settle by this answer")
    if st.button(label, key=f"apply_{row.id}", type="primary", icon=":material/done_all:"):
        return ByAnswer(items, looks, scope, supersedes)
    return None
