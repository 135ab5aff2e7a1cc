"""Items come in: what the store does for an import, act by act.

A command (or an upload) checks its file in its own process, `services/item_import.py`; here are the acts that it calls,
in the server or on a free store. Rows are written in bounded pieces under an import that stays invisible until `commit`,
while graders go on. An import whose process ended before that is cleaned away by the next one, and at start.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any
from weakref import WeakKeyDictionary

import pyarrow as pa

from relevance.errors import BadInput, NotFound, Stale, Unavailable
from relevance.roles import Act, Actor, require
from relevance.services import gold
from relevance.services.states import restate
from relevance.store.live import LiveBatch
from relevance.store.load import load_item
from relevance.store.store import Reader, Store, Tx

PIECE = 5_000  # rows in one act
AT_ONCE = 20_000  # changed rows that the last act may write; more are written in pieces just before it
OFFERED = 2_000  # items that enter the line in one act
SILENT = 600.0  # seconds without an act, after which an import is given up though its process lives
COMMITTED = "import in (select id from import where committed_at is not null)"


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
        return _lives(self.pid) and time.monotonic() - self.heard < SILENT


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


# Of each open store, by project. Changed only inside acts, so by one thread.
_running: WeakKeyDictionary[Store, dict[int, Running]] = WeakKeyDictionary()


def _of(store: Store, import_: int, actor: Actor) -> Running:
    for running in _running.get(store, {}).values():
        if running.id == import_ and running.actor == actor.account:
            running.heard = time.monotonic()
            return running
    raise NotFound("Import {id} was given up, most likely since the server was restarted. Run it again.", id=import_)


def _undo(tx: Tx, change: Callable[..., object], *arguments: object) -> None:
    """What takes a change of memory back if the act fails."""

    def run() -> None:
        change(*arguments)

    tx.live.journal.append(run)


# What there is ----------------------------------------------------------------------------------------------------


def catalogue(store: Store, actor: Actor, project: int) -> dict[str, Any]:
    """A project as an import needs it: time zone, scale, batches, how much there is of the rest, and a stamp.

    Raises:
        NotAllowed: the actor may not import here.
        NotFound: there is no such project.
    """
    require(actor, Act.IMPORT, project)
    at = store.live.projects.get(project)
    if at is None:
        raise NotFound("There is no project {project}.", project=project)
    with store.reader(snapshot=True) as reader:
        levels = reader.all(
            "select level, name_zh, name_en from guideline_level where guideline ="
            " (select max_by(id, version) from guideline where project = ?) order by level desc",
            [project],
        )
        batches = reader.all("select id, name, deadline from batch where project = ? order by id", [project])
        items = reader.value(f"select count(*) from item where project = ? and {COMMITTED}", [project])
        return {
            "project": project,
            "name": at.name,
            "time_zone": at.time_zone,
            "percents": list(at.policy.percents),
            "levels": [[level, zh, en] for level, zh, en in levels],
            "batches": [[batch, name, _iso(deadline)] for batch, name, deadline in batches],
            "items": int(items or 0),
            "stamp": _stamp(reader, project),
        }


def _stamp(reader: Reader, project: int) -> str:
    """Changes whenever an import of the project is committed."""
    row = reader.one(
        "select coalesce(max(id), 0), count(*) from import where project = ? and committed_at is not null", [project]
    )
    return "{}-{}".format(*(row or (0, 0)))


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def clips(store: Store, actor: Actor, project: int, after: int = 0, limit: int = 20_000) -> dict[str, list[Any]]:
    """The project's clips past an id, column by column, with every name and path that they may be called by."""
    require(actor, Act.IMPORT, project)
    with store.reader(snapshot=True) as reader:
        return _columns(
            reader,
            """with page as (select * from clip where project = ? and id > ? order by id limit ?),
            other as (
                select source, list(name) as names, list(path) as paths from source_alias
                where source in (select source from page) group by source)
            select page.id as clip, content_id, page.name, duration_ms, removed_at is not null as removed,
                   list_concat([source.name], coalesce(other.names, [])) as names,
                   list_concat([source.path], coalesce(other.paths, [])) as paths
            from page left join source on source.id = page.source left join other on other.source = page.source
            order by page.id""",
            [project, after, limit],
        )


