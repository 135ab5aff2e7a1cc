"""Rows that wait for the commit, written with one INSERT a table.

Few rows go as VALUES, many as a list a column, unnested, which binds a row for far less. Either way the statement is parsed
once: the same few are all day's work. Arrow would do as well, but for its first array it imports pandas, while everything
waits for the writer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from math import isfinite
from typing import Any

import duckdb

FEW = 4  # rows of one table that go as VALUES


def _whole(bits: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and -(1 << bits - 1) <= value < 1 << bits - 1


_FITS: Mapping[str, Callable[[Any], bool]] = {
    "BIGINT": _whole(64),
    "INTEGER": _whole(32),
    "SMALLINT": _whole(16),
    "DOUBLE": lambda value: type(value) in (int, float) and isfinite(value),
    "BOOLEAN": lambda value: type(value) is bool,
    "VARCHAR": lambda value: type(value) is str,
    "TIMESTAMP WITH TIME ZONE": lambda value: type(value) is datetime and value.tzinfo is not None,
}


def marks(values: Sequence[object]) -> str:
    """The question marks for a list of values in SQL.

    >>> marks([7, 8])
    '?, ?'
    """
    return ", ".join("?" * len(values))


class Types:
    """What is asked or parsed once a table: the types of its columns, and its INSERTs."""

    def __init__(self) -> None:
        self._known: dict[str, Mapping[str, str]] = {}
        self._fits: dict[tuple[str, tuple[str, ...]], list[Callable[[Any], bool]]] = {}
        self._inserts: dict[tuple[str, tuple[str, ...], int], duckdb.Statement] = {}

    def forget(self) -> None:
        """All of it: the tables are others now."""
        self._known.clear()
        self._fits.clear()
        self._inserts.clear()

    def of(self, con: duckdb.DuckDBPyConnection, table: str) -> Mapping[str, str]:
        """Type by column."""
        if table not in self._known:
            found = con.execute(f"select column_name, column_type from (describe {table})").fetchall()
            self._known[table] = dict(found)
        return self._known[table]

    def fit(self, con: duckdb.DuckDBPyConnection, table: str, columns: tuple[str, ...], row: tuple[Any, ...]) -> bool:
        """Whether a row's values are of its columns' types, to the letter: nothing is left to a cast."""
        key = table, columns
        if key not in self._fits:
            types = self.of(con, table)
            self._fits[key] = [_FITS[types[name]] for name in columns]
        return all(value is None or fits(value) for value, fits in zip(row, self._fits[key], strict=True))

    def insert(
        self, con: duckdb.DuckDBPyConnection, table: str, columns: tuple[str, ...], rows: int
    ) -> duckdb.Statement:
        """The statement that writes so many rows, parsed: few as values, one row after the other, many as lists."""
        key = table, columns, rows if rows < FEW else FEW
        if key not in self._inserts:
            if rows < FEW:
                source = "values " + ", ".join([f"({marks(columns)})"] * rows)
            else:
                types = self.of(con, table)
                source = "select " + ", ".join(f"unnest(?::{types[name]}[])" for name in columns)
            (self._inserts[key],) = con.extract_statements(f"{head(table, columns)} {source}")
        return self._inserts[key]


def head(table: str, columns: Sequence[str]) -> str:
    """An INSERT up to its values.

    >>> head("item", ["id", "clip"])
    'insert into item (id, clip)'
    """
    return f"insert into {table} ({', '.join(columns)})"


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
        self.add_all(other)
        other.waiting.clear()

    def add_all(self, other: Rows) -> None:
        """The rows of another, which keeps them."""
        self.tables |= other.tables
        for key, rows in other.waiting.items():
            self.waiting.setdefault(key, []).extend(rows)

    def write(self, con: duckdb.DuckDBPyConnection) -> None:
        """Writes them into the open transaction."""
        for (table, columns), rows in self.waiting.items():
            if len(rows) < FEW:
                values: list[Any] = [value for row in rows for value in row]
            else:
                values = [list(column) for column in zip(*rows, strict=True)]
            con.execute(self._types.insert(con, table, columns, len(rows)), values)
        self.waiting.clear()
