"""Keeps the second copy: a thread that reads behind the writer and appends what is new, synced, every few seconds.

A round reads one moment of the database (one transaction): of append-only tables the rows behind the last row number,
of the others the chunks whose digest changed. Row counts prove that nothing was left out; where they do not agree, the
copy begins anew. The writer knows nothing of it, so no answer waits for it (docs/decisions/history.md).
"""

from __future__ import annotations

import logging
import os
import threading
import time
import uuid
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from relevance import __version__
from relevance.errors import Unavailable
from relevance.store.atomic import sync_folder
from relevance.store.files import NEWEST
from relevance.store.history import (
    LEFT_OUT,
    State,
    append_only,
    chain_of,
    chunk_of,
    encoded,
    parts,
    path_of,
    set_aside,
    to_bytes,
)
from relevance.store.history_tail import Tail, cut, find
from relevance.store.recent import KEPT
from relevance.store.store import Reader, Store, Tx

EVERY = 20.0  # seconds from round to round
PROMISED = 60.0  # seconds that the copy may be behind
PART = 64 << 20  # bytes after which a new file is begun
BATCH = 100_000  # rows of a frame at most
THOROUGH = 15  # every so many rounds all is looked at, whatever the store says of its changes

_log = logging.getLogger(__name__)


class Broken(Exception):
    """The copy and the database do not fit: the copy must begin anew."""


def identity(store: Store) -> str:
    """The store's own name, by which a copy knows whose it is; given at the first call."""

    def name(tx: Tx) -> str:
        known = tx.value("select value from meta where key = 'store'")
        if known is None:
            known = uuid.uuid4().hex
            tx.execute("insert into meta values ('store', ?)", [known])
        return str(known)

    return store.act(name)


def refuse_lost(store: Store, folder: Path) -> None:
    """Proves that a store has all rows that its copy has, before a command gives the numbers of lost ones to others.

    DuckDB takes some damaged logs for torn ones, cuts them there, and opens the rest without a word.

    Raises:
        Unavailable: it lacks some.
    """
    try:
        tail = find(folder)
    except OSError as fault:
        _log.error("The second copy of the history could not be read (%s: %s).", folder, fault)
        return
    with store.reader(snapshot=True) as reader:
        if tail is not None and tail.store == reader.value("select value from meta where key = 'store'"):
            _prove_whole(reader, tail, folder)


def _prove_whole(reader: Reader, tail: Tail, folder: Path) -> None:
    for table, (_, rows) in tail.state.marks.items():
        there = _count(reader, table)
        if there < rows:
            raise Unavailable(
                "The store lacks {n} rows of table {table} that its second copy in {folder} has: the database "
                "file was damaged or is an older one. Move it away and run `python -m relevance rebuild`; or "
                "move the folder away, to go on without those rows.",
                n=rows - there, table=table, folder=str(folder),
            )  # fmt: skip


