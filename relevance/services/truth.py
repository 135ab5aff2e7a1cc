"""What the model says of every item, kept in the store and refreshed behind: never in a grader's way.

A fit reads the grades that count from a cursor of its own, and writes only the labels that changed, in pieces; the run's
own row comes last, so that a reader sees a run whole or not at all. Items that a person decided and gold anchor the model.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from relevance.errors import RelevanceError
from relevance.quality import horvitz_thompson, model
from relevance.quality.bootstrap import Estimate
from relevance.quality.labels import median, mode
from relevance.quality.table import Floats, Grades
from relevance.roles import Act, Actor, require
from relevance.store.known import KNOWN, NEWEST, OUT, grades_of
from relevance.store.priority import step_back
from relevance.store.store import Reader, Store, Tx

VERSION = "5"  # of the model and its defaults: a change of either is another version
LEVELS = 4
PIECE = 2_000  # labels written in one act
MOVED = 0.005  # a label whose distribution moved less is not written again
EVERY = 60.0  # seconds from the end of one look to the next
SHARE = 0.05  # of a core's time that fits may take

_one = threading.Lock()  # a process makes one fit at a time

# Every grade that says something of an item, whether it counts towards the consensus or came from an audit.
GRADES = grades_of("work", "audit")


@dataclass(frozen=True, slots=True)
class Run:
    """One fit: what it rests on, how many labels it wrote, how long it took. id None: nothing had changed."""

    id: int | None
    as_of: datetime
    grades: int
    items: int
    changed: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Delivered:
    """Accuracy of what is delivered, estimated from the random audit sample.

    confirmed: share of settled labels that one more, independent grade confirms. accuracy: the mean chance, by the
    model, that the label is right, given that grade too. drawn: items drawn; waiting: of them not yet graded.
    """

    confirmed: Estimate
    accuracy: Estimate
    drawn: int
    waiting: int


def _columns(reader: Reader, sql: str, project: int) -> dict[str, NDArray[Any]]:
    return {name: np.ma.filled(values, -1) for name, values in reader.run(sql, [project]).fetchnumpy().items()}


def table_of(item: NDArray[Any], grader: NDArray[Any], level: NDArray[Any]) -> Grades:
    """A checked table from the store's columns, sorted by item and grader; the last of a grader's grades counts."""
    last = np.r_[(item[1:] != item[:-1]) | (grader[1:] != grader[:-1]), True] if len(item) else np.zeros(0, bool)
    item, grader, level = item[last], grader[last], level[last]
    items, item_code = np.unique(item, return_inverse=True)
    graders, grader_code = np.unique(grader, return_inverse=True)
    return Grades(
        item_code.astype(np.int32), grader_code.astype(np.int32), level.astype(np.int32), items, graders, LEVELS, True
    )


def refresh(store: Store, project: int, every: bool = False) -> Run:
    """Fits the model to a project's grades and writes what changed (with `every`: all). Safe while graders go on."""
    with _one:
        return _refresh(store, project, every)


def _refresh(store: Store, project: int, every: bool) -> Run:
    began, as_of = time.perf_counter(), store.clock.now()
    with store.reader(snapshot=True) as reader:
        found = _columns(reader, GRADES, project)
        known = _columns(reader, f"{KNOWN} where item.project = ?", project)
        before = _columns(
            reader,
            f"select item, p0, p1, p2, p3, n from ({NEWEST}) where item in (select id from item where project = ?)",
            project,
        )
        last = reader.one("select version from model_run where project = ? order by id desc limit 1", [project])
    grades = table_of(found["item"], found["grader"], found["level"])
    if len(grades) == 0:
        return Run(None, as_of, 0, 0, 0, time.perf_counter() - began)
    gold = np.full(len(grades.items), -1, dtype=np.int32)
    sure = np.where(known["gold"] >= 0, known["gold"], known["decided"])
    at = np.searchsorted(grades.items, known["item"])
    there = (at < len(grades.items)) & (grades.items[np.minimum(at, len(grades.items) - 1)] == known["item"])
    gold[at[there]] = sure[there]
    shares = model.fit(grades, gold=gold if (gold >= 0).sum() >= model.FOLDS else None).shares
    n = grades.votes.sum(axis=1)
    moved = np.ones(len(grades.items), dtype=bool)
    if last is not None and last[0] == VERSION and not every and len(before["item"]):
        order = np.argsort(before["item"])
        old = np.searchsorted(before["item"][order], grades.items)
        had = (old < len(order)) & (before["item"][order[np.minimum(old, len(order) - 1)]] == grades.items)
        row = order[np.minimum(old, len(order) - 1)]
        far = np.abs(np.stack([before[f"p{k}"][row] for k in range(LEVELS)], axis=1) - shares).max(axis=1) >= MOVED
        moved = ~had | far | (before["n"][row] != n)
    if not moved.any():
        return Run(None, as_of, len(grades), len(grades.items), 0, time.perf_counter() - began)
    return _write(store, project, as_of, began, grades, shares, n, np.flatnonzero(moved))


def _write(
    store: Store, project: int, as_of: datetime, began: float, grades: Grades, shares: Floats, n: Floats,
    moved: NDArray[np.int64],
) -> Run:  # fmt: skip
    labels = mode(shares)
    run = store.act(_new_run)
    for start in range(0, len(moved), PIECE):
        rows = moved[start : start + PIECE]
        piece = pa.table(
            {
                "item": pa.array(grades.items[rows].astype(np.int64)),
                **{f"p{k}": pa.array(shares[rows, k]) for k in range(LEVELS)},
                "level": pa.array(labels.level[rows].astype(np.int16)),
                "tie": pa.array(labels.tie[rows].astype(bool)),
                "n": pa.array(n[rows].astype(np.int16)),
            }
        )
        store.act(lambda tx, piece=piece: _put(tx, run, piece))  # type: ignore[misc]
    seconds = time.perf_counter() - began

    def last(tx: Tx) -> None:
        tx.insert(
            "model_run", id=run, project=project, version=VERSION, as_of=as_of, grades=len(grades),
            items=len(grades.items), changed=len(moved), seconds=seconds, made_at=tx.now,
        )  # fmt: skip

    store.act(last)
    _clear(store, run, grades.items[moved])
    return Run(run, as_of, len(grades), len(grades.items), len(moved), seconds)


