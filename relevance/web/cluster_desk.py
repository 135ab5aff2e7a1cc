"""Deciding a whole cluster on the triage page: level, rule, reason, how far it holds, and every item that it would meet."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from relevance.precedents import SCOPES, Scope
from relevance.roles import Actor
from relevance.services import cluster_ruling, propagation, second_look
from relevance.services.cluster_rows import ClusterRow
from relevance.services.cluster_ruling import Ruling, Settled
from relevance.services.disputes import LONGEST_TEXT
from relevance.services.guidelines import Guideline
from relevance.services.plainly import Proposal
from relevance.services.projects import ProjectRow
from relevance.services.propagation import PreviewRow
from relevance.services.second_look import Basis, Looks
from relevance.store.store import Store
from relevance.texts import _, ngettext
from relevance.web import dispute_view as view
from relevance.web import format as fmt
from relevance.web import look_desk, page, precedent_desk


def show(
    store: Store, actor: Actor, project: ProjectRow, row: ClusterRow, item: int, guideline: Guideline
) -> None:  # fmt: skip
    """The form, and the decision once it is pressed. `item`: the one that is shown; it becomes the precedent."""
    if not cluster_ruling.may(actor, project.id, row.tier):
        return
    with st.container(border=True, key="decide_cluster"), page.door():
        st.markdown(f"**{_('Decide this cluster')}**")
        level = _level(row, guideline)
        if level is None:
            st.caption(_("Choose a level: then every item that it would settle is shown, before anything is done."))
            return
        rule, scope = _bounds(row, guideline)
        against = cluster_ruling.contradicted(store, actor, project.id, item, level, rule, scope)
        supersedes = precedent_desk.instead(against, guideline, f"rule_instead_{row.id}")
        like = _like(propagation.preview(store, actor, project.id, row.items, level), row, item, guideline)
        reason = st.text_area(
            _("Reason (it stands beside the clip from now on)"),
            max_chars=LONGEST_TEXT,
            height=80,
            key=f"rule_why_{row.id}",
        )
        # The telling clips first, the farthest from the first of them before the others: they are least alike.
        clips = look_desk.in_order((*reversed(row.telling), *reversed(row.items)), like)
        looks = look_desk.ask(store, actor, project, guideline, clips, level, len(like) + 1, row.id)
        if looks is None:
            return
        n = len(like) + 1 - sum(said != level for _item, said in looks)
        label = ngettext("Settle {n} item", "Settle {n} items", n).format(n=fmt.number(n))
        if st.button(label, type="primary", key=f"rule_{row.id}", icon=":material/gavel:"):
            ruling = Ruling(level, reason, rule, scope, supersedes, looks)
            done = cluster_ruling.decide(store, actor, project.id, row.id, item, like, ruling)
            page.done(settled(done))


def settled(done: Settled) -> str:
    """What came of a decision, in a sentence."""
    said = _("Settled; items: {n}. Precedent #{id} stands beside their clips; it can be taken back on its page.")
    return said.format(n=fmt.number(done.items), id=done.precedent)


def looks(
    store: Store, actor: Actor, project: ProjectRow, guideline: Guideline, row: ClusterRow, said: Proposal
) -> Looks | None:  # fmt: skip
    """What is said of further clips before a cluster is settled as earlier decisions say."""
    clips = look_desk.in_order((*reversed(row.telling), *reversed(row.items)), row.items)
    basis = Basis(said.level, said.reason, said.rule, precedent=said.precedent)
    before = second_look.earlier(store, project.id, basis) if len(row.items) > 1 else second_look.NOTHING
    n = len(row.items)
    return look_desk.ask(store, actor, project, guideline, clips, said.level, n, f"plain_{row.id}", (), before)


def _level(row: ClusterRow, guideline: Guideline) -> int | None:
    names = {one.level: view.level_name(one) for one in guideline.levels}
    return st.segmented_control(
        _("Level"), sorted(names, reverse=True), format_func=lambda one: names[one], key=f"rule_level_{row.id}"
    )


def _bounds(row: ClusterRow, guideline: Guideline) -> tuple[str | None, Scope]:
    """The rule that says so, the one cited most to begin with, and how far the decision holds."""
    rules = {rule.id: view.rule_name(rule) for rule in guideline.rules}
    cited = next((text for kind, text, _n in row.shared if kind == "rule" and text in rules), None)
    known = [None, *rules]
    one, two = st.columns(2)
    rule = one.selectbox(
        _("Rule"), known, known.index(cited), lambda name: rules.get(name or "", "–"), key=f"rule_rule_{row.id}"
    )
    usual = "pair" if len(row.items) == 1 else "keyword"
    far = {one: precedent_desk.scope_name(one) for one in SCOPES}
    scope = two.selectbox(_("Scope"), SCOPES, SCOPES.index(usual), lambda one: far[one], key=f"rule_scope_{row.id}")
    return rule, scope


def _like(rows: Sequence[PreviewRow], row: ClusterRow, item: int, guideline: Guideline) -> list[int]:
    """The other items that it would settle, those that disagree most first, any of them taken out."""
    others = [one for one in rows if one.item != item]
    if not others:
        return []
    st.caption(_("The clip that is shown is decided in any case. Its like, those that disagree most with it first:"))
    return precedent_desk.chosen_of(others, guideline, f"rule_like_{row.id}")
