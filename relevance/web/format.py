"""Dates, numbers and durations as a reader writes them: in the language of the page, in the project's time zone.

What is not known is a dash, never NaN, None or a zero that would be taken for a count.
"""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_time, format_timedelta

from relevance.texts import language

UNKNOWN = "–"
_LOCALES = {"zh": "zh_CN", "en": "en"}


def locale() -> Locale:
    """Babel's rules for the running language."""
    return _locale(language())


@cache
def _locale(code: str) -> Locale:
    # By its name Babel looks a locale up in its thousand files each time.
    return Locale.parse(_LOCALES.get(code, "en"))


def in_language(zh: str | None, en: str | None) -> str:
    """A text that there is in two languages, in the reader's; where that is missing, in the other.

    >>> in_language("红色汽车", "red car"), in_language("红色汽车", None)
    ('red car', '红色汽车')
    """
    return (zh or en or "") if language() == "zh" else (en or zh or "")


def pair(name: str, value: str) -> str:
    """A name and what it is, with the colon of the reader's script.

    >>> pair("Reason", "too small")
    'Reason: too small'
    """
    return f"{name}：{value}" if language() == "zh" else f"{name}: {value}"


def sentences(*told: str) -> str:
    """Sentences after one another: Chinese ones stand without a space between them; empty ones are left out.

    >>> sentences("You: 90%.", "", "The team: 87%.")
    'You: 90%. The team: 87%.'
    """
    return ("" if language() == "zh" else " ").join(one for one in told if one)


def number(value: float | None, digits: int = 0) -> str:
    """A count or a rate with thousands marked; both languages write it alike.

    >>> number(12345), number(None), number(float("nan")), number(3.14159, 1)
    ('12,345', '–', '–', '3.1')
    """
    if value is None or not math.isfinite(value):
        return UNKNOWN
    return f"{round(value, digits):,.{digits}f}"


def percent(share: float | None, digits: int = 0) -> str:
    """A share (0 to 1) in per cent. It never rounds up to 100 or down to 0: those two mean all and none.

    >>> percent(0.834), percent(0.9996), percent(1), percent(0.0004), percent(None)
    ('83%', '99%', '100%', '1%', '–')
    """
    if share is None or not math.isfinite(share):
        return UNKNOWN
    step = 10.0**-digits
    value = round(share * 100, digits)
    if value >= 100 and share < 1:
        value = 100 - step
    if value <= 0 and share > 0:
        value = step
    return number(value, digits) + "%"


def of(part: int, whole: int) -> str:
    """A share that says what it was counted from; without a whole there is no share.

    >>> of(25, 30), of(0, 0)
    ('83% (25/30)', '–')
    """
    return f"{percent(part / whole)} ({number(part)}/{number(whole)})" if whole else UNKNOWN


def day(value: date | None, weekday: bool = True) -> str:
    """A day, with its weekday unless there is no room for it.

    >>> from datetime import date
    >>> day(date(2026, 1, 5)), day(date(2026, 1, 5), weekday=False)
    ('Mon 5 Jan', '5 Jan')
    """
    if value is None:
        return UNKNOWN
    if language() == "zh":
        return str(format_date(value, "M月d日 EEE" if weekday else "M月d日", locale=locale()))
    return str(format_date(value, "EEE d MMM" if weekday else "d MMM", locale=locale()))


def moment(value: datetime | None, zone: str, now: datetime | None = None) -> str:
    """A moment in the project's time zone: the hour alone if it is on the day of `now`, else with its date.

    >>> from datetime import UTC, datetime
    >>> moment(datetime(2026, 1, 5, 1, 30, tzinfo=UTC), "Asia/Shanghai")
    '5 Jan 09:30'
    >>> moment(datetime(2026, 1, 5, 1, 30, tzinfo=UTC), "Asia/Shanghai", datetime(2026, 1, 5, 3, 0, tzinfo=UTC))
    '09:30'
    """
    if value is None:
        return UNKNOWN
    here = value.astimezone(ZoneInfo(zone))
    if now is not None:
        today = now.astimezone(ZoneInfo(zone))
        if here.date() == today.date():
            return str(format_time(here, "HH:mm", tzinfo=here.tzinfo, locale=locale()))
        if here.year != today.year:
            return str(format_datetime(here, "yyyy-MM-dd HH:mm", tzinfo=here.tzinfo, locale=locale()))
    return str(
        format_datetime(
            here, "M月d日 HH:mm" if language() == "zh" else "d MMM HH:mm", tzinfo=here.tzinfo, locale=locale()
        )
    )


def ago(value: datetime | None, now: datetime) -> str:
    """How long ago, in one unit: the list of disputes shows ages, not dates.

    >>> from datetime import UTC, datetime
    >>> ago(datetime(2026, 1, 5, 1, 0, tzinfo=UTC), datetime(2026, 1, 5, 4, 10, tzinfo=UTC))
    '3 hr'
    """
    return UNKNOWN if value is None else span((now - value).total_seconds())


def span(seconds: float | None) -> str:
    """A length of time in one unit, rounded down.

    >>> span(59), span(3 * 86400 + 5), span(None)
    ('59 sec', '3 days', '–')
    """
    if seconds is None or not math.isfinite(seconds):
        return UNKNOWN
    whole = max(0, int(seconds))
    for size in (86400, 3600, 60):
        if whole >= size:
            whole -= whole % size
            break
    return str(
        format_timedelta(timedelta(seconds=whole), threshold=1e9 if whole < 60 else 1, format="short", locale=locale())
    )
