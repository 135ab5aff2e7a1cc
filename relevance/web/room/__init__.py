"""The meeting's room: one light page of plain HTML, styles and JavaScript modules, for members and for guests alike."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from starlette.responses import HTMLResponse

from relevance.texts import LANGUAGES, counter, translator
from relevance.web.forms import PRODUCT
from relevance.web.room.texts import SENTENCES

HERE = Path(__file__).parent
FILES: Mapping[str, str] = {
    **dict.fromkeys(
        ("main.js", "dom.js", "link.js", "stage.js", "panel.js", "ending.js", "lists.js"), "text/javascript"
    ),
    "room.css": "text/css",
}


@cache
def file(name: str) -> bytes:
    """One of the page's files."""
    return (HERE / name).read_bytes()


def texts() -> dict[str, dict[str, str | list[str]]]:
    """The page's words in every language: the reader may change it without leaving the room.

    A sentence with a count is a pair: for one, and for many.
    """
    return {code: {key: _said(code, text) for key, text in SENTENCES.items()} for code in LANGUAGES}


def _said(code: str, text: str | tuple[str, str]) -> str | list[str]:
    return translator(code)(text) if isinstance(text, str) else [counter(code)(*text, n) for n in (1, 2)]


def page(language: str, title: str, config: Mapping[str, Any]) -> HTMLResponse:
    """The room's page. `config`: base (where its routes are), meeting, and where it leads back to."""
    said = json.dumps({**config, "language": language, "languages": LANGUAGES, "texts": texts()}, ensure_ascii=False)
    tag = {"zh": "zh-Hans"}.get(language, language)
    html = (
        f'<!doctype html><html lang="{tag}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">'
        f'<meta name="robots" content="noindex"><title>{escape(title)} · {PRODUCT}</title>'
        '<link rel="icon" href="/sign-in/mark.svg" type="image/svg+xml"><link rel="stylesheet" href="/guest/room.css">'
        f'</head><body data-config="{escape(said)}"><div id="room"></div>'
        '<script type="module" src="/guest/main.js"></script></body></html>'
    )
    return HTMLResponse(html, headers={"cache-control": "no-store"})
