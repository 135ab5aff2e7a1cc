"""The guideline's next version as its page works it: drafts with their pilots, examples, who has read what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager

import streamlit as st

from relevance.roles import Act, Actor, allowed
from relevance.services import (
    amendments,
    draft_basis,
    guidelines,
    pilots,
    precedents,
    reads,
    rule_examples,
    touched_by,
    whole_drafts,
)
from relevance.services.amendments import Draft
from relevance.services.draft_basis import Corrected
from relevance.services.guidelines import Guideline
from relevance.services.pilots import Pilot
from relevance.services.projects import ProjectRow
from relevance.services.rule_examples import RuleExample
from relevance.store.store import Store
from relevance.texts import _
from relevance.web import amend_desk, example_desk, guideline_view, page, pilot_desk

Examples = Mapping[str, Sequence[RuleExample]]


def tabs(writes: bool) -> Sequence[AbstractContextManager[object]]:
    """The page's parts: the guideline alone, or with what its writers need."""
    if not writes:
        return [st.container()]
    return st.tabs([_("Guideline"), _("Next version"), _("Examples"), _("Who has read it")])


def drafts(store: Store, actor: Actor, project: ProjectRow, guideline: Guideline, examples: Examples) -> None:
    """Drafting, of a rule or of the whole as Markdown; piloting and publishing what was drafted."""
    if allowed(actor, Act.MAKE_RULE, project.id) and (made := amend_desk.new_draft(guideline)) is not None:
        amendments.draft(store, actor, project.id, made.rule, made.heading, made.text_zh, made.text_en)
        page.done(_("The draft is kept."))
    if allowed(actor, Act.PUBLISH_GUIDELINE, project.id):
        if (new := guideline_view.bring()) is not None:
            kept = whole_drafts.take(store, actor, project.id, new.zh, new.en, new.note, new.names)
            page.done(
                _("The draft is kept.")
                if kept is not None
                else _("This text is in force already. Examples in it that were new stand with their rules now.")
            )
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(_("The version in force, to be changed and brought back as a draft:"), width="content")
            for language, name in (("zh", _("Chinese (Markdown)")), ("en", _("English (Markdown)"))):
                if (text := guidelines.export_markdown(store, actor, project.id, language)) is not None:
                    st.download_button(
                        name, text, f"guideline.v{guideline.version}.{language}.md", "text/markdown", key=f"export_{language}",
                        icon=":material/download:",
                    )  # fmt: skip
    tried = pilots.of(store, actor, project.id) if allowed(actor, Act.MAKE_RULE, project.id) else []
    open_ = [row for row in amendments.drafts(store, actor, project.id) if row.state in ("draft", "review")]
    rests = [row.decision for row in open_ if row.decision is not None]
    newer = draft_basis.gone(store, actor, project.id, rests)
    for row in open_:
        with st.container(border=True, key=f"draft_{row.id}"), page.door():
            mine = [one for one in tried if one.amendment == row.id]
            _draft(store, actor, project, row, mine, examples, newer.get(row.decision or 0))


def _draft(
    store: Store, actor: Actor, project: ProjectRow, row: Draft, tried: Sequence[Pilot], examples: Examples,
    newer: Corrected | None,
) -> None:  # fmt: skip
    guideline = guidelines.current(store, project.id)
    changes = whole_drafts.changes(store, actor, row.id, actor.language)
    match amend_desk.head(row, changes, guideline):
        case "review" | "back" | "dropped" as step:
            amendments.step(store, actor, row.id, step)
            st.rerun()
    if newer is not None:
        amend_desk.corrected(newer, guideline, project.time_zone, store.clock.now())
    if row.base != guideline.id:
        if amend_desk.overtaken(row):
            amendments.carry_over(store, actor, row.id)
            page.done(_("The draft stands on the version in force now. Look at it, then hand it in for review."))
        return
    running = [one for one in tried if one.closed_at is None]
    for one in tried:
        if one.closed_at is not None:
            pilot_desk.closed(one, pilots.result(store, actor, one.id), pilots.drafted(store, row.id))
        elif pilot_desk.under_way(one):
            pilots.close(store, actor, one.id)
            page.done(_("The pilot is closed; its result stands with the draft."))
    if not running and allowed(actor, Act.MAKE_RULE, project.id):
        people, mark = pilots.people(store, actor, project.id), pilots.mark_of(store, project.id)
        if (asked := pilot_desk.begin(row.id, people, mark, bool(tried))) is not None:
            pilots.make(
                store, actor, asked.draft, asked.accounts, asked.n, asked.seed, asked.mark, asked.items
            )  # fmt: skip
            page.done(_("The pilot has begun: everybody who was asked finds it in his navigation."))
    if row.state != "review" or not allowed(actor, Act.PUBLISH_GUIDELINE, project.id):
        return
    if running or not tried:
        pilot_desk.none("open" if running else "never")
    percents = store.live.projects[project.id].policy.percents
    there = precedents.of(store, actor, project.id)
    scope = amend_desk.scope(row, changes, guideline, touched_by.keywords(store, actor, project.id), there)
    touched = amendments.touches(store, actor, project.id, scope)
    cards = [one for rule in scope.rules for one in examples.get(rule, ())]
    now = amend_desk.publish(row, touched, guideline, cards, percents, newer)
    if now is not None:
        done = amendments.publish(
            store, actor, now.draft, now.note, now.card, now.choice, touched.items, now.level, scope.precedent,
            now.despite,
        )  # fmt: skip
        page.done(_("Version {n} is in force.").format(n=done.version))


def examples(store: Store, actor: Actor, project: ProjectRow, guideline: Guideline, there: Examples) -> None:
    """Adding and withdrawing examples of rules."""
    if not allowed(actor, Act.MAKE_RULE, project.id):
        return
    if guideline.rules and (
        (made := example_desk.new(guideline, rule_examples.offered(store, actor, project.id))) is not None
    ):
        rule_examples.add(store, actor, project.id, made.rule, made.item, made.kind, made.note)
        page.done(_("The example stands with its rule."))
    percents = store.live.projects[project.id].policy.percents
    if (gone := example_desk.listed(guideline, there, percents)) is not None:
        rule_examples.withdraw(store, actor, gone)
        page.done(_("The example is withdrawn."))


def readers(store: Store, actor: Actor, project: ProjectRow) -> None:
    """Who has read which version, and when."""
    rows = guidelines.versions(store, project.id)
    if not rows or not reads.may(actor, project.id):
        return
    version = example_desk.version(rows)
    example_desk.readers(reads.of(store, actor, project.id, version), project.time_zone, store.clock.now())
