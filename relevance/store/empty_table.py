"""A table for rows that are to come, in the transaction that adds them."""

from __future__ import annotations

from relevance.store.store import Reader


def empty(reader: Reader, table: str, query: str) -> None:
    """Makes a table for a query's rows, which are to come.

    Not by `create table as` without rows: DuckDB 2.0.0 finds none of the rows that are added to such a table in the same
    transaction, once they fill a row group, until its file is opened anew.
    """
    columns = ", ".join(f'"{name}" {kind}' for name, kind, *_ in reader.all(f"describe {query}"))
    reader.all(f"create table {table} ({columns})")
