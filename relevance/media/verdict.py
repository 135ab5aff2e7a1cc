"""What ingest says about a file: its status, why, and, where there is one, the clip."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Status = Literal["ready", "warning", "duplicate", "rejected", "skipped"]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, as a short code and as a sentence that a lead understands; the sentence is a key of the catalogue.

    >>> Reason("lost-frames", "{got} of {all} frames could be decoded.", {"got": 84, "all": 234}).say()
    '84 of 234 frames could be decoded.'
    """

    code: str
    sentence: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def say(self, translate: Callable[[str], str] = lambda text: text) -> str:
        """The sentence in the reader's language, its places filled in."""
        return translate(self.sentence).format(**self.values)


class Refused(Exception):
    """This file becomes no clip. Caught once, where the verdict is made."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason.say())
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Cut:
    """The part of a source that becomes a clip, in seconds from the source's start; no end: to the source's end."""

    start_s: float
    end_s: float | None = None

    @property
    def start_ms(self) -> int:
        """The start in whole milliseconds."""
        return round(self.start_s * 1000)

    @property
    def end_ms(self) -> int | None:
        """The end in whole milliseconds."""
        return None if self.end_s is None else round(self.end_s * 1000)


@dataclass(frozen=True, slots=True)
class Description:
    """What came with the video, from a metadata table."""

    title: str | None = None
    description: str | None = None
    uploader: str | None = None


@dataclass(frozen=True, slots=True)
class Captions:
    """Subtitles as clean WebVTT and as plain text for searching (all languages, one line a cue)."""

    vtt: str
    text: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Strip:
    """The filmstrip: one JPEG, tiles side by side in one row, each showing the clip at its time."""

    tiles: int
    tile_width: int
    tile_height: int
    times_ms: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A clip as it lies in the library; `content_id` is the sha256 of its MP4 file."""

    content_id: str
    bytes: int
    width: int
    height: int
    duration_ms: int
    fps: float
    frames: int
    has_audio: bool
    start_ms: int | None  # the range cut from the source; None: whole
    end_ms: int | None
    fingerprint: str  # 16 hex digits for every half second (pictures.py)
    strip: Strip
    captions: Captions | None
    copied: bool  # the picture was copied, not encoded anew
    how: str  # what was done to it, for the curious


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one file, or of one cut of it."""

    status: Status
    name: str  # the file's own name, printable
    path: str  # the path as given, printable: what a path ending is matched with
    reasons: tuple[Reason, ...] = ()
    detail: str = ""  # technical, English, one line
    sha256: str = ""  # of the source; empty where the file was never read
    bytes: int = 0
    cut: Cut | None = None
    probe: Mapping[str, Any] | None = None  # facts of the source as FFmpeg sees them
    clip: Prepared | None = None
    described: Description | None = None
    clip_id: int = 0  # the register's number; 0: none
    seconds: float = 0.0  # the time it took

    @property
    def reason(self) -> Reason | None:
        """The main reason: what made the status what it is."""
        return self.reasons[0] if self.reasons else None

    def say(self, translate: Callable[[str], str] = lambda text: text) -> str:
        """All reasons in the reader's language."""
        return " ".join(reason.say(translate) for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class KnownClip:
    """A clip that an earlier run made from a source."""

    clip_id: int
    content_id: str
    start_ms: int | None
    end_ms: int | None


@dataclass(frozen=True, slots=True)
class Known:
    """A source whose content was judged before: under which names, how, and which clips it gave."""

    sha256: str
    names: tuple[str, ...]  # names and aliases, the first one first
    paths: tuple[str, ...]  # the paths of the same, in the same order
    status: Status
    reasons: tuple[Reason, ...] = ()
    clips: tuple[KnownClip, ...] = ()

    def clip_for(self, cut: Cut | None) -> KnownClip | None:
        """The clip of the same range, if there is one."""
        wanted = (None, None) if cut is None else (cut.start_ms, cut.end_ms)
        return next((clip for clip in self.clips if (clip.start_ms, clip.end_ms) == wanted), None)


class Register(Protocol):
    """Where verdicts are kept. Calls come one at a time, from any thread."""

    def known(self, sha256: str) -> Known | None:
        """The source of the same content that was judged before; None: new."""
        ...

    def alias(self, sha256: str, name: str, path: str) -> None:
        """Keeps another name of a known content."""
        ...

    def add(self, verdict: Verdict) -> int:
        """Keeps a source with its clip, or its rejection, in one transaction; the clip's id, 0 for none.

        A content that is known already gets a further clip (another cut), or its earlier rejection is replaced. What was
        never read (skipped, unreadable) has no sha256: its path tells whether it is there already.
        """
        ...
