"""Inbox: my answers that were decided otherwise, each with agree or appeal; outcomes of appeals; my lead's replies."""

import streamlit as st

from relevance.services import guidelines, inbox
from relevance.texts import _
from relevance.web import inbox_view as view
from relevance.web import page, session

store, actor, project = session.store(), session.actor(), session.project()
page.head(_("Inbox"), project)
with page.door():
    now, guideline = store.clock.now(), guidelines.current(store, project.id)
    told, replies = inbox.overturned(store, actor, project.id), inbox.replies(store, actor, project.id)
    if not told and not replies:
        page.empty(_("Nothing here"), _("What was decided otherwise than you answered comes here, with its reason."))
    view.left(inbox.appeals_left(store, actor, project.id))
    for reply in [one for one in replies if not one.seen][: inbox.FEW]:
        if view.reply(reply, project.time_zone, now):
            inbox.see(store, actor, project.id, "reply", reply.ask)
            st.rerun()
    for one in view.few(told, inbox.FEW):
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
    view.earlier(told, guideline, project.time_zone, now)
