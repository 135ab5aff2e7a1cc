"""The overview says how far the work is, in the reader's language, and never a NaN."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from relevance.errors import NotAllowed
from relevance.web import overview_board as board
from tests.house import House

Build = Callable[..., House]
Open = Callable[..., AppTest]
Said = Callable[[AppTest], str]


def figures(at: AppTest) -> dict[str, str]:
    return {one.label: one.value for one in at.metric}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_empty_project_has_no_nan_and_says_what_comes(
    house: Build, open_page: Open, said: Said, language: str
) -> None:
    home = house(clips=2)
    at = open_page(home, home.lead, "overview", language=language)
    values = " ".join(figures(at).values()) + said(at)
    assert "nan" not in values.lower() and "None" not in values
    assert figures(at)["按标准定级" if language == "zh" else "Settled by the standard"] == "–"


def test_figures_follow_the_records(house: Build, open_page: Open) -> None:
    home = house(clips=4)  # eight items
    items = home.all_items
    home.say({items[0]: [3, 3], items[1]: [3, 3], items[2]: [3, 3], items[4]: [3, 0]})
    seen = figures(open_page(home, home.lead, "overview", language="en"))
    # three settled of eight: 37.5 %; three of the four judged: 75 %
    assert (seen["Finished"], seen["Settled by the standard"], seen["Disputes waiting"]) == ("38%", "75%", "1")


def test_one_batch_can_be_looked_at_by_address(house: Build, open_page: Open) -> None:
    home = house(clips=2, batches=[("甲", 48), ("乙", 96)])
    home.say({home.all_items[0]: [3, 3]})
    seen = figures(open_page(home, home.lead, "overview", language="en", batch=str(home.batches[0])))
    assert seen["Finished"] == "25%"  # one of four
    seen = figures(open_page(home, home.lead, "overview", language="en", batch=str(home.batches[1])))
    assert seen["Finished"] == "0%"


def test_who_looks_in_the_same_moment_sees_one_reading_and_later_another(
    house: Build, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, clock = house(clips=2), [100.0]
    monkeypatch.setattr("relevance.web.overview_board.monotonic", lambda: clock[0])
    assert figures(open_page(home, home.lead, "overview", language="en"))["Finished"] == "0%"
    home.say({home.all_items[0]: [3, 3]})
    clock[0] += board.FRESH - 0.1
    assert figures(open_page(home, home.lead, "overview", language="zh"))["已完成"] == "0%"
    with pytest.raises(NotAllowed):  # kept for those who may see it
        board.read(home.store, home.graders_[0], home.project, None)
    clock[0] += 0.2
    assert figures(open_page(home, home.lead, "overview", language="zh"))["已完成"] == "25%"  # one of four


def test_pictures_follow_the_figures_every_ten_seconds(
    house: Build, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, clock = house(clips=2), [100.0]
    monkeypatch.setattr("relevance.web.overview_board.monotonic", lambda: clock[0])

    def finished() -> list[float]:
        """What the picture of days shows, day by day; the figures above are read anew each time."""
        clock[0] += board.FRESH + 0.1
        seen = figures(open_page(home, home.lead, "overview", language="en"))["Finished"]
        shown = board.read(home.store, home.lead, home.project, None)
        days = shown.drawn["en"].figures[1]
        assert seen == f"{shown.progress.total.finished / shown.progress.total.items:.0%}" and days is not None
        return [float(y) for y in days.data[0].y]

    home.say({home.all_items[0]: [3, 3]})
    assert finished() == [1]
    home.say({home.all_items[1]: [3, 3]})
    assert finished() == [1]  # 50 % stands above, the picture stays as it is
    clock[0] += board.DRAWN
    assert finished() == [2]


def test_a_late_batch_is_named_on_top(house: Build, open_page: Open) -> None:
    home = house(clips=20, batches=[("加急", 30)])
    home.say({item: [3, 3] for item in home.all_items[:4]})
    home.clock.advance(86400)  # four a day, 36 to go, six hours left
    at = open_page(home, home.lead, "overview", language="en")
    assert "加急" in "\n".join(str(one.value) for one in at.warning)


def test_people_stand_with_what_they_do_and_their_counts(house: Build, open_page: Open) -> None:
    home = house(clips=4)
    home.say({home.all_items[0]: [3, 3]})
    home.clock.advance(600)
    table = open_page(home, home.lead, "overview", language="en").dataframe[0].value
    by_name = {row["Grader"]: row for row in table.to_dict("records")}
    assert by_name["评分员1"]["Answers today"] == 1 and "Idle" in by_name["评分员1"]["State"]
    assert by_name["评分员5"]["Answers today"] == 0
    assert by_name["评分员1"]["An hour"] == "–"  # ten seconds of work are no pace


def test_a_demo_is_marked_and_a_real_project_is_not(house: Build, open_page: Open, said: Said) -> None:
    demo = house(clips=1, demo=True)
    for name in ("overview", "disputes", "questions", "project", "guideline", "items", "export"):
        assert "Demo data" in said(open_page(demo, demo.lead, name, language="en")), name
    real = house(clips=1)
    assert "Demo data" not in said(open_page(real, real.lead, "overview", language="en"))
