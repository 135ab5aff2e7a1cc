"""Pilots on the guideline's page for who publishes: beginning one, how far everybody is, closing it, what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from relevance.pilot import LEAST, MOST, Figure, Result
from relevance.quality.bootstrap import Estimate
from relevance.services.guidelines import Guideline
from relevance.services.pilots import NAMED, Pilot
from relevance.texts import N_, _
from relevance.web import dispute_view, page
from relevance.web import format as fmt
from relevance.web.frame import PAGES

ROLES = {
    "client": N_("Client"),
    "grader": N_("Grader"),
    "lead": N_("Lead"),
    "specialist": N_("Specialist"),
}


@dataclass(frozen=True, slots=True)
class NewPilot:
    """A pilot that shall begin. items: named ones; None: they are drawn."""

    draft: int
    accounts: tuple[int, ...]
    n: int
    seed: int
    mark: float
    items: tuple[int, ...] | None


def waits(waiting: Sequence[Pilot]) -> None:
    """A line for who was asked: where to go, and how far he is."""
    for one in waiting:
        said = _("You are asked to try a draft of the guideline: {done} of {n} clips graded.").format(
            done=fmt.number(one.mine or 0), n=fmt.number(one.items)
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/science: {said}", width="content")
            st.page_link(PAGES / "pilot.py", label=_("Grade under the draft"), query_params={"pilot": str(one.id)})


def begin(draft: int, people: Sequence[tuple[int, str, str]], mark: float, again: bool = False) -> NewPilot | None:
    """The form of a draft's pilot; `again`: it had one."""
    title = _("Pilot it once more") if again else _("Pilot this draft before it is published")
    with st.expander(title, icon=":material/science:"):
        names = {account: f"{name} · {_(ROLES[role])}" for account, name, role in people}
        with st.form(f"pilot_{draft}", border=False):
            chosen = st.multiselect(
                _("Who grades, each alone"), list(names), default=[a for a, _name, r in people if r != "grader"],
                format_func=lambda account: names[account], placeholder=_("Choose somebody"), key=f"pilot_who_{draft}",
            )  # fmt: skip
            one, two, three = st.columns(3)
            n = one.number_input(_("Clips"), LEAST, MOST, LEAST, 10, key=f"pilot_n_{draft}")
            least = two.number_input(
                _("Mark for each rule, %"), 0, 100, round(mark * 100), 5, key=f"pilot_mark_{draft}",
                help=_("Of two people's grades on a clip, how often they are the same at least."),
            )  # fmt: skip
            seed = three.number_input(
                _("Draw"), 0, 2**31 - 1, 1, 1, key=f"pilot_seed_{draft}",
                help=_("The same number draws the same clips."),
            )  # fmt: skip
            given = st.text_input(_("Or name the items (their numbers)"), key=f"pilot_items_{draft}")
            if st.form_submit_button(_("Begin the pilot"), icon=":material/play_arrow:"):
                numbers = tuple(
                    int(word) for word in given.replace(",", " ").replace("，", " ").split() if word.isdecimal()
                )
                return NewPilot(draft, tuple(chosen), int(n), int(seed), least / 100, numbers or None)
    return None


def under_way(one: Pilot) -> bool:
    """How far everybody is, never what he says. True where it shall be closed."""
    with st.container(border=True, key=f"pilot_row_{one.id}"):
        st.markdown(f"**:material/science: {_('Pilot #{n} is under way').format(n=one.id)}** · {_drawn(one)}")
        done = sum(each.done for each in one.people)
        st.progress(
            done / (one.items * len(one.people)),
            text=" · ".join(f"{page.plain(each.name)} {each.done}/{one.items}" for each in one.people),
        )
        st.caption(_("Nobody sees another's grades before it is closed."))
        return bool(st.button(_("Close the pilot"), icon=":material/lock:", key=f"close_{one.id}"))


