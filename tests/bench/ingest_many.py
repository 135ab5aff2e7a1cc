"""Ingest of 2,000 files of mixed kinds through the real command, killed twice in the middle.

What is to be copied, what is to be encoded and what is no video lie mixed in one folder, no two with the same bytes. The
command is killed (kill -9) at a third and at two thirds and started again. Then the store is asked what came of each file.
"""

from __future__ import annotations

import hashlib
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from relevance.media import ffmpeg
from relevance.roles import SYSTEM
from relevance.services import projects
from relevance.store.store import Store
from tests.bench.common import ROOT, Row, percentile, size

RUNS = 1  # of many minutes
FILES = size("FILES", 2_000, 60)
CORES = len(os.sched_getaffinity(0))
LINE = re.compile(r"(\d+) of (\d+) files, (\d+) %(?:, (\d+):(\d\d):(\d\d) left)?")
SEEN_S = 0.1  # of a run's time, before what it says of its end is taken

X264 = ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-g", "25"]
# Ending, picture size, seconds, how it is encoded, how many of twenty files.
KINDS: tuple[tuple[str, str, int, list[str], int], ...] = (
    ("mp4", "640x360", 5, [*X264, "-c:a", "aac"], 4),
    ("mp4", "1280x720", 3, [*X264, "-c:a", "aac"], 2),
    ("mov", "640x360", 4, [*X264, "-c:a", "aac"], 2),
    ("mkv", "640x360", 4, [*X264, "-c:a", "aac"], 2),
    ("webm", "320x240", 3, ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"], 2),
    ("avi", "320x240", 3, ["-c:v", "mpeg4", "-q:v", "5", "-c:a", "mp2"], 2),
    ("ts", "640x360", 3, [*X264, "-c:a", "aac"], 2),
)
BAD = ("empty", "text", "cut", "picture")  # one of each of twenty files


def run() -> list[Row]:
    """One measurement."""
    with tempfile.TemporaryDirectory(prefix="relevance-bench-") as folder:
        base = Path(folder)
        good = _files(base / "files")
        data = base / "data"
        data.mkdir()
        store = Store.open(data)
        projects.add(store, SYSTEM, "bench")
        store.close()
        first = _command(base, data, kill_at=FILES // 3)
        second = _command(base, data, kill_at=2 * FILES // 3)
        last = _command(base, data)
        for name, one in (("killed first", first), ("killed again", second), ("to its end", last)):
            print(f"{name}: {one.seconds:.0f} s, {one.cpu:.0f} s of processor", file=sys.stderr, flush=True)
        return [*_accounts(data, base / "files", good), *_speed([first, second, last])]


@dataclass
class Told:
    """A run of the command: what it said of its progress (seconds, done, seconds left), how long it took, its end."""

    said: list[tuple[float, int, float | None]] = field(default_factory=list)
    seconds: float = 0.0
    cpu: float = 0.0
    status: int = 0


def _command(base: Path, data: Path, kill_at: int | None = None) -> Told:
    told, began = Told(), time.monotonic()
    child = subprocess.Popen(
        [sys.executable, "-m", "relevance", "--lang", "en", "ingest", str(base / "files"), "--project", "bench",
         "--report", str(base / "report.csv")],
        cwd=ROOT, env={**os.environ, "RELEVANCE_DATA": str(data)}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stderr is not None
    for line in child.stderr:
        found = LINE.search(line)
        if found is None:
            continue
        left = None if found[4] is None else int(found[4]) * 3600 + int(found[5]) * 60 + float(found[6])
        told.said.append((time.monotonic() - began, int(found[1]), left))
        if kill_at is not None and int(found[1]) >= kill_at:
            child.send_signal(signal.SIGKILL)
            break
    _, status, usage = os.wait4(child.pid, 0)
    told.seconds, told.cpu = time.monotonic() - began, usage.ru_utime + usage.ru_stime
    told.status = os.waitstatus_to_exitcode(status)
    return told


def _accounts(data: Path, files: Path, good: int) -> list[Row]:
    """What the store says of each file, by its contents."""
    sums = {hashlib.sha256(path.read_bytes()).hexdigest() for path in files.iterdir()}
    store = Store.open(data)
    with store.reader() as reader:
        judged = reader.all("select sha256, count(*), any_value(status) from source group by sha256")
        clips = reader.all("select source, count(*), any_value(content_id) from clip group by source")
    store.close()
    library = {path.stem for path in (data / "clips").rglob("*.mp4")}
    return [
        Row("files", FILES, ""),
        Row.exactly("contents without a verdict", len(sums - {content for content, _, _ in judged}), "", 0),
        Row.exactly("contents with more than one", sum(n > 1 for _, n, _ in judged), "", 0),
        Row.exactly("good files without a clip", good - len(clips), "", 0),
        Row.exactly("with more than one", sum(n > 1 for _, n, _ in clips), "", 0),
        Row.exactly("clips whose bytes are not there", sum(content not in library for _, _, content in clips), "", 0),
        Row.exactly("bytes that no clip has", len(library - {content for _, _, content in clips}), "", 0),
    ]


def _speed(runs: list[Told]) -> list[Row]:
    last = runs[-1]
    took = sum(one.seconds for one in runs)
    wrong = [
        100 * abs(at + left - last.seconds) / last.seconds
        for at, _, left in last.said
        if left is not None and at > SEEN_S * last.seconds
    ]
    return [
        Row("all three runs", took, "s"),
        Row("files a second", FILES / took, "1/s"),
        Row.at_least(f"processors busy in the last run, of {CORES}", last.cpu / last.seconds, "", 0.85 * CORES),
        Row("times that it said when it will be ready", len(wrong), ""),
        Row("off from when it was ready, of the run's time, median", percentile(wrong, 0.5), "%"),
        Row.at_most("off, at most", max(wrong, default=100.0), "%", 20),
        Row.exactly("exit code of the last run (files were rejected)", last.status, "", 1),
    ]


def _files(folder: Path) -> int:
    """Makes the files; returns how many of them are videos."""
    folder.mkdir()
    base = [(ending, _made(folder.parent, at, ending, *rest), n) for at, (ending, *rest, n) in enumerate(KINDS)]
    picture = folder.parent / "picture.png"
    Image.effect_noise((320, 240), 60).save(picture)
    whole = base[0][1]
    bad: dict[str, Callable[[int], bytes]] = {
        "empty": lambda n: b"" if not n else b" " * n,
        "text": lambda n: f"not a video, {n}".encode(),
        "cut": lambda n: whole[: len(whole) // 3 + n],
        "picture": lambda n: picture.read_bytes() + _mark(n),
    }
    story = [(ending, data) for ending, data, n in base for _ in range(n)]
    chance, good = random.Random(7), 0
    for start in range(0, FILES, len(story) + len(BAD)):
        turn: list[tuple[str, bytes | str]] = [*story, *(("mp4", name) for name in BAD)]
        chance.shuffle(turn)
        for at, (ending, what) in enumerate(turn[: FILES - start], start):
            data = bad[what](at) if isinstance(what, str) else _another(ending, what, at)
            good += not isinstance(what, str)
            (folder / f"{at:05}.{ending}").write_bytes(data)
    return good


def _made(folder: Path, number: int, ending: str, picture: str, seconds: int, codec: list[str]) -> bytes:
    path = folder / f"kind-{number}.{ending}"
    _ffmpeg(
        "-f", "lavfi", "-i", f"testsrc2=s={picture}:r=25:d={seconds},noise=alls=4:allf=t:all_seed={number}",
        "-f", "lavfi", "-i", f"sine=f={300 + 40 * number}:d={seconds}:r=48000", *codec, "-ac", "2", str(path),
    )  # fmt: skip
    return path.read_bytes()


def _ffmpeg(*words: str) -> None:
    subprocess.run(
        [ffmpeg.find().builds[0].path, "-nostdin", "-v", "error", "-y", *words], check=True, stdin=subprocess.DEVNULL
    )


def _mark(number: int) -> bytes:
    return hashlib.sha256(str(number).encode()).digest()


def _another(ending: str, data: bytes, number: int) -> bytes:
    """The same video with other bytes: something that players pass over stands at its end."""
    mark = _mark(number)
    if ending in ("mp4", "mov"):
        return data + (8 + len(mark)).to_bytes(4, "big") + b"free" + mark
    if ending in ("mkv", "webm"):
        return data + b"\xec" + bytes([0x80 | len(mark)]) + mark  # EBML's Void
    if ending == "ts":
        return data + b"\x47\x1f\xff\x10" + mark.ljust(184, b"\xff")  # a null packet
    return data + b"JUNK" + len(mark).to_bytes(4, "little") + mark
