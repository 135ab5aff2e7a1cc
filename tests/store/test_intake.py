"""What grading confirms is durable at once, seen by every reader, and in its tables soon; whatever happens in between."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relevance.clock import ManualClock
from relevance.errors import BadInput
from relevance.services import grading, item_changes, verify
from relevance.store import files, intake
from relevance.store.columns import as_columns
from relevance.store.files import DATABASE
from relevance.store.store import Store, Tx
from tests.world import World

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(autouse=True)
def _slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is moved because a second has passed: only where a test lets it."""
    monkeypatch.setattr(intake, "DUE", 3600.0)


@pytest.fixture(autouse=True)
def _rows_alone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The assignments of most tests are of no item; what is kept in memory of items is not looked for."""
    if "day_of_grading" not in request.node.name:
        monkeypatch.setattr("relevance.store.store.load", lambda *_: None)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store.open(tmp_path, ManualClock())
    yield made
    made.close()


def lease(number: int, **other: Any) -> Callable[[Tx], int]:
    """An act of grading: it writes one assignment."""

    def act(tx: Tx) -> int:
        row = {"item": 1, "grader": 1, "purpose": "work", "round": 1, "tab": "t", "leased_at": tx.now} | other
        tx.insert("assignment", id=number, **row)
        return number

    return act


def in_table(store: Store) -> list[int]:
    """The assignments that are in their table, seen past `intake`."""
    with store.reader(graded=False) as reader:
        return [number for (number,) in reader.all("select id from assignment order by id")]


def waiting(store: Store) -> int:
    """The commits whose rows are in `intake`."""
    with store.reader(graded=False) as reader:
        return int(reader.value("select count(*) from intake"))


def test_what_grading_writes_waits_and_a_reader_finds_it_in_its_table(store: Store) -> None:
    store.act(lease(1)), store.act(lease(2))
    assert (in_table(store), waiting(store)) == ([], 2)
    with store.reader() as reader:
        assert reader.all("select id, leased_at from assignment order by id") == [
            (1, store.clock.now()),
            (2, store.clock.now()),
        ]
    assert waiting(store) == 0


def test_an_act_that_asks_finds_it_too_and_its_own_rows_go_straight_into_the_table(store: Store) -> None:
    store.act(lease(1))

    def asks(tx: Tx) -> int:
        found = tx.value("select count(*) from assignment")
        lease(2)(tx)
        return int(found)

    assert store.act(asks) == 1
    assert (in_table(store), waiting(store)) == ([1, 2], 0)


def test_an_act_may_name_its_own_table_as_it_likes(store: Store) -> None:
    """What waits is written in the middle of an act, which may have registered a table under any name."""
    for number in range(1, 9):
        store.act(lease(number))

    def imports(tx: Tx) -> None:
        for name in ("piece", "rows", "types"):
            own = as_columns({"tab": ["its own"], "n": [1]}, {"tab": "varchar", "n": "bigint"})
            with item_changes.table(tx, name, own):
                assert tx.all(f"select tab from {name}") == [("its own",)]

    store.act(imports)
    assert in_table(store) == list(range(1, 9))


def test_rows_of_other_tables_take_all_of_their_commit_along(store: Store) -> None:
    store.act(lease(1))
    store.act(lambda tx: tx.insert("receipt", request="r", digest="", result="", made_at=tx.now))
    assert (in_table(store), waiting(store)) == ([1], 0)


def test_it_is_moved_when_it_is_due_though_nobody_comes(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "DUE", 0.05)
    changes = store.changes
    store.act(lease(1))
    for _ in range(200):
        if in_table(store):
            break
        threading.Event().wait(0.05)
    assert (in_table(store), waiting(store)) == ([1], 0)
    assert store.changes == changes + 1  # moving is no news for who publishes


def test_closing_moves_it(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    store.act(lease(1))
    store.close()
    with duckdb.connect(str(tmp_path / DATABASE)) as con:
        assert con.execute("select (select count(*) from assignment), (select count(*) from intake)").fetchone() == (
            1,
            0,
        )


def test_a_process_that_was_killed_leaves_it_to_the_next(tmp_path: Path) -> None:
    script = """
import pathlib, sys, time
from relevance.store import intake
from relevance.store.store import Store
from tests.store.test_intake import lease
intake.DUE = 3600.0
store = Store.open(pathlib.Path(sys.argv[1]))
for number in range(1, 8):
    print(store.act(lease(number)), flush=True)
time.sleep(60)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    assert [int(process.stdout.readline()) for _ in range(7)] == list(range(1, 8))
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    store = Store.open(tmp_path)
    assert (in_table(store), waiting(store)) == (list(range(1, 8)), 0)
    assert store.act(lambda tx: tx.new_id("assignment")) == 8
    store.close()


