"""A clip's path comes from its content alone; what a killed run left is cleaned, what runs is not."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from relevance.errors import NotFound
from relevance.media.library import Library


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "\n", "a" * 64 + "/x"])
def test_only_a_content_id_is_a_path(name: str, library: Library) -> None:
    with pytest.raises(NotFound):
        library.path(name)
    assert not library.has(name)


def test_a_kept_clip_is_found_by_its_content(library: Library) -> None:
    with library.work() as work:
        for name in ("clip", "poster", "strip"):
            (work / name).write_bytes(name.encode())
        content_id = library.keep(work, {"clip": work / "clip", "poster": work / "poster", "strip": work / "strip"})

    assert content_id == hashlib.sha256(b"clip").hexdigest()
    assert library.find(content_id).read_bytes() == b"clip" and list(library.ids()) == [content_id]
    assert library.find(content_id).parent.name == content_id[:2]
    with pytest.raises(NotFound):
        library.find(content_id, "captions")


def test_left_work_is_cleaned_and_work_in_use_stays(library: Library) -> None:
    left = library.root / ".work" / "1-left"
    left.mkdir(parents=True)
    (left / "lock").touch()
    (left / "half.mp4").write_bytes(b"half")

    with library.work() as work:
        assert library.clean() == 1
        assert work.is_dir() and not left.exists()


def test_nothing_is_made_before_the_first_clip(tmp_path: Path) -> None:
    library = Library.of(tmp_path)

    assert not library.has("a" * 64) and library.clean() == 0 and not library.root.exists()
