"""Training over the real store: examples by rule, told only after the answer, before the exam."""

from __future__ import annotations

import pytest

from relevance.errors import NotAllowed
from relevance.services import (
    clips,
    sitting,
    training,
)  # fmt: skip
from tests.school import School


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
