"""What a cell means, and what it cannot mean."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relevance.exchange.fold import fold, squash
from relevance.exchange.nearest import Nearest, nearest
from relevance.exchange.values import clock_text, level_of, milliseconds, moment, number, whole

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("0", 0), ("12.5", 12_500), ("12.5s", 12_500), ("3 秒", 3_000), ("01:30", 90_000), ("00:01:30.250", 90_250),
        ("１：３０", 90_000), ("100:00:00", 360_000_000), ("1:75", None), ("-1", None), ("1e3", None), ("soon", None),
        ("1:60:00", None), ("", None), ("nan", None),
    ],
)  # fmt: skip
def test_a_time_within_a_clip(text: str, ms: int | None) -> None:
    assert milliseconds(text) == ms


@given(st.integers(min_value=0, max_value=359_999_999))
def test_a_time_that_was_written_is_read_again(ms: int) -> None:
    assert milliseconds(clock_text(ms)) == ms


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-30", "2026-11-30T15:59:59"), ("2026/11/30", "2026-11-30T15:59:59"), ("2026.11.3", "2026-11-03T15:59:59"),
        ("2026年11月30日", "2026-11-30T15:59:59"), ("2026-11-30 18:00", "2026-11-30T10:00:00"),
        ("2026年11月30日 18时30分", "2026-11-30T10:30:00"), ("2026-11-30T18:00:00Z", "2026-11-30T18:00:00"),
        ("2026-11-30T18:00+02:00", "2026-11-30T16:00:00"),
        ("11/30/2026", None), ("2026-02-30", None), ("tomorrow", None), ("", None),
    ],
)  # fmt: skip
def test_a_deadline(text: str, utc: str | None) -> None:
    found = moment(text, SHANGHAI)
    assert (found.isoformat() if found else None) == (utc and utc + "+00:00")


def test_numbers() -> None:
    assert [number(t) for t in ("3", "0.5", "１２", "1e3", "-1", "inf", "nan", "1,5", "x")] == [
        3,
        0.5,
        12,
        1000,
        None,
        None,
        None,
        None,
        None,
    ]
    assert [whole(t) for t in ("3", "3.0", "3.5", "-1", "x")] == [3, 3, None, None, None]


@pytest.mark.parametrize(
    ("text", "level"),
    [("67", 2), ("67%", 2), ("67 ％", 2), ("67.0", 2), ("0", 0), ("100", 3), ("1", None), ("2", None), ("3", None), ("0.67", None), ("50", None), ("完全 相关", None), ("完全相关", 3), (" FULL ", 3)],
)  # fmt: skip
def test_a_gold_grade_is_a_percentage_or_a_name(text: str, level: int | None) -> None:
    assert level_of(text, (0, 33, 67, 100), {"完全相关": 3, "full": 3}) == level


def test_folding() -> None:
    assert fold("Ｔ恤　衫 ") == fold("t恤 衫") and squash("a\u200bb\n c") == "ab c"
    assert fold("ﬁlm") == "film"


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_the_nearest_names_of_many() -> None:
    names = [f"clip_{i:05}.mp4" for i in range(20_000)] + ["whiteboard_digits.3gp"]
    assert Nearest(names).of("whiteboard_digit.3gp") == ["whiteboard_digits.3gp"]
    assert "clip_01234.mp4" in Nearest(names).of("clip_1234.mp4")
    assert nearest("zzz", ["abc"]) == []
