"""Correcting a decision of a closed meeting: a new decision that refers to it, while the meeting's own record stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from relevance.meeting import LONGEST, Binds, Ending
from relevance.precedents import SCOPES
from relevance.services.agendas import CaseRow
from relevance.services.guidelines import Guideline
from relevance.services.minutes import BINDS
from relevance.services.outcomes import RULED, Outcome
from relevance.texts import _
from relevance.web import amend_desk, dispute_view, page, precedent_desk
from relevance.web import format as fmt


@dataclass(frozen=True, slots=True)
class Correction:
    """What shall take a decision's place. `back`: what the decision settled with it is taken back too."""

    outcome: int
    ending: Ending
    back: bool


def corrections(
    cases: Sequence[CaseRow], ends: Sequence[Outcome], guideline: Guideline, zone: str, now: datetime, may: bool
) -> Correction | None:  # fmt: skip
    """Every case that was decided, with what took its place. Returns a decision that shall be corrected, and how."""
    ruled = [one for one in ends if one.kind in RULED and one.corrects is None]
    if not ruled or not (may or any(one.corrected_by for one in ruled)):
        return None
    st.markdown(f"##### {_('Corrections')}")
    st.caption(
        _(
            "A closed meeting is not changed. A correction is a new decision that refers to the old one; the minutes say "
            "that there is one."
        )
    )
    by_id, names = (
        {one.id: one for one in ends},
        {level.level: dispute_view.level_name(level) for level in guideline.levels},
    )
    words = {case.id: (nth, fmt.in_language(case.keyword_zh, case.keyword_en)) for nth, case in enumerate(cases, 1)}
    said: Correction | None = None
    for first in ruled:
        nth, keyword = words.get(first.case_id, (0, f"#{first.item}"))
        with st.container(border=True, gap="xsmall", key=f"ruled_{first.id}"):
            st.markdown(f"**{nth}. {page.plain(keyword)}**")
            level = names.get(first.level or 0, fmt.UNKNOWN) if first.level is not None else fmt.UNKNOWN
            st.caption(_("Decided: {level}").format(level=page.plain(level)) + " · " + page.plain(first.reason))
            last = first
            while last.corrected_by is not None:
                last = by_id[last.corrected_by]
                new = names.get(last.level or 0, fmt.UNKNOWN) if last.level is not None else fmt.UNKNOWN
                st.markdown(
                    _("Corrected {when}: {level}. {reason}").format(
                        when=fmt.moment(last.made_at, zone, now), level=page.plain(new), reason=page.plain(last.reason)
                    )
                )
            if may:
                said = _form(last, guideline, names) or said
    return said


def _form(old: Outcome, guideline: Guideline, names: Mapping[int, str]) -> Correction | None:
    """How a decision is corrected: as a case ends in the room, with a reason and what it leaves."""
    rules = {rule.id: dispute_view.rule_name(rule) for rule in guideline.rules}
    binds: tuple[Binds, ...] = ("precedent", "amendment", "single")
    with st.expander(_("Correct this decision"), icon=":material/edit:"):
        # Before the form: what it leaves decides what the form asks for.
        left = st.radio(
            _("What it leaves behind"), binds, binds.index(old.binds) if old.binds in binds else 0,
            lambda one: _(BINDS[one]), horizontal=True, key=f"correct_binds_{old.id}",
        )  # fmt: skip
        known = [None, *rules]
        place = known.index(old.rule) if old.rule in known else 0
        changed = None
        if left == "amendment":  # before the form too: its text of now is what one changes
            changed = st.selectbox(
                _("Rule"), known, place, lambda one: rules[one] if one else _("A new rule"),
                key=f"correct_amends_{old.id}",
            )  # fmt: skip
        return _asked(old, left, changed, place, rules, names, guideline)


def _asked(
    old: Outcome, left: Binds, changed: str | None, place: int, rules: Mapping[str, str], names: Mapping[int, str],
    guideline: Guideline,
) -> Correction | None:  # fmt: skip
    """The form of a correction that leaves a precedent, an amendment (of the rule `changed`) or nothing but a single case."""
    scope, single, heading, zh, en = "keyword", "", "", "", ""
    with st.form(f"correct_{old.id}", border=False):
        level = st.radio(
            _("Right level"), sorted(names, reverse=True), None, lambda one: names[one], horizontal=True,
            key=f"correct_level_{old.id}",
        )  # fmt: skip
        reason = st.text_area(_("Why it is corrected"), max_chars=LONGEST, key=f"correct_why_{old.id}")
        rule = changed
        if left != "amendment":
            rule = st.selectbox(
                _("Rule"), [None, *rules], place, lambda one: rules.get(one or "", "–"), key=f"correct_rule_{old.id}"
            )
        if left == "precedent":
            scope = st.selectbox(
                _("Scope"), SCOPES, SCOPES.index("keyword"), precedent_desk.scope_name, key=f"correct_scope_{old.id}"
            )
        elif left == "amendment":
            heading, zh, en = amend_desk.text_fields(guideline, changed, f"correct_{{name}}_{old.id}", LONGEST)
        else:
            single = st.text_input(_("Why it is a single case"), max_chars=LONGEST, key=f"correct_single_{old.id}")
        if old.precedent is not None and left != "precedent":
            st.caption(_("Its precedent then holds for this clip and keyword alone, at the right level."))
        back = old.settled > 0 and st.checkbox(
            _("Take back what was settled with it; items: {n}").format(n=fmt.number(old.settled)), True,
            key=f"correct_back_{old.id}",
        )  # fmt: skip
        if st.form_submit_button(_("Record the correction"), type="primary", icon=":material/gavel:"):
            if left == "amendment" and amend_desk.unchanged(guideline, changed, zh, en):
                return None
            ending = Ending(
                "decided", reason, level=level, rule=rule, binds=left, single_why=single,
                scope=scope, heading=heading, text_zh=zh, text_en=en,
            )  # fmt: skip
            return Correction(old.id, ending, back)
    return None
