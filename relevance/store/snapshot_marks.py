"""How far a copy for analysts goes into the store's records, and the proof that the next one may go on from there.

The records that a copy is made of are append-only: one writer commits them one after the other, and none of them is ever
changed or deleted. A row's place in its table (DuckDB's rowid) is therefore the order of commits, whatever its number
is. A mark is how many rows a table had, and the sum of the last of them: where that row is still in its place, all before
it are too, and the rows behind it are what was committed since. A store that was restored, rebuilt or exchanged has
another row there.

The marks lie beside the copy, with its sum. They hold numbers and sums, and no text of the store.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from relevance import __version__
from relevance.store.api_schema import API_VERSION, VIEWS, VOTES
from relevance.store.atomic import replacing
from relevance.store.files import DATABASE, NEWEST
from relevance.store.store import Reader

RECORDS = f"{Path(DATABASE).stem}.main"  # by its full name, for which no temporary table of the same name can stand in
# Append-only tables whose new rows change what is said of an item, with the items that they are about.
ITEMS_OF = {
    "answer": f"select item from {RECORDS}.answer where rowid >= {{n}}",
    "item_event": f"select item from {RECORDS}.item_event where rowid >= {{n}}",
    "decision": f"select item from {RECORDS}.decision where rowid >= {{n}}",
    "audit_draw": f"select item from {RECORDS}.audit_draw where rowid >= {{n}}",
    "exclusion": f"select item from {RECORDS}.exclusion_answer where exclusion in ("
    f"select id from {RECORDS}.exclusion where rowid >= {{n}})",
    "exclusion_answer": f"select item from {RECORDS}.exclusion_answer where rowid >= {{n}}",
    "exclusion_undo": f"select item from {RECORDS}.exclusion_answer where exclusion in ("
    f"select exclusion from {RECORDS}.exclusion_undo where rowid >= {{n}})",
    "gold": f"select item from {RECORDS}.gold where rowid >= {{n}}",
    "gold_end": f"select item from {RECORDS}.gold where id in (select gold from {RECORDS}.gold_end where rowid >= {{n}})",
    "gold_touched": f"select item from {RECORDS}.gold where id in (select gold from {RECORDS}.gold_touched where rowid >= {{n}})",
    "model_run": f"select item from {RECORDS}.model_label where run in (select id from {RECORDS}.model_run where rowid >= {{n}})",
    "act": "select 0::bigint where false",  # about no item: one more proof of whose records these are
}
CLIP = "clip, project, content_id, name, source_name, source_sha256, media_kind, start_ms, end_ms, duration_ms, width,\
 height, fps, frames, bytes, has_audio, fingerprint, title, description, made_at, removed_at"


class Unfit(Exception):
    """The last copy can't be gone on from; the whole one is to be made. The text says why, for the log."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Where a copy ends. tables: rows and sum of the last row, by table; the others are sums of what may change."""

    made_by: str
    tables: dict[str, tuple[int, str]]
    rules: str  # policies, kinds of accounts, time zones of projects: as far as rows that are there hang on them
    accounts: int  # the greatest number
    projects: int
    items: str
    clips: str
    last_clip: int
    whole_bytes: float  # a row, when it was last made from nothing
    whole_seconds: float  # that this took
    sum: str = ""  # of the file


def maker() -> str:
    """Names what makes copies: another release, schema, list of views or DuckDB makes another one."""
    text = repr((__version__, API_VERSION, NEWEST, duckdb.__version__, VIEWS, VOTES, ITEMS_OF))
    return hashlib.sha256(text.encode()).hexdigest()


def beside(path: Path) -> Path:
    """Where the marks of a copy lie."""
    return path.with_name(path.name + ".marks")


def read(path: Path) -> Marks:
    """The marks of a copy.

    Raises:
        Unfit: there are none, or not of this release.
    """
    if not beside(path).is_file():
        raise Unfit("there are no marks")
    try:
        text = json.loads(beside(path).read_text("utf-8"))
        tables = {name: (int(n), str(last)) for name, (n, last) in text.pop("tables").items()}
        marks = Marks(tables=tables, **text)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as fault:
        raise Unfit(f"its marks can't be read ({type(fault).__name__})") from fault
    if marks.made_by != maker() or marks.tables.keys() != ITEMS_OF.keys():
        raise Unfit("another release made it")
    return marks


def write(path: Path, marks: Marks) -> None:
    """Puts the marks beside a copy that is in its place."""
    with replacing(beside(path)) as part:
        part.write_text(json.dumps(asdict(marks)), "utf-8")


def copy(source: Path, target: Path | None = None) -> str:
    """The sum of a file's bytes, which are copied meanwhile where there is a target.

    Each block is on the disk before the next one is read: an answer's commit would else wait behind hundreds of megabytes.
    """
    whole = hashlib.sha256()
    with source.open("rb") as come, (target or Path("/dev/null")).open("wb") as go:
        while block := come.read(1 << 22):
            whole.update(block)
            if target:
                go.write(block)
                go.flush()
                os.fdatasync(go.fileno())
    return whole.hexdigest()


def last_row(reader: Reader, table: str, n: int) -> str:
    """The sum of the n-th row of a table by commit; empty where it has none."""
    row = reader.one(f"select hash(r)::varchar from {RECORDS}.{table} r where rowid = ?", [n - 1]) if n else None
    return row[0] if row else ""


def rules(reader: Reader, accounts: int, projects: int) -> str:
    """The sum of what rows that are there hang on, though it isn't theirs."""
    return "-".join(
        str(reader.one(sql))
        for sql in (
            f"select count(*), bit_xor(hash(r)) from {RECORDS}.policy r",
            f"select count(*), bit_xor(hash(id, kind)) from {RECORDS}.account where id <= {accounts}",
            f"select count(*), bit_xor(hash(id, time_zone)) from {RECORDS}.project where id <= {projects}",
            f"select value from {RECORDS}.meta where key = 'store'",
        )
    )


def tables(reader: Reader) -> dict[str, tuple[int, str]]:
    """The marks of the append-only tables, as the reader's transaction sees them.

    Raises:
        Unfit: a table has gaps, so that places may move when its file is tidied.
    """
    found: dict[str, tuple[int, str]] = {}
    for table in ITEMS_OF:
        n, last = reader.one(f"select count(*), coalesce(max(rowid), -1) from {RECORDS}.{table}") or (0, -1)
        if last != n - 1:
            raise Unfit(f"{table} has gaps")
        found[table] = (int(n), last_row(reader, table, int(n)))
    return found
