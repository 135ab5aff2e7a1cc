"""Where clips lie: RELEVANCE_DATA/clips/ab/abcdef….mp4 with poster, filmstrip and captions beside it.

A clip's name is the sha256 of its bytes, so a path never comes from what somebody typed. Files are made in a work folder
on the same file system, synced, and renamed into place, the MP4 last: what can be found is whole.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from relevance.errors import NotFound

Part = Literal["clip", "poster", "strip", "captions"]

_ENDINGS: dict[Part, str] = {"clip": ".mp4", "poster": ".poster.jpg", "strip": ".strip.jpg", "captions": ".vtt"}
_ID = re.compile(r"[0-9a-f]{64}")
_WORK = ".work"


@dataclass(frozen=True, slots=True)
class Library:
    """The clips below a folder (made when the first clip is)."""

    root: Path

    @classmethod
    def of(cls, data: Path) -> Library:
        """The library of a data folder (RELEVANCE_DATA)."""
        return cls(data / "clips")

    def path(self, content_id: str, part: Part = "clip") -> Path:
        """Where a part of a clip lies or would lie. Raises NotFound for what is no content id."""
        if not _ID.fullmatch(content_id):
            raise NotFound("There is no such clip.")
        return self.root / content_id[:2] / f"{content_id}{_ENDINGS[part]}"

    def has(self, content_id: str) -> bool:
        """Whether the clip is here, whole."""
        return bool(_ID.fullmatch(content_id)) and self.path(content_id).is_file()

    def find(self, content_id: str, part: Part = "clip") -> Path:
        """The file of a part. Raises NotFound where it isn't here."""
        path = self.path(content_id, part)
        if not path.is_file():
            raise NotFound("There is no such clip.")
        return path

    @contextlib.contextmanager
    def work(self) -> Iterator[Path]:
        """A work folder of one's own, on the library's file system, gone afterwards.

        It is locked while in use, so that `clean` can tell it from what a killed run left.
        """
        folder = self.root / _WORK / f"{os.getpid()}-{secrets.token_hex(6)}"
        folder.mkdir(parents=True, mode=0o700)
        with (folder / "lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def keep(self, work: Path, files: dict[Part, Path]) -> str:
        """Moves a clip's files from a work folder into the library; its content id. The MP4 is named last."""
        clip = files["clip"]
        with clip.open("rb") as stream:
            content_id = hashlib.file_digest(stream, "sha256").hexdigest()
        folder = self.path(content_id).parent
        folder.mkdir(parents=True, exist_ok=True)
        for part in ("poster", "strip", "captions", "clip"):
            source = files.get(part)
            if source is None:
                continue
            with source.open("rb+") as stream:
                os.fsync(stream.fileno())
            if part == "clip":
                source.chmod(0o440)
                _sync_folder(folder)
            source.replace(self.path(content_id, part))
        _sync_folder(folder)
        _sync_folder(self.root)
        return content_id

    def clean(self) -> int:
        """Removes the work folders that killed runs left; how many. Those in use stay."""
        removed = 0
        for folder in (self.root / _WORK).glob("*"):
            try:
                with (folder / "lock").open("rb+") as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(folder, ignore_errors=True)
                    removed += 1
            except BlockingIOError:
                continue
            except FileNotFoundError:  # made, but killed before its lock: nothing is in it
                with contextlib.suppress(OSError):
                    folder.rmdir()
                    removed += 1
        return removed

    def ids(self) -> Iterator[str]:
        """The content id of every clip that is here."""
        for path in self.root.glob("[0-9a-f][0-9a-f]/*.mp4"):
            if _ID.fullmatch(path.stem):
                yield path.stem

    def remove(self, content_id: str) -> None:
        """Deletes a clip's bytes, the MP4 first."""
        for part in ("clip", "poster", "strip", "captions"):
            self.path(content_id, part).unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
