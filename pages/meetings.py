"""Meetings: the list, and of one its agenda, its people and what came out of it. The meeting itself is in its room."""

import streamlit as st

from relevance.roles import Act, allowed
from relevance.services import meetings
from relevance.texts import _
from relevance.web import meeting_desk as desk
from relevance.web import page, session

store, actor, project = session.store(), session.actor(), session.project()
page.head(_("Meetings"), project)
with page.door():
    runs = allowed(actor, Act.RUN_MEETING, project.id)
    rows = meetings.of(store, actor, project.id)
    chosen = desk.choose(rows, project)
    # Who has no meeting and makes none has no list either: what there is to say then stands alone.
    listed, shown = st.columns([2, 5], gap="medium") if rows or runs else (st.container(), st.container())
    with listed:
        desk.listed(rows, chosen, project)
        if runs:
            desk.new(store, actor, project)
            desk.setting(store, actor, project)
    with shown, page.door():
        if chosen is None:
            desk.nothing(runs)
        else:
            desk.head(chosen, project)
            desk.agenda(store, actor, chosen, runs)
            desk.people(store, actor, chosen, runs)
            desk.after(store, actor, chosen)
            if chosen.state == "closed":
                desk.corrections(store, actor, chosen, project)
