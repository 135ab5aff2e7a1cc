"""The command lines that make a clip, built with ffmpeg-python, and the run that follows them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg as lines  # ffmpeg-python: it builds command lines; relevance.media.ffmpeg runs them

from relevance.media import ffmpeg
from relevance.media.bounds import Bounds
from relevance.media.judge import Chosen
from relevance.media.plan import Plan, PrepareOptions
from relevance.media.reasons import why
from relevance.media.verdict import Cut, Refused


@dataclass(frozen=True, slots=True)
class Made:
    """What the run says that it did: counts of the source's streams, frames written, whether sound was given up."""

    video: ffmpeg.StreamCount
    audio: ffmpeg.StreamCount | None
    damaged: int
    frames: int
    silent: bool  # the source has sound, the clip none
    hdr_unmapped: bool
    detail: str


def prepare(
    source: Path,
    target: Path,
    chosen: Chosen,
    plan: Plan,
    options: PrepareOptions,
    *,
    tools: ffmpeg.Ffmpeg,
    bounds: Bounds,
    threads: int,
    seconds: float,
    length: float,
    cut: Cut | None = None,
    follow: Callable[[float], None] | None = None,
    stop: threading.Event | None = None,
) -> Made:
    """Makes `target` from `source`; `length` is the clip's in seconds, `seconds` that of what must be decoded for it; `follow`
    gets the seconds done.

    Tries the builds of FFmpeg that can, and once more without sound where sound is what fails. Raises Refused.
    """
    wanted = ("zscale", "tonemap") if plan.hdr else ()
    builds = tools.for_codec(chosen.video.codec, *wanted) if not plan.copy_video else tools.builds[:1]
    if not builds:
        raise Refused(why("no-decoder", codec=chosen.video.codec))
    last: Refused | None = None
    for build in builds:
        for sound in (True, False) if chosen.audio else (False,):
            if sound and chosen.audio and not plan.copy_audio and not build.decodes(chosen.audio.codec):
                continue
            command = _command(build, source, target, chosen, plan, options, bounds, threads, cut, sound, length)
            run = ffmpeg.run(
                command,
                cwd=target.parent,
                limits=ffmpeg.Limits(bounds.time_for(seconds), bounds.memory_bytes, bounds.output_bytes),
                follow=_follower(follow),
                stop=stop,
            )
            detail = run.log.first if run.log.complaints else ""
            if run.end == "done" and target.exists() and _frames(run, chosen, plan) > 0:
                audio = run.log.streams.get(chosen.audio.index) if chosen.audio and sound else None
                silent_track = audio is not None and not plan.copy_audio and audio.samples == 0
                if silent_track:
                    continue  # nothing but padding: give the clip no sound at all
                return Made(
                    video=run.log.streams.get(chosen.video.index, ffmpeg.StreamCount()),
                    audio=audio,
                    damaged=run.log.corrupt.get(chosen.video.index, 0),
                    frames=_frames(run, chosen, plan),
                    silent=chosen.audio is not None and not sound,
                    hdr_unmapped=plan.hdr and not _maps_hdr(build),
                    detail=detail,
                )
            last = Refused(_why(run, bounds, seconds), run.log.last or detail)
            if run.end in ("time", "memory", "output", "stopped"):
                raise last
    raise last or Refused(why("failed"))


def _frames(run: ffmpeg.Run, chosen: Chosen, plan: Plan) -> int:
    written = int(run.progress.get("frame", "0") or 0)
    if plan.copy_video:
        count = run.log.streams.get(chosen.video.index)
        return max(written, count.packets if count else 0)
    return written


def _why(run: ffmpeg.Run, bounds: Bounds, seconds: float) -> Any:
    if run.end == "time":
        return why("too-slow", most=round(bounds.time_for(seconds)))
    if run.end == "memory":
        return why("too-much-memory", most=bounds.memory_bytes >> 20)
    if run.end == "output":
        return why("too-much-output", most=bounds.output_bytes >> 20)
    if run.end == "stopped":
        return why("stopped")
    if run.code < 0:  # it crashed
        return why("failed")
    if any(count.frames for count in run.log.streams.values()) and int(run.progress.get("frame", "0") or 0):
        return why("failed")
    return why("no-frame")


def _follower(follow: Callable[[float], None] | None) -> Callable[[dict[str, str]], None] | None:
    if follow is None:
        return None

    def tell(progress: dict[str, str]) -> None:
        done = progress.get("out_time_us", "")
        if done.lstrip("-").isdigit():
            follow(max(0.0, int(done) / 1e6))

    return tell


