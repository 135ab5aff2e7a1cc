"""Renders the catalogue to video files: frames drawn here, piped to FFmpeg, in as many processes as wanted."""

from __future__ import annotations

import multiprocessing
import random
import subprocess
import wave
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from relevance.demo.scenes.catalogue import CATALOGUE
from relevance.demo.scenes.paint import Paint
from relevance.demo.scenes.scene import Scene, Take, Truth
from relevance.demo.scenes.sounds import RATE
from relevance.errors import BadInput, Unavailable
from relevance.media import ffmpeg

VIDEO = {
    "h264": ("-c:v", "libx264", "-preset", "superfast", "-crf", "21", "-profile:v", "high"),
    "hevc": ("-c:v", "libx265", "-preset", "ultrafast", "-crf", "24", "-x265-params", "log-level=error:pools=1"),
    "vp9": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-crf", "30", "-b:v", "0"),
    "av1": ("-c:v", "libsvtav1", "-preset", "12", "-crf", "32", "-svtav1-params", "lp=1"),
    "mpeg4": ("-c:v", "mpeg4", "-q:v", "3"),
}
# At a rate that the ingest copies, and by the quick coder: the other takes three times as long.
_AAC = ("-c:a", "aac", "-b:a", "96k", "-ar", "44100", "-aac_coder", "fast")
AUDIO = {
    "mp4": _AAC,
    "mov": _AAC,
    "mkv": _AAC,
    "webm": ("-c:a", "libopus", "-b:a", "64k", "-ar", "48000", "-compression_level", "0"),
    "avi": ("-c:a", "libmp3lame", "-b:a", "96k", "-compression_level", "9"),
}
_PIPE = 1 << 20  # bytes: a frame or two, so that drawing and encoding wait less for each other


@dataclass(frozen=True, slots=True)
class DemoClip:
    """A clip that was made: its file, what came with it, and the truth for each keyword (by the keyword's key)."""

    path: Path
    scene: str
    take: int
    title_zh: str
    title_en: str
    description: str
    uploader: str
    truth: Mapping[str, Truth]

    @property
    def name(self) -> str:
        """The file's name, as an items list gives it."""
        return self.path.name


def _take(scene: Scene, number: int, seed: int) -> Take:
    rng = random.Random(f"{seed}/{scene.name}/{number}")
    if number == 0:
        return Take(0, rng)
    return Take(
        number,
        rng,
        speed=rng.uniform(1.25, 1.8),
        mirror=scene.mirrors and rng.random() < 0.5,
        zoom=rng.uniform(1.0, 1.22) if scene.zooms else 1.0,
    )


def _form(scene: Scene, take: Take) -> tuple[str, str]:
    # Later takes need no re-encoding at ingest, so that a demo of thousands of clips loads quickly.
    codec, container = (scene.form if take.number == 0 else "h264.mp4").split(".")
    return codec, container


def frames(scene: Scene, take: Take, size: tuple[int, int], fps: int) -> Iterator[Paint]:
    """The canvas, frame after frame; take what is on it before asking for the next."""
    paint = Paint(*scene.size, size, zoom=take.zoom, mirror=take.mirror)
    draw = scene.draw(paint, take)
    paint.keep()
    for i in range(round(scene.seconds / take.speed * fps)):
        paint.begin()
        draw(i / fps * take.speed)
        yield paint


def _write_sound(scene: Scene, take: Take, seconds: float, file: Path) -> None:
    assert scene.sound is not None  # the caller asked
    samples = scene.sound(seconds, take.rng.randrange(2**31))
    pcm = (np.clip(samples, -1, 1) * 32_000).astype("<i2")
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(pcm.tobytes())


