"""Training, exams and the gate over the real store."""

from __future__ import annotations

import copy
from dataclasses import fields
from datetime import UTC, datetime

import pytest

from relevance.errors import BadInput, NotAllowed, NotFound, Stale
from relevance.qualification import Rules
from relevance.roles import SYSTEM, Actor, Role
from relevance.services import (
    amendments,
    clips,
    disputes,
    doubts,
    duties,
    exams,
    gold,
    gold_list,
    grading,
    guidelines,
    item_analysis,
    marking,
    passes,
    policies,
    sitting,
    team,
    training,
)  # fmt: skip
from relevance.services.exams import Written
from relevance.services.grading import Answer
from relevance.services.shown import Shown
from relevance.services.sitting import Question
from relevance.services.team import Alert
from relevance.services.verify import verify
from relevance.store.load import add_project
from relevance.training import Cell
from tests.world import GUIDELINE, World


class School:
    """A project that asks for an exam, with 24 gold items of all levels."""

    def __init__(self, world: World, n: int = 24) -> None:
        self.world = world
        policies.change(world.store, SYSTEM, world.project, audit_share=0.0)
        guidelines.import_markdown(world.store, SYSTEM, world.project, en=GUIDELINE)
        self.specialist = world.person("specialist", Role.SPECIALIST)
        self.lead = world.person("lead", Role.LEAD)
        a, b = world.person("a"), world.person("b")
        self.known = world.items(n, keywords=2)
        self.level: dict[int, int] = {}
        for person in (a, b):
            for _ in self.known:
                work = world.claim(person).work[0]
                self.level[work.item] = work.item % 4
                grading.answer(world.store, person, Answer(work.assignment, 0, work.item % 4))
        gold.make_many(world.store, self.specialist, self.known, "it is so")
        policies.change(world.store, SYSTEM, world.project, exam_required=True)

    def exam(self, n: int = 8, written: tuple[Written, ...] = (), **rules: object) -> int:
        made = Rules(**{"training": False, **rules})  # type: ignore[arg-type]
        return exams.save(
            self.world.store, self.specialist, self.world.project, "Entry", cells=[Cell(n)], written=written, rules=made
        )

    def sit(self, who: Actor, exam: int, wrong: int = 0, hand_in: bool = True) -> int:
        """Takes an exam with so many answers two levels off."""
        store = self.world.store
        attempt = sitting.start(store, who, self.world.project, exam)
        for question in sitting.paper(store, who, attempt).questions:
            if question.item is None:
                sitting.say(store, who, attempt, question.place, text="since it is in the background")
                continue
            truth = self.level[question.item]
            said = truth if question.place >= wrong else (truth + 2) % 4
            sitting.say(store, who, attempt, question.place, level=said)
        if hand_in:
            sitting.hand_in(store, who, attempt)
        return attempt


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> tuple[School, bytes]:
    """A school built from the ground up, and its store's file."""
    made = School(World(tmp_path_factory.mktemp("school")))
    return made, made.world.kept()


@pytest.fixture
def school(world: World, founded: tuple[School, bytes]) -> School:
    """A copy of it, each test its own."""
    first, file = founded
    world.become(file)
    made = copy.copy(first)
    made.world, made.known, made.level = world, list(first.known), dict(first.level)
    return made


def why(world: World, who: Actor) -> str | None:
    claimed = world.claim(who)
    if claimed.work:
        grading.release(world.store, who)
    return claimed.why_none


def test_nobody_claims_work_before_passing_where_the_project_asks_for_it(school: School) -> None:
    world, who = school.world, school.world.person("new")
    world.items(5)
    assert why(world, who) == "unqualified"
    exam = school.exam()
    school.sit(who, exam, wrong=5)
    assert why(world, who) == "unqualified"
    world.clock.advance(25 * 3600)
    school.sit(who, exam)
    assert why(world, who) is None
    world.reopen()
    assert why(world, who) is None and why(world, world.person("other")) == "unqualified"
    assert verify(world.store) == []


def test_a_project_that_asks_for_nothing_gives_work_to_everybody(world: World) -> None:
    world.items(2)
    assert why(world, world.person("new")) is None


