"""The queries behind exports and the files that they are written to, by DuckDB itself: any size, little memory.

Read on a cursor of its own, never in the writer; one transaction, so that everything in a file is of one moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from relevance.store.api_schema import CURRENT, GUIDELINES, SCALE_NOW, SCALES, VIEWS, labels_query
from relevance.store.atomic import glob_safe
from relevance.store.store import Reader

# What a spreadsheet would take for a formula, also in full width (OWASP, CSV injection).
FORMULA = "^[=+\\-@\\t\\r\\n＝＋－＠]"

SLICE = 1_500_000  # items whose rows are put in order at once

_WHAT_IT_IS = """item.id as item, item.external_id, batch.name as batch, keyword.text_zh as keyword_zh,
    keyword.text_en as keyword_en, clip.name as clip, clip.content_id, item.start_ms / 1000 as start_s,
    item.end_ms / 1000 as end_s"""
_JOINS = """join batch on batch.id = item.batch join keyword on keyword.id = item.keyword
    join clip on clip.id = item.clip"""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which items: a project, a batch or all of them, and of these those of some numbers (the first, one behind the last)."""

    project: int
    batch: int | None = None
    items: tuple[int, int] | None = None

    def condition(self) -> str:
        """As a condition on `item`. Both are numbers of ours, so that they may stand in the text of a query."""
        both = f"item.project = {int(self.project)}"
        if self.batch is not None:
            both += f" and item.batch = {int(self.batch)}"
        if self.items is not None:
            both += f" and item.id >= {int(self.items[0])} and item.id < {int(self.items[1])}"
        return both


def slices(reader: Reader, scope: Scope) -> list[Scope]:
    """The scope in parts of at most a slice's items, by their numbers; at least one."""
    ((first, last),) = reader.all(
        f"select coalesce(min(id), 0), coalesce(max(id), 0) from item where {scope.condition()}"
    )
    return [replace(scope, items=(start, start + SLICE)) for start in range(int(first), int(last) + 1, SLICE)]


@contextmanager
def gathered(reader: Reader, queries: Sequence[str], beside: Path) -> Iterator[str]:
    """Gives a query for the rows of these queries, one after the other, which are asked one by one and kept on the disk.

    To put millions of wide rows in order at once takes gigabytes.

    beside: names the files that hold the rows meanwhile.
    """
    if len(queries) == 1:
        yield queries[0]
        return
    paths = [beside.with_name(f"{beside.name}.{number}.rows.part") for number in range(len(queries))]
    try:
        for query, path in zip(queries, paths, strict=True):
            _copy(reader, query, path, "format parquet, compression snappy")
        files = ", ".join(_quoted(glob_safe(str(path))) for path in paths)
        yield f"select * from read_parquet([{files}])"
    finally:
        for path in paths:
            path.unlink(missing_ok=True)


def labels(scope: Scope, as_of: str, until: str) -> str:
    """One row an item that has a label."""
    return f"""select {_WHAT_IT_IS}, scale_now.percents[label.level + 1] as grade, label.level,
    guideline_level.name_zh as level_zh, guideline_level.name_en as level_en, label.n, label.how,
    label.agreement, scale.version as policy_version, guide.version as guideline_version, label.settled_at,
    {as_of} as as_of
    from ({labels_query(scope.condition(), until)}) label join item on item.id = label.item {_JOINS}
    left join {SCALES} scale on scale.id = label.policy left join {GUIDELINES} guide on guide.id = label.guideline
    left join {SCALE_NOW} scale_now on scale_now.project = item.project
    left join guideline_level on guideline_level.guideline = label.guideline and guideline_level.level = label.level
    order by item.id"""


def grades(scope: Scope, as_of: str, until: str) -> str:
    """One row a grade, corrections and those that do not count among them."""
    return f"""select answer.assignment, answer.seq, answer.seq = coalesce(redone.seq, 0) as current, {_WHAT_IT_IS},
    answer.grader, account.kind as grader_kind, answer.purpose, answer.round,
    scale.percents[answer.level + 1] as grade, answer.level, answer.counts, answer.why_not, answer.flag, answer.note,
    answer.rule, answer.evidence_ms, scale.version as policy_version, guide.version as guideline_version,
    answer.shown_at, answer.first_frame_ms, answer.decision_ms, answer.watched_ms, answer.watched_share, answer.speed,
    answer.client, answer.made_at as saved_at, {as_of} as as_of
    from answer join item on item.id = answer.item {_JOINS} left join account on account.id = answer.grader
    left join {SCALES} scale on scale.id = answer.policy left join {GUIDELINES} guide on guide.id = answer.guideline
    left join (select assignment, max(seq) as seq from answer where seq > 0 {until} group by assignment) redone
    on redone.assignment = answer.assignment
    where {scope.condition()} and answer.level is not null {until.replace("made_at", "answer.made_at")}"""