def _command(
    build: ffmpeg.Build,
    source: Path,
    target: Path,
    chosen: Chosen,
    plan: Plan,
    options: PrepareOptions,
    bounds: Bounds,
    threads: int,
    cut: Cut | None,
    sound: bool,
    length: float,
) -> list[str]:
    into: dict[str, Any] = dict(ffmpeg.INPUT, threads=threads)
    most = bounds.duration_s + 1
    if cut is not None and cut.end_s is not None:
        most = min(most, cut.end_s - cut.start_s)
    if cut is not None and plan.seek:
        into["ss"] = f"{cut.start_s:.6f}"
    opened = lines.input(ffmpeg.SOURCE, **into)
    picture = opened[str(chosen.video.index)]
    how: dict[str, Any] = {
        "format": "mp4",
        "movflags": "+faststart",
        "map_metadata": -1,
        "map_chapters": -1,
        "fflags": "+bitexact",
        "fs": bounds.output_bytes,
        "t": f"{most:.6f}",
        "max_muxing_queue_size": 4096,
    }
    if plan.copy_video:
        how["c:v"] = "copy"
    else:
        if cut is not None and not plan.seek:
            picture = picture.filter("trim", start=cut.start_s).filter("setpts", f"PTS-{cut.start_s}/TB")
        picture = _filters(picture, build, plan)
        how |= {
            "c:v": "libx264",
            "preset": options.preset,
            "crf": options.quality,
            "profile:v": "high",
            "pix_fmt": "yuv420p",
            "g": plan.key_every,
            "maxrate": options.copy_bits_per_second,
            "bufsize": options.copy_bits_per_second * 2,
            "flags:v": "+bitexact",
            "threads:v": threads,
        }
    streams = [picture]
    if chosen.audio is not None and sound:
        heard = opened[str(chosen.audio.index)]
        if plan.copy_audio:
            how["c:a"] = "copy"
        else:
            # Silence where the source has none (a late start, a hole, an early end), so that sound and picture end
            # together. Bounded: where not one sample decodes, -shortest alone may never end.
            if cut is not None and not plan.seek:
                heard = heard.filter("atrim", start=cut.start_s).filter("asetpts", f"PTS-{cut.start_s}/TB")
            heard = heard.filter("aresample", **{"async": 1, "first_pts": 0}).filter(
                "apad", whole_dur=f"{length + 1:.3f}"
            )
            rate = chosen.audio.sample_rate if chosen.audio.sample_rate in (44_100, 48_000) else 48_000
            # FFmpeg's quick coder: at these rates it sounds as good, and takes a third of the time of the other.
            how |= {"c:a": "aac", "aac_coder": "fast", "ac": 2, "ar": rate, "b:a": options.audio_bits_per_second}
            how["flags:a"] = "+bitexact"
            how["shortest"] = None
        streams.append(heard)
    arguments = ffmpeg.of_source(lines.output(*streams, ffmpeg.url(target), **how).get_args(), source)
    extra = ["-progress", "pipe:1", "-stats_period", "0.5", "-max_error_rate", "1", "-filter_threads", str(threads)]
    return [build.path, *ffmpeg.GLOBALS, *extra, *arguments]


def _maps_hdr(build: ffmpeg.Build) -> bool:
    return {"zscale", "tonemap"} <= build.filters


def _filters(picture: Any, build: ffmpeg.Build, plan: Plan) -> Any:
    """The picture's way: fields to frames, a constant rate, the size as shown, eight bits of ordinary colour."""
    if plan.deinterlace:
        picture = picture.filter("bwdif", mode="send_frame", deint="interlaced")
    # start_time=0: a picture that begins after the sound shows its first frame until then.
    picture = picture.filter(
        "fps", fps=f"{plan.rate.numerator}/{plan.rate.denominator}", start_time=0, eof_action="pass"
    )
    if plan.alpha:
        picture = picture.filter("format", "gbrap").filter("premultiply", inplace=1)  # on black
    scale: dict[str, Any] = {"out_range": "tv"}
    if plan.hdr and not _maps_hdr(build):
        scale |= {
            "out_color_matrix": "bt709",
            "out_primaries": "bt709",
            "out_transfer": "bt709",
            "intent": "perceptual",
        }
    elif plan.rgb or plan.alpha:
        scale["out_color_matrix"] = "bt709"
    if not plan.hdr or not _maps_hdr(build):
        return picture.filter("scale", plan.width, plan.height, **scale).filter("format", "yuv420p").filter("setsar", 1)
    return (
        picture.filter("scale", plan.width, plan.height)
        .filter("zscale", transfer="linear", npl=203)
        .filter("format", "gbrpf32le")
        .filter("zscale", primaries="bt709")
        .filter("tonemap", tonemap="mobius", desat=0)
        .filter("zscale", transfer="bt709", matrix="bt709", range="tv")
        .filter("format", "yuv420p")
        .filter("setsar", 1)
    )
