"""What a file says of itself, through ffprobe: facts only, no judgement. Nothing here proves that a picture decodes."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from relevance.media import ffmpeg
from relevance.media.bounds import Bounds
from relevance.media.reasons import why
from relevance.media.verdict import Refused

_ENTRIES = (
    "format=format_name,duration,start_time,size,bit_rate:"
    "stream=index,codec_type,codec_name,codec_tag_string,profile,level,pix_fmt,width,height,sample_aspect_ratio,"
    "avg_frame_rate,r_frame_rate,nb_frames,duration,start_time,bit_rate,field_order,color_range,color_space,"
    "color_transfer,color_primaries,channels,sample_rate:"
    "stream_disposition=default,attached_pic,still_image,timed_thumbnails:stream_tags=language,alpha_mode:"
    "stream_side_data=side_data_type,rotation,dv_profile"
)


@dataclass(frozen=True, slots=True)
class Video:
    """A picture stream. Rates are frames a second, durations seconds; None: the file doesn't say."""

    index: int
    codec: str
    profile: str
    level: int
    pix_fmt: str
    width: int
    height: int
    sar: Fraction
    rotation: int  # degrees, as the display matrix says
    avg_rate: Fraction | None
    r_rate: Fraction | None
    frames: int | None
    duration: float | None
    start: float | None
    bit_rate: int | None
    field_order: str
    range: str
    matrix: str
    transfer: str
    primaries: str
    dovi_profile: int | None
    default: bool
    cover: bool  # an attached picture: a cover, not a video
    alpha: bool
    encrypted: bool


@dataclass(frozen=True, slots=True)
class Audio:
    """A sound stream."""

    index: int
    codec: str
    profile: str
    channels: int
    sample_rate: int
    duration: float | None
    start: float | None
    default: bool
    encrypted: bool


@dataclass(frozen=True, slots=True)
class Text:
    """A subtitle stream."""

    index: int
    codec: str
    language: str | None
    default: bool


@dataclass(frozen=True, slots=True)
class Probe:
    """All of a file's facts."""

    formats: tuple[str, ...]
    duration: float | None
    start: float | None
    bit_rate: int | None
    videos: tuple[Video, ...]
    audios: tuple[Audio, ...]
    texts: tuple[Text, ...]

    def as_facts(self) -> dict[str, Any]:
        """As plain values that JSON can hold."""
        return json.loads(json.dumps(asdict(self), default=str))  # type: ignore[no-any-return]


def probe(path: Path, *, tools: ffmpeg.Ffmpeg, bounds: Bounds, cwd: Path, stop: threading.Event | None = None) -> Probe:
    """Reads a file's facts.

    Raises Refused where FFmpeg can't open it, takes too long or too much memory.
    """
    command = [
        tools.ffprobe, "-hide_banner", "-v", "repeat+level+error", *whitelists(), "-show_entries", _ENTRIES, "-of", "json",
        "-i", ffmpeg.url(path),
    ]  # fmt: skip
    run = ffmpeg.run(command, cwd=cwd, limits=_limits(bounds), keep_out=True, stop=stop)
    if run.end != "done":
        raise Refused(_refusal(run, bounds), run.log.last or run.log.first)
    try:
        # ffprobe can print broken JSON (raw bytes and control characters out of tags).
        found = json.loads(run.out.decode("utf-8", "replace"), strict=False)
    except json.JSONDecodeError as error:
        raise Refused(why("broken"), f"ffprobe's answer can't be read: {error}") from error
    return read(found)


def read(found: Mapping[str, Any]) -> Probe:
    """ffprobe's JSON as facts."""
    form = found.get("format", {})
    streams = found.get("streams", [])

    def of(kind: str) -> list[Mapping[str, Any]]:
        return [stream for stream in streams if stream.get("codec_type") == kind]

    return Probe(
        formats=tuple(str(form.get("format_name", "")).split(",")),
        duration=_number(form.get("duration")),
        start=_number(form.get("start_time")),
        bit_rate=_whole(form.get("bit_rate")),
        videos=tuple(_video(stream) for stream in of("video")),
        audios=tuple(_audio(stream) for stream in of("audio")),
        texts=tuple(
            Text(int(stream["index"]), str(stream.get("codec_name", "")), _language(stream), _is(stream, "default"))
            for stream in of("subtitle")
        ),
    )


def whitelists() -> list[str]:
    """The input options that keep FFmpeg to this one file, as arguments."""
    return [part for name, value in ffmpeg.INPUT.items() for part in (f"-{name}", value)]


def _limits(bounds: Bounds, size: int = 0, out_bytes: int = 8 << 20) -> ffmpeg.Limits:
    seconds = bounds.probe_s + size / 20_000_000  # a slow disk's pace
    return ffmpeg.Limits(seconds, bounds.probe_memory_bytes, out_bytes=out_bytes)


