"""The outermost boxes of an MP4 or QuickTime file (ISO/IEC 14496-12): their names in order, nothing of what is in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

MOST = 100_000  # a recording of a day in fragments has fewer; a hostile file can have one every eight bytes


def outermost(file: Path) -> Iterator[bytes]:
    """The names, up to the first place that holds no box.

    Raises:
        OSError: the file can't be read.
    """
    with file.open("rb") as stream:
        at = 0
        for _ in range(MOST):
            stream.seek(at)
            head = stream.read(16)
            if len(head) < 8:
                return
            size, name = int.from_bytes(head[:4], "big"), head[4:8]
            if size == 1:
                size = int.from_bytes(head[8:16], "big")
            yield name
            if size < 8:  # 0: up to the file's end
                return
            at += size


def index_in_front(file: Path) -> bool:
    """Whether the index (moov) comes before the data (mdat), so that it plays while it loads."""
    return next((name == b"moov" for name in outermost(file) if name in (b"moov", b"mdat")), False)


def films(file: Path) -> int:
    """How many films there are one behind the other, as where files were joined byte by byte: players show the first."""
    return sum(name == b"moov" for name in outermost(file))
