"""One answer to a question reaches all the items that hang on it; a grader who asks gets a reply."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from relevance.services import asks, disputes, grading, questions
from tests.house import House

Build = Callable[..., House]
Open = Callable[..., AppTest]
Said = Callable[[AppTest], str]


def flagged(house: Build, flag: str) -> House:
    home = house(clips=3)
    home.say({home.all_items[0]: [flag]})
    return home


def press(at: AppTest, label: str) -> AppTest:
    return next(one for one in at.button if one.label.startswith(label)).click().run()


def test_a_bad_clip_is_withdrawn_with_all_its_items(house: Build, open_page: Open, said: Said) -> None:
    home = flagged(house, "bad_clip")
    at = open_page(home, home.lead, "questions", language="en")
    assert "2 waiting" in said(at)  # the clip under both keywords
    (question,) = questions.of(home.store, home.lead, home.project)
    at.segmented_control(key=f"question_{question.id}_outcome").select("withdraw").run()
    at.text_area(key=f"question_{question.id}_text").input("画面损坏")
    press(at, "Answer for its items")
    assert not at.exception
    states = [disputes.one(home.store, home.lead, item).state for item in (home.all_items[0], home.all_items[3])]
    assert states == ["withdrawn", "withdrawn"]


def test_an_unclear_keyword_gets_one_level_for_all(house: Build, open_page: Open) -> None:
    home = flagged(house, "unclear_keyword")
    at = open_page(home, home.lead, "questions", language="en")
    (question,) = questions.of(home.store, home.lead, home.project)
    at.segmented_control(key=f"question_{question.id}_outcome").select("level").run()
    at.text_area(key=f"question_{question.id}_text").input("指骑自行车")
    press(at, "Answer for its items")
    assert "Choose the level" in "\n".join(str(one.value) for one in at.error)
    at.selectbox(key=f"question_{question.id}_level").select(2)
    press(at, "Answer for its items")
    assert {disputes.one(home.store, home.lead, item).level for item in home.all_items[:3]} == {2}


def test_an_answer_needs_a_text(house: Build, open_page: Open) -> None:
    home = flagged(house, "bad_clip")
    at = press(open_page(home, home.lead, "questions", language="en"), "Answer for its items")
    assert "Write a text" in "\n".join(str(one.value) for one in at.error)
    assert len(questions.of(home.store, home.lead, home.project)) == 1


def test_a_question_that_another_lead_answered_says_who(house: Build, open_page: Open) -> None:
    home = flagged(house, "bad_clip")
    (question,) = questions.of(home.store, home.lead, home.project)
    at = open_page(home, home.lead, "questions", language="en")
    at.text_area(key=f"question_{question.id}_text").input("mine")
    questions.answer(home.store, home.other_lead, question.id, "withdraw", "先到")
    press(at, "Answer for its items")
    assert not at.exception
    assert "林组长" in "\n".join(str(one.value) for one in at.warning)


def test_a_grader_who_asked_gets_a_reply(house: Build, open_page: Open, said: Said) -> None:
    home = house(clips=1)
    grader = home.graders_[0]
    one = grading.claim(home.store, grader, home.project, "tab").work[0]
    number = grading.ask(home.store, grader, one.assignment, "橙红色算红色吗？", "r1")
    at = open_page(home, home.lead, "questions", language="en")
    assert "橙红色算红色吗" in said(at)
    at.text_input(key=f"reply_{number}").input("算")
    press(at, "Reply")
    (asked,) = asks.of(home.store, grader, home.project, mine=True)
    assert asked.reply == "算"
    assert "算" in said(open_page(home, grader, "my_day", language="en"))


def test_without_questions_both_lists_say_what_comes(house: Build, open_page: Open, said: Said) -> None:
    home = house(clips=1)
    texts = said(open_page(home, home.lead, "questions", language="en"))
    assert "No open questions" in texts and "Nobody is waiting for a reply" in texts
