"""Adaptive overlap's screen: the replay on the project's own grades, the switch, the line on each item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from relevance.consensus import Policy
from relevance.quality.overlap import CAP, SURE
from relevance.quality.replay import Outcome
from relevance.services.adaptive import Line, Replayed
from relevance.services.policies import PolicyPreview
from relevance.texts import _
from relevance.web import charts, page
from relevance.web import format as fmt

_FAMILIES = {"majority": "#8b8f97", "model": "#5b8bc9", "equal": "#d9822b", "adaptive": "#2a7f62"}


@dataclass(frozen=True, slots=True)
class Switch:
    """The policy as somebody wants it: how sure, and the most grades an item. sure 0: fixed overlap."""

    sure: float
    cap: int


def now(policy: Policy) -> None:
    """What is in force."""
    if policy.sure > 0:
        said = _("Adaptive: a label must be sure by {sure}; at least {least}, at most {most} grades an item.")
        st.success(
            said.format(sure=fmt.percent(policy.sure), least=fmt.number(max(2, policy.overlap)), most=fmt.number(policy.cap)),
            icon=":material/auto_mode:",
        )  # fmt: skip
    else:
        said = _("Fixed: {first} grades first, a lead of {lead} settles a split, at most {most}.")
        st.info(
            said.format(first=fmt.number(policy.overlap), lead=fmt.number(policy.margin), most=fmt.number(policy.cap)),
            icon=":material/tune:",
        )  # fmt: skip


def ask(policy: Policy) -> Switch:
    """How sure a label must be, and the most grades: the two numbers that a lead sets."""
    one, two = st.columns(2)
    sure = one.slider(
        _("How sure must a label be? (%)"), 50, 99, round((policy.sure or SURE) * 100), key="sure",
        help=_("The label is expected to lie within the rest of the scale from the truth: at 90 %, within 10 %."),
    )  # fmt: skip
    cap = two.slider(
        _("Most grades an item"), 2, 15, policy.cap if policy.sure else CAP, key="overlap_cap",
        help=_("What is not sure by then goes to a person: more grades would not help."),
    )  # fmt: skip
    return Switch(sure / 100, cap)


def replayed(found: Replayed) -> None:
    """The replay: cost against accuracy, one point a policy, and the same as a table."""
    said = _("{items} items with three grades or more, {grades} grades, dealt out again in random order.")
    st.caption(said.format(items=fmt.number(found.items), grades=fmt.number(found.grades)))
    if found.by_model:
        st.warning(
            _(
                "Only {n} of these items have a known level. Accuracy is measured against the label from all their grades: it "
                "tells policies apart, but flatters them all."
            ).format(n=fmt.number(found.known)),
            icon=":material/info:",
        )
    else:
        st.caption(
            _(
                "Accuracy is measured on {n} items whose level is known. Items that people decided are the hard ones, so that "
                "it lies below the accuracy of all labels."
            ).format(n=fmt.number(found.known))
        )
    st.plotly_chart(figure(found.outcomes), config=charts.CONFIG, key="replay")
    st.dataframe(
        [
            {
                "#": number,
                _("Policy"): name(one.policy),
                _("Grades an item"): fmt.number(one.grades_per_item_all, 2),
                _("Accuracy"): fmt.percent(one.accuracy, 1),
                _("Distance (levels)"): fmt.number(one.distance, 3),
                _("Goes to people"): fmt.percent(one.unsure, 1),
            }
            for number, one in enumerate(found.outcomes, 1)
        ],
        hide_index=True,
        key="replay_table",
    )


def name(policy: str) -> str:
    """A policy in the reader's words."""
    family, _dash, n = policy.partition("-")
    return {
        "majority": _("Fixed {n}, majority"),
        "model": _("Fixed {n}, model"),
        "equal": _("Two equal, at most {n}"),
        "adaptive": _("Adaptive, at most {n}"),
    }[family].format(n=n)


def figure(outcomes: Sequence[Outcome]) -> go.Figure:
    """Cost (grades an item) against accuracy: what lies further up and further left is better.

    The points have the numbers of the table's rows: their names would lie on each other on a phone.
    """
    found = go.Figure()
    number = {one.policy: place for place, one in enumerate(outcomes, 1)}
    for family, colour in _FAMILIES.items():
        rows = [one for one in outcomes if one.policy.startswith(family)]
        if not rows:
            continue
        found.add_scatter(
            x=[one.grades_per_item_all for one in rows], y=[one.accuracy for one in rows], mode="markers+text+lines",
            name=name(rows[0].policy).split(",")[0] if family == "adaptive" else name(rows[0].policy).split(" ")[0],
            text=_texts(rows, number), customdata=[name(one.policy) for one in rows], textposition="bottom center" if family == "majority" else "top center", showlegend=False,
            marker={"size": 14 if family == "adaptive" else 10, "color": colour},
            line={"color": colour, "width": 1, "dash": "dot"},
            hovertemplate="%{customdata}<br>" + _("Grades an item") + ": %{x:.2f}<br>" + _("Accuracy") + ": %{y:.1%}<extra></extra>",
        )  # fmt: skip
    found.update_layout(height=380, margin={"l": 8, "r": 24, "t": 24, "b": 8}, hovermode="closest")
    found.update_xaxes(title=_("Grades an item"), automargin=True)
    found.update_yaxes(title=_("Accuracy"), tickformat=".1%", automargin=True)
    return found


def _texts(rows: Sequence[Outcome], number: Mapping[str, int]) -> list[str]:
    """Each point's number; points that lie on each other have theirs in one, at the last of them."""
    texts: list[str] = []
    for at, one in enumerate(rows):
        alike = [
            place
            for place, other in enumerate(rows)
            if abs(other.grades_per_item_all - one.grades_per_item_all) < 0.05
            and abs(other.accuracy - one.accuracy) < 0.005
        ]
        texts.append(", ".join(str(number[rows[place].policy]) for place in alike) if at == alike[-1] else "")
    return texts


def confirm(preview: PolicyPreview, wanted: Switch) -> bool:
    """What the change does at once; True where it is to be put in force."""
    said = _("At once it reopens {reopens} items, settles {settles}, disputes {disputes}. Grades are never changed.")
    st.caption(
        said.format(
            reopens=fmt.number(preview.reopens),
            settles=fmt.number(preview.settles),
            disputes=fmt.number(preview.disputes),
        )
    )
    label = _("Switch it on: sure by {sure}, at most {most}").format(
        sure=fmt.percent(wanted.sure), most=fmt.number(wanted.cap)
    )
    return st.button(label, type="primary", icon=":material/auto_mode:", key="switch_on")


def explained(sentence: str, values: Mapping[str, Any]) -> str:
    """The line on an item, in the reader's language."""
    return _(sentence).format(**values)


def line(found: tuple[str, dict[str, Any]] | None) -> None:
    """The line on one item, where there is one."""
    if found is not None:
        st.caption(f":material/auto_mode: {page.plain(explained(*found))}")


def lines(rows: Sequence[Line], zone: str, at: datetime) -> None:
    """The newest verdicts, each with its line."""
    st.dataframe(
        [
            {
                _("Item"): row.item,
                _("Keyword"): fmt.in_language(row.keyword_zh, row.keyword_en),
                _("Clip"): row.clip_name,
                _("State"): charts.state_name(row.state),
                _("Grades"): " ".join(row.said),
                _("Why"): explained(row.sentence, row.values),
                _("When"): fmt.moment(row.made_at, zone, at),
            }
            for row in rows
        ],
        hide_index=True,
        key="lines",
    )
