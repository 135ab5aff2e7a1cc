"""Copy or encode, and how: decided from facts, no I/O. What is already as a clip must be is copied."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from relevance.media.judge import Chosen
from relevance.media.packets import Packets
from relevance.media.probe import Audio, Video
from relevance.media.verdict import Cut

HDR = ("smpte2084", "arib-std-b67")
_INTERLACED_CODECS = ("mpeg2video", "mpeg1video", "dvvideo", "vc1", "ffv1", "huffyuv", "prores", "rawvideo", "v210")
_MOST_RATE = Fraction(30)
_EASE = 0.0022  # seconds: a container's rounding to milliseconds is no fault


@dataclass(frozen=True, slots=True)
class PrepareOptions:
    """What a project may ask for. `quality` is x264's CRF (lower is better), `preset` its pace."""

    long_side: int = 1280
    quality: int = 23
    preset: str = "veryfast"
    copy_bits_per_second: int = 8_000_000  # a copied clip may need no more: graders' lines are shared
    audio_bits_per_second: int = 128_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done. Sizes are pixels, the rate is frames a second."""

    copy_video: bool
    copy_audio: bool
    width: int
    height: int
    rate: Fraction
    deinterlace: bool = False
    hdr: bool = False
    rgb: bool = False
    alpha: bool = False
    seek: bool = True  # a cut is found by seeking; else by decoding from the source's start
    why: str = ""  # what forbade copying the picture

    @property
    def key_every(self) -> int:
        """Frames from one key frame to the next, so that they lie at most a second apart."""
        return max(1, int(self.rate))


def plan(chosen: Chosen, packets: Packets, formats: tuple[str, ...], options: PrepareOptions, cut: Cut | None) -> Plan:
    """How to make the clip."""
    video = chosen.video
    width, height = target_size(video, options.long_side)
    # A bare stream has no times; what its header says may differ from what FFmpeg assumes: the faster one loses nothing.
    assumed = max((rate for rate in (video.avg_rate, video.r_rate) if rate), default=Fraction(25))
    found = packets.rate(video.avg_rate, video.r_rate) or min(assumed, _MOST_RATE)
    obstacle = why_not_copy(chosen, packets, formats, options, cut, (width, height))
    return Plan(
        copy_video=obstacle is None,
        copy_audio=obstacle is None and chosen.audio is not None and audio_is_fine(chosen.audio, packets),
        width=width,
        height=height,
        rate=target_rate(found, packets.steps),
        deinterlace=video.field_order in ("tt", "bb", "tb", "bt")
        or (video.codec in _INTERLACED_CODECS)
        or (video.codec in ("h264", "hevc") and "mpegts" in formats),
        hdr=video.transfer in HDR,
        rgb=video.pix_fmt.startswith(("rgb", "bgr", "gbr", "argb", "abgr", "pal8", "0rgb", "0bgr")),
        alpha=video.alpha,
        # Others find their place by guessing at byte positions, and may land behind the cut's start.
        seek=bool({"mov", "matroska", "avi"} & set(formats)),
        why=obstacle or "",
    )


def target_size(video: Video, long_side: int) -> tuple[int, int]:
    """Width and height as shown: rotation and pixel shape applied, long side bounded, even.

    A 720 x 576 PAL picture with 16:15 pixels is 768 x 576.
    """
    width, height = Fraction(max(video.width, 2)), Fraction(max(video.height, 2))
    if Fraction(1, 4) <= video.sar <= 4:  # beyond, the header is nonsense
        if video.sar >= 1:
            width *= video.sar
        else:
            height /= video.sar
    if abs(video.rotation) % 180 == 90:
        width, height = height, width
    scale = min(Fraction(1), Fraction(long_side) / max(width, height))
    return _even(width * scale), _even(height * scale)


def _even(size: Fraction) -> int:
    return max(2, 2 * round(size / 2))


def target_rate(rate: Fraction, steps: list[float]) -> Fraction:
    """A constant rate, at most 30 and at least 1 frames a second: an even part of the source's where that stays smooth.

    >>> [str(target_rate(Fraction(rate), [])) for rate in (25, 60, 50, 40, 144)]
    ['25', '30', '25', '30', '144/5']
    """
    if rate > _MOST_RATE:
        part = rate / -(-rate // _MOST_RATE)
        return part if part >= 24 else _MOST_RATE
    # Frames more than a second apart are repeated, so that key frames are not.
    return max(rate, Fraction(1))


def why_not_copy(
    chosen: Chosen,
    packets: Packets,
    formats: tuple[str, ...],
    options: PrepareOptions,
    cut: Cut | None,
    size: tuple[int, int],
) -> str | None:
    """The first thing that keeps a picture from being copied as it is; None: nothing does."""
    video = chosen.video
    steps = packets.steps
    seconds = packets.span or 1.0
    checks = (
        (cut is not None, "cut"),
        (not {"mp4", "mov", "matroska"} & set(formats), "container"),
        (video.codec != "h264", f"codec {video.codec}"),
        (video.profile != "High", f"profile {video.profile}"),
        (video.level > 51, "level"),
        (video.pix_fmt != "yuv420p", f"pixels {video.pix_fmt}"),
        (video.range == "pc", "full range"),
        (video.transfer in HDR or video.primaries == "bt2020", "HDR"),
        (video.field_order not in ("progressive", "unknown"), "interlaced"),
        (video.rotation % 360 != 0, "rotated"),
        (video.sar != 1, "pixel shape"),
        (size != (video.width, video.height), "size"),
        (not packets.times or not packets.first_is_key or packets.discards, "does not begin with a key frame"),
        (bool(packets.times) and abs(packets.times[0]) > _EASE, "does not begin at 0"),
        (packets.key_gap > 1.0 + _EASE, "key frames too far apart"),
        (any(step < 1 / 30 - _EASE for step in steps), "more than 30 frames a second"),
        (len(steps) > 30 and len(packets.times) / seconds > 30.2, "more than 30 frames a second"),
        (any(step > 1.0 + _EASE for step in steps), "gaps"),
        ((video.bit_rate or 0) > options.copy_bits_per_second, "bit rate"),
    )
    return next((name for wrong, name in checks if wrong), None)


def audio_is_fine(audio: Audio, packets: Packets) -> bool:
    """Whether the sound can be copied: AAC-LC stereo that begins and ends with the picture (within a quarter second)."""
    return (
        audio.codec == "aac"
        and audio.profile == "LC"
        and audio.channels == 2
        and audio.sample_rate in (44_100, 48_000)
        and abs(audio.start or 0.0) <= 0.05
        and audio.duration is not None
        and abs(audio.duration - packets.span) <= 0.25
    )