def _drawn(one: Pilot) -> str:
    if one.seed == NAMED:
        return _("{n} clips, named").format(n=one.items)
    return _("{n} clips, draw {seed}").format(n=one.items, seed=one.seed)


def closed(one: Pilot, result: Result, guideline: Guideline) -> None:
    """What a pilot came to: over all, by rule, by pair of levels, beside the last version on the same clips."""
    with st.container(border=True, key=f"pilot_row_{one.id}"):
        st.markdown(f"**:material/science: {_('Pilot #{n}').format(n=one.id)}** · {_drawn(one)}")
        names = {rule.id: dispute_view.rule_name(rule) for rule in guideline.rules}
        under = [names.get(rule, rule) for rule in result.under]
        if under:
            said = _("Under the mark of {mark}: {rules}").format(
                mark=fmt.percent(result.mark), rules=", ".join(page.plain(name) for name in under)
            )
            st.warning(said, icon=":material/trending_down:")
        unknown = [names.get(one.of, one.of) for one in result.rules if one.exact.value is None]
        if unknown:
            said = _("Too few grades to say anything of: {rules}").format(
                rules=", ".join(page.plain(name) for name in unknown)
            )
            st.info(said, icon=":material/hourglass_empty:")
        elif result.rules and not under:
            st.success(
                _("Every rule reaches the mark of {mark}.").format(mark=fmt.percent(result.mark)),
                icon=":material/check:",
            )
        percents = {level.level: f"{level.percent}%" for level in guideline.levels}
        whole = _("All clips")
        _table(
            [
                (f"{whole}: {_('the same level')}", result.exact, result.exact_before, fmt.percent),
                (f"{whole}: {_('at most one level apart')}", result.near, result.near_before, fmt.percent),
                (f"{whole}: {_('Krippendorff alpha')}", result.alpha, result.alpha_before, _two),
                *_figures(sorted(result.rules, key=lambda one: one.of not in result.under), names),
                *_figures(result.pairs, {pair.of: _pair(pair.of, percents) for pair in result.pairs}),
            ],
            set(under),
        )
        st.caption(
            _(
                "How often two people give a clip the same level, with the 95 % interval and how many clips it rests on. "
                "Last version: the work's own grades of the same clips under it. A rule's clips are those for which "
                "somebody cites it under the draft."
            )
        )


def _figures(
    rows: Sequence[Figure], names: Mapping[str, str]
) -> list[tuple[str, Estimate, Estimate, Callable[[float | None], str]]]:  # fmt: skip
    return [(names.get(row.of, row.of), row.exact, row.before, fmt.percent) for row in rows]


def _pair(of: str, percents: Mapping[int, str]) -> str:
    low, high = of.split("/")
    return f"{percents[int(low)]} / {percents[int(high)]}"


def _two(value: float | None) -> str:
    return fmt.number(value, 2)


def _said(one: Estimate, say: Callable[[float | None], str]) -> str:
    if one.value is None:
        return fmt.UNKNOWN
    return f"{say(one.value)} ({say(one.low)} – {say(one.high)}; n={fmt.number(one.items)})"


def _table(rows: Sequence[tuple[str, Estimate, Estimate, Callable[[float | None], str]]], under: set[str]) -> None:
    # A table of wrapping text: a grid cuts its cells on a phone, and hides rows below its edge.
    st.table(
        {
            _("What"): [
                page.plain(name) + (f" · **{_('under the mark')}**" if name in under else "") for name, *_rest in rows
            ],
            _("Draft"): [_said(now, say) for _name, now, _before, say in rows],
            _("Last version"): [_said(before, say) for _name, _now, before, say in rows],
        },
        hide_index=True,
    )


def none(state: Literal["never", "open"]) -> None:
    """Publishing without a pilot's result: that is said."""
    st.caption(
        _("This draft was not piloted.")
        if state == "never"
        else _("Its pilot is under way: close it before publishing.")
    )
