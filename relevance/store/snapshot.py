"""The analysts' copy: a new file, built view by view from the allow-list, put in the old one's place in one step.

A second process can't open the store while the product holds it, so analysts read this file; who has it open keeps the
old one. All views are of one moment, since one transaction reads them. The writer goes on meanwhile.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from relevance import __version__
from relevance.store.api_schema import API_VERSION, VIEWS, View
from relevance.store.atomic import replacing
from relevance.store.files import NEWEST
from relevance.store.priority import step_back
from relevance.store.store import Reader, Store

FILE = "analytics.duckdb"
STORAGE = "v1.5.0"  # what the DuckDB shells of today can read
EVERY = 30.0  # seconds from the beginning of one copy to that of the next
OLDEST = 58.0  # no copy is older than this when the next takes its place

_log = logging.getLogger(__name__)
_turn = itertools.count(1)
_one = threading.Lock()  # a process makes one copy at a time


@dataclass(frozen=True, slots=True)
class Published:
    """A copy that was made. as_of: the moment that it is of. seconds: how long it took."""

    path: Path
    made_at: datetime
    as_of: datetime
    seconds: float
    bytes: int
    rows: int


def publish(store: Store, path: Path | None = None) -> Published:
    """Makes a new copy and puts it in the place of the old one; who reads that one is not disturbed.

    path: where to; by default `analytics.duckdb` in the data folder.
    """
    path = path or store.folder / FILE
    with _one:
        return _publish(store, path)


def _publish(store: Store, path: Path) -> Published:
    began = time.perf_counter()
    alias = f"snapshot_{next(_turn)}"
    with replacing(path) as part:
        with store.reader() as reader:
            quoted = str(part).replace("'", "''")
            reader.all(f"attach '{quoted}' as {alias} (storage_version '{STORAGE}')")
            try:
                as_of, rows = _build(reader, alias, store)
            finally:
                reader.all(f"detach {alias}")
        size = part.stat().st_size
    return Published(path, store.clock.now(), as_of, time.perf_counter() - began, size, rows)


def _build(reader: Reader, alias: str, store: Store) -> tuple[datetime, int]:
    con = reader.con
    con.begin()
    try:
        # The transaction sees what was committed when it first reads; a moment taken before that claims nothing more.
        as_of = store.clock.now()
        reader.all("select count(*) from meta")
        reader.all(f"create schema {alias}.base")
        reader.all(f"create schema {alias}.api")
        rows = 0
        for view in VIEWS:
            if view.name == "snapshot":
                _state(reader, alias, as_of, store.clock.now())
            else:
                rows += _copy(reader, alias, view)
            _describe(reader, alias, view)
        con.commit()
    except BaseException:
        with contextlib.suppress(duckdb.Error):
            con.rollback()
        raise
    return as_of, rows


def _copy(reader: Reader, alias: str, view: View) -> int:
    ((rows,),) = reader.all(f"create table {alias}.base.{_name(view.name)} as {view.query}")
    return int(rows)


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
            # A dear copy is made less often, since graders share the machine; but just before the next one is in place,
            # this one is as old as the wait and the making of the next together.
            took = self.last.seconds if self.last else 0.0
            wait = min(max(self.every, 4 * took), OLDEST - 1.5 * took)
            self._stop.wait(max(1.0, wait - (time.monotonic() - began)))

    def stop(self) -> None:
        """Ends the thread; a copy in the making is finished first."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
