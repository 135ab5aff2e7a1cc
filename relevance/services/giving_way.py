"""Who brings much gives way to graders: where some are at work, it comes in smaller pieces with a rest after each."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from relevance.services import pulse
from relevance.services.running_imports import PIECE
from relevance.store.store import Store, Tx

T = TypeVar("T")
SMALL = 1_000  # rows in one act
REST = 10.0  # times what the act took; of longer rests the slowest answers did not become faster
LONGEST = 2.0  # seconds of one rest


def piece(store: Store) -> int:
    """Rows that one act may bring just now."""
    return SMALL if pulse.of(store).at_work() else PIECE


def act(store: Store, one: Callable[[Tx], T]) -> T:
    """Runs an act that is one of many, and rests where somebody grades."""
    began = time.perf_counter()
    done = store.act(one)
    if pulse.of(store).at_work():
        time.sleep(min(REST * (time.perf_counter() - began), LONGEST))
    return done
