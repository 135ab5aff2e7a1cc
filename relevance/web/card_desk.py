"""The card of a substantive version, which a grader reads before his next item: what changed, an example, a question."""

from __future__ import annotations

import streamlit as st

from relevance.roles import Act, Actor, allowed
from relevance.services import amendments
from relevance.services.amendments import CardToRead
from relevance.services.projects import ProjectRow
from relevance.store.store import Store
from relevance.texts import _, language
from relevance.web import format as fmt
from relevance.web import media_routes, page


def show(store: Store, actor: Actor, project: ProjectRow) -> bool:
    """The card that waits for the actor, and his answer to it; False: there is none."""
    card = amendments.card_for(store, actor, project.id) if allowed(actor, Act.GRADE, project.id) else None
    if card is None:
        return False
    if (said := _card(card)) is not None:
        if amendments.acknowledge(store, actor, card.guideline, said):
            page.done(_("Right. Your next item comes now."))
        st.warning(_("Not quite: read it once more, then answer again."))
    return True


def before_work(store: Store, actor: Actor, project: ProjectRow) -> bool:
    """The card on the Grade page, before a grader begins. Whoever holds items is in the middle of them and is not stopped."""
    if store.live.held_by(actor.account) or amendments.card_for(store, actor, project.id) is None:
        return False
    page.head(_("Before you go on"), project)
    return show(store, actor, project)


def _card(one: CardToRead) -> int | None:
    """What changed, an example and the question; the answer that was chosen."""
    with st.container(border=True, key="card"):
        st.markdown(f"##### {_('What changed')}", anchors=False)
        st.markdown(page.plain(fmt.in_language(one.what_zh, one.what_en)))
        if one.content_id:
            source = media_routes.clip_src(one.content_id, one.start_ms, one.end_ms)
            st.html(
                f'<video src="{source}" controls muted '
                'style="max-width:420px;width:100%;max-height:50vh;background:#000"></video>'
            )
        question, options = one.check(language())
        with st.form("card_form", border=False):
            chosen = st.radio(page.plain(question), range(len(options)), None, lambda nth: options[nth])
            if st.form_submit_button(_("Answer"), type="primary"):
                if chosen is not None:
                    return int(chosen)
                st.caption(_("Choose one of the answers."))
    return None
