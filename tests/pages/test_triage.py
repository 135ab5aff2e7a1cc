"""The triage page: clusters in their order with every factor, the cause corrected by one press, split, link, settle."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from relevance.causes import Cause
from relevance.roles import Role
from relevance.services import agendas, client_questions, disputes, meetings, policies, precedents, triage
from relevance.services.client_questions import Choice
from tests.house import House

Build = Callable[..., House]
Open = Callable[..., AppTest]
Said = Callable[[AppTest], str]


def disputed(house: Build) -> House:
    home = house(clips=4)
    home.say({item: [3, 0] for item in home.all_items[:4]} | {home.all_items[4]: ["no_rule"]}, note="只有标志")
    return home


def press(at: AppTest, label: str) -> AppTest:
    return next(one for one in at.button if one.label.startswith(label)).click().run()


@pytest.mark.parametrize(
    ("language", "cause", "factor"),
    [("zh", "关键词有歧义", "标签出错的概率"), ("en", "Ambiguous keyword", "Probability that a label is wrong")],
)
def test_a_cluster_says_why_it_holds_together_and_what_it_is_worth(
    house: Build, open_page: Open, said: Said, language: str, cause: str, factor: str
) -> None:
    home = disputed(house)
    at = open_page(home, home.lead, "triage", language=language)
    (largest,) = [row for row in triage.clusters(home.store, home.lead, home.project) if len(row.items) == 4]
    text = said(at)
    assert "0%" in text and "100%" in text  # between which levels
    assert factor in {str(value) for frame in at.dataframe for value in frame.value.iloc[:, 0]}
    assert any(button.label == cause for button in at.button)
    assert "评分员" not in text  # nobody's name
    assert largest.pair == (0, 3)


def test_a_cause_is_corrected_by_one_press(house: Build, open_page: Open) -> None:
    home = disputed(house)
    item = home.all_items[4]
    at = open_page(home, home.lead, "triage", language="en", cluster=str(item))
    press(at, "Boundary between two levels")
    assert not at.exception
    assert triage.cause_of(home.store, home.lead, item)[:2] == (Cause.BOUNDARY, True)


def test_what_was_decided_three_times_alike_is_proposed_with_its_rule_and_settles_the_rest_by_one_press(
    house: Build, open_page: Open, said: Said
) -> None:
    home = disputed(house)
    for item in home.all_items[:3]:
        triage.settle(home.store, home.lead, home.project, [item], 0, "标志不算", "R9")
    at = open_page(home, home.lead, "triage", language="en", cluster=str(home.all_items[3]))
    assert "R9 · 标志不算" in said(at)
    press(at, "Settle its items so")
    assert not at.exception
    assert disputes.one(home.store, home.lead, home.all_items[3]).level == 0


def further(at: AppTest) -> list[str]:
    """The keys of the further clips that are asked for."""
    return [str(one.key) for one in at.get("button_group") if (one.key or "").startswith("look_")]


def test_what_earlier_decisions_and_the_clients_answer_settle_is_looked_at_on_a_second_clip_where_it_is_much(
    house: Build, open_page: Open
) -> None:
    home = house(clips=5)
    home.say({item: [3, 0] for item in home.all_items[:5]}, note="只有标志")
    for item in home.all_items[:3]:
        triage.settle(home.store, home.lead, home.project, [item], 0, "标志不算", None)
    (row,) = [one for one in triage.clusters(home.store, home.lead, home.project) if len(one.items) == 2]
    policies.change(home.store, home.lead, home.project, tiers={"check_from": 2})
    choices = [Choice(3, "算"), Choice(0, "不算")]
    _number, token = client_questions.ask(home.store, home.lead, home.project, row.items[0], "?", choices, "zh", row.id)
    client_questions.answer(home.store, token, 1)

    at = open_page(home, home.lead, "triage", language="en", cluster=row.id[1:])
    labels = {one.label for one in at.button}
    assert "Settle by this answer" not in labels and not [one for one in labels if one.startswith("Settle its items")]
    plain, answer = sorted(further(at), key=lambda key: "answer" in key)
    at.segmented_control(key=plain).set_value(0).run()
    assert [one.label for one in at.button if one.label.startswith("Settle its items")] == ["Settle its items so (2)"]
    at.segmented_control(key=answer).set_value(3).run()  # the two of them differ, and there is no third
    assert "another level" in at.warning[0].value
    assert "Settle by this answer" not in {one.label for one in at.button}
    at.segmented_control(key=answer).set_value(0).run()
    press(at, "Settle by this answer")
    assert not at.exception and not at.error
    assert [home.state(item) for item in row.items] == [("decided", 0)] * 2


def test_the_clients_own_answer_about_a_further_clip_stands_for_the_second_look(
    house: Build, open_page: Open, said: Said
) -> None:
    home = house(clips=5)
    home.say({item: [3, 0] for item in home.all_items[:5]}, note="只有标志")
    policies.change(home.store, home.lead, home.project, tiers={"check_from": 5})
    (row,) = [one for one in triage.clusters(home.store, home.lead, home.project) if len(one.items) == 5]
    choices = [Choice(3, "算"), Choice(0, "不算")]
    for item in row.items[:2]:
        _number, token = client_questions.ask(home.store, home.lead, home.project, item, "?", choices, "zh", row.id)
        client_questions.answer(home.store, token, 1)
    at = open_page(home, home.lead, "triage", language="en", cluster=row.id[1:])
    assert not further(at) and "The client said of another clip of it: 0%" in said(at)
    press(at, "Settle by this answer")
    assert not at.exception and [home.state(item) for item in row.items] == [("decided", 0)] * 5


def test_the_link_for_the_client_is_shown_once(house: Build, open_page: Open, said: Said) -> None:
    home = disputed(house)
    name = triage.clusters(home.store, home.lead, home.project)[0].id
    at = open_page(home, home.lead, "triage", language="en")
    at.text_area(key=f"ask_text_{name}").input("Does a logo count?")
    press(at, "Make the link")
    assert not at.exception
    (link,) = [str(one.value) for one in at.code if "/ask/" in str(one.value)]
    token = link.rsplit("/", 1)[1]
    assert client_questions.opened(home.store, token).text == "Does a logo count?"
    at.run()
    assert "/ask/" not in said(at)


def test_the_client_s_answer_settles_its_cluster_by_one_press(house: Build, open_page: Open) -> None:
    home = disputed(house)
    (row,) = [one for one in triage.clusters(home.store, home.lead, home.project) if len(one.items) == 4]
    _n, token = client_questions.ask(
        home.store, home.lead, home.project, row.items[0], "?", [Choice(3, "a"), Choice(0, "b")], "en", row.id
    )
    client_questions.answer(home.store, token, 1, "logos do not count")
    at = open_page(home, home.lead, "triage", language="en")
    press(at, "Settle by this answer")
    assert not at.exception
    found = [disputes.one(home.store, home.lead, item) for item in row.items]
    assert {(one.level, one.rulings[-1].reason) for one in found} == {(0, "The client's answer: logos do not count")}


def test_what_an_answer_contradicts_is_shown_before_it_settles_and_can_be_superseded(
    house: Build, open_page: Open
) -> None:
    home = disputed(house)
    (row,) = [one for one in triage.clusters(home.store, home.lead, home.project) if len(one.items) == 4]
    old = precedents.add(home.store, home.lead, row.items[1], 3, "a logo is enough", scope="keyword")
    _n, token = client_questions.ask(
        home.store, home.lead, home.project, row.items[0], "?", [Choice(3, "a"), Choice(0, "b")], "en", row.id
    )
    client_questions.answer(home.store, token, 1)
    at = open_page(home, home.lead, "triage", language="en")
    (instead,) = [one for one in at.selectbox if one.label == "What becomes of the earlier precedent"]
    assert any("says otherwise" in one.value and "a logo is enough" in one.value for one in at.warning)
    instead.set_value(old).run()
    press(at, "Settle by this answer")
    assert not at.exception
    stand = {one.precedent.id: one.superseded_by for one in precedents.of(home.store, home.lead, home.project)}
    (new,) = stand.keys() - {old}
    assert stand == {old: new, new: None}


def test_the_client_sees_the_board_without_anything_to_change(house: Build, open_page: Open) -> None:
    home = disputed(house)
    at = open_page(home, home.client, "triage", language="en")
    labels = {button.label for button in at.button}
    assert not labels & {"Guideline gap", "Make the link", "Make one cluster"}


def test_a_grader_s_navigation_has_no_triage(house: Build) -> None:
    from relevance.roles import Actor, pages_of

    home = disputed(house)
    assert "triage" not in pages_of(Actor(9, roles={home.project: frozenset({Role.GRADER})}), home.project)


def test_without_disputes_the_page_says_what_comes_here(house: Build, open_page: Open, said: Said) -> None:
    home = house(clips=2)
    at = open_page(home, home.lead, "triage", language="en")
    assert "No disputes" in said(at)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_cluster_is_decided_after_all_of_it_was_seen(house: Build, open_page: Open, language: str) -> None:
    home = disputed(house)
    (row,) = [one for one in triage.clusters(home.store, home.lead, home.project) if len(one.items) == 4]
    at = open_page(home, home.lead, "triage", language=language, cluster=row.id[1:])
    assert not [one for one in at.button if one.key == f"rule_{row.id}"]  # nothing to press before a level is chosen
    at.segmented_control(key=f"rule_level_{row.id}").set_value(0).run()
    assert not at.exception
    at.text_area(key=f"rule_why_{row.id}").set_value("标志不算")
    at.button(key=f"rule_{row.id}").click().run()
    assert not at.exception and not at.error
    assert [home.state(item) for item in row.items] == [("decided", 0)] * 4
    assert ["#1" in one.value for one in at.toast] == [True]


def test_a_large_cluster_is_judged_on_a_second_clip_before_it_can_be_settled(house: Build, open_page: Open) -> None:
    home = disputed(house)
    policies.change(home.store, home.lead, home.project, tiers={"check_from": 4})
    (row,) = [one for one in triage.clusters(home.store, home.lead, home.project) if len(one.items) == 4]
    at = open_page(home, home.lead, "triage", language="en", cluster=row.id[1:])

    def looks() -> list[str]:
        return [one.key for one in at.get("button_group") if (one.key or "").startswith("look_")]

    def settles() -> list[str]:
        return [one.label for one in at.button if one.key == f"rule_{row.id}"]

    at.segmented_control(key=f"rule_level_{row.id}").set_value(0).run()
    at.text_area(key=f"rule_why_{row.id}").set_value("标志不算").run()
    assert len(looks()) == 1 and not settles()
    at.segmented_control(key=looks()[0]).set_value(3).run()  # the other one on the second clip: a third is asked for
    assert len(looks()) == 2 and not settles()
    at.segmented_control(key=looks()[1]).set_value(0).run()
    assert settles() == ["Settle 3 items"]
    differs = int(looks()[0].rsplit("_", 1)[1])
    at.button(key=f"rule_{row.id}").click().run()
    assert not at.exception and not at.error
    assert home.state(differs) == ("disputed", None)
    assert [home.state(item) for item in row.items if item != differs] == [("decided", 0)] * 3


def test_a_specialist_decides_what_is_his_by_the_setting(house: Build, open_page: Open) -> None:
    home = disputed(house)
    specialist = home.person("sun", Role.SPECIALIST)
    (row,) = [one for one in triage.clusters(home.store, home.lead, home.project) if len(one.items) == 4]
    key = f"rule_level_{row.id}"

    def asked() -> bool:
        at = open_page(home, specialist, "triage", language="en", cluster=row.id[1:])
        return any(one.key == key for one in at.get("button_group"))

    assert not asked()
    tiers = dict.fromkeys(("error", "clip", "single", "known", "boundary", "gap", "keyword"), "specialist")
    policies.change(home.store, home.lead, home.project, tiers=tiers)
    assert asked()


def test_a_lead_puts_a_cluster_to_a_meeting_and_it_stays_on_the_screen_after_its_cause_was_corrected(
    house: Build, open_page: Open
) -> None:
    home = disputed(house)
    rows = triage.clusters(home.store, home.lead, home.project)
    at = open_page(home, home.lead, "triage", language="en")
    assert not [b for b in at.button if b.label == "Put it on the agenda"]  # there is no meeting yet
    meeting = meetings.make(home.store, home.lead, home.project, "Friday", home.store.clock.now())
    for case in agendas.of(home.store, home.lead, meeting):
        agendas.take_off(home.store, home.lead, meeting, case.id)
    at = open_page(home, home.lead, "triage", language="en")
    at.button(key="cause_bad_clip").click().run()
    assert rows[0].id[1:] in at.query_params["cluster"]
    next(b for b in at.button if b.label == "Put it on the agenda").click()
    at.run()
    assert not at.exception and not at.error
    assert [case.items for case in agendas.of(home.store, home.lead, meeting)] == [len(rows[0].items)]
    next(b for b in at.button if b.label == "Put it on the agenda").click()
    at.run()
    assert "already" in at.warning[0].value + "".join(e.value for e in at.error)
