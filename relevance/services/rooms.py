"""What a meeting's room keeps in memory: who is here, where the clip stands for everyone, and that something changed.

Nothing here is a record: after a restart people are seen again within a second, and the clip stands at its start.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from relevance.store.store import Store

HERE = 12.0  # seconds without a sign of life after which somebody is taken to be gone
_EPOCH = secrets.token_hex(4)  # a version from before a restart equals none from after it


@dataclass(frozen=True, slots=True)
class Cue:
    """Where the clip stands for everyone who follows: `n` grows with every key of the chair."""

    n: int = 0
    ms: int = 0
    playing: bool = False


@dataclass(slots=True)
class Room:
    """One meeting's room. `n` grows with everything that others should see, `told` with its records alone."""

    n: int = 0
    told: int = 0
    cue: Cue = Cue()
    seen: dict[int, float] = field(default_factory=dict)
    waiting: set[Callable[[], None]] = field(default_factory=set)  # each is called when `n` has grown

    @property
    def version(self) -> str:
        """Changes with everything that others should see."""
        return f"{_EPOCH}-{self.n}"

    def here(self) -> frozenset[int]:
        """The attendees who were seen a moment ago."""
        now = time.monotonic()
        return frozenset(attendee for attendee, at in list(self.seen.items()) if now - at < HERE)

    def silent(self, attendee: int) -> float | None:
        """Seconds since somebody was seen; None: never since the server started."""
        at = self.seen.get(attendee)
        return None if at is None else time.monotonic() - at


_LOCK = threading.Lock()
_BY_STORE: WeakKeyDictionary[Store, dict[int, Room]] = WeakKeyDictionary()


def room(store: Store, meeting: int) -> Room:
    """A meeting's room; it is there as soon as somebody asks."""
    with _LOCK:
        return _BY_STORE.setdefault(store, {}).setdefault(meeting, Room())


def changed(store: Store, meeting: int) -> None:
    """A record that others should see has changed: whoever waits is answered."""
    here = room(store, meeting)
    with _LOCK:
        here.n += 1
        here.told += 1
    _wake(here)


def _wake(here: Room) -> None:
    for call in list(here.waiting):
        call()


def seen(store: Store, meeting: int, attendee: int) -> None:
    """A sign of life. Who comes in is told to the others at once."""
    here = room(store, meeting)
    new = attendee not in here.here()
    here.seen[attendee] = time.monotonic()
    if new:
        with _LOCK:
            here.n += 1
        _wake(here)


def cue(store: Store, meeting: int, ms: int, playing: bool) -> Cue:
    """Puts the clip somewhere, for everyone who follows. This is no record."""
    here = room(store, meeting)
    with _LOCK:
        here.cue = made = Cue(here.cue.n + 1, max(0, ms), playing)
        here.n += 1
    _wake(here)
    return made


def stepped(store: Store, meeting: int) -> None:
    """Another case is on the screen, its clip at the start: a record and a cue that come as one."""
    here = room(store, meeting)
    with _LOCK:
        here.told += 1
    cue(store, meeting, 0, False)
