"""Overlap: fixed or adaptive; what each would have cost on the project's own grades, before it is switched on."""

import streamlit as st

from relevance.roles import Act, require
from relevance.services import adaptive
from relevance.texts import _
from relevance.web import overlap_view as view
from relevance.web import page, session

store, actor, project = session.store(), session.actor(), session.project()
page.head(_("Overlap"), project)
with page.door():
    require(actor, Act.MANAGE_PROJECT, project.id)
    policy = store.live.projects[project.id].policy
    view.now(policy)
    wanted = view.ask(policy)
    with page.door():
        if st.button(_("Replay on our own grades"), icon=":material/replay:", key="replay_now"):
            with st.spinner(_("Dealing the past grades out again …")):
                st.session_state["overlap.replay"] = (
                    project.id, wanted.sure, adaptive.played(store, actor, project.id, wanted.sure),
                )  # fmt: skip
        kept = st.session_state.get("overlap.replay")
        seen = kept is not None and kept[:2] == (project.id, wanted.sure)
        if seen:
            view.replayed(kept[2])
        if policy.sure > 0 and st.button(_("Back to fixed overlap"), icon=":material/tune:", key="switch_off"):
            adaptive.switch(store, actor, project.id, 0.0, policy.cap)
            page.done(_("Overlap is fixed again."))
        changes = (policy.sure, policy.cap) != (wanted.sure, wanted.cap)
        if not seen and policy.sure == 0:
            st.caption(_("See the replay first; then it can be switched on."))
        elif changes and view.confirm(
            adaptive.preview(store, actor, project.id, wanted.sure, wanted.cap), wanted
        ):  # fmt: skip
            adaptive.switch(store, actor, project.id, wanted.sure, wanted.cap)
            page.done(_("Overlap is adaptive now."))
    if policy.sure > 0:
        st.markdown(f"##### {_('Why items stand where they stand')}")
        view.lines(adaptive.lines(store, actor, project.id), project.time_zone, store.clock.now())
