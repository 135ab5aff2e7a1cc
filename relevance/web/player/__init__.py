"""The player: a Streamlit component (v2) of plain JavaScript modules and styles, put together here without a build step.

The modules are written as such (`import`, `export`), so that an editor or a test can load one alone. Streamlit wants
one module as text: they are joined in the order of their imports, and the words `import` and `export` are taken out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
# An order in which every module comes after those that it imports; tests hold it.
MODULES = (
    "dom.js", "icons.js", "api.js", "tab.js", "outbox.js", "leases.js", "look.js", "watch.js", "stage.js", "strip.js",
    "keys.js", "markdown.js", "overlay.js", "guideline.js", "dialogs.js", "panel.js", "around.js", "player.js", "main.js",
)  # fmt: skip
STYLES = ("frame.css", "stage.css", "panel.css", "overlay.css")

_IMPORT = re.compile(r"^import \{[^}]*\} from \"[^\"]+\";\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default )", re.MULTILINE)


@cache
def script() -> str:
    """All modules as one."""
    parts = [_EXPORT.sub("", _IMPORT.sub("", (HERE / name).read_text(encoding="utf-8"))) for name in MODULES]
    return "\n".join(parts)


@cache
def style() -> str:
    """All styles as one."""
    return "\n".join((HERE / name).read_text(encoding="utf-8") for name in STYLES)


@cache
def version() -> str:
    """Names this player's code, for the record of what an answer was given with."""
    return hashlib.sha256(script().encode()).hexdigest()[:8]


@cache
def _component() -> Any:
    import streamlit as st

    # Styles are not isolated: the player's root stands in the page's own document, where other programs find it.
    return st.components.v2.component("relevance_player", js=script(), css=style(), isolate_styles=False)


def show(data: Mapping[str, Any]) -> None:
    """Mounts the player on the running page. `data` is what `player.data.page_data` gives."""
    _component()(data=dict(data), key="player")
