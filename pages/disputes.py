"""Disputes: the list on the left, the item with all its grades on the right, the ruling below."""

import streamlit as st

from relevance.roles import Act, allowed
from relevance.services import disputes, facets, guidelines
from relevance.texts import _
from relevance.web import dispute_desk as desk
from relevance.web import dispute_view, page, query, queue_list, session

store, actor, project = session.store(), session.actor(), session.project()
page.head(_("Disputes"), project)
with page.door():
    wanted, start, now = desk.wanted(), desk.offset(), store.clock.now()
    found = disputes.page(store, actor, project.id, wanted, start, desk.PAGE)
    if found.batches:
        desk.filters(found, facets.of(store, found))
    guideline = guidelines.current(store, project.id)
    item = desk.opened(found, wanted, start)
    left, right = st.columns([1, 2.8], gap="medium") if found.rows else (st.container(), st.container())
    with left:
        if found.rows:
            desk.pager(found.total, start, len(found.rows))
            rows = queue_list.rows_of(found.rows, guideline, now)
            queue_list.show("queue", _("Disputes"), rows, item, lambda chosen: query.put("item", chosen))
        else:
            desk.nothing(found)
    with right, page.door():
        if item:
            detail = disputes.one(store, actor, item)
            desk.head(detail, project.time_zone, now)
            dispute_view.show(dispute_view.picture(detail, guideline, project.time_zone, now))
            if not allowed(actor, Act.DECIDE, project.id):
                st.caption(_("Leads decide disputes; you can look."))
            elif (made := desk.ruling(detail, guideline)) is not None:
                if made.kind == "level" and made.level is not None:
                    disputes.decide(store, actor, item, made.level, made.reason, made.rule, made.expects)
                else:
                    disputes.send_back(store, actor, item, made.extra, made.reason, made.expects)
                query.put("item", desk.after(found, item))
                page.done(desk.said(made, guideline))
