"""The model's labels: refreshed behind, of one run at a time, and delivered accuracy from the audit sample."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from relevance.roles import SYSTEM, Role
from relevance.services import policies, regrade, truth
from relevance.services.verify import verify
from tests.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.store.close()


def test_every_graded_item_has_a_distribution_with_its_runs_version(world: World) -> None:
    items, people = world.items(3), world.graders(2)
    for levels in ((3, 3), (0, 0), (2, 3)):
        world.grade_all(people, levels)
    run = truth.refresh(world.store, world.project)
    assert (run.grades, run.items, run.changed) == (6, 3, 3)
    shares = truth.distributions(world.store, items)
    assert set(shares) == set(items)
    assert max(range(4), key=lambda k: shares[items[0]][k]) == 3 and shares[items[0]][3] > 0.8
    assert truth.newest(world.store, world.project) == (truth.VERSION, world.clock.now())
    assert verify(world.store) == []


def test_nothing_is_written_where_nothing_changed_and_a_new_grade_replaces_a_label(world: World) -> None:
    world.items(3)
    people = world.graders(3)
    for levels in ((3, 3), (0, 0), (2, 3)):
        world.grade_all(people[:2], levels)
    truth.refresh(world.store, world.project)
    assert truth.refresh(world.store, world.project).id is None
    world.grade(people[2], 2)  # the third on the item that is open
    again = truth.refresh(world.store, world.project)
    assert again.id is not None and 1 <= again.changed <= 3
    with world.store.reader() as reader:
        assert reader.all("select item, count(*) from model_label group by item having count(*) > 1") == []
        assert reader.value("select max(n) from model_label") == 3


def test_excluded_answers_and_empty_projects_say_nothing(world: World) -> None:
    assert truth.refresh(world.store, world.project).id is None
    world.items(2)
    lead, (a, b) = world.person("lead", Role.LEAD), world.graders(2)
    world.grade_all((a, b), (3, 3))
    began = world.clock.now()
    regrade.exclude(world.store, lead, world.project, a.account, began, "did not look")
    assert truth.refresh(world.store, world.project).grades == 1


def test_what_a_run_left_that_never_ended_is_taken_away(world: World) -> None:
    (item, _), people = world.items(2), world.graders(2)
    world.grade_all(people, (3, 3))
    world.store.act(
        lambda tx: tx.insert("model_label", run=1, item=item, p0=1.0, p1=0.0, p2=0.0, p3=0.0, level=0, tie=False, n=9)
    )
    assert truth.distributions(world.store, [item]) == {}
    world.reopen()
    assert truth.refresh(world.store, world.project).id == 1
    assert truth.distributions(world.store, [item])[item][3] > 0.5


def test_delivered_accuracy_comes_from_the_audit_sample(world: World) -> None:
    policies.change(world.store, SYSTEM, world.project, audit_share=1.0)
    world.items(4)
    lead, people = world.person("lead", Role.LEAD), world.graders(3)
    for _ in range(4):
        world.grade_all(people[:2], (3, 3))
    # the third grader is only left the audits: three confirm, one does not
    for level in (3, 3, 3, 1):
        world.grade(people[2], level)
    truth.refresh(world.store, world.project)
    found = truth.delivered(world.store, lead, world.project)
    assert (found.drawn, found.waiting, found.confirmed.items) == (4, 0, 4)
    assert found.confirmed.value == 0.75  # all were drawn with certainty: 3 of 4
    assert found.accuracy.value is not None and 0.75 < found.accuracy.value < 1
