"""A file that is there whole or not at all: written beside its place, synced, then put into it in one step."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

_turn = itertools.count(1)


@contextlib.contextmanager
def replacing(path: Path, mode: int = 0o640) -> Iterator[Path]:
    """Gives the path of a part file; when the block ends well it takes the place of `path`, else it goes away.

    What processes that were killed left of earlier parts is removed first.
    """
    tidy(path)
    part = path.with_name(f".{path.name}.{os.getpid()}-{next(_turn)}.part")
    try:
        yield part
        part.chmod(mode)
        with part.open("rb") as stream:
            os.fsync(stream.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except BaseException:
        for left in (part, part.with_name(part.name + ".wal")):
            left.unlink(missing_ok=True)
        raise


def tidy(path: Path) -> None:
    """Removes parts of a file whose processes are gone."""
    for left in path.parent.glob(f".{glob_safe(path.name)}.*.part*"):
        pid = left.name.removeprefix(f".{path.name}.").split("-", 1)[0]
        if not _lives(pid):
            left.unlink(missing_ok=True)


def glob_safe(name: str) -> str:
    """A name as a glob pattern that means only itself."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def sync_folder(folder: Path) -> None:
    """Makes renames in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _lives(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True
