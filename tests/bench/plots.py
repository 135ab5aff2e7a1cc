"""Pictures of what was measured: plotly figures, written as SVG by plotly's own script in Chromium."""

from __future__ import annotations

import os
import urllib.parse
from collections.abc import Mapping, Sequence
from pathlib import Path

import plotly
import plotly.graph_objects as go

from tests.bench.common import ROOT, chromium

IMAGES = Path(os.environ.get("BENCH_IMAGES", ROOT / "docs" / "images"))
COLOURS = ("#1f5fa0", "#d9822b", "#2a7f62", "#b3362b", "#7a5ea8")
ASK = "figure => Plotly.toImage(figure, {format: 'svg', width: figure.layout.width, height: figure.layout.height})"


def lines(
    title: str, across: str, up: str, series: Mapping[str, Sequence[tuple[float | str, float]]], together: int = 1
) -> go.Figure:  # fmt: skip
    """Lines with their points. Values across that are texts stand at equal distances.

    together: so many series, one after the other, are of one thing and share its colour; all but the last are dotted.
    """
    figure = go.Figure()
    for number, (name, points) in enumerate(series.items()):
        figure.add_scatter(
            x=[x for x, _ in points], y=[y for _, y in points], name=name, mode="lines+markers",
            line={
                "color": COLOURS[number // together % len(COLOURS)], "width": 2,
                "dash": "solid" if (number + 1) % together == 0 else "dot",
            },
        )  # fmt: skip
    figure.update_layout(
        title={"text": title, "font": {"size": 15}}, template="plotly_white", width=720, height=380,
        xaxis_title=across, yaxis={"title": up, "rangemode": "tozero"}, legend={"orientation": "h", "y": -0.22},
        font={"family": "system-ui, sans-serif", "size": 12}, margin={"l": 60, "r": 20, "t": 50, "b": 60},
    )  # fmt: skip
    return figure


def write(figures: Mapping[str, go.Figure]) -> None:
    """Writes figures into docs/images, each under its name.

    Raises:
        SystemExit: there is no Chromium.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page()
        page.add_script_tag(path=str(Path(plotly.__file__).parent / "package_data" / "plotly.min.js"))
        for name, figure in figures.items():
            told = page.evaluate(ASK, figure.to_plotly_json())
            (IMAGES / f"{name}.svg").write_text(urllib.parse.unquote(told.partition(",")[2]) + "\n", "utf-8")
        browser.close()
