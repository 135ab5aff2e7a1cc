"""Subtitles come out clean, whatever came in."""

from __future__ import annotations

from pathlib import Path

import pytest

from relevance.media.bounds import Bounds
from relevance.media.captions import Cue, as_vtt, beside, parse, read, within
from relevance.media.verdict import Cut


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
def test_any_usual_encoding_is_read(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "a.srt"
    path.write_bytes("1\r\n00:00:01,000 --> 00:00:02,000\r\n今天天气很好\r\n".encode(encoding))

    assert read(path, Bounds()) == [Cue(1000, 2000, "今天天气很好")]


def test_markup_scripts_and_arrows_are_harmless() -> None:
    text = "WEBVTT\n\nid\n00:01.000 --> 00:02.000 line:0\n<v Bob><script>alert(1)</script> 1 < 2 &amp; {\\an8}x\n"

    vtt = as_vtt(parse(text))

    assert vtt == "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nalert(1) 1 &lt; 2 &amp; x\n"


def test_cues_without_a_blank_line_between_them_are_two() -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\none\n2\n00:00:02,000 --> 00:00:03,000\ntwo\n"

    assert [cue.text for cue in parse(text)] == ["one", "two"]


def test_a_cut_moves_the_cues_and_keeps_them_within() -> None:
    cues = [Cue(0, 900, "before"), Cue(900, 1500, "into"), Cue(2500, 9000, "out of")]

    # cut 1-3 s: 900-1500 is 0-500 there, 2500-9000 is 1500-2000
    assert within(cues, Cut(1, 3), 2000) == [Cue(0, 500, "into"), Cue(1500, 2000, "out of")]


def test_chinese_subtitles_come_first(tmp_path: Path) -> None:
    for name in ("film.mp4", "film.en.srt", "film.zh-Hans.vtt", "film2.srt", "film.srt"):
        (tmp_path / name).touch()

    assert [path.name for path in beside(tmp_path / "film.mp4")] == ["film.zh-Hans.vtt", "film.en.srt", "film.srt"]
