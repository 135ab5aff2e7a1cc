"""What an import changes of batches, keywords and items that are there already, within an act."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from relevance.services.running_imports import Running
from relevance.services.states import restate
from relevance.store.columns import Columns, Kind, as_columns
from relevance.store.live import LiveBatch
from relevance.store.load import load_item
from relevance.store.store import Tx


def undo(tx: Tx, change: Callable[..., object], *arguments: object) -> None:
    """What takes a change of memory back if the act fails."""

    def run() -> None:
        change(*arguments)

    tx.live.journal.append(run)


def insert(tx: Tx, piece: Columns, sql: str, params: Sequence[Any]) -> None:
    """Runs a statement that reads these rows as `piece`."""
    with table(tx, "piece", piece):
        tx.execute(sql, params)


@contextlib.contextmanager
def table(tx: Tx, name: str, rows: Columns) -> Iterator[None]:
    """The rows as a table of this name, for the statements within."""
    tx.con.complete()  # a result that was read with fetchone is still open, and would refuse this
    tx.con.register(name, rows)
    try:
        yield
    finally:
        tx.con.complete()
        tx.con.unregister(name)


def write_batches(tx: Tx, running: Running) -> None:
    """New batches, and deadlines of those that are there."""
    at = tx.live.projects[running.project]
    for batch, name, deadline in running.batches:
        tx.insert(
            "batch", id=batch, project=running.project, name=name, deadline=deadline, made_at=tx.now, act=running.act
        )
        tx.live.batches[batch] = LiveBatch(batch, running.project, name, deadline, None)
        undo(tx, tx.live.batches.pop, batch, None)
        at.line.deadline(batch, deadline)
        at.audits.deadline(batch, deadline)
    for batch, deadline in running.deadlines:
        known = tx.live.batches[batch]
        tx.execute("update batch set deadline = ? where id = ?", [deadline, batch])

        def put(due: datetime | None, batch: int = batch, known: LiveBatch = known) -> None:
            known.deadline = due
            at.line.deadline(batch, due)
            at.audits.deadline(batch, due)

        undo(tx, put, known.deadline)
        put(deadline)


def change_keywords(tx: Tx, running: Running, changes: Sequence[dict[str, Any]]) -> None:
    """Changes keywords where a text, family, note or weight is given."""
    if not changes:
        return
    names = ("text_zh", "text_en", "family", "note")
    kinds: dict[str, Kind] = {"id": "bigint", **dict.fromkeys(names, "varchar"), "weight": "double"}
    sets = ", ".join(f"{name} = coalesce(piece.{name}, keyword.{name})" for name in (*names, "weight"))
    insert(
        tx,
        as_columns({name: [one.get(name) for one in changes] for name in kinds}, kinds),
        f"update keyword set {sets} from piece where keyword.id = piece.id and keyword.project = ?",
        [running.project],
    )
    at = tx.live.projects[running.project]
    for one in changes:
        if one.get("weight") is not None:
            old = at.weights.get(one["id"], 1.0)

            def put(weight: float, keyword: int = one["id"]) -> None:
                at.weights[keyword] = weight
                at.line.weight(keyword, weight)

            undo(tx, put, old)
            put(one["weight"])


def change_items(tx: Tx, running: Running, changes: Sequence[dict[str, Any]]) -> None:
    """Changes items where an external id, overlap or gold is given; never their grades."""
    if not changes:
        return
    kinds: dict[str, Kind] = {"item": "bigint", "external_id": "varchar", "overlap": "smallint", "gold": "smallint"}
    insert(
        tx,
        as_columns({name: [one.get(name) for one in changes] for name in kinds}, kinds),
        "update item set external_id = coalesce(piece.external_id, item.external_id),"
        " overlap = coalesce(piece.overlap, item.overlap), gold = coalesce(piece.gold, item.gold)"
        " from piece where item.id = piece.item and item.project = ?",
        [running.project],
    )
    at = tx.live.projects[running.project]
    wanted = {one["item"]: int(one["overlap"]) for one in changes if one.get("overlap") is not None}
    if not wanted:
        return
    touched = _touched(tx, list(wanted))
    for number, overlap in wanted.items():
        old = at.overlaps.get(number)
        at.overlaps[number] = overlap
        if old is None:
            undo(tx, at.overlaps.pop, number, None)
        else:
            undo(tx, at.overlaps.__setitem__, number, old)
        if number in touched:
            # More or fewer grades are wanted of an item that has some: its state follows at once.
            item = tx.live.get(number) or load_item(tx, tx.live, number)
            if item is not None:
                tx.live.touch(item)
                item.overlap = overlap
                restate(tx, item, running.act)


def _touched(tx: Tx, items: Sequence[int]) -> set[int]:
    """Which of the items somebody has had."""
    with table(tx, "asked", as_columns({"id": items}, {"id": "bigint"})):
        rows = tx.all(
            "select id from asked where id in (select item from assignment) or id in (select item from item_event)"
        )
    return {item for (item,) in rows}
