"""A forecast says when, from what; and says nothing from nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from relevance.forecast import forecast

NOW = datetime(2026, 1, 9, 2, 0, tzinfo=UTC)
TODAY = date(2026, 1, 9)


def week(*counts: int) -> dict[date, int]:
    """Counts of the days just before today, the last one yesterday."""
    return {TODAY - timedelta(days=len(counts) - at): n for at, n in enumerate(counts)}


def test_an_even_pace_gives_the_day_without_a_spread() -> None:
    found = forecast(250, week(100, 100, 100), NOW, TODAY)
    assert found is not None
    assert found.at == NOW + timedelta(days=2.5)  # 250 / 100
    assert found.early == found.late == found.at  # no day differed from another
    assert (found.pace, found.days) == (100, 3)


def test_days_without_work_are_spread_over_the_calendar() -> None:
    # Monday and Thursday worked, Tuesday and Wednesday not: 2 of 4 days, so 100 items take two calendar days.
    found = forecast(100, week(100, 0, 0, 100), NOW, TODAY)
    assert found is not None and found.at == NOW + timedelta(days=2)


def test_days_that_differ_give_an_early_and_a_late_end_around_it() -> None:
    found = forecast(500, week(50, 100, 150), NOW, TODAY)
    assert found is not None and found.early is not None and found.late is not None
    assert found.early < found.at < found.late
    # mean 100, sd 50, 3 days behind and 5 ahead: 1.2816 * 50 * sqrt(1/3 + 1/5) = 46.80, so 500 / 53.20 = 9.40 days
    assert abs((found.late - NOW).total_seconds() / 86400 - 500 / 53.202) < 0.01


def test_a_wild_week_still_has_a_late_end() -> None:
    found = forecast(1000, week(1, 1, 500), NOW, TODAY)
    assert found is not None and found.late is not None
    assert found.late - NOW <= timedelta(days=3650)


def test_today_counts_only_where_no_day_is_finished() -> None:
    days = {**week(100), TODAY: 3}
    assert forecast(100, days, NOW, TODAY, hours_today=4) == forecast(100, week(100), NOW, TODAY)
    # 40 in two hours: 20 an hour, 160 in a day of eight
    only = forecast(320, {TODAY: 40}, NOW, TODAY, hours_today=2)
    assert only is not None and only.at == NOW + timedelta(days=2) and only.days == 0


def test_nothing_is_said_from_nothing_or_when_nothing_remains() -> None:
    assert forecast(100, {}, NOW, TODAY) is None
    assert forecast(100, {TODAY: 19}, NOW, TODAY, hours_today=3) is None
    assert forecast(100, {TODAY: 40}, NOW, TODAY, hours_today=0.4) is None
    assert forecast(0, week(100), NOW, TODAY) is None