def disputes(scope: Scope, as_of: str, until: str) -> str:
    """One row each time that an item was disputed, with what the graders said and what became of it."""
    chosen = f"(select id from item where {scope.condition()})"
    return f"""with story as (
        select id, item, round, why, n, state, made_at,
               lead(made_at) over later as closed_at, lead(state) over later as outcome, lead(level) over later as level
        from item_event where item in (select item from item_event where state = 'disputed' and item in {chosen}) {until}
        window later as (partition by item order by id)),
    said as (
        select a.item, a.round, string_agg(scale.percents[a.level + 1], ';' order by a.assignment)
                   filter (a.counts and a.level is not null) as grades,
               max(a.level) filter (a.counts) - min(a.level) filter (a.counts) as spread,
               string_agg(a.flag, ';' order by a.assignment) as flags,
               string_agg(a.note, ' | ' order by a.assignment) as notes
        from ({CURRENT.format(until=until)}) a left join {SCALES} scale on scale.id = a.policy
        where a.purpose = 'work' and a.item in (select item from story) group by a.item, a.round),
    ruled as (
        select item, max_by(reason, id) as reason, max_by(rule, id) as rule, max_by(made_by, id) as decided_by
        from decision where kind <> 'return' and item in (select item from story) {until} group by item)
    select story.id as dispute, {_WHAT_IT_IS}, story.why, story.n, said.grades, said.spread, said.flags, said.notes,
    story.made_at as opened_at, story.closed_at, story.outcome, scale_now.percents[story.level + 1] as grade, story.level,
    case when story.outcome in ('decided', 'withdrawn') then ruled.reason end as reason,
    case when story.outcome in ('decided', 'withdrawn') then ruled.rule end as rule,
    case when story.outcome in ('decided', 'withdrawn') then ruled.decided_by end as decided_by, {as_of} as as_of
    from story join item on item.id = story.item {_JOINS}
    left join said on said.item = story.item and said.round = story.round left join ruled on ruled.item = story.item
    left join {SCALE_NOW} scale_now on scale_now.project = item.project
    where story.state = 'disputed' order by story.id"""


def view(name: str, project: int, as_of: str) -> str:
    """A project's rows of one of the analysts' views, in its columns; of votes those of the project's meetings."""
    found = next(one for one in VIEWS if one.name == name)
    columns = [f'"{column}"' for column, _ in found.columns]
    meetings = f"(select id from meeting where project = {int(project)})"
    mine = f"project = {int(project)}" if '"project"' in columns else f"meeting in {meetings}"
    return f"""select {", ".join(columns)}, {as_of} as as_of from ({found.query}) where {mine} order by {columns[0]}, {columns[1]}"""


# A document's name in qrels: the clip's content id, with the range where an item has one ("id#t=1.5,4").
DOCUMENT = (
    "clip.content_id || case when item.start_ms is not null or item.end_ms is not null then"
    " '#t=' || coalesce(item.start_ms, 0) / 1000 || ',' || coalesce(item.end_ms, clip.duration_ms) / 1000 else '' end"
)


def qrels(scope: Scope, until: str) -> str:
    """The lines of a TREC qrels file: topic, 0, document, level."""
    return f"""select keyword.id || ' 0 ' || {DOCUMENT} || ' ' || label.level as line
    from ({labels_query(scope.condition(), until)}) label join item on item.id = label.item {_JOINS}
    order by keyword.id, clip.content_id, item.start_ms nulls first, item.end_ms nulls first"""


def topics(scope: Scope, until: str) -> str:
    """The keywords of a qrels file."""
    return f"""select distinct keyword.id as topic, keyword.text_zh as keyword_zh, keyword.text_en as keyword_en
    from ({labels_query(scope.condition(), until)}) label join item on item.id = label.item {_JOINS} order by 1"""


def documents(scope: Scope, until: str) -> str:
    """The clips of a qrels file."""
    return f"""select distinct {DOCUMENT} as document, clip.name as clip, clip.id as clip_id
    from ({labels_query(scope.condition(), until)}) label join item on item.id = label.item {_JOINS} order by 1"""


def write_csv(reader: Reader, query: str, path: Path, delimiter: str = ",") -> int:
    """Writes a query as CSV (UTF-8, header). Returns how many rows.

    A text that a spreadsheet would run as a formula gets an apostrophe before it; numbers do not, also as text. Moments
    are ISO 8601 in UTC. An empty text is quoted, what is not there is not.
    """
    shown = ", ".join(_csv_column(name, kind) for name, kind in _columns(reader, query))
    return _copy(reader, f"select {shown} from ({query})", path, f"format csv, header true, delimiter '{delimiter}'")


def write_jsonl(reader: Reader, query: str, path: Path) -> int:
    """Writes a query as JSON lines (UTF-8). Returns how many rows."""
    shown = ", ".join(_moment_text(name, kind) for name, kind in _columns(reader, query))
    return _copy(reader, f"select {shown} from ({query})", path, "format json, array false")


def write_parquet(reader: Reader, query: str, path: Path) -> int:
    """Writes a query as Parquet (zstd); moments keep their type. Returns how many rows."""
    return _copy(reader, query, path, "format parquet, compression zstd")


def write_lines(reader: Reader, query: str, path: Path) -> int:
    """Writes a query's one column as bare lines. Returns how many."""
    return _copy(reader, query, path, "format csv, header false, quote '', escape '', delimiter '\x01'")


def _copy(reader: Reader, query: str, path: Path, options: str) -> int:
    ((rows,),) = reader.all(f"copy ({query}) to {_quoted(path)} ({options})")
    return int(rows)


def _quoted(path: Path | str) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _columns(reader: Reader, query: str) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in reader.all(f"describe {query}")]


def _moment_text(name: str, kind: str) -> str:
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"""strftime("{name}" at time zone 'UTC', '%Y-%m-%dT%H:%M:%S.%gZ') as "{name}\""""
    return f'"{name}"'


def _csv_column(name: str, kind: str) -> str:
    if kind == "VARCHAR":
        return (
            f"""case when regexp_matches("{name}", '{FORMULA}') and try_cast("{name}" as double) is null"""
            f""" then '''' || "{name}" else "{name}" end as "{name}\""""
        )
    return _moment_text(name, kind)
