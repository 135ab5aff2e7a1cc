"""Who waits for whom on a machine of two cores: graders go first, copies and heavy queries take what is left.

Linux gives every thread a priority of its own, so the database's worker threads and those that make copies step back
while the threads that answer graders stay as they are. Where the system does not allow it nothing changes.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from pathlib import Path

NICENESS = 10  # of 0 (as others) to 19 (only when nobody else wants to run)


def threads() -> set[int]:
    """The system's numbers of this process's threads; empty where they can't be told."""
    if not sys.platform.startswith("linux"):
        return set()
    with contextlib.suppress(OSError):
        return {int(path.name) for path in Path("/proc/self/task").iterdir()}
    return set()


def step_back(which: set[int] | None = None) -> None:
    """Lets other threads go before these; without an argument before the one that calls."""
    if not sys.platform.startswith("linux"):
        return  # elsewhere the call would change the whole process
    for thread in which if which is not None else {threading.get_native_id()}:
        with contextlib.suppress(OSError):  # gone meanwhile, or not allowed
            os.setpriority(os.PRIO_PROCESS, thread, NICENESS)
