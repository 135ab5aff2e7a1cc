"""Questions: bad clips and unclear keywords, one answer for all their items; and what graders ask their lead."""

import streamlit as st

from relevance.services import asks, guidelines, questions
from relevance.texts import _
from relevance.web import format as fmt
from relevance.web import page, query, queue_list, session
from relevance.web import question_desk as desk

store, actor, project = session.store(), session.actor(), session.project()
page.head(_("Questions"), project)
with page.door():
    now, guideline = store.clock.now(), guidelines.current(store, project.id)
    rows = questions.of(store, actor, project.id)
    asked = asks.of(store, actor, project.id, open_only=True)
    about, from_graders, answered = st.tabs(desk.tabs(len(rows), len(asked)))
    with about, page.door():
        if (row := desk.chosen(rows, query.number("question"))) is not None:
            queue, subject, answer = st.columns([1, 1.75, 1.5], gap="medium")
            with queue:
                shown = desk.rows_of(rows, now)
                queue_list.show("questions", _("Questions"), shown, row.id, lambda one: query.put("question", one))
            with subject:
                desk.show(row)
            with answer, page.door():
                desk.flags(row)
                if (said := desk.answer(row, guideline)) is not None:
                    n = questions.answer(store, actor, row.id, said.outcome, said.text, said.level)
                    query.put("question", None)
                    page.done(_("Answered; items: {n}.").format(n=fmt.number(n)))
        else:
            desk.none_open()
    with from_graders, page.door():
        if not asked:
            desk.none_asked()
        for one in asked:
            if (reply := desk.ask(one, project.time_zone, now)) is not None:
                asks.reply(store, actor, one.id, reply)
                page.done(_("Replied to {name}.").format(name=one.name))
    with answered:
        desk.answered(questions.of(store, actor, project.id, answered=True), guideline)
