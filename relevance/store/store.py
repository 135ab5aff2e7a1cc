"""The only door to the database: one writer thread with group commit, a cursor a reader.

Acts are plain functions that get a `Tx`. The writer runs the acts that wait as one group, writes their rows with one
INSERT a table (those of grading with one in all: `store/intake.py`), and commits once; only then are they acknowledged.
When a group fails it is rolled back and its acts are run again one at a time, so that only the guilty one fails
(docs/decisions/store.md).
"""

from __future__ import annotations

import json
import logging
import os
import queue
import re
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
from relevance.store.intake import SINCE, Intake, Refused
from relevance.store.live import Live
from relevance.store.load import load
from relevance.store.recent import KEPT, PEOPLE, RULING, Recent
from relevance.store.rows import Rows, Types
from relevance.store.rows import marks as marks

T = TypeVar("T")
GROUP = 256  # acts in one commit at most
_CHANGED = re.compile(r"\b(?:update|insert into|delete from) (\w+)")  # the table that a statement changes
_log = logging.getLogger(__name__)


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
        self.people = False  # one may have changed what somebody may do
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
        changed = set(_CHANGED.findall(sql))
        self.cold = self.cold or changed != {"session"}  # sessions come and go all day, and nothing kept hangs on them
        self.people = self.people or not PEOPLE.isdisjoint(changed)
        super().run(sql, params)

    def run(self, sql: str, params: Sequence[Any] = ()) -> duckdb.DuckDBPyConnection:
        """Runs a query that sees all rows of this act and of those before it."""
        self._flush()
        return super().run(sql, params)

    def put_away(self) -> None:
        """Puts what grading confirmed into its tables."""
        self._store._into_tables()

    def _flush(self) -> None:
        self._store._into_tables()
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
            self._types = Types()
            self._intake = Intake(self._types)
            if have >= SINCE:
                self._intake.take_up(self._con)
            if 0 < have < NEWEST and before_migration is not None:
                before_migration(self.path, have)
            migrate(self._con, self.clock.now())
            self._ids: dict[str, int] = {}
            self._types.forget()  # migrations may have changed them
            self._begun = False  # a transaction is open; grading alone needs none: its one INSERT commits itself
            self.aliases = aliases(self._con)
            self.live = Live(lease)
            load(Reader(self._con), self.live, self.clock.now())
        except BaseException as error:
            if hasattr(self, "_con"):
                self._con.close()
            self._lock.release()
            if isinstance(error, duckdb.Error):
                refuse_damaged(self.path, error)  # a block that is read only now
                raise _named(error) from error
            raise
        self.cold = 0  # commits that may have changed what `recent` keeps
        self.people = 0  # commits that may have changed what somebody may do
        self.ruled = 0  # commits that made a precedent or put another in its place
        self.recent = Recent(self)
        self.changes = 0  # commits that wrote, so that a publisher knows whether there is anything new
        self.failure: BaseException | None = None
        self._queue: queue.SimpleQueue[_Request | None] = queue.SimpleQueue()
        self._cursors: queue.LifoQueue[duckdb.DuckDBPyConnection] = queue.LifoQueue()
        self._closed = False
        self._door = threading.Lock()  # nothing is queued behind the last request
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    @classmethod
    def open(cls, folder: Path, clock: Clock | None = None, **options: Any) -> Store:
        """The same as the constructor, for reading's sake."""
        return cls(folder, clock, **options)

    def leave_a_core(self) -> None:
        """From now on a query is worked on by one thread less than there are cores, on two by the one alone that asks it.

        A small query waits for whichever thread took up its work: where that was a worker in the middle of a long one, graders
        waited too (docs/decisions/store.md).
        """
        self._con.execute(f"set threads = {max(1, (os.cpu_count() or 1) - 1)}")

    def on(self, clock: Clock) -> Store:
        """The same store, its acts stamped by another clock (a week of the demo, made while the server runs)."""
        return _OnClock(self, clock)

    # Reading ------------------------------------------------------------------------------------------------------

    @contextmanager
    def reader(self, snapshot: bool = False, graded: bool = True) -> Iterator[Reader]:
        """A cursor of one's own, which sees all that is confirmed.

        Args:
            snapshot: all its queries see the same moment.
            graded: False where no table that grading writes is read (`intake.TABLES`): then it never waits for the writer.
        """
        if self._closed:
            raise Unavailable("The store is closing. Try again in a moment.")
        if graded and self._intake:
            self._put_away()
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

    def _put_away(self) -> None:
        if threading.get_ident() == self._thread.ident:
            raise RuntimeError("An act reads what was graded through its Tx: a cursor of its own would not see it.")
        try:
            self.act(lambda tx: tx.put_away())
        except Unavailable as why:  # a full disk: reading goes on
            _log.warning("The last second's grades could not be put into their tables (%s).", why)

    @property
    def refused(self) -> tuple[int, ...]:
        """Commits of grading that their tables refused; there are none unless the product is at fault."""
        return tuple(self._intake.refused)

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

    def _run(self) -> None:
        try:
            self._write()
        except BaseException as error:  # without its writer a store would keep everybody waiting for ever
            _log.exception("The store's writer ended.")
            self._fatal([], error)

    def _write(self) -> None:
        self._writer = self._con.cursor()
        self._writer.execute("set TimeZone = 'UTC'")
        last = False
        while not last and self.failure is None:
            due = self._intake.due_in()
            group = [] if due == 0 else self._waiting(due)
            last = None in group
            # A caller that went away (a closed connection) cancels its future: such an act is not begun, and one that
            # has begun can't be cancelled any more, so that its future takes the result.
            wanted = [one for one in group if one is not None and one.future.set_running_or_notify_cancel()]
            if wanted or self._intake.due_in() == 0 or (last and self._intake):
                self._commit(wanted, put_away=last)
        while True:
            try:
                left = self._queue.get_nowait()
            except queue.Empty:
                break
            if left is not None and left.future.set_running_or_notify_cancel():
                left.future.set_exception(Unavailable("The store is closing. Try again in a moment."))

    def _waiting(self, longest: float | None) -> list[_Request | None]:
        """The acts that wait, at most a group; None after the last one. Empty where none came for so many seconds."""
        group: list[_Request | None] = []
        try:
            group.append(self._queue.get(timeout=longest))
            while group[-1] is not None and len(group) < GROUP:
                group.append(self._queue.get_nowait())
        except queue.Empty:
            pass
        return group

    def _into_tables(self) -> None:
        """Begins the transaction where none is open, with what waits in `intake`: all that follows goes into the tables."""
        if not self._begun:
            self._begun = True
            self._writer.begin()
            self._intake.move(self._writer)

    def _commit(self, group: list[_Request], put_away: bool = False) -> None:
        con, live, intake = self._writer, self.live, self._intake
        done: list[tuple[_Request, Any]] = []
        rows = Rows(self._types)
        wrote = cold = people = False
        try:
            if not group:
                self._into_tables()
            for request in group:
                mark = len(live.journal)
                tx = Tx(self, con, rows, request.clock.now())
                try:
                    result = request.act(tx)
                except Exception as error:
                    live.undo_to(mark)
                    if isinstance(error, duckdb.FatalException):
                        raise
                    if tx.wrote or isinstance(error, duckdb.Error | Refused):
                        raise _Guilty(request, error) from error
                    request.future.set_exception(error)
                else:
                    wrote = wrote or tx.wrote or bool(tx._own.waiting)
                    cold, people = cold or tx.cold, people or tx.people
                    rows.take(tx._own)
                    done.append((request, result))
            if put_away or not intake.takes(con, rows):
                self._into_tables()
            if self._begun:
                rows.write(con)
                # Raises where an act hid an error: COMMIT of such a transaction drops all, in silence.
                con.execute("select 1")
                con.commit()
            elif rows.waiting:
                intake.note(con, rows)
        except Exception as error:
            self._failed([r for r in group if not r.future.done()], error)
            return
        live.committed()
        intake.committed(self._begun)
        self._begun = False
        self.changes += wrote
        self.cold += cold or not rows.tables.isdisjoint(KEPT)
        self.people += people or not rows.tables.isdisjoint(PEOPLE)
        self.ruled += not rows.tables.isdisjoint(RULING)
        for request, result in done:
            request.future.set_result(result)

    def _failed(self, group: list[_Request], error: Exception) -> None:
        self.live.undo_to(0)
        self._intake.rolled_back()
        self._begun = False
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
        if not group:
            _log.error("The last second's grades could not be put into their tables (%s); it is tried again.", cause)
        if isinstance(cause, Refused) and self._sifted():
            pass  # it was not theirs
        elif len(group) == 1:
            group[0].future.set_exception(_named(cause))
            return
        for request in group:
            self._commit([request])
            if self.failure is not None:
                break

    def _sifted(self) -> bool:
        try:
            self._intake.sift(self._writer)
        except duckdb.Error as why:  # a full disk: what is left waits on
            _log.error("What a table refused could not be sifted out (%s); it is tried again.", why)
            return False
        return True

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
