from __future__ import annotations

from collections.abc import Callable

import duckdb
import pytest

from relevance.roles import Role
from relevance.services import disputes, grading, questions, verify_states
from relevance.services.grading import Answer
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


def too_many_count(con: duckdb.DuckDBPyConnection) -> None:
    """Six of one item where the cap is five: rows alone don't tell, since a correction is a row too."""
    for n in range(6):
        con.execute(
            f"insert into assignment select {900 + n}, item, {900 + n}, purpose, round, tab, leased_at from assignment where id = 1"
        )
        con.execute(
            f"insert into answer by name select * replace ({900 + n} as assignment, {900 + n} as grader) from answer"
            " where assignment = 1 and seq = 0"
        )  # fmt: skip


def count_at_one_time_only(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "insert into answer by name select * replace (1 as seq, not counts as counts) from answer"
        " where assignment = 1 and seq = 0"
    )


@pytest.mark.parametrize(
    ("damage", "check"),
    [
        (change_a_grade, "an item's state follows from its records"),
        (lose_a_grade, "an item's state follows from its records"),
        (invent_an_assignment, "nobody has an item twice in a round and purpose"),
        (lose_a_decision, "an item's state follows from its records"),
        (lose_an_event, "an item's state follows from its records"),
        (lose_a_clip, "an item's clip exists"),
        (too_many_count, "no more grades count than the policy's cap, an overlap or a return allowed"),
        (count_at_one_time_only, "an assignment counts for one item at one time"),
    ],
)
def test_damage_is_found(world: World, damage: Callable[[duckdb.DuckDBPyConnection], None], check: str) -> None:
    worked(world)
    world.store.close()
    with duckdb.connect(str(world.folder / DATABASE)) as con:
        damage(con)
    world.store = Store.open(world.folder, world.clock)
    assert check in {fault.check for fault in verify(world.store)}


def test_many_corrections_are_not_many_assignments(world: World) -> None:
    worked(world)
    for _ in range(8):
        world.store._con.cursor().execute(
            "insert into answer by name select * replace ((select max(seq) + 1 from answer where assignment = 1) as seq)"
            " from answer where assignment = 1 and seq = 0"
        )
    assert "no more grades count than the policy's cap, an overlap or a return allowed" not in {
        fault.check for fault in verify(world.store)
    }


def test_a_flag_that_its_grader_takes_back_for_a_grade_is_one_more_and_no_fault(world: World) -> None:
    a, *others = world.graders(6)
    lead = world.person("lead", Role.LEAD)
    (item,) = world.items(1)
    flagged = world.claim(a).work[0]
    grading.answer(world.store, a, Answer(flagged.assignment, 0, None, "bad_clip"))
    (question,) = questions.of(world.store, lead, world.project)
    questions.answer(world.store, lead, question.id, "grade", "it plays")
    world.grade_all(others, [0, 1, 1, 0, 1])  # never clear enough before the cap
    assert world.store.live.projects[world.project].policy.cap == 5
    grading.answer(world.store, a, Answer(flagged.assignment, 1, 1))
    with world.store.reader() as reader:
        said = "select count(distinct assignment) from answer where item = ? and counts and level is not null"
        assert reader.value(said, [item]) == 6
    assert verify(world.store) == []


def test_states_are_proved_in_every_part_of_a_large_store(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    items = worked(world)
    monkeypatch.setattr(verify_states, "PART", 2)
    assert verify(world.store) == []
    con = world.store._con.cursor()
    untriggered(con, "item_event")
    con.execute("update item_event set state = 'disputed', level = null where state = 'settled'")
    found = {fault.what for fault in verify(world.store) if fault.check == "an item's state follows from its records"}
    settled = {str(item) for (item,) in con.execute("select distinct item from item_event").fetchall()}
    assert len(found) >= 2 and found <= settled and len({(int(one) - items[0]) // 2 for one in found}) > 1


def test_a_wrong_counter_is_found(world: World) -> None:
    worked(world)
    key = next(key for key in world.store.live.counts if key[0] == "state")
    world.store.live.counts[key] += 1
    assert [fault.check for fault in verify(world.store)] == ["counters agree with the records"]
