"""Examples of rules and who has read which version, on the guideline's page for who writes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import streamlit as st

from relevance.services import rule_examples
from relevance.services.guidelines import Guideline
from relevance.services.reads import Reading
from relevance.services.rule_examples import RuleExample
from relevance.texts import _
from relevance.web import dispute_view, guideline_view, page
from relevance.web import format as fmt
from relevance.web.pilot_desk import ROLES


@dataclass(frozen=True, slots=True)
class NewExample:
    """An item that shall be an example of a rule."""

    rule: str
    item: int
    kind: str
    note: str


def new(guideline: Guideline, offered: Mapping[int, str]) -> NewExample | None:
    """The form of an example: the rule, the item (from a list or by its number), what it shows."""
    names = {rule.id: dispute_view.rule_name(rule) for rule in guideline.rules}
    with st.form("example", border=False, clear_on_submit=True):
        rule = st.selectbox(_("Rule"), list(names), format_func=lambda one: names[one], key="example_rule")
        one, two = st.columns([3, 1])
        item = one.selectbox(
            _("Item, decided ones first"), list(offered), None, lambda number: offered[number], placeholder="–",
            key="example_item",
        )  # fmt: skip
        given = two.number_input(_("or its number"), 0, value=0, step=1, key="example_number")
        kind = st.radio(
            _("What it shows"), list(rule_examples.NAMES), horizontal=True, key="example_kind",
            format_func=lambda one: _(rule_examples.NAMES[one]),
        )  # fmt: skip
        note = st.text_input(_("Why, in a few words"), max_chars=rule_examples.LONGEST, key="example_note")
        if st.form_submit_button(_("Add the example"), icon=":material/add:") and rule is not None:
            number = int(given) or item
            if number is None:
                st.error(_("Choose an item, or give its number."))
                return None
            return NewExample(rule, int(number), kind, note)
    return None


def listed(
    guideline: Guideline, examples: Mapping[str, Sequence[RuleExample]], percents: Sequence[int]
) -> int | None:  # fmt: skip
    """All examples by rule. Returns the one that shall be withdrawn."""
    names = {rule.id: dispute_view.rule_name(rule) for rule in guideline.rules}
    chosen = None
    for rule, some in sorted(examples.items(), key=lambda pair: names.get(pair[0], pair[0])):
        st.markdown(f"**{page.plain(names.get(rule, rule))}**")
        for one in some:
            with st.container(horizontal=True, vertical_alignment="center", key=f"example_{one.id}"):
                st.markdown(f"{_(rule_examples.NAMES[one.kind])} · #{one.item}", width="content")
                st.caption(page.plain(guideline_view.example_name(one, percents)), width="stretch")
                if st.button(_("Withdraw"), key=f"withdraw_{one.id}", type="tertiary", icon=":material/close:"):
                    chosen = one.id
    if not examples:
        st.caption(_("No rule has an example yet. Graders see them below the rule, beside the clip too (G)."))
    return chosen


def version(rows: Sequence[Mapping[str, Any]]) -> int:
    """The version whose readers are shown: the newest unless another is chosen."""
    names = {int(row["id"]): _("Version {n}").format(n=row["version"]) for row in rows}
    return int(
        st.selectbox(_("Version"), list(names), format_func=lambda number: names[number], key="read_version")
    )  # fmt: skip


def readers(found: Sequence[Reading], zone: str, now: datetime) -> None:
    """Who has read a version and when, those who have not first."""
    missing = [one for one in found if not one.has]
    said = _("{n} of {all} have read it.").format(n=fmt.number(len(found) - len(missing)), all=fmt.number(len(found)))
    names = ", ".join(page.plain(one.name) for one in missing)
    st.markdown(said + (f" {_('Not yet: {names}').format(names=names)}" if missing else ""))
    st.dataframe(
        [
            {
                _("Who"): one.name,
                _("Role"): _(ROLES[one.role]),
                _("Opened"): fmt.moment(one.opened_at, zone, now),
                _("Acknowledged"): fmt.moment(one.acknowledged_at, zone, now),
            }
            for one in found
        ],
        hide_index=True,
    )
