"""Questions about clips and keywords, on a real store."""

from __future__ import annotations

import pytest

from relevance.errors import Stale
from relevance.roles import Role
from relevance.services import grading, questions
from tests.world import World


def test_a_question_is_asked_once_and_answered_once_for_all_its_items(world: World) -> None:
    a, b = world.graders(2)
    lead = world.person("lead", Role.LEAD)
    items = world.items(4, keywords=1)
    leased = world.claim(b).work[0]
    world.grade(a, None, flag="unclear_keyword", flag_text="which of the two?")
    grading.answer(world.store, b, grading.Answer(leased.assignment, 0, None, "unclear_keyword"))
    (question,) = questions.of(world.store, lead, world.project)
    assert (question.kind, question.waiting) == ("keyword", 4)
    assert world.claim(a).why_none == "held"
    assert questions.answer(world.store, lead, question.id, "level", "it is the blue one", 1) == 4
    assert {world.state(item) for item in items} == {("decided", 1)}
    with pytest.raises(Stale):
        questions.answer(world.store, lead, question.id, "withdraw", "no")
    with world.store.reader() as reader:
        assert reader.value("select count(distinct act) from decision") == 1
        assert reader.value("select count(*) from decision where question = ?", [question.id]) == 4


def test_a_question_that_was_answered_for_settled_items_leaves_them(world: World) -> None:
    a, b = world.graders(2)
    lead = world.person("lead", Role.LEAD)
    settled, other = world.items(2, clips=1)
    world.grade_all([a, b], [3, 3])
    world.grade(a, None, flag="bad_clip")
    (question,) = questions.of(world.store, lead, world.project)
    assert question.waiting == 1
    questions.answer(world.store, lead, question.id, "withdraw", "broken")
    assert (world.state(settled), world.state(other)) == (("settled", 3), ("withdrawn", None))
