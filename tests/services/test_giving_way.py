"""Who brings much rests after each act while somebody grades, and brings it in smaller pieces."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from relevance.roles import SYSTEM
from relevance.services import giving_way, items, pulse
from relevance.services.item_import import import_file
from relevance.services.running_imports import PIECE
from relevance.store.store import Tx
from tests.services.test_items import clips
from tests.world import World

WAIT = time.sleep  # the real one


@pytest.fixture
def rests(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds of each rest; nobody waits for them."""
    found: list[float] = []
    monkeypatch.setattr(giving_way.time, "sleep", found.append)
    return found


def slow(seconds: float) -> Any:
    """An act that keeps the writer for so long."""

    def act(tx: Tx) -> str:
        WAIT(seconds)
        return "done"

    return act


def test_where_nobody_grades_nothing_rests(world: World, rests: list[float]) -> None:
    act = slow(0.01)
    assert giving_way.act(world.store, act) == "done"
    assert (rests, giving_way.piece(world.store)) == ([], PIECE)


def test_beside_graders_an_act_is_followed_by_ten_times_its_time(world: World, rests: list[float]) -> None:
    pulse.of(world.store).note(5.0)
    assert giving_way.piece(world.store) == giving_way.SMALL < PIECE
    assert giving_way.act(world.store, slow(0.02)) == "done"
    assert giving_way.act(world.store, slow(0.3)) == "done"
    assert 10 * 0.02 <= rests[0] < giving_way.LONGEST and rests[1] == giving_way.LONGEST  # not 3 s


def test_an_import_beside_graders_comes_in_small_pieces(
    world: World, tmp_path: Path, rests: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    (clip,) = clips(world, "a.mp4")
    file = tmp_path / "items.csv"
    file.write_text("keyword_en,clip,external_id\n" + "".join(f"word {n},{clip},x{n}\n" for n in range(2500)), "utf-8")
    sizes: list[int] = []
    add = items.add_items

    def counted(*given: Any, columns: dict[str, list[Any]], **more: Any) -> int:
        sizes.append(len(columns["keyword"]))
        return add(*given, columns=columns, **more)

    monkeypatch.setitem(items.ACTS, "items.add", counted)  # type: ignore[arg-type]
    pulse.of(world.store).note(5.0)
    done = import_file(world.store, SYSTEM, world.project, file)
    assert done.items == 2500 and sizes == [1000, 1000, 500]
    assert len(rests) >= 3 + 3  # three of keywords, three of items
    with world.store.reader() as reader:
        assert reader.value("select count(*) from item where import = (select max(id) from import)") == 2500
