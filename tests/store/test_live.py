"""What is kept in memory when acts fail, processes end and items come and go."""

from __future__ import annotations

import threading

import pytest

from relevance.errors import BadInput, Stale
from relevance.roles import SYSTEM, Role
from relevance.services import disputes, grading, policies
from relevance.store.store import Tx
from tests.world import World


def guilty(tx: Tx) -> None:
    tx.new_act("test", SYSTEM)
    tx.one("select 1")
    raise BadInput("Guilty.")


def in_one_group(world: World, *acts: object) -> list[object]:
    """Runs acts as one group; their results, or their errors."""
    go, begun = threading.Event(), threading.Event()

    def wait(tx: Tx) -> None:
        begun.set()
        go.wait(10)

    held = world.store.submit(wait)
    assert begun.wait(10)
    futures = [world.store.submit(act) for act in acts]  # type: ignore[arg-type]
    go.set()
    held.result(10)
    return [future.exception(10) or future.result() for future in futures]


def untouched(world: World) -> list[int]:
    return sorted(item for _, _, item, _ in world.store.live.projects[world.project].line.untouched())


def test_items_that_come_in_beside_a_guilty_act_enter_the_line_once(world: World) -> None:
    items = world.items(3)
    live, project = world.store.live, world.project
    with world.store.reader() as reader:
        batch, keyword = reader.one("select batch, keyword from item limit 1")  # type: ignore[misc]

    def come(tx: Tx) -> None:
        tx.live.add_items(project, batch, keyword, [901, 902], [1, 1], [(901, 4)])

    in_one_group(world, come, guilty)
    assert untouched(world) == [*items, 901, 902]
    assert live.counts["items", project, batch] == 5
    assert live.projects[project].overlaps == {901: 4}


def test_a_claim_beside_a_guilty_act_gives_what_it_would_have_given_alone(world: World) -> None:
    a, b = world.graders(2)
    items = world.items(4)
    claim = lambda tx: grading.claim_in(tx, a, world.project, "t", 2)  # noqa: E731

    def claims_and_fails(tx: Tx) -> None:
        grading.claim_in(tx, b, world.project, "t", 3)
        guilty(tx)

    first, bad = in_one_group(world, claim, claims_and_fails)
    assert isinstance(bad, BadInput)
    assert [lease.item for lease in first[0]] == items[:2]  # type: ignore[index]
    assert untouched(world) == items[2:]
    assert sorted(work.item for work in world.claim(b, want=3).work) == items[:3]


def test_a_look_at_an_untouched_item_does_not_give_it_out_twice(world: World) -> None:
    people = world.graders(4)
    lead = world.person("lead", Role.LEAD)
    (item,) = world.items(1)
    with pytest.raises(Stale):
        disputes.decide(world.store, lead, item, 3, "because")
    policies.change(world.store, lead, world.project, run_length=5)  # judges anew all that is at hand
    given = [work for person in people for work in world.claim(person).work]
    assert [work.item for work in given] == [item, item]  # two grades are wanted


def test_a_lease_lives_through_a_restart_and_ends_when_it_would_have(world: World) -> None:
    a, b, c = world.graders(3)
    world.items(1)
    world.claim(a)
    world.clock.advance(100)
    world.reopen()
    assert world.claim(b).work
    assert world.claim(c).work == ()  # a's lease of 180 s is 100 s old
    world.clock.advance(90)
    assert world.claim(c).work


def test_signs_of_life_keep_a_lease(world: World) -> None:
    a, b, c = world.graders(3)
    world.items(1)
    work = world.claim(a).work[0]
    world.claim(b)
    for _ in range(5):
        world.clock.advance(120)
        assert grading.heartbeat(world.store, a, world.project, "t") == [work.assignment]
    assert world.claim(c).work  # b gave no sign
    assert grading.answer(world.store, a, grading.Answer(work.assignment, 0, 3)).counted


def test_the_clock_stepped_back_an_hour_loses_and_doubles_nothing(world: World) -> None:
    a, b, c = world.graders(3)
    (item,) = world.items(1)
    work = world.claim(a).work[0]
    world.clock.advance(-3600)
    assert world.claim(b).work
    assert world.claim(c).work == ()
    assert grading.answer(world.store, a, grading.Answer(work.assignment, 0, 3)).counted
    world.reopen()
    assert world.claim(c).work == ()  # a has answered, b's lease lives
    world.clock.advance(200)
    world.grade(c, 3)
    assert world.state(item) == ("settled", 3)


