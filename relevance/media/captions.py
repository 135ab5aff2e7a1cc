"""Subtitles: beside the video (SRT, VTT) or in it, in any encoding, as clean WebVTT and as text to search.

Nothing of the original markup survives: a cue is its times and its plain text.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import ffmpeg as lines

from relevance.errors import BadInput
from relevance.exchange.encoding import detect
from relevance.media import ffmpeg
from relevance.media.bounds import Bounds
from relevance.media.probe import Text
from relevance.media.reasons import why
from relevance.media.verdict import Captions, Cut, Reason

ENDINGS = (".srt", ".vtt")
_CUES_MOST = 50_000
_TIME = re.compile(
    r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})\s*-->\s*(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>|<\d[\d:.]*>|\{\\[^{}]{0,200}\}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&nbsp;": " ", "&lrm;": "", "&rlm;": "", "&amp;": "&"}
# Graders read Chinese first, English too.
_FIRST = ("zh", "chi", "zho", "cmn", "chs", "cht", "cn", "sc", "tc", "en", "eng")


@dataclass(frozen=True, slots=True)
class Cue:
    """One subtitle: from and to in milliseconds, plain text."""

    start: int
    end: int
    text: str


def beside(video: Path) -> list[Path]:
    """The subtitle files of a video: same name, with or without a language (film.srt, film.zh.vtt), Chinese first."""
    found = []
    try:
        neighbours = list(video.parent.iterdir())
    except OSError:
        return []
    for path in neighbours:
        if (
            path.suffix.lower() in ENDINGS
            and belongs(path.name, video.name)
            and path.is_file()
            and not path.is_symlink()
        ):
            found.append(path)
    return sorted(found, key=lambda path: (_rank(language_of(path)), path.name))


def belongs(subtitles: str, video: str) -> bool:
    """Whether a subtitle file's name goes with a video's.

    >>> belongs("film.zh.srt", "film.mp4"), belongs("film.mp4.vtt", "film.mp4"), belongs("film2.srt", "film.mp4")
    (True, True, False)
    """
    name, stem = Path(subtitles).stem, Path(video).stem
    return name in (stem, video) or (name.startswith(f"{stem}.") and len(name) - len(stem) <= 11)


def language_of(path: Path) -> str | None:
    """The language that a subtitle file's name tells (film.zh-Hans.srt: zh-Hans)."""
    mark = Path(path.stem).suffix.lstrip(".")
    return mark if re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})?", mark) else None


def _rank(language: str | None) -> int:
    base = re.split("[-_]", language.lower())[0] if language else ""
    return _FIRST.index(base) if base in _FIRST else len(_FIRST) + (not base)


def read(path: Path, bounds: Bounds) -> list[Cue]:
    """The cues of an SRT or VTT file. Raises BadInput where it can't be read or holds none."""
    if path.stat().st_size > bounds.subtitle_bytes:
        raise BadInput("{file} is larger than {most} MB.", file=path.name, most=bounds.subtitle_bytes >> 20)
    cues = parse(path.read_bytes().decode(detect(path, ffmpeg.printable(path.name)), "replace"))
    if not cues:
        raise BadInput("{file} holds no subtitles.", file=ffmpeg.printable(path.name))
    return cues


def parse(text: str) -> list[Cue]:
    r"""The cues of SRT or VTT text, in order of time; what is no cue is passed over.

    >>> parse("1\n00:00:01,000 --> 00:00:02,500\n<i>你好</i> <script>\n")
    [Cue(start=1000, end=2500, text='你好')]
    """
    cues: list[Cue] = []
    rows = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    at = 0
    while at < len(rows) and len(cues) < _CUES_MOST:
        found = _TIME.search(rows[at])
        at += 1
        if not found:
            continue
        said: list[str] = []
        while at < len(rows) and rows[at].strip() and "-->" not in rows[at]:
            said.append(rows[at])
            at += 1
        if at < len(rows) and "-->" in rows[at] and said and said[-1].strip().isdigit():
            said.pop()  # the next cue's number: no blank line before it
        start, end = _ms(found.groups()[:4]), _ms(found.groups()[4:])
        words = plain("\n".join(said))
        if words and end > start:
            cues.append(Cue(start, end, words))
    return sorted(cues, key=lambda cue: (cue.start, cue.end))


