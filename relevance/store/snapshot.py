"""The analysts' copy: a new file, built view by view from the allow-list, put in the old one's place in one step.

It goes on from the last copy's bytes where these are still of this store (relevance/store/snapshot_marks.py): only what
was touched since is made anew (relevance/store/snapshot_increment.py).

A second process can't open the store while the product holds it, so analysts read this file; who has it open keeps the
old one. All views are of one moment, since one transaction reads them. The writer goes on meanwhile.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import threading
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from relevance import __version__
from relevance.store import snapshot_marks
from relevance.store.api_schema import API_VERSION, VIEWS, View, agreement_of
from relevance.store.atomic import replacing
from relevance.store.files import NEWEST
from relevance.store.priority import step_back
from relevance.store.snapshot_increment import catch_up, look
from relevance.store.snapshot_marks import Marks, Unfit
from relevance.store.snapshot_whole import fill
from relevance.store.store import Reader, Store

FILE = "analytics.duckdb"
STORAGE = "v1.5.0"  # what the DuckDB shells of today can read
EVERY = 30.0  # seconds from the beginning of one copy to that of the next
GROWN = 1.5  # times the room that a copy made from nothing takes; then the next one is made so
SMALL = 64_000_000  # bytes; below them nobody asks
OLDEST = 58.0  # no copy is older than this when the next takes its place

_log = logging.getLogger(__name__)
_turn = itertools.count(1)
_one = threading.Lock()  # a process makes one copy at a time


@dataclass(frozen=True, slots=True)
class Published:
    """A copy that was made. as_of: the moment that it is of. seconds: how long it took; whole_seconds: how long it took
    when it was last made from nothing. why: why it was made from nothing; None: it goes on from the last one."""

    path: Path
    made_at: datetime
    as_of: datetime
    seconds: float
    bytes: int
    rows: int
    why: str | None = None
    whole_seconds: float = 0.0


def publish(store: Store, path: Path | None = None) -> Published:
    """Makes a new copy and puts it in the place of the old one; who reads that one is not disturbed.

    It goes on from the last copy where that is still of these records, else it is made from nothing.

    path: where to; by default `analytics.duckdb` in the data folder.
    """
    path = path or store.folder / FILE
    with _one:
        return _publish(store, path)


def _publish(store: Store, path: Path) -> Published:
    began = time.perf_counter()
    try:
        return _made(store, path, began, snapshot_marks.read(path))
    except (Unfit, duckdb.Error) as unfit:
        why = str(unfit)
    _log.info("The copy for analysts is made from nothing: %s.", why)
    # In a file of another name: DuckDB can hold the one that was given up for a while after it was detached.
    return _made(store, path, began, None, why)


def _made(store: Store, path: Path, began: float, old: Marks | None, why: str | None = None) -> Published:
    with replacing(path) as part:
        if old is not None and (not path.is_file() or snapshot_marks.copy(path, part) != old.sum):
            raise Unfit("the last copy is missing or damaged")
        as_of, rows, new = _fill(store, part, old)
        size = part.stat().st_size
        took = time.perf_counter() - began
        if new is not None and old is None:
            new = replace(new, whole_bytes=size / max(1, rows), whole_seconds=took)
        elif new is not None and size > SMALL and size > GROWN * new.whole_bytes * rows:
            new = None  # what was replaced takes too much room: the next one is made from nothing
        if new is not None:
            new = replace(new, sum=snapshot_marks.copy(part))
    # Whoever is killed in between leaves marks that are not this file's: the next copy is made from nothing.
    if new is not None:
        snapshot_marks.write(path, new)
    else:
        snapshot_marks.beside(path).unlink(missing_ok=True)
    took, whole = time.perf_counter() - began, new.whole_seconds if new else 0.0
    return Published(path, store.clock.now(), as_of, took, size, rows, why, whole)


def _fill(store: Store, part: Path, old: Marks | None) -> tuple[datetime, int, Marks | None]:
    """Brings the part to what the store says now; old: the marks of what is in it already."""
    alias = f"snapshot_{next(_turn)}"
    with store.reader() as reader:
        quoted = str(part).replace("'", "''")
        reader.all(f"attach '{quoted}' as {alias} (storage_version '{STORAGE}')")
        try:
            return _build(reader, alias, store, old)
        finally:
            reader.all(f"detach {alias}")


def _build(reader: Reader, alias: str, store: Store, old: Marks | None) -> tuple[datetime, int, Marks | None]:
    con = reader.con
    con.begin()
    try:
        # The transaction sees what was committed when it first reads; a moment taken before that claims nothing more.
        as_of = store.clock.now()
        reader.all("select count(*) from meta")
        if old is None:
            reader.all(f"create schema {alias}.base")
            reader.all(f"create schema {alias}.api")
            done = fill(reader, alias)
        else:
            done = catch_up(reader, alias, old)
        rows = 0
        for view in VIEWS:
            name = f"{alias}.base.{_name(view.name)}"
            if view.name not in done:
                if old is not None:
                    reader.all(f"drop table {name}")
                if view.name == "snapshot":
                    _state(reader, alias, as_of, store.clock.now())
                else:
                    query = agreement_of(f"{alias}.base.round_counts") if view.name == "agreement" else view.query
                    reader.all(f"create table {name} as {query}")
            if view.name != "snapshot":
                rows += int(reader.value(f"select count(*) from {name}"))
            if old is None:
                _describe(reader, alias, view)
        marks = _marks(reader, alias, old)
        con.commit()
    except BaseException:
        with contextlib.suppress(duckdb.Error):
            con.rollback()
        raise
    return as_of, rows, marks


def _marks(reader: Reader, alias: str, old: Marks | None) -> Marks | None:
    """Where this copy ends; None: the next one can't go on from it."""
    try:
        tables = snapshot_marks.tables(reader)
    except Unfit as why:
        _log.info("The next copy for analysts will be made from nothing: %s.", why)
        return None
    ((accounts, projects),) = reader.all("select (select max(id) from account), (select max(id) from project)")
    seen = look(reader)
    return Marks(
        made_by=snapshot_marks.maker(),
        tables=tables,
        rules=snapshot_marks.rules(reader, accounts or 0, projects or 0),
        accounts=accounts or 0,
        projects=projects or 0,
        items=seen.items,
        clips=seen.clips,
        last_clip=seen.last_clip,
        whole_bytes=old.whole_bytes if old else 0.0,
        whole_seconds=old.whole_seconds if old else 0.0,
    )


