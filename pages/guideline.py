"""Guideline: what decides how a clip is graded, to read and to search; who may writes its next version."""

import streamlit as st

from relevance.roles import Act, allowed, require
from relevance.services import amendments, guidelines, pilots, reads, rule_examples
from relevance.texts import _
from relevance.web import amend_desk, card_desk, next_version, page, pilot_desk, session
from relevance.web import guideline_view as view

store, actor, project = session.store(), session.actor(), session.project()
page.head(_("Guideline"), project)
with page.door():
    require(actor, Act.SEE_GUIDELINE, project.id)
    guideline = guidelines.current(store, project.id)
    examples = rule_examples.of(store, project.id)
    percents = store.live.projects[project.id].policy.percents
    reads.opened(store, actor, project.id)
    with st.container():  # always there, so that the tabs below keep their place
        pilot_desk.waits(pilots.waiting(store, actor, project.id))
    card_desk.show(store, actor, project)
    writes = allowed(actor, Act.MAKE_RULE, project.id) or allowed(actor, Act.PUBLISH_GUIDELINE, project.id)
    with (tabs := next_version.tabs(writes))[0]:
        view.head(guideline, project.time_zone, store.clock.now())
        view.levels(guideline)
        view.searched(guideline, examples, percents)
        if (pair := amend_desk.compare(guidelines.versions(store, project.id))) is not None:
            amend_desk.changes(amendments.diff(store, actor, project.id, *pair, actor.language), guideline)
    if writes:
        with tabs[1], page.door():
            next_version.drafts(store, actor, project, guideline, examples)
        with tabs[2], page.door():
            next_version.examples(store, actor, project, guideline, examples)
        with tabs[3], page.door():
            next_version.readers(store, actor, project)
