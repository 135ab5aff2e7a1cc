"""Which files are tried: those given by name, those with a video's ending, and those whose first bytes look like media.

Nothing but a regular file is ever opened, and a link is not followed out of the folder that was given.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from relevance.errors import BadInput, Place
from relevance.media.captions import ENDINGS, belongs
from relevance.media.ffmpeg import printable
from relevance.media.reasons import why
from relevance.media.sniff import HEAD, VIDEO_ENDINGS, Kind, sniff
from relevance.media.verdict import Reason


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file and whether it is tried: `passed_over` says why not, `unreadable` why it can't be."""

    path: Path
    name: str
    shown: str  # the path as given and walked, printable
    bytes: int
    expected: bool = True  # given by name or with a video's ending: it must become a clip or be rejected
    passed_over: Reason | None = None
    unreadable: Reason | None = None


def walk(paths: Sequence[Path], tables: Iterable[Path] = ()) -> list[Candidate]:
    """Every file of the given files and folders, once each, sorted within a folder.

    Raises BadInput with a place for every given path that doesn't exist.
    """
    missing = [path for path in paths if not os.path.lexists(path)]
    if missing:
        places = [
            Place("there is no such file or folder.", file=printable(str(path)), value=printable(str(path)))
            for path in missing
        ]
        raise BadInput(
            "{count} of the paths given do not exist; nothing was ingested.", count=len(places), places=places
        )
    seen: set[tuple[int, int, str]] = set()
    own = {_identity(table) for table in tables}
    found: list[Candidate] = []
    for path in paths:
        for candidate in _folder(path) if path.is_dir() else [_named(path)]:
            key = (*_identity(candidate.path), os.fspath(candidate.path.absolute()))
            if key in seen:
                continue
            seen.add(key)
            if key[:2] in own and key[0]:
                candidate = _skip(candidate, why("table"))
            found.append(candidate)
    return found


def _identity(path: Path) -> tuple[int, int]:
    try:
        about = path.stat()
    except OSError:
        return (0, 0)
    return (about.st_dev, about.st_ino)


def _named(path: Path) -> Candidate:
    """A file given by name: tried, if it is a regular file (through links: the name was given on purpose)."""
    try:
        about = path.stat()
    except OSError as error:
        return Candidate(path, _name(path), _name(path, whole=True), 0, unreadable=_cannot(error))
    candidate = Candidate(path, _name(path), _name(path, whole=True), about.st_size)
    return candidate if stat.S_ISREG(about.st_mode) else _skip(candidate, why("special"))


def _folder(root: Path) -> Iterator[Candidate]:
    real_root = root.resolve()
    broken: list[OSError] = []
    for folder, folders, files in os.walk(root, onerror=broken.append, followlinks=False):
        folders.sort()
        here = Path(folder)
        for name in list(folders):
            if (here / name).is_symlink():
                folders.remove(name)
                link = here / name
                yield Candidate(link, _name(link), _name(link, whole=True), 0, passed_over=why("link"))
        videos = [name for name in files if Path(name).suffix.lower() in VIDEO_ENDINGS]
        for name in sorted(files):
            yield _walked(here / name, real_root, videos)
        while broken:
            yield _closed(broken.pop())
    while broken:
        yield _closed(broken.pop())


def _closed(error: OSError) -> Candidate:
    path = Path(error.filename or "")
    return Candidate(path, _name(path), _name(path, whole=True), 0, unreadable=_cannot(error))


def _walked(path: Path, root: Path, videos: Sequence[str]) -> Candidate:
    shown = _name(path, whole=True)
    expected = path.suffix.lower() in VIDEO_ENDINGS
    bare = Candidate(path, _name(path), shown, 0, expected=expected)
    try:
        if path.is_symlink() and not path.resolve().is_relative_to(root):
            return _skip(bare, why("link"))
        about = path.stat()
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
        if path.is_symlink():
            return _skip(bare, why("link"))
        return Candidate(path, bare.name, shown, 0, expected, unreadable=_cannot(error))
    if not stat.S_ISREG(about.st_mode):
        return _skip(bare, why("special"))
    candidate = Candidate(path, bare.name, shown, about.st_size, expected)
    try:
        kind = look(path)
    except OSError as error:
        return (
            candidate if expected else Candidate(path, bare.name, shown, about.st_size, expected, None, _cannot(error))
        )
    if kind == "side-file":
        return _skip(candidate, why("side-file"))
    if expected:
        return candidate
    if path.suffix.lower() in ENDINGS and any(belongs(path.name, video) for video in videos):
        return _skip(candidate, why("subtitles"))
    return candidate if kind in ("video", "audio", "animation") else _skip(candidate, why("not-media"))


def look(path: Path) -> Kind:
    """What a regular file's first bytes are. Never blocks: a pipe that took the file's place is not read."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return sniff(os.read(handle, HEAD) if stat.S_ISREG(os.fstat(handle).st_mode) else b"\0")
    finally:
        os.close(handle)


def _skip(candidate: Candidate, reason: Reason) -> Candidate:
    return Candidate(
        candidate.path, candidate.name, candidate.shown, candidate.bytes, candidate.expected, passed_over=reason
    )


def _cannot(error: Exception) -> Reason:
    return why("unreadable", why=getattr(error, "strerror", None) or str(error))


def _name(path: Path, *, whole: bool = False) -> str:
    return printable(path.as_posix() if whole else path.name)