def test_what_is_held_when_a_pass_ends_may_still_be_answered_but_nothing_new_is_given(school: School) -> None:
    world, who = school.world, school.world.person("new")
    world.items(5)
    school.sit(who, school.exam())
    held = world.claim(who).work[0]
    (result,) = passes.results(world.store, school.specialist, world.project)
    assert result.qualification is not None
    passes.take_back(world.store, school.lead, world.project, result.qualification, "too many mistakes")
    assert grading.answer(world.store, who, Answer(held.assignment, 0, 1)).counted
    assert why(world, who) == "unqualified"
    with pytest.raises(Stale):
        passes.take_back(world.store, school.lead, world.project, result.qualification, "again")


def test_a_pass_expires_and_a_changed_guideline_asks_for_a_short_exam(school: School) -> None:
    world, who = school.world, school.world.person("new")
    world.items(5)
    school.sit(who, school.exam(n=4, valid_days=10))
    guidelines.import_markdown(world.store, SYSTEM, world.project, en=GUIDELINE + "### R3 New {#new}\nNew.\n")
    assert why(world, who) is None  # an editorial change asks nobody anything
    policies.change(world.store, SYSTEM, world.project, exam_since=2)
    assert why(world, who) == "outdated"
    short = exams.save(
        world.store, school.specialist, world.project, "What is new", kind="short", cells=[Cell(4)], minutes=5,
        rules=Rules(training=False, valid_days=10),
    )  # fmt: skip
    school.sit(who, short)
    assert why(world, who) is None
    world.clock.advance(11 * 86400)
    assert why(world, who) == "expired"


def test_a_version_that_changes_the_guideline_in_substance_asks_for_a_new_pass_by_itself(school: School) -> None:
    world, who = school.world, school.world.person("new")
    world.items(5)
    policies.change(world.store, SYSTEM, world.project, exam_renewed=True)
    school.sit(who, school.exam(n=4))
    guidelines.import_markdown(world.store, SYSTEM, world.project, en=GUIDELINE + "### R3 New {#new}\nNew.\n")
    assert why(world, who) is None  # nobody said that it changes anything in substance

    def says(tx) -> int:  # type: ignore[no-untyped-def]
        newest = int(tx.value("select max(id) from guideline where project = ?", [world.project]))
        tx.insert(
            "guideline_change", guideline=newest, project=world.project, substantive=True, choice="none", check_right=1,
            act=0,
        )  # fmt: skip
        add_project(tx, tx.live, world.project)
        return newest

    newest = world.store.act(says)
    assert why(world, who) == "outdated"
    world.clock.advance(600)  # what he held before is over
    world.reopen()
    assert why(world, who) == "unread"  # first its card ...
    assert amendments.acknowledge(world.store, who, newest, 1)
    assert why(world, who) == "outdated"  # ... then the exam


def test_what_a_person_sees_of_an_exam_has_no_known_level(school: School) -> None:
    named = {one.name for one in (*fields(Question), *fields(Shown))}
    assert not named & {"level", "known", "rule", "gold", "right"}
    who = school.world.person("new")
    attempt = sitting.start(school.world.store, who, school.world.project, school.exam())
    for question in sitting.paper(school.world.store, who, attempt).questions:
        assert question.shown and question.said is None
        clips.check(school.world.store, who, question.shown.content_id)  # he may play it


def test_somebody_elses_attempt_is_not_there(school: School) -> None:
    who, other = school.world.person("new"), school.world.person("other")
    attempt = sitting.start(school.world.store, who, school.world.project, school.exam())
    for call in (
        lambda: sitting.paper(school.world.store, other, attempt),
        lambda: sitting.say(school.world.store, other, attempt, 0, level=1),
        lambda: sitting.hand_in(school.world.store, other, attempt),
    ):
        with pytest.raises(NotFound):
            call()


