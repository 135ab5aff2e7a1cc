"""The report of an ingest: one row a file, as CSV that a spreadsheet opens without running anything."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from relevance.media.reasons import clock_time
from relevance.media.verdict import Verdict

COLUMNS = ("file", "status", "reason", "detail", "clip", "seconds")


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula.

    >>> harmless("=HYPERLINK()"), harmless("a=b")
    ("'=HYPERLINK()", 'a=b')
    """
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r", "|", "%") else cell


class Report:
    """Writes rows as they come into a file beside the target, which takes its place at the end, whatever ends it."""

    def __init__(self, path: Path, translate: Callable[[str], str]) -> None:
        self.path = path
        self.translate = translate
        self.partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
        # With a BOM: Excel takes UTF-8 for another encoding without one.
        self._stream = self.partial.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._stream)
        self._writer.writerow(COLUMNS)

    def add(self, verdict: Verdict) -> None:
        """Writes one verdict's row."""
        cut = ""
        if verdict.cut is not None:
            end = clock_time(verdict.cut.end_s) if verdict.cut.end_s is not None else ""
            cut = f" [{clock_time(verdict.cut.start_s)}-{end}]"
        detail = "; ".join(filter(None, (verdict.reason.code if verdict.reason else "", verdict.detail)))
        clip = str(verdict.clip_id or "") or (verdict.clip.content_id if verdict.clip else "")
        row = (
            verdict.path + cut, verdict.status, verdict.say(self.translate), detail, clip, f"{verdict.seconds:.2f}",
        )  # fmt: skip
        self._writer.writerow([harmless(cell) for cell in row])
        self._stream.flush()

    def __enter__(self) -> Report:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()
        self.partial.replace(self.path)
