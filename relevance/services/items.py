"""Items come in: what the store does for an import, act by act.

A command (or an upload) checks its file in its own process, `services/item_import.py`; here are the acts that it calls,
in the server or on a free store. Rows are written in bounded pieces under an import that stays invisible until `commit`,
while graders go on. An import whose process ended before that is cleaned away by the next one, and at start.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any

from relevance.errors import BadInput, Stale, Unavailable
from relevance.roles import Act, Actor, require
from relevance.services import giving_way, gold_import, item_catalogue, running_imports
from relevance.services.item_changes import change_items, change_keywords, insert, undo, write_batches
from relevance.services.running_imports import PIECE
from relevance.store.columns import Kind, as_columns
from relevance.store.store import Store, Tx

AT_ONCE = 20_000  # changed rows that the last act may write; more are written in pieces just before it
OFFERED = 2_000  # items that enter the line in one act
_ID: Mapping[str, Kind] = {"id": "bigint"}
_KEYWORD: Mapping[str, Kind] = {
    **dict.fromkeys(("key", "text_zh", "text_en", "family", "note"), "varchar"),
    "weight": "double",
}
_ITEM: Mapping[str, Kind] = {
    **dict.fromkeys(("batch", "keyword", "clip", "start_ms", "end_ms"), "bigint"),
    "external_id": "varchar",
    "overlap": "smallint",
    "gold": "smallint",
}


def begin(
    store: Store,
    actor: Actor,
    project: int,
    file: str,
    digest: str,
    rows: int,
    stamp: str,
    pid: int,
    batches: Sequence[tuple[int | None, str, str | None]] = (),
) -> dict[str, Any]:
    """Opens an import. One at a time in a project, so that what was checked is still so when it is written.

    Args:
        pid: the process that writes it; when that is gone, the import is given up.
        batches: those that are new (no id) or whose deadline changes: (id, name, deadline as ISO text).
        stamp: the catalogue's, as the check saw it.

    Returns:
        The import's id, the ids of the batches in their order, and how many rows a piece had best have just now.

    Raises:
        Unavailable: another import of the project is being written.
        Stale: another import was committed since the check; check again.
    """
    require(actor, Act.IMPORT, project)
    clean(store, project)

    def act(tx: Tx) -> dict[str, Any]:
        mine = running_imports.by_store.setdefault(store, {})
        other = mine.get(project)
        if other is not None:
            raise Unavailable(
                'Another import of this project ("{file}", process {pid}) is being written. Try again when it is done.',
                file=other.file,
                pid=other.pid,
            )
        if item_catalogue.stamp_of(tx, project) != stamp:
            raise Stale("Another import was committed meanwhile; the file has to be checked again.")
        act_id = tx.new_act("items.import", actor, project, file=file, digest=digest, rows=rows)
        import_ = tx.new_id("import")
        running = running_imports.Running(import_, act_id, project, file, pid, actor.account)
        ids = []
        for known, name, deadline in batches:
            due = None if deadline is None else datetime.fromisoformat(deadline)
            if known is None:
                running.batches.append((tx.new_id("batch"), name, due))
                ids.append(running.batches[-1][0])
            else:
                if due is not None:
                    running.deadlines.append((known, due))
                ids.append(known)
        tx.insert(
            "import",
            id=import_,
            project=project,
            file=file,
            digest=digest,
            rows=rows,
            started_at=tx.now,
            made_by=actor.account,
            act=act_id,
        )
        mine[project] = running
        undo(tx, mine.pop, project, None)
        return {"import": import_, "batches": ids}

    return {**store.act(act), "piece": giving_way.piece(store)}


def add_keywords(store: Store, actor: Actor, import_: int, columns: Mapping[str, Sequence[Any]]) -> list[int]:
    """Writes new keywords (key, text_zh, text_en, family, note, weight; at most 5,000) and returns their ids."""
    running = running_imports.of(store, import_, actor)
    n = _bounded(columns["key"])
    weights = [1.0 if weight is None else weight for weight in columns["weight"]]
    piece = as_columns({**columns, "weight": weights}, _KEYWORD)

    def act(tx: Tx) -> list[int]:
        ids = tx.new_ids("keyword", n)
        insert(
            tx,
            {**piece, **as_columns({"id": ids}, _ID)},
            "insert into keyword (id, project, key, text_zh, text_en, family, note, weight, made_at, act)"
            " select id, ?, key, text_zh, text_en, family, note, weight, ?, ? from piece",
            [running.project, tx.now, running.act],
        )
        return list(ids)

    return giving_way.act(store, act)


def add_items(store: Store, actor: Actor, import_: int, columns: Mapping[str, Sequence[Any]]) -> int:
    """Writes new items (keyword, clip, batch ids, start_ms, end_ms, external_id, overlap, gold; at most 5,000)."""
    running = running_imports.of(store, import_, actor)
    n = _bounded(columns["keyword"])
    piece = as_columns(columns, _ITEM)

    def act(tx: Tx) -> int:
        insert(
            tx,
            {**piece, **as_columns({"id": tx.new_ids("item", n)}, _ID)},
            "insert into item (id, project, batch, keyword, clip, start_ms, end_ms, external_id, overlap, gold, import)"
            " select id, ?, batch, keyword, clip, start_ms, end_ms, external_id, overlap, gold, ? from piece",
            [running.project, import_],
        )
        return n

    return giving_way.act(store, act)


def change(
    store: Store,
    actor: Actor,
    import_: int,
    keywords: Sequence[dict[str, Any]] = (),
    items: Sequence[dict[str, Any]] = (),
) -> None:
    """Notes changes of what exists, to be made at the commit. A value that is not named stays as it is.

    keywords: id and any of text_zh, text_en, family, note, weight. items: item and any of external_id, overlap, gold.
    """
    running = running_imports.of(store, import_, actor)
    running.keywords.extend(keywords)
    running.items.extend(items)


def _bounded(values: Sequence[Any]) -> int:
    if len(values) > PIECE:
        raise BadInput("A piece has at most {most} rows; this one has {n}.", most=PIECE, n=len(values))
    return len(values)


def commit(store: Store, actor: Actor, import_: int, closing: bool = False) -> dict[str, int]:
    """Makes an import visible in one act, then lets its items into the line of work, in pieces.

    Changes of more than 20,000 rows are made in pieces just before, since graders must not wait; if the process ends
    between, the same file again makes the rest.

    Args:
        closing: the store closes next, and nobody is given work before: its next start lets the items in.

    Returns:
        items (added), items_changed, keywords_changed, batches (added), batches_changed.
    """
    running = running_imports.of(store, import_, actor)
    if len(running.items) + len(running.keywords) > AT_ONCE:
        size = giving_way.piece(store)
        for at in range(0, len(running.items), size):
            giving_way.act(store, lambda tx, at=at: change_items(tx, running, running.items[at : at + size]))  # type: ignore[misc]
        for at in range(0, len(running.keywords), size):
            giving_way.act(store, lambda tx, at=at: change_keywords(tx, running, running.keywords[at : at + size]))  # type: ignore[misc]
        last_items, last_keywords = [], []
    else:
        last_items, last_keywords = running.items, running.keywords

    def act(tx: Tx) -> dict[str, int]:
        change_items(tx, running, last_items)
        change_keywords(tx, running, last_keywords)
        write_batches(tx, running)
        added = int(tx.value("select count(*) from item where import = ?", [import_]))
        tx.execute(
            "update import set committed_at = ?, added = ?, updated = ? where id = ?",
            [tx.now, added, len(running.items), import_],
        )
        for keyword, weight in tx.all("select id, weight from keyword where act = ? and weight <> 1", [running.act]):
            tx.live.projects[running.project].weights[keyword] = weight
        mine = running_imports.by_store[store]
        mine.pop(running.project, None)
        undo(tx, mine.__setitem__, running.project, running)
        return {
            "items": added,
            "items_changed": len(running.items),
            "keywords_changed": len(running.keywords),
            "batches": len(running.batches),
            "batches_changed": len(running.deadlines),
        }

    done = store.act(act)
    if not closing:
        offer(store, running.project, import_)
    gold_import.take_imported(store, running.project, PIECE if closing else gold_import.PIECE)
    return done


def offer(store: Store, project: int, import_: int) -> int:
    """Lets the items of a committed import into the line of work. Returns how many.

    At a start the store does this itself, from the records.
    """
    total = 0
    with store.reader() as reader:
        # Sorted, so that what belongs into one queue comes together: a call an item costs the writer twenty times more.
        found = reader.run(
            "select batch, keyword, id, clip, overlap from item where import = ? order by batch, keyword, id", [import_]
        )
        while rows := found.fetchmany(OFFERED):
            total += len(rows)
            giving_way.act(store, partial(_offer, project=project, rows=rows))
    return total


def _offer(tx: Tx, project: int, rows: Sequence[tuple[int, int, int, int, int | None]]) -> None:
    for (batch, keyword), group in groupby(rows, key=lambda row: (row[0], row[1])):
        some = list(group)
        own = [(item, overlap) for _, _, item, _, overlap in some if overlap is not None]
        tx.live.add_items(project, batch, keyword, [row[2] for row in some], [row[3] for row in some], own)


def abort(store: Store, actor: Actor, import_: int) -> None:
    """Gives up an import and takes away what it wrote."""
    running = running_imports.of(store, import_, actor)
    _forget(store, running)
    _remove(store, import_)


def _forget(store: Store, running: running_imports.Running) -> None:
    def act(tx: Tx) -> None:
        mine = running_imports.by_store.get(store, {})
        if mine.get(running.project) is running:
            del mine[running.project]

    store.act(act)


def clean(store: Store, project: int | None = None) -> int:
    """Takes away what imports left behind whose process ended before the commit. Returns how many they were."""
    for running in list(running_imports.by_store.get(store, {}).values()):
        if (project is None or running.project == project) and not running.alive():
            _forget(store, running)
    going = {running.id for running in running_imports.by_store.get(store, {}).values()}
    with store.reader() as reader:
        left = [
            import_
            for (import_,) in reader.all(
                "select id from import where committed_at is null and (? is null or project = ?)", [project, project]
            )
            if import_ not in going
        ]
    for import_ in left:
        _remove(store, import_)
    return len(left)


def _remove(store: Store, import_: int) -> None:
    """Removes the rows of an import that was never committed, in pieces."""
    while True:
        with store.reader() as reader:
            span = reader.one(
                "select min(id), max(id), count(*) from (select id from item where import = ? order by id limit ?)",
                [import_, PIECE],
            )
        if span is None or not span[2]:
            break

        def act(tx: Tx, first: int = span[0], last: int = span[1]) -> None:
            tx.execute(
                "delete from item where id between ? and ? and import = ?"
                " and import in (select id from import where committed_at is null)",
                [first, last, import_],
            )

        giving_way.act(store, act)

    def last(tx: Tx) -> None:
        if tx.one("select 1 from import where id = ? and committed_at is null", [import_]) is None:
            return
        tx.execute("delete from keyword where act = (select act from import where id = ?)", [import_])
        tx.execute("delete from import where id = ?", [import_])

    store.act(last)


# By name, for a command that may speak to a running server.
ACTS: Mapping[str, Callable[..., Any]] = {
    "items.catalogue": item_catalogue.catalogue,
    "items.clips": item_catalogue.clips,
    "items.keywords": item_catalogue.keywords,
    "items.existing": item_catalogue.existing,
    "items.begin": begin,
    "items.add_keywords": add_keywords,
    "items.add": add_items,
    "items.change": change,
    "items.commit": commit,
    "items.abort": abort,
}
