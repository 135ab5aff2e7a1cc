"""Keeps the boards arranged behind, so that no page waits for it: a thread in the server, at a part of a core at most."""

from __future__ import annotations

import logging
import threading
import time

from relevance.errors import RelevanceError
from relevance.services import board
from relevance.store.store import Store

EVERY = 1.0  # seconds between two looks
SHARE = 0.1  # of the time, that growing may take
log = logging.getLogger(__name__)


class Keeper:
    """Looks at every project's board: puts in what moved, and grows the clusters anew where a tenth has changed."""

    def __init__(self, store: Store, every: float = EVERY) -> None:
        self.store, self.every = store, every
        self._rests: dict[int, float] = {}  # project -> when its clusters may be grown again
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="board-keeper", daemon=True)

    def start(self) -> Keeper:
        """Begins."""
        for project in list(self.store.live.projects):
            board.of(self.store, project).kept = True
        self._thread.start()
        return self

    def _run(self) -> None:
        while not self._stop.wait(self.every):
            for project in sorted(self.store.live.projects):
                if self._stop.is_set():
                    return
                try:
                    self.look(project)
                except RelevanceError:
                    if not self._stop.is_set():
                        log.exception("The disputes of project %s could not be arranged; tried again.", project)

    def look(self, project: int) -> None:
        """Arranges one project's board, if something moved."""
        mine = board.of(self.store, project)
        mine.kept = True
        if mine.arranged is not None and (mine.behind(self.store) or not mine.due()):
            mine.refresh(self.store)
        if mine.due() and time.monotonic() >= self._rests.get(project, 0.0):
            self._rests[project] = time.monotonic() + mine.regrow(self.store) / SHARE

    def stop(self) -> None:
        """Ends the thread; an arranging in the making is finished first."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
