"""A clip's picture at a moment, as minutes take it."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pytest
from docx.image.image import Image
from PIL import Image as Picture

from relevance.media import ffmpeg
from relevance.media.library import Library
from relevance.services.stills import WIDTH, still

CONTENT = "ab" * 32


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """A clip of two seconds, red and then blue, that says no pixel shape, as drawn ones do."""
    library = Library.of(tmp_path)
    path = library.path(CONTENT, "clip")
    path.parent.mkdir(parents=True)
    frames = b"".join(bytes(colour) * (320 * 180) for colour in ((255, 0, 0), (0, 0, 255)) for _ in range(10))
    subprocess.run(
        [
            ffmpeg.find().builds[0].path, "-loglevel", "error", "-f", "rawvideo", "-pixel_format", "rgb24",
            "-video_size", "320x180", "-framerate", "10", "-i", "pipe:0", "-c:v", "libx264", "-pix_fmt", "yuv420p",
            str(path),
        ],
        input=frames, check=True,
    )  # fmt: skip
    return library


def test_it_is_the_moment_asked_for_and_a_picture_that_word_takes(library: Library) -> None:
    for ms, strongest in ((500, 0), (1500, 2)):
        picture = still(library, CONTENT, ms)
        assert picture is not None
        assert Image.from_blob(picture).content_type == "image/jpeg"
        shown = Picture.open(io.BytesIO(picture)).convert("RGB")
        assert shown.width == WIDTH
        middle = shown.getpixel((shown.width // 2, shown.height // 2))
        assert isinstance(middle, tuple) and middle[strongest] == max(middle)


def test_a_clip_whose_bytes_are_gone_has_none(tmp_path: Path) -> None:
    assert still(Library.of(tmp_path), CONTENT, 0) is None