def _state(reader: Reader, alias: str, as_of: datetime, made_at: datetime) -> None:
    reader.all(
        f"create table {alias}.base.snapshot (made_at timestamp, as_of timestamp, api_version integer,"
        " product_version varchar, store_schema integer)"
    )
    naive = [moment.astimezone(UTC).replace(tzinfo=None) for moment in (made_at, as_of)]
    reader.all(f"insert into {alias}.base.snapshot values (?, ?, ?, ?, ?)", [*naive, API_VERSION, __version__, NEWEST])


def _describe(reader: Reader, alias: str, view: View) -> None:
    name = _name(view.name)
    columns = ", ".join(_name(column) for column, _ in view.columns)
    reader.all(f"create view {alias}.api.{name} as select {columns} from base.{name}")
    reader.all(f"comment on view {alias}.api.{name} is {_text(view.comment)}")
    for column, comment in view.columns:
        reader.all(f"comment on column {alias}.api.{name}.{_name(column)} is {_text(comment)}")


def _name(name: str) -> str:
    return f'"{name}"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def pause(every: float, took: float, whole: float) -> float:
    """Seconds from the beginning of one copy to that of the next.

    A dear copy is made less often, since graders share the machine; but just before the next one is in place, this one is as
    old as the wait and the making of the next together, and the next one may have to be made from nothing (a policy changed).
    Where that takes too long for any pace, to make copies without a pause would not help, and graders would pay for it.

    Args:
        every: the shortest wait.
        took: seconds that the last copy took.
        whole: seconds that one took when it was last made from nothing.

    >>> pause(30, 1, 5), pause(30, 10, 20), pause(30, 10, 84)
    (30, 38.0, 40)
    """
    wait = min(max(every, 4 * took), OLDEST - 1.5 * took)
    return min(wait, OLDEST - whole) if OLDEST - whole >= 3 * took else wait


class Publisher:
    """Keeps the copy fresh from a thread of its own, as long as the product runs.

    A copy is made every `every` seconds. Where nothing was written since the last one and a copy is dear (more than a
    second), it is left out: the file is then still as good as new.
    """

    def __init__(self, store: Store, path: Path | None = None, every: float = EVERY) -> None:
        self.store, self.path, self.every = store, path or store.folder / FILE, every
        self.last: Published | None = None
        self.failure: str | None = None  # why the last try failed; None: it did not
        self._changes = -1
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="snapshot-publisher", daemon=True)

    def start(self) -> Publisher:
        """Begins; the first copy is made at once."""
        self._thread.start()
        return self

    def publish(self) -> Published:
        """Makes a copy now.

        Raises:
            OSError, duckdb.Error: the disk is full or can't be written.
        """
        changes = self.store.changes
        done = publish(self.store, self.path)
        self.last, self._changes, self.failure = done, changes, None
        return done

    def _due(self) -> bool:
        return (
            self.last is None or self.store.changes != self._changes or self.last.seconds < 1 or not self.path.exists()
        )

    def _run(self) -> None:
        step_back()
        while not self._stop.is_set():
            began = time.monotonic()
            if self._due():
                try:
                    self.publish()
                except Exception as error:
                    # A full disk must not end the thread: the next try may do, and the log says what was wrong.
                    if not self._stop.is_set():
                        self.failure = str(error)
                        _log.exception("The snapshot could not be published; it is tried again.")
            took, whole = (self.last.seconds, self.last.whole_seconds) if self.last else (0.0, 0.0)
            wait = pause(self.every, took, whole)
            self._stop.wait(max(1.0, wait - (time.monotonic() - began)))

    def stop(self) -> None:
        """Ends the thread; a copy in the making is finished first."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