class History:
    """The second copy of a running store."""

    promised = PROMISED

    def __init__(self, store: Store, folder: Path, every: float = EVERY) -> None:
        """Finds where the copy ends and cuts a torn tail.

        Raises:
            Unavailable: the copy holds rows of this very store that the database has lost.
        """
        self.store, self.folder, self.every = store, folder, every
        self.failure: str | None = None  # why the last round failed; None: it did not
        self.rounds = 0
        self._name = identity(store)
        self._guarded = append_only()
        self._state = State()
        self._generation, self._part, self._size, self._sum = 0, 0, 0, b""
        self._stream: Any = None
        self._seen = (-1, -1)
        self._had_all = time.monotonic()
        self._stop = threading.Event()
        self._one = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="history", daemon=True)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._take_up(find(folder))
        except OSError as fault:
            self._failed(fault)

    @property
    def as_of(self) -> str:
        """The moment that the copy is of; empty where there is none yet."""
        return self._state.as_of

    def behind(self) -> float:
        """For how many seconds there may have been rows that the copy lacks; 0: it has all that is confirmed."""
        if self._stream is not None and self._seen == (self.store.changes, self.store.cold):
            return 0.0
        return time.monotonic() - self._had_all

    def start(self) -> History:
        """Begins; the first round is made at once."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Ends the thread after a last round."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self.attempt()
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _run(self) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            self.attempt()
            self._stop.wait(max(1.0, self.every - (time.monotonic() - began)))

    def attempt(self) -> None:
        """One round; what goes wrong is noted and said in the log, and tried again the next time."""
        try:
            self.round()
            if self.failure is not None:
                _log.warning("The second copy of the history is written again.")
            self.failure = None
        except Exception as fault:  # a full or broken disk must not stop grading, nor end this thread
            self._failed(fault)

    def _failed(self, fault: Exception) -> None:
        self.failure = f"{self.folder}: {fault}"
        _log.error("The second copy of the history could not be written (%s); it is tried again.", self.failure)

    # Where the copy ends ------------------------------------------------------------------------------------------

    def _take_up(self, tail: Tail | None) -> None:
        if tail is None:
            return
        if tail.store != self._name:
            to = set_aside(self.folder, list(parts(self.folder)))
            _log.warning("%s held the copy of another store; it was moved to %s.", self.folder, to)
            return
        with self.store.reader(snapshot=True) as reader:
            _prove_whole(reader, tail, self.folder)
            same = _last_act(reader, tail.state.marks.get("act", (0, 0))[0]) == tail.state.last_act
        if tail.schema != NEWEST or tail.duckdb != duckdb.__version__:
            self._generation = tail.generation  # the old one stays until the new one is whole
            return
        if not same:
            to = set_aside(self.folder, list(parts(self.folder)))
            _log.warning("%s had gone another way than this store; it was moved to %s.", self.folder, to)
            return
        if tail.cut:
            _log.warning("The second copy's torn tail (%d bytes) is cut off and written again.", tail.cut)
        cut(tail)
        self._state, self._generation, self._part = tail.state, tail.generation, tail.part
        self._size, self._sum = tail.size, tail.sum
        self._stream = _opened(tail.path)
        self._stream.seek(tail.size)

    # One round ----------------------------------------------------------------------------------------------------

    def round(self) -> int:
        """Appends what is new since the last round and syncs it. Returns how many rows.

        Raises:
            OSError: the disk is full or can't be written; nothing of the round is kept.
        """
        with self._one:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.rounds += 1
            thorough = self.rounds % THOROUGH == 1
            # Read before the snapshot: a commit that is seen but not counted yet is looked at once more, never missed.
            began = time.monotonic()
            seen = (self.store.changes, self.store.cold)
            if seen == self._seen and not thorough and self._stream is not None:
                self._had_all = began
                return 0
            if self._stream is None or self._size > PART:
                self._open()
            try:
                rows = self._append(thorough or seen[1] != self._seen[1])
            except Broken as why:
                _log.warning("The second copy begins anew: %s.", why)
                self._state = State()
                self._open(anew=True)
                rows = self._append(True)
            self._seen, self._had_all = seen, began
            self._drop_older()
            return rows

    def _open(self, anew: bool = False) -> None:
        """Begins the next part, or a new generation."""
        old = self._stream
        if old is not None:
            old.truncate(self._size)  # a sealed part ends with its last round, whatever a failed one left
        fresh = anew or self._part == 0
        generation = max([self._generation, *parts(self.folder)]) + 1 if fresh else self._generation
        part = 1 if fresh else self._part + 1
        before = chain_of(generation, part, b"" if fresh else self._sum)
        header = {
            "kind": "begin", "generation": generation, "part": part, "store": self._name, "schema": NEWEST,
            "product": __version__, "duckdb": duckdb.__version__,
        }  # fmt: skip
        data, total = encoded(header, self._state.packed(), before)
        path = path_of(self.folder, generation, part)
        stream = _opened(path, os.O_CREAT | os.O_TRUNC)
        try:
            _put(stream, data)
            os.fsync(stream.fileno())
            sync_folder(self.folder)
        except BaseException:
            stream.close()
            path.unlink(missing_ok=True)
            raise
        self._generation, self._part, self._size, self._sum, self._stream = generation, part, len(data), total, stream
        if old is not None:
            old.close()

    def _append(self, large: bool) -> int:
        size, total = self._size, self._sum
        try:
            with self.store.reader(snapshot=True) as reader:
                as_of = self.store.clock.now().isoformat()
                header = self._changes(reader, large)
            written = header.pop("written")
            header |= {"kind": "round", "as_of": as_of}
            self._frame(header, b"")
            os.fsync(self._stream.fileno())
        except BaseException:
            # Nothing of a round that was not synced counts; after an fsync that failed the file is not trusted either.
            self._size, self._sum = size, total
            try:
                self._stream.truncate(size)
                self._stream.seek(size)
            except OSError as fault:
                _log.error("A torn tail stays in the second copy (%s); its checksum tells.", fault)
                self._stream.seek(size)
            raise
        self._state.take(header)
        return int(written)

    def _changes(self, reader: Reader, large: bool) -> dict[str, Any]:
        marks: dict[str, tuple[int, int]] = {}
        chunks: dict[str, list[tuple[int, str, int]]] = {}
        written = 0
        for table, key in _tables(reader):
            if table in self._guarded:
                mark, rows = self._state.marks.get(table, (0, 0))
                there = _count(reader, table)
                if there != rows or table not in self._state.marks:
                    last, got = self._new_rows(reader, table, mark)
                    if rows + got != there:
                        raise Broken(f"{table} has {there} rows where {rows} and {got} new ones were expected")
                    marks[table] = (max(mark, last + 1), there)
                    written += got
            elif large or table not in KEPT:
                changed = self._changed_chunks(reader, table, key)
                if changed:
                    chunks[table] = changed
                    written += self._rows(
                        reader, table,
                        f'select * from "{table}" where {chunk_of(table, key)} in '
                        f"({', '.join(str(chunk) for chunk, _, _ in changed)})",
                    )[1]  # fmt: skip
        mark = marks.get("act", self._state.marks.get("act", (0, 0)))[0]
        return {"marks": marks, "chunks": chunks, "last_act": _last_act(reader, mark), "written": written}

    def _new_rows(self, reader: Reader, table: str, mark: int) -> tuple[int, int]:
        return self._rows(reader, table, f'select *, rowid as "#" from "{table}" where rowid >= {mark}')

    def _changed_chunks(self, reader: Reader, table: str, key: str | None) -> list[tuple[int, str, int]]:
        known = self._state.chunks.get(table, {})
        now = {
            int(chunk): (format(int(digest), "x"), int(rows))
            for chunk, digest, rows in reader.all(
                f'select {chunk_of(table, key)}, bit_xor(hash(t)), count(*) from "{table}" t group by 1'
            )
        }
        changed = [(chunk, *value) for chunk, value in now.items() if known.get(chunk) != value]
        return changed + [(chunk, "", 0) for chunk in known if chunk not in now]

    def _rows(self, reader: Reader, table: str, query: str) -> tuple[int, int]:
        """Writes a query's rows as frames. Returns the last row number (where asked for) and how many rows."""
        last, n = -1, 0
        for batch in reader.con.sql(query).to_arrow_reader(BATCH):
            if not batch.num_rows:
                continue
            if "#" in batch.schema.names:
                last = max(last, batch.column("#")[-1].as_py())
                batch = batch.drop_columns(["#"])
            self._frame(
                {"kind": "rows", "table": table, "rows": batch.num_rows, "round": self.rounds},
                to_bytes([batch], pa.schema(batch.schema)),
            )
            n += batch.num_rows
        return last, n

    def _frame(self, header: dict[str, Any], payload: bytes) -> None:
        data, self._sum = encoded(header, payload, self._sum)
        _put(self._stream, data)
        self._size += len(data)

    def _drop_older(self) -> None:
        """Generations of this store whose rows are all in the newest, which is whole and synced by now."""
        older = [
            path for generation, files in parts(self.folder).items() if generation < self._generation for path in files
        ]
        for path in older:
            path.unlink()
        if older:
            sync_folder(self.folder)


