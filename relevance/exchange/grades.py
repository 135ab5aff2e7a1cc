"""A grades table from a file: CSV, TSV, JSON lines or Parquet, with the columns item, grader, grade.

What stands beside these columns is kept for `agreement --by`. CSV ids are text as written (007 stays 007); numbers in
Parquet and JSON lines stay numbers.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from relevance.errors import BadInput, Place
from relevance.exchange.delimited import DELIMITERS
from relevance.exchange.encoding import detect
from relevance.exchange.jsonl import objects
from relevance.quality.table import Grades, Ints, Read, table

NEEDED = ("item", "grader", "grade")
JSON = (".jsonl", ".ndjson")
TEXT = (".csv", ".tsv", ".txt")


@dataclass(frozen=True, slots=True)
class File:
    """A file's grades, its warnings, and its rows in the order of the grades (for other columns)."""

    grades: Grades
    warnings: tuple[Place, ...]
    rows: pd.DataFrame


def frame(path: Path, needed: tuple[str, ...]) -> pd.DataFrame:
    """The file as a frame with at least the needed columns.

    Raises:
        BadInput: it is missing, empty, not readable as what its name says, or lacks a column.
    """
    kind = path.suffix.lower()
    if not path.is_file():
        raise BadInput("{file}: there is no such file.", file=str(path))
    nothing = BadInput(
        "{file} is empty: it needs the columns {columns} and a row a grade.",
        file=path.name,
        columns=", ".join(needed),
    )
    if path.stat().st_size == 0:
        raise nothing
    try:
        if kind == ".parquet":
            found = pd.read_parquet(path)
        elif kind in JSON:
            found = _objects(path)
        elif kind in TEXT:
            encoding = detect(path, path.name)
            found = pd.read_csv(
                path, dtype=object, sep=_delimiter(path, encoding, needed), keep_default_na=False, encoding=encoding,
                skip_blank_lines=False, on_bad_lines="error",
            )  # fmt: skip
        else:
            raise BadInput(
                "{file}: {kind} is not a kind that is read. Give CSV, TSV, JSONL or Parquet.",
                file=path.name,
                kind=kind or "-",
            )
    except pd.errors.EmptyDataError:  # a byte order mark, or line ends, and no more
        raise nothing from None
    except (ValueError, OSError) as fault:  # pandas' and pyarrow's parser errors are ValueErrors
        raise BadInput(
            "{file} can't be read: {fault}", file=path.name, fault=str(fault).strip().splitlines()[0]
        ) from None
    found.columns = _titles([str(column).strip() for column in found.columns], needed)
    lacking = [column for column in needed if column not in found.columns]
    if lacking:
        raise BadInput(
            "{file} has no column {column}. It has: {columns}.",
            file=path.name, column=lacking[0], columns=", ".join(found.columns),
        )  # fmt: skip
    if kind in TEXT:
        # A line with nothing on it is no row, but the numbers of those behind it must stay right.
        found = found[~found.isna().all(axis=1) & ~(found == "").all(axis=1)]
    return found


def _delimiter(path: Path, encoding: str, needed: tuple[str, ...]) -> str:
    """The delimiter under which the header has the needed columns; where none does, the one that the name promises."""
    with path.open(encoding=encoding, newline="") as stream:
        header = stream.readline(65_536).splitlines()[:1]  # a line may end in \r alone, which csv would not have
    usual = DELIMITERS if path.suffix.lower() != ".tsv" else ("\t", *DELIMITERS)
    for delimiter in usual:
        titles = next(csv.reader(header, delimiter=delimiter), [])
        if {title.strip().casefold() for title in titles} >= set(needed):
            return delimiter
    return usual[0]


def _titles(columns: list[str], needed: tuple[str, ...]) -> list[str]:
    """The columns' names; Item or GRADE is taken for a needed one that is not there as it should be.

    >>> _titles(["Item", "grader", "Grade", "note"], NEEDED)
    ['item', 'grader', 'grade', 'note']
    >>> _titles(["Item", "item", "GRADE", "Grade"], ("item", "grade"))
    ['Item', 'item', 'GRADE', 'Grade']
    """
    folded = [column.casefold() for column in columns]
    meant = {folded.index(name): name for name in needed if name not in columns and folded.count(name) == 1}
    return [meant.get(place, column) for place, column in enumerate(columns)]


