"""What is shown of an item to who answers it apart from the stream: in training, an exam or a pilot. Nothing of its label."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import Any, Self

# For `select`, where item, clip and keyword are joined.
COLUMNS = """content_id, strip, captions is not null as captions, item.start_ms, item.end_ms,
    keyword.text_zh as keyword_zh, keyword.text_en as keyword_en, keyword.note as keyword_note"""


@dataclass(frozen=True, slots=True)
class Shown:
    """A clip with its range (ms; None: from its beginning, to its end), its strip of pictures, and the keyword beside it."""

    content_id: str
    strip: dict[str, Any]
    captions: bool
    start_ms: int | None
    end_ms: int | None
    keyword_zh: str | None
    keyword_en: str | None
    keyword_note: str | None

    @classmethod
    def taken(cls, row: dict[str, Any]) -> tuple[Self, dict[str, Any]]:
        """The clip of a row that has `COLUMNS`, and what else is in the row."""
        names = {one.name for one in fields(cls)}
        mine = {name: row[name] for name in names}
        rest = {name: value for name, value in row.items() if name not in names}
        return cls(**{**mine, "strip": json.loads(row["strip"])}), rest
