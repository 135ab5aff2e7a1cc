"""Checked rows on their way into the store, in a small DuckDB of the command's own: bounded memory for any file.

Here repeated rows become one, and what exists already is told from what is new or changed, by joins.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from relevance.store.columns import Kind, as_columns

MEMORY = "256MB"
PIECE = 20_000

_ITEM: Mapping[str, Kind] = {
    "keyword": "bigint",
    "clip": "bigint",
    "start_ms": "bigint",
    "end_ms": "bigint",
    "batch": "bigint",
    "external_id": "varchar",
    "overlap": "smallint",
    "gold": "smallint",
}
# Of a row, keyword and batch are the numbers of their drafts; of an item, their ids.
STAGED: Mapping[str, Kind] = {"row": "bigint", **_ITEM}
EXISTING: Mapping[str, Kind] = {"item": "bigint", **_ITEM}


@dataclass(frozen=True, slots=True)
class Repeat:
    """A row that names the same item as an earlier one. differs: a column in which they contradict each other."""

    row: int
    first: int
    differs: str | None
    values: tuple[str, str] = ("", "")


class Staging:
    """The checked rows of one file."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="relevance-items-"))
        self._con = duckdb.connect(
            str(self._folder / "staged.duckdb"),
            config={"memory_limit": MEMORY, "threads": 2, "temp_directory": str(self._folder / "spill")},
        )
        for table, kinds in (("staged", STAGED), ("existing", EXISTING)):
            self._con.execute(f"create table {table} ({', '.join(f'{name} {kind}' for name, kind in kinds.items())})")

    def __enter__(self) -> Staging:
        return self

    def __exit__(self, *_: object) -> None:
        self._con.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, columns: Mapping[str, Sequence[Any]]) -> None:
        """Takes in checked rows, column by column (see STAGED)."""
        self._insert("staged", STAGED, columns)

    def add_existing(self, columns: Mapping[str, Sequence[Any]]) -> None:
        """Takes in items that the project has (see EXISTING)."""
        self._insert("existing", EXISTING, columns)

    def _insert(self, table: str, kinds: Mapping[str, Kind], columns: Mapping[str, Sequence[Any]]) -> None:
        if not columns[next(iter(kinds))]:
            return
        self._con.register("piece", as_columns(columns, kinds))
        self._con.execute(f"insert into {table} select * from piece")
        self._con.unregister("piece")

    def merge_repeats(self) -> tuple[list[Repeat], list[Repeat], int]:
        """Rows that name one item become the first of them, with what the others add.

        Returns:
            The repeats (the first hundred), the contradictions in gold or overlap (all), and the count of repeats.
        """
        con = self._con
        con.execute(
            "create table repeated as select keyword, clip, start_ms, end_ms, min(row) as first, count(*) as n,"
            " arg_min(external_id, row) filter (external_id is not null) as external_id,"
            " arg_min(overlap, row) filter (overlap is not null) as overlap,"
            " arg_min(gold, row) filter (gold is not null) as gold"
            " from staged group by all having count(*) > 1"
        )
        count = int(_value(con, "select coalesce(sum(n - 1), 0) from repeated"))
        if not count:
            return [], [], 0
        joined = (
            " from staged s join repeated r on s.keyword = r.keyword and s.clip = r.clip"
            " and s.start_ms is not distinct from r.start_ms and s.end_ms is not distinct from r.end_ms"
            " and s.row > r.first"
        )
        repeats = [
            Repeat(row, first, None)
            for row, first in con.execute(f"select s.row, r.first {joined} order by s.row limit 100").fetchall()
        ]
        clashes = [
            Repeat(row, first, column, (str(mine), str(theirs)))
            for column in ("gold", "overlap")
            for row, first, mine, theirs in con.execute(
                f"select s.row, r.first, s.{column}, r.{column} {joined} and s.{column} <> r.{column} order by s.row"
            ).fetchall()
        ]
        con.execute(f"delete from staged where row in (select s.row {joined})")
        con.execute(
            "update staged set external_id = r.external_id, overlap = r.overlap, gold = r.gold"
            " from repeated r where staged.row = r.first"
        )
        return repeats, clashes, count

    def compare(self, keyword_ids: Mapping[int, int], batch_ids: Mapping[int, int]) -> Compared:
        """Tells what is new, changed, unchanged.

        keyword_ids, batch_ids: by number of the draft, the id of what exists already.
        """
        con = self._con
        for name, ids in (("ids", keyword_ids), ("batch_ids", batch_ids)):
            con.execute(f"create or replace table {name} (keyword bigint, id bigint)")
            if ids:
                self._insert(
                    name, {"keyword": "bigint", "id": "bigint"}, {"keyword": list(ids), "id": list(ids.values())}
                )
        con.execute(
            "create or replace table compared as select s.row, e.item,"
            " e.item is not null and coalesce(s.external_id <> e.external_id, s.external_id is not null) as d_external,"
            " e.item is not null and coalesce(s.overlap <> e.overlap, s.overlap is not null) as d_overlap,"
            " e.item is not null and coalesce(s.gold <> e.gold, s.gold is not null) as d_gold,"
            " e.item is not null and s.batch is not null and e.batch is distinct from b.id as other_batch"
            " from staged s left join ids k on k.keyword = s.keyword left join batch_ids b on b.keyword = s.batch"
            " left join existing e on e.keyword = k.id and e.clip = s.clip"
            " and e.start_ms is not distinct from s.start_ms and e.end_ms is not distinct from s.end_ms"
        )
        new, changed, same, elsewhere = con.execute(
            "select count(*) filter (item is null), count(*) filter (d_external or d_overlap or d_gold),"
            " count(*) filter (item is not null and not (d_external or d_overlap or d_gold)),"
            " count(*) filter (other_batch) from compared"
        ).fetchall()[0]
        return Compared(new, changed, same, elsewhere)

    def new(self, size: int) -> Iterator[dict[str, list[Any]]]:
        """The new items in the order of the file, column by column, in pieces of at most `size` rows."""
        return self._pieces(
            "select s.row, s.keyword, s.clip, s.start_ms, s.end_ms, s.batch, s.external_id, s.overlap, s.gold"
            " from staged s join compared c on c.row = s.row and c.item is null",
            size,
        )

    def changed(self, size: int) -> Iterator[dict[str, list[Any]]]:
        """The items that exist and change, column by column; what stays as it is comes as None."""
        return self._pieces(
            "select s.row, c.item, case when c.d_external then s.external_id end as external_id,"
            " case when c.d_overlap then s.overlap end as overlap, case when c.d_gold then s.gold end as gold"
            " from staged s join compared c on c.row = s.row and (c.d_external or c.d_overlap or c.d_gold)",
            size,
        )

    def new_drafts(self) -> tuple[set[int], set[int]]:
        """The numbers of the keyword and batch drafts that new items use."""
        used = "select distinct s.{} from staged s join compared c on c.row = s.row and c.item is null"
        keywords, batches = (self._con.execute(used.format(name)).fetchall() for name in ("keyword", "batch"))
        return {at for (at,) in keywords}, {at for (at,) in batches if at is not None}

    def _pieces(self, query: str, size: int) -> Iterator[dict[str, list[Any]]]:
        con = self._con
        con.execute(
            f"create or replace table going as select row_number() over (order by row) - 1 as turn, * from ({query})"
        )
        total = int(_value(con, "select count(*) from going"))
        for at in range(0, total, size):
            piece = con.execute(
                "select * exclude (turn) from going where turn >= ? and turn < ? order by turn", [at, at + size]
            ).fetchnumpy()
            yield {name: column.tolist() for name, column in piece.items()}


@dataclass(frozen=True, slots=True)
class Compared:
    """How many rows are new items, changed ones, unchanged ones; and how many stand in another batch already."""

    new: int
    changed: int
    same: int
    elsewhere: int


def _value(con: duckdb.DuckDBPyConnection, query: str) -> Any:
    ((found,),) = con.execute(query).fetchall()
    return found
