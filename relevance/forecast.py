"""When a batch will be finished, from what the last days finished.

A pure function of the project's own days. It says nothing rather than something from nothing: without a finished day it
needs half an hour and twenty items of today, and it says which of the two it stands on.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import mean, stdev

DAYS = 7  # the last days with work that are looked at
HOURS_A_DAY = 8.0  # of work, where only today is known
FEWEST_TODAY = 20
FEWEST_HOURS = 0.5
EIGHTY_PER_CENT = 1.2816  # the normal quantile of a two-sided 80 % interval
SLOWEST = 0.1  # of the mean pace: the late end stays finite


@dataclass(frozen=True, slots=True)
class Forecast:
    """When the last item will be finished.

    pace is items a day with work, from `days` such days (0: from today alone). early and late hold four outcomes in
    five, if the days to come vary as those did; None below three days.
    """

    at: datetime
    early: datetime | None
    late: datetime | None
    pace: float
    days: int


def forecast(
    remaining: int,
    finished: Mapping[date, int],
    now: datetime,
    today: date,
    hours_today: float = 0.0,
) -> Forecast | None:
    """When `remaining` items will be finished; None where nothing can be said.

    Args:
        remaining: items still to be finished, those that are worked on before included.
        finished: items finished (net of those reopened) by day of the project.
        now: the present moment.
        today: the project's day that `now` falls on; it counts only where no earlier day had work.
        hours_today: hours since today's first answer.

    A weekend is learned, not assumed: the pace of the days with work is spread over all days since the first of them.

    >>> from datetime import UTC
    >>> now = datetime(2026, 1, 9, 2, 0, tzinfo=UTC)
    >>> days = {date(2026, 1, day): 100 for day in (5, 6, 7, 8)}
    >>> forecast(300, days, now, date(2026, 1, 9)).at        # 300 / 100 = 3 days
    datetime.datetime(2026, 1, 12, 2, 0, tzinfo=datetime.timezone.utc)
    >>> forecast(300, {}, now, date(2026, 1, 9)) is None
    True
    """
    if remaining <= 0:
        return None
    worked = sorted(day for day, n in finished.items() if n > 0 and day < today)[-DAYS:]
    if not worked:
        return _of_today(remaining, finished.get(today, 0), now, hours_today)
    counts = [finished[day] for day in worked]
    pace = mean(counts)
    share = len(worked) / ((today - worked[0]).days)

    def after(rate: float) -> datetime:
        return now + timedelta(days=min(remaining / (rate * share), 3650))

    if len(worked) < 3:
        return Forecast(after(pace), None, None, pace, len(worked))
    ahead = max(1.0, remaining / pace)
    spread = EIGHTY_PER_CENT * stdev(counts) * math.sqrt(1 / len(counts) + 1 / ahead)
    late = after(max(pace - spread, pace * SLOWEST))
    return Forecast(after(pace), after(pace + spread), late, pace, len(worked))


def _of_today(remaining: int, finished: int, now: datetime, hours: float) -> Forecast | None:
    if finished < FEWEST_TODAY or hours < FEWEST_HOURS:
        return None
    pace = finished / hours * HOURS_A_DAY
    return Forecast(now + timedelta(days=min(remaining / pace, 3650)), None, None, pace, 0)
