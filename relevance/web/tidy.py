"""Collecting garbage at a quiet moment, and giving freed memory back.

Streamlit's own full collection after every script run is off (runner.postScriptGC = false): it held the interpreter for
40 ms a click. What was made before the first request is set aside (gc.freeze), so that a full collection later looks at
what requests made alone; it runs when nothing has come in for a moment. Once a minute the C library is told to give back what lies
free in the middle of its heaps: it keeps all of that, and a day of copies and fits made the process grow by it.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import threading
import time

EVERY = 30.0  # seconds between two collections when there is a quiet moment
AT_LAST = 600.0  # seconds after which it is done in any case
QUIET = 0.5  # seconds without a request
GIVE_BACK = 60.0  # seconds between two times that memory is given back: some milliseconds, of which Python waits none

last_request = 0.0  # of time.monotonic(); the gate sets it


def give_back() -> None:
    """Gives freed memory back to the system where the C library can be told to (glibc)."""
    with contextlib.suppress(AttributeError, OSError):  # musl, macOS, Windows: there it keeps less of it
        ctypes.CDLL(None).malloc_trim(0)


class Tidy:
    """The thread that collects and gives back."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tidy", daemon=True)

    def start(self) -> None:
        """Sets aside what is there, and begins."""
        gc.collect()
        gc.freeze()
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread."""
        self._over.set()
        self._thread.join()
        gc.unfreeze()

    def _run(self) -> None:
        done = given = time.monotonic()
        while not self._over.wait(QUIET):
            now = time.monotonic()
            if now - given >= GIVE_BACK:
                give_back()
                given = now
            if now - done >= EVERY and (now - last_request >= QUIET or now - done >= AT_LAST):
                gc.collect()
                done = time.monotonic()
