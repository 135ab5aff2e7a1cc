"""The store's files: one owner, whoever it was before, and a schema that goes forward only."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from relevance.errors import Unavailable
from relevance.store.files import (
    DATABASE,
    MIGRATIONS,
    NEWEST,
    Lock,
    StoreDamaged,
    StoreInUse,
    StoreTooNew,
    holder,
    migrate,
    migrations,
    schema_version,
)
from relevance.store.store import Store
from tests.world import World

ROOT = Path(__file__).resolve().parent.parent.parent
NOW = datetime(2026, 1, 5, tzinfo=UTC)
HOLD = """
import pathlib, sys, time
from relevance.store.files import Lock
lock = Lock(pathlib.Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def test_one_at_a_time_and_the_holder_is_named(tmp_path: Path) -> None:
    assert holder(tmp_path) is None
    with Lock(tmp_path):
        assert holder(tmp_path) == os.getpid()
        with pytest.raises(StoreInUse) as refused:
            Lock(tmp_path)
        assert str(os.getpid()) in str(refused.value)
    assert holder(tmp_path) is None
    Lock(tmp_path).release()


def test_a_process_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    assert holder(tmp_path) == process.pid
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert (tmp_path / "relevance.lock").read_text() == str(process.pid)  # the file stays, the lock does not
    assert holder(tmp_path) is None
    Lock(tmp_path).release()


def test_the_numbers_of_migrations_have_no_gap_and_no_twin() -> None:
    assert [number for number, _ in migrations()] == list(range(1, NEWEST + 1))


def test_every_file_of_the_folder_is_a_migration() -> None:
    assert [path.name for path in MIGRATIONS.iterdir() if not re.fullmatch(r"\d{4}_[a-z0-9_]+\.sql", path.name)] == []


def test_an_empty_file_is_brought_to_the_newest_schema_and_then_left_alone() -> None:
    con = duckdb.connect()
    assert schema_version(con) == 0
    assert migrate(con, NOW) == [number for number, _ in migrations()]
    assert schema_version(con) == NEWEST
    assert migrate(con, NOW) == []


def test_a_newer_schema_is_refused() -> None:
    con = duckdb.connect()
    migrate(con, NOW)
    con.execute("update meta set value = ? where key = 'schema'", [str(NEWEST + 1)])
    with pytest.raises(StoreTooNew):
        migrate(con, NOW)


def test_a_migration_that_fails_leaves_the_store_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    con = duckdb.connect()
    migrate(con, NOW)
    bad = tmp_path / "0099_bad.sql"
    bad.write_text("create table half (id bigint); insert into nowhere values (1);")
    monkeypatch.setattr("relevance.store.files.migrations", lambda: [*[], (NEWEST + 1, bad)])
    with pytest.raises(duckdb.Error):
        migrate(con, NOW)
    assert schema_version(con) == NEWEST
    assert con.execute("select 1 from information_schema.tables where table_name = 'half'").fetchone() is None


def test_primary_keys_are_the_only_indexes_and_no_table_has_a_foreign_key() -> None:
    # DuckDB 2.0 lost acknowledged rows with a secondary index (docs/decisions/store.md).
    con = duckdb.connect()
    migrate(con, NOW)
    assert con.execute("select count(*) from duckdb_indexes()").fetchone() == (0,)
    kinds = {kind for (kind,) in con.execute("select distinct constraint_type from duckdb_constraints()").fetchall()}
    assert kinds <= {"PRIMARY KEY", "NOT NULL", "CHECK"}


def _flipped(path: Path, place: int) -> bytes:
    """Damages 64 bytes of a file; what it holds then."""
    data = bytearray(path.read_bytes())
    for at in range(place, place + 64):
        data[at] ^= 0xFF
    path.write_bytes(data)
    return bytes(data)


def test_a_damaged_log_is_named_with_the_way_out_and_nothing_is_changed(world: World, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    log = other / f"{DATABASE}.wal"
    world.items(3)
    world.grade(world.graders(1)[0], 1)
    for name in (DATABASE, log.name):  # as a kill leaves them
        shutil.copy(world.folder / name, other / name)
    left = _flipped(log, log.stat().st_size - 100)
    with pytest.raises(StoreDamaged, match="relevance rebuild"):
        Store.open(other)
    assert log.read_bytes() == left
    assert holder(other) is None


def test_a_file_that_is_no_database_any_more_is_named_too(tmp_path: Path) -> None:
    (tmp_path / DATABASE).write_bytes(b"x" * 8192)
    with pytest.raises(StoreDamaged, match="not a valid DuckDB database"):
        Store.open(tmp_path)


def test_a_database_that_can_t_be_opened_for_another_reason_is_not_called_damaged(tmp_path: Path) -> None:
    (tmp_path / DATABASE).mkdir()
    with pytest.raises(Unavailable, match="can't be opened") as refused:
        Store.open(tmp_path)
    assert not isinstance(refused.value, StoreDamaged)
