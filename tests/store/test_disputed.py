"""The shelf of disputes: what is kept of moves is bounded, and whoever looks sees what is disputed now."""

from __future__ import annotations

import pytest

from relevance.roles import Role
from relevance.services import disputes
from relevance.store.disputed import Disputed
from tests.world import World


def shelved(disputed: Disputed, project: int) -> list[int]:
    with disputed.of(project) as shelf:
        return shelf.columns.item.tolist()  # type: ignore[no-any-return]


def test_what_moves_while_nobody_looks_is_bounded_and_nothing_is_missed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relevance.store.disputed.MOST_UNSEEN", 3)
    graders, items = world.graders(2), world.items(12)
    for who, level in zip(graders, (3, 0), strict=True):
        for _ in items[:6]:
            world.grade(who, level)
    live, lead = world.store.live, world.person("lead", Role.LEAD)
    with live.disputed.of(world.project) as shelf:
        seen = shelf.move
    first = shelved(live.disputed, world.project)
    assert len(first) == 6
    most = 0
    for item in first[:5]:  # five go; then six come
        disputes.decide(world.store, lead, item, 2, "because")
        most = max(most, len(live.disputed._moved))
    for who, level in zip(graders, (3, 0), strict=True):
        for _ in items[6:]:
            world.grade(who, level)
            most = max(most, len(live.disputed._moved))
    assert most <= 3
    now = shelved(live.disputed, world.project)
    assert len(now) == 7  # 6 - 5 + 6
    assert now == shelved(Disputed(live.items), world.project)
    with live.disputed.of(world.project) as shelf:
        assert shelf.moved_since(seen) is None  # who arranged them before arranges them anew
        assert shelf.moved_since(shelf.move) == []
        seen = shelf.move
    disputes.decide(world.store, lead, now[0], 2, "because")
    with live.disputed.of(world.project) as shelf:
        assert shelf.moved_since(seen) == [now[0]]
