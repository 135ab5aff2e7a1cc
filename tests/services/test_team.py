"""The lead's view of a team: figures that follow from the records, alerts that ring for the right person, rights."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from relevance.errors import BadInput, NotAllowed
from relevance.roles import Actor, Role
from relevance.services import alarms, disputes, grading, team, truth
from relevance.store.snapshot import publish
from tests.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.store.close()


def test_a_card_counts_gold_decisions_and_what_was_overturned(world: World) -> None:
    items = world.items(3)
    world.store.act(lambda tx: tx.execute("update item set gold = 3 where id = ?", [items[0]]))
    lead, (a, b) = world.person("lead", Role.LEAD), world.graders(2)
    for level_a, level_b in ((3, 3), (0, 3), (1, 1)):
        world.grade(a, level_a, decision_ms=10_000, watched_share=0.9)
        world.grade(b, level_b, decision_ms=20_000, watched_share=0.5)
    disputes.decide(world.store, lead, items[1], 3, "seen")
    page = team.team(world.store, lead, world.project)
    cards = {member.grader: member.card for member in page.members}
    one, two = cards[a.account], cards[b.account]
    assert (one.answers, one.gold.value, one.gold.n, one.decided.value, one.decided.n) == (3, 1.0, 1, 0.0, 1)
    assert (two.decided.value, two.overturned.value, two.overturned.n) == (1.0, 0.0, 3)
    assert one.overturned.value == pytest.approx(1 / 3)  # 0 where the decision says 3
    assert one.pace.median == 10.0 and one.hours == pytest.approx(30 / 3600) and two.watched.value == pytest.approx(0.5)
    # three answers tell nobody apart
    assert [member.rank for member in page.members] == [1, 1]
    assert all(sign == 0 for member in page.members for sign in member.told.values())
    assert page.alerts == ()


def test_two_clicks_lead_from_a_figure_to_its_items(world: World) -> None:
    items = world.items(2)
    lead, (a, b) = world.person("lead", Role.LEAD), world.graders(2)
    world.grade_all((a, b), (0, 3))
    world.grade_all((a, b), (2, 2))
    disputes.decide(world.store, lead, items[0], 3, "seen")
    behind = team.items(world.store, lead, world.project, a.account, "decided")
    assert [(row.item, row.level, row.decided) for row in behind] == [(items[0], 0, 3)]
    assert [row.item for row in team.items(world.store, lead, world.project, a.account, "strict")] == [items[0]]
    assert team.items(world.store, lead, world.project, b.account, "overturned") == []
    assert len(team.items(world.store, lead, world.project, a.account, "answers")) == 2
    with pytest.raises(BadInput):
        team.items(world.store, lead, world.project, a.account, "shoe size")


def test_a_grader_sees_himself_and_no_one_else(world: World) -> None:
    world.items(2)
    a, b = world.graders(2)
    world.grade_all((a, b), (3, 3))
    own = team.mine(world.store, a, world.project)
    assert own.card.answers == 1
    assert len(team.items(world.store, a, world.project, a.account, "answers")) == 1
    for call in (
        lambda: team.team(world.store, a, world.project),
        lambda: team.items(world.store, a, world.project, b.account, "answers"),
        lambda: team.items(world.store, a, world.project, a.account, "gold"),  # it may still come to a colleague
        lambda: team.note(world.store, a, world.project, b.account, "unseen", "talk"),
    ):
        with pytest.raises(NotAllowed):
            call()


def live(world: World, days: int = 12, each: int = 12) -> tuple[Actor, list[Actor]]:
    """Five graders, right 19 times in 20; from day 8 on the first one no longer looks at his clips, and says 2."""
    lead, people = world.person("lead", Role.LEAD), world.graders(5)
    rng = random.Random(3)
    for day in range(days):
        items = world.items(each * 2)
        truth_of = {item: rng.randrange(4) for item in items}
        for turn in range(each * 5):
            who = people[turn % 5]
            claimed = world.claim(who).work
            if not claimed:
                continue
            work = claimed[0]
            right = truth_of.get(work.item, 0)
            level = right if rng.random() < 0.95 else min(3, right + 1)
            blind = who is people[0] and day >= 8
            world.clock.advance(5)
            grading.answer(
                world.store, who,
                grading.Answer(
                    work.assignment, work.seq, 2 if blind else level, decision_ms=1500 if blind else 12_000,
                    watched_share=0.05 if blind else 0.9,
                ),
            )  # fmt: skip
        world.clock.advance(timedelta(days=1).total_seconds() - 5 * each * 5)
    return lead, people


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, datetime, tuple[Actor, list[Actor]]]:
    """These days, lived once: the store's file after them, the moment, and the people."""
    world = World(tmp_path_factory.mktemp("past"))
    people = live(world)
    truth.refresh(world.store, world.project)
    return world.kept(), world.clock.now(), people


@pytest.fixture
def lived(world: World, past: tuple[bytes, datetime, tuple[Actor, list[Actor]]]) -> tuple[Actor, list[Actor]]:
    """The lead and the graders, in a store of the test's own after these days."""
    file, world.clock.at, people = past
    world.become(file)
    return people


def test_alerts_ring_for_whom_they_should_with_items_and_stop_when_something_was_done(
    world: World, lived: tuple[Actor, list[Actor]]
) -> None:
    lead, people = lived
    page = team.team(world.store, lead, world.project)
    assert {alert.grader for alert in page.alerts} == {people[0].account}
    kinds = {alert.kind: alert for alert in page.alerts}
    assert "unseen" in kinds and "one_level" in kinds
    one = kinds["unseen"]
    assert one.value > 0.9 and one.usual == pytest.approx(0.05) and one.odds >= one.needed
    rows = team.alert_items(world.store, lead, world.project, one)
    assert rows and all(row.watched is not None and row.watched < 0.25 for row in rows)
    assert kinds["one_level"].level == 2
    for kind in kinds:
        team.note(world.store, lead, world.project, people[0].account, kind, "talk", "we talked")
    assert team.team(world.store, lead, world.project).alerts == ()


def test_an_alert_is_noted_once_and_analysts_see_it_without_a_name_with_what_was_done(
    world: World, lived: tuple[Actor, list[Actor]], tmp_path: Path
) -> None:
    lead, people = lived

    def published() -> dict[str, tuple[int, str | None]]:
        publish(world.store, tmp_path / "copy.duckdb")
        with duckdb.connect(str(tmp_path / "copy.duckdb"), read_only=True) as con:
            found = con.execute(
                "select kind, grader, done, rang_at >= since and odds >= needed from api.alerts"
            ).fetchall()
        assert all(sound for *_, sound in found)
        return {kind: (grader, done) for kind, grader, done, _ in found}

    kinds = {alert.kind for alert in team.team(world.store, lead, world.project).alerts}
    assert alarms.note(world.store, world.project) == len(kinds)
    assert alarms.note(world.store, world.project) == 0
    assert published() == dict.fromkeys(kinds, (people[0].account, None))
    team.note(world.store, lead, world.project, people[0].account, "unseen", "talk", "we talked")
    assert published()["unseen"] == (people[0].account, "talk")
