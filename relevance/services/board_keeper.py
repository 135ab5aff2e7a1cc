"""Keeps the boards arranged behind, so that no page waits for it: a thread in the server, at a part of a core at most."""

from __future__ import annotations

import logging
import threading
import time

from relevance.errors import RelevanceError
from relevance.services import board
from relevance.services.disputes import MOST_KEYWORDS
from relevance.store.store import Store

EVERY = 1.0  # seconds between two looks, while somebody looks at the board
UNSEEN = 20.0  # and while nobody does: graders need the processor more
LOOKING_S = 60.0  # so long after a look somebody is taken to be there still
SHARE = 0.1  # of the time, that growing may take, and arranging
log = logging.getLogger(__name__)


class Keeper:
    """Looks at every project's board: puts in what moved, and grows the clusters anew where a tenth has changed."""

    def __init__(self, store: Store, every: float = EVERY) -> None:
        self.store, self.every = store, every
        self._rests: dict[int, float] = {}  # project -> when it may be arranged again
        self._grows: dict[int, float] = {}  # project -> when its clusters may be grown again
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="board-keeper", daemon=True)

    def start(self) -> Keeper:
        """Begins."""
        for project in list(self.store.live.projects):
            board.of(self.store, project).kept = True
        self._thread.start()
        return self

    def _run(self) -> None:
        self.ready()
        while not self._stop.wait(self.every):
            for project in sorted(self.store.live.projects):
                if self._stop.is_set():
                    return
                if self.due_in(project) > 0:
                    continue
                try:
                    self.look(project)
                except RelevanceError:
                    if not self._stop.is_set():
                        log.exception("The disputes of project %s could not be arranged; tried again.", project)

    def ready(self) -> None:
        """Arranges the list of disputes, which a start has empty, so that the first to open it does not wait for it."""
        for project in sorted(self.store.live.projects):
            try:
                with self.store.live.disputed.of(project) as shelf:
                    shelf.facets(MOST_KEYWORDS)
            except RelevanceError:
                # Whoever opens it first arranges it then; the keeper must live on for the boards.
                if self._stop.is_set():
                    return
                log.exception("The list of disputes of project %s could not be arranged.", project)

    def due_in(self, project: int) -> float:
        """Seconds until a project's board is looked at again; 0 or less: now."""
        return self._rests.get(project, 0.0) - time.monotonic()

    def look(self, project: int) -> None:
        """Arranges one project's board, if something moved."""
        mine, began = board.of(self.store, project), time.monotonic()
        mine.kept = True
        if mine.arranged is not None and (mine.behind(self.store) or not mine.due()):
            mine.refresh(self.store)
        ended = time.monotonic()
        seldom = 0.0 if ended - mine.looked < LOOKING_S else UNSEEN
        self._rests[project] = ended + max((ended - began) / SHARE, seldom)
        if mine.due() and ended >= self._grows.get(project, 0.0):
            self._grows[project] = time.monotonic() + mine.regrow(self.store) / SHARE

    def stop(self) -> None:
        """Ends the thread; an arranging in the making is finished first."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
