"""Parquet files. Rows are numbered as if a header stood above them: the first is row 2."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from relevance.errors import BadInput
from relevance.exchange.jsonl import as_text
from relevance.exchange.tables import Cell, Row


class ParquetFile:
    """A Parquet file, read a piece at a time."""

    titles_known = True
    detail = "Parquet"

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name = path, name

    def rows(self) -> Iterator[Row]:
        """The column names as row 1, then each row.

        Raises:
            BadInput: the file is damaged.
        """
        try:
            with pq.ParquetFile(self.path) as file:
                yield 1, list(file.schema_arrow.names)
                line = 2
                for piece in file.iter_batches(batch_size=8192):
                    columns = [[cell(value) for value in column.to_pylist()] for column in piece.columns]
                    for at in range(piece.num_rows):
                        yield line + at, [column[at] for column in columns]
                    line += piece.num_rows
        except (pa.ArrowException, OSError) as fault:
            raise BadInput("{file} is a damaged Parquet file ({why}).", file=self.name, why=str(fault)) from fault


def cell(value: Any) -> Cell:
    """A typed value as the text that a person would have typed into a cell.

    >>> cell(datetime(2026, 1, 5)), cell(timedelta(seconds=90)), cell(2.0)
    ('2026-01-05', '90', '2')
    """
    match value:
        case str():
            return value or None
        case datetime():
            if value.tzinfo is None and value.time() == time(0):
                return value.date().isoformat()
            return value.isoformat(sep=" ")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return as_text(value.total_seconds())
        case bytes():
            return value.decode("utf-8", errors="replace")
        case None | bool() | int() | float():
            return as_text(value)
        case _:
            return str(value)
