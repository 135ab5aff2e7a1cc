"""Proof that a clip plays: every frame of it is decoded once, and the pictures are taken on the way."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

import ffmpeg as lines

from relevance.media import ffmpeg
from relevance.media.bounds import Bounds
from relevance.media.boxes import index_in_front
from relevance.media.packets import Packets, packets
from relevance.media.pictures import SAMPLES_PER_SECOND, STILL_SIDE, fit, tile_frames
from relevance.media.plan import PrepareOptions
from relevance.media.probe import Probe, probe
from relevance.media.reasons import why
from relevance.media.verdict import Refused


@dataclass(frozen=True, slots=True)
class Checked:
    """What a prepared clip is, by its own decoded frames. Stills are RGB, samples 9 x 8 grey, both raw and in order."""

    probe: Probe
    packets: Packets
    frames: int
    damaged: int
    duration_s: float
    width: int
    height: int
    has_audio: bool
    audio: ffmpeg.StreamCount | None
    still_size: tuple[int, int]
    still_frames: tuple[int, ...]
    stills: bytes
    samples: bytes
    faults: tuple[str, ...]  # promises of a prepared clip that it breaks

    @property
    def times_ms(self) -> tuple[int, ...]:
        """When each still shows, in milliseconds."""
        start = self.packets.times[0] if self.packets.times else 0.0
        last = len(self.packets.times) - 1
        return tuple(round(1000 * (self.packets.times[min(frame, last)] - start)) for frame in self.still_frames)


def check(
    clip: Path,
    *,
    tools: ffmpeg.Ffmpeg,
    bounds: Bounds,
    options: PrepareOptions,
    threads: int,
    seconds: float,
    stop: threading.Event | None = None,
) -> Checked:
    """Decodes all of a prepared clip. Raises Refused where not one frame of it decodes or FFmpeg fails on it."""
    work = clip.parent
    found = probe(clip, tools=tools, bounds=bounds, cwd=work, stop=stop)
    if not found.videos:
        raise Refused(why("no-frame"))
    video = found.videos[0]
    timing = packets(clip, video.index, tools=tools, bounds=bounds, cwd=work, stop=stop)
    chosen = tile_frames(max(len(timing.times), 1), timing.span)
    size = fit(video.width, video.height, STILL_SIDE)
    run = ffmpeg.run(
        _command(tools.builds[0], clip, chosen, size, threads, bool(found.audios)),
        cwd=work,
        limits=ffmpeg.Limits(bounds.time_for(seconds), bounds.memory_bytes, bounds.output_bytes),
        stop=stop,
    )
    if run.end == "stopped":
        raise Refused(why("stopped"))
    if run.end == "time":
        raise Refused(why("too-slow", most=round(bounds.time_for(seconds))))
    count = run.log.streams.get(video.index, ffmpeg.StreamCount())
    if run.end != "done" or count.frames == 0:
        raise Refused(why("no-frame" if count.frames == 0 else "unverified"), run.log.first)
    stills = (work / "stills.rgb").read_bytes()
    whole = len(stills) // (size[0] * size[1] * 3)
    return Checked(
        probe=found,
        packets=timing,
        frames=count.frames,
        damaged=run.log.corrupt.get(video.index, 0),
        duration_s=timing.span,
        width=video.width,
        height=video.height,
        has_audio=bool(found.audios),
        audio=run.log.streams.get(found.audios[0].index) if found.audios else None,
        still_size=size,
        still_frames=chosen[:whole],
        stills=stills,
        samples=(work / "samples.grey").read_bytes(),
        faults=faults(found, timing, clip, options),
    )


def faults(found: Probe, timing: Packets, clip: Path, options: PrepareOptions) -> tuple[str, ...]:
    """Which promises of a prepared clip the file breaks; none, if all is well."""
    video = found.videos[0]
    promises = (
        (video.codec == "h264" and video.profile == "High", f"{video.codec} {video.profile}"),
        (video.pix_fmt == "yuv420p", video.pix_fmt),
        (max(video.width, video.height) <= options.long_side, f"{video.width} x {video.height}"),
        (video.width % 2 == 0 and video.height % 2 == 0, "odd size"),
        (video.rotation == 0 and video.sar == 1, "rotation or pixel shape"),
        (timing.key_gap <= 1.003, f"key frames {timing.key_gap:.3f} s apart"),
        (bool(timing.times) and abs(timing.times[0]) <= 0.003, "does not begin at 0"),
        (all(audio.codec == "aac" and audio.channels == 2 for audio in found.audios), "sound"),
        (index_in_front(clip), "index at the end"),
    )
    return tuple(name for kept, name in promises if not kept)


def _command(
    build: ffmpeg.Build, clip: Path, chosen: tuple[int, ...], size: tuple[int, int], threads: int, sound: bool
) -> list[str]:
    # The loop filter only smooths: without it a third of the decoding time is saved, and small pictures look the same.
    opened = lines.input(ffmpeg.url(clip), protocol_whitelist="file", threads=threads, skip_loop_filter="all")
    split = opened["v:0"].filter_multi_output("split", 2)
    wanted = "+".join(f"eq(n,{frame})" for frame in chosen)
    raw: dict[str, object] = {"format": "rawvideo", "fps_mode": "passthrough"}
    stills = lines.output(
        split[0].filter("select", wanted).filter("scale", *size, flags="area"),
        ffmpeg.url(clip.parent / "stills.rgb"), pix_fmt="rgb24", **raw,
    )  # fmt: skip
    samples = lines.output(
        split[1].filter("fps", SAMPLES_PER_SECOND, round="up").filter("scale", 9, 8, flags="area"),
        ffmpeg.url(clip.parent / "samples.grey"), pix_fmt="gray", **raw,
    )  # fmt: skip
    outputs = [stills, samples]
    if sound:
        outputs.append(lines.output(opened["a:0"], "-", format="null"))
    arguments = lines.merge_outputs(*outputs).get_args()
    return [build.path, *ffmpeg.GLOBALS, "-max_error_rate", "1", "-filter_complex_threads", "1", *arguments]
