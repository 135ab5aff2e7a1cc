"""The published copy that analysts read: how fresh it is, and a new one on demand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from relevance.roles import Act, Actor, require
from relevance.store.snapshot import FILE, publish
from relevance.store.store import Store


@dataclass(frozen=True, slots=True)
class Copy:
    """The copy as it lies there: where, since when, how large."""

    path: Path
    made_at: datetime
    bytes: int


def copy(store: Store) -> Copy | None:
    """The published copy, or None where none was made yet."""
    path = store.folder / FILE
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return Copy(path, datetime.fromtimestamp(found.st_mtime, UTC), found.st_size)


def renew(store: Store, actor: Actor, project: int) -> Copy | None:
    """Publishes a new copy now; whoever reads the old one is not disturbed.

    Raises:
        NotAllowed: the actor may not.
    """
    require(actor, Act.SNAPSHOT, project)
    publish(store)
    return copy(store)
