"""What grading confirms, durable at once as one row a commit, and put into its tables a little later, many at a time.

An answer with its event and its next lease is rows of three tables. Written there one by one they cost three times and more
what one text in one table costs (`python -m tests.bench intake`), and a table's INSERT costs nearly the same for one row and
for a hundred. So a commit of grading alone writes one row into `intake`; the writer moves all of them into their tables,
in one transaction, once a second, before any act that asks the database, before a reader begins, and at start.
So nobody sees a difference: what is confirmed is on the disk, and what is read has all that was confirmed.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

import duckdb

from relevance.store.rows import Rows, Types

TABLES = frozenset({"answer", "assignment", "item_event", "unseen", "audit_draw"})  # what grading writes all day
SINCE = 11  # the migration that made it
DUE = 1.0  # seconds that a row waits here at most, where nobody asks for it before
_log = logging.getLogger(__name__)


class Refused(Exception):
    """A table would not have a row that waited for it."""


class Intake:
    """The rows in `intake`, as the writer holds them in memory; only its thread changes them."""

    def __init__(self, types: Types, clock: Callable[[], float] = time.monotonic) -> None:
        self.refused: list[int] = []  # commits whose tables would not have them: a fault of ours, kept for `verify`
        self._types = types
        self._clock = clock
        self._kept: list[tuple[int, Rows]] = []
        self._noted: tuple[int, Rows] | None = None  # by the commit under way
        self._last = 0
        self._next = 0.0  # when they are due

    def __bool__(self) -> bool:
        """Whether any rows wait."""
        return bool(self._kept)

    def due_in(self) -> float | None:
        """Seconds until the rows are to be moved; None where none wait."""
        return max(0.0, self._next - self._clock()) if self._kept else None

    def takes(self, con: duckdb.DuckDBPyConnection, rows: Rows) -> bool:
        """Whether these rows may wait here: of grading's tables, with values that leave nothing to a cast."""
        return rows.tables <= TABLES and all(
            self._types.fit(con, table, columns, row) for (table, columns), of in rows.waiting.items() for row in of
        )

    def note(self, con: duckdb.DuckDBPyConnection, rows: Rows) -> None:
        """Writes rows into `intake`, outside a transaction: durable when this returns."""
        parts = [[table, columns, of] for (table, columns), of in rows.waiting.items()]
        text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"), default=datetime.isoformat)
        self._last += 1
        con.execute(self._types.insert(con, "intake", ("id", "rows"), 1), [self._last, text])
        self._noted = self._last, rows

    def move(self, con: duckdb.DuckDBPyConnection) -> None:
        """Puts all that waits into its tables, in the open transaction.

        Raises:
            Refused: a table would not have a row; see `sift`.
        """
        if not self._kept:
            return
        rows = Rows(self._types)
        for _, one in self._kept:
            rows.add_all(one)
        try:
            rows.write(con)
        except (duckdb.IntegrityError, duckdb.DataError) as why:
            raise Refused(str(why)) from why
        con.execute("delete from intake where id between ? and ?", [self._kept[0][0], self._kept[-1][0]])

    def sift(self, con: duckdb.DuckDBPyConnection) -> None:
        """Puts what waits into its tables one commit at a time; what a table refuses stays in `intake` and is told.

        It can only come from a fault of ours. All else must not wait for it, and it must not be lost.

        Raises:
            duckdb.Error: the disk is full, or something else is wrong with the database; what is left waits on.
        """
        while self._kept:
            number, rows = self._kept[0]
            con.begin()
            try:
                copy = Rows(self._types)
                copy.add_all(rows)
                copy.write(con)
                con.execute("delete from intake where id = ?", [number])
                con.commit()
            except duckdb.Error as why:
                with suppress(duckdb.Error):  # nothing is open any more where COMMIT itself failed
                    con.rollback()
                if not isinstance(why, duckdb.IntegrityError | duckdb.DataError):
                    raise
                self.refused.append(number)
                _log.error(
                    "Rows that were confirmed are refused by their table (%s): they stay in intake, %d.", why, number
                )
            self._kept.pop(0)

    def committed(self, moved: bool) -> None:
        """What was moved is gone, what was noted waits."""
        if moved:
            self._kept.clear()
        elif self._noted is not None:
            if not self._kept:
                self._next = self._clock() + DUE
            self._kept.append(self._noted)
        self._noted = None

    def rolled_back(self) -> None:
        """All waits as before, and is tried again in a while."""
        self._next = self._clock() + DUE
        self._noted = None

    def take_up(self, con: duckdb.DuckDBPyConnection) -> None:
        """Moves what a process left that ended before it could; before the schema is changed, since it is of this one."""
        for number, text in con.execute("select id, rows from intake order by id").fetchall():
            rows = Rows(self._types)
            for table, columns, of in json.loads(text):
                times = [self._types.of(con, table)[column].startswith("TIMESTAMP") for column in columns]
                for row in of:
                    rows.add(table, dict(zip(columns, map(_read, row, times), strict=True)))
            self._kept.append((number, rows))
            self._last = number
        if not self._kept:
            return
        con.begin()
        try:
            self.move(con)
            con.commit()
            self._kept.clear()
        except Refused:
            con.rollback()
            self.sift(con)


def _read(value: Any, time: bool) -> Any:
    return datetime.fromisoformat(value) if time and value is not None else value
