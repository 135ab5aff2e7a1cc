"""What a lead asks of a person, by hand or at an alert: train again, pass again; the gate holds until it is done."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from relevance.errors import BadInput, NotAllowed, NotFound, Stale
from relevance.roles import SYSTEM, Actor
from relevance.services import (
    duties,
    grading,
    passes,
    policies,
    sitting,
    team,
    training,
)  # fmt: skip
from relevance.services.grading import Answer
from relevance.services.team import Alert
from relevance.services.verify import verify
from tests.school import School
from tests.world import World


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
