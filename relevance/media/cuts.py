"""The table of --clips: which parts of which sources become clips. Columns source, start, end."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from relevance.errors import Place
from relevance.exchange.columns import Columns
from relevance.exchange.faults import Faults
from relevance.exchange.tables import open_table
from relevance.media.verdict import Cut

COLUMNS = Columns(
    {
        "source": (
            "file",
            "file name",
            "filename",
            "video",
            "path",
            "clip",
            "视频",
            "文件",
            "文件名",
            "来源",
            "源文件",
            "视频文件",
        ),
        "start": ("from", "in", "start time", "start_s", "开始", "开始时间", "起始", "起点", "入点"),
        "end": ("to", "out", "end time", "end_s", "结束", "结束时间", "终点", "出点"),
    }
)
_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,3}):(\d{1,2}(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One row: which source (a name or a path's ending), which part."""

    source: str
    cut: Cut
    row: int


def read_cuts(path: Path) -> list[Wanted]:
    """All rows of a --clips table. Raises BadInput with each fault's row and column."""
    table = open_table(path, COLUMNS, need=[("source",), ("start",), ("end",)])
    faults = Faults(table.file)
    wanted: dict[tuple[str, Cut], Wanted] = {}
    for row, cells in table.rows():

        def cell(column: str, cells: Sequence[str | None] = cells) -> str:
            at = table.position[column]
            return (cells[at] or "").strip() if at < len(cells) else ""

        times: list[float | None] = []
        for column in ("start", "end"):
            seconds = parse_time(cell(column))
            if seconds is None and (column == "start" or cell(column)):
                faults.add(
                    Place(
                        '"{value}" is no time. Write seconds (12.5) or hh:mm:ss.mmm (0:00:12.500).',
                        file=table.file, row=row, column=table.title(column), value=cell(column),
                    )
                )  # fmt: skip
                break
            times.append(seconds)
        if len(times) < 2:
            continue
        start, end = times
        assert start is not None
        if not cell("source"):
            faults.add(Place("no source is named.", file=table.file, row=row, column=table.title("source"), value=""))
        elif end is not None and end <= start:
            faults.add(
                Place(
                    "the end ({value}) is not after the start.",
                    file=table.file, row=row, column=table.title("end"), value=cell("end"),
                )
            )  # fmt: skip
        else:
            one = Wanted(cell("source"), Cut(start, end), row)
            wanted.setdefault((one.source, one.cut), one)
    faults.check()
    return list(wanted.values())


def parse_time(text: str) -> float | None:
    """Seconds from `12.5`, `1:02.5` or `0:01:02.500`; None for anything else.

    >>> parse_time("12.5"), parse_time("0:01:02.500"), parse_time("01:02"), parse_time("-1"), parse_time("1:75")
    (12.5, 62.5, 62.0, None, None)
    """
    text = unicodedata.normalize("NFKC", text).strip().removesuffix("s").strip().replace(",", ".")
    if re.fullmatch(r"\d{1,7}(\.\d+)?", text):
        return float(text)
    found = _CLOCK.fullmatch(text)
    if not found or float(found[3]) >= 60 or (found[1] is not None and int(found[2]) >= 60):
        return None
    return int(found[1] or 0) * 3600 + int(found[2]) * 60 + float(found[3])


def matches(wanted: str, path: str) -> bool:
    """Whether a table's name means this path: the file's name or any whole ending of the path, however composed.

    >>> matches("a/b.mp4", "in/a/b.mp4"), matches("b.mp4", "in/a/b.mp4"), matches("ab.mp4", "in/b.mp4")
    (True, True, False)
    """
    named = PurePosixPath(unicodedata.normalize("NFC", wanted.replace("\\", "/"))).parts
    there = PurePosixPath(unicodedata.normalize("NFC", path)).parts
    return bool(named) and there[-len(named) :] == named
