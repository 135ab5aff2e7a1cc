"""The second copy's files: segments that only grow, every frame chained to the one before by its SHA-256.

A frame is MAGIC, two lengths, a JSON header, a payload, and the SHA-256 of all that with the sum of the frame before.
A file begins with a `begin` frame that holds the state so far; `rows` frames follow, and a `round` frame ends what is
of one moment. What stands behind the last whole round is a torn tail: it is cut off and written again.

The files hold password hashes, as the database does: folder 0700, files 0600 (docs/decisions/history.md).
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from relevance.store.atomic import sync_folder
from relevance.store.files import migrations

MAGIC = b"RLVH1\n"
_LENGTHS = struct.Struct("<IQ")
SUM = 32
LARGEST_HEADER = 64 << 20
NAME = re.compile(r"(\d{6})-(\d{6})\.history")
FOLDER = "history"
ASIDE = "aside"

# Sessions end with the store; `void` is the triggers' own; what is in `intake` comes with its tables; what the model says is
# made anew from the records.
LEFT_OUT = frozenset({"session", "void", "intake", "model_run", "model_label"})
LARGE = frozenset({"source", "source_alias", "clip", "keyword", "item"})


@dataclass(slots=True)
class State:
    """What a copy holds. marks: of append-only tables (next rowid, rows). chunks: of others, chunk -> (digest, rows)."""

    marks: dict[str, tuple[int, int]] = field(default_factory=dict)
    chunks: dict[str, dict[int, tuple[str, int]]] = field(default_factory=dict)
    last_act: str = ""  # digest of the last row of `act`: two stores of one origin differ in it
    as_of: str = ""

    def counts(self) -> dict[str, int]:
        """Rows by table."""
        counted = {name: rows for name, (_, rows) in self.marks.items()}
        return counted | {name: sum(rows for _, rows in parts.values()) for name, parts in self.chunks.items()}

    def packed(self) -> bytes:
        """As bytes."""
        chunks = {name: [[key, *value] for key, value in parts.items()] for name, parts in self.chunks.items()}
        data = {"marks": self.marks, "chunks": chunks, "last_act": self.last_act, "as_of": self.as_of}
        return zlib.compress(json.dumps(data).encode(), 1)

    @classmethod
    def unpacked(cls, data: bytes) -> State:
        """From `packed`."""
        read = json.loads(zlib.decompress(data))
        chunks = {name: {key: (digest, n) for key, digest, n in parts} for name, parts in read["chunks"].items()}
        marks = {name: (mark, rows) for name, (mark, rows) in read["marks"].items()}
        return cls(marks, chunks, read["last_act"], read["as_of"])

    def take(self, header: dict[str, Any]) -> None:
        """Goes on by a `round` frame."""
        for name, (mark, rows) in header["marks"].items():
            self.marks[name] = (mark, rows)
        for name, parts in header["chunks"].items():
            mine = self.chunks.setdefault(name, {})
            for key, digest, rows in parts:
                if rows:
                    mine[key] = (digest, rows)
                else:
                    mine.pop(key, None)
        self.last_act, self.as_of = header["last_act"], header["as_of"]


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame that was read. end: the offset behind it; sum: what the next one is chained to."""

    header: dict[str, Any]
    payload: bytes
    end: int
    sum: bytes


class Damaged(Exception):
    """A frame is torn or its checksum does not agree."""


def encoded(header: dict[str, Any], payload: bytes, before: bytes) -> tuple[bytes, bytes]:
    """A frame's bytes and its sum."""
    head = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    data = MAGIC + _LENGTHS.pack(len(head), len(payload)) + head + payload
    total = hashlib.sha256(before + data).digest()
    return data + total, total


def frames(path: Path, before: bytes) -> Iterator[Frame]:
    """The whole frames of a file, in order.

    Raises:
        Damaged: something stands where the next frame should that is none; all before it were given.
    """
    with path.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        while stream.tell() < size:
            head = stream.read(len(MAGIC) + _LENGTHS.size)
            if len(head) < len(MAGIC) + _LENGTHS.size or not head.startswith(MAGIC):
                raise Damaged(path.name)
            header_length, length = _LENGTHS.unpack(head[len(MAGIC) :])
            if header_length > LARGEST_HEADER or stream.tell() + header_length + length + SUM > size:
                raise Damaged(path.name)
            header, payload, noted = stream.read(header_length), stream.read(length), stream.read(SUM)
            if hashlib.sha256(before + head + header + payload).digest() != noted:
                raise Damaged(path.name)
            before = noted
            yield Frame(json.loads(header), payload, stream.tell(), noted)


def chain_of(generation: int, part: int, before: bytes) -> bytes:
    """What a part's first frame is chained to: the end of the part before."""
    return hashlib.sha256(f"{generation}-{part}".encode() + before).digest()


def parts(folder: Path) -> dict[int, list[Path]]:
    """Generation -> its files in order."""
    found: dict[int, list[Path]] = {}
    for path in sorted(folder.glob("*.history")):
        named = NAME.fullmatch(path.name)
        if named:
            found.setdefault(int(named.group(1)), []).append(path)
    return found


def path_of(folder: Path, generation: int, part: int) -> Path:
    """A part's path."""
    return folder / f"{generation:06}-{part:06}.history"


def to_bytes(batches: list[pa.RecordBatch], schema: pa.Schema) -> bytes:
    """Rows as an Arrow stream (zstd)."""
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return sink.getvalue()


def from_bytes(data: bytes) -> pa.Table:
    """Rows of `to_bytes`."""
    return pa.ipc.open_stream(data).read_all()


def append_only() -> frozenset[str]:
    """The tables whose rows never change: those that triggers guard."""
    text = "\n".join(path.read_text("utf-8") for _, path in migrations())
    return frozenset(re.findall(r"create trigger (\w+)_no_update ", text)) & frozenset(
        re.findall(r"create trigger (\w+)_no_delete ", text)
    )


def chunk_of(table: str, key: str | None) -> str:
    """SQL for the chunk that a row belongs to. key: the one whole-number primary key, where there is one."""
    return "0::bigint" if key is None else f'"{key}" // {256 if table in LARGE else 16}'


def set_aside(folder: Path, generations: list[int]) -> Path:
    """Moves generations of another store out of the way; nothing is thrown away. Returns where to."""
    number = 1
    while (to := folder / f"{ASIDE}-{number:03}").exists():
        number += 1
    to.mkdir(mode=0o700)
    for generation in generations:
        for path in parts(folder).get(generation, []):
            path.rename(to / path.name)
    sync_folder(to)
    sync_folder(folder)
    return to
