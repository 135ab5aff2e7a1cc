"""Labels, grades, disputes and what became of these out, as files. The file is there whole or not at all, whatever its size."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from relevance.errors import BadInput, NotFound, Unavailable
from relevance.roles import Act, Actor, require
from relevance.services.names import fold, nearest
from relevance.store import outgoing
from relevance.store.atomic import replacing
from relevance.store.outgoing import Scope
from relevance.store.store import Reader, Store

WHATS = ("labels", "grades", "disputes")
# How disputes ended as rules: views of the analysts' schema, whole and as they are now.
RULINGS = (
    "questions", "client_questions", "causes", "clusters", "meetings", "meeting_cases", "votes", "outcomes", "decisions",
    "precedents", "propagations", "guideline_versions", "guideline_rules",
)  # fmt: skip
FORMATS = ("csv", "parquet", "jsonl", "qrels")
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Exported:
    """A file that was written. also: files beside it that explain it (qrels). as_of: the moment of its data."""

    path: Path
    rows: int
    bytes: int
    as_of: datetime
    also: tuple[Path, ...] = ()
    mapping: tuple[str, ...] = ()


def export(
    store: Store,
    actor: Actor,
    project: int,
    what: str,
    format: str,
    out: Path,
    *,
    batch: str | None = None,
    as_of: datetime | None = None,
    bom: bool = False,
) -> Exported:
    """Writes what a project has as a file.

    Args:
        what: labels, grades, disputes, or one of RULINGS (votes only after their reveal).
        format: csv, parquet, jsonl, or (labels only) qrels.
        out: the file; what stood there is replaced when the new one is complete.
        batch: only this batch, by its name.
        as_of: as it was at this moment; by default as it is now.
        bom: begins a CSV file with a mark by which Excel knows that it is UTF-8.

    Raises:
        NotAllowed: the actor may not export from the project.
        NotFound: there is no such batch; the nearest names are listed.
        BadInput: an unknown kind or format, a batch or a moment for one of RULINGS, or a place that can't be written.
    """
    require(actor, Act.EXPORT, project)
    _check(what, format, out)
    if what in RULINGS and (batch is not None or as_of is not None):
        raise BadInput("{what} are exported whole and as they are now: leave the batch and the moment out.", what=what)
    now = store.clock.now()
    moment = min(as_of or now, now)
    until = "" if as_of is None else f"and made_at <= {_literal(moment)}"
    sliced = what == "labels" and format != "qrels"  # all of them are put in order
    with store.reader(snapshot=True) as reader:
        scope = Scope(project, None if batch is None else _batch(reader, project, batch))
        if format == "qrels":
            return _qrels(reader, scope, out, moment, until)
        make = QUERIES.get(what)
        if make:
            parts = outgoing.slices(reader, scope) if sliced else [scope]
            queries = [make(part, _literal(moment), until) for part in parts]
        else:
            queries = [outgoing.view(what, project, _literal(moment))]
        with _written(out) as part, outgoing.gathered(reader, queries, part) as query:
            rows = WRITERS[format](reader, query, part)
            if bom and format == "csv":
                _mark(part)
            size = part.stat().st_size
    return Exported(out, rows, size, moment)


QUERIES: dict[str, Callable[[Scope, str, str], str]] = {
    "labels": outgoing.labels,
    "grades": outgoing.grades,
    "disputes": outgoing.disputes,
}
WRITERS: dict[str, Callable[[Reader, str, Path], int]] = {
    "csv": outgoing.write_csv,
    "jsonl": outgoing.write_jsonl,
    "parquet": outgoing.write_parquet,
}


def _check(what: str, format: str, out: Path) -> None:
    if what not in WHATS + RULINGS:
        known = ", ".join(WHATS + RULINGS)
        raise BadInput("There is no export of {what}; there are: {known}.", what=what, known=known)
    if format not in FORMATS:
        raise BadInput("There is no format {format}; there are: {known}.", format=format, known=", ".join(FORMATS))
    if format == "qrels" and what != "labels":
        raise BadInput("qrels holds labels only; export {what} as csv, parquet or jsonl.", what=what)
    if not out.parent.is_dir():
        raise BadInput("There is no folder {folder}. Make it first.", folder=str(out.parent))
    if out.is_dir():
        raise BadInput("{path} is a folder; name a file.", path=str(out))


def _literal(moment: datetime) -> str:
    return f"timestamptz '{moment.astimezone(UTC).isoformat()}'"


def _batch(reader: Reader, project: int, name: str) -> int:
    rows = reader.all("select id, name from batch where project = ? order by id", [project])
    for batch, other in rows:
        if fold(other) == fold(name):
            return int(batch)
    near = nearest(name, [other for _, other in rows])
    raise NotFound(
        'There is no batch called "{name}" in this project. There are: {names}.',
        name=name,
        names=", ".join(near or [other for _, other in rows[:10]]) or "-",
    )


class _written:  # noqa: N801  (a context manager, used like a function)
    """`replacing`, with the disk's refusals said as ours."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self._inner = replacing(out)

    def __enter__(self) -> Path:
        return self._inner.__enter__()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        try:
            self._inner.__exit__(kind, error, trace)
        except Exception as fault:
            import duckdb

            if isinstance(fault, OSError | duckdb.IOException):
                raise Unavailable("{path} can't be written ({why}).", path=str(self.out), why=str(fault)) from fault
            raise


