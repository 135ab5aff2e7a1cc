"""Excel workbooks (.xlsx): the first sheet with something in it, cells as a person reads them."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from relevance.errors import BadInput
from relevance.exchange.parquet import cell
from relevance.exchange.tables import Cell, Row

DAMAGE = (zipfile.BadZipFile, zlib.error, InvalidFileException, ElementTree.ParseError, KeyError, ValueError, OSError)
MOST_BYTES = 4 << 30  # unpacked; a small archive can claim any size


class Workbook:
    """A workbook, streamed. The row number is the sheet's own."""

    titles_known = False

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name = path, name
        try:
            with zipfile.ZipFile(path) as archive:
                if "xl/workbook.xml" not in archive.namelist():
                    raise BadInput("{file} is an archive but no Excel workbook (.xlsx).", file=name)
                if sum(entry.file_size for entry in archive.infolist()) > MOST_BYTES:
                    raise BadInput("{file} unpacks to more than {gib} GiB; save it as CSV.", file=name, gib=4)
            with self._open() as book:
                sheets = book.worksheets
                self.sheet = next((s.title for s in sheets if _has_rows(s)), sheets[0].title)
        except DAMAGE as fault:
            raise BadInput("{file} is a damaged Excel workbook ({why}).", file=name, why=str(fault)) from fault
        self.detail = f"XLSX, {self.sheet}"

    @contextmanager
    def _open(self) -> Iterator[Any]:
        # From a stream, since openpyxl judges a path by its ending.
        with self.path.open("rb") as stream:
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
            try:
                yield book
            finally:
                book.close()

    def rows(self) -> Iterator[Row]:
        """Each row of the sheet with its number.

        Raises:
            BadInput: the workbook is damaged.
        """
        try:
            with self._open() as book:
                sheet = book[self.sheet]
                sheet.reset_dimensions()  # some programs write a wrong size into the file
                for line, cells in enumerate(sheet.iter_rows(), start=1):
                    yield line, [_text(one) for one in cells]
        except DAMAGE as fault:
            raise BadInput("{file} is a damaged Excel workbook ({why}).", file=self.name, why=str(fault)) from fault


def _has_rows(sheet: Any) -> bool:
    sheet.reset_dimensions()
    return any(any(one.value is not None for one in row) for row in sheet.iter_rows(max_row=20))


def _text(one: Any) -> Cell:
    value = one.value
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, int | float) and not isinstance(value, bool) and "%" in (one.number_format or ""):
        return f"{value * 100:.10g}%"  # the sheet shows 67 %, the file holds 0.67
    return cell(value)
