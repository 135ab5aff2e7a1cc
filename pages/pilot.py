"""Pilot: the same clips graded under a draft of the guideline, each alone, before it is published."""

import streamlit as st

from relevance.services import pilots
from relevance.texts import _
from relevance.web import page, query, session
from relevance.web import pilot_view as view

store, actor, project = session.store(), session.actor(), session.project()
page.head(_("Pilot"), project)
with page.door():
    waiting = pilots.waiting(store, actor, project.id)
    if not waiting:
        page.empty(_("No pilot waits for you"), _("Who tries a draft of the guideline is asked by name."), view.ICON)
    else:
        chosen = view.choose(waiting)
        sheet = pilots.sheet(store, actor, chosen.id)
        at = view.place(sheet)
        view.head(sheet)
        if at is None:
            page.empty(
                _("All clips have your grade"),
                _("Until the pilot is closed you can go back and change one."),
                view.ICON,
            )
        answer = view.question(sheet, at)
        if answer is not None:
            pilots.say(store, actor, chosen.id, answer.place, answer.level, answer.rule)
            query.put("place", answer.place + (2 if answer.done else 1))
            st.rerun()
        view.draft(sheet)