def _mark(part: Path) -> None:
    marked = part.with_name(part.name.removesuffix(".part") + ".bom.part")
    try:
        with marked.open("wb") as out, part.open("rb") as source:
            out.write(BOM)
            shutil.copyfileobj(source, out, 1 << 20)
        marked.replace(part)
    finally:
        marked.unlink(missing_ok=True)


def _qrels(reader: Reader, scope: Scope, out: Path, moment: datetime, until: str) -> Exported:
    """A TREC file can't hold a comment, so what its numbers mean stands beside it."""
    mapping = _mapping(reader, scope)
    about = out.with_name(out.name + ".levels.json")
    topics = out.with_name(out.name + ".topics.tsv")
    documents = out.with_name(out.name + ".docs.tsv")
    with _written(topics) as part:
        outgoing.write_csv(reader, outgoing.topics(scope, until), part, "\t")
    with _written(documents) as part:
        outgoing.write_csv(reader, outgoing.documents(scope, until), part, "\t")
    with _written(about) as part:
        part.write_text(
            json.dumps(
                {
                    "format": "TREC qrels: topic 0 document relevance",
                    "topic": f"number of the keyword, see {topics.name}",
                    "document": f"content id of the clip, with #t=start,end in seconds for a range, see {documents.name}",
                    "relevance": "the label's level, 0 the lowest",
                    "levels": mapping,
                    "as_of": moment.astimezone(UTC).isoformat(),
                },
                ensure_ascii=False,
                indent=2,
            )
            + "\n",
            "utf-8",
        )
    with _written(out) as part:
        rows = outgoing.write_lines(reader, outgoing.qrels(scope, until), part)
        size = part.stat().st_size
    said = tuple(
        f"{one['relevance']} = {one['percent']} %" + "".join(f" {one[n]}" for n in ("zh", "en") if one[n])
        for one in mapping
    )
    return Exported(out, rows, size, moment, (about, topics, documents), said)


def _mapping(reader: Reader, scope: Scope) -> list[dict[str, Any]]:
    percents = reader.value(
        "select max_by(percents, version)::integer[] from policy where project = ?", [scope.project]
    )
    names = {
        level: (zh, en)
        for level, zh, en in reader.all(
            "select level, name_zh, name_en from guideline_level where guideline ="
            " (select max_by(id, version) from guideline where project = ?)",
            [scope.project],
        )
    }
    return [
        {
            "relevance": level,
            "percent": percent,
            "zh": names.get(level, (None, None))[0],
            "en": names.get(level, (None, None))[1],
        }
        for level, percent in enumerate(percents or [])
    ]