def _ms(parts: Sequence[str | None]) -> int:
    hours, minutes, seconds, fraction = parts
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return whole * 1000 + int((fraction or "0").ljust(3, "0"))


def plain(text: str) -> str:
    """A cue's words without markup and control characters."""
    text = _TAG.sub("", text)
    for entity, character in _ENTITIES.items():
        text = text.replace(entity, character)
    text = _CONTROL.sub("", _TAG.sub("", text).replace("\\N", "\n"))
    return "\n".join(line.strip() for line in text.split("\n") if line.strip())[:2000]


def within(cues: Iterable[Cue], cut: Cut | None, duration_ms: int) -> list[Cue]:
    """The cues of the cut, their times counted from its start and kept within the clip."""
    start = cut.start_ms if cut else 0
    moved = (Cue(max(0, cue.start - start), min(cue.end - start, duration_ms), cue.text) for cue in cues)
    return [cue for cue in moved if cue.end > cue.start]


def as_vtt(cues: Iterable[Cue]) -> str:
    r"""Clean WebVTT.

    >>> as_vtt([Cue(1000, 2500, "a <b> --> c")])
    'WEBVTT\n\n00:00:01.000 --> 00:00:02.500\na &lt;b&gt; --&gt; c\n'
    """
    parts = ["WEBVTT\n"]
    for cue in cues:
        words = cue.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        parts.append(f"{_stamp(cue.start)} --> {_stamp(cue.end)}\n{words}\n")
    return "\n".join(parts)


def _stamp(ms: int) -> str:
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"


def collect(
    video: Path,
    tracks: Sequence[Text],
    *,
    tools: ffmpeg.Ffmpeg,
    bounds: Bounds,
    cwd: Path,
    cut: Cut | None,
    duration_ms: int,
    seconds: float,
    stop: threading.Event | None = None,
) -> tuple[Captions | None, list[Reason]]:
    """A clip's captions: the first subtitles that hold any, files before tracks; the text is that of all of them.

    What can't be used gives a reason, never an end.
    """
    reasons: list[Reason] = []
    all_of_them: list[tuple[str | None, list[Cue]]] = []
    for path in beside(video):
        try:
            all_of_them.append((language_of(path), within(read(path, bounds), cut, duration_ms)))
        except (BadInput, OSError) as error:
            reasons.append(why("captions", file=ffmpeg.printable(path.name), why=str(error)))
    for track in sorted(tracks, key=lambda track: (_rank(track.language), not track.default, track.index)):
        cues = _extract(video, track, tools=tools, bounds=bounds, cwd=cwd, seconds=seconds, stop=stop)
        all_of_them.append((track.language, within(cues, cut, duration_ms)))
    spoken = [(language, cues) for language, cues in all_of_them if cues]
    if not spoken:
        return None, reasons
    texts = dict.fromkeys("\n".join(cue.text for cue in cues) for _, cues in spoken)
    return Captions(as_vtt(spoken[0][1]), "\n\n".join(texts), spoken[0][0]), reasons


def _extract(
    video: Path,
    track: Text,
    *,
    tools: ffmpeg.Ffmpeg,
    bounds: Bounds,
    cwd: Path,
    seconds: float,
    stop: threading.Event | None,
) -> list[Cue]:
    target = cwd / f"track{track.index}.vtt"
    opened = lines.input(ffmpeg.SOURCE, **ffmpeg.INPUT)
    how = {"format": "webvtt", "c:s": "webvtt", "map_metadata": -1, "fs": bounds.subtitle_bytes}
    arguments = ffmpeg.of_source(lines.output(opened[str(track.index)], ffmpeg.url(target), **how).get_args(), video)
    for build in tools.for_codec(track.codec):
        limits = ffmpeg.Limits(bounds.time_for(seconds), bounds.memory_bytes, bounds.subtitle_bytes)
        run = ffmpeg.run([build.path, *ffmpeg.GLOBALS, *arguments], cwd=cwd, limits=limits, stop=stop)
        if run.end == "done" and target.exists():
            return parse(target.read_text("utf-8", "replace"))
    return []
