"""Columns reach DuckDB as they are: texts, numbers, what is missing; and what does not belong is refused."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relevance.store.columns import Kind, as_columns

WHOLE = st.none() | st.integers(-(2**63), 2**63 - 1)
SMALL = st.none() | st.integers(-(2**15), 2**15 - 1)
TEXT = st.none() | st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=20)
KINDS: dict[str, Kind] = {"a": "bigint", "b": "smallint", "c": "double", "d": "varchar"}


@given(st.lists(st.tuples(WHOLE, SMALL, st.none() | st.floats(allow_nan=False), TEXT), min_size=1, max_size=40))
def test_what_goes_in_comes_out(rows: list[tuple[Any, ...]]) -> None:
    con = duckdb.connect()
    con.execute("create table t (a bigint, b smallint, c double, d varchar)")
    con.register("piece", as_columns(dict(zip(KINDS, zip(*rows, strict=True), strict=True)), KINDS))
    con.execute("insert into t select * from piece")
    assert con.execute("select * from t").fetchall() == rows
    con.close()


@pytest.mark.parametrize(
    ("kind", "values", "error"),
    [
        ("bigint", ["7"], TypeError),
        ("bigint", [1.5], TypeError),
        ("bigint", [None, 1.5], TypeError),
        ("smallint", [40_000], OverflowError),
        ("double", ["x"], TypeError),
    ],
)
def test_what_does_not_belong_is_refused(kind: Kind, values: list[Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        as_columns({"a": values}, {"a": kind})


def test_columns_are_of_one_length() -> None:
    with pytest.raises(ValueError, match="a 2, b 1"):
        as_columns({"a": [1, 2], "b": [1]}, {"a": "bigint", "b": "bigint"})


def test_pandas_is_not_imported_for_them() -> None:
    code = (
        "import sys, duckdb; from relevance.store.columns import as_columns;"
        "con = duckdb.connect(); con.register('piece', as_columns({'a': [1, None]}, {'a': 'bigint'}));"
        "assert con.execute('select sum(a) from piece').fetchall() == [(1,)]; print('pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
