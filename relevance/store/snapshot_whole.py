"""The great views of a copy for analysts that is made from nothing, a slice of the store's records after another.

Asked of all records at once, the views' queries group and join ten million rows in memory. Nearly all of them say something
of an item from its own records alone, and a scorecard something of a grader's day; so each is asked over some items, or
some days, at a time, by views of the tables' own names that hold these and no others. Nothing here says once more what a
view says (compare relevance/store/snapshot_increment.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from relevance.store.api_schema import VIEWS, VOTES
from relevance.store.empty_table import empty
from relevance.store.snapshot_increment import BY_ITEM, DAY, RECORDS, scorecards
from relevance.store.snapshot_marks import RECORDS as STORE
from relevance.store.store import Reader

SLICE = 2_000_000  # records of a slice of items
ANSWERS = 1_500_000  # answers of a slice of days, unless one day alone has more
BLOCK = 1 << 14  # items whose records are counted together

_QUERIES = {view.name: view.query for view in VIEWS}


def fill(reader: Reader, alias: str) -> set[str]:
    """Makes the great views, and what the agreement is summed from, in an attached copy. Returns the views' names."""
    for name in (*BY_ITEM, "scorecards"):
        empty(reader, f"{alias}.base.{name}", _QUERIES[name])
    empty(reader, f"{alias}.base.round_counts", VOTES)
    for first, end in _items(reader):
        with _only(reader, first, end):
            for name in BY_ITEM:
                reader.all(f"insert into {alias}.base.{name} {_QUERIES[name]}")
            reader.all(f"insert into {alias}.base.round_counts {VOTES}")
    for first, end in _days(reader):
        near = f"epoch_us(made_at) >= {(first - 1) * DAY} and epoch_us(made_at) < {(end + 1) * DAY}"
        its = f"day - date '1970-01-01' >= {first} and day - date '1970-01-01' < {end}"
        scorecards(reader, alias, near, its)
    return {*BY_ITEM, "scorecards"}


def _items(reader: Reader) -> list[tuple[int, int]]:
    """The items' numbers in pieces of about a slice's records: first, and one behind the last."""
    counted = " union all ".join(
        f"select {key} // {BLOCK} as block, count(*) as n from {STORE}.{table} group by 1"
        for table, key in RECORDS.items()
    )
    blocks = reader.all(f"select block, sum(n)::bigint from ({counted}) group by 1 order by 1")
    return [(first * BLOCK, (last + 1) * BLOCK) for first, last in _pieces(blocks, SLICE)]


def _days(reader: Reader) -> list[tuple[int, int]]:
    """Days since 1970 in pieces of about a slice's answers. A project's day lies within one day of UTC's."""
    days = reader.all(f"select epoch_us(made_at) // {DAY}, count(*) from {STORE}.answer group by 1 order by 1")
    pieces = _pieces(days, ANSWERS)
    if not pieces:
        return []
    ends = [first for first, _ in pieces[1:]] + [pieces[-1][1] + 2]
    return list(zip([pieces[0][0] - 1, *ends[:-1]], ends, strict=True))


def _pieces(counted: list[tuple[int, int]], enough: int) -> list[tuple[int, int]]:
    """Neighbours taken together until they have enough records: first and last of each piece.

    >>> _pieces([(1, 6), (4, 1), (5, 1), (6, 20), (9, 1)], 7)
    [(1, 4), (5, 6), (9, 9)]
    """
    found: list[tuple[int, int]] = []
    first: int | None = None
    held = 0
    for place, n in counted:
        first, held = (place if first is None else first), held + n
        if held >= enough:
            found.append((first, place))
            first, held = None, 0
    if first is not None:
        found.append((first, counted[-1][0]))
    return found


@contextmanager
def _only(reader: Reader, first: int, end: int) -> Iterator[None]:
    """The names of the tables of items' records stand for those of some items, in queries that name no schema."""
    made: list[str] = []
    try:
        for table, key in RECORDS.items():
            reader.all(
                f'create temp view "{table}" as select * from {STORE}.{table} where {key} >= {first} and {key} < {end}'
            )
            made.append(table)
        yield
    finally:
        for table in made:
            reader.all(f'drop view temp."{table}"')
