"""Text tables with a delimiter: comma, tab, semicolon or bar, found by looking."""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Iterator
from io import StringIO
from itertools import islice
from pathlib import Path

from relevance.errors import BadInput
from relevance.exchange.tables import Row

DELIMITERS = (",", "\t", ";", "|", "，")
LONGEST_CELL = 1_000_000  # characters; a quotation mark that is never closed would swallow the file


class Delimited:
    """A CSV file or its kin."""

    titles_known = False

    def __init__(self, path: Path, name: str, encoding: str) -> None:
        self.path, self.name, self.encoding = path, name, encoding
        with path.open(encoding=encoding, newline="") as stream:
            head = stream.read(65_536)
        self.skip = 0
        first = head.split("\n", 1)[0].strip().lower()
        if first.startswith("sep=") and len(first) == 5:  # a line that Excel writes for itself
            self.delimiter, self.skip = head.strip()[4], 1
        else:
            self.delimiter = find_delimiter(head, ".tsv" in path.suffix.lower())
        shown = {"\t": "tab"}.get(self.delimiter, self.delimiter)
        self.detail = f"{encoding.upper()}, {shown}"

    def rows(self) -> Iterator[Row]:
        """Each row with the number of the line that it starts on.

        Raises:
            BadInput: a cell never ends, most likely for want of a closing quotation mark.
        """
        csv.field_size_limit(min(LONGEST_CELL, sys.maxsize))
        with self.path.open(encoding=self.encoding, newline="") as stream:
            for _ in range(self.skip):
                stream.readline()
            reader = csv.reader(stream, delimiter=self.delimiter)
            line = self.skip + 1
            try:
                for cells in reader:
                    yield line, cells  # type: ignore[misc]  # a blank cell is '' here: as false as None, and free
                    line = reader.line_num + self.skip + 1
            except csv.Error as fault:
                raise BadInput(
                    "{file}, row {row}: a cell that starts here does not end ({why}). "
                    "Is a quotation mark not closed?",
                    file=self.name, row=line, why=str(fault),
                ) from fault  # fmt: skip


def find_delimiter(head: str, tab_by_name: bool = False) -> str:
    r"""The character that parts the cells: the one that cuts most rows of the beginning into the same number of cells.

    >>> find_delimiter("keyword;clip\n\"a,b,c\";x.mp4\n")
    ';'
    """
    best, best_score = "\t" if tab_by_name else ",", (0, 0)
    for delimiter in DELIMITERS:
        try:
            rows = [len(row) for row in islice(csv.reader(StringIO(head), delimiter=delimiter), 50) if row]
        except csv.Error:
            continue
        widths = Counter(rows[:-1] or rows)  # the last row may be cut off
        if not widths:
            continue
        width, times = max(widths.items(), key=lambda kind: (kind[1] if kind[0] > 1 else 0, kind[0]))
        score = (times, width) if width > 1 else (0, 0)
        if score > best_score:
            best, best_score = delimiter, score
    return best
