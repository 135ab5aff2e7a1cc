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
from relevance.web import dispute_view, page, precedent_desk
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
        return _asked(old, left, rules, names)


def _asked(old: Outcome, left: Binds, rules: Mapping[str, str], names: Mapping[int, str]) -> Correction | None:
    """The form of a correction that leaves a precedent, an amendment or nothing but a single case."""
    scope, single, zh, en = "keyword", "", "", ""
    with st.form(f"correct_{old.id}", border=False):
        level = st.radio(
            _("Right level"), sorted(names, reverse=True), None, lambda one: names[one], horizontal=True,
            key=f"correct_level_{old.id}",
        )  # fmt: skip
        reason = st.text_area(_("Why it is corrected"), max_chars=LONGEST, key=f"correct_why_{old.id}")
        known = [None, *rules]
        rule = st.selectbox(
            _("Rule"), known, known.index(old.rule) if old.rule in known else 0, lambda one: rules.get(one or "", "–"),
            key=f"correct_rule_{old.id}",
        )  # fmt: skip
        if left == "precedent":
            scope = st.selectbox(
                _("Scope"), SCOPES, SCOPES.index("keyword"), precedent_desk.scope_name, key=f"correct_scope_{old.id}"
            )
        elif left == "amendment":
            one, two = st.columns(2)
            zh = one.text_area(_("Text in Chinese"), max_chars=LONGEST, key=f"correct_zh_{old.id}")
            en = two.text_area(_("Text in English"), max_chars=LONGEST, key=f"correct_en_{old.id}")
        else:
            single = st.text_input(_("Why it is a single case"), max_chars=LONGEST, key=f"correct_single_{old.id}")
        if old.precedent is not None and left != "precedent":
            st.caption(_("Its precedent then holds for this clip and keyword alone, at the right level."))
        back = old.settled > 0 and st.checkbox(
            _("Take back what was settled with it; items: {n}").format(n=fmt.number(old.settled)), True,
            key=f"correct_back_{old.id}",
        )  # fmt: skip
        if st.form_submit_button(_("Record the correction"), type="primary", icon=":material/gavel:"):
            ending = Ending(
                "decided", reason, level=level, rule=rule, binds=left, single_why=single,
                scope=scope, text_zh=zh, text_en=en,
            )  # fmt: skip
            return Correction(old.id, ending, back)
    return None
