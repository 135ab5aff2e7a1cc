"""Rows kept at hand: read with their neighbours, dropped when they may have changed, never stale."""

from __future__ import annotations

import pytest

from relevance.store import recent
from relevance.store.store import Tx
from tests.world import World


def ids(world: World) -> list[int]:
    with world.store.reader() as reader:
        return [number for (number,) in reader.all("select id from item order by id")]


def test_a_row_is_read_with_its_neighbours(world: World) -> None:
    world.items(100, keywords=2)
    first, last = ids(world)[0], ids(world)[-1]
    kept = world.store.recent

    assert kept.rows("item", [first])[first]["project"] == world.project

    page = [one for one in ids(world) if one // recent.PAGE == first // recent.PAGE]
    assert kept.has("item", page)
    assert not kept.has("item", [last])


def test_many_rows_are_read_by_themselves(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "PAGE", 2)
    world.items(12)
    some = ids(world)[::3]

    assert set(world.store.recent.rows("item", some)) == set(some)

    assert world.store.recent.has("item", some) and not world.store.recent.has("item", ids(world))


def test_a_row_that_is_not_there_is_not_found_and_found_once_it_is(world: World) -> None:
    world.items(1)
    (first,) = ids(world)
    assert set(world.store.recent.rows("item", [first, first + 1])) == {first}

    world.items(1)

    assert set(world.store.recent.rows("item", [first, first + 1])) == {first, first + 1}


def test_a_commit_that_may_have_changed_a_row_drops_all_that_is_kept(world: World) -> None:
    world.items(1)
    (first,) = ids(world)
    keyword = world.store.recent.rows("item", [first])[first]["keyword"]
    assert world.store.recent.rows("keyword", [keyword])[keyword]["note"] is None

    def act(tx: Tx) -> None:
        tx.execute("update keyword set note = 'of the film' where id = ?", [keyword])

    world.store.act(act)

    assert not world.store.recent.has("item", [first])
    assert world.store.recent.rows("keyword", [keyword])[keyword]["note"] == "of the film"


def test_what_is_kept_is_bounded_and_the_newest_stays(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "MOST", 3)
    monkeypatch.setattr(recent, "PAGE", 1)
    world.items(6)
    kept, all_ = world.store.recent, ids(world)

    for one in all_:
        assert set(kept.rows("item", [one])) == {one}

    assert kept.has("item", all_[-1:]) and not kept.has("item", all_[:1])
