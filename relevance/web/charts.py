"""The overview's pictures (plotly). Numbers in, a figure out; no figure where there is nothing to draw.

Colours are told apart by colour-blind readers too; a state and a level have one colour on every screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

import plotly.graph_objects as go

from relevance.clock import day_of
from relevance.services.overview import MARK, BatchProgress, Day, KeywordProgress, States
from relevance.texts import _
from relevance.web import format as fmt

COLOURS = {
    "settled": "#2a7f62", "decided": "#5b8bc9", "disputed": "#d9822b", "open": "#c3cad3", "withdrawn": "#8b8f97",
}  # fmt: skip
LEVEL_COLOURS = ("#b3362b", "#e08a3c", "#4f9bc4", "#1f5fa0")
DUE_COLOURS = {
    "missed": "#b3362b",
    "late": "#b3362b",
    "tight": "#b36b13",
    "fine": "#2a7f62",
    "done": "#2a7f62",
    "": "#6b7280",
}
CONFIG = {"displayModeBar": False, "scrollZoom": False}
DAYS = 30
KEYWORDS = 12


def state_name(state: str) -> str:
    """A state of an item in the reader's words."""
    return {
        "settled": _("Settled"), "decided": _("Decided"), "disputed": _("Disputed"), "open": _("Open"),
        "withdrawn": _("Withdrawn"),
    }[state]  # fmt: skip


def due_text(row: BatchProgress, zone: str, now: datetime) -> str:
    """A batch's deadline and forecast in one line."""
    if row.due == "done":
        return _("finished")
    deadline = _("due {when}").format(when=fmt.moment(row.deadline, zone, now)) if row.deadline else _("no deadline")
    if row.forecast is None:
        return f"{deadline} · " + _("too early for a forecast")
    if row.forecast.early is not None and row.forecast.late is not None:
        first, last = (fmt.day(day_of(at, zone), weekday=False) for at in (row.forecast.early, row.forecast.late))
        whole = fmt.day(day_of(row.forecast.at, zone))
        when = whole if first == last else _("{first} to {last}").format(first=first, last=last)
    else:
        when = fmt.day(day_of(row.forecast.at, zone))
    return f"{deadline} · " + _("forecast {when}").format(when=when)


def _layout(figure: go.Figure, height: int, gap: float = 0.32) -> go.Figure:
    figure.update_layout(
        height=height, margin={"l": 8, "r": 12, "t": 8, "b": 8}, barmode="stack", bargap=gap, hovermode="closest",
        showlegend=True, legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "xanchor": "left", "title": None, "traceorder": "normal"},
        hoverlabel={"align": "left"},
    )  # fmt: skip
    return figure


def batches(rows: Sequence[BatchProgress], zone: str, now: datetime) -> go.Figure | None:
    """Every batch as one bar of its states, with its deadline and forecast beside its name."""
    rows = [row for row in rows if row.states.items]
    if not rows:
        return None
    places = list(range(len(rows)))
    figure = go.Figure()
    for state in ("settled", "decided", "withdrawn", "disputed", "open"):
        counts = [getattr(row.states, state) for row in rows]
        if not any(counts):
            continue
        shares = [n / row.states.items for n, row in zip(counts, rows, strict=True)]
        figure.add_bar(
            y=places, x=shares, orientation="h", name=state_name(state), marker_color=COLOURS[state],
            customdata=[[fmt.of(n, row.states.items)] for n, row in zip(counts, rows, strict=True)],
            hovertemplate=f"{state_name(state)}: %{{customdata[0]}}<extra></extra>",
            text=[fmt.number(n) if share > 0.06 else "" for n, share in zip(counts, shares, strict=True)],
            textposition="inside", insidetextanchor="middle", textangle=0,
        )  # fmt: skip
    # Names stand above the bars, so that a long one leaves the bar its width on a telephone too.
    names = []
    for row, place in zip(rows, places, strict=True):
        # The date to look at stands on a line of its own: a telephone's line is too short for both.
        text = (
            f"<b>{escape(row.name)}</b><br><span style='font-size:11px;color:{DUE_COLOURS[row.due]}'>"
            f"{escape(due_text(row, zone, now))}</span>"
        )
        names.append({
            "x": 0, "y": place, "text": text, "xref": "paper", "xanchor": "left", "yanchor": "bottom", "yshift": 11,
            "showarrow": False, "align": "left", "font": {"color": "#1c2530", "size": 12},
        })  # fmt: skip
    figure.update_layout(annotations=names)  # at once: one after the other plotly copies all before each
    figure.update_xaxes(range=[0, 1], visible=False)
    figure.update_yaxes(range=[len(rows) - 0.5, -0.9], visible=False)
    return _layout(figure, 60 + 70 * len(rows), gap=0.7)