def test_a_settled_item_that_is_no_longer_at_hand_still_takes_corrections(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relevance.store.live.RECENTLY_SETTLED", 1)
    a, b = world.graders(2)
    items = world.items(4)
    first = world.claim(a).work[0]
    grading.answer(world.store, a, grading.Answer(first.assignment, 0, 2))
    for _ in items[1:]:
        world.grade(a, 2)
    for _ in items:
        world.grade(b, 2)
    assert world.store.live.get(first.item) is None
    assert grading.answer(world.store, a, grading.Answer(first.assignment, 1, 0)).counted
    assert world.state(first.item) == ("disputed", None)  # 0 and 2: two levels apart


def test_an_item_has_one_chance_to_be_drawn_for_the_audit(world: World) -> None:
    a, b = world.graders(2)
    lead = world.person("lead", Role.LEAD)
    (item,) = world.items(1)
    policies.change(world.store, lead, world.project, audit_share=0.0)
    work = world.claim(a).work[0]
    grading.answer(world.store, a, grading.Answer(work.assignment, 0, 3))
    world.grade(b, 3)  # settles, and is not drawn
    policies.change(world.store, lead, world.project, audit_share=1.0)
    grading.answer(world.store, a, grading.Answer(work.assignment, 1, 2))
    assert world.state(item) == ("open", None)
    grading.answer(world.store, a, grading.Answer(work.assignment, 2, 3))
    assert world.state(item) == ("settled", 3)
    with world.store.reader() as reader:
        assert reader.value("select count(*) from audit_draw") == 0


def test_what_another_policy_settles_may_be_audited_too(world: World) -> None:
    (a,) = world.graders(1)
    lead = world.person("lead", Role.LEAD)
    (item,) = world.items(1)
    world.grade(a, 3)
    policies.change(world.store, lead, world.project, audit_share=1.0, overlap=1)
    assert world.state(item) == ("settled", 3)
    assert world.claim(a).work == ()
    assert [work.item for work in world.claim(world.person("b")).work] == [item]


def test_a_player_sees_a_keyword_as_it_is_now(world: World) -> None:
    (a,) = world.graders(1)
    world.items(1)
    assert world.claim(a).work[0].keyword_note is None
    world.store.act(lambda tx: tx.execute("update keyword set note = 'the blue one'"))
    assert world.claim(a).work[0].keyword_note == "the blue one"


def test_a_change_of_policy_is_told_of_items_that_are_no_longer_at_hand(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relevance.store.live.RECENTLY_SETTLED", 1)
    a, b = world.graders(2)
    lead = world.person("lead", Role.LEAD)
    items = world.items(3)
    for _ in items:
        world.grade(a, 3)
    for _ in items:
        world.grade(b, 3)
    assert world.store.live.get(items[0]) is None
    policies.change(world.store, lead, world.project, overlap=3)
    assert {world.state(item) for item in items} == {("open", None)}
    assert len(world.claim(world.person("c"), want=3).work) == 3


def test_a_change_of_policy_that_was_cut_off_is_finished_at_the_next_start(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = world.graders(2)
    lead = world.person("lead", Role.LEAD)
    settled, split = world.items(2)
    world.grade(a, 3)
    world.grade(a, 3)
    world.grade(b, 3)
    world.grade(b, 2)
    monkeypatch.setattr(policies, "rejudge", lambda *_: 1 / 0)  # the process ends here
    with pytest.raises(ZeroDivisionError):
        policies.change(world.store, lead, world.project, overlap=3, far=1)
    monkeypatch.undo()
    world.reopen()
    assert (world.state(settled), world.state(split)) == (("settled", 3), ("open", None))
    assert policies.finish(world.store) == [world.project]
    assert (world.state(settled), world.state(split)) == (("open", None), ("disputed", None))
    assert policies.finish(world.store) == []


@pytest.mark.parametrize("flag", ["handed_back", "no_rule"])
def test_an_audit_that_ends_without_a_grade_goes_to_somebody_else_also_after_a_restart(world: World, flag: str) -> None:
    a, b, c, d = world.graders(4)
    lead = world.person("lead", Role.LEAD)
    (item,) = world.items(1)
    policies.change(world.store, lead, world.project, audit_share=1.0)
    world.grade_all([a, b], [3, 3])
    world.grade(c, None, flag=flag)
    world.reopen()
    assert world.claim(c).work == ()
    world.grade(d, 2)
    assert world.claim(world.person("e")).work == ()
    with world.store.reader() as reader:
        assert reader.all("select grader, level from answer where purpose = 'audit' order by assignment") == [
            (c.account, None),
            (d.account, 2),
        ]
    assert world.state(item) == ("settled", 3)
