"""Whether a file can become a clip, and from which of its streams: rules on facts, no I/O."""

from __future__ import annotations

from dataclasses import dataclass

from relevance.media.bounds import Bounds
from relevance.media.probe import Audio, Probe, Text, Video
from relevance.media.reasons import clock_time, why
from relevance.media.sniff import Kind
from relevance.media.verdict import Cut, Reason, Refused

WRITTEN = ("subrip", "srt", "ass", "ssa", "mov_text", "webvtt", "text", "stl", "sami", "subviewer", "microdvd")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The streams that a clip is made of, and what is known to be lost before anything was decoded."""

    video: Video
    audio: Audio | None
    texts: tuple[Text, ...]
    claimed_s: float | None  # how long the file says that the picture is
    warnings: tuple[Reason, ...]


def judge(probe: Probe, bounds: Bounds, cut: Cut | None = None) -> Chosen:
    """Chooses the streams, or raises Refused with the bound or the lack that forbids a clip."""
    video = main_video(probe)
    if video.encrypted:
        raise Refused(why("encrypted"))
    if video.width and video.height:
        if video.width * video.height > bounds.pixels:
            most = bounds.pixels // 1_000_000
            raise Refused(why("too-many-pixels", width=video.width, height=video.height, most=most))
        if min(video.width, video.height) < bounds.side:
            raise Refused(why("too-small", width=video.width, height=video.height, least=bounds.side))
    claimed = video.duration or probe.duration
    longest = max(filter(None, (video.duration, probe.duration)), default=None)
    if longest is not None:
        check_length(longest, bounds, cut)
    audio, warnings = main_audio(probe)
    texts = tuple(text for text in probe.texts if text.codec in WRITTEN)
    return Chosen(video, audio, texts, claimed, warnings)


def main_video(probe: Probe) -> Video:
    """The stream to show: no cover; the default one, else the one with the most pixels, else the first."""
    shown = [video for video in probe.videos if not video.cover]
    if not shown:
        raise Refused(why("audio") if probe.audios else why("no-video"))
    return max(shown, key=lambda video: (video.default, video.width * video.height, -video.index))


def main_audio(probe: Probe) -> tuple[Audio | None, tuple[Reason, ...]]:
    """The stream to hear, if any can be; a warning where there is sound that can't."""
    if not probe.audios:
        return None, ()
    usable = [audio for audio in probe.audios if audio.channels and audio.sample_rate and not audio.encrypted]
    if not usable:
        return None, (why("no-sound"),)
    return max(usable, key=lambda audio: (audio.default, -audio.index)), ()


def check_length(length: float, bounds: Bounds, cut: Cut | None) -> None:
    """Refuses what is too long, by the header alone; a cut counts with its own length."""
    if length > bounds.source_duration_s:
        raise Refused(
            why("too-long", duration=clock_time(length), most=clock_time(bounds.source_duration_s))
            if cut is not None or bounds.source_duration_s <= bounds.duration_s
            else why("too-long", duration=clock_time(length), most=clock_time(bounds.duration_s))
        )
    wanted = length if cut is None else (length if cut.end_s is None else min(cut.end_s, length)) - cut.start_s
    if wanted > bounds.duration_s:
        raise Refused(why("too-long", duration=clock_time(wanted), most=clock_time(bounds.duration_s)))
    if cut is not None and cut.start_s >= length:
        raise Refused(why("cut-outside", start=clock_time(cut.start_s), end=clock_time(length)))


def by_kind(kind: Kind) -> Reason | None:
    """Why a file with such first bytes is no video, where the bytes tell more than FFmpeg does."""
    return {
        "empty": why("empty"),
        "image": why("image"),
        "audio": why("audio"),
        "text": why("text"),
        "playlist": why("playlist"),
        "document": why("document"),
        "side-file": why("side-file"),
    }.get(kind)
