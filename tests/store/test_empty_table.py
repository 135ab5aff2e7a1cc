"""What is added to an empty table is there at once."""

from __future__ import annotations

from pathlib import Path

from relevance.store.empty_table import empty
from tests.world import World


def test_rows_that_fill_a_row_group_are_found_in_the_transaction_that_added_them(world: World, tmp_path: Path) -> None:
    with world.store.reader() as reader:
        reader.all(f"attach '{tmp_path / 'more.duckdb'}' as more")
        reader.con.begin()
        query = "select range as i, range::varchar as text from range(200000)"
        empty(reader, "more.numbers", query)
        reader.all(f"insert into more.numbers {query}")
        assert reader.one("select sum(i), min(text) from more.numbers") == (200_000 * 199_999 // 2, "0")
        reader.con.rollback()
        reader.all("detach more")
