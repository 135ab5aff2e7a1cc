"""Precedents: what was decided for the like, what rests on each, what takes its place, and taking back what it settled."""

from functools import partial

import streamlit as st

from relevance.roles import Act, allowed
from relevance.services import guidelines, precedents, propagation, second_look
from relevance.texts import _
from relevance.web import look_desk, page, session
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
        if (row := desk.chosen(rows)) is not None:
            one, held = row.precedent, row.superseded_by is None
            desk.rests(precedents.resting(store, actor, project.id, one.id))
            if may and held and one.scope != "pair":
                before = second_look.earlier(store, project.id, propagation.basis_of(one))
                apart = before.otherwise(one.level)
                items = [item for item in propagation.like(store, actor, project.id, one) if item not in apart]
                shown = propagation.preview(store, actor, project.id, items, one.level)
                look = partial(look_desk.ask, store, actor, project, guideline, before=before)
                picked, looks = desk.preview(shown, guideline, one.level, str(one.id), look)
                if picked:
                    propagation.settle_like(store, actor, project.id, one, picked, looks)
                    page.done(_("Settled by this precedent; it can be undone under Carried on."))
            if held and allowed(actor, Act.SUPERSEDE, project.id):
                with page.door():
                    if (made := desk.replacement(row, rows, guideline)) is not None:
                        if made.new is not None:
                            precedents.replaced(store, actor, one.id, made.new, made.reason)
                        else:
                            precedents.withdrawn(
                                store, actor, one.id, made.level, made.reason, made.rule, made.scope
                            )  # fmt: skip
                        page.done(_("Precedent #{id} is superseded; what it settled stays settled.").format(id=one.id))
    with acts, page.door():
        undoes = partial(propagation.may_undo, actor, project.id)
        if (act := desk.carried(carried, guideline, project.time_zone, now, undoes)) is not None:
            done = propagation.undo(store, actor, act)
            page.done(desk.undone(done))
