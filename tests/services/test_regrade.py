"""A grader's answers leave the count and come back: seen first, proved by `verify`, whole after a crash."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from relevance.errors import BadInput, NotAllowed, NotFound, Stale
from relevance.roles import Actor, Role
from relevance.services import disputes, regrade
from relevance.services.verify import verify
from relevance.store.store import Store
from tests.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.store.close()


def graded(world: World) -> tuple[list[int], list[Actor], Actor]:
    """Four items, graded by A and B: settled 3 3, settled 2 2, open 3 2, disputed 3 0 (decided: 3)."""
    items = world.items(4)
    lead, (a, b, c) = world.person("lead", Role.LEAD), world.graders(3)
    for level_a, level_b in ((3, 3), (2, 2), (3, 2), (3, 0)):
        world.grade_all((a, b), (level_a, level_b))
    disputes.decide(world.store, lead, items[3], 3, "seen")
    return items, [a, b, c], lead


BEGIN = timedelta(days=400)


def start(world: World) -> datetime:
    return world.clock.now() - BEGIN


def test_what_it_would_do_is_seen_first_and_is_then_what_happens(world: World) -> None:
    items, (a, _, _), lead = graded(world)
    seen = regrade.preview(world.store, lead, world.project, a.account, start(world))
    # two settled items lose one of two grades each and want one more; the open one too wants one; the decided one stays
    assert seen == regrade.Preview(answers=4, items=4, reopens=2, settles=0, disputes=0, changes=0, decided=1, grades=3)
    assert world.state(items[0]) == ("settled", 3)
    regrade.exclude(world.store, lead, world.project, a.account, start(world), "did not look")
    assert [world.state(item)[0] for item in items] == ["open", "open", "open", "decided"]
    assert verify(world.store) == []


def test_a_reopened_item_goes_to_somebody_else_and_never_back_to_him(world: World) -> None:
    items, (a, b, c), lead = graded(world)
    regrade.exclude(world.store, lead, world.project, a.account, start(world), "did not look")
    assert world.claim(a).work == () and world.claim(b).work == ()
    for _ in range(3):
        work = world.claim(c).work[0]
        assert world.grade(c, {items[0]: 3, items[1]: 2, items[2]: 2}[work.item]).counted
    assert [world.state(item) for item in items[:3]] == [("settled", 3), ("settled", 2), ("settled", 2)]
    assert verify(world.store) == []


def test_undo_gives_the_answers_back_and_the_states_with_them(world: World) -> None:
    items, (a, _, _), lead = graded(world)
    before = [world.state(item) for item in items]
    exclusion = regrade.exclude(world.store, lead, world.project, a.account, start(world), "did not look")
    assert regrade.preview_undo(world.store, lead, exclusion).settles == 2
    regrade.undo(world.store, lead, exclusion, "he did look")
    assert [world.state(item) for item in items] == before
    assert verify(world.store) == []
    with pytest.raises(Stale):
        regrade.undo(world.store, lead, exclusion, "again")
    (row,) = regrade.exclusions(world.store, lead, world.project)
    assert (row.answers, row.reason, row.undo_reason) == (4, "did not look", "he did look")


def test_only_answers_from_the_moment_on_leave_the_count(world: World) -> None:
    items = world.items(2)
    lead, (a, b) = world.person("lead", Role.LEAD), world.graders(2)
    world.grade_all((a, b), (3, 3))
    world.clock.advance(3600)
    middle = world.clock.now()
    world.clock.advance(60)
    world.grade_all((a, b), (1, 1))
    assert regrade.last(world.store, lead, world.project, a.account, 1) == middle + timedelta(seconds=60)
    regrade.exclude(world.store, lead, world.project, a.account, middle, "since then")
    assert [world.state(item)[0] for item in items] == ["settled", "open"]
    # what he answers afterwards counts
    world.items(1)
    assert world.grade(a, 2).counted


def test_the_records_tell_the_same_after_a_restart(world: World) -> None:
    items, (a, _, c), lead = graded(world)
    regrade.exclude(world.store, lead, world.project, a.account, start(world), "did not look")
    world.reopen()
    assert verify(world.store) == []
    assert world.claim(a).work == () and world.claim(c).work[0].item in items[:3]


def test_one_that_was_cut_off_is_finished_at_start(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    items, (a, _, _), lead = graded(world)
    monkeypatch.setattr(regrade, "_apply", lambda *_: None)  # the process ends right after the first act
    regrade.exclude(world.store, lead, world.project, a.account, start(world), "did not look")
    monkeypatch.undo()
    assert world.state(items[0])[0] == "settled"
    world.reopen()
    assert regrade.finish(world.store) == 1 and regrade.finish(world.store) == 0
    assert [world.state(item)[0] for item in items] == ["open", "open", "open", "decided"]
    assert verify(world.store) == []


def test_verify_finds_an_exclusion_that_changed_no_state(world: World) -> None:
    items, (a, _, _), _lead = graded(world)
    with world.store.reader() as reader:
        assignment = reader.value("select assignment from answer where item = ? and grader = ?", [items[0], a.account])

    def slip(tx) -> None:  # type: ignore[no-untyped-def]
        tx.insert(
            "exclusion", id=tx.new_id("exclusion"), project=world.project, grader=a.account, since=start(world),
            until=tx.now, reason="-", made_by=0, made_at=tx.now, act=0,
        )  # fmt: skip
        tx.insert("exclusion_answer", exclusion=1, assignment=assignment, item=items[0], act=0)

    world.store.act(slip)
    assert [fault.check for fault in verify(world.store)] == ["an item's state follows from its records"]


def test_it_needs_a_lead_a_reason_and_answers(world: World) -> None:
    _, (a, b, c), lead = graded(world)

    def exclude(actor: Actor, grader: Actor, reason: str, store: Store = world.store) -> int:
        return regrade.exclude(store, actor, world.project, grader.account, start(world), reason)

    with pytest.raises(NotAllowed):
        exclude(b, a, "why")
    with pytest.raises(BadInput):
        exclude(lead, a, "  ")
    with pytest.raises(NotFound):
        exclude(lead, c, "he has none")
