"""The next copy for analysts from the last one: what was not touched since then stays, what was is made anew.

Nearly all views say something of an item from its own records alone, so that for the items that were touched the views'
own queries are asked over tables of the same names which hold these items' records and no others. What they give takes
the place of these items' rows. A grader's day is made anew where one of its answers is on such an item; small views are
always made whole. Nothing here says once more what a view says.
"""

from __future__ import annotations

from dataclasses import dataclass

from relevance.store import snapshot_marks
from relevance.store.api_schema import COMMITTED, VIEWS, VOTES, View
from relevance.store.snapshot_marks import ITEMS_OF, Marks, Unfit
from relevance.store.snapshot_marks import RECORDS as STORE
from relevance.store.store import Reader

BY_ITEM = ("items", "item_events", "grades", "flags", "disputes", "decisions", "labels", "audits", "model_labels")
# The records of an item, with the column that names it.
RECORDS = {
    "item": "id", "item_event": "item", "answer": "item", "decision": "item", "audit_draw": "item",
    "model_label": "item",
}  # fmt: skip
SCORED = "assignment, seq, item, grader, purpose, counts, level, decision_ms, watched_share, made_at"
FEW = 20_000  # so many touched items are never too many
MOST = 0.05  # nor is this share of all; beyond it the whole copy is cheaper
# Columns of an item that its import may change, or that views hang on, as item has them and as api.items has them.
ITEM = ("project", "batch", "keyword", "clip", "start_ms", "end_ms", "external_id", "overlap", "gold", "import")
DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Seen:
    """What of the store that can change was seen for a copy: sums of items and clips that are in it."""

    items: str
    clips: str
    last_clip: int


def look(reader: Reader) -> Seen:
    """The sums of all items and clips."""
    ((items,),) = reader.all(f"select {_items()} from {STORE}.item where import in {COMMITTED}")
    ((clips, last),) = reader.all(f"select {_clips()}, coalesce(max(clip), 0) from ({_view('clips').query})")
    return Seen(str(items), str(clips), int(last))


def _items() -> str:
    return f"count(*) || '-' || coalesce(bit_xor(hash(id, {', '.join(ITEM)})), 0)"


def _clips() -> str:
    return f"count(*) || '-' || coalesce(bit_xor(hash({snapshot_marks.CLIP})), 0)"


def _view(name: str) -> View:
    return next(view for view in VIEWS if view.name == name)


def catch_up(reader: Reader, alias: str, marks: Marks) -> set[str]:
    """Brings the attached copy to what the reader's transaction sees. Returns the views that are as they shall be.

    The others, small ones, are left to be made anew.

    Raises:
        Unfit: these are not the records that the copy was made from, or too many of them changed.
    """
    for table, (n, last) in marks.tables.items():
        if snapshot_marks.last_row(reader, table, n) != last:
            raise Unfit(f"{table} has other records")
    if snapshot_marks.rules(reader, marks.accounts, marks.projects) != marks.rules:
        raise Unfit("a policy or a project changed")
    made: list[str] = []
    try:
        _touched(reader, alias, marks, made)
        _records(reader, made)
        for name in BY_ITEM:
            _again(reader, f"{alias}.base.{name}", _view(name).query)
        _again(reader, f"{alias}.base.round_counts", VOTES)
        _days(reader, made)
        _forget(reader, made, list(RECORDS))
        _own_days(reader, alias, made)
    finally:
        _forget(reader, made)
    done = {*BY_ITEM, "scorecards"}
    if _clips_stand(reader, alias, marks):
        done.add("clips")
    return done


def _make(reader: Reader, made: list[str], name: str, query: str) -> int:
    """A temporary table; one with the name of the store's stands before it for queries that name no schema."""
    made.append(name)
    ((n,),) = reader.all(f'create temp table "{name}" as {query}')
    return int(n)


def _forget(reader: Reader, made: list[str], names: list[str] | None = None) -> None:
    for name in list(made) if names is None else names:
        made.remove(name)
        reader.all(f'drop table if exists temp."{name}"')


