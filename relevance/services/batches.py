"""A project's batches: what arrived together, by when it is due, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from relevance.errors import BadInput, NotFound
from relevance.roles import Act, Actor, require
from relevance.services.names import fold
from relevance.store.store import Store, Tx


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch and how far it is. `counts` is by state; `open` is what is left."""

    id: int
    name: str
    deadline: datetime | None
    overlap: int | None
    items: int
    counts: dict[str, int]


def of(store: Store, project: int) -> list[BatchRow]:
    """The batches of a project, the nearest deadline first, with their counts."""
    counts = store.live.counts
    rows = []
    for batch in sorted(
        (b for b in list(store.live.batches.values()) if b.project == project),
        key=lambda b: (b.deadline is None, b.deadline, b.id),
    ):
        total = counts["items", project, batch.id]
        states = {
            state: counts["state", project, batch.id, state]
            for state in ("settled", "disputed", "decided", "withdrawn")
        }
        states["open"] = total - sum(states.values())
        rows.append(BatchRow(batch.id, batch.name, batch.deadline, batch.overlap, total, states))
    return rows


def change(
    store: Store, actor: Actor, batch: int, name: str | None = None, deadline: datetime | None = None,
    no_deadline: bool = False,
) -> None:  # fmt: skip
    """Renames a batch or moves its deadline; the order of work follows at once."""
    known = store.live.batches.get(batch)
    if known is None:
        raise NotFound("There is no batch {batch}.", batch=batch)
    require(actor, Act.MANAGE_BATCHES, known.project)

    def act(tx: Tx) -> None:
        at = tx.live.batches[batch]
        line, audits = tx.live.projects[at.project].line, tx.live.projects[at.project].audits
        old = (at.name, at.deadline)
        new_name = " ".join(name.split()) if name else at.name
        new_deadline = None if no_deadline else (deadline or at.deadline)
        if any(
            other.id != batch and other.project == at.project and fold(other.name) == fold(new_name)
            for other in tx.live.batches.values()
        ):
            raise BadInput("There is a batch called {name} already.", name=new_name)
        tx.new_act("batch.set", actor, at.project, batch=batch, name=new_name, deadline=new_deadline)
        tx.execute("update batch set name = ?, deadline = ? where id = ?", [new_name, new_deadline, batch])

        def put(values: tuple[str, datetime | None]) -> None:
            at.name, at.deadline = values
            line.deadline(batch, values[1])
            audits.deadline(batch, values[1])

        tx.live.journal.append(lambda: put(old))
        put((new_name, new_deadline))

    store.act(act)