def test_items_and_order_differ_and_are_not_used_again_within_the_window(school: School) -> None:
    world, exam = school.world, school.exam(n=8, attempts=5, wait_hours=0)
    seen: list[list[int]] = []
    who = world.person("new")
    for _ in range(3):
        attempt = school.sit(who, exam, wrong=8)
        seen.append([one.item for one in sitting.paper(world.store, who, attempt).questions if one.item])
    assert len({item for paper in seen for item in paper}) == 24  # 3 x 8, none twice
    with pytest.raises(BadInput):
        sitting.start(world.store, who, world.project, exam)  # all 24 were used
    world.clock.advance(91 * 86400)
    assert sitting.start(world.store, who, world.project, exam)


def test_time_ends_an_attempt_and_what_was_answered_in_it_counts(school: School) -> None:
    world, who = school.world, school.world.person("new")
    attempt = school.sit(who, school.exam(n=8), hand_in=False)
    world.clock.advance(30 * 60 + 6)
    with pytest.raises(Stale):
        sitting.say(world.store, who, attempt, 0, level=0)
    assert sitting.paper(world.store, who, attempt).ended == "time over"
    (result,) = passes.state(world.store, who, world.project).results
    assert result.marks is not None and result.marks.exact == 8 and result.marks.passed
    assert sitting.hand_in(world.store, who, attempt).marks == result.marks  # again changes nothing


def test_an_answer_may_be_changed_until_the_end(school: School) -> None:
    world, who = school.world, school.world.person("new")
    attempt = school.sit(who, school.exam(n=8), wrong=8, hand_in=False)
    for question in sitting.paper(world.store, who, attempt).questions:
        assert question.item is not None
        sitting.say(world.store, who, attempt, question.place, level=school.level[question.item])
    found = sitting.hand_in(world.store, who, attempt).marks
    assert found is not None and found.exact == 8


def test_a_refresh_goes_on_with_the_same_attempt(school: School) -> None:
    world, who, exam = school.world, school.world.person("new"), school.exam()
    first = sitting.start(world.store, who, world.project, exam)
    assert sitting.start(world.store, who, world.project, exam) == first
    assert passes.state(world.store, who, world.project).running == first


def test_written_answers_are_marked_blind_and_then_conclude(school: School) -> None:
    world, who = school.world, school.world.person("new")
    exam = school.exam(n=4, written=(Written("Why?", 4), Written("And then?", 6)))
    attempt = school.sit(who, exam)
    assert why(world, who) == "unqualified"
    waiting = marking.to_mark(world.store, school.specialist, world.project)
    assert [(one.question, one.points) for one in waiting] == [("Why?", 4), ("And then?", 6)]
    assert "account" not in {one.name for one in fields(waiting[0])}
    with pytest.raises(BadInput):
        marking.give_points(world.store, school.specialist, world.project, attempt, waiting[0].place, 5)
    marking.give_points(world.store, school.specialist, world.project, attempt, waiting[0].place, 4, "good")
    with pytest.raises(Stale):
        marking.give_points(world.store, school.specialist, world.project, attempt, waiting[0].place, 1)
    marking.give_points(world.store, school.specialist, world.project, attempt, waiting[1].place, 2)
    (result,) = passes.state(world.store, who, world.project).results
    assert result.marks is not None and result.marks.points == 0.6 and result.marks.passed  # 6 of 10, 0.5 asked
    assert verify(world.store) == []


def test_attempts_wait_and_run_out(school: School) -> None:
    world, who, exam = school.world, school.world.person("new"), school.exam(n=4, attempts=2)
    school.sit(who, exam, wrong=4)
    with pytest.raises(NotAllowed):
        sitting.start(world.store, who, world.project, exam)
    world.clock.advance(25 * 3600)
    school.sit(who, exam, wrong=4)
    world.clock.advance(25 * 3600)
    with pytest.raises(NotAllowed, match="no attempt left"):
        sitting.start(world.store, who, world.project, exam)


def test_an_exam_of_fixed_items_asks_these_in_an_order_of_its_own(school: School) -> None:
    world = school.world
    chosen = school.known[:6]
    exam = exams.save(world.store, school.specialist, world.project, "Fixed", items=chosen, rules=Rules(training=False))
    orders = []
    for name in ("x", "y", "z"):
        who = world.person(name)
        attempt = sitting.start(world.store, who, world.project, exam)
        orders.append([one.item for one in sitting.paper(world.store, who, attempt).questions])
    assert all(sorted(order) == sorted(chosen) for order in orders) and len({tuple(order) for order in orders}) > 1
    with pytest.raises(BadInput):
        exams.save(world.store, school.specialist, world.project, "No", items=[999])


