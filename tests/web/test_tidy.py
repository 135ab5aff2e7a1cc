"""Garbage is collected when nothing has come in for a moment, and in any case after a while."""

from __future__ import annotations

import gc
import os
import platform
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from relevance.web import tidy


@pytest.fixture
def collected(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Set by each full collection of a running tidy thread, whose rhythm is of hundredths of a second."""
    done = threading.Event()

    def note(phase: str, info: dict[str, int]) -> None:
        if phase == "stop" and info["generation"] == 2 and threading.current_thread().name == "tidy":
            done.set()

    monkeypatch.setattr(tidy, "QUIET", 0.02)
    monkeypatch.setattr(tidy, "EVERY", 0.04)
    gc.callbacks.append(note)
    yield done
    gc.callbacks.remove(note)


def test_it_collects_at_a_quiet_moment(collected: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tidy, "last_request", time.monotonic() - 60)
    thread = tidy.Tidy()
    thread.start()
    assert collected.wait(20)
    thread.stop()


def test_while_requests_come_in_it_waits_and_at_last_it_collects_all_the_same(
    collected: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tidy, "last_request", time.monotonic() + 3600)  # there is always one that has just come
    monkeypatch.setattr(tidy, "AT_LAST", 3600.0)
    busy = tidy.Tidy()
    busy.start()
    assert not collected.wait(0.5)
    busy.stop()
    monkeypatch.setattr(tidy, "AT_LAST", 0.05)
    late = tidy.Tidy()
    late.start()
    assert collected.wait(20)
    late.stop()


def test_what_was_there_before_is_set_aside_and_given_back(collected: threading.Event) -> None:
    before = gc.get_freeze_count()
    thread = tidy.Tidy()
    thread.start()
    assert gc.get_freeze_count() > before
    thread.stop()
    assert gc.get_freeze_count() == 0


def megabytes() -> float:
    """Memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told to give memory back")
def test_what_lies_free_between_what_is_kept_is_given_back() -> None:
    made = [bytes(2_000) for _ in range(50_000)]  # 95 MB
    kept = made[::50]  # spread over all of it
    full = megabytes()
    del made
    tidy.give_back()
    assert len(kept) == 1_000 and megabytes() < full - 60


def test_the_thread_gives_back_in_its_rhythm_while_requests_come_in(monkeypatch: pytest.MonkeyPatch) -> None:
    given = threading.Event()
    monkeypatch.setattr(tidy, "give_back", given.set)
    monkeypatch.setattr(tidy, "QUIET", 0.02)
    monkeypatch.setattr(tidy, "GIVE_BACK", 0.04)
    monkeypatch.setattr(tidy, "last_request", time.monotonic() + 3600)
    thread = tidy.Tidy()
    thread.start()
    assert given.wait(20)
    thread.stop()
