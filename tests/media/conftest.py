"""Real FFmpeg, small files made on the spot, and a register in memory that keeps the promises of the real one."""

from __future__ import annotations

import itertools
import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from relevance.media import ffmpeg
from relevance.media.library import Library
from relevance.media.verdict import Known, KnownClip, Verdict

Make = Callable[..., Path]


class MemoryRegister:
    """What the store does, without a store."""

    def __init__(self) -> None:
        self.sources: dict[str, Known] = {}
        self.verdicts: list[Verdict] = []
        self.aliases: list[tuple[str, str]] = []

    def known(self, sha256: str) -> Known | None:
        return self.sources.get(sha256)

    def alias(self, sha256: str, name: str, path: str) -> None:
        self.aliases.append((name, path))
        known = self.sources[sha256]
        self.sources[sha256] = replace(known, names=(*known.names, name), paths=(*known.paths, path))

    def add(self, verdict: Verdict) -> int:
        self.verdicts.append(verdict)
        known = self.sources.get(verdict.sha256)
        clips = known.clips if known else ()
        number = len(self.verdicts)
        if verdict.clip is not None:
            clip = verdict.clip
            clips = (*clips, KnownClip(number, clip.content_id, clip.start_ms, clip.end_ms))
        self.sources[verdict.sha256] = Known(
            verdict.sha256, (verdict.name,), (verdict.path,), verdict.status, verdict.reasons, clips
        )
        return number if verdict.clip else 0


@pytest.fixture
def register() -> MemoryRegister:
    return MemoryRegister()


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library.of(tmp_path / "data")


@pytest.fixture(scope="session")
def tools() -> ffmpeg.Ffmpeg:
    return ffmpeg.find()


@pytest.fixture(scope="session")
def fullest(tools: ffmpeg.Ffmpeg) -> str:
    """The ffmpeg with the most encoders, to make sources with."""
    return max(tools.builds, key=lambda build: len(build.codecs)).path


@pytest.fixture
def make(tmp_path: Path, fullest: str) -> Make:
    """make(name, *arguments): a video of a moving test picture, or of what -i the arguments give."""

    def build(
        name: str, *arguments: str, size: str = "320x240", rate: str = "25", seconds: float = 2, sound: bool = False
    ) -> Path:
        path = tmp_path / name
        inputs = ["-f", "lavfi", "-i", f"testsrc2=s={size}:r={rate}:d={seconds}"]
        if sound:
            inputs += ["-f", "lavfi", "-i", f"sine=440:d={seconds}:r=48000"]
        command = [fullest, "-nostdin", "-v", "error", "-y", *inputs, *arguments, f"file:{path}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return path

    return build


@pytest.fixture(scope="session")
def facts(tools: ffmpeg.Ffmpeg) -> Callable[[Path], dict[str, Any]]:
    """ffprobe's own view of a file: streams, format, and the picture's packets."""

    def look(path: Path) -> dict[str, Any]:
        command = [
            tools.ffprobe, "-v", "error", "-show_streams", "-show_format", "-show_packets", "-of", "json", f"file:{path}",
        ]  # fmt: skip
        found: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
        return found

    return look


@pytest.fixture(scope="session")
def assert_plays_everywhere(facts: Callable[[Path], dict[str, Any]]) -> Callable[[Path], None]:
    """Every promise of a prepared clip, looked up with ffprobe and in the file's own boxes."""

    def check(path: Path) -> None:
        found = facts(path)
        video = [s for s in found["streams"] if s["codec_type"] == "video"]
        audio = [s for s in found["streams"] if s["codec_type"] == "audio"]
        assert len(video) == 1 and len(audio) <= 1 and len(found["streams"]) == len(video) + len(audio)
        one = video[0]
        assert (one["codec_name"], one["profile"], one["pix_fmt"]) == ("h264", "High", "yuv420p")
        assert max(one["width"], one["height"]) <= 1280
        assert one["width"] % 2 == 0 and one["height"] % 2 == 0
        assert one.get("sample_aspect_ratio", "1:1") == "1:1" and "side_data_list" not in one
        assert one.get("field_order", "progressive") == "progressive"
        assert one.get("color_transfer") not in ("smpte2084", "arib-std-b67")
        for sound in audio:
            assert (sound["codec_name"], sound["profile"], sound["channels"]) == ("aac", "LC", 2)
        shown = sorted(
            (float(p["pts_time"]), p["flags"]) for p in found["packets"] if p["stream_index"] == one["index"]
        )
        times = [time for time, _ in shown]
        keys = [time for time, flags in shown if flags.startswith("K")]
        assert abs(times[0]) < 0.003 and keys[0] == times[0]
        assert max(b - a for a, b in zip(keys, [*keys[1:], times[-1]], strict=True)) <= 1.003
        assert all(b - a >= 1 / 30 - 0.0025 for a, b in itertools.pairwise(times))
        tags = {name.lower() for name in found["format"].get("tags", {})}
        assert tags <= {"major_brand", "minor_version", "compatible_brands"}, tags
        data = path.read_bytes()
        assert 0 < data.index(b"moov") < data.index(b"mdat")

    return check
