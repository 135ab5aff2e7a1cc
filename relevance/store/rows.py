"""Rows that wait for the commit, written with one INSERT a table.

Few rows go as parameters of VALUES, many as one Arrow table: a row of 25 columns costs DuckDB half a millisecond to
bind as parameters, while a whole Arrow table costs two and a half (`python -m tests.bench answers` carries twice the
grades with it).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa

FEW = 4  # rows of one table that go as parameters

_TYPES = {
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "SMALLINT": pa.int16(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "VARCHAR": pa.string(),
    "TIMESTAMP WITH TIME ZONE": pa.timestamp("us", "UTC"),
}


def marks(values: Sequence[object]) -> str:
    """The question marks for a list of values in SQL.

    >>> marks([7, 8])
    '?, ?'
    """
    return ", ".join("?" * len(values))


class Types:
    """The Arrow types of tables' columns, asked once a table."""

    def __init__(self) -> None:
        self._known: dict[str, Mapping[str, pa.DataType]] = {}

    def of(self, con: duckdb.DuckDBPyConnection, table: str) -> Mapping[str, pa.DataType]:
        """Type by column."""
        if table not in self._known:
            found = con.execute(f"select column_name, column_type from (describe {table})").fetchall()
            self._known[table] = {name: _TYPES[kind] for name, kind in found}
        return self._known[table]


class Rows:
    """Rows that wait: (table, columns) -> rows."""

    def __init__(self, types: Types) -> None:
        self.waiting: dict[tuple[str, tuple[str, ...]], list[tuple[Any, ...]]] = {}
        self.tables: set[str] = set()  # all that were added to, written or not
        self._types = types

    def add(self, table: str, columns: dict[str, Any]) -> None:
        """One row."""
        self.tables.add(table)
        self.waiting.setdefault((table, tuple(columns)), []).append(tuple(columns.values()))

    def take(self, other: Rows) -> None:
        """The rows of another, which has none then."""
        self.tables |= other.tables
        for key, rows in other.waiting.items():
            self.waiting.setdefault(key, []).extend(rows)
        other.waiting.clear()

    def write(self, con: duckdb.DuckDBPyConnection) -> None:
        """Writes them into the open transaction."""
        for (table, columns), rows in self.waiting.items():
            head = f"insert into {table} ({', '.join(columns)})"
            if len(rows) < FEW:
                one = f"({marks(columns)})"
                con.execute(f"{head} values " + ", ".join([one] * len(rows)), [value for row in rows for value in row])
                continue
            types = self._types.of(con, table)
            piece = pa.table(
                [
                    pa.array(values, type=types[name])
                    for name, values in zip(columns, zip(*rows, strict=True), strict=True)
                ],
                names=list(columns),
            )
            con.execute(f"{head} select * from piece")  # DuckDB finds the variable by its name
            del piece
        self.waiting.clear()
