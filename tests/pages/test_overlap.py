"""The overlap page: a replay before the switch, and the line on each item after it."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from relevance.roles import SYSTEM
from relevance.services import policies
from tests.house import House

Build = Callable[..., House]
Open = Callable[..., AppTest]
Said = Callable[[AppTest], str]


def graded(house: Build) -> House:
    """Forty items with five grades each: of every five, four agree."""
    home = house(clips=20)
    policies.change(home.store, SYSTEM, home.project, overlap=5, cap=5, far=4, audit_share=0.0)
    words = {item: [n % 4] * 4 + [min(3, n % 4 + 1)] for n, item in enumerate(home.all_items)}
    home.say(words)
    policies.change(home.store, SYSTEM, home.project, overlap=2)
    return home


def test_a_lead_sees_the_replay_before_the_switch_and_the_lines_after_it(
    house: Build, open_page: Open, said: Said
) -> None:
    home = graded(house)
    at = open_page(home, home.lead, "overlap", language="en")
    assert "See the replay first" in said(at) and not any(one.key == "switch_on" for one in at.button)
    next(one for one in at.button if one.key == "replay_now").click().run()
    assert not at.exception and at.get("plotly_chart")
    table = at.dataframe[0].value
    assert "Adaptive, at most 7" in list(table["Policy"]) and "Fixed 5, majority" in list(table["Policy"])
    assert "Only 0 of these items have a known level" in "\n".join(one.value for one in at.warning)
    next(one for one in at.button if one.key == "switch_on").click().run()
    assert not at.exception and home.store.live.projects[home.project].policy.sure == 0.9
    lines = at.dataframe[-1].value
    assert len(lines) == 40 and all("grades" in why for why in lines["Why"])
    next(one for one in at.button if one.key == "switch_off").click().run()
    assert home.store.live.projects[home.project].policy.sure == 0.0


def test_too_few_grades_for_a_replay_is_said_in_chinese(house: Build, open_page: Open) -> None:
    home = house(clips=1)
    at = open_page(home, home.lead, "overlap", language="zh")
    next(one for one in at.button if one.key == "replay_now").click().run()
    assert not at.exception and "30" in at.error[0].value and "条目" in at.error[0].value


def test_a_grader_has_no_overlap_page(house: Build, open_page: Open, said: Said) -> None:
    home = house(clips=1)
    assert "Fixed" not in said(open_page(home, home.graders_[0], "overlap", language="en"))
