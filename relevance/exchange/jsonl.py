"""JSON lines: one object a line. Its keys are the columns; a row may leave out what it has not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from relevance.errors import BadInput
from relevance.exchange.tables import Cell, Row


def objects(path: Path, name: str, encoding: str, example: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a file with the numbers of their lines; empty lines are passed over.

    Args:
        path: the file.
        name: what it is called in messages.
        encoding: of its text.
        example: an object as it should be, for the message.

    Raises:
        BadInput: a line that is not JSON, or no object.
    """
    with path.open(encoding=encoding) as stream:
        for line, text in enumerate(stream, start=1):
            if not text.strip():
                continue
            try:
                found = json.loads(text)
            except ValueError as fault:
                raise BadInput(
                    "{file}, row {row}: this line is not JSON ({why}). Each line must be one object.",
                    file=name, row=line, why=str(fault),
                ) from fault  # fmt: skip
            if not isinstance(found, dict):
                raise BadInput(
                    "{file}, row {row}: this line is not an object such as {example}.",
                    file=name, row=line, example=example,
                )  # fmt: skip
            yield line, found


class JsonLines:
    """A file of JSON objects. Rows are numbered by line, so the first object is row 1 and there is no header line."""

    titles_known = True

    def __init__(self, path: Path, name: str, encoding: str) -> None:
        self.path, self.name, self.encoding = path, name, encoding
        self.detail = f"JSONL, {encoding.upper()}"
        self._titles: list[str] = []

    def rows(self) -> Iterator[Row]:
        """The keys of all objects as row 0, then each object."""
        if not self._titles:
            titles: dict[str, None] = {}
            for _, found in objects(self.path, self.name, self.encoding, '{"keyword": "...", "clip": "..."}'):
                if not titles.keys() >= found.keys():
                    titles.update(dict.fromkeys(found))
            self._titles = list(titles)
        if self._titles:
            yield 0, list(self._titles)
        for line, found in objects(self.path, self.name, self.encoding, '{"keyword": "...", "clip": "..."}'):
            yield line, [as_text(found.get(title)) for title in self._titles]


def as_text(value: Any) -> Cell:
    """A JSON value as the text that a person would have typed into a cell.

    >>> as_text(2.0), as_text(True), as_text(None)
    ('2', 'true', None)
    """
    match value:
        case None:
            return None
        case str():
            return value or None
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case _:
            return json.dumps(value, ensure_ascii=False)
