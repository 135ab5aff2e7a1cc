"""Any usual table file as rows of texts: CSV and its kin, XLSX, JSONL, Parquet.

The kind is told by the content, not by the file's name. Rows come one by one, each with its line number as an editor or
a spreadsheet shows it, so that a file of a million rows needs no memory and a fault can be found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from relevance.errors import BadInput, Place
from relevance.exchange.columns import Columns
from relevance.exchange.faults import values

Cell = str | None
Row = tuple[int, list[Cell]]


class Source(Protocol):
    """A file's raw rows. `titles_known`: the first row is the header by the format itself."""

    titles_known: bool
    detail: str  # how it was read: encoding and delimiter, or the sheet

    def rows(self) -> Iterator[Row]:
        """Each row with its line number (the first is 1), cells as texts, blank ones None."""
        ...


@dataclass(frozen=True, slots=True)
class Table:
    """A file read as a table.

    titles: by our column name, the title as the file writes it (for messages).
    position: by our column name, which cell of a row it is.
    unknown: titles that we have no use for.
    header_row: the line that the header stands on.
    """

    file: str
    source: Source
    titles: dict[str, str]
    position: dict[str, int]
    width: int
    unknown: tuple[str, ...]
    header_row: int

    def rows(self) -> Iterator[Row]:
        """Each row after the header that is not blank, with its line number; cells in the file's own order."""
        rows = self.source.rows()
        for line, _ in rows:
            if line >= self.header_row:
                break
        for line, cells in rows:
            if any(cells):
                yield line, cells

    def title(self, ours: str) -> str:
        """What the file calls a column of ours."""
        return self.titles.get(ours, ours)


_HEADER_WITHIN = 20


def open_table(path: Path, columns: Columns, *, name: str | None = None, need: Sequence[Sequence[str]] = ()) -> Table:
    """Opens a table file and finds its header among the first rows.

    Args:
        path: the file.
        columns: the columns that the caller understands.
        name: what to call the file in messages; else its own name.
        need: groups of columns; of each group one must be there.

    Raises:
        BadInput: it is no table that we can read, it has no header, or a needed column is missing or named twice.
    """
    shown = name or path.name
    source = _source(path, shown)
    best: tuple[int, int, list[Cell]] | None = None
    for seen, (line, cells) in enumerate(source.rows()):
        score = columns.count(cells)
        if score and (best is None or score > best[0]):
            best = (score, line, cells)
        if source.titles_known or seen + 1 >= _HEADER_WITHIN:
            break
    else:
        if best is None and not any(True for _ in source.rows()):
            raise BadInput("{file} is empty.", file=shown)
    if best is None:
        raise BadInput(
            "{file} has no header row with columns that are known here. The first row must name the columns, "
            "for example: {example}.",
            file=shown, example=", ".join("/".join(group) for group in need) or ", ".join(list(columns.names)[:3]),
        )  # fmt: skip
    _, header_row, header = best
    return _table(shown, source, columns, header_row, header, need)


def _table(
    file: str, source: Source, columns: Columns, header_row: int, header: list[Cell], need: Sequence[Sequence[str]]
) -> Table:
    titles: dict[str, str] = {}
    position: dict[str, int] = {}
    unknown: list[str] = []
    faults: list[Place] = []
    for at, title in enumerate(header):
        if not title:
            continue
        ours = columns.find(title)
        if ours is None:
            unknown.append(title)
        elif ours in titles:
            faults.append(
                Place(
                    'two columns mean the same: "{first}" and "{value}". Keep one.',
                    file=file, row=header_row, column=title, value=title, values=values(first=titles[ours]),
                )
            )  # fmt: skip
        else:
            titles[ours], position[ours] = title, at
    for group in need:
        if not any(ours in titles for ours in group):
            names = ", ".join([group[0], *list(columns.names[group[0]])[:2]])
            faults.append(
                Place(
                    "a column is missing: one of {names}. The columns found are: {found}.",
                    file=file, row=header_row, values=values(names=names, found=", ".join(filter(None, header))),
                )
            )  # fmt: skip
    if faults:
        raise BadInput("{file}: the header is not right; nothing was imported.", file=file, places=faults)
    return Table(file, source, titles, position, len(header), tuple(unknown), header_row)


def _source(path: Path, name: str) -> Source:
    # The readers are imported as they are needed: openpyxl and pyarrow cost a quarter of a second.
    try:
        with path.open("rb") as stream:
            head = stream.read(4096)
    except IsADirectoryError as fault:
        raise BadInput("{file} is a folder; a table file is wanted.", file=name) from fault
    except FileNotFoundError as fault:
        raise BadInput("{file}: there is no such file.", file=name) from fault
    except PermissionError as fault:
        raise BadInput("{file} may not be read by this user.", file=name) from fault
    if not head.strip():
        raise BadInput("{file} is empty.", file=name)
    if head.startswith(b"PK\x03\x04"):
        from relevance.exchange.workbook import Workbook

        return Workbook(path, name)
    if head.startswith(b"PAR1"):
        from relevance.exchange.parquet import ParquetFile

        return ParquetFile(path, name)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadInput("{file} is an old Excel file (.xls) or protected by a password. Save it as .xlsx.", file=name)
    from relevance.exchange.encoding import detect

    encoding = detect(path, name)
    if path.suffix.lower() in (".jsonl", ".ndjson", ".json") or _looks_like_json(path, encoding):
        from relevance.exchange.jsonl import JsonLines

        return JsonLines(path, name, encoding)
    from relevance.exchange.delimited import Delimited

    return Delimited(path, name, encoding)


def _looks_like_json(path: Path, encoding: str) -> bool:
    with path.open(encoding=encoding) as stream:
        return stream.read(4096).lstrip().startswith('{"')
