"""Training, exam and the exams page, as the people see them."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from relevance.qualification import Rules
from relevance.roles import SYSTEM, Actor, Role
from relevance.services import disputes, duties, exams, gold, gold_list, guidelines, passes, policies, sitting, training
from relevance.services.exams import Written
from relevance.training import Cell
from tests.house import House
from tests.world import GUIDELINE

Build = Callable[..., House]
Open = Callable[..., AppTest]
Said = Callable[[AppTest], str]


def school(house: Build) -> tuple[House, Actor]:
    """A house where six items were decided, a specialist, and a grader who has graded nothing."""
    home = house(clips=4)
    guidelines.import_markdown(home.store, home.lead, home.project, en=GUIDELINE)
    policies.change(home.store, SYSTEM, home.project, audit_share=0.0)
    home.say({item: [3, 0] for item in home.all_items[:6]})
    for place, item in enumerate(home.all_items[:6]):
        disputes.decide(home.store, home.lead, item, place % 4, "only the subject counts", "subject")
    home.set_member(home.client.account, Role.SPECIALIST)
    specialist = Actor(home.client.account, roles={home.project: frozenset({Role.SPECIALIST})})
    return home, specialist


def button(at: AppTest, key: str) -> object:
    return next(one for one in at.button if one.key == key)


def test_a_specialist_makes_gold_by_one_key_and_offers_an_exam(house: Build, open_page: Open, said: Said) -> None:
    home, specialist = school(house)
    at = open_page(home, specialist, "exams", language="en")
    next(one for one in at.button if one.label == "Make gold").click().run()
    assert not at.exception and len(gold_list.rows(home.store, specialist, home.project)) == 6
    assert {one.label: one.value for one in at.metric}["Gold in the stream"] == "6"
    at.text_input(key="exam_name").input("Entry exam")
    at.number_input(key="exam_n").set_value(4)
    next(one for one in at.button if one.label == "Offer it").click().run()
    assert not at.exception and "Entry exam" in said(at)
    assert [exam.n for exam in exams.offered(home.store, home.project)] == [4]


def test_what_cannot_be_drawn_is_said(house: Build, open_page: Open) -> None:
    home, specialist = school(house)
    at = open_page(home, specialist, "exams", language="zh")
    at.text_input(key="exam_name").input("考试")
    at.number_input(key="exam_n").set_value(90)
    next(one for one in at.button if one.label == "发布考试").click().run()
    assert at.error and "90" not in [exam.name for exam in exams.offered(home.store, home.project)]


def test_a_grader_takes_the_exam_by_keys_and_sees_his_marks(house: Build, open_page: Open, said: Said) -> None:
    home, specialist = school(house)
    who = home.graders_[4]
    exams.save(
        home.store, specialist, home.project, "Entry", cells=[Cell(4)], rules=Rules(training=False, exact=0.5, near=0.5, pair=0)
    )  # fmt: skip
    policies.change(home.store, SYSTEM, home.project, exam_required=True)
    at = open_page(home, who, "exam", language="en")
    assert "You get work once you have passed." in [one.value for one in at.warning]
    next(one for one in at.button if one.label == "Begin").click().run()
    assert not at.exception
    running = passes.state(home.store, who, home.project).running
    assert running is not None
    with home.store.reader() as reader:
        known = dict(reader.all("select place, level from attempt_item where attempt = ?", [running]))
    for place in range(4):
        button(at, f"level_{known[place]}").click().run()  # type: ignore[attr-defined]
        assert not at.exception
    button(at, "hand_in").click().run()  # type: ignore[attr-defined]
    assert not at.exception
    assert {one.label: one.value for one in at.metric}["Exact"] == "100%"
    assert any("You have passed" in one.value for one in at.success)


def test_nothing_on_the_exams_screen_tells_the_known_level(house: Build, open_page: Open, said: Said) -> None:
    home, specialist = school(house)
    who = home.graders_[4]
    exam = exams.save(
        home.store, specialist, home.project, "Entry", cells=[Cell(4)], rules=Rules(training=False)
    )  # fmt: skip
    sitting.start(home.store, who, home.project, exam)
    at = open_page(home, who, "exam", language="en")
    assert "only the subject counts" not in said(at) and "subject" not in said(at).lower()


def test_words_are_marked_without_a_name(house: Build, open_page: Open, said: Said) -> None:
    home, specialist = school(house)
    who = home.graders_[4]
    exam = exams.save(
        home.store, specialist, home.project, "Entry", cells=[Cell(2)], written=[Written("Why?")],
        rules=Rules(training=False),
    )  # fmt: skip
    attempt = sitting.start(home.store, who, home.project, exam)
    sitting.say(home.store, who, attempt, 2, text="since it fills the picture")
    sitting.hand_in(home.store, who, attempt)
    at = open_page(home, specialist, "exams", language="en")
    texts = said(at)
    assert "since it fills the picture" in texts and "评分员5" not in texts
    at.number_input(key=f"points_{attempt}_2").set_value(4.0)
    next(one for one in at.button if one.label == "Give the points").click().run()
    assert not at.exception and "Nothing to mark" in said(at)


def test_training_goes_rule_by_rule_and_explains_at_once(house: Build, open_page: Open, said: Said) -> None:
    home, specialist = school(house)
    for item, rule in zip(home.all_items[:2], ("background", "subject"), strict=True):
        training.add_example(
            home.store, specialist, home.project, item, rule, reason_zh="主体才算", reason_en="subject"
        )
    who = home.graders_[0]
    at = open_page(home, who, "training", language="zh")
    assert "R1 The subject first" in said(at) and "主体才算" not in said(at)
    button(at, "level_0").click().run()  # type: ignore[attr-defined]
    assert not at.exception and "主体才算" in said(at) and at.error  # item 2's level is 1
    button(at, "next").click().run()  # type: ignore[attr-defined]
    assert "R2 In the background" in said(at)
    button(at, "level_0").click().run()  # type: ignore[attr-defined]
    assert at.success
    button(at, "next").click().run()  # type: ignore[attr-defined]
    assert "培训已完成" in said(at)
    button(at, "again").click().run()  # type: ignore[attr-defined]
    assert not at.exception and "R1 The subject first" in said(at)


def test_an_empty_project_says_what_brings_training_and_exams(house: Build, open_page: Open, said: Said) -> None:
    home = house(clips=1)
    assert "No training yet" in said(open_page(home, home.graders_[0], "training", language="en"))
    assert "No exam is offered" in said(open_page(home, home.graders_[0], "exam", language="en"))
    at = open_page(home, home.lead, "exams", language="zh")
    assert not at.exception


def test_a_blueprint_asks_for_rule_level_pair_keyword_and_difficulty(house: Build, open_page: Open, said: Said) -> None:
    home, specialist = school(house)
    gold.make_many(home.store, specialist, home.all_items[:6])
    at = open_page(home, specialist, "exams", language="en")
    at.number_input(key="exam_kinds").set_value(2).run()
    assert at.number_input(key="exam_n").disabled
    with home.store.reader() as reader:
        known = exams.candidates(reader, home.project)
    at.text_input(key="exam_name").input("By kind")
    at.number_input(key="cell_n_0").set_value(1)
    at.selectbox(key="cell_rule_0").set_value("subject")
    at.selectbox(key="cell_level_0").set_value("p0")
    at.number_input(key="cell_n_1").set_value(1)
    at.selectbox(key="cell_keyword_1").set_value(known[0].keyword)
    at.selectbox(key="cell_difficulty_1").set_value(known[0].difficulty)
    next(one for one in at.button if one.label == "Offer it").click().run()
    assert not at.exception and not at.error
    (made,) = exams.offered(home.store, home.project)
    assert made.cells == (
        Cell(1, rule="subject", pair=0), Cell(1, keyword=known[0].keyword, difficulty=known[0].difficulty),
    )  # fmt: skip
    assert "1 × " in said(at)


def test_a_doubtful_item_becomes_a_dispute_by_one_key(house: Build, open_page: Open, said: Said) -> None:
    home, specialist = school(house)
    rules = Rules(exact=0.0, near=0.0, pair=0.0, training=False, window_days=0)
    items = home.all_items[:4]
    exam = exams.save(home.store, specialist, home.project, "E", items=items, rules=rules)
    for name in ("p1", "p2", "p3"):
        who = home.person(name, Role.GRADER)
        attempt = sitting.start(home.store, who, home.project, exam)
        for one in sitting.paper(home.store, who, attempt).questions:
            truth = items.index(one.item) if one.item in items else 0
            sitting.say(home.store, who, attempt, one.place, level=(truth + (one.item == items[0])) % 4)
        sitting.hand_in(home.store, who, attempt)
    at = open_page(home, specialist, "exams", language="en")
    assert at.selectbox(key="doubt_item").value == items[0]
    assert at.text_input(key=f"doubt_why_{items[0]}").value.startswith("3 of 3 people who passed")
    next(one for one in at.button if one.key == "doubt").click().run()
    assert not at.exception
    detail = disputes.one(home.store, home.lead, items[0])
    assert (detail.state, detail.why) == ("disputed", "exam")
    assert "doubt" not in {one.key for one in at.button}


def test_whoever_is_asked_to_train_reads_why_and_the_lead_takes_it_back(
    house: Build, open_page: Open, said: Said
) -> None:
    home, specialist = school(house)
    training.add_example(home.store, specialist, home.project, home.all_items[0], "subject")
    grader = home.person("new", Role.GRADER)
    duty = duties.ask(home.store, home.lead, home.project, grader.account, "retrain", "too lenient", ["subject"])
    assert "too lenient" in said(open_page(home, grader, "training", language="zh"))
    at = open_page(home, home.lead, "team", language="en")
    assert "too lenient" in said(at)
    next(one for one in at.button if one.key == f"duty_back_{duty}").click().run()
    assert not at.exception and duties.of(home.store, home.lead, home.project) == []
