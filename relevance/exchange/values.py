"""What a cell means: times within a clip, deadlines, numbers, gold grades. Each returns None where it cannot be that."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from relevance.exchange.fold import fold
from relevance.scale import level_of_percent

_CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,4}):(\d{1,2}(?:\.\d{1,6})?)")
_SECONDS = re.compile(r"(\d{1,7}(?:\.\d{1,6})?)\s*(?:s|sec|秒)?", re.IGNORECASE)
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_TIME = re.compile(r"(\d{1,2})[:时](\d{1,2})(?:分|:(\d{1,2})(?:\.\d+)?秒?)?")
_WHOLE = re.compile(r"\d{1,9}(?:\.0+)?")


def milliseconds(text: str) -> int | None:
    """Seconds, or [hh:]mm:ss[.mmm], as milliseconds.

    >>> milliseconds("12.5"), milliseconds("00:01:30.250"), milliseconds("1:30"), milliseconds("soon")
    (12500, 90250, 90000, None)
    """
    text = unicodedata.normalize("NFKC", text).strip()
    if found := _SECONDS.fullmatch(text):
        return round(float(found[1]) * 1000)
    if found := _CLOCK.fullmatch(text):
        hours, minutes, seconds = int(found[1] or 0), int(found[2]), float(found[3])
        if seconds >= 60 or (found[1] and minutes >= 60):
            return None
        return hours * 3_600_000 + minutes * 60_000 + round(seconds * 1000)
    return None


def clock_text(ms: int) -> str:
    """Milliseconds as a person writes them.

    >>> clock_text(90_250)
    '00:01:30.250'
    """
    seconds, rest = divmod(ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"


def moment(text: str, zone: ZoneInfo) -> datetime | None:
    """A date, or a date and time, in the project's time zone, as a moment in UTC.

    A date alone means by the end of that day: its last second.

    >>> moment("2026年11月30日", ZoneInfo("Asia/Shanghai"))
    datetime.datetime(2026, 11, 30, 15, 59, 59, tzinfo=datetime.timezone.utc)
    >>> moment("2026-11-30 18:00", ZoneInfo("Asia/Shanghai"))
    datetime.datetime(2026, 11, 30, 10, 0, tzinfo=datetime.timezone.utc)
    """
    text = unicodedata.normalize("NFKC", text).strip()
    try:
        if found := _DATE.fullmatch(text):
            day = date(int(found[1]), int(found[2]), int(found[3]))
            return datetime.combine(day, time(23, 59, 59), zone).astimezone(UTC)
        if (found := _DATE.match(text)) and (clock := _TIME.fullmatch(text[found.end() :].lstrip(" T"))):
            day = date(int(found[1]), int(found[2]), int(found[3]))
            when = time(int(clock[1]), int(clock[2]), int(clock[3] or 0))
            return datetime.combine(day, when, zone).astimezone(UTC)
        given = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (given if given.tzinfo else given.replace(tzinfo=zone)).astimezone(UTC)


def number(text: str) -> float | None:
    """A finite number that is not negative.

    >>> number("1.5"), number("-1"), number("1,5")
    (1.5, None, None)
    """
    try:
        found = float(unicodedata.normalize("NFKC", text))
    except ValueError:
        return None
    return found if math.isfinite(found) and found >= 0 else None


def whole(text: str) -> int | None:
    """A whole number that is not negative; 3.0 is one, since spreadsheets write it so."""
    text = unicodedata.normalize("NFKC", text).strip()
    return int(float(text)) if _WHOLE.fullmatch(text) else None


def level_of(text: str, percents: Sequence[int], names: Mapping[str, int]) -> int | None:
    """The level that a percentage of the scale, or a level's name, stands for. Never an index.

    names: folded name -> level.

    >>> level_of("67 %", (0, 33, 67, 100), {}), level_of("完全相关", (0, 33, 67, 100), {"完全相关": 3})
    (2, 3)
    >>> level_of("3", (0, 33, 67, 100), {}) is None
    True
    """
    folded = fold(text)
    if folded in names:
        return names[folded]
    percent = number(folded.removesuffix("%").strip())
    return None if percent is None else level_of_percent(percent, percents)
