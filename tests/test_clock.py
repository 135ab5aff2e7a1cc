"""Time is UTC; a project's zone decides only where its day begins."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from relevance.clock import ManualClock, SystemClock, day_of


def test_the_machines_clock_is_aware_and_in_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_a_manual_clock_stands_still_until_it_is_moved_and_steps_back_too() -> None:
    clock = ManualClock(datetime(2026, 1, 5, tzinfo=UTC))
    assert clock.now() == clock.now()
    clock.advance(90)
    assert clock.now() == datetime(2026, 1, 5, 0, 1, 30, tzinfo=UTC)
    clock.advance(-3600)
    assert clock.now() == datetime(2026, 1, 4, 23, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("utc", "zone", "day"),
    [
        (datetime(2026, 1, 5, 15, 59, tzinfo=UTC), "Asia/Shanghai", date(2026, 1, 5)),  # 23:59
        (datetime(2026, 1, 5, 16, 0, tzinfo=UTC), "Asia/Shanghai", date(2026, 1, 6)),  # 00:00
        (datetime(2026, 3, 8, 4, 59, tzinfo=UTC), "America/New_York", date(2026, 3, 7)),  # 23:59 EST
        (datetime(2026, 3, 9, 3, 59, tzinfo=UTC), "America/New_York", date(2026, 3, 8)),  # 23:59 EDT, a 23 h day
    ],
)
def test_a_projects_day_begins_at_its_own_midnight(utc: datetime, zone: str, day: date) -> None:
    assert day_of(utc, zone) == day
