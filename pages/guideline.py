"""Guideline: what decides how a clip is graded, to read and to search; who may publishes a new version."""

import streamlit as st

from relevance.roles import Act, allowed, require
from relevance.services import amendments, guidelines
from relevance.texts import _
from relevance.web import amend_desk as desk
from relevance.web import format as fmt
from relevance.web import guideline_view as view
from relevance.web import page, query, session

store, actor, project = session.store(), session.actor(), session.project()
page.head(_("Guideline"), project)
with page.door():
    require(actor, Act.SEE_GUIDELINE, project.id)
    guideline = guidelines.current(store, project.id)
    grades = allowed(actor, Act.GRADE, project.id)
    if grades and (card := amendments.card_for(store, actor, project.id)) and (said := desk.card(card)) is not None:
        if amendments.acknowledge(store, actor, card.guideline, said):
            page.done(_("Right. Your next item comes now."))
        st.warning(_("Not quite: read it once more, then answer again."))
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
    if (pair := desk.compare(guidelines.versions(store, project.id))) is not None:
        desk.changes(amendments.diff(store, actor, project.id, *pair, actor.language))
    if allowed(actor, Act.MAKE_RULE, project.id):
        if (made := desk.new_draft(guideline)) is not None:
            amendments.draft(store, actor, project.id, made.rule, made.heading, made.text_zh, made.text_en)
            page.done(_("The draft is kept."))
        waiting = [one for one in amendments.drafts(store, actor, project.id) if one.state in ("draft", "review")]
        touched = {
            one.id: amendments.touches(
                store, actor, project.id, amendments.Scope(rules=(one.rule,) if one.rule else ())
            )
            for one in waiting
        }
        match desk.drafts(waiting, touched):
            case (number, step):
                amendments.step(store, actor, number, step)
                st.rerun()
            case desk.ToPublish() as now:
                items = touched[now.draft].items
                done = amendments.publish(store, actor, now.draft, now.note, now.card, now.choice, items)
                page.done(_("Version {n} is in force.").format(n=done.version))
    if allowed(actor, Act.PUBLISH_GUIDELINE, project.id) and (new := view.publish()) is not None:
        version = guidelines.import_markdown(store, actor, project.id, new.zh, new.en, new.note, new.names)
        page.done(_("Version {n} is in force.").format(n=version))