def _objects(path: Path) -> pd.DataFrame:
    """One row a line of JSON, with the line's number as its index; values keep their kinds."""
    rows: list[dict[str, Any]] = []
    lines: list[int] = []
    for line, found in objects(path, path.name, detect(path, path.name), '{"item": "a", "grader": "g1", "grade": 2}'):
        rows.append(found)
        lines.append(line)
    names = list(dict.fromkeys(name for row in rows for name in row))
    # As objects: a gap must not turn the other numbers of its column into fractions.
    columns = {name: pd.Series([row.get(name) for row in rows], index=lines, dtype=object) for name in names}
    return pd.DataFrame(columns, index=lines)


def first_row(path: Path) -> int:
    """The number of the first row: line 2 below a header, the line itself in JSON, row 1 in Parquet.

    >>> first_row(Path("a.csv")), first_row(Path("a.parquet"))
    (2, 1)
    """
    return 2 if path.suffix.lower() in TEXT else 0 if path.suffix.lower() in JSON else 1


def read(path: Path, *, levels: int | None = None, ordered: bool = True) -> File:
    """The grades in a file.

    Raises:
        BadInput: see `frame` and `table.table`.
    """
    rows = frame(path, NEEDED)
    made: Read = table(
        rows["item"].to_numpy(), rows["grader"].to_numpy(), rows["grade"].to_numpy(),
        levels=levels, ordered=ordered, file=path.name, numbers=rows.index.to_numpy() + first_row(path),
    )  # fmt: skip
    return File(made.grades, made.warnings, rows.iloc[made.kept].reset_index(drop=True))


@dataclass(frozen=True, slots=True)
class Gold:
    """Known levels: (N,) by item code, -1 where not known; the ids that the grades don't have; the highest level."""

    level: Ints
    unknown: tuple[str, ...]


def read_gold(path: Path, grades: Grades) -> Gold:
    """The known levels of a file with the columns item and grade, for the items of a table.

    Raises:
        BadInput: see `frame`; a level outside the table's scale; an item with two different levels.
    """
    rows = frame(path, ("item", "grade"))
    if rows.empty:
        raise BadInput("{file} holds no gold: it needs the columns item, grade and a row an item.", file=path.name)
    numbers = rows.index.to_numpy() + first_row(path)
    made = table(
        rows["item"].to_numpy(), ["gold"] * len(rows), rows["grade"].to_numpy(),
        levels=grades.levels, file=path.name, numbers=numbers,
    )  # fmt: skip
    kept = dict(zip(made.grades.items[made.grades.item].tolist(), made.grades.level.tolist(), strict=True))
    said = {int(number): grade for number, grade in zip(numbers, rows["grade"], strict=True)}
    # The same level said twice is one piece of knowledge; two levels of one item are none.
    twice = [one for one in made.warnings if float(said[one.row or 0]) != kept[dict(one.values)["item"]]]
    if twice:
        places = [
            Place("gold for item {item} stands twice. Keep one.", path.name, one.row, "item", None, one.values)
            for one in twice
        ]
        item = dict(twice[0].values)["item"]
        raise BadInput("{file}: item {item} has gold twice.", file=path.name, item=item, places=places)
    place = {str(item): code for code, item in enumerate(grades.items)}
    level = np.full(len(grades.items), -1, dtype=np.int32)
    unknown = []
    for item, grade in zip(made.grades.items[made.grades.item], made.grades.level, strict=True):
        code = place.get(str(item))
        if code is None:
            unknown.append(str(item))
        else:
            level[code] = grade
    return Gold(level, tuple(unknown))


def top_level(path: Path) -> int:
    """The highest level of a gold file, so that a scale can be wide enough for it; -1 where it has none."""
    rows = frame(path, ("item", "grade"))
    number = pd.to_numeric(rows["grade"], errors="coerce").to_numpy(dtype=np.float64)
    finite = number[np.isfinite(number)]
    return int(finite.max()) if len(finite) else -1