def keywords(store: Store, actor: Actor, project: int, after: int = 0, limit: int = 20_000) -> dict[str, list[Any]]:
    """The project's keywords past an id, column by column."""
    require(actor, Act.IMPORT, project)
    with store.reader() as reader:
        return _columns(
            reader,
            """select id, key, text_zh, text_en, family, note, weight from keyword where project = ? and id > ?
               and act not in (select act from import where committed_at is null) order by id limit ?""",
            [project, after, limit],
        )


def existing(store: Store, actor: Actor, project: int, after: int = 0, limit: int = 10_000) -> dict[str, list[Any]]:
    """The project's items past an id, column by column."""
    require(actor, Act.IMPORT, project)
    with store.reader() as reader:
        return _columns(
            reader,
            f"""select id as item, keyword, clip, start_ms, end_ms, batch, external_id, overlap, gold from item
                where project = ? and id > ? and {COMMITTED} order by id limit ?""",
            [project, after, limit],
        )


def _columns(reader: Reader, sql: str, params: Sequence[Any]) -> dict[str, list[Any]]:
    result = reader.run(sql, params)
    names = [column[0] for column in result.description or ()]
    rows = result.fetchall()
    return {name: [row[at] for row in rows] for at, name in enumerate(names)}


# Writing ----------------------------------------------------------------------------------------------------------


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
        The import's id, and the ids of the batches in their order.

    Raises:
        Unavailable: another import of the project is being written.
        Stale: another import was committed since the check; check again.
    """
    require(actor, Act.IMPORT, project)
    clean(store, project)

    def act(tx: Tx) -> dict[str, Any]:
        mine = _running.setdefault(store, {})
        other = mine.get(project)
        if other is not None:
            raise Unavailable(
                'Another import of this project ("{file}", process {pid}) is being written. Try again when it is done.',
                file=other.file,
                pid=other.pid,
            )
        if _stamp(tx, project) != stamp:
            raise Stale("Another import was committed meanwhile; the file has to be checked again.")
        act_id = tx.new_act("items.import", actor, project, file=file, digest=digest, rows=rows)
        import_ = tx.new_id("import")
        running = Running(import_, act_id, project, file, pid, actor.account)
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
        _undo(tx, mine.pop, project, None)
        return {"import": import_, "batches": ids}

    return store.act(act)


def add_keywords(store: Store, actor: Actor, import_: int, columns: Mapping[str, Sequence[Any]]) -> list[int]:
    """Writes new keywords (key, text_zh, text_en, family, note, weight; at most 5,000) and returns their ids."""
    running = _of(store, import_, actor)
    n = _bounded(columns["key"])
    text = {name: pa.array(columns[name], type=pa.string()) for name in ("key", "text_zh", "text_en", "family", "note")}
    weights = pa.array([1.0 if weight is None else weight for weight in columns["weight"]], type=pa.float64())

    def act(tx: Tx) -> list[int]:
        ids = tx.new_ids("keyword", n)
        piece = pa.table({"id": pa.array(ids, type=pa.int64()), **text, "weight": weights})
        _insert(
            tx,
            piece,
            "insert into keyword (id, project, key, text_zh, text_en, family, note, weight, made_at, act)"
            " select id, ?, key, text_zh, text_en, family, note, weight, ?, ? from piece",
            [running.project, tx.now, running.act],
        )
        return list(ids)

    return store.act(act)


def add_items(store: Store, actor: Actor, import_: int, columns: Mapping[str, Sequence[Any]]) -> int:
    """Writes new items (keyword, clip, batch ids, start_ms, end_ms, external_id, overlap, gold; at most 5,000)."""
    running = _of(store, import_, actor)
    n = _bounded(columns["keyword"])
    numbers = ("batch", "keyword", "clip", "start_ms", "end_ms")
    columns_ = {
        **{name: pa.array(columns[name], type=pa.int64()) for name in numbers},
        "external_id": pa.array(columns["external_id"], type=pa.string()),
        **{name: pa.array(columns[name], type=pa.int16()) for name in ("overlap", "gold")},
    }

    def act(tx: Tx) -> int:
        piece = pa.table({"id": pa.array(tx.new_ids("item", n), type=pa.int64()), **columns_})
        _insert(
            tx,
            piece,
            "insert into item (id, project, batch, keyword, clip, start_ms, end_ms, external_id, overlap, gold, import)"
            " select id, ?, batch, keyword, clip, start_ms, end_ms, external_id, overlap, gold, ? from piece",
            [running.project, import_],
        )
        return n

    return store.act(act)


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
    running = _of(store, import_, actor)
    running.keywords.extend(keywords)
    running.items.extend(items)


def _bounded(values: Sequence[Any]) -> int:
    if len(values) > PIECE:
        raise BadInput("A piece has at most {most} rows; this one has {n}.", most=PIECE, n=len(values))
    return len(values)


def _insert(tx: Tx, piece: pa.Table, sql: str, params: Sequence[Any]) -> None:
    with _table(tx, "piece", piece):
        tx.execute(sql, params)


@contextlib.contextmanager
def _table(tx: Tx, name: str, rows: pa.Table) -> Iterator[None]:
    """The rows as a table of this name, for the statements within."""
    tx.con.complete()  # a result that was read with fetchone is still open, and would refuse this
    tx.con.register(name, rows)
    try:
        yield
    finally:
        tx.con.complete()
        tx.con.unregister(name)


def commit(store: Store, actor: Actor, import_: int) -> dict[str, int]:
    """Makes an import visible in one act, then lets its items into the line of work, in pieces.

    Changes of more than 20,000 rows are made in pieces just before, since graders must not wait; if the process ends
    between, the same file again makes the rest.

    Returns:
        items (added), items_changed, keywords_changed, batches (added), batches_changed.
    """
    running = _of(store, import_, actor)
    if len(running.items) + len(running.keywords) > AT_ONCE:
        for at in range(0, len(running.items), PIECE):
            store.act(lambda tx, at=at: _change_items(tx, running, running.items[at : at + PIECE]))  # type: ignore[misc]
        for at in range(0, len(running.keywords), PIECE):
            store.act(lambda tx, at=at: _change_keywords(tx, running, running.keywords[at : at + PIECE]))  # type: ignore[misc]
        last_items, last_keywords = [], []
    else:
        last_items, last_keywords = running.items, running.keywords

    def act(tx: Tx) -> dict[str, int]:
        _change_items(tx, running, last_items)
        _change_keywords(tx, running, last_keywords)
        _batches(tx, running)
        added = int(tx.value("select count(*) from item where import = ?", [import_]))
        tx.execute(
            "update import set committed_at = ?, added = ?, updated = ? where id = ?",
            [tx.now, added, len(running.items), import_],
        )
        for keyword, weight in tx.all("select id, weight from keyword where act = ? and weight <> 1", [running.act]):
            tx.live.projects[running.project].weights[keyword] = weight
        mine = _running[store]
        mine.pop(running.project, None)
        _undo(tx, mine.__setitem__, running.project, running)
        return {
            "items": added,
            "items_changed": len(running.items),
            "keywords_changed": len(running.keywords),
            "batches": len(running.batches),
            "batches_changed": len(running.deadlines),
        }

    done = store.act(act)
    offer(store, running.project, import_)
    gold.take_imported(store, running.project)
    return done


def _batches(tx: Tx, running: Running) -> None:
    at = tx.live.projects[running.project]
    for batch, name, deadline in running.batches:
        tx.insert(
            "batch", id=batch, project=running.project, name=name, deadline=deadline, made_at=tx.now, act=running.act
        )
        tx.live.batches[batch] = LiveBatch(batch, running.project, name, deadline, None)
        _undo(tx, tx.live.batches.pop, batch, None)
        at.line.deadline(batch, deadline)
        at.audits.deadline(batch, deadline)
    for batch, deadline in running.deadlines:
        known = tx.live.batches[batch]
        tx.execute("update batch set deadline = ? where id = ?", [deadline, batch])

        def put(due: datetime | None, batch: int = batch, known: LiveBatch = known) -> None:
            known.deadline = due
            at.line.deadline(batch, due)
            at.audits.deadline(batch, due)

        _undo(tx, put, known.deadline)
        put(deadline)


def _change_keywords(tx: Tx, running: Running, changes: Sequence[dict[str, Any]]) -> None:
    if not changes:
        return
    names = ("text_zh", "text_en", "family", "note")
    piece = pa.table(
        {
            "id": pa.array([one["id"] for one in changes], type=pa.int64()),
            **{name: pa.array([one.get(name) for one in changes], type=pa.string()) for name in names},
            "weight": pa.array([one.get("weight") for one in changes], type=pa.float64()),
        }
    )
    sets = ", ".join(f"{name} = coalesce(piece.{name}, keyword.{name})" for name in (*names, "weight"))
    _insert(
        tx,
        piece,
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

            _undo(tx, put, old)
            put(one["weight"])


def _change_items(tx: Tx, running: Running, changes: Sequence[dict[str, Any]]) -> None:
    if not changes:
        return
    piece = pa.table(
        {
            "id": pa.array([one["item"] for one in changes], type=pa.int64()),
            "external_id": pa.array([one.get("external_id") for one in changes], type=pa.string()),
            **{name: pa.array([one.get(name) for one in changes], type=pa.int16()) for name in ("overlap", "gold")},
        }
    )
    _insert(
        tx,
        piece,
        "update item set external_id = coalesce(piece.external_id, item.external_id),"
        " overlap = coalesce(piece.overlap, item.overlap), gold = coalesce(piece.gold, item.gold)"
        " from piece where item.id = piece.id and item.project = ?",
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
            _undo(tx, at.overlaps.pop, number, None)
        else:
            _undo(tx, at.overlaps.__setitem__, number, old)
        if number in touched:
            # More or fewer grades are wanted of an item that has some: its state follows at once.
            item = tx.live.get(number) or load_item(tx, tx.live, number)
            if item is not None:
                tx.live.touch(item)
                item.overlap = overlap
                restate(tx, item, running.act)


def _touched(tx: Tx, items: Sequence[int]) -> set[int]:
    """Which of the items somebody has had."""
    with _table(tx, "asked", pa.table({"id": pa.array(items, type=pa.int64())})):
        rows = tx.all(
            "select id from asked where id in (select item from assignment) or id in (select item from item_event)"
        )
    return {item for (item,) in rows}


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
            store.act(partial(_offer, project=project, rows=rows))
    return total


def _offer(tx: Tx, project: int, rows: Sequence[tuple[int, int, int, int, int | None]]) -> None:
    for (batch, keyword), group in groupby(rows, key=lambda row: (row[0], row[1])):
        some = list(group)
        own = [(item, overlap) for _, _, item, _, overlap in some if overlap is not None]
        tx.live.add_items(project, batch, keyword, [row[2] for row in some], [row[3] for row in some], own)


def abort(store: Store, actor: Actor, import_: int) -> None:
    """Gives up an import and takes away what it wrote."""
    running = _of(store, import_, actor)
    _forget(store, running)
    _remove(store, import_)


def _forget(store: Store, running: Running) -> None:
    def act(tx: Tx) -> None:
        mine = _running.get(store, {})
        if mine.get(running.project) is running:
            del mine[running.project]

    store.act(act)


def clean(store: Store, project: int | None = None) -> int:
    """Takes away what imports left behind whose process ended before the commit. Returns how many they were."""
    for running in list(_running.get(store, {}).values()):
        if (project is None or running.project == project) and not running.alive():
            _forget(store, running)
    going = {running.id for running in _running.get(store, {}).values()}
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

        store.act(act)

    def last(tx: Tx) -> None:
        if tx.one("select 1 from import where id = ? and committed_at is null", [import_]) is None:
            return
        tx.execute("delete from keyword where act = (select act from import where id = ?)", [import_])
        tx.execute("delete from import where id = ?", [import_])

    store.act(last)


def here() -> int:
    """The process that writes an import from within this one."""
    return os.getpid()


# By name, for a command that may speak to a running server.
ACTS: Mapping[str, Callable[..., Any]] = {
    "items.catalogue": catalogue,
    "items.clips": clips,
    "items.keywords": keywords,
    "items.existing": existing,
    "items.begin": begin,
    "items.add_keywords": add_keywords,
    "items.add": add_items,
    "items.change": change,
    "items.commit": commit,
    "items.abort": abort,
}
