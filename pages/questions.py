"""Questions: bad clips and unclear keywords, one answer for all their items; and what graders ask their lead."""

import streamlit as st

from relevance.services import disputes, guidelines
from relevance.texts import _
from relevance.web import format as fmt
from relevance.web import page, query, queue_list, session
from relevance.web import question_desk as desk

store, actor, project = session.store(), session.actor(), session.project()
page.head(_("Questions"), project)
with page.door():
    now, guideline = store.clock.now(), guidelines.current(store, project.id)
    rows = disputes.questions(store, actor, project.id)
    asks = disputes.asks(store, actor, project.id, open_only=True)
    tabs = st.tabs([_("Clips and keywords"), _("Graders ask ({n})").format(n=fmt.number(len(asks))), _("Answered")])
    with tabs[0], page.door():
        if not rows:
            page.empty(
                _("No open questions"),
                _("Graders' flags on a clip or a keyword come here, once for all its items."),
                ":material/task_alt:",
            )
        else:
            left, right = st.columns([1, 2.8], gap="medium")
            row = next((one for one in rows if one.id == query.number("question")), rows[0])
            with left:
                queue_list.show(
                    "questions", _("Questions"), desk.rows_of(rows, now), row.id, lambda id: query.put("question", id)
                )
            with right, page.door():
                desk.show(row)
                if (said := desk.answer(row, guideline)) is not None:
                    n = disputes.answer_question(store, actor, row.id, said.outcome, said.text, said.level)
                    query.put("question", None)
                    page.done(_("Answered; items: {n}.").format(n=fmt.number(n)))
    with tabs[1], page.door():
        if not asks:
            page.empty(
                _("Nobody is waiting for a reply"),
                _("What graders ask about an item (key A) comes here."),
                ":material/forum:",
            )
        for one in asks:
            if (reply := desk.ask(one, project.time_zone, now)) is not None:
                disputes.reply(store, actor, one.id, reply)
                page.done(_("Replied to {name}.").format(name=one.name))
    with tabs[2]:
        desk.answered(disputes.questions(store, actor, project.id, answered=True), guideline)
