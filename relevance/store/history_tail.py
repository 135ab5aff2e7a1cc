"""Where a second copy ends: found at start from its last file alone."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from relevance.store.atomic import sync_folder
from relevance.store.history import Damaged, State, chain_of, frames, parts


@dataclass(slots=True)
class Tail:
    """The end of a copy, whole up to here. size: of its last file; sum: what the next frame is chained to."""

    generation: int
    part: int
    store: str
    schema: int
    duckdb: str  # whose hash function made the digests
    state: State
    path: Path
    size: int
    sum: bytes
    cut: int  # torn bytes that stood behind


def find(folder: Path) -> Tail | None:
    """The end of the newest generation that has one whole round; None where there is none. Nothing is changed."""
    for _, files in sorted(parts(folder).items(), reverse=True):
        for path in reversed(files):
            tail = _read(path)
            if tail is not None and tail.state.as_of:
                return tail
    return None


def _read(path: Path) -> Tail | None:
    generation, part = (int(number) for number in path.stem.split("-"))
    found: Tail | None = None
    try:
        # Only the file itself says here what it is chained to; the whole chain is proved by a rebuild.
        for frame in frames(path, _before(path, generation, part)):
            head = frame.header
            if head["kind"] == "begin":
                state = State.unpacked(frame.payload)
                named = head["store"], head["schema"], head["duckdb"]
                found = Tail(generation, part, *named, state, path, frame.end, frame.sum, 0)
            elif found is not None and head["kind"] == "round":
                found.state.take(head)
                found.size, found.sum = frame.end, frame.sum
    except Damaged:
        pass  # the torn tail of a process that was killed, or of a disk that lost its power
    if found is not None:
        found.cut = path.stat().st_size - found.size
    return found


def _before(path: Path, generation: int, part: int) -> bytes:
    if part == 1:
        return chain_of(generation, part, b"")
    size = path.with_name(f"{generation:06}-{part - 1:06}.history").stat().st_size
    with path.with_name(f"{generation:06}-{part - 1:06}.history").open("rb") as stream:
        stream.seek(max(0, size - hashlib.sha256().digest_size))
        return chain_of(generation, part, stream.read())


def cut(tail: Tail) -> None:
    """Removes what stands behind the end: torn bytes, and parts that were begun after it."""
    with tail.path.open("r+b") as stream:
        stream.truncate(tail.size)
        os.fsync(stream.fileno())
    for generation, files in parts(tail.path.parent).items():
        for path in files:
            if (generation, path.name) > (tail.generation, tail.path.name):
                path.unlink()
    sync_folder(tail.path.parent)
