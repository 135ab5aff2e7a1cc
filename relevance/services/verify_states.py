"""Proving every item's state from its records, however many there are.

An item with the plain story (one round, nothing taken out of the count, no appeal, nothing carried on to it, no verdict
of the model) is told by a few numbers: how often each level was given, the flags, the last ruling. Items of the same
numbers have the same state, so the rule is asked once for all of them, and ten million grades need no ten million
objects. Every other item is made from its records as the server makes it. The numbers are counted for a part of the items
after the other, so that memory is bounded by the part and not by the store.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from relevance.items import HANDED_BACK, QUESTION_FLAGS, Records, Ruling, Standing, state_of
from relevance.store.known import STANDING
from relevance.store.live import Live
from relevance.store.load import items
from relevance.store.store import Reader

PIECE = 20_000
PART = 500_000  # items whose numbers are counted at a time
LEVELS = range(4)

# Items whose story is more than its numbers.
ODD = """
    create or replace temp table odd as
    select item from assignment where round <> 1
    union select item from item_event where round <> 1
    union select item from decision where round <> 1 or id in (select decision from ruling_undone)
    union select item from exclusion_answer
    union select item from reopening
    union select item from item_doubt
    union select item from propagation_item
    union select item from verdict
"""

_QUESTIONS = ", ".join(f"'{flag}'" for flag in QUESTION_FLAGS)
_SAME = (
    "project",
    "overlap",
    *(f"n{level}" for level in LEVELS),
    "back",
    "flags",
    "kind",
    "ruled",
    "rn",
    "extra",
    "answered",
)
_TOLD = ("state", "level")

# One row a plain item of a part ($low to $high): its numbers, and the state and level that its newest event told.
PLAIN = f"""
    create or replace temp table plain as
    select item.id as item, item.project, coalesce(item.overlap, batch.overlap) as overlap,
           {", ".join(f"coalesce(votes.n{level}, 0) as n{level}" for level in LEVELS)},
           coalesce(votes.back, 0) as back, coalesce(votes.flags, 0) as flags,
           ruling.last.kind as kind, ruling.last.level as ruled, ruling.last.n as rn, ruling.last.extra as extra,
           ruling.last.flags as answered, coalesce(told.last.state, 'open') as state, told.last.level as level
    from (select item from touched where item between $low and $high and item not in (select item from odd)) mine
    join item on item.id = mine.item left join batch on batch.id = item.batch
    left join (
        select item, {", ".join(f"count(*) filter (counts and level = {level}) as n{level}" for level in LEVELS)},
               count(*) filter (flag = '{HANDED_BACK}') as back,
               count(*) filter (flag not in ('{HANDED_BACK}', {_QUESTIONS})) as flags
        from ({STANDING}) where purpose = 'work' and item between $low and $high group by item) votes on votes.item = item.id
    left join (select item, max_by({{kind: kind, level: level, n: n, extra: extra, flags: flags}}, id) as last
               from decision where item between $low and $high group by item) ruling on ruling.item = item.id
    left join (select item, max_by({{state: state, level: level}}, id) as last
               from item_event where item between $low and $high group by item) told on told.item = item.id
"""


def states(reader: Reader, live: Live) -> Iterator[tuple[int, str]]:
    """Items whose newest event tells another state than their records give: (item, the difference)."""
    reader.run("create or replace temp table touched as select item from assignment union select item from item_event")
    reader.run(ODD)
    ((first, last),) = reader.all("select coalesce(min(item), 0), coalesce(max(item), -1) from touched")
    for low in range(first, last + 1, PART):
        yield from _plain(reader, live, low, low + PART - 1)
    yield from _odd(reader, live)
    for table in ("odd", "touched"):
        reader.run(f"drop table {table}")


def _plain(reader: Reader, live: Live, low: int, high: int) -> Iterator[tuple[int, str]]:
    """The same of the plain items of a part."""
    reader.run(PLAIN.replace("$low", str(low)).replace("$high", str(high)))
    columns = ", ".join((*_SAME, *_TOLD))
    for row in reader.rows(f"select {columns} from plain group by all"):
        stands = _standing(live, row)
        if (row["state"], row["level"]) != (stands.state, stands.level):
            alike = " and ".join(f"{name} is not distinct from ?" for name in (*_SAME, *_TOLD))
            for (item,) in reader.all(
                f"select item from plain where {alike} order by item", [row[name] for name in (*_SAME, *_TOLD)]
            ):
                yield item, _differs(row["state"], row["level"], stands)
    reader.run("drop table plain")


def _standing(live: Live, row: dict[str, Any]) -> Standing:
    """What the rule says of items with these numbers. One person who hands a clip back is no flag; see LiveItem.flags."""
    levels = [level for level in LEVELS for _ in range(row[f"n{level}"])]
    flags = max(0, row["back"] - 1) + row["flags"]
    rulings = (
        [Ruling(row["kind"], row["ruled"], row["rn"], row["extra"], row["answered"])] if row["kind"] is not None else []
    )
    return state_of(Records(levels, flags, rulings), live.projects[row["project"]].policy, row["overlap"])


def _odd(reader: Reader, live: Live) -> Iterator[tuple[int, str]]:
    """The same of the odd ones, each made from its records."""
    ids = [item for (item,) in reader.all("select item from odd where item in (select item from touched) order by 1")]
    for start in range(0, len(ids), PIECE):
        last = ids[min(start + PIECE, len(ids)) - 1]
        part = (
            f"(select item from odd where item in (select item from touched) and item between {ids[start]} and {last})"
        )
        said = {
            item: (state, level)
            for item, state, level in reader.all(
                f"""select item, max_by(state, id), max_by({{v: level}}, id).v from item_event
                    where item in {part} group by item"""
            )
        }
        for item in items(reader, live, part):
            state, level = said.get(item.id, ("open", None))
            if (state, level) != (item.standing.state, item.standing.level):
                yield item.id, _differs(state, level, item.standing)


def _differs(state: str, level: int | None, stands: Standing) -> str:
    return f"stored {state} {level}, records give {stands.state} {stands.level}"
