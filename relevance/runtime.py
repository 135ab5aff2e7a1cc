"""The running product: settings, store, clip library and clock, one a process.

The app starts it in its lifespan, a command on a free store starts it for itself; pages and routes ask for `current`.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from relevance.clock import Clock, SystemClock
from relevance.errors import Unavailable
from relevance.services import policies, propagation, regrade
from relevance.settings import Settings, wrong
from relevance.store.store import Store

if TYPE_CHECKING:
    from relevance.media.library import Library
    from relevance.store.history_writer import History

BEFORE_MIGRATION = "before-migration"


class Runtime:
    """An open store with all that belongs to it. `serving`: with what only a server does (publisher, socket)."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock | None = None,
        serving: bool = False,
        on_fatal: Callable[[], None] | None = None,
    ) -> None:
        """Opens the store.

        Raises:
            StoreInUse: another process has it.
            StoreTooNew: it was written by a newer release.
            Unavailable: it lacks rows that its second copy has.
            BadSetting: its folder can't be made, or a program that is set is another one.
        """
        check_programs(settings)
        try:
            settings.data.mkdir(parents=True, exist_ok=True)
        except OSError:
            raise wrong("data", settings.data) from None
        self.settings = settings
        self.clock: Clock = clock or SystemClock()
        self.store = Store.open(
            settings.data,
            self.clock,
            lease=timedelta(seconds=settings.lease_seconds),
            on_fatal=on_fatal,
            before_migration=_keep_old,
        )
        self.history: History | None = None
        self._stops: list[Callable[[], None]] = []
        try:
            self._compare(serving)
            policies.finish(self.store)
            regrade.finish(self.store)
            propagation.finish(self.store)
            if serving:
                self._serve()
        except BaseException:
            self.close()
            raise

    @cached_property
    def library(self) -> Library:
        """Where prepared clips lie."""
        from relevance.media.library import Library

        return Library(self.settings.data / "clips")

    def _compare(self, serving: bool) -> None:
        """Before anything is written: numbers of rows that were lost must not be given again."""
        from relevance.store.history_writer import History, refuse_lost

        if serving:
            self.history = History(self.store, self.settings.history_folder)
            self._stops.append(self.history.stop)
        else:
            refuse_lost(self.store, self.settings.history_folder)

    def _serve(self) -> None:
        from relevance import door
        from relevance.services import adaptive, alarms
        from relevance.services.board_keeper import Keeper
        from relevance.services.items import clean
        from relevance.services.truth import Refresher
        from relevance.store.snapshot import Publisher

        import_module("scipy.special")  # for gold's chances: not in the answer that asks for them first
        # Plotly asks pandas for its classes as soon as any thread has begun to import it, and fails where they are not there
        # yet: so it is whole before a second thread begins.
        import_module("pandas")
        assert self.history is not None
        clean(self.store)
        self.store.leave_a_core()  # all were wanted until here
        self.history.start()
        publisher = Publisher(self.store, self.settings.data / "analytics.duckdb", every=self.settings.snapshot_seconds)
        publisher.start()
        self._stops.append(publisher.stop)
        refresher = Refresher(self.store, after=alarms.note).start()
        self._stops.append(refresher.stop)
        keeper = Keeper(self.store).start()
        self._stops.append(keeper.stop)
        server = door.Server(self)
        server.start()
        self._stops.append(server.stop)
        self._stops.append(_every(15.0, self._expire))
        self._stops.append(_every(5.0, lambda: adaptive.look(self.store)))

    def _expire(self) -> None:
        """Ends leases whose time is over even when nobody asks for work, so that screens tell the truth."""
        self.store.act(lambda tx: tx.live.expire(tx.now))

    def close(self) -> None:
        """Stops what runs beside, finishes what is queued, and closes the store."""
        while self._stops:
            self._stops.pop()()
        self.store.close()


def _every(seconds: float, act: Callable[[], object]) -> Callable[[], None]:
    """Runs an act now and then on a thread of its own; returns what stops it."""
    over = threading.Event()

    def run() -> None:
        while not over.wait(seconds):
            try:
                act()
            except Unavailable:
                return

    thread = threading.Thread(target=run, name="every", daemon=True)
    thread.start()

    def stop() -> None:
        over.set()
        thread.join(timeout=seconds)

    return stop


def _keep_old(database: Path, schema: int) -> None:
    """A copy of the store as it was before a migration changes it."""
    folder = database.parent / BEFORE_MIGRATION
    folder.mkdir(mode=0o700, exist_ok=True)
    for file in (database, database.with_name(database.name + ".wal")):
        if file.exists():
            shutil.copy2(file, folder / f"schema-{schema:04}-{file.name}")


def check_programs(settings: Settings) -> None:
    """Proves that programs that were set are what they are set for.

    Raises:
        BadSetting: one is not.
    """
    from relevance.media.ffmpeg import runs

    for name, path in (("ffmpeg", settings.ffmpeg), ("ffprobe", settings.ffprobe)):
        if path is not None and not runs(str(path), name):
            raise wrong(name, path)


_current: Runtime | None = None


def start(settings: Settings, clock: Clock | None = None, serving: bool = True) -> Runtime:
    """Starts the product in this process and makes it the current one."""
    global _current
    _current = Runtime(settings, clock, serving)
    return _current


def current() -> Runtime:
    """The running product.

    Raises:
        Unavailable: it is not running (yet, or any more).
    """
    if _current is None:
        raise Unavailable("The server is starting. Try again in a moment.")
    return _current


def stop() -> None:
    """Closes the current product."""
    global _current
    if _current is not None:
        closing, _current = _current, None
        closing.close()