def test_it_is_put_away_before_the_schema_is_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows are of the tables as they were when they were written."""
    data, copy = tmp_path / "data", tmp_path / "copy"
    data.mkdir()
    store = Store.open(data, ManualClock())
    store.act(lease(1))
    shutil.copytree(data, copy)  # as a killed process would leave it
    store.close()
    newer = tmp_path / "0012_newer.sql"
    newer.write_text("alter table assignment rename column tab to browser_tab;")
    all_of_them = [*files.migrations(), (files.NEWEST + 1, newer)]
    monkeypatch.setattr(files, "migrations", lambda: all_of_them)
    monkeypatch.setattr(files, "NEWEST", files.NEWEST + 1)
    con = duckdb.connect(str(copy / DATABASE))
    assert con.execute("select count(*) from intake").fetchone() == (1,)
    con.close()
    opened = Store.open(copy, ManualClock())
    with opened.reader() as reader:
        assert reader.all("select id, browser_tab from assignment") == [(1, "t")]
    opened.close()


@pytest.mark.parametrize(
    "odd",
    [{"round": 1.0}, {"round": 2**31}, {"item": "1"}, {"leased_at": datetime(2026, 1, 1)}],
    ids=str,
)
def test_a_row_whose_values_need_a_cast_does_not_wait_here(store: Store, odd: dict[str, Any]) -> None:
    """It goes the direct way, where it fails alone or is taken as a cast would; the others are none the worse."""
    store.act(lease(1))
    try:
        store.act(lease(2, **odd))
    except duckdb.Error:
        assert in_table(store) in ([], [1])
    store.act(lease(3))
    with store.reader() as reader:
        assert {1, 3} <= {number for (number,) in reader.all("select id from assignment")}
    assert waiting(store) == 0


def refused_alone(store: Store) -> None:
    """All but the guilty commit are in their table; that one is kept, and told."""
    with store.reader() as reader:
        assert reader.all("select id from assignment order by id") == [(1,), (3,), (4,), (5,)]
    assert waiting(store) == 1
    assert len(store.refused) == 1
    told = [fault for fault in verify.verify(store) if fault.check == "what was graded is in its tables"]
    assert [fault.what for fault in told] == [str(store.refused[0])]


@pytest.mark.parametrize("guilty", [lease(2, purpose="sport"), lease(1)], ids=["a check", "a key twice"])
def test_what_a_table_refuses_keeps_nothing_else_out(tmp_path: Path, guilty: Callable[[Tx], int]) -> None:
    (tmp_path / "a").mkdir()
    store = Store.open(tmp_path / "a", ManualClock())
    for act in (lease(1), guilty, lease(3), lease(4), lease(5)):
        store.act(act)
    shutil.copytree(store.folder, tmp_path / "b")  # as a killed process would leave it
    refused_alone(store)
    store.act(lease(6))
    with store.reader() as reader:
        assert reader.value("select count(*) from assignment") == 5
    store.close()
    other = Store.open(tmp_path / "b", ManualClock())
    refused_alone(other)
    other.close()


def test_acts_that_come_with_it_are_not_taken_for_the_guilty_ones(store: Store) -> None:
    store.act(lease(1, purpose="sport"))
    receipt = store.submit(lambda tx: tx.insert("receipt", request="r", digest="", result="", made_at=tx.now))
    asked = store.submit(lambda tx: tx.value("select count(*) from assignment"))
    assert (receipt.result(10), asked.result(10)) == (None, 0)
    assert len(store.refused) == 1


def test_an_act_that_fails_leaves_what_waits_as_it_was(store: Store) -> None:
    store.act(lease(1))

    def fails_after_moving(tx: Tx) -> None:
        tx.value("select count(*) from assignment")
        lease(2)(tx)
        tx.value("select nonsense")

    with pytest.raises(duckdb.Error):
        store.act(fails_after_moving)
    assert (in_table(store), waiting(store)) == ([], 1)

    def refuses(tx: Tx) -> None:
        lease(3)(tx)
        raise BadInput("No.")

    with pytest.raises(BadInput):
        store.act(refuses)
    store.act(lease(4))
    with store.reader() as reader:
        assert reader.all("select id from assignment order by id") == [(1,), (4,)]


def test_a_reader_of_other_tables_does_not_wait_for_the_writer(store: Store) -> None:
    go, begun = threading.Event(), threading.Event()
    store.act(lease(1))

    def holds(tx: Tx) -> None:
        begun.set()
        go.wait(10)

    held = store.submit(holds)
    assert begun.wait(10)
    assert waiting(store) == 1
    go.set()
    held.result(10)


def test_an_act_may_not_read_with_a_cursor_of_its_own(store: Store) -> None:
    store.act(lease(1))

    def reads(tx: Tx) -> None:
        with store.reader() as reader:
            reader.value("select count(*) from assignment")

    with pytest.raises(RuntimeError, match="through its Tx"):
        store.act(reads)


FULL = """
import pathlib, resource, signal, sys
from relevance.errors import Unavailable
from relevance.store import intake
from relevance.store.store import Store
from tests.store.test_intake import lease

