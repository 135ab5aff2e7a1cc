"""The only door to the database: one writer thread with group commit, a cursor a reader.

Acts are plain functions that get a `Tx`. The writer runs the acts that wait as one group, writes their rows with one
INSERT a table, and commits once; only then are they acknowledged. When a group fails it is rolled back and its acts are
run again one at a time, so that only the guilty one fails (docs/decisions/store.md).
"""

from __future__ import annotations

import json
import os
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from relevance.clock import Clock, SystemClock
from relevance.errors import RelevanceError, Unavailable
from relevance.roles import Actor
from relevance.store import priority
from relevance.store.alias import aliases
from relevance.store.files import DATABASE, NEWEST, Lock, connect, migrate, refuse_damaged, schema_version
from relevance.store.live import Live
from relevance.store.load import load
from relevance.store.recent import KEPT, RULING, Recent
from relevance.store.rows import Rows, Types
from relevance.store.rows import marks as marks

T = TypeVar("T")
GROUP = 256  # acts in one commit at most


class Reader:
    """One thread's cursor, for as long as it is borrowed."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self.con = cursor

    def run(self, sql: str, params: Sequence[Any] = ()) -> duckdb.DuckDBPyConnection:
        """Runs a statement and leaves its result on the cursor."""
        return self.con.execute(sql, list(params)) if params else self.con.execute(sql)

    def all(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows as tuples."""
        return self.run(sql, params).fetchall()

    def one(self, sql: str, params: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """The first row, or None."""
        return self.run(sql, params).fetchone()

    def value(self, sql: str, params: Sequence[Any] = ()) -> Any:
        """The first column of the first row, or None."""
        row = self.one(sql, params)
        return None if row is None else row[0]

    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """All rows as dictionaries by column."""
        result = self.run(sql, params)
        names = [column[0] for column in result.description or ()]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


class Tx(Reader):
    """One act's view of the writer's transaction."""

    def __init__(self, writer: Store, cursor: duckdb.DuckDBPyConnection, group: Rows, now: datetime) -> None:
        super().__init__(cursor)
        self.now = now
        self.live = writer.live
        self.cold = False  # a statement changed a table that graders only read
        self.wrote = False  # straight to the database, past the buffer: only a rollback takes it back
        self._store = writer
        self._group = group
        self._own = Rows(writer._types)

    def insert(self, table: str, **columns: Any) -> None:
        """A row, written with those of the other acts at commit."""
        self._own.add(table, columns)

    def execute(self, sql: str, params: Sequence[Any] = ()) -> None:
        """A statement that changes a cold table (a project's pause, a password, a session)."""
        self._flush()
        self.wrote = True
        self.cold = self.cold or " session " not in sql  # sessions come and go all day, and nothing kept hangs on them
        super().run(sql, params)

    def run(self, sql: str, params: Sequence[Any] = ()) -> duckdb.DuckDBPyConnection:
        """Runs a query that sees all rows of this act and of those before it."""
        self._flush()
        return super().run(sql, params)

    def _flush(self) -> None:
        if self._own.waiting:
            self.wrote = True
        if self._group.waiting:
            self._group.write(self.con)
        self._own.write(self.con)

    def new_id(self, table: str) -> int:
        """The next number of a table, never given twice."""
        return self._store._next(table)

    def new_ids(self, table: str, n: int) -> range:
        """The next n numbers of a table."""
        first = self._store._next(table, n)
        return range(first, first + n)

    def new_act(self, name: str, actor: Actor, project: int | None = None, /, **detail: Any) -> int:
        """Writes the audit log's row of this act and returns its id."""
        act = self.new_id("act")
        self.insert(
            "act",
            id=act,
            name=name,
            project=project,
            actor=actor.account,
            session=actor.session,
            detail=json.dumps(detail, ensure_ascii=False, default=str),
            made_at=self.now,
        )
        return act


@dataclass(slots=True, eq=False)
class _Request:
    act: Callable[[Tx], Any]
    future: Future[Any]
    clock: Clock  # what stamps its records


class Store:
    """An open store. `act` writes, `reader` reads, `live` is what is kept in memory."""

    def __init__(
        self,
        folder: Path,
        clock: Clock | None = None,
        lease: timedelta = timedelta(minutes=3),
        on_fatal: Callable[[], None] | None = None,
        before_migration: Callable[[Path, int], None] | None = None,
    ) -> None:
        """Opens the store of a data folder; makes an empty one where there is none.

        Args:
            folder: the data folder; it must exist.
            clock: what stamps the records.
            lease: how long an assignment is held without a sign of life.
            on_fatal: called when the database can't go on; by default the process ends with status 70, so that a
                supervisor starts it again and clients send again.
            before_migration: called with the database file and its schema before it is changed (makes the backup).

        Raises:
            StoreInUse: another process has it; its PID is named.
            StoreTooNew: it was written by a newer release.
            StoreDamaged: the database or its log can't be read.
        """
        self.folder = folder
        self.path = folder / DATABASE
        self.clock: Clock = clock or SystemClock()
        self._on_fatal = on_fatal or (lambda: os._exit(70))
        self._lock = Lock(folder)
        try:
            # The file and its log hold password hashes; DuckDB makes the log anew after every checkpoint.
            os.umask(os.umask(0) | 0o077)
            if self.path.exists():
                self.path.chmod(0o600)
            before = priority.threads()
            self._con = connect(self.path)
            priority.step_back(priority.threads() - before)  # its workers: only long queries have any use for them
            self._con.execute("set TimeZone = 'UTC'")
            have = schema_version(self._con)
            if 0 < have < NEWEST and before_migration is not None:
                before_migration(self.path, have)
            migrate(self._con, self.clock.now())
            self._ids: dict[str, int] = {}
            self._types = Types()
            self.aliases = aliases(self._con)
            self.live = Live(lease)
            load(Reader(self._con), self.live, self.clock.now())
        except BaseException as error:
            if hasattr(self, "_con"):
                self._con.close()
            self._lock.release()
            if isinstance(error, duckdb.Error):
                refuse_damaged(self.path, error)  # a block that is read only now
            raise
        self.cold = 0  # commits that may have changed what `recent` keeps
        self.ruled = 0  # commits that made a precedent or put another in its place
        self.recent = Recent(self)
        self.changes = 0  # commits that wrote, so that a publisher knows whether there is anything new
        self.failure: BaseException | None = None
        self._queue: queue.SimpleQueue[_Request | None] = queue.SimpleQueue()
        self._cursors: queue.LifoQueue[duckdb.DuckDBPyConnection] = queue.LifoQueue()
        self._closed = False
        self._door = threading.Lock()  # nothing is queued behind the last request
        self._thread = threading.Thread(target=self._write, name="store-writer", daemon=True)
        self._thread.start()

    @classmethod
    def open(cls, folder: Path, clock: Clock | None = None, **options: Any) -> Store:
        """The same as the constructor, for reading's sake."""
        return cls(folder, clock, **options)

    def on(self, clock: Clock) -> Store:
        """The same store, its acts stamped by another clock (a week of the demo, made while the server runs)."""
        return _OnClock(self, clock)

    # Reading ------------------------------------------------------------------------------------------------------

    @contextmanager
    def reader(self, snapshot: bool = False) -> Iterator[Reader]:
        """A cursor of one's own. With `snapshot`, all its queries see the same moment."""
        if self._closed:
            raise Unavailable("The store is closing. Try again in a moment.")
        try:
            cursor = self._cursors.get_nowait()
        except queue.Empty:
            cursor = self._con.cursor()
            cursor.execute("set TimeZone = 'UTC'")
        try:
            if snapshot:
                cursor.begin()
                try:
                    yield Reader(cursor)
                finally:
                    cursor.rollback()
            else:
                yield Reader(cursor)
        finally:
            self._cursors.put(cursor)

    # Writing ------------------------------------------------------------------------------------------------------

    def submit(self, act: Callable[[Tx], T]) -> Future[T]:
        """Queues an act. Its future is done once the act is durable, or holds the act's error."""
        future: Future[T] = Future()
        with self._door:
            if not self._closed and self.failure is None:
                self._queue.put(_Request(act, future, self.clock))
                return future
        future.set_exception(Unavailable("The store is closing. Try again in a moment."))
        return future

    def act(self, act: Callable[[Tx], T]) -> T:
        """Runs an act and returns its result once it is durable."""
        return self.submit(act).result()

    def _next(self, table: str, n: int = 1) -> int:
        if table not in self._ids:
            row = self._writer.execute(f"select coalesce(max(id), 0) from {table}").fetchone()
            self._ids[table] = int(row[0]) if row else 0
        first = self._ids[table] + 1
        self._ids[table] += n
        return first

    def _write(self) -> None:
        self._writer = self._con.cursor()
        self._writer.execute("set TimeZone = 'UTC'")
        while (request := self._queue.get()) is not None:
            group = [request]
            last = False
            while len(group) < GROUP:
                try:
                    more = self._queue.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    last = True
                    break
                group.append(more)
            # A caller that went away (a closed connection) cancels its future: such an act is not begun, and one that
            # has begun can't be cancelled any more, so that its future takes the result.
            self._commit([request for request in group if request.future.set_running_or_notify_cancel()])
            if last or self.failure is not None:
                break
        while True:
            try:
                left = self._queue.get_nowait()
            except queue.Empty:
                break
            if left is not None and left.future.set_running_or_notify_cancel():
                left.future.set_exception(Unavailable("The store is closing. Try again in a moment."))

    def _commit(self, group: list[_Request]) -> None:
        con, live = self._writer, self.live
        done: list[tuple[_Request, Any]] = []
        rows = Rows(self._types)
        wrote = cold = False
        try:
            con.begin()
            for request in group:
                mark = len(live.journal)
                tx = Tx(self, con, rows, request.clock.now())
                try:
                    result = request.act(tx)
                except Exception as error:
                    live.undo_to(mark)
                    if isinstance(error, duckdb.FatalException):
                        raise
                    if tx.wrote or isinstance(error, duckdb.Error):
                        raise _Guilty(request, error) from error
                    request.future.set_exception(error)
                else:
                    wrote = wrote or tx.wrote or bool(tx._own.waiting)
                    cold = cold or tx.cold
                    rows.take(tx._own)
                    done.append((request, result))
            rows.write(con)
            con.commit()
        except Exception as error:
            self._failed([r for r in group if not r.future.done()], error)
            return
        live.committed()
        self.changes += wrote
        self.cold += cold or not rows.tables.isdisjoint(KEPT)
        self.ruled += not rows.tables.isdisjoint(RULING)
        for request, result in done:
            request.future.set_result(result)

    def _failed(self, group: list[_Request], error: Exception) -> None:
        self.live.undo_to(0)
        cause = error.error if isinstance(error, _Guilty) else error
        if isinstance(cause, duckdb.FatalException):
            self._fatal(group, cause)
            return
        try:
            self._writer.rollback()
        except duckdb.Error as broken:
            # Nothing is open any more where COMMIT itself failed; anything else shows at the next BEGIN.
            if isinstance(broken, duckdb.FatalException):
                self._fatal(group, broken)
                return
        if len(group) == 1:
            group[0].future.set_exception(_named(cause))
            return
        for request in group:
            self._commit([request])
            if self.failure is not None:
                break

    def _fatal(self, group: list[_Request], error: BaseException) -> None:
        self.failure = error
        for request in group:
            if not request.future.done():
                request.future.set_exception(
                    Unavailable(
                        "The database had to stop ({error}). What was not confirmed is to be sent again.", error=error
                    )
                )
        self._on_fatal()

    def close(self) -> None:
        """Finishes what is queued, closes the file and lets the next process in."""
        with self._door:
            if self._closed:
                return
            self._closed = True
            self._queue.put(None)
        self._thread.join()
        while True:
            try:
                self._cursors.get_nowait().close()
            except queue.Empty:
                break
        self._writer.close()
        self._con.close()
        self._lock.release()


class _OnClock(Store):
    """A store with a clock of its own; all else is the store's that it stands for."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self.clock = clock

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class _Guilty(Exception):
    """An act failed after it had written: the group must be rolled back."""

    def __init__(self, request: _Request, error: Exception) -> None:
        super().__init__(str(error))
        self.request = request
        self.error = error


def _named(error: Exception) -> Exception:
    """A database's error as one of ours, where a caller can do something about it."""
    if isinstance(error, RelevanceError):
        return error
    text = str(error)
    # A full disk shows at COMMIT, as a TransactionException that quotes the failed write.
    if isinstance(error, duckdb.IOException) or "Could not write" in text or "No space left" in text:
        return Unavailable(
            "The disk can't be written ({error}). Nothing was lost; free some space and try again.", error=text
        )
    return error
