"""First bytes tell what a file is, so that a lead is told the right reason."""

from __future__ import annotations

import pytest

from relevance.media.sniff import sniff


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\0\0\0\x20ftypisom", "video"),
        (b"\0\0\0\x20ftypavif", "image"),
        (b"\0\0\0\x20ftypM4A ", "audio"),
        (b"\x1aE\xdf\xa3" + bytes(50), "video"),
        (b"RIFF\0\0\0\0AVI ", "video"),
        (b"RIFF\0\0\0\0WAVE", "audio"),
        (b"RIFF\0\0\0\0WEBP", "image"),
        ((b"\x47" + bytes(187)) * 8, "video"),
        (b"\x89PNG\r\n\x1a\n", "image"),
        (b"%PDF-1.7", "document"),
        (b"<!doctype html>", "text"),
        ("中文说明".encode(), "text"),
        (b"\xef\xbb\xbf#EXTM3U", "playlist"),
        (b"<?xml?><svg>", "image"),
        (bytes(4096), "unknown"),
    ],
)
def test_first_bytes(head: bytes, kind: str) -> None:
    assert sniff(head) == kind
