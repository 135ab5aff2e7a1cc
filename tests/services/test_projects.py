"""Projects: what a policy's change does, who belongs, how batches stand."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from relevance.errors import BadInput, NotAllowed, NotFound, Stale
from relevance.roles import SYSTEM, Role
from relevance.services import batches, membership, policies, projects
from tests.world import World


def test_a_project_has_one_name_however_it_is_typed(world: World) -> None:
    projects.add(world.store, SYSTEM, "Red  Cars")
    with pytest.raises(BadInput):
        projects.add(world.store, SYSTEM, " ｒｅｄ cars ")
    assert projects.by_name(world.store, "RED CARS").name == "Red Cars"


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_a_project_needs_a_name_of_sensible_length(world: World, name: str) -> None:
    with pytest.raises(BadInput):
        projects.add(world.store, SYSTEM, name)


def test_a_wrong_name_or_zone_is_told_the_nearest(world: World) -> None:
    with pytest.raises(NotFound, match="Nearest: test"):
        projects.by_name(world.store, "tets")
    with pytest.raises(BadInput, match="Asia/Shanghai"):
        projects.add(world.store, SYSTEM, "x", time_zone="Asia/Shangai")


def test_only_an_administrator_adds_and_only_leads_manage(world: World) -> None:
    lead, grader = world.person("lead", Role.LEAD), world.person("g")
    with pytest.raises(NotAllowed):
        projects.add(world.store, lead, "mine")
    for act in (
        lambda: projects.pause(world.store, grader, world.project, "x"),
        lambda: policies.change(world.store, grader, world.project, overlap=3),
        lambda: policies.preview(world.store, grader, world.project, {"overlap": 3}),
        lambda: membership.put(world.store, grader, world.project, grader.account, "lead"),
    ):
        with pytest.raises(NotAllowed):
            act()
    other = projects.add(world.store, SYSTEM, "other")
    with pytest.raises(NotAllowed):
        projects.pause(world.store, lead, other, "x")


def test_a_change_of_policy_says_first_what_it_then_does(world: World) -> None:
    a, b = world.graders(2)
    lead = world.person("lead", Role.LEAD)
    same, near, far, once = world.items(4)
    for level in (3, 3, 3, 3):
        world.grade(a, level)
    for level in (3, 2, 0):
        world.grade(b, level)
    assert [world.state(item)[0] for item in (same, near, far, once)] == ["settled", "open", "disputed", "open"]
    # overlap 1, far 1: `same` and `once` are settled, `near` (one level apart) and `far` are disputed
    seen = policies.preview(world.store, lead, world.project, {"overlap": 1, "far": 1})
    assert (seen.reopens, seen.settles, seen.disputes, seen.relabels) == (0, 1, 1, 0)
    assert [world.state(item)[0] for item in (same, near, far, once)] == ["settled", "open", "disputed", "open"]
    assert policies.change(world.store, lead, world.project, overlap=1, far=1) == 2
    assert [world.state(item)[0] for item in (same, near, far, once)] == ["settled", "disputed", "disputed", "settled"]
    # overlap 3, far 4: nothing disputes by distance; no item has three grades, so all are open: 2 settled + 2 disputed
    seen = policies.preview(world.store, lead, world.project, {"overlap": 3, "far": 4})
    assert (seen.reopens, seen.settles, seen.disputes) == (4, 0, 0)
    policies.change(world.store, lead, world.project, overlap=3, far=4)
    assert {world.state(item)[0] for item in (same, near, far, once)} == {"open"}
    with world.store.reader() as reader:
        acts = reader.all("select distinct act from item_event where state = 'open'")
    assert len(acts) == 1  # one act on four items


def test_every_version_of_a_policy_stays_and_stands_on_its_grades(world: World) -> None:
    a, b = world.graders(2)
    lead = world.person("lead", Role.LEAD)
    world.items(1)
    world.grade(a, 3)
    policies.change(world.store, lead, world.project, percents=[0, 25, 75, 100], goal=500)
    world.grade(b, 3)
    new, old = policies.versions(world.store, world.project)
    assert (new.version, new.policy.percents, new.settings["goal"]) == (2, (0, 25, 75, 100), 500)
    assert (old.version, old.policy.percents, old.settings["goal"]) == (1, (0, 33, 67, 100), 2000)
    with world.store.reader() as reader:
        assert reader.all("select policy from answer order by assignment") == [(old.id,), (new.id,)]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"overlap": 0}, "overlap"),
        ({"cap": 1}, "cap"),
        ({"margn": 3}, "margin"),
        ({"percents": [0, 50, 40, 100]}, "rise"),
        ({"goal": 0}, "goal"),
        ({"least_watched": 1.5}, "least_watched"),
    ],
)
def test_a_policy_that_cannot_be_is_refused_and_nothing_changes(world: World, change: dict, word: str) -> None:
    with pytest.raises(BadInput, match=word):
        policies.change(world.store, SYSTEM, world.project, **change)
    assert policies.now(world.store, world.project).version == 1


def test_two_leads_changing_the_policy_at_once_neither_undoes_the_other(world: World) -> None:
    ends: list[object] = []

    def change(**what: int) -> None:
        try:
            ends.append(policies.change(world.store, SYSTEM, world.project, **what))
        except Stale as stale:
            ends.append(stale)

    go, begun = threading.Event(), threading.Event()
    held = world.store.submit(lambda tx: (begun.set(), go.wait(10)))
    assert begun.wait(10)
    threads = [threading.Thread(target=change, kwargs={name: 4}) for name in ("overlap", "margin")]
    for thread in threads:
        thread.start()
    while world.store._queue.qsize() < 2:  # both have read version 1 by now
        threading.Event().wait(0.01)
    go.set()
    held.result(10)
    for thread in threads:
        thread.join()
    assert sorted(isinstance(end, Stale) for end in ends) == [False, True]
    policy = policies.now(world.store, world.project).policy
    assert (policy.overlap, policy.margin) in {(4, 2), (2, 4)}


def test_a_role_ends_when_it_is_given_again_or_taken(world: World) -> None:
    person, lead = world.person("g"), world.person("lead", Role.LEAD)
    world.clock.advance(60)
    membership.put(world.store, SYSTEM, world.project, person.account, "grader", lead=lead.account)
    now = [row for row in membership.of(world.store, world.project) if row.account == person.account]
    assert [(row.role, row.lead_name) for row in now] == [("grader", "Lead")]
    assert len(membership.of(world.store, world.project, past=True)) == 3
    assert membership.end(world.store, lead, world.project, person.account) == 1
    assert membership.end(world.store, lead, world.project, person.account) == 0
    with pytest.raises(BadInput):
        membership.put(world.store, SYSTEM, world.project, person.account, "grader", lead=person.account)
    with pytest.raises(BadInput):
        membership.put(world.store, SYSTEM, world.project, person.account, "king")
    with pytest.raises(NotFound):
        membership.put(world.store, SYSTEM, world.project, 999, "grader")


def test_batches_stand_by_their_deadlines_with_their_counts(world: World) -> None:
    a, b = world.graders(2)
    world.items(2, batch="late")
    world.items(2, batch="soon", deadline_h=5)
    world.grade_all([a, b], [3, 3])
    soon, late = batches.of(world.store, world.project)
    assert (soon.name[:4], soon.items, soon.counts["settled"], soon.counts["open"]) == ("soon", 2, 1, 1)
    assert (late.name[:4], late.items, late.counts["open"]) == ("late", 2, 2)


def test_moving_a_deadline_moves_the_work_at_once(world: World) -> None:
    (a,) = world.graders(1)
    lead = world.person("lead", Role.LEAD)
    first, second = world.items(1, batch="a", deadline_h=1)[0], world.items(1, batch="b", deadline_h=2)[0]
    batch = batches.of(world.store, world.project)[1].id
    batches.change(world.store, lead, batch, deadline=world.clock.now() + timedelta(minutes=30), name="urgent")
    assert world.claim(a).work[0].item == second
    assert batches.of(world.store, world.project)[0].name == "urgent"
    world.reopen()
    assert batches.of(world.store, world.project)[0].name == "urgent"
    with pytest.raises(BadInput):
        batches.change(world.store, lead, batch, name=batches.of(world.store, world.project)[1].name)
    assert first


@pytest.mark.parametrize(
    ("tiers", "said"),
    [
        ({"gap": "boss"}, "gap is boss"),
        ({"questions": -1}, "questions is -1"),
        ({"guess": "lead"}, "no setting guess"),
        ("lead", "no object"),
    ],
)
def test_who_decides_what_is_checked_before_it_is_in_force(world: World, tiers: object, said: str) -> None:
    lead = world.person("lead-of-tiers", Role.LEAD)
    with pytest.raises(BadInput, match=said):
        policies.change(world.store, lead, world.project, tiers=tiers)
    assert policies.now(world.store, world.project).version == 1
    policies.change(world.store, lead, world.project, tiers={"gap": "meeting", "error": "graders"})
    assert policies.now(world.store, world.project).settings["tiers"] == {"gap": "meeting"}
