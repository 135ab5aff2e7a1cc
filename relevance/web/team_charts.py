"""The team page's pictures (plotly): each grader's figures side by side with their intervals, and week by week.

Grey is "no difference that chance does not explain"; a colour is used only where there is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from html import escape
from typing import Literal

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from relevance.quality.confusion import Share
from relevance.quality.scorecards import Card, Mean
from relevance.services.team import Member
from relevance.texts import _
from relevance.web import format as fmt

SAME, BETTER, WORSE, INK = "#8b8f97", "#1f5fa0", "#c4561b", "#1c2530"
ACROSS = 6
FEW = 10  # answers of a week under which its figure is a ring: too few to hang anything on


@dataclass(frozen=True, slots=True)
class Value:
    """A figure of one person as it is drawn: value, interval, n."""

    value: float | None
    low: float | None
    high: float | None
    n: int


Kind = Literal["share", "levels", "seconds"]
# What each column shows: the figure's code (which also names the items behind it), how it is written, whether more is better.
COLUMNS: tuple[tuple[str, Kind, int], ...] = (
    ("together", "share", 1),
    ("gold", "share", 1),
    ("decided", "share", 1),
    ("model", "share", 1),
    ("overturned", "share", -1),
    ("bias", "levels", 0),
    ("fast", "seconds", 0),
    ("unseen", "share", 0),
)


def figure_name(code: str) -> str:
    """A figure in the reader's words."""
    return {
        "together": _("Accuracy"),
        "gold": _("On gold"),
        "decided": _("On decided items"),
        "model": _("By the model"),
        "overturned": _("Overturned"),
        "bias": _("Bias (levels)"),
        "lenient": _("Too high"),
        "strict": _("Too low"),
        "fast": _("Seconds an item"),
        "unseen": _("Clip watched"),
        "answers": _("All answers"),
    }[code]


def value_of(card: Card, code: str) -> Value:
    """A figure of a card, ready to be drawn."""
    found: Share | Mean
    if code == "bias":
        found = card.bias
    elif code == "unseen":
        found = card.watched
    elif code == "fast":
        return Value(card.pace.median, card.pace.low, card.pace.high, card.pace.n)
    else:
        found = {
            "together": card.together, "gold": card.gold, "decided": card.decided, "model": card.model,
            "overturned": card.overturned,
        }[code]  # fmt: skip
    known = found.value is not None
    return Value(found.value, found.low if known else None, found.high if known else None, found.n)


def written(value: float | None, kind: Kind) -> str:
    """A figure as it is read."""
    if kind == "share":
        return fmt.percent(value)
    if kind == "levels" and value is not None:
        return f"{value:+.2f}"
    return fmt.number(value, 1)


def said(value: Value, kind: Kind) -> str:
    """A figure with its interval and n: 91% (88% to 94%), n = 340."""
    if value.value is None:
        return fmt.UNKNOWN
    ends = ""
    if value.low is not None and value.high is not None:
        ends = " (" + _("{low} to {high}").format(low=written(value.low, kind), high=written(value.high, kind)) + ")"
    return f"{written(value.value, kind)}{ends}, n = {fmt.number(value.n)}"


def board(rows: Sequence[Member]) -> go.Figure | None:
    """Every person's figures with 95 % intervals, a column a figure; a click gives (grader, figure) as customdata."""
    if not rows:
        return None
    names = [escape(row.name) + (" ⚠" if row.alerts else "") for row in rows]
    places = list(range(len(rows)))
    figure = make_subplots(
        rows=1, cols=len(COLUMNS), shared_yaxes=True, horizontal_spacing=0.022,
        subplot_titles=[figure_name(code) for code, _kind, _better in COLUMNS],
    )  # fmt: skip
    for column, (code, kind, better) in enumerate(COLUMNS, start=1):
        values = [value_of(row.card, code) for row in rows]
        there = [place for place in places if values[place].value is not None]
        if not there:
            continue
        signs = [rows[place].told.get(code, 0) * better for place in there]
        ups = [(values[p].high or values[p].value or 0) - (values[p].value or 0) for p in there]
        downs = [(values[p].value or 0) - (values[p].low or values[p].value or 0) for p in there]
        figure.add_scatter(
            x=[values[p].value for p in there], y=there, mode="markers", row=1, col=column,
            marker={"size": 9, "color": [{0: SAME, 1: BETTER, -1: WORSE}[sign] for sign in signs]},
            error_x={"type": "data", "array": ups, "arrayminus": downs, "thickness": 1.4, "width": 0, "color": "#b6bcc5"},
            customdata=[[rows[p].grader, code, said(values[p], kind)] for p in there],
            hovertemplate=[f"{escape(rows[p].name)}<br>{escape(said(values[p], kind))}<extra></extra>" for p in there],
            showlegend=False,
        )  # fmt: skip
        total = sum(values[p].n for p in there)
        middle = sum((values[p].value or 0) * values[p].n for p in there) / max(total, 1)
        figure.add_vline(x=middle, line_color="#c3cad3", line_width=1, line_dash="dot", row=1, col=column)
        ticks = ".0%" if kind == "share" else ("+.1f" if kind == "levels" else None)
        figure.update_xaxes(
            tickformat=ticks, nticks=3, tickangle=0, row=1, col=column, gridcolor="#eef1f4", zeroline=False
        )
    figure.update_yaxes(
        tickmode="array", tickvals=places, ticktext=names, range=[len(rows) - 0.5, -0.5], automargin=True,
        showgrid=False, zeroline=False,
    )  # fmt: skip
    figure.update_annotations(font_size=12)
    figure.update_layout(
        height=76 + 24 * len(rows), margin={"l": 8, "r": 8, "t": 34, "b": 8}, hovermode="closest", clickmode="event+select",
        dragmode=False, hoverlabel={"align": "left"},
    )  # fmt: skip
    return figure


