"""The outermost boxes of MP4 files, whole, cut off and hostile."""

from __future__ import annotations

from pathlib import Path

import pytest

from relevance.media import boxes


def box(name: bytes, body: bytes = b"", long: bool = False) -> bytes:
    if long:
        return b"\0\0\0\1" + name + (16 + len(body)).to_bytes(8) + body
    return (8 + len(body)).to_bytes(4) + name + body


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (b"", []),
        (b"\0\0\0", []),
        (box(b"ftyp", b"isom") + box(b"moov") + box(b"mdat", b"x" * 40), [b"ftyp", b"moov", b"mdat"]),
        (box(b"mdat", b"x" * 40, long=True) + box(b"moov"), [b"mdat", b"moov"]),
        (box(b"moov") + b"\0\0\0\0mdat" + b"x" * 40, [b"moov", b"mdat"]),  # 0: up to the file's end
        (box(b"moov") + b"\0\0\0\4mdat" + box(b"moov"), [b"moov", b"mdat"]),  # a size that can't be
        (b"\x7f\xff\xff\xffmdat" + b"x" * 40, [b"mdat"]),  # beyond the end
    ],
)
def test_names_up_to_the_first_place_that_holds_none(tmp_path: Path, content: bytes, names: list[bytes]) -> None:
    file = tmp_path / "film.mp4"
    file.write_bytes(content)
    assert list(boxes.outermost(file)) == names


def test_a_file_of_nothing_but_tiny_boxes_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boxes, "MOST", 50)
    file = tmp_path / "film.mp4"
    file.write_bytes(box(b"free") * 200)
    assert len(list(boxes.outermost(file))) == 50


def test_where_the_index_is_and_how_many_films_there_are(tmp_path: Path) -> None:
    film = box(b"ftyp", b"isom") + box(b"moov") + box(b"mdat", b"x" * 9)
    for content, in_front, films in (
        (film, True, 1),
        (film + film, True, 2),
        (box(b"mdat") + box(b"moov"), False, 1),
        (box(b"moov") + (box(b"moof") + box(b"mdat")) * 3, True, 1),  # one film in fragments
        (b"", False, 0),
    ):
        file = tmp_path / "film.mp4"
        file.write_bytes(content)
        assert (boxes.index_in_front(file), boxes.films(file)) == (in_front, films)
