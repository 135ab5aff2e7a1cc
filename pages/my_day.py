"""My day: a grader's own count and pace, the lead's replies, the last answers."""

import streamlit as st

from relevance.services import asks, guidelines, month, my_work, team
from relevance.texts import _
from relevance.web import day_view, page, session, team_desk

store, actor, project = session.store(), session.actor(), session.project()
page.head(_("My day"), project)
with page.door():
    now = store.clock.now()
    day_view.figures(my_work.my_day(store, actor, project.id))
    asked = asks.of(store, actor, project.id, mine=True)
    if asked:
        st.markdown(f"##### {_('What I asked')}")
        day_view.replies(asked, project.time_zone, now)
    st.markdown(f"##### {_('My last answers')}")
    mine = my_work.recent(store, actor, project.id, 50)
    if mine:
        day_view.answers(mine, guidelines.current(store, project.id), project.time_zone, now)
    else:
        page.empty(_("Nothing yet"), _("Your answers of the last 24 hours stand here."), ":material/hourglass_empty:")
    st.markdown(f"##### {_('My month')}")
    team_desk.own(team.mine(store, actor, project.id))
    overturned = team.items(store, actor, project.id, actor.account, "overturned")
    if overturned:
        st.caption(_("Items of mine that were overturned"))
        team_desk.items(overturned, guidelines.current(store, project.id), project.time_zone, now, own=True)
    team_desk.sheet(
        month.months(store, actor, project.id), lambda at: month.sheet(store, actor, project.id, at), project
    )
