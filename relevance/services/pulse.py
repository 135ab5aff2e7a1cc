"""How long answers take just now, so that a machine with too much to do says so: on the overview, and in the log.

Graders see it themselves (the player says "Saving" where it takes more than a moment); this is for those who can do
something about it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from weakref import WeakKeyDictionary

from relevance.store.store import Store

WINDOW_S = 60.0
AT_WORK_S = 10.0  # so long after an answer somebody is taken to grade
MOST = 20_000  # answers remembered; a minute's worth and more
FEWEST = 20  # answers in the window, below which nothing is said
SLOW_MS = 250.0  # what one in twenty answers may take before it is said
SHARE = 0.95

log = logging.getLogger("relevance")


class Pulse:
    """The answers of the last minute: when each was saved, and how long that took."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._door = threading.Lock()
        self._answers: deque[tuple[float, float]] = deque(maxlen=MOST)
        self._told = clock()

    def note(self, ms: float) -> None:
        """An answer was saved after so many milliseconds. Once a minute the log says it where that is too long."""
        now = self._clock()
        with self._door:
            self._answers.append((now, ms))
            if now - self._told < WINDOW_S:
                return
            self._told = now
        late = self.late()
        if late is not None:
            log.warning(
                "The machine has too much to do: one answer in twenty of the last minute took %.0f ms or longer to save "
                "(docs/operations.md, how big a centre one machine carries).",
                late,
            )

    def at_work(self) -> bool:
        """Whether somebody grades just now."""
        with self._door:
            return bool(self._answers) and self._clock() - self._answers[-1][0] < AT_WORK_S

    def late(self) -> float | None:
        """The milliseconds that one in twenty answers of the last minute took; None while that is no cause to worry."""
        since = self._clock() - WINDOW_S
        with self._door:
            while self._answers and self._answers[0][0] < since:
                self._answers.popleft()
            taken = sorted(ms for _, ms in self._answers)
        if len(taken) < FEWEST:
            return None
        at = taken[int(SHARE * (len(taken) - 1))]
        return at if at >= SLOW_MS else None


_pulses: WeakKeyDictionary[Store, Pulse] = WeakKeyDictionary()


def of(store: Store) -> Pulse:
    """The pulse of a store's server."""
    return _pulses.setdefault(store, Pulse())