def test_item_analysis_tells_what_good_people_fail(school: School) -> None:
    world, exam = school.world, school.exam(n=24, exact=0.5, near=0.5, pair=0.0)
    hard = school.known[5]
    for name in ("p", "q", "r"):
        who = world.person(name)
        attempt = sitting.start(world.store, who, world.project, exam)
        for question in sitting.paper(world.store, who, attempt).questions:
            assert question.item is not None
            truth = school.level[question.item]
            said = (truth + 1) % 4 if question.item == hard else truth
            sitting.say(world.store, who, attempt, question.place, level=said)
        sitting.hand_in(world.store, who, attempt)
    found = item_analysis.of(world.store, school.specialist, world.project)
    assert found[0].figures.item == hard and found[0].figures.doubtful and found[0].figures.good_failed == 3
    assert not any(row.figures.doubtful for row in found[1:])


def test_only_who_may_makes_exams_marks_and_sees_results(school: School) -> None:
    world, who = school.world, school.world.person("new")
    for call in (
        lambda: exams.save(world.store, who, world.project, "Mine", cells=[Cell(1)]),
        lambda: passes.results(world.store, who, world.project),
        lambda: marking.to_mark(world.store, who, world.project),
        lambda: item_analysis.of(world.store, who, world.project),
        lambda: training.examples(world.store, who, world.project),
        lambda: gold_list.rows(world.store, who, world.project),
    ):
        with pytest.raises(NotAllowed):
            call()


def test_training_tells_rule_and_reason_only_after_the_answer_and_keeps_its_place(school: School) -> None:
    world, who = school.world, school.world.person("new")
    for item, rule in ((school.known[0], "background"), (school.known[1], "subject"), (school.known[2], "subject")):
        training.add_example(world.store, school.specialist, world.project, item, rule, reason_en="look closely")
    course = training.course(world.store, who, world.project)
    assert [step.rule for step in course.steps] == ["subject", "subject", "background"]  # the guideline's order
    assert all(step.level is None and step.reason_en is None for step in course.steps)
    told = training.answer(world.store, who, world.project, course.steps[0].example, 3, 1)
    assert told.level == school.level[told.item] and told.reason_en == "look closely"
    world.reopen()
    course = training.course(world.store, who, world.project)
    assert (course.done, course.next) == (1, 1)
    again = training.answer(world.store, who, world.project, course.steps[0].example, 0, 1)
    assert again.said == 3  # the first answer stays
    assert course.steps[1].shown.content_id
    clips.check(world.store, who, course.steps[1].shown.content_id)


def test_the_exam_comes_after_the_training_and_does_not_ask_its_examples(school: School) -> None:
    world, who = school.world, school.world.person("new")
    exam = school.exam(n=22, training=True)
    for item in school.known[:2]:
        training.add_example(world.store, school.specialist, world.project, item, "subject")
    with pytest.raises(NotAllowed, match="training"):
        sitting.start(world.store, who, world.project, exam)
    for step in training.course(world.store, who, world.project).steps:
        training.answer(world.store, who, world.project, step.example, 0, 1)
    attempt = sitting.start(world.store, who, world.project, exam)
    asked = {one.item for one in sitting.paper(world.store, who, attempt).questions}
    assert asked == set(school.known[2:])
    second = training.course(world.store, who, world.project, 2)  # it can be repeated
    assert (second.done, len(second.steps)) == (0, 2)


def test_training_is_filled_from_gold_that_cites_a_rule(school: School) -> None:
    world = school.world
    assert training.from_gold(world.store, school.specialist, world.project) == 0  # this gold cites none