def days(rows: Sequence[Day]) -> go.Figure | None:
    """Items finished on each of the last days; the answers of the day stand in the hover."""
    rows = list(rows)[-DAYS:]
    if not rows:
        return None
    figure = go.Figure()
    names = [fmt.day(row.day, weekday=False) for row in rows]
    for state in ("settled", "decided", "withdrawn"):
        counts = [getattr(row, state) for row in rows]
        if any(counts):
            figure.add_bar(
                x=names, y=counts, name=state_name(state), marker_color=COLOURS[state],
                customdata=[[fmt.number(n), fmt.number(row.answers)] for n, row in zip(counts, rows, strict=True)],
                hovertemplate="%{x}<br>" + state_name(state) + ": %{customdata[0]}<br>" + _("Answers") + ": %{customdata[1]}<extra></extra>",
            )  # fmt: skip
    figure.update_xaxes(type="category", automargin=True, nticks=8)
    figure.update_yaxes(rangemode="tozero", automargin=True, nticks=5)
    return _layout(figure, 260)


def settled_share(rows: Sequence[Day]) -> go.Figure | None:
    """The share that the grades settled, day by day, against the mark."""
    rows = [row for row in rows if row.settled_share is not None][-DAYS:]
    if not rows:
        return None
    names = [fmt.day(row.day, weekday=False) for row in rows]
    figure = go.Figure()
    figure.add_scatter(
        x=names, y=[row.settled_share for row in rows], mode="lines+markers", name=_("Settled by the standard"),
        line={"color": COLOURS["settled"], "width": 2.5}, marker={"size": 8},
        customdata=[[fmt.of(row.settled, row.judged)] for row in rows],
        hovertemplate="%{x}<br>%{customdata[0]}<extra></extra>",
    )  # fmt: skip
    figure.add_hline(
        y=MARK, line_dash="dash", line_color=COLOURS["disputed"], line_width=1.5,
        annotation_text=_("mark {share}").format(share=fmt.percent(MARK)), annotation_position="bottom left",
    )  # fmt: skip
    figure.update_xaxes(type="category", automargin=True, nticks=8)
    figure.update_yaxes(range=[0, 1.04], tickformat=".0%", automargin=True, nticks=6)
    return _layout(figure, 260).update_layout(showlegend=False)


def keywords(rows: Sequence[KeywordProgress]) -> go.Figure | None:
    """The first keywords of a list (those with most disputes): how their judged items stand, and the settled share with its n."""
    judged = [row for row in rows if row.states.judged][:KEYWORDS]
    if not judged:
        return None
    names = [
        f"{escape(fmt.in_language(row.zh, row.en))} <span style='font-size:11px;color:#6b7280'>"
        f"{fmt.of(row.states.settled, row.states.judged)}</span>"
        for row in judged
    ]
    figure = go.Figure()
    for state in ("settled", "decided", "disputed"):
        counts = [getattr(row.states, state) for row in judged]
        figure.add_bar(
            y=names, x=[n / row.states.judged for n, row in zip(counts, judged, strict=True)], orientation="h",
            name=state_name(state), marker_color=COLOURS[state],
            customdata=[[fmt.of(n, row.states.judged)] for n, row in zip(counts, judged, strict=True)],
            hovertemplate=f"{state_name(state)}: %{{customdata[0]}}<extra></extra>",
        )  # fmt: skip
    figure.add_vline(x=MARK, line_dash="dash", line_color="#374151", line_width=1.2)
    figure.update_xaxes(range=[0, 1], tickformat=".0%", showgrid=False)
    figure.update_yaxes(autorange="reversed", automargin=True, ticklabelstandoff=6)
    return _layout(figure, 74 + 28 * len(judged))


def alt(states: States) -> str:
    """What a picture of states says, for readers who can't see it."""
    return ", ".join(
        f"{state_name(state)} {fmt.number(getattr(states, state))}"
        for state in ("settled", "decided", "disputed", "open", "withdrawn")
    )
