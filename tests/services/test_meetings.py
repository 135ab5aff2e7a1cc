"""A meeting is seen by those who belong to it, and once closed is only corrected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from relevance.errors import NotAllowed, NotFound, Stale
from relevance.roles import Actor, Role
from relevance.services import agendas, ballots, guests, invitations, meetings, outcomes, seats
from relevance.services.verify import verify
from tests.meeting_table import SINGLE, Table
from tests.world import World


def test_a_client_sees_the_meetings_that_he_belongs_to_and_graders_none(world: World, table: Table) -> None:
    private = meetings.make(world.store, table.lead, world.project, "leads only", world.clock.now())
    assert [row.title for row in meetings.of(world.store, table.client, world.project)] == ["Friday"]
    for actor in (table.client, table.grader, Actor(99, roles={7: frozenset({Role.LEAD})})):
        with pytest.raises(NotFound):
            meetings.one(world.store, actor, private)
        with pytest.raises(NotFound):
            seats.of(world.store, actor, private)
    with pytest.raises(NotAllowed):
        meetings.of(world.store, table.grader, world.project)
    assert seats.of(world.store, table.other, private).part == "lead"  # a lead may come in uninvited


def test_a_closed_meeting_is_only_corrected_and_the_correction_refers_to_what_it_corrects(
    world: World, table: Table
) -> None:
    table.open()
    chair = table.seat(table.lead)
    outcome = outcomes.end(world.store, chair, table.cases[0], SINGLE)
    meetings.close(world.store, table.lead, table.meeting)
    tries: list[Callable[[], object]] = [
        lambda: meetings.open_(world.store, table.lead, table.meeting),
        lambda: meetings.close(world.store, table.lead, table.meeting),
        lambda: agendas.fill(world.store, table.lead, table.meeting),
        lambda: agendas.move(world.store, table.lead, table.meeting, table.cases[1], 0),
        lambda: agendas.take_off(world.store, table.lead, table.meeting, table.cases[1]),
        lambda: invitations.invite(world.store, table.lead, table.meeting, table.other.account),
        lambda: guests.invite(world.store, table.lead, table.meeting, "late"),
        lambda: ballots.cast(world.store, chair, table.cases[1], 3),
        lambda: ballots.step(world.store, chair, table.cases[1]),
        lambda: ballots.cue(world.store, chair, 0, True),
        lambda: ballots.reveal(world.store, chair, table.cases[1]),
        lambda: ballots.take_over(world.store, table.seat(table.other), 1, True),
        lambda: outcomes.end(world.store, chair, table.cases[1], SINGLE),
        lambda: outcomes.dissent(world.store, chair, outcome, "late"),
    ]
    for number, attempt in enumerate(tries):
        with pytest.raises(Stale, match="closed"):
            attempt()
            raise AssertionError(f"attempt {number} passed")
    newer = outcomes.correct(world.store, table.other, outcome, replace(SINGLE, level=1, reason="we had it wrong"))
    assert world.state(table.items[0]) == ("decided", 1)
    with world.store.reader() as reader:
        old, new = outcomes.of(reader, table.meeting)
    assert (old.level, old.corrected_by, new.level, new.corrects) == (3, newer, 1, outcome)
    with pytest.raises(Stale, match="corrected already"):
        outcomes.correct(world.store, table.lead, outcome, SINGLE)
    assert verify(world.store) == []