def render(scene: Scene, number: int, folder: Path, seed: int = 0) -> Path:
    """Makes one clip's file and gives its path; the same scene, number and seed give the same file.

    Raises:
        Unavailable: FFmpeg could not encode it; its last words are in the sentence.
    """
    take = _take(scene, number, seed)
    codec, container = _form(scene, take)
    fps = scene.fps if number == 0 else 12
    size = scene.size if number == 0 else (scene.size[0] // 4 * 2, scene.size[1] // 4 * 2)
    stem = scene.name if number == 0 else f"{scene.name}-{number:04d}"
    target = folder / f"{stem}.{container}"
    seconds = round(scene.seconds / take.speed * fps) / fps
    with TemporaryDirectory(prefix=".making-", dir=folder) as work:
        made = Path(work) / target.name
        command = [
            ffmpeg.find().builds[0].path, "-nostdin", "-hide_banner", "-loglevel", "error", "-y",
            "-f", "rawvideo", "-pixel_format", "yuv420p", "-video_size", f"{size[0]}x{size[1]}", "-framerate", str(fps),
            "-i", "pipe:0",
        ]  # fmt: skip
        if scene.sound is not None:
            sound = Path(work) / "sound.wav"
            _write_sound(scene, take, seconds, sound)
            command += ["-i", ffmpeg.url(sound), "-ac", "2", *AUDIO[container]]
        command += [*VIDEO[codec], "-g", str(fps), "-threads", "1", "-fflags", "+bitexact", "-flags", "+bitexact"]
        command += ["-vf", "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"]
        if container in ("mp4", "mov"):
            command += ["-movflags", "+faststart", *(("-tag:v", "hvc1") if codec == "hevc" else ())]
        with subprocess.Popen(
            [*command, ffmpeg.url(made)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pipesize=_PIPE,
        ) as process:
            assert process.stdin is not None and process.stderr is not None  # both are pipes
            broken = False
            for paint in frames(scene, take, size, fps):
                try:
                    process.stdin.write(paint.pixels())
                except BrokenPipeError:
                    broken = True
                    break
            try:
                process.stdin.close()
            except BrokenPipeError:
                broken = True
            words = process.stderr.read().decode(errors="replace").strip()
        if broken or process.returncode != 0:
            raise Unavailable(
                "FFmpeg could not make the demo clip {name}: {words}", name=target.name, words=words[-400:]
            )
        made.replace(target)
    return target


def _clip(scene: Scene, number: int, path: Path) -> DemoClip:
    suffix = f" · {number + 1}" if number else ""
    return DemoClip(
        path, scene.name, number, scene.title_zh + suffix, scene.title_en + suffix, scene.description,
        scene.uploader, scene.truth,
    )  # fmt: skip


def make_clips(folder: Path, *, count: int | None = None, seed: int = 0, workers: int = 2) -> list[DemoClip]:
    """Makes the demo's clips in a folder, in the order of the catalogue.

    Args:
        folder: where the files go; it is made if need be.
        count: how many; None for each scene once. More than there are scenes makes further takes of them, which differ
            in placement, colours, numbers, speed, side and framing, at half the size so that thousands are quick.
        seed: another seed, other placements.
        workers: processes; 1 renders in this one.

    Raises:
        BadInput: the count is below 1.
        Unavailable: FFmpeg failed.
    """
    count = len(CATALOGUE) if count is None else count
    if count < 1:
        raise BadInput("A demo has at least one clip; {n} were asked for.", n=count)
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [(CATALOGUE[i % len(CATALOGUE)], i // len(CATALOGUE)) for i in range(count)]
    names = [scene.name for scene, _ in jobs]
    if workers <= 1 or count == 1:
        paths = [render(scene, number, folder, seed) for scene, number in jobs]
    else:
        # Spawned, not forked: the caller may hold a database and threads.
        with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
            paths = list(
                pool.map(_render_named, names, [n for _, n in jobs], [folder] * count, [seed] * count, chunksize=1)
            )
    return [_clip(scene, number, path) for (scene, number), path in zip(jobs, paths, strict=True)]


def _render_named(name: str, number: int, folder: Path, seed: int) -> Path:
    return render(next(scene for scene in CATALOGUE if scene.name == name), number, folder, seed)
