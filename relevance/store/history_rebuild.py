"""A store made from its second copy: `python -m relevance rebuild`.

All checksums are proved before anything is written; then rows are inserted in the order in which they were committed,
and counts and digests of every table are compared with what the copy's last round noted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from relevance.errors import BadInput
from relevance.store.atomic import sync_folder
from relevance.store.backup import _sync
from relevance.store.files import DATABASE, NEWEST, Lock, migrations
from relevance.store.history import Damaged, Frame, State, append_only, chain_of, chunk_of, frames, from_bytes, parts
from relevance.store.history_writer import _count, _tables
from relevance.store.store import Reader


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was made, or proved: rows in so many tables, as of a moment. cut: torn bytes at the end that don't count."""

    rows: int
    tables: int
    as_of: datetime
    cut: int


@dataclass(slots=True)
class _Copy:
    schema: int
    duckdb: str  # its digests are of this version's hash function
    files: list[tuple[Path, bytes]]  # with what each is chained to
    state: State
    end: tuple[Path, int]  # the last whole round
    cut: int
    newest: dict[str, dict[int, int]] = field(default_factory=dict)  # table -> chunk -> the round that wrote it last
    ends: dict[Path, list[int]] = field(default_factory=dict)  # file -> where its whole rounds end


def check(folder: Path) -> Rebuilt:
    """Proves that a copy is whole, and tells up to when.

    Raises:
        BadInput: there is none, or a file of it is missing or damaged.
    """
    copy = _read(folder)
    return _told(copy)


def _told(copy: _Copy) -> Rebuilt:
    counts = copy.state.counts()
    return Rebuilt(sum(counts.values()), len(counts), datetime.fromisoformat(copy.state.as_of), copy.cut)


def rebuild(folder: Path, data: Path, progress: Callable[[str], None] = lambda _: None) -> Rebuilt:
    """Makes the store of a data folder from a copy. The folder's clips stay; a database there is never overwritten.

    Raises:
        BadInput: there is no copy, it is damaged, or the data folder has a database.
        StoreInUse: a server runs on the data folder.
    """
    copy = _read(folder)
    data.mkdir(parents=True, exist_ok=True)
    there = [name for name in (DATABASE, DATABASE + ".wal") if (data / name).exists()]
    if there:
        raise BadInput(
            "{data} holds a database ({there}). Move it away first; nothing is overwritten.",
            data=str(data), there=", ".join(there),
        )  # fmt: skip
    with Lock(data):
        part = data / f"{DATABASE}.rebuilding"
        for left in data.glob(f"{part.name}*"):
            left.unlink()
        try:
            _build(copy, part, progress)
            _sync(part)
            part.rename(data / DATABASE)
            sync_folder(data)
        except BaseException:
            for left in data.glob(f"{part.name}*"):
                left.unlink()
            raise
    return _told(copy)


def _read(folder: Path) -> _Copy:
    found = parts(folder)
    for generation in sorted(found, reverse=True):
        copy = _whole(generation, found[generation])
        if copy is not None:
            if copy.schema > NEWEST:
                raise BadInput("{folder} was written by a newer release. Rebuild with that one.", folder=str(folder))
            return copy
    raise BadInput("{folder} holds no second copy of the history.", folder=str(folder))


def _whole(generation: int, files: list[Path]) -> _Copy | None:
    """A generation up to its last whole round; None where it has none."""
    copy: _Copy | None = None
    before = b""
    for number, path in enumerate(files, 1):
        last = number == len(files)
        start = chain_of(generation, number, before)
        if path.name != f"{generation:06}-{number:06}.history":
            raise BadInput("The second copy lacks a file before {file}.", file=str(path))
        try:
            for frame in frames(path, start):
                before = frame.sum
                head = frame.header
                if head["kind"] == "begin":
                    if copy is None:
                        copy = _Copy(head["schema"], head["duckdb"], [], State.unpacked(frame.payload), (path, 0), 0)
                    copy.files.append((path, start))
                elif head["kind"] == "round" and copy is not None:
                    copy.state.take(head)
                    copy.end = (path, frame.end)
                    copy.ends.setdefault(path, []).append(frame.end)
                    for table, changed in head["chunks"].items():
                        ended = copy.newest.setdefault(table, {})
                        for chunk, _, _ in changed:
                            ended[chunk] = _turn(path, frame.end)
        except Damaged:
            if not last:
                raise BadInput(
                    "{file} is damaged: a checksum does not agree, and more follows. Rebuild from a backup, or move the "
                    "files after it away to rebuild what was before.", file=str(path),
                ) from None  # fmt: skip
    if copy is None or not copy.state.as_of:
        return None
    copy.cut = sum(path.stat().st_size - (copy.end[1] if path == copy.end[0] else 0)
                   for path, _ in copy.files if path >= copy.end[0])  # fmt: skip
    return copy


def _turn(path: Path, end: int) -> int:
    """A round's place among all: the part's number, then the offset of its end."""
    return int(path.stem.split("-")[1]) << 40 | end


def _rounds(copy: _Copy) -> Iterator[tuple[Path, Frame, int]]:
    """All `rows` frames that belong to whole rounds, each with its round's place."""
    for path, start in copy.files:
        ends, at = copy.ends.get(path, []), 0
        if not ends:
            continue
        for frame in frames(path, start):
            if frame.header["kind"] == "rows":
                yield path, frame, _turn(path, ends[at])
            elif frame.header["kind"] == "round":
                at += 1
                if at == len(ends):  # what stands behind is torn
                    break


def _build(copy: _Copy, part: Path, progress: Callable[[str], None]) -> None:
    con = duckdb.connect(str(part))
    part.chmod(0o600)  # before the first password hash is in it
    try:
        con.execute("set TimeZone = 'UTC'")
        con.execute("set preserve_insertion_order = true")
        for number, migration in migrations():
            if number <= copy.schema:  # what came later is applied when the store is opened
                con.execute(migration.read_text("utf-8"))
        reader = Reader(con)
        guarded, keys = append_only(), dict(_tables(reader))
        told: set[str] = set()
        for _, frame, turn in _rounds(copy):
            table = frame.header["table"]
            if table not in told:
                told.add(table)
                progress(table)
            con.register("piece", from_bytes(frame.payload))
            where = ""
            if table not in guarded:
                newest = copy.newest[table]
                wanted = [chunk for chunk, last in newest.items() if last == turn]
                if not wanted:
                    con.unregister("piece")
                    continue
                where = f" where {chunk_of(table, keys[table])} in ({', '.join(map(str, wanted))})"
            con.execute(f'insert into "{table}" by name select * from piece{where}')
            con.unregister("piece")
        _prove(reader, copy.state, keys, copy.duckdb == duckdb.__version__)
        con.execute("checkpoint")
    finally:
        con.close()


def _prove(reader: Reader, state: State, keys: dict[str, str | None], same_hash: bool) -> None:
    noted: dict[str, Any] = state.counts()
    for table, key in keys.items():
        there = _count(reader, table)
        if there != noted.get(table, 0):
            raise BadInput(
                "Table {table} has {there} rows after the rebuild, the copy says {noted}.",
                table=table, there=there, noted=noted.get(table, 0),
            )  # fmt: skip
        if table in state.chunks and same_hash:
            made = {
                int(chunk): (format(int(digest), "x"), int(rows))
                for chunk, digest, rows in reader.all(
                    f'select {chunk_of(table, key)}, bit_xor(hash(t)), count(*) from "{table}" t group by 1'
                )
            }
            if made != state.chunks[table]:
                raise BadInput("Table {table} is not as the copy says.", table=table)
