"""Overview: how far the work is, whether it will be ready in time, who needs somebody. Live."""

import streamlit as st

from relevance.services import batches, overview, pulse
from relevance.texts import _
from relevance.web import overview_board as board
from relevance.web import page, session, tables

head = page.head(_("Overview"), session.project())
with page.door(), head:
    batch = board.batch_filter(batches.of(session.store(), session.project().id))


@st.fragment(run_every=4)
def live() -> None:
    """Everything that moves; asks again who is there, since the rest of the page does not run."""
    with page.door():
        store, actor, project = session.store(), session.actor(), session.project()
        shown = board.read(store, actor, project.id, batch)
        progress = shown.progress
        if not progress.total.items:
            board.nothing()
            return
        board.paused(project, progress.at)
        board.late(pulse.of(store).late())
        board.figures(progress)
        board.pictures(shown)
        st.markdown(f"##### {_('People')}")
        tables.people(overview.people(store, actor, project.id), progress.at, board.goal(store, project.id))


live()