def _opened(path: Path, flags: int = 0) -> Any:
    """Unbuffered: what Python kept for later would be neither written nor synced when a round says that it is."""
    return os.fdopen(os.open(path, os.O_RDWR | flags, 0o600), "r+b", buffering=0)


def _put(stream: Any, data: bytes) -> None:
    """Writes all of it: an unbuffered write may take only a part where the disk gets full."""
    view = memoryview(data)
    while view:
        view = view[stream.write(view) :]


def _tables(reader: Reader) -> list[tuple[str, str | None]]:
    """All tables that are copied, each with its one whole-number key (None: another kind of key)."""
    keys = dict(
        reader.all(
            """select c.table_name, c.constraint_column_names[1] from duckdb_constraints() c
               join duckdb_columns() d on d.table_oid = c.table_oid and d.column_name = c.constraint_column_names[1]
               where c.database_name = current_database() and c.schema_name = 'main' and constraint_type = 'PRIMARY KEY'
                 and len(c.constraint_column_names) = 1 and d.data_type = 'BIGINT'"""
        )
    )
    names = reader.all(
        "select table_name from duckdb_tables() where database_name = current_database() and schema_name = 'main'"
        " and not temporary order by table_name"
    )
    return [(name, keys.get(name)) for (name,) in names if name not in LEFT_OUT]


def _last_act(reader: Reader, mark: int) -> str:
    found = reader.all(f"select hash(t) from act t where rowid = {mark - 1}") if mark else []
    return format(int(found[0][0]), "x") if found else ""


def _count(reader: Reader, table: str) -> int:
    ((rows,),) = reader.all(f'select count(*) from "{table}"')  # all of it: an unfinished result blocks the cursor
    return int(rows)
