"""The store's files: one owner at a time, and a schema that is the newest.

A lock file with the owner's PID stands beside the database. DuckDB has a lock of its own; ours is taken first, so that
a second server can be told who holds the store.
"""

from __future__ import annotations

import fcntl
import os
import re
from datetime import datetime
from pathlib import Path
from types import TracebackType

import duckdb

from relevance.errors import RelevanceError, Unavailable

DATABASE = "relevance.duckdb"
DAMAGE = ("replaying WAL", "Corrupt", "checksum", "not a valid DuckDB database")
MIGRATIONS = Path(__file__).parent / "migrations"


class StoreInUse(Unavailable):
    """Another process holds the store."""

    code = "store-in-use"


class StoreTooNew(RelevanceError):
    """The store was written by a newer release than this one."""

    code = "store-too-new"


class StoreDamaged(Unavailable):
    """The database or its log can't be read any more."""

    code = "store-damaged"


class Lock:
    """The right to open one store, held by one process until it ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "relevance.lock"
        self._file = self.path.open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise StoreInUse(
                "The store in {folder} is in use by process {pid}. Stop that process first, or use another data folder "
                "(RELEVANCE_DATA).",
                folder=str(folder),
                pid=holder(folder) or "?",
            ) from None
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        """Lets the next one in."""
        self._file.truncate(0)
        fcntl.flock(self._file, fcntl.LOCK_UN)
        self._file.close()

    def __enter__(self) -> Lock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def holder(folder: Path) -> int | None:
    """The PID of the process that holds the store, or None where it is free."""
    path = folder / "relevance.lock"
    if not path.exists():
        return None
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            text = path.read_text().strip()
            return int(text) if text.isdigit() else None
        fcntl.flock(file, fcntl.LOCK_UN)
        return None


def migrations() -> list[tuple[int, Path]]:
    """The numbered SQL files, in order."""
    found = []
    for path in sorted(MIGRATIONS.glob("*.sql")):
        number = re.match(r"(\d{4})_", path.name)
        if number:
            found.append((int(number.group(1)), path))
    return found


NEWEST = migrations()[-1][0]


def connect(path: Path) -> duckdb.DuckDBPyConnection:
    """Opens the database; its log is replayed.

    Raises:
        StoreDamaged: one of the two is not what was written; nothing is changed.
        Unavailable: it can't be opened for another reason, as a full disk.
    """
    try:
        return duckdb.connect(str(path))
    except duckdb.Error as why:
        refuse_damaged(path, why)
        raise Unavailable("The database {path} can't be opened: {why}", path=str(path), why=str(why)) from why


def refuse_damaged(path: Path, why: duckdb.Error) -> None:
    """Names a fault of the files, with the way out; any other fault is left to the caller.

    Raises:
        StoreDamaged: a checksum does not agree, or the file is something else.
    """
    text = str(why)
    if any(sign in text for sign in DAMAGE) and "No space left" not in text:
        raise StoreDamaged(
            "The database {path} or its log is damaged ({why}). Move both away (nothing is thrown away), run "
            "`python -m relevance rebuild`, then `python -m relevance verify`.",
            path=str(path), why=text,
        ) from why  # fmt: skip


def schema_version(con: duckdb.DuckDBPyConnection) -> int:
    """The number of the last migration that was applied; 0 for an empty file."""
    try:  # to look through the catalogue first costs far more than to ask
        row = con.execute("select value from meta where key = 'schema'").fetchone()
    except duckdb.CatalogException:
        return 0
    return int(row[0]) if row else 0


def migrate(con: duckdb.DuckDBPyConnection, now: datetime) -> list[int]:
    """Applies the migrations that are missing, each in a transaction of its own. Returns their numbers.

    Raises:
        StoreTooNew: the store is newer than the program.
    """
    have = schema_version(con)
    if have > NEWEST:
        raise StoreTooNew(
            "The store has schema {have}, this release knows {newest}. Install the newer release, or restore a backup.",
            have=have,
            newest=NEWEST,
        )
    done = []
    for number, path in migrations():
        if number <= have:
            continue
        con.begin()
        try:
            con.execute(path.read_text("utf-8"))
            con.execute("delete from meta where key = 'schema'")
            con.execute(
                "insert into meta values ('schema', ?), (?, ?)", [str(number), f"migrated_{number:04}", now.isoformat()]
            )
            con.commit()
        except BaseException:
            con.rollback()
            raise
        done.append(number)
    return done
