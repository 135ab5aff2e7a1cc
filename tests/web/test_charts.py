"""The overview's pictures: each number stands at its own name, and nothing is drawn from nothing."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

from relevance.forecast import Forecast
from relevance.services.overview import BatchProgress, Day, KeywordProgress, States
from relevance.texts import speak
from relevance.web import charts

NOW = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


def batch(number: int, name: str, states: States, due: str = "") -> BatchProgress:
    return BatchProgress(number, name, None, states, 0, None, due)  # type: ignore[arg-type]


def test_a_batchs_name_stands_at_its_bar_whatever_its_number() -> None:
    rows = [
        batch(3, "later", States(items=10, settled=1)),
        batch(1, "sooner <b>", States(items=4, settled=3, disputed=1)),
    ]
    figure = charts.batches(rows, "Asia/Shanghai", NOW)
    assert figure is not None
    places = {note.y: note.text for note in figure.layout.annotations}
    settled = next(trace for trace in figure.data if trace.name == "Settled")
    assert list(zip(settled.y, settled.x, strict=True)) == [(0, 0.1), (1, 0.75)]
    assert "later" in places[0] and "sooner &lt;b&gt;" in places[1]


def test_nothing_is_drawn_from_nothing_and_no_nan_is_ever_in_a_figure() -> None:
    assert charts.batches([], "UTC", NOW) is None
    assert charts.batches([batch(1, "empty", States())], "UTC", NOW) is None
    assert charts.days([]) is None
    assert charts.settled_share([Day(date(2026, 1, 5), decided=1)]) is None
    assert charts.keywords([KeywordProgress(1, "词", None, 1.0, States(items=3))]) is None
    some = [
        charts.days([Day(date(2026, 1, 5), settled=3)]),
        charts.settled_share([Day(date(2026, 1, 5)), Day(date(2026, 1, 6), settled=3, disputed=1)]),
        charts.keywords([KeywordProgress(1, None, "word", 1.0, States(items=3, settled=2, disputed=1))]),
    ]
    for figure in some:
        assert figure is not None
        assert "NaN" not in json.dumps(figure.to_plotly_json(), default=list)


def test_a_forecast_is_said_as_days_of_the_project_and_as_a_range_where_it_is_one() -> None:
    # 17:00 UTC on the 5th is the 6th in Shanghai
    sure = Forecast(NOW + timedelta(hours=16), None, None, 10, 1)
    row = BatchProgress(1, "b", NOW + timedelta(days=3), States(items=5), 5, sure, "fine")
    assert charts.due_text(row, "Asia/Shanghai", NOW) == "due 8 Jan 09:00 · forecast Tue 6 Jan"
    wide = Forecast(NOW, NOW + timedelta(hours=16), NOW + timedelta(days=4), 10, 5)
    row = BatchProgress(1, "b", None, States(items=5), 5, wide, "")
    assert charts.due_text(row, "Asia/Shanghai", NOW) == "no deadline · forecast 6 Jan to 9 Jan"
    speak("zh")
    try:
        assert charts.due_text(row, "Asia/Shanghai", NOW) == "无截止时间 · 预计 1月6日至1月9日 完成"
    finally:
        speak("en")


def test_no_more_than_twelve_keywords_are_drawn_in_the_order_given() -> None:
    rows = [
        KeywordProgress(n, None, f"w{n}", 1.0, States(items=20, settled=20 - n, disputed=n)) for n in range(15, 0, -1)
    ]
    figure = charts.keywords(rows)
    assert figure is not None
    assert len(figure.data[0].y) == 12 and figure.data[0].y[0].startswith("w15")
