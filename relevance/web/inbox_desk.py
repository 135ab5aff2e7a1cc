"""The inbox at work: cards, and what a grader says to each is done at once."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from relevance.roles import Actor
from relevance.services import guidelines, inbox
from relevance.services.inbox import Overturned, Reply
from relevance.services.projects import ProjectRow
from relevance.store.store import Store
from relevance.texts import _
from relevance.web import inbox_view as view
from relevance.web import page

PASSED = "inbox.passed"


def cards(
    store: Store, actor: Actor, project: ProjectRow, told: Sequence[Overturned], replies: Sequence[Reply]
) -> None:  # fmt: skip
    """One card each: the lead's replies first, then answers that were decided otherwise."""
    now, guideline = store.clock.now(), guidelines.current(store, project.id)
    for reply in replies:
        if view.reply(reply, project.time_zone, now):
            inbox.see(store, actor, project.id, "reply", reply.ask)
            st.rerun()
    for one in told:
        with page.door():
            match view.overturned(one, guideline, project.time_zone, now):
                case ("agree", _text, _times):
                    inbox.agree(store, actor, one.assignment, one.decision)
                    inbox.see(store, actor, project.id, "overturned", one.decision)
                    page.done(_("Thank you."))
                case ("appeal", text, times):
                    inbox.appeal(store, actor, one.assignment, one.decision, text, times)
                    inbox.see(store, actor, project.id, "overturned", one.decision)
                    page.done(_("Your appeal is with your lead."))
                case ("read", _text, _times):
                    inbox.see(store, actor, project.id, "outcome", one.outcome_decision or one.decision)
                    st.rerun()


def before_work(store: Store, actor: Actor, project: ProjectRow) -> bool:
    """What was not read yet, a few at most, before a grader begins; True while it stands there.

    Whoever holds items is in the middle of them and is not stopped; whoever goes on to work is not asked again.
    """
    if st.session_state.get(PASSED) or store.live.held_by(actor.account):
        return False
    told, replies = inbox.unread(store, actor, project.id)
    if not told and not replies:
        return False
    page.head(_("Before you go on"), project)
    if st.button(_("Go on grading"), icon=":material/play_circle:", type="primary", key="go_on"):
        st.session_state[PASSED] = True
        st.rerun()
    view.left(inbox.appeals_left(store, actor, project.id))
    cards(store, actor, project, told, replies)
    return True
