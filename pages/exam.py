"""Exam: what may be begun, the paper while it is under way, one's own results."""

import streamlit as st

from relevance.services import attempts, guidelines, passes, sitting
from relevance.texts import _
from relevance.web import exam_view as view
from relevance.web import page, query, session

store, actor, project = session.store(), session.actor(), session.project()
page.head(_("Exam"), project)
with page.door():
    now = store.clock.now()
    state = passes.state(store, actor, project.id)
    if state.running is None:
        view.standing(state, project.time_zone, now)
        if not state.exams:
            page.empty(_("No exam is offered"), _("A specialist makes it from decided items."), ":material/quiz:")
        if (exam := view.offers(state, project.time_zone, now)) is not None:
            sitting.start(store, actor, project.id, exam)
            query.put("place", None)
            st.rerun()
        view.results(state.results, project.time_zone, now)
    else:
        paper = sitting.paper(store, actor, state.running)

        @st.fragment(run_every=10)
        def clock() -> None:
            """The time that is left; when it is over the page shows the result."""
            session.actor()  # it runs without the rest of the page: who is there, and in which language, is asked again
            view.clock(paper, store.clock.now())
            if store.clock.now() > paper.ends_at + attempts.GRACE:
                st.rerun()

        clock()
        at = view.place(paper)
        if view.overview(paper, at):
            sitting.hand_in(store, actor, paper.attempt)
            query.put("place", None)
            st.rerun()
        level, text = view.question(paper.questions[at], guidelines.current(store, project.id))
        if level is not None or text is not None:
            sitting.say(store, actor, paper.attempt, at, level, text)
            query.put("place", at + 2 if at + 1 < len(paper.questions) else at + 1)
            st.rerun()
