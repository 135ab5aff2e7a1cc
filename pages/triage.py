"""Triage: disputes that one rule would settle, in the order of what deciding them is worth."""

from functools import partial

import streamlit as st

from relevance.roles import Act, allowed
from relevance.services import agendas, client_questions, disputes, guidelines, inbox, meetings, triage
from relevance.texts import _
from relevance.web import client_desk, cluster_desk, dispute_view, format, page, query, queue_list, session
from relevance.web import triage_desk as desk

store, actor, project = session.store(), session.actor(), session.project()
page.head(_("Triage"), project)
with page.door():
    now, guideline = store.clock.now(), guidelines.current(store, project.id)
    may, decides = allowed(actor, Act.TRIAGE, project.id), allowed(actor, Act.DECIDE, project.id)
    tier, cause = desk.wanted()
    found = triage.page(store, actor, project.id, tier, cause, desk.SHOWN)
    asked = client_questions.of(store, actor, project.id)
    desk.show_link()
    board, client = st.tabs(
        [_("Clusters ({n})").format(n=format.number(found.clusters)), _("Asked the client ({n})").format(n=len(asked))]
    )
    with board, page.door():
        desk.filters(found)
        desk.age(found, now)
        rows = found.rows
        row = triage.opened(store, actor, project.id, desk.asked_for(), rows)
        if row is None:
            desk.nothing()
        else:
            queue, clip, work = st.columns([1, 1.6, 1.4], gap="medium")
            with queue:
                shown = desk.rows_of(rows)
                queue_list.show(
                    "triage", _("Triage"), shown, desk.number_of(row), lambda one: query.put("cluster", one)
                )
            with clip:
                desk.head(row, guideline)
                seen = desk.telling(row, triage.look(store, actor, project.id, row.telling), guideline)
                if seen is not None:
                    dispute_view.show_clip(dispute_view.clip_of(disputes.one(store, actor, seen.item)))
                    desk.said_of(seen, guideline)
                    desk.appeals(inbox.appeal_of(store, actor, seen.item))
            with work, page.door():
                look = partial(cluster_desk.looks, store, actor, project, guideline, row)
                if decides and (settling := desk.proposal(row, guideline, look)) is not None:
                    _act, n = triage.settle(
                        store, actor, project.id, row.items, settling.level, settling.reason, settling.rule,
                        looks=settling.looks, precedent=settling.precedent,
                    )  # fmt: skip
                    page.done(_("Settled; items: {n}.").format(n=n))
                if (said := desk.cause(row, may)) is not None:
                    triage.give_cause(store, actor, project.id, row.items, said)
                    query.put("cluster", desk.number_of(row))  # it may stand elsewhere in the order now
                    page.done(_("Cause: {cause}.").format(cause=desk.cause_name(said)))
                desk.worth(row)
                if may:
                    with st.container(horizontal=True, gap="small"):
                        parts = triage.look(store, actor, project.id, row.items[:200])
                        gathered = desk.split(row, parts) or desk.merge(row, rows)
                        question = desk.ask(row, seen.item, guideline, actor.language) if seen is not None else None
                        back = desk.undo_hand(row)
                        meeting = desk.to_meeting(row, meetings.of(store, actor, project.id)) if decides else None
                    if meeting is not None:
                        agendas.add_cluster(store, actor, meeting, row.id)
                        page.done(_("It stands at the end of the agenda."))
                    if gathered is not None:
                        act = triage.gather(store, actor, project.id, *gathered)
                        query.put("cluster", -act)
                        page.done(_("A cluster of {n} was made.").format(n=len(gathered[0])))
                    if back:
                        triage.give_back(store, actor, project.id, row.items)
                        page.done(_("Back to the proposed clusters."))
                    if question is not None and seen is not None:
                        text, choices, tongue = question
                        _n, token = client_questions.ask(
                            store, actor, project.id, seen.item, text, choices, tongue, row.id
                        )
                        desk.keep_link(f"/ask/{token}")
                        st.rerun()
            if seen is not None:
                cluster_desk.show(store, actor, project, row, seen.item, guideline)
    with client, page.door():
        settle = partial(client_desk.by_answer, store, actor, project, guideline, asked) if decides else None
        done = client_desk.questions(asked, guideline, project.time_zone, now, may, settle)
        if done is not None and (by := done.by) is not None:
            reason = _("The client's answer: {answer}").format(answer=done.row.comment or done.row.text)
            settled = client_questions.apply(
                store, actor, project.id, done.row.id, by.items, reason, by.looks, by.scope, by.supersedes
            )
            page.done(cluster_desk.settled(settled))
        elif done is not None:
            client_questions.take_back(store, actor, project.id, done.row.id)
            page.done(_("The link opens no more."))