def monday(week: int) -> date:
    """The Monday that a week's number begins with."""
    return date(1970, 1, 1) + timedelta(days=week * 7 - 3)


def weeks(rows: Sequence[Member]) -> go.Figure | None:
    """Accuracy week by week, a small picture a person, with its interval; a click gives (grader, together, week)."""
    rows = [row for row in rows if row.card.weeks]
    if not rows:
        return None
    down = (len(rows) + ACROSS - 1) // ACROSS
    figure = make_subplots(
        rows=down, cols=ACROSS, shared_xaxes=True, shared_yaxes=True, horizontal_spacing=0.012,
        vertical_spacing=min(0.4 / down, 0.2), subplot_titles=[escape(row.name) for row in rows],
    )  # fmt: skip
    for place, row in enumerate(rows):
        at, across = place // ACROSS + 1, place % ACROSS + 1
        known = [week for week in row.card.weeks if week.accuracy.value is not None]
        days = [monday(week.week) for week in known]
        band = "rgba(139,143,151,.22)"
        figure.add_scatter(
            x=[*days, *reversed(days)], y=[*(w.accuracy.high for w in known), *(w.accuracy.low for w in reversed(known))],
            mode="lines", fill="toself", fillcolor=band, line={"width": 0}, hoverinfo="skip", showlegend=False, row=at, col=across,
        )  # fmt: skip
        values = [Value(w.accuracy.value, w.accuracy.low, w.accuracy.high, w.accuracy.n) for w in known]
        figure.add_scatter(
            x=days, y=[w.accuracy.value for w in known], mode="lines+markers", row=at, col=across, showlegend=False,
            line={"color": WORSE if row.alerts else INK, "width": 2},
            marker={"size": 7, "symbol": ["circle-open" if w.accuracy.n < FEW else "circle" for w in known]},
            customdata=[[row.grader, "together", w.week] for w in known],
            hovertemplate=[
                f"{escape(row.name)}, {fmt.day(day, weekday=False)}<br>{escape(said(one, 'share'))}<extra></extra>"
                for day, one in zip(days, values, strict=True)
            ],
        )  # fmt: skip
    # The first and the last week under each person's picture: room for more there is none, and for these only inside it.
    all_days = [monday(week.week) for row in rows for week in row.card.weeks]
    first, last = min(all_days), max(all_days)
    beside = timedelta(days=max((last - first).days * 0.25, 3))
    figure.update_xaxes(
        showgrid=False, showticklabels=True, tickmode="array", tickvals=sorted({first, last}),
        ticktext=[fmt.day(day, weekday=False) for day in sorted({first, last})], tickfont_size=10,
        range=[datetime.combine(first, time()) - beside, datetime.combine(last, time()) + beside],
    )  # fmt: skip
    # Every week that says something stands in its picture; a ring, as a band, may leave it.
    drawn = [w.accuracy.value for row in rows for w in row.card.weeks if w.accuracy.n >= FEW]
    least = min([0.4, *(value - 0.04 for value in drawn if value is not None)])
    figure.update_yaxes(tickformat=".0%", nticks=4, gridcolor="#eef1f4", range=[least, 1.02])
    figure.update_annotations(font_size=12)
    figure.update_layout(
        height=40 + 122 * down, margin={"l": 8, "r": 8, "t": 26, "b": 8}, hovermode="closest", clickmode="event+select",
        dragmode=False,
    )  # fmt: skip
    return figure
