"""The team page: alerts first, figures with n, items behind them, regrade with its preview; nothing for who has no right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from relevance.roles import Actor
from relevance.services import disputes, regrade, team
from relevance.store.store import Store
from tests.house import House

Build = Callable[..., House]
Open = Callable[..., AppTest]
Said = Callable[[AppTest], str]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_team_that_has_not_begun_has_no_nan(house: Build, open_page: Open, said: Said, language: str) -> None:
    home = house(clips=2)
    at = open_page(home, home.lead, "team", language=language)
    values = " ".join(str(one.value) for one in at.metric) + said(at)
    assert "nan" not in values.lower() and "None" not in values


def test_figures_stand_with_n_and_equals_share_a_place(house: Build, open_page: Open) -> None:
    home = house(clips=4)
    items = home.all_items
    home.say({items[0]: [3, 3], items[1]: [3, 3], items[2]: [3, 0]})
    disputes.decide(home.store, home.lead, items[2], 3, "看得见")
    at = open_page(home, home.lead, "team", language="en")
    rows = {row["Grader"]: row for row in at.dataframe[0].value.to_dict("records")}
    one, two = rows["评分员1"], rows["评分员2"]
    assert (one["Answers"], one["On decided items"], two["On decided items"]) == (3, 100.0, 0.0)
    assert one["decided answers"] == 1
    assert one["Place"].endswith("=") and two["Place"].endswith("=")  # three answers tell nobody apart


def test_the_address_leads_from_a_figure_to_its_items(house: Build, open_page: Open) -> None:
    home = house(clips=4)
    items = home.all_items
    home.say({items[0]: [3, 3], items[2]: [3, 0]})
    disputes.decide(home.store, home.lead, items[2], 3, "看得见")
    grader = home.graders_[1].account
    at = open_page(home, home.lead, "team", language="en", grader=str(grader), figure="decided")
    behind = at.dataframe[1].value.to_dict("records")
    assert [(row["Said"][:2], row["Decided"][:4]) for row in behind] == [("0%", "100%")]


def test_regrade_is_seen_before_it_is_done_and_can_be_undone(house: Build, open_page: Open) -> None:
    home = house(clips=4)
    home.say({home.all_items[0]: [3, 3], home.all_items[1]: [2, 2]})
    grader = home.graders_[0].account
    at = open_page(home, home.lead, "team", language="en", grader=str(grader))
    seen = {one.label: one.value for one in at.metric}
    assert (seen["Items that reopen"], seen["More grades wanted"]) == ("2", "2")
    at.text_input(key="regrade.reason").set_value("没有看片")
    next(b for b in at.button if b.label == "Take these answers out of the count").click()
    at.run()
    assert not at.exception
    (row,) = regrade.exclusions(home.store, home.lead, home.project)
    assert (row.answers, row.undone_at) == (2, None)
    assert home.state(home.all_items[0])[0] == "open"
    assert any(b.label == "Give these answers back" for b in at.button)


def test_a_grader_has_no_team_page_and_his_own_figures_on_my_day(house: Build, open_page: Open) -> None:
    home = house(clips=4)
    home.say({home.all_items[0]: [3, 3]})
    home.clock.advance(timedelta(minutes=1).total_seconds())
    at = open_page(home, home.graders_[0], "my_day", language="en")
    labels = [one.label for one in at.metric]
    assert "Accuracy" in labels and "Bias (levels)" in labels
    shown = " ".join(str(table.value.to_dict()) for table in at.dataframe)
    assert "评分员2" not in shown


def _rung(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both graders have an alert over their first answers."""
    kept = team.team

    def rung(store: Store, actor: Actor, project: int) -> team.Team:
        with store.reader() as reader:
            given = dict(reader.all("select grader, list(assignment order by assignment) from answer group by 1"))  # fmt: skip
        alerts = tuple(
            team.Alert(
                grader=who.account, name=f"评分员{n}", kind="unseen", at=home.clock.now(), since=home.clock.now() - timedelta(days=1),
                n=2, value=0.9, usual=0.05, odds=500.0, needed=100.0, answers=2, items=tuple(given[who.account]), level=None,
                partner=None, partner_name=None,
            )
            for n, who in enumerate(home.graders_[:2], 1)
        )  # fmt: skip
        return replace(kept(store, actor, project), alerts=alerts)

    monkeypatch.setattr(team, "team", rung)


def test_an_alerts_items_are_those_of_its_person_until_another_is_chosen(
    house: Build, open_page: Open, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = house(clips=4)
    home.say({home.all_items[0]: [3, 2], home.all_items[1]: [3, 2]})
    _rung(home, monkeypatch)
    at = open_page(home, home.lead, "team", language="en")
    first, second = (who.account for who in home.graders_[:2])
    at.button(key=f"alert.items.{first}.unseen").click()
    at.run()
    assert not at.exception
    assert at.selectbox(key="grader").value == str(first)
    assert "评分员1 · Answers without having looked · 2 items" in said(at)
    assert {row["Said"][:4] for row in at.dataframe[1].value.to_dict("records")} == {"100%"}
    at.selectbox(key="grader").set_value(str(second))
    at.run()
    assert "Answers without having looked · 2 items" not in said(at)
    assert {row["Said"][:3] for row in at.dataframe[1].value.to_dict("records")} == {"67%"}


def test_regrading_from_an_alert_says_first_what_it_reopens(
    house: Build, open_page: Open, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = house(clips=4)
    home.say({home.all_items[0]: [3, 3], home.all_items[1]: [2, 2]})
    _rung(home, monkeypatch)
    at = open_page(home, home.lead, "team", language="en")
    at.radio(key=f"alert.what.{home.graders_[0].account}").set_value("regrade")
    at.run()
    assert "Answers since then that leave the count: 2. Items that reopen: 2, grades they want: 2." in said(at)
