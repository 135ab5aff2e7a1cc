"""A pilot and the guideline's other parts as each person sees them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from relevance.services import amendments, guidelines, pilots, reads, rule_examples
from tests.house import House

TEXT = "# G\n## 等级\n- 100 % | 全: 全\n- 67 % | 多: 多\n- 33 % | 少: 少\n- 0 % | 无: 无\n## 主体\n### R1 车 {#car}\n看到车。\n"
Build = Callable[..., House]
Open = Callable[..., AppTest]
Said = Callable[[AppTest], str]


def drafted(house: Build) -> tuple[House, int]:
    home = house(clips=25)
    guidelines.import_markdown(home.store, home.lead, home.project, zh=TEXT)
    home.say({}, default=3)
    draft = amendments.draft(home.store, home.lead, home.project, "car", "", "看到真车。", "A real car.")
    return home, draft


def press(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label == label).click().run()
    assert not at.exception, at.exception
    return at


def bars(at: AppTest) -> str:
    return "\n".join(str(part.proto.text) for part in at.get("progress"))


def test_a_lead_pilots_a_draft_and_publishes_with_its_result_before_his_eyes(
    house: Build, open_page: Open, said: Said
) -> None:
    home, draft = drafted(house)
    amendments.step(home.store, home.lead, draft, "review")
    at = open_page(home, home.lead, "guideline", language="en")
    assert "This draft was not piloted." in said(at)
    two = [grader.account for grader in home.graders_[:2]]
    at.multiselect(key=f"pilot_who_{draft}").set_value(two)
    press(at, "Begin the pilot")
    (one,) = pilots.of(home.store, home.lead, home.project)
    assert (one.items, [each.account for each in one.people]) == (50, sorted(two))
    assert "Its pilot is under way" in said(at) and "评分员1 0/50" in bars(at)
    for grader, level in zip(home.graders_, (3, 1), strict=False):
        for place in range(50):
            pilots.say(home.store, grader, one.id, place, level if place < 20 else 3, "car")
    at = open_page(home, home.lead, "guideline", language="en")
    assert "评分员1 50/50" in bars(at) and "60%" not in said(at)  # nobody sees answers yet
    press(at, "Close the pilot")
    # 30 of 50 clips agree: 60 %, under the mark of 75 %.
    assert "Under the mark of 75%: R1 车" in said(at)
    table = next(one.value for one in at.table if "Draft" in one.value.columns)
    rule = table[table["What"] == "R1 车 · **under the mark**"].iloc[0]
    assert rule["Draft"].startswith("60% (") and rule["Draft"].endswith("n=50)")
    assert rule["Last version"].startswith("100%")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_grader_grades_under_the_draft_by_level_and_rule_and_finds_his_place_again(
    house: Build, open_page: Open, said: Said, language: str
) -> None:
    home, draft = drafted(house)
    a, b = home.graders_[:2]
    pilot = pilots.make(home.store, home.lead, draft, [a.account, b.account])
    pilots.say(home.store, b, pilot, 0, 0)
    at = open_page(home, a, "pilot", language=language)
    assert "看到真车。" in said(at) and "看到车。" not in said(at)
    at.button(key="level_2").click().run()
    at.button(key="rule_car").click().run()
    assert not at.exception
    sheet = pilots.sheet(home.store, a, pilot)
    assert (sheet.questions[0].said, sheet.questions[0].rule, sheet.next) == (2, "car", 1)
    at = open_page(home, a, "pilot", language=language)  # another day
    at.button(key="level_3").click().run()
    at.button(key="next").click().run()
    assert pilots.sheet(home.store, a, pilot).next == 2
    at.button(key="back").click().run()
    assert not at.exception
    pilots.close(home.store, home.lead, pilot)
    at = open_page(home, a, "pilot", language=language)
    assert not [one for one in at.button if one.key == "level_3"]


def test_who_is_not_asked_finds_nothing_and_a_client_who_is_asked_takes_part(
    house: Build, open_page: Open, said: Said
) -> None:
    home, draft = drafted(house)
    pilot = pilots.make(home.store, home.lead, draft, [home.client.account, home.graders_[0].account])
    assert "No pilot waits" in said(open_page(home, home.graders_[1], "pilot", language="en", pilot=str(pilot)))
    assert "You are asked" in said(open_page(home, home.client, "guideline", language="en"))
    at = open_page(home, home.client, "pilot", language="en")
    at.button(key="level_0").click().run()
    assert pilots.sheet(home.store, home.client, pilot).questions[0].said == 0


def test_an_example_is_added_shown_and_withdrawn_and_readers_are_listed(
    house: Build, open_page: Open, said: Said
) -> None:
    home, _ = drafted(house)
    at = open_page(home, home.lead, "guideline", language="en")
    at.number_input(key="example_number").set_value(home.all_items[0])
    at.radio(key="example_kind").set_value("borderline")
    at.text_input(key="example_note").set_value("half a car")
    press(at, "Add the example")
    (one,) = rule_examples.of(home.store, home.project)["car"]
    assert (one.kind, one.note, one.level) == ("borderline", "half a car", 3)
    grader = home.graders_[0]
    shown = open_page(home, grader, "guideline", language="en")
    assert "half a car" in "\n".join(str(part.proto.body) for part in shown.get("html"))
    version = guidelines.current(home.store, home.project).id
    assert {each.account for each in reads.of(home.store, home.lead, home.project, version) if each.has} == {
        home.lead.account,
        grader.account,
    }
    at = open_page(home, home.lead, "guideline", language="en")
    assert "2 of 8 have read it." in said(at) and "评分员2" in said(at)
    at.button(key=f"withdraw_{one.id}").click().run()
    assert not at.exception and rule_examples.of(home.store, home.project) == {}