def test_whoever_is_asked_to_train_gets_no_item_before_the_named_rules_are_gone_through_once_more(
    school: School,
) -> None:
    world, lead = school.world, school.lead
    policies.change(world.store, SYSTEM, world.project, exam_required=False)
    world.items(3)
    who = world.person("new")
    subject = [
        training.add_example(world.store, school.specialist, world.project, item, "subject")
        for item in school.known[:2]
    ]
    training.add_example(world.store, school.specialist, world.project, school.known[2], "background")
    for example in subject:
        training.answer(world.store, who, world.project, example, 0, 1)  # before: it does not count
    held = world.claim(who).work[0]

    duty = duties.ask(world.store, lead, world.project, who.account, "retrain", "too lenient", ["subject"])
    assert duties.ask(world.store, lead, world.project, who.account, "retrain", "again") == duty

    world.reopen()  # the gate is rebuilt from the records
    grading.answer(world.store, who, Answer(held.assignment, 0, 1))  # what was held may be answered
    assert world.claim(who).why_none == "retrain"
    walk = training.course(world.store, who, world.project)
    assert (walk.number, [step.example for step in walk.steps], walk.done) == (2, subject, 0)
    training.answer(world.store, who, world.project, subject[0], 3, walk.number)
    assert world.claim(who).why_none == "retrain"
    training.answer(world.store, who, world.project, subject[1], 3, walk.number)
    assert world.claim(who).work and duties.of(world.store, lead, world.project) == []
    assert verify(world.store) == []


def rang(who: Actor, kind: str) -> Alert:
    """An alert as the team page hands it on, since yesterday."""
    at = datetime(2026, 3, 2, tzinfo=UTC)
    return Alert(
        who.account, "new", kind, at, at, n=40, value=0.4, usual=0.1, odds=200.0, needed=108.0, answers=50, items=(),
        level=None, partner=None, partner_name=None,
    )  # fmt: skip


def test_a_lead_who_retrains_at_his_alerts_holds_the_person_to_these_rules_and_notes_it_at_each(school: School) -> None:
    world, lead, who = school.world, school.lead, school.world.person("new")
    policies.change(world.store, SYSTEM, world.project, exam_required=False)
    world.items(3)
    training.add_example(world.store, school.specialist, world.project, school.known[0], "subject")
    training.add_example(world.store, school.specialist, world.project, school.known[1], "background")
    both = [rang(who, "accuracy"), rang(who, "shift")]
    team.act_on(world.store, lead, world.project, both, "retrain", "too lenient", ["subject"])
    (duty,) = duties.of(world.store, lead, world.project)
    assert (duty.account, duty.kind, duty.rules, duty.reason) == (who.account, "retrain", ("subject",), "too lenient")
    assert world.claim(who).why_none == "retrain"
    assert noted(world) == [(who.account, kind, "retrain", "too lenient") for kind in ("accuracy", "shift")]


def test_a_lead_who_re_examines_without_a_word_gives_the_alerts_as_the_reason(school: School) -> None:
    world, who = school.world, school.world.person("new")
    exam = school.exam(window_days=0, wait_hours=0)
    world.items(3)
    school.sit(who, exam)
    world.clock.advance(1)
    both = [rang(who, "accuracy"), rang(who, "streak")]
    team.act_on(world.store, school.lead, world.project, both, "re_examine")
    assert [one.reason for one in duties.of(world.store, school.lead, world.project)] == ["accuracy, streak"]
    assert world.claim(who).why_none == "re_examine"
    assert noted(world) == [(who.account, kind, "re_examine", "") for kind in ("accuracy", "streak")]


def test_what_cannot_be_asked_of_a_person_is_not_noted_at_his_alert_either(school: School) -> None:
    world, who = school.world, school.world.person("new")
    for what in ("retrain", "re_examine"):  # no example, no exam
        with pytest.raises(BadInput):
            team.act_on(world.store, school.lead, world.project, [rang(who, "accuracy")], what)
    with pytest.raises(NotAllowed):
        team.act_on(world.store, who, world.project, [rang(who, "accuracy")], "retrain")
    assert noted(world) == []


def noted(world: World) -> list[tuple[int, str, str, str]]:
    with world.store.reader() as reader:
        return reader.all("select grader, kind, what, note from alert_act order by id")


