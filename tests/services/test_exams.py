"""Exams over the real store: nobody works before passing; what an exam asks, shows and marks; how long a pass holds."""

from __future__ import annotations

from dataclasses import fields

import pytest

from relevance.errors import BadInput, NotAllowed, NotFound, Stale
from relevance.qualification import Rules
from relevance.roles import SYSTEM, Actor
from relevance.services import (
    amendments,
    clips,
    disputes,
    doubts,
    exams,
    gold_list,
    grading,
    guidelines,
    item_analysis,
    marking,
    passes,
    policies,
    sitting,
    training,
)  # fmt: skip
from relevance.services.exams import Written
from relevance.services.grading import Answer
from relevance.services.shown import Shown
from relevance.services.sitting import Question
from relevance.services.verify import verify
from relevance.store.load import add_project
from relevance.training import Cell
from tests.school import School
from tests.world import GUIDELINE, World


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
