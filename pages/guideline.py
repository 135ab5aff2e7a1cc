"""Guideline: what decides how a clip is graded, to read and to search; who may publishes a new version."""

import streamlit as st

from relevance.roles import Act, allowed, require
from relevance.services import guidelines
from relevance.texts import _
from relevance.web import format as fmt
from relevance.web import guideline_view as view
from relevance.web import page, query, session

store, actor, project = session.store(), session.actor(), session.project()
page.head(_("Guideline"), project)
with page.door():
    require(actor, Act.SEE_GUIDELINE, project.id)
    guideline = guidelines.current(store, project.id)
    if not guideline.version:
        page.empty(_("No guideline yet"), _("Levels have plain names until one is published."), ":material/menu_book:")
    else:
        view.head(guideline, project.time_zone, store.clock.now())
    view.levels(guideline)
    if guideline.rules:
        text = query.search(_("Search the guideline"), "search", _("words of a rule, in Chinese or English"))
        found = view.matching(guideline.rules, text)
        if text:
            st.caption(_("{n} of {all} rules").format(n=fmt.number(len(found)), all=fmt.number(len(guideline.rules))))
        view.rules(found)
    if allowed(actor, Act.PUBLISH_GUIDELINE, project.id) and (new := view.publish()) is not None:
        version = guidelines.import_markdown(store, actor, project.id, new.zh, new.en, new.note, new.names)
        page.done(_("Version {n} is in force.").format(n=version))
