"""Training: the guideline rule by rule, each with clips, the rule and the reason told at once."""

import streamlit as st

from relevance.services import duties, guidelines, training
from relevance.texts import _
from relevance.web import page, query, session
from relevance.web import training_view as view

store, actor, project = session.store(), session.actor(), session.project()
page.head(_("Training"), project)
with page.door():
    if (duty := duties.own(store, actor, project.id, "retrain")) is not None:
        view.asked(duty)
    course = training.course(store, actor, project.id, query.number("course") or None)
    at = view.place(course)
    if not course.steps:
        page.empty(_("No training yet"), _("A specialist makes it from decided items."), ":material/school:")
    elif at >= len(course.steps):
        view.head(course)
        if view.finished(course):
            query.put("course", course.number + 1)
            query.put("step", None)
            st.rerun()
    else:
        view.head(course)
        shown = course.steps[at]
        level = view.step(shown, at, guidelines.current(store, project.id))
        if level is not None:
            training.answer(store, actor, project.id, shown.example, level, course.number)
            query.put("step", at + 1)
            st.rerun()
