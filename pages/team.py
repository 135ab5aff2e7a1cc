"""Team: alerts first, then each grader's figures with their intervals, and the items behind every one of them."""

from functools import partial

import streamlit as st

from relevance.roles import Act, allowed
from relevance.services import disputes, duties, guidelines, month, regrade, team
from relevance.texts import _
from relevance.web import dispute_view, duty_view, page, query, session
from relevance.web import team_desk as desk

store, actor, project = session.store(), session.actor(), session.project()
page.head(_("Team"), project)
with page.door():
    now, zone, may = store.clock.now(), project.time_zone, allowed(actor, Act.MANAGE_TEAM, project.id)
    seen, guideline = team.team(store, actor, project.id), guidelines.current(store, project.id)
    if not any(member.card.answers for member in seen.members):
        page.empty(_("Nobody has graded yet"), _("Figures stand here with the first answers."), ":material/groups:")
        st.stop()
    desk.figures(seen, zone, now)
    preview = partial(regrade.preview, store, actor, project.id)
    if (done := desk.alerts(seen, guideline, zone, now, may, preview)) is not None:
        team.act_on(store, actor, project.id, *done)
        page.done(_("Noted. The test begins anew with the next answer."))
    if (gone := duty_view.duties(duties.of(store, actor, project.id), guideline, zone, now, may)) is not None:
        duties.take_back(store, actor, project.id, gone)
        page.done(_("Taken back: work goes on at once."))
    desk.board(seen.members)
    desk.table(seen.members)
    st.markdown(f"##### {_('Items behind a figure')}")
    member, figure, alert = desk.choose(seen)
    if alert is not None:
        rows = team.alert_items(store, actor, project.id, alert)
    else:
        rows = team.items(store, actor, project.id, member.grader, figure, week=query.whole("week")) if member else []
    item = desk.items(rows, guideline, zone, now) if alert or member else None
    if item is not None:
        detail = disputes.one(store, actor, item)
        clip, grades = st.columns([3, 2], gap="medium")
        with clip:
            dispute_view.show_clip(dispute_view.clip_of(detail))
        with grades:
            dispute_view.show_grades(dispute_view.grades_of(detail, guideline, zone, now), tall=True)
    if member and may and member.card.answers:
        st.markdown(f"##### {_('Regrade {name}').format(name=page.plain(member.name))}")
        since = regrade.last(store, actor, project.id, member.grader, desk.last_n(member))
        if since is not None:
            desk.previewed(preview(member.grader, since))
            if (reason := desk.reason("regrade", _("Take these answers out of the count"))) is not None:
                regrade.exclude(store, actor, project.id, member.grader, since, reason)
                team.forget(store)
                page.done(_("The answers no longer count; their items are graded anew."))
    if (pressed := desk.exclusions(regrade.exclusions(store, actor, project.id), zone, now, may)) is not None:
        regrade.undo(store, actor, pressed[0].id, pressed[1])
        team.forget(store)
        page.done(_("The answers count again."))
    desk.sheet(month.months(store, actor, project.id), lambda at: month.sheet(store, actor, project.id, at), project)