def test_training_that_nobody_can_finish_any_more_bars_nobody(school: School) -> None:
    world, who = school.world, school.world.person("new")
    policies.change(world.store, SYSTEM, world.project, exam_required=False)
    world.items(3)
    with pytest.raises(BadInput):
        duties.ask(world.store, school.lead, world.project, who.account, "retrain", "why")
    example = training.add_example(world.store, school.specialist, world.project, school.known[0], "subject")
    duties.ask(world.store, school.lead, world.project, who.account, "retrain", "why")
    assert world.claim(who).why_none == "retrain"
    training.end_example(world.store, school.specialist, world.project, example)
    assert world.claim(who).work


def test_whoever_is_asked_to_pass_again_gets_no_item_before_a_pass_that_was_begun_afterwards(school: School) -> None:
    world, lead = school.world, school.lead
    world.items(6)
    who = world.person("new")
    with pytest.raises(BadInput):
        duties.ask(world.store, lead, world.project, who.account, "re_examine", "drifts")  # no exam is offered
    exam = school.exam(window_days=0, wait_hours=0)
    begun = school.sit(who, exam, hand_in=False)
    world.clock.advance(1)
    duties.ask(world.store, lead, world.project, who.account, "re_examine", "drifts")
    sitting.hand_in(world.store, who, begun)  # passed, but begun before he was asked
    assert world.claim(who).why_none == "re_examine"
    assert passes.state(world.store, who, world.project).bars == "re_examine"
    world.clock.advance(1)
    school.sit(who, exam, wrong=8)
    assert world.claim(who).why_none == "re_examine"
    school.sit(who, exam)
    assert world.claim(who).work
    assert verify(world.store) == []


def test_a_duty_is_taken_back_by_the_lead_alone_and_once(school: School) -> None:
    world, lead = school.world, school.lead
    policies.change(world.store, SYSTEM, world.project, exam_required=False)
    world.items(3)
    who = world.person("new")
    school.exam()
    duty = duties.ask(world.store, lead, world.project, who.account, "re_examine", "drifts")
    with pytest.raises(NotAllowed):
        duties.take_back(world.store, who, world.project, duty)
    assert world.claim(who).why_none == "re_examine"
    duties.take_back(world.store, lead, world.project, duty)
    assert world.claim(who).work
    with pytest.raises(Stale):
        duties.take_back(world.store, lead, world.project, duty)
    with pytest.raises(NotFound):
        duties.ask(world.store, lead, world.project, lead.account, "re_examine", "no grader")


def test_a_doubtful_exam_item_becomes_a_dispute_with_its_reason_and_is_neither_gold_nor_asked_any_more(
    school: School,
) -> None:
    world, item = school.world, school.known[5]
    with pytest.raises(NotAllowed):
        doubts.dispute(world.store, world.person("new"), world.project, item, "they are right")
    doubts.dispute(world.store, school.specialist, world.project, item, "good people fail it", good=3, failed=3)
    assert world.state(item) == ("disputed", None)
    assert [row.item for row in disputes.page(world.store, school.lead, world.project).rows] == [item]
    with world.store.reader() as reader:
        act = reader.value("select act from item_doubt where item = ?", [item])
        assert reader.value("select act from item_event where item = ? order by id desc limit 1", [item]) == act
        assert reader.value("select name from act where id = ?", [act]) == "exam.dispute"
        assert reader.value("select because from gold_touched where act = ?", [act]) == "reopened"
        assert item not in {one.item for one in exams.candidates(reader, world.project)}
    assert not gold_list.is_gold(world.store, item)
    with pytest.raises(Stale):
        doubts.dispute(world.store, school.specialist, world.project, item, "once more")
    world.reopen()
    assert verify(world.store) == [] and world.store.live.get(item).standing.why == "exam"  # type: ignore[union-attr]
    disputes.decide(world.store, school.lead, item, 3, "now by the rule", "subject")
    assert world.state(item) == ("decided", 3)
    with world.store.reader() as reader:
        assert item in {one.item for one in exams.candidates(reader, world.project)}
    assert verify(world.store) == []