intake.DUE = float(sys.argv[2])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write beyond the limit fails, as on a full disk
resource.setrlimit(resource.RLIMIT_FSIZE, (800_000, resource.RLIM_INFINITY))
store = Store.open(pathlib.Path(sys.argv[1]))

def write(number):
    try:
        store.act(lease(number, tab="x" * 2000))
    except Unavailable:
        print("unavailable", number, flush=True)
        return False
    print("saved", number, flush=True)
    return True

number = 1
while write(number):
    number += 1
write(number + 1), write(number + 2)
with store.reader() as reader:
    print("readable", reader.value("select count(*) from assignment"), flush=True)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
write(number + 3), write(number + 4)
with store.reader() as reader:
    print("readable", reader.value("select count(*) from assignment"), flush=True)
store.close()
"""


@pytest.mark.parametrize("due", ["0.02", "3600"], ids=["moved all the time", "moved for a reader"])
def test_on_a_full_disk_nothing_that_was_confirmed_is_lost_and_reading_goes_on(tmp_path: Path, due: str) -> None:
    out = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path), due],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
        check=False,
    )
    lines = [line.split() for line in out.stdout.splitlines()]
    saved = [int(number) for word, number in lines if word == "saved"]
    refused = [int(number) for word, number in lines if word == "unavailable"]
    readable = [int(number) for word, number in lines if word == "readable"]
    assert len(refused) >= 3, out.stderr
    assert len(readable) == 2
    assert readable[0] <= len(saved) - 2
    assert readable[1] == len(saved)
    store = Store.open(tmp_path)
    assert in_table(store) == saved
    store.close()


_values = st.one_of(
    st.none(), st.integers(-(2**62), 2**62), st.floats(), st.booleans(), st.text(max_size=5), st.datetimes(),
    st.datetimes(timezones=st.just(UTC)),
)  # fmt: skip
COLUMNS = {
    "a": "bigint", "b": "integer", "c": "smallint", "d": "double", "e": "boolean", "f": "varchar",
    "g": "timestamp with time zone",
}  # fmt: skip


@given(st.lists(st.tuples(*[_values] * len(COLUMNS)), min_size=1, max_size=6))
def test_what_it_takes_comes_out_of_its_text_as_it_went_in(rows: list[tuple[Any, ...]]) -> None:
    """Row by row: what fits is the same after writing, reading and moving; what does not is not taken."""
    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'")
    con.execute("create table intake (id bigint not null, rows varchar not null)")
    con.execute(f"create table answer ({', '.join(f'{name} {kind}' for name, kind in COLUMNS.items())})")
    types = intake.Types()
    kept = intake.Intake(types)
    taken = []
    for row in rows:
        one = intake.Rows(types)
        one.add("answer", dict(zip(COLUMNS, row, strict=True)))
        if kept.takes(con, one):
            kept.note(con, one)
            kept.committed(False)
            taken.append(row)
    intake.Intake(types).take_up(con)
    assert con.execute("select * from answer order by rowid").fetchall() == taken
    assert con.execute("select count(*) from intake").fetchone() == (0,)
    con.close()


def test_a_day_of_grading_is_the_same_through_it_and_past_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same answers in two stores, one whose rows never wait: the same records, states and counters."""
    told = []
    for way in ("through", "past"):
        if way == "past":
            monkeypatch.setattr(intake.Intake, "takes", lambda *_: False)
        folder = tmp_path / way
        folder.mkdir()
        world = World(folder)
        world.items(12, keywords=3)
        for number, grader in enumerate(world.graders(4)):
            while work := grading.claim(world.store, grader, world.project, f"t{number}").work:
                for one in work:
                    said = grading.Answer(one.assignment, one.seq, level=(one.item * 7 + number * one.item) % 4)
                    grading.answer(world.store, grader, said)
                    again = grading.answer(world.store, grader, said)
                    assert again.again
        assert verify.verify(world.store) == []
        world.reopen()
        assert verify.verify(world.store) == []
        with world.store.reader() as reader:
            told.append(
                [
                    reader.all("select * exclude (made_at) from answer order by assignment, seq"),
                    reader.all("select * exclude (leased_at) from assignment order by id"),
                    reader.all("select * exclude (made_at) from item_event order by id"),
                    sorted(map(str, world.store.live.counts.items())),
                ]
            )
        world.store.close()
    assert told[0][0]
    assert told[0] == told[1]
