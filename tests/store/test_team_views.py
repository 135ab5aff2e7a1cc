"""The analysts' views of a team agree with what the product shows: scorecards, agreement, the model, the audit sample."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from relevance.quality.proportion import wilson
from relevance.roles import SYSTEM, Role
from relevance.services import disputes, policies, regrade, team, truth
from relevance.store import snapshot
from tests.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.store.close()


def query(world: World, sql: str) -> list[tuple[Any, ...]]:
    path = snapshot.publish(world.store).path
    con = duckdb.connect(str(path), read_only=True)
    try:
        return con.execute(sql).fetchall()
    finally:
        con.close()


def test_scorecards_say_what_the_team_page_says(world: World) -> None:
    items = world.items(3)
    lead, (a, b) = world.person("lead", Role.LEAD), world.graders(2)
    for level_a, level_b in ((3, 3), (0, 3), (1, 1)):
        world.grade(a, level_a, decision_ms=10_000, watched_share=0.9)
        world.grade(b, level_b, decision_ms=20_000, watched_share=0.5)
    disputes.decide(world.store, lead, items[1], 3, "seen")
    truth.refresh(world.store, world.project)
    rows = query(
        world,
        "select grader, answers, decided_n, decided_right, accuracy, accuracy_low, bias, labelled, overturned, hours"
        " from api.scorecards order by grader",
    )
    page = {member.grader: member.card for member in team.team(world.store, lead, world.project).members}
    for grader, answers, decided_n, decided_right, accuracy, low, bias, labelled, overturned, hours in rows:
        card = page[grader]
        assert (answers, decided_n, labelled) == (card.answers, card.decided.n, card.overturned.n)
        assert decided_right == card.decided.n * (card.decided.value or 0)
        assert accuracy == pytest.approx(card.together.value) and low == pytest.approx(card.together.low)
        assert bias == pytest.approx(card.bias.value) and hours == pytest.approx(card.hours)
        assert overturned == round((card.overturned.value or 0) * labelled)
    assert len(rows) == 2


def test_agreement_counts_pairs_without_what_was_taken_out(world: World) -> None:
    world.items(2)
    lead, (a, b) = world.person("lead", Role.LEAD), world.graders(2)
    began = world.clock.now()
    world.grade_all((a, b), (3, 3))
    world.grade_all((a, b), (2, 3))
    # one pair equal, one a level apart: 1 of 2; both within one
    assert query(world, "select items, pairs, equal, within_one, agreement from api.agreement") == [(2, 2, 1, 2, 0.5)]
    regrade.exclude(world.store, lead, world.project, a.account, began, "did not look")
    assert query(world, "select * from api.agreement") == []
    assert query(world, "select grader, answers, undone_at from api.exclusions") == [(a.account, 2, None)]


def test_model_labels_have_version_and_time_and_the_audit_sample_its_estimate(world: World) -> None:
    policies.change(world.store, SYSTEM, world.project, audit_share=1.0)
    items, lead, people = world.items(4), world.person("lead", Role.LEAD), world.graders(3)
    for _ in range(4):
        world.grade_all(people[:2], (3, 3))
    for level in (3, 3, 3, 1):
        world.grade(people[2], level)
    truth.refresh(world.store, world.project)
    labels = query(
        world, "select item, p0 + p1 + p2 + p3, version, made_at is not null, n from api.model_labels order by 1"
    )
    assert [(row[0], row[2], row[3], row[4]) for row in labels] == [(item, truth.VERSION, True, 3) for item in items]
    assert all(row[1] == pytest.approx(1) for row in labels)
    ((drawn, audited, confirmed, low, high, accuracy),) = query(
        world, "select drawn, audited, confirmed, confirmed_low, confirmed_high, accuracy from api.delivered"
    )
    found = truth.delivered(world.store, lead, world.project)
    assert (drawn, audited, confirmed) == (4, 4, 0.75)
    assert (low, high) == pytest.approx(wilson(3, 4))
    assert accuracy == pytest.approx(found.accuracy.value)
