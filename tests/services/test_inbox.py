"""What comes back to a grader: overturned answers, appeals and their outcome; never a colleague's name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from relevance.causes import Cause
from relevance.errors import BadInput, NotFound, Stale
from relevance.roles import Role
from relevance.services import disputes, inbox, propagation, triage
from relevance.services.verify import verify
from relevance.tiers import Tier
from tests.meeting_table import together
from tests.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.store.close()


def test_an_overturned_answer_comes_back_is_appealed_and_the_outcome_comes_back_too(world: World) -> None:
    (item,) = world.items(1)
    lead, (a, b) = world.person("lead", Role.LEAD), world.graders(2)
    world.grade_all((a, b), (3, 0))
    disputes.decide(world.store, lead, item, 3, "seen")
    assert inbox.overturned(world.store, a, world.project) == []
    (told,) = inbox.unread(world.store, b, world.project)[0]
    assert (told.mine, told.level, told.reason, told.said) == (0, 3, "seen", None)
    with pytest.raises(BadInput):
        inbox.appeal(world.store, b, told.assignment, told.decision, " ")
    with pytest.raises(NotFound):
        inbox.appeal(world.store, a, told.assignment, told.decision, "mine")
    inbox.appeal(world.store, b, told.assignment, told.decision, "it is a toy", (1200,))
    assert world.state(item) == ("disputed", None)
    assert disputes.page(world.store, lead, world.project).rows[0].why == "appeal"
    assert [one[:2] for one in inbox.appeal_of(world.store, lead, item)] == [("it is a toy", "[1200]")]
    with pytest.raises(Stale):
        inbox.agree(world.store, b, told.assignment, told.decision)
    world.reopen()
    assert verify(world.store) == []
    disputes.decide(world.store, lead, item, 0, "a toy indeed")
    (after,) = inbox.overturned(world.store, b, world.project)
    assert (after.said, after.outcome, after.outcome_reason, after.seen) == ("appeal", 0, "a toy indeed", False)
    inbox.see(world.store, b, world.project, "outcome", after.outcome_decision or 0)
    assert inbox.unread(world.store, b, world.project) == ([], [])
    assert verify(world.store) == []


def test_appeals_have_a_limit_a_week(world: World) -> None:
    world.items(11)
    lead, (a, b) = world.person("lead", Role.LEAD), world.graders(2)
    for _ in range(11):
        world.grade_all((a, b), (3, 0))
    for row in disputes.page(world.store, lead, world.project).rows:
        disputes.decide(world.store, lead, row.item, 3, "seen")
    told = inbox.overturned(world.store, b, world.project)
    assert len(inbox.unread(world.store, b, world.project)[0]) == 3  # a few at a time
    for one in told[:10]:
        inbox.appeal(world.store, b, one.assignment, one.decision, "no")
    assert inbox.appeals_left(world.store, b, world.project) == 0
    with pytest.raises(Stale):
        inbox.appeal(world.store, b, told[10].assignment, told[10].decision, "no")
    inbox.agree(world.store, b, told[10].assignment, told[10].decision)


def test_an_undone_rule_takes_its_overturned_answers_out_of_the_inbox_and_appeals_fall_with_it(world: World) -> None:
    (item,) = world.items(1)
    lead, (a, b) = world.person("lead", Role.LEAD), world.graders(2)
    world.grade_all((a, b), (3, 0))
    act = propagation.apply(world.store, lead, world.project, [item], 3, "rule", share=0)
    (told,) = inbox.overturned(world.store, b, world.project)
    inbox.appeal(world.store, b, told.assignment, told.decision, "no")
    propagation.undo(world.store, lead, act)
    assert world.state(item) == ("disputed", None)
    with world.store.reader() as reader:
        assert reader.value("select max_by(why, id) from item_event where item = ?", [item]) == "far"
    assert verify(world.store) == []


def test_an_appeal_is_its_own_cause_and_reaches_the_lead(world: World) -> None:
    items = world.items(2)
    lead, (a, b) = world.person("lead", Role.LEAD), world.graders(2)
    for _ in items:
        world.grade_all((a, b), (3, 0))
    disputes.decide(world.store, lead, items[0], 3, "seen")
    told = inbox.overturned(world.store, b, world.project)[0]
    inbox.appeal(world.store, b, told.assignment, told.decision, "it is a toy")
    assert triage.cause_of(world.store, lead, items[0]) == (Cause.APPEAL, False, ())
    row = next(one for one in triage.clusters(world.store, lead, world.project) if items[0] in one.items)
    assert (row.items, row.cause, row.tier) == ((items[0],), Cause.APPEAL, Tier.LEAD)  # alone, however alike others are
    assert triage.page(world.store, lead, world.project, cause="appeal").rows == (row,)
    with pytest.raises(BadInput):
        triage.give_cause(world.store, lead, world.project, [items[1]], "appeal")  # known from the records, never said
    triage.give_cause(world.store, lead, world.project, [items[0]], "boundary")
    assert triage.cause_of(world.store, lead, items[0])[:2] == (Cause.BOUNDARY, True)


def test_undo_against_reopening_either_first_the_rule_is_gone_and_the_item_is_a_dispute_again(world: World) -> None:
    """A grader appeals at the moment in which the lead takes the rule back, five times over."""
    items = world.items(5)
    lead, (a, b) = world.person("lead", Role.LEAD), world.graders(2)
    for _ in items:
        world.grade_all((a, b), (3, 0))
    for item in items:
        act = propagation.apply(world.store, lead, world.project, [item], 3, "rule", share=0)
        told = next(one for one in inbox.overturned(world.store, b, world.project) if one.item == item)
        undone, appealed = together(
            lambda act=act: propagation.undo(world.store, lead, act),
            lambda told=told: inbox.appeal(world.store, b, told.assignment, told.decision, "no"),
        )
        assert isinstance(undone, propagation.Undone) and (undone.back, undone.stayed) == (1, ())
        assert appealed is None or isinstance(appealed, NotFound | Stale)  # it fell with the decision, or was told
        assert world.state(item) == ("disputed", None)
        assert item not in [one.item for one in inbox.overturned(world.store, b, world.project)]
    assert verify(world.store) == []