_IMAGES = ("_pipe", "image2", "apng", "ico", "webp", "jpegxl_anim", "mjpeg", "tiff", "svg")
_PLAYLISTS = ("hls", "concat", "sdp", "dash", "webm_dash_manifest", "rtsp", "rtp", "imf", "vobsub", "lavfi", "sap")
_SOUNDS = (
    "mp3", "wav", "flac", "aac", "aiff", "ac3", "eac3", "dts", "amr", "ape", "au", "caf", "w64", "wv", "tta", "mpc", "oma",
    "truehd", "opus", "loas", "spdif", "amrnb", "amrwb", "voc", "aax", "tak", "dsf", "s16le",
)  # fmt: skip
_TEXTS = (
    "tty",
    "ass",
    "srt",
    "webvtt",
    "sami",
    "ffmetadata",
    "microdvd",
    "subviewer",
    "txt",
    "stl",
    "scc",
    "bin",
    "xbin",
)


def _refusal(run: ffmpeg.Run, bounds: Bounds) -> Any:
    if run.end == "time":
        return why("too-slow", most=round(bounds.probe_s))
    if run.end == "memory":
        return why("too-much-memory", most=bounds.probe_memory_bytes >> 20)
    if run.end == "stopped":
        return why("stopped")
    complaint = next((line for line in (run.log.first, *run.log.complaints) if "Format not on whitelist" in line), "")
    if complaint:
        name = complaint.removeprefix("[").split(" @")[0].split("]")[0]
        if any(part in name for part in _IMAGES):
            return why("image")
        if name.split(",")[0] in _PLAYLISTS:
            return why("playlist")
        if name.split(",")[0] in _SOUNDS:
            return why("audio")
        if name.split(",")[0] in _TEXTS:
            return why("text")
        return why("format", format=name)
    if run.log.says("moov atom not found"):
        return why("unfinished")
    return why("broken")


def _video(stream: Mapping[str, Any]) -> Video:
    side = stream.get("side_data_list", [])
    kinds = " ".join(str(data.get("side_data_type", "")) for data in side).lower()
    rotation = next((data["rotation"] for data in side if "rotation" in data), 0)
    dovi = next((data["dv_profile"] for data in side if "dv_profile" in data), None)
    pix_fmt = str(stream.get("pix_fmt", ""))
    return Video(
        index=int(stream["index"]),
        codec=str(stream.get("codec_name", "unknown")),
        profile=str(stream.get("profile", "")),
        level=_whole(stream.get("level")) or 0,
        pix_fmt=pix_fmt,
        width=_whole(stream.get("width")) or 0,
        height=_whole(stream.get("height")) or 0,
        sar=_fraction(stream.get("sample_aspect_ratio"), ":") or Fraction(1),
        rotation=round(_number(rotation) or 0),
        avg_rate=_fraction(stream.get("avg_frame_rate"), "/"),
        r_rate=_fraction(stream.get("r_frame_rate"), "/"),
        frames=_whole(stream.get("nb_frames")),
        duration=_number(stream.get("duration")),
        start=_number(stream.get("start_time")),
        bit_rate=_whole(stream.get("bit_rate")),
        field_order=str(stream.get("field_order", "unknown")),
        range=str(stream.get("color_range", "")),
        matrix=str(stream.get("color_space", "")),
        transfer=str(stream.get("color_transfer", "")),
        primaries=str(stream.get("color_primaries", "")),
        dovi_profile=_whole(dovi),
        default=_is(stream, "default"),
        cover=any(_is(stream, flag) for flag in ("attached_pic", "still_image", "timed_thumbnails")),
        alpha=pix_fmt.startswith(("yuva", "rgba", "bgra", "argb", "abgr", "gbrap", "ya8", "ya16", "pal8")),
        encrypted=_encrypted(stream, kinds),
    )


def _audio(stream: Mapping[str, Any]) -> Audio:
    kinds = " ".join(str(data.get("side_data_type", "")) for data in stream.get("side_data_list", [])).lower()
    return Audio(
        index=int(stream["index"]),
        codec=str(stream.get("codec_name", "unknown")),
        profile=str(stream.get("profile", "")),
        channels=_whole(stream.get("channels")) or 0,
        sample_rate=_whole(stream.get("sample_rate")) or 0,
        duration=_number(stream.get("duration")),
        start=_number(stream.get("start_time")),
        default=_is(stream, "default"),
        encrypted=_encrypted(stream, kinds),
    )


def _encrypted(stream: Mapping[str, Any], side_data: str) -> bool:
    return "encryption" in side_data or stream.get("codec_tag_string") in ("encv", "enca", "drmi", "drms")


def _language(stream: Mapping[str, Any]) -> str | None:
    language = stream.get("tags", {}).get("language")
    return str(language) if language and language != "und" else None


def _is(stream: Mapping[str, Any], flag: str) -> bool:
    return bool(stream.get("disposition", {}).get(flag))


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if abs(number) < 1e12 else None


def _whole(value: Any) -> int | None:
    number = _number(value)
    return None if number is None else int(number)


def _fraction(value: Any, mark: str) -> Fraction | None:
    try:
        above, below = (int(part) for part in str(value).split(mark))
    except ValueError:
        return None
    return Fraction(above, below) if above > 0 and below > 0 else None
