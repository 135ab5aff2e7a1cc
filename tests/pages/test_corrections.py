"""Correcting a closed meeting's decision: a new one that refers to it; its minutes stay, and say that there is one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from relevance.meeting import Ending
from relevance.roles import Actor
from relevance.services import agendas, amendments, ballots, guidelines, meetings, minutes, outcomes, propagation, seats
from relevance.services.verify import verify
from tests.house import House

Opened = Callable[..., AppTest]
TEXT = "# G\n## 等级\n- 100 % | 全: 全\n- 67 % | 多: 多\n- 33 % | 少: 少\n- 0 % | 无: 无\n## 主体\n### R1 车 {#car}\n看到车。\n"


def closed(house: Callable[..., House]) -> tuple[House, int, int]:
    """A house with a closed meeting of one decision; the meeting and the item."""
    home = house(clips=2, graders=2)
    home.say({item: [3, 0] for item in home.all_items})
    number = meetings.make(home.store, home.lead, home.project, "例会", home.clock.now(), 60, [home.client.account])
    agendas.fill(home.store, home.lead, number)
    meetings.open_(home.store, home.lead, number)
    seat = seats.of(home.store, home.lead, number)
    case = agendas.of(home.store, home.lead, number)[0]
    ballots.step(home.store, seat, case.id)
    outcomes.end(home.store, seat, case.id, Ending("decided", "看得清楚", level=3, binds="precedent"))
    home.clock.advance(60)
    meetings.close(home.store, home.lead, number)
    home.clock.advance(3600)
    return home, number, case.item


def paper(home: House, actor: Actor, number: int) -> str:
    return minutes.write(home.store, None, seats.of(home.store, actor, number), "en", "md").data.decode()


def test_a_lead_corrects_and_the_minutes_stay_with_a_note(
    house: Callable[..., House], open_page: Opened, said: Callable[[AppTest], str]
) -> None:
    home, number, item = closed(house)
    before = paper(home, home.lead, number)
    at = open_page(home, home.lead, "meetings", language="en", meeting=str(number))
    (old,) = outcomes.all_of(home.store, home.lead, number)
    at.radio(key=f"correct_level_{old.id}").set_value(1)
    at.text_area(key=f"correct_why_{old.id}").set_value("It was a toy")
    next(one for one in at.button if one.label == "Record the correction").click().run()
    assert not at.exception
    assert "Corrected" in said(at) and "It was a toy" in said(at)
    assert home.state(item) == ("decided", 1)
    old, new = outcomes.all_of(home.store, home.lead, number)
    assert (old.corrected_by, new.corrects, old.level) == (new.id, old.id, 3)
    after = paper(home, home.lead, number)
    note = [line for line in after.splitlines() if line not in before.splitlines()]
    assert len(note) == 1 and note[0].startswith("- **Corrected since**: case 1, ")
    assert [line for line in after.splitlines() if line not in note] == before.splitlines()
    assert "toy" not in after
    assert verify(home.store) == []


def test_a_correction_asks_only_for_what_it_leaves(house: Callable[..., House], open_page: Opened) -> None:
    home, number, item = closed(house)
    (old,) = outcomes.all_of(home.store, home.lead, number)
    at = open_page(home, home.lead, "meetings", language="en", meeting=str(number))
    asked = {"precedent": "scope", "single": "single", "amendment": "zh"}
    for left, field in asked.items():
        at.radio(key=f"correct_binds_{old.id}").set_value(left).run()
        keys = {str(one.key) for kind in ("selectbox", "text_input", "text_area") for one in at.get(kind)}
        assert {one for one in asked.values() if f"correct_{one}_{old.id}" in keys} == {field}
    at.radio(key=f"correct_binds_{old.id}").set_value("single").run()
    at.radio(key=f"correct_level_{old.id}").set_value(1)
    at.text_area(key=f"correct_why_{old.id}").set_value("It was a toy")
    at.text_input(key=f"correct_single_{old.id}").set_value("Only here")
    next(one for one in at.button if one.label == "Record the correction").click().run()
    assert not at.exception and home.state(item) == ("decided", 1)


def test_a_correction_by_an_amendment_changes_the_rules_text_or_adds_a_rule_with_its_title(
    house: Callable[..., House], open_page: Opened
) -> None:
    home, number, item = closed(house)
    guidelines.import_markdown(home.store, home.lead, home.project, zh=TEXT)
    (old,) = outcomes.all_of(home.store, home.lead, number)
    rule = guidelines.current(home.store, home.project).rules[0]
    at = open_page(home, home.lead, "meetings", language="en", meeting=str(number))
    at.radio(key=f"correct_binds_{old.id}").set_value("amendment").run()
    assert at.text_input(key=f"correct_heading_{old.id}").value == ""  # of a new rule
    at.selectbox(key=f"correct_amends_{old.id}").set_value(rule.id).run()
    text = at.text_area(key=f"correct_zh_{old.id}_{rule.id}")
    assert text.value == rule.text_zh != ""
    at.radio(key=f"correct_level_{old.id}").set_value(1)
    at.text_area(key=f"correct_why_{old.id}").set_value("It was a toy")
    next(one for one in at.button if one.label == "Record the correction").click().run()
    assert "exactly this already" in at.warning[0].value and home.state(item) == ("decided", 3)  # nothing changed
    at.text_area(key=f"correct_zh_{old.id}_{rule.id}").set_value(f"{rule.text_zh}玩具除外。")
    next(one for one in at.button if one.label == "Record the correction").click().run()
    assert not at.exception and home.state(item) == ("decided", 1)
    (draft,) = amendments.drafts(home.store, home.lead, home.project)
    assert (draft.rule, draft.text_zh) == (rule.id, f"{rule.text_zh}玩具除外。")


def test_a_correction_takes_back_what_was_settled_with_the_decision(
    house: Callable[..., House], open_page: Opened, said: Callable[[AppTest], str]
) -> None:
    home, number, item = closed(house)
    (old,) = outcomes.all_of(home.store, home.lead, number)
    other = next(one for one in home.all_items if home.state(one)[0] == "disputed")
    propagation.apply(
        home.store, home.lead, home.project, [other], 3, "看得清楚", precedent=old.precedent, decision=old.decision
    )
    assert home.state(other) == ("decided", 3)
    at = open_page(home, home.lead, "meetings", language="en", meeting=str(number))
    at.radio(key=f"correct_binds_{old.id}").set_value("single").run()
    assert "this clip and keyword alone" in said(at)
    at.radio(key=f"correct_level_{old.id}").set_value(1)
    at.text_area(key=f"correct_why_{old.id}").set_value("It was a toy")
    at.text_input(key=f"correct_single_{old.id}").set_value("Only here")
    assert at.checkbox(key=f"correct_back_{old.id}").value
    next(one for one in at.button if one.label == "Record the correction").click().run()
    assert not at.exception
    assert (home.state(item), home.state(other)) == (("decided", 1), ("disputed", None))
    assert verify(home.store) == []


def test_a_correction_without_a_level_is_told_and_nothing_changes(
    house: Callable[..., House], open_page: Opened
) -> None:
    home, number, item = closed(house)
    at = open_page(home, home.lead, "meetings", language="en", meeting=str(number))
    next(one for one in at.button if one.label == "Record the correction").click().run()
    assert not at.exception and at.error
    assert home.state(item) == ("decided", 3)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_who_does_not_run_the_meeting_sees_corrections_and_no_form(
    house: Callable[..., House], open_page: Opened, said: Callable[[AppTest], str], language: str
) -> None:  # fmt: skip
    home, number, _ = closed(house)
    (old,) = outcomes.all_of(home.store, home.lead, number)
    outcomes.correct(home.store, home.lead, old.id, Ending("decided", "是玩具", level=1, binds="precedent"))
    at = open_page(home, home.client, "meetings", language=language, meeting=str(number))
    assert "是玩具" in said(at)
    assert not [one for one in at.button if one.label in ("Record the correction", "记录更正")]
