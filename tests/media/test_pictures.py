"""Fingerprints of the same picture lie close, of others far."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from relevance.media.clip import prepare_one
from relevance.media.library import Library
from relevance.media.pictures import distance
from relevance.media.plan import PrepareOptions


def test_the_same_video_smaller_and_coarser_has_nearly_the_same_fingerprint(
    make: Callable[..., Path], library: Library
) -> None:
    codec = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
    source = make("a.mp4", *codec, size="640x360", seconds=3)
    other = make("b.mp4", "-vf", "hflip", *codec, size="640x360", seconds=3)

    fine = prepare_one(source, library=library).clip
    coarse = prepare_one(source, library=library, options=PrepareOptions(long_side=240, quality=36)).clip
    unlike = prepare_one(other, library=library).clip

    assert fine and coarse and unlike
    assert distance(fine.fingerprint, coarse.fingerprint) < 0.08
    assert distance(fine.fingerprint, unlike.fingerprint) > 0.25
