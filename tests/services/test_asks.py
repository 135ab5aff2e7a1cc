"""Asking the lead, on a real store."""

from __future__ import annotations

import pytest

from relevance.errors import Stale
from relevance.roles import Role
from relevance.services import asks, grading
from tests.world import World


def test_asks_are_answered_once_and_a_grader_sees_his_own(world: World) -> None:
    a, b = world.graders(2)
    lead = world.person("lead", Role.LEAD)
    world.items(1)
    work = world.claim(a).work[0]
    first = grading.ask(world.store, a, work.assignment, "Is it?", "r1")
    assert grading.ask(world.store, a, work.assignment, "Is it?", "r1") == first
    assert [row.text for row in asks.of(world.store, lead, world.project, open_only=True)] == ["Is it?"]
    asks.reply(world.store, lead, first, "It is.")
    with pytest.raises(Stale):
        asks.reply(world.store, lead, first, "It is not.")
    assert [row.reply for row in asks.of(world.store, a, world.project, mine=True)] == ["It is."]
    assert asks.of(world.store, b, world.project, mine=True) == []
    assert asks.of(world.store, lead, world.project, open_only=True) == []
