"""Disputes: the list, the item's clip, and beside it all its grades and the ruling."""

import streamlit as st

from relevance.roles import Act, allowed
from relevance.services import adaptive, disputes, facets, guidelines
from relevance.texts import _
from relevance.web import dispute_desk as desk
from relevance.web import dispute_view, overlap_view, page, query, queue_list, session

store, actor, project = session.store(), session.actor(), session.project()
page.head(_("Disputes"), project)
with page.door():
    wanted, start, now = desk.wanted(), desk.offset(), store.clock.now()
    found = disputes.page(store, actor, project.id, wanted, start, desk.PAGE)
    if found.batches:
        desk.filters(found, facets.of(store, found))
    guideline = guidelines.current(store, project.id)
    item = desk.opened(found, project.id, wanted, start)
    queue, clip, ruling = desk.places(bool(found.rows))
    with queue:
        if found.rows:
            desk.pager(found.total, start, len(found.rows))
            rows = queue_list.rows_of(found.rows, guideline, now)
            queue_list.show("queue", _("Disputes"), rows, item, lambda chosen: query.put("item", chosen))
        else:
            desk.nothing(found)
    if item:
        detail = desk.of_project(disputes.one(store, actor, item), project)
        with clip:
            desk.head(detail, guideline, project.time_zone, now)
            overlap_view.line(adaptive.line_of(store, item))
            dispute_view.show_clip(dispute_view.clip_of(detail))
        with ruling, page.door():
            decides = allowed(actor, Act.DECIDE, project.id)
            grades = dispute_view.grades_of(detail, guideline, project.time_zone, now)
            dispute_view.show_grades(grades, tall=not decides)
            if not decides:
                st.caption(_("Leads decide disputes; you can look."))
            elif (made := desk.ruling(detail, guideline)) is not None:
                if made.kind == "level" and made.level is not None:
                    disputes.decide(store, actor, item, made.level, made.reason, made.rule, made.expects)
                else:
                    disputes.send_back(store, actor, item, made.extra, made.reason, made.expects)
                query.put("item", desk.after(found, item))
                page.done(desk.said(made, guideline))
