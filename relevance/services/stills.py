"""One picture of a clip at one moment, for paper."""

from __future__ import annotations

import tempfile
from pathlib import Path

from relevance.errors import NotFound
from relevance.media import ffmpeg
from relevance.media.library import Library

WIDTH = 480
_LIMITS = ffmpeg.Limits(seconds=20, memory_bytes=2 << 30, out_bytes=4 << 20)


def still(library: Library, content_id: str, ms: int, program: str | None = None) -> bytes | None:
    """The JPEG of a clip at a moment; where the clip can't give it, its poster; None where its bytes are gone."""
    try:
        clip = library.find(content_id, "clip")
    except NotFound:
        return None
    # setsar: where a clip says no pixel shape, FFmpeg writes a JPEG without the JFIF mark, which Word's files want.
    command = [
        ffmpeg.find(program).builds[0].path, "-nostdin", "-hide_banner", "-loglevel", "error", "-ss", f"{ms / 1000:.3f}",
        "-i", ffmpeg.url(clip), "-frames:v", "1", "-vf", f"scale={WIDTH}:-2,setsar=1", "-c:v", "mjpeg", "-q:v", "4",
        "-f", "image2pipe", "pipe:1",
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        run = ffmpeg.run(command, cwd=Path(folder), limits=_LIMITS, keep_out=True)
    if run.code == 0 and run.out[:2] == b"\xff\xd8":
        return run.out
    try:
        return library.find(content_id, "poster").read_bytes()
    except NotFound:
        return None
