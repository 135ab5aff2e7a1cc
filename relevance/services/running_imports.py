"""Imports of items that are being written: who writes each, and what it still has to change."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from relevance.errors import NotFound
from relevance.roles import Actor

if TYPE_CHECKING:
    from relevance.store.store import Store

PIECE = 5_000  # rows in one act
SILENT = 600.0  # seconds without an act, after which an import is given up though its process lives


@dataclass(slots=True, eq=False)
class Running:
    """An import that is being written."""

    id: int
    act: int
    project: int
    file: str
    pid: int
    actor: int
    heard: float = field(default_factory=time.monotonic)  # its last sign of life
    batches: list[tuple[int, str, datetime | None]] = field(default_factory=list)  # new ones: id, name, deadline
    deadlines: list[tuple[int, datetime]] = field(default_factory=list)  # of batches that exist
    keywords: list[dict[str, Any]] = field(default_factory=list)  # changes of keywords that exist
    items: list[dict[str, Any]] = field(default_factory=list)  # changes of items that exist

    def alive(self) -> bool:
        """Whether the process that writes it is still there."""
        return lives(self.pid) and time.monotonic() - self.heard < SILENT


def here() -> int:
    """The process that writes an import from within this one."""
    return os.getpid()


def lives(pid: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


# Of each open store, by project. Changed only inside acts, so by one thread.
by_store: WeakKeyDictionary[Store, dict[int, Running]] = WeakKeyDictionary()


def of(store: Store, import_: int, actor: Actor) -> Running:
    """The import that an actor has begun, as heard of just now.

    Raises:
        NotFound: it was given up.
    """
    for running in by_store.get(store, {}).values():
        if running.id == import_ and running.actor == actor.account:
            running.heard = time.monotonic()
            return running
    raise NotFound("Import {id} was given up, most likely since the server was restarted. Run it again.", id=import_)
