"""Precedents: what was decided for the like, what each settled, and taking that back."""

from functools import partial

import streamlit as st

from relevance.roles import Act, allowed
from relevance.services import guidelines, precedents, propagation
from relevance.texts import _
from relevance.web import page, session
from relevance.web import precedent_desk as desk

store, actor, project = session.store(), session.actor(), session.project()
page.head(_("Precedents"), project)
with page.door():
    now, guideline = store.clock.now(), guidelines.current(store, project.id)
    rows = precedents.of(store, actor, project.id)
    carried = propagation.of(store, actor, project.id)
    may = allowed(actor, Act.DECIDE, project.id)
    books, acts = st.tabs([_("Precedents"), _("Carried on")])
    with books:
        desk.table(rows, guideline, project.time_zone, now)
        if may and (row := desk.chosen(rows)) is not None:
            items = propagation.like(store, actor, project.id, row.precedent)
            shown = propagation.preview(store, actor, project.id, items, row.precedent.level)
            if picked := desk.preview(shown, guideline):
                propagation.apply(
                    store, actor, project.id, picked, row.precedent.level, row.precedent.reason, row.precedent.rule,
                    precedent=row.precedent.id,
                )  # fmt: skip
                page.done(_("Settled by this precedent; it can be undone under Carried on."))
    with acts, page.door():
        undoes = partial(propagation.may_undo, actor, project.id)
        if (act := desk.carried(carried, guideline, project.time_zone, now, undoes)) is not None:
            done = propagation.undo(store, actor, act)
            page.done(desk.undone(done))
