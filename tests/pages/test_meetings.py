"""The meetings page: made, shown to those who belong, guests' links once."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from relevance.services import guests, meetings
from tests.house import House

Opened = Callable[..., AppTest]


def disputed(house: Callable[..., House]) -> House:
    home = house(clips=2, graders=2)
    home.say({}, default=None)
    home.say({item: [3, 0] for item in home.all_items})
    return home


def test_a_lead_makes_a_meeting_and_its_agenda_fills_itself(house, open_page: Opened, said) -> None:  # type: ignore[no-untyped-def]
    home = disputed(house)
    at = open_page(home, home.lead, "meetings", language="en")
    assert "No meeting yet" in said(at)
    at.text_input[0].set_value("Friday")
    next(button for button in at.button if button.label == "Make the meeting").click().run()
    assert not at.exception
    (row,) = meetings.of(home.store, home.lead, home.project)
    assert (row.title, row.cases, row.state) == ("Friday", 4, "before")
    assert "4 cases" in said(at) and "王客户" in said(at)


def test_a_client_sees_his_meeting_without_the_leads_tools_and_no_other(house, open_page: Opened, said) -> None:  # type: ignore[no-untyped-def]
    home = disputed(house)
    when = home.clock.now()
    meetings.make(home.store, home.lead, home.project, "只有组长", when)
    meetings.make(home.store, home.lead, home.project, "例会", when, 60, [home.client.account])
    at = open_page(home, home.client, "meetings")
    assert "例会" in said(at) and "只有组长" not in said(at)
    labels = [button.label for button in at.button]
    assert not {"建立会议", "填满剩余时间", "生成链接"} & set(labels)


def test_a_guests_link_is_shown_once_and_opens_the_meeting(house, open_page: Opened) -> None:  # type: ignore[no-untyped-def]
    home = disputed(house)
    number = meetings.make(home.store, home.lead, home.project, "例会", home.clock.now())
    at = open_page(home, home.lead, "meetings", meeting=str(number))
    next(one for one in at.text_input if one.label == "来宾姓名").set_value("顾来宾")
    next(button for button in at.button if button.label == "生成链接").click().run()
    link = at.code[0].value
    assert guests.seat(home.store, link.rsplit("/", 1)[1]).meeting == number
    again = open_page(home, home.lead, "meetings", meeting=str(number))
    assert not again.code