def _new_run(tx: Tx) -> int:
    """The next run's number. What a run left that never ended is taken away: its number may be given again."""
    tx.wrote = True
    tx.run("delete from model_label where run > (select coalesce(max(id), 0) from model_run)")
    return tx.new_id("model_run")


def _put(tx: Tx, run: int, piece: pa.Table) -> None:
    """The rows of a piece. Not by `execute`: nothing that players keep at hand hangs on them."""
    tx.con.complete()
    tx.con.register("labels_of_run", piece)
    tx.wrote = True
    try:
        tx.run(f"insert into model_label (run, item, p0, p1, p2, p3, level, tie, n) select {run}, * from labels_of_run")
    finally:
        tx.con.complete()
        tx.con.unregister("labels_of_run")


def _clear(store: Store, run: int, items: NDArray[Any]) -> None:
    """Takes away the labels that this run has replaced, in pieces."""
    for start in range(0, len(items), PIECE):
        piece = pa.table({"item": pa.array(items[start : start + PIECE].astype(np.int64))})

        def act(tx: Tx, piece: pa.Table = piece) -> None:
            tx.con.complete()
            tx.con.register("replaced", piece)
            tx.wrote = True
            try:
                tx.run("delete from model_label where run < ? and item in (select item from replaced)", [run])
            finally:
                tx.con.complete()
                tx.con.unregister("replaced")

        store.act(act)


def distributions(store: Store, items: list[int]) -> dict[int, tuple[float, float, float, float]]:
    """What the model says of these items, as far as it has said something."""
    with store.reader() as reader:
        rows = reader.all(
            f"select item, p0, p1, p2, p3 from ({NEWEST}) where item in (select unnest(?::bigint[]))", [items]
        )
    return {row[0]: (row[1], row[2], row[3], row[4]) for row in rows}


def newest(store: Store, project: int) -> tuple[str, datetime] | None:
    """The version and time of the newest run; None: there was none yet."""
    with store.reader() as reader:
        row = reader.one("select version, made_at from model_run where project = ? order by id desc limit 1", [project])
    return None if row is None else (row[0], row[1])


AUDITS = f"""
    with told as (select item, id, level from item_event),
    graded as (
        select item, min_by(level, made_at) as level from answer
        where purpose = 'audit' and level is not null and assignment not in (select assignment from ({OUT})) group by item)
    select audit_draw.share, told.level as label, graded.level as grade, newest.p0, newest.p1, newest.p2, newest.p3
    from audit_draw join item on item.id = audit_draw.item join told on told.id = audit_draw.event
    left join graded on graded.item = audit_draw.item left join ({NEWEST}) newest on newest.item = audit_draw.item
    where item.project = ? order by audit_draw.item
"""


def delivered(store: Store, actor: Actor, project: int) -> Delivered:
    """What the audit sample says of all labels that the grades settled, as they were settled.

    Drawn independently of everything else with a known chance, so that it estimates without the bias that adaptive
    grading brings (hard items have more grades there).
    """
    require(actor, Act.SEE_OVERVIEW, project)
    with store.reader() as reader:
        rows = reader.all(AUDITS, [project])
    graded = [row for row in rows if row[2] is not None]
    chance = np.array([row[0] for row in graded], dtype=float)
    same = np.array([row[1] == row[2] for row in graded], dtype=float)
    told = [row for row in graded if row[3] is not None]
    right = np.array([row[3 + row[1]] for row in told], dtype=float)
    return Delivered(
        horvitz_thompson.estimate(same, chance),
        horvitz_thompson.estimate(right, np.array([row[0] for row in told], dtype=float)),
        len(rows), len(rows) - len(graded),
    )  # fmt: skip


def near(shares: Floats) -> NDArray[Any]:
    """(N,) the label that lies nearest on average, for a project that asks for near rather than exact."""
    return np.asarray(median(shares).level)


class Refresher:
    """Keeps the labels fresh from a thread of its own; takes a twentieth of a core at most."""

    def __init__(
        self, store: Store, every: float = EVERY, after: Callable[[Store, int], object] = lambda *_: None
    ) -> None:
        """after: what else follows from fresh labels, by project (noting the alerts that ring)."""
        self.store, self.every, self.after = store, every, after
        self._changes: dict[int, int] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="model-refresher", daemon=True)

    def start(self) -> Refresher:
        """Begins."""
        self._thread.start()
        return self

    def _run(self) -> None:
        step_back()
        spent = 0.0
        while not self._stop.wait(max(self.every, spent / SHARE)):
            began = time.perf_counter()
            for project in sorted(self.store.live.projects):
                changes = self.store.changes
                if self._stop.is_set() or self._changes.get(project) == changes:
                    continue
                try:
                    refresh(self.store, project)
                    self.after(self.store, project)
                except RelevanceError:
                    if not self._stop.is_set():
                        logging.getLogger(__name__).exception("The model's labels could not be refreshed; tried again.")
                    continue
                self._changes[project] = self.store.changes
            spent = time.perf_counter() - began

    def stop(self) -> None:
        """Ends the thread; a fit in the making is finished first."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
