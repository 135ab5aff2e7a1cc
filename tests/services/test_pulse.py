"""A machine with too much to do says so: to whoever looks at the overview, and in the log."""

from __future__ import annotations

import logging

import pytest

from relevance.services.pulse import AT_WORK_S, FEWEST, WINDOW_S, Pulse


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_it_is_late_when_one_answer_in_twenty_takes_too_long_and_well_again_a_minute_later() -> None:
    clock = Clock()
    pulse = Pulse(clock)
    for _ in range(94):
        pulse.note(10.0)
    for _ in range(5):
        pulse.note(900.0)
    assert pulse.late() is None  # place 93 of 0 to 98 holds 10 ms: fewer than one in twenty are late
    pulse.note(900.0)
    pulse.note(900.0)
    assert pulse.late() == 900.0  # 7 of 101: place 95 of 0 to 100
    clock.now = WINDOW_S + 1
    assert pulse.late() is None


def test_somebody_is_at_work_for_ten_seconds_after_an_answer() -> None:
    clock = Clock()
    pulse = Pulse(clock)
    assert not pulse.at_work()
    clock.now = 100.0
    pulse.note(5.0)
    assert pulse.at_work()
    clock.now += AT_WORK_S
    assert not pulse.at_work()


def test_a_few_answers_say_nothing() -> None:
    pulse = Pulse(Clock())
    for _ in range(FEWEST - 1):
        pulse.note(5_000.0)
    assert pulse.late() is None
    pulse.note(5_000.0)
    assert pulse.late() == 5_000.0


def test_the_log_says_it_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    pulse = Pulse(clock)
    with caplog.at_level(logging.WARNING, "relevance"):
        for second in range(180):
            clock.now = float(second)
            pulse.note(600.0)
    assert len(caplog.records) == 2 and "600 ms" in caplog.text  # at 60 and at 120 s
