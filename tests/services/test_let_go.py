"""What a person lets go of unanswered comes back to him, when nobody else takes it."""

from __future__ import annotations

from relevance.services import grading
from tests.world import World


def test_an_item_released_at_sign_out_is_given_to_the_same_person_again(world: World) -> None:
    (grader,) = world.graders(1)
    (item,) = world.items(1)
    assert [one.item for one in world.claim(grader, want=3).work] == [item]  # asking for three walks past it
    grading.release(world.store, grader)
    assert [one.item for one in world.claim(grader, want=3).work] == [item]


def test_an_item_whose_lease_ran_out_is_given_to_the_same_person_again(world: World) -> None:
    (grader,) = world.graders(1)
    (item,) = world.items(1)
    world.claim(grader, want=3)
    world.clock.advance(world.store.live.lease.total_seconds() + 1)
    assert [one.item for one in world.claim(grader, want=3).work] == [item]
