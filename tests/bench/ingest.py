"""How fast ingest is: copying against playing time, encoding against bare FFmpeg with the same settings.

Sources are made on the spot. `python -m tests.bench ingest` takes the median of three.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path

from relevance.media import ffmpeg
from relevance.media.ingest import ingest
from relevance.media.library import Library
from relevance.media.plan import PrepareOptions
from relevance.media.verdict import Known, Verdict
from tests.bench.common import Row

FILES = 4
SECONDS = 10  # of each source


class Forgetful:
    """A register that keeps nothing: only the media work is measured."""

    def __init__(self) -> None:
        self.count = 0

    def known(self, sha256: str) -> Known | None:
        return None

    def alias(self, sha256: str, name: str, path: str) -> None: ...

    def add(self, verdict: Verdict) -> int:
        assert verdict.clip is not None, verdict
        self.count += 1
        return self.count


def run() -> list[Row]:
    """Copying at two sizes, and encoding."""
    with tempfile.TemporaryDirectory(prefix="relevance-bench-") as folder:
        base = Path(folder)
        return [_copy(base, "640x360"), _copy(base, "1280x720"), _encode(base)]


def _sources(folder: Path, size: str, *, high: bool) -> list[Path]:
    """Sources with motion and a camera's noise, so that decoding and encoding are not too easy."""
    folder.mkdir()
    build = ffmpeg.find().builds[0]
    paths = []
    for number in range(FILES):
        path = folder / f"{number}.mp4"
        picture = f"testsrc2=s={size}:r=25:d={SECONDS},noise=alls=5:allf=t:all_seed={number}"
        codec = ["-profile:v", "high", "-g", "25"] if high else ["-profile:v", "main", "-g", "250"]
        subprocess.run(
            [
                build.path, "-nostdin", "-v", "error", "-f", "lavfi", "-i", picture,
                "-f", "lavfi", "-i", f"sine=f={300 + 50 * number}:d={SECONDS}:r=48000",
                "-c:v", "libx264", "-preset", "veryfast", "-crf", "24", "-maxrate", "3M", "-bufsize", "6M",
                "-pix_fmt", "yuv420p", *codec, "-c:a", "aac", "-ac", "2", "-movflags", "+faststart", str(path),
            ],
            check=True,
        )  # fmt: skip
        paths.append(path)
    return paths


def _ingest(paths: list[Path], base: Path) -> float:
    register = Forgetful()
    with tempfile.TemporaryDirectory(dir=base) as folder:
        began = time.perf_counter()
        summary = ingest(paths, register=register, library=Library(Path(folder)))
        took = time.perf_counter() - began
    assert summary.new == len(paths), summary
    return took


def _copy(base: Path, size: str) -> Row:
    paths = _sources(base / f"copy-{size}", size, high=True)
    return Row.at_least(f"ingest, copy {size}, against playing time", FILES * SECONDS / _ingest(paths, base), "x", 20)


def _encode(base: Path) -> Row:
    """Bare FFmpeg does one file after the other with all processors, as one would by hand, and checks nothing."""
    paths = _sources(base / "encode", "1280x720", high=False)
    began = time.perf_counter()
    for path in paths:
        subprocess.run(_bare(path, base / "bare.mp4"), check=True, stdin=subprocess.DEVNULL)
    bare = time.perf_counter() - began
    return Row.at_least("ingest, encode 1280x720, against bare ffmpeg", bare / _ingest(paths, base), "x", 0.9)


def _bare(source: Path, target: Path) -> list[str]:
    options = PrepareOptions()
    rate = str(options.copy_bits_per_second)
    return [
        ffmpeg.find().builds[0].path, "-nostdin", "-v", "error", "-y", "-i", str(source),
        "-vf", f"scale={options.long_side}:-2,format=yuv420p",
        "-c:v", "libx264", "-preset", options.preset, "-crf", str(options.quality), "-profile:v", "high", "-g", "25",
        "-maxrate", rate, "-bufsize", str(options.copy_bits_per_second * 2),
        "-c:a", "aac", "-aac_coder", "fast", "-ac", "2", "-b:a", str(options.audio_bits_per_second), "-movflags", "+faststart", str(target),
    ]  # fmt: skip


if __name__ == "__main__":
    for row in run():
        print(row)
