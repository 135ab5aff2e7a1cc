"""The part of the policy that says who decides which dispute, and how often a grader may appeal."""

from __future__ import annotations

from typing import Any

import streamlit as st

from relevance.causes import Cause
from relevance.services.inbox import WEEKLY
from relevance.services.policies import PolicyRow
from relevance.texts import _
from relevance.tiers import Tier, from_settings
from relevance.web.project_forms import difference
from relevance.web.triage_desk import cause_name, tier_name

# The setting's name, and for which cause it stands; None: see `_named`.
_WHO: tuple[tuple[str, Cause | None], ...] = (
    ("error", Cause.ERROR), ("clip", Cause.CLIP), ("boundary", Cause.BOUNDARY), ("gap", Cause.GAP),
    ("keyword", Cause.KEYWORD), ("single", None), ("known", None),
)  # fmt: skip


def _named(name: str, cause: Cause | None) -> str:
    if cause is not None:
        return cause_name(cause)
    return {"single": _("A dispute that stands alone"), "known": _("What a precedent plainly decides")}[name]


def form(now: PolicyRow) -> dict[str, Any] | None:
    """Who decides what, as a form. Returns what differs from the policy in force, when a preview is asked for."""
    tiers = from_settings(now.settings)
    given: dict[str, Any] = {}
    with st.form("dispute_settings", border=False):
        st.markdown(f"**{_('Who decides disputes')}**")
        one, two = st.columns(2, gap="medium")
        with one:
            for name, cause in _WHO:
                chosen = st.selectbox(
                    _named(name, cause), [str(tier) for tier in Tier], index=list(Tier).index(getattr(tiers, name)),
                    format_func=tier_name, key=f"tier_{name}",
                )  # fmt: skip
                given[name] = chosen
            st.caption(_("An appeal always goes to the lead."))
        with two:
            given["extra"] = st.number_input(_("More grades each time"), 1, 5, tiers.extra, key="tier_extra")
            given["returns"] = st.number_input(_("Times it is sent back, then it is the lead's"), 1, 5, tiers.returns, key="tier_returns")  # fmt: skip
            given["ask_from"] = st.number_input(
                _("Items from which the client is asked"), 0, 1000, tiers.ask_from, key="tier_ask_from",
                help=_("Smaller clusters go to the specialist."),
            )  # fmt: skip
            given["questions"] = st.number_input(_("Questions a day to the client"), 0, 1000, tiers.questions, key="tier_questions")  # fmt: skip
            given["check_from"] = st.number_input(
                _("Items from which a decision is asked for twice"), 0, 1000, tiers.check_from, key="tier_check_from"
            )
            appeals = st.number_input(
                _("Appeals a grader may make a week"), 0, 1000, int(now.settings.get("appeals_a_week", WEEKLY)), key="appeals_a_week"
            )  # fmt: skip
        asked = st.form_submit_button(_("See what this would change"), icon=":material/preview:", key="tiers_ask")
    if not asked:
        return None
    # Only what is not the default is kept, so that a better default of a later release reaches who left it alone.
    plain = from_settings({})
    own = {name: value for name, value in given.items() if value != getattr(plain, name)}
    before = {name: getattr(tiers, name) for name in given if getattr(tiers, name) != getattr(plain, name)}
    change = {} if own == before else {"tiers": own}
    if appeals != int(now.settings.get("appeals_a_week", WEEKLY)):
        change |= difference(now, {"appeals_a_week": appeals})
    return change
