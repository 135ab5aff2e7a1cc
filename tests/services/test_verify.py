from __future__ import annotations

from collections.abc import Callable

import duckdb
import pytest

from relevance.roles import Role
from relevance.services import disputes
from relevance.services.verify import verify
from relevance.store.files import DATABASE
from relevance.store.store import Store
from tests.world import World


def worked(world: World) -> list[int]:
    a, b, c = world.graders(3)
    lead = world.person("lead", Role.LEAD)
    items = world.items(6, keywords=2, clips=3)
    for level_a, level_b in ((3, 3), (3, 0), (2, 2)):
        world.grade(a, level_a)
        world.grade(b, level_b)
    world.grade(c, None, flag="bad_clip")
    (row,) = disputes.page(world.store, lead, world.project).rows
    disputes.decide(world.store, lead, row.item, 3, "seen", expects=row.version)
    return items


def test_a_sound_store_has_no_faults(world: World) -> None:
    worked(world)
    assert verify(world.store) == []
    world.reopen()
    assert verify(world.store) == []


def untriggered(con: duckdb.DuckDBPyConnection, table: str) -> None:
    for event in ("update", "delete"):
        con.execute(f"drop trigger {table}_no_{event} on {table}")


def change_a_grade(con: duckdb.DuckDBPyConnection) -> None:
    untriggered(con, "answer")
    con.execute("update answer set level = 1 where assignment = 1")


def lose_a_grade(con: duckdb.DuckDBPyConnection) -> None:
    untriggered(con, "answer")
    con.execute("delete from answer where assignment = 1")


def invent_an_assignment(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "insert into assignment select 999, item, grader, purpose, round, tab, leased_at from assignment where id = 1"
    )


def lose_a_decision(con: duckdb.DuckDBPyConnection) -> None:
    untriggered(con, "decision")
    con.execute("delete from decision")


def lose_an_event(con: duckdb.DuckDBPyConnection) -> None:
    untriggered(con, "item_event")
    con.execute(
        "delete from item_event where state = 'settled' and id = (select min(id) from item_event where state = 'settled')"
    )


def lose_a_clip(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("delete from clip where id = 1")


@pytest.mark.parametrize(
    ("damage", "check"),
    [
        (change_a_grade, "an item's state follows from its records"),
        (lose_a_grade, "an item's state follows from its records"),
        (invent_an_assignment, "nobody has an item twice in a round and purpose"),
        (lose_a_decision, "an item's state follows from its records"),
        (lose_an_event, "an item's state follows from its records"),
        (lose_a_clip, "an item's clip exists"),
    ],
)
def test_damage_is_found(world: World, damage: Callable[[duckdb.DuckDBPyConnection], None], check: str) -> None:
    worked(world)
    world.store.close()
    with duckdb.connect(str(world.folder / DATABASE)) as con:
        damage(con)
    world.store = Store.open(world.folder, world.clock)
    assert check in {fault.check for fault in verify(world.store)}


def test_a_wrong_counter_is_found(world: World) -> None:
    worked(world)
    key = next(key for key in world.store.live.counts if key[0] == "state")
    world.store.live.counts[key] += 1
    assert [fault.check for fault in verify(world.store)] == ["counters agree with the records"]
