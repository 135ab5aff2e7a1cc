"""The disputes page: found, looked at, decided; and plain words when somebody else was first."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from relevance.roles import SYSTEM
from relevance.services import disputes, membership, preferences, projects
from tests.house import House

Build = Callable[..., House]
Open = Callable[..., AppTest]
Said = Callable[[AppTest], str]


def disputed(house: Build) -> House:
    home = house(clips=4)
    a, b, c = home.all_items[0], home.all_items[1], home.all_items[4]
    home.say({a: [3, 0], b: [3, 1], c: ["no_rule"]}, note="只在背景里")
    return home


def test_a_lead_sees_the_widest_dispute_first_and_decides_it(house: Build, open_page: Open, said: Said) -> None:
    home = disputed(house)
    at = open_page(home, home.lead, "disputes")
    assert "红色汽车" in said(at)
    at.button(key="choose_3").click().run()
    item = home.all_items[0]
    at.text_area(key=f"reason_{item}").input("车身是红色，全程可见")
    next(one for one in at.button if one.label.startswith("裁定")).click().run()
    assert not at.exception
    detail = disputes.one(home.store, home.lead, item)
    assert (detail.state, detail.level) == ("decided", 3)
    assert detail.rulings[0].reason == "车身是红色，全程可见"
    assert disputes.page(home.store, home.lead, home.project).total == 2


def test_a_ruling_needs_a_level_and_a_reason(house: Build, open_page: Open, said: Said) -> None:
    home = disputed(house)
    at = open_page(home, home.lead, "disputes", language="en")
    decide = lambda: next(one for one in at.button if one.label.startswith("Decide")).click().run()  # noqa: E731
    decide()
    assert "Choose a level first" in said(at)
    at.button(key="choose_0").click().run()
    decide()
    assert "Give a reason" in said(at)
    assert disputes.page(home.store, home.lead, home.project).total == 3


def test_an_item_is_sent_back_for_more_grades(house: Build, open_page: Open, said: Said) -> None:
    home = disputed(house)
    item = home.all_items[0]
    at = open_page(home, home.lead, "disputes", language="en", item=str(item))
    at.text_area(key=f"reason_{item}").input("Nobody watched the end")
    at.selectbox(key=f"extra_{item}").select(3)
    next(one for one in at.button if one.label == "Send back").click().run()
    detail = disputes.one(home.store, home.lead, item)
    assert detail.state == "open" and detail.rulings[0].kind == "return"


def test_of_two_leads_the_second_is_told_who_was_first_and_what_he_decided(
    house: Build, open_page: Open, said: Said
) -> None:
    home = disputed(house)
    item = home.all_items[0]
    at = open_page(home, home.lead, "disputes", language="en", item=str(item))
    at.button(key="choose_0").click().run()
    at.text_area(key=f"reason_{item}").input("mine")
    disputes.decide(home.store, home.other_lead, item, 3, "先到先得")
    next(one for one in at.button if one.label.startswith("Decide")).click().run()
    assert not at.exception
    assert "林组长" in "\n".join(str(one.value) for one in at.warning)
    assert "100" in "\n".join(str(one.value) for one in at.warning)
    assert disputes.one(home.store, home.lead, item).level == 3


def test_a_grade_that_came_meanwhile_makes_the_lead_look_again(house: Build, open_page: Open, said: Said) -> None:
    home = disputed(house)
    item = home.all_items[4]  # flagged by one, so nobody else has had it
    at = open_page(home, home.lead, "disputes", language="en", item=str(item))
    at.button(key="choose_0").click().run()
    at.text_area(key=f"reason_{item}").input("mine")
    from relevance.services import grading

    with home.store.reader() as reader:
        assignment = reader.value("select assignment from answer where item = ?", [item])
    grading.answer(home.store, home.graders_[0], grading.Answer(assignment, 1, flag="other"))
    next(one for one in at.button if one.label.startswith("Decide")).click().run()
    assert "Look again" in "\n".join(str(one.value) for one in at.warning)
    assert disputes.one(home.store, home.lead, item).state != "decided"


def test_filters_come_from_the_address_and_nonsense_filters_nothing(house: Build, open_page: Open, said: Said) -> None:
    home = disputed(house)
    at = open_page(home, home.lead, "disputes", language="en", flag="no_rule")
    assert "rainy street" in said(at) and "1 in all" in said(at)
    at = open_page(home, home.lead, "disputes", language="en", flag="drop table", batch="x", grader="-1")
    assert "3 in all" in said(at)


def test_a_filter_that_nothing_fits_says_so_and_can_be_cleared(house: Build, open_page: Open, said: Said) -> None:
    home = disputed(house)
    at = open_page(home, home.lead, "disputes", language="en", age="168")
    assert "No dispute fits these filters" in said(at)
    at.button(key="clear_filters").click().run()
    assert "3 in all" in said(at)


def test_a_client_looks_and_has_nothing_to_decide_with(house: Build, open_page: Open, said: Said) -> None:
    home = disputed(house)
    at = open_page(home, home.client, "disputes", language="en")
    assert "Leads decide disputes" in said(at)
    assert not [one for one in at.button if one.label.startswith("Decide")]


def test_without_disputes_the_page_says_what_comes_here(house: Build, open_page: Open, said: Said) -> None:
    home = house(clips=1)
    assert "No disputes" in said(open_page(home, home.lead, "disputes", language="en"))


def test_an_item_that_is_not_there_is_said_not_raised(house: Build, open_page: Open, said: Said) -> None:
    home = disputed(house)
    at = open_page(home, home.lead, "disputes", language="en", item="987654")
    assert "There is no item 987654" in said(at)


def test_what_a_person_typed_is_shown_as_typed(house: Build, open_page: Open, said: Said) -> None:
    home = house(clips=1)
    item = home.all_items[0]
    home.say({item: [3, 0]})
    with home.store.reader() as reader:
        keyword = reader.value("select keyword from item where id = ?", [item])
    home.store.act(
        lambda tx: tx.execute("update keyword set note = ? where id = ?", ["<b>*x*</b> [a](http://b)", keyword])
    )
    at = open_page(home, home.lead, "disputes")
    note = next(str(one.value) for one in at.markdown if "http" in str(one.value))
    assert "\\<b\\>" in note and "\\[a\\]" in note and "\\*x\\*" in note


def test_another_projects_item_is_not_shown_under_this_ones_name(house: Build, open_page: Open, said: Said) -> None:
    home = disputed(house)
    other = projects.add(home.store, SYSTEM, "另一个项目")
    membership.put(home.store, SYSTEM, other, home.lead.account, "lead")
    preferences.change(home.store, home.lead, project=other)
    at = open_page(home, home.lead, "disputes", language="en", item=str(home.all_items[0]))
    assert "belongs to another project" in said(at) and "red car" not in said(at)