def _touched(reader: Reader, alias: str, marks: Marks, made: list[str]) -> None:
    parts = [ITEMS_OF[table].format(n=n) for table, (n, _) in marks.tables.items()]
    parts.append(
        f"select id from {STORE}.item where import in (select id from {STORE}.import where committed_at is not null"
        f" and id not in (select import from {alias}.base.imports))"
    )
    ((sums,),) = reader.all(
        f"select {_items()} from {STORE}.item where import in (select import from {alias}.base.imports)"
    )
    if sums != marks.items:
        differs = " or ".join(f"item.{name} is distinct from old.{name}" for name in ITEM)
        parts.append(
            f"select item.id from {STORE}.item join {alias}.base.items old on old.item = item.id where {differs}"
        )
        if str(sums).split("-")[0] != marks.items.split("-")[0]:
            raise Unfit("items are gone")
    n = _make(reader, made, "touched", " union ".join(f"({part})" for part in parts))
    ((all_items,),) = reader.all(f"select count(*) from {alias}.base.items")
    if n > max(FEW, MOST * all_items):
        raise Unfit(f"{n} items were touched")


def _records(reader: Reader, made: list[str]) -> None:
    for table, key in RECORDS.items():
        _make(reader, made, table, f"select * from {STORE}.{table} where {key} in (select item from temp.touched)")


def _again(reader: Reader, table: str, query: str) -> None:
    reader.all(f"delete from {table} where item in (select item from temp.touched)")
    reader.all(f"insert into {table} {query}")


def _days(reader: Reader, made: list[str]) -> None:
    """The graders' days that an answer on a touched item is of."""
    _make(
        reader, made, "days",
        "select distinct item.project, answer.grader, (answer.made_at at time zone project.time_zone)::date as day"
        " from answer join item on item.id = answer.item join project on project.id = item.project",
    )  # fmt: skip


def _own_days(reader: Reader, alias: str, made: list[str]) -> None:
    # A day anywhere lies within three days of UTC.
    _make(
        reader, made, "near",
        "select distinct grader, (day - date '1970-01-01') + unnest([-1, 0, 1]) as day from temp.days",
    )  # fmt: skip
    its = "(project, grader, day) in (select (project, grader, day) from temp.days)"
    reader.all(f"delete from {alias}.base.scorecards where {its}")
    scorecards(reader, alias, f"(grader, epoch_us(made_at) // {DAY}) in (select (grader, day) from temp.near)", its)


def scorecards(reader: Reader, alias: str, near: str, its: str) -> None:
    """Adds some scorecards to an attached copy.

    Args:
        reader: the store's, and its queries of temporary tables.
        alias: the name that the copy is attached by.
        near: a condition on answers that holds for all which these days may have. An assignment is taken whole: its newest
            answer may be of a later day.
        its: a condition on the view that holds for these days' rows.
    """
    records = "".join(
        f""",
        {table} as materialized (select * from {STORE}.{table} where {RECORDS[table]} in (select item from scored))"""
        for table in ("item", "item_event", "model_label")
    )
    # Not temporary tables: what is dropped keeps its memory until the transaction ends.
    reader.all(f"""insert into {alias}.base.scorecards
        with assignments as materialized (select distinct assignment from {STORE}.answer where {near}),
        answer as materialized (
            select {SCORED} from {STORE}.answer where assignment in (select assignment from assignments)),
        scored as materialized (select distinct item from answer){records}
        select * from ({_view("scorecards").query}) where {its}""")


def _clips_stand(reader: Reader, alias: str, marks: Marks) -> bool:
    """Appends the new clips; False where one that is there changed, so that the view is to be made whole."""
    query = _view("clips").query
    ((sums,),) = reader.all(f"select {_clips()} from ({query}) where clip <= {marks.last_clip}")
    if sums != marks.clips:
        return False
    reader.all(f"insert into {alias}.base.clips select * from ({query}) where clip > {marks.last_clip}")
    return True
