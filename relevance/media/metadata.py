"""The table of --metadata: title, description and uploader of a video, by file name."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from relevance.exchange.columns import Columns
from relevance.exchange.tables import open_table
from relevance.media.cuts import matches
from relevance.media.verdict import Description

COLUMNS = Columns(
    {
        "file": (
            "file name",
            "filename",
            "source",
            "video",
            "path",
            "clip",
            "视频",
            "文件",
            "文件名",
            "视频文件",
            "来源",
        ),
        "title": ("name", "标题", "视频标题", "题目", "名称"),
        "description": ("desc", "text", "简介", "描述", "说明", "视频简介", "视频描述"),
        "uploader": ("author", "user", "channel", "owner", "上传者", "作者", "发布者", "up主", "账号", "用户"),
    }
)
_LONGEST = {"title": 500, "description": 20_000, "uploader": 200}  # characters


@dataclass(slots=True)
class Metadata:
    """Descriptions by the names that the table gives."""

    rows: dict[str, list[tuple[str, Description]]] = field(default_factory=dict)  # by bare file name

    def add(self, name: str, described: Description) -> None:
        """Keeps a row; of two rows for one name the last counts."""
        self.rows.setdefault(_bare(name), []).append((name, described))

    def of(self, path: str) -> Description | None:
        """What the table says of a path: the row whose name is the longest ending of it."""
        fitting = [row for row in self.rows.get(_bare(path), []) if matches(row[0], path)]
        return max(enumerate(fitting), key=lambda row: (row[1][0].count("/"), row[0]))[1][1] if fitting else None


def read_metadata(path: Path) -> Metadata:
    """Reads a metadata table (CSV, XLSX, JSONL ...). Raises BadInput where it has no file column or none of the others."""
    table = open_table(path, COLUMNS, need=[("file",), ("title", "description", "uploader")])
    found = Metadata()
    for _, cells in table.rows():
        values = {column: _cell(cells, table.position.get(column)) for column in COLUMNS.names}
        name = values.pop("file")
        if name:
            found.add(
                name, Description(**{what: (text or "")[: _LONGEST[what]] or None for what, text in values.items()})
            )
    return found


def _cell(cells: Sequence[str | None], at: int | None) -> str | None:
    text = cells[at] if at is not None and at < len(cells) else None
    # Lone surrogates (JSON can hold them) can't be stored anywhere; control characters have no business in a title.
    text = (text or "").encode("utf-8", "replace").decode("utf-8")
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs")).strip() or None


def _bare(path: str) -> str:
    return unicodedata.normalize("NFC", PurePosixPath(path.replace("\\", "/")).name)
