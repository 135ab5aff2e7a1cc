"""What a lead changes in the course of work: pause, policy with its preview, people, batches."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from streamlit.testing.v1 import AppTest

from relevance.services import disputes, membership, pilots, policies
from tests.house import House

Build = Callable[..., House]
Open = Callable[..., AppTest]
Said = Callable[[AppTest], str]


def press(at: AppTest, label: str) -> AppTest:
    return next(one for one in at.button if one.label == label).click().run()


def test_a_pause_needs_a_reason_and_ends_by_a_button(house: Build, open_page: Open, said: Said) -> None:
    home = house(clips=1)
    at = press(open_page(home, home.lead, "project", language="en"), "Pause the project")
    assert not home.store.live.projects[home.project].paused
    at.text_input(key="pause_reason").input("机房检修")
    press(at, "Pause the project")
    assert home.store.live.projects[home.project].paused
    assert "机房检修" in said(at)
    at.button(key="resume").click().run()
    assert not home.store.live.projects[home.project].paused


def test_a_policy_says_first_what_it_would_do_and_does_it_after_a_yes(house: Build, open_page: Open) -> None:
    home = house(clips=4)
    items = home.all_items
    home.say({items[0]: [3, 0], items[1]: [3, 1], items[2]: [3, 3]})
    assert disputes.page(home.store, home.lead, home.project).total == 2
    at = open_page(home, home.lead, "project", language="en")
    at.number_input(key="far").set_value(3)  # two levels apart dispute no more
    press(at, "See what this would change")
    shown = {one.label: one.value for one in at.metric}
    assert (shown["reopen"], shown["settle"], shown["dispute"]) == ("1", "0", "0")
    assert policies.now(home.store, home.project).version == 1  # nothing yet
    at.button(key="policy_yes").click().run()
    assert not at.exception
    assert policies.now(home.store, home.project).policy.far == 3
    assert disputes.page(home.store, home.lead, home.project).total == 1


def test_a_previewed_policy_can_be_left(house: Build, open_page: Open) -> None:
    home = house(clips=1)
    at = open_page(home, home.lead, "project", language="en")
    at.number_input(key="overlap").set_value(3)
    press(at, "See what this would change")
    at.button(key="policy_no").click().run()
    assert policies.now(home.store, home.project).version == 1
    assert not [one for one in at.button if one.key == "policy_yes"]


def test_a_policy_that_can_not_be_says_what_is_allowed(house: Build, open_page: Open, said: Said) -> None:
    home = house(clips=1)
    at = open_page(home, home.lead, "project", language="en")
    at.number_input(key="overlap").set_value(9)
    at.number_input(key="cap").set_value(3)
    press(at, "See what this would change")
    assert "cap is 3; it must be from 9 to 15" in "\n".join(str(one.value) for one in at.error).replace("\\", "")
    assert policies.now(home.store, home.project).version == 1


def test_a_person_joins_and_leaves(house: Build, open_page: Open) -> None:
    home = house(clips=1)
    at = open_page(home, home.lead, "project", language="en")
    at.text_input(key="member_login").input("p王客户")
    at.selectbox(key="member_role").select("analyst")
    press(at, "Give this part")
    roles = {(row.account, row.role) for row in membership.of(home.store, home.project)}
    assert (home.client.account, "analyst") in roles
    at.selectbox(key="member_end_who").select(f"{home.client.account}:analyst")
    press(at, "End it now")
    roles = {(row.account, row.role) for row in membership.of(home.store, home.project)}
    assert (home.client.account, "analyst") not in roles and (home.client.account, "client") in roles


def test_a_login_that_nobody_has_says_so(house: Build, open_page: Open) -> None:
    home = house(clips=1)
    at = open_page(home, home.lead, "project", language="en")
    at.text_input(key="member_login").input("nobody")
    press(at, "Give this part")
    assert "nobody" in "\n".join(str(one.value) for one in at.error)


def test_a_batch_gets_another_deadline_in_the_projects_time(house: Build, open_page: Open) -> None:
    home = house(clips=1)
    (batch,) = home.batches
    at = open_page(home, home.lead, "project", language="en")
    at.date_input(key=f"batch_day_{batch}").set_value(date(2026, 1, 20))
    press(at, "Save the batch")
    deadline = home.store.live.batches[batch].deadline
    # 105 hours after Monday 09:00 in Shanghai is Friday 18:00; the hour stays: 10:00 UTC
    assert deadline is not None and deadline.isoformat() == "2026-01-20T10:00:00+00:00"


def test_the_mark_of_pilots_is_the_projects_policy(house: Build, open_page: Open) -> None:
    home = house(clips=1)
    assert pilots.mark_of(home.store, home.project) == 0.75
    at = open_page(home, home.lead, "project", language="en")
    assert at.number_input(key="pilot_mark").value == 75
    at.number_input(key="pilot_mark").set_value(80)
    next(
        one for one in at.button if one.label == "See what this would change" and one.form_id == "policy"
    ).click().run()
    at.button(key="policy_yes").click().run()
    assert not at.exception
    assert policies.now(home.store, home.project).settings["pilot_mark"] == 0.8
    assert pilots.mark_of(home.store, home.project) == 0.8


def test_who_decides_what_and_how_often_one_may_appeal_are_set_by_a_form(house: Build, open_page: Open) -> None:
    home = house(clips=1)
    at = open_page(home, home.lead, "project", language="en")
    at.selectbox(key="tier_gap").set_value("meeting")
    at.number_input(key="appeals_a_week").set_value(3)
    next(one for one in at.button if "tiers_ask" in str(one.key)).click().run()
    at.button(key="policy_yes").click().run()
    assert not at.exception
    settings = policies.now(home.store, home.project).settings
    assert settings["tiers"] == {"gap": "meeting"}  # the other tiers stay what the product's defaults are
    assert settings["appeals_a_week"] == 3
