"""Our small components: a script and a style each, beside this file; `dom.js` stands in front of every script."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

_HERE = Path(__file__).parent


def component(name: str) -> ComponentRenderer:
    """The component of `name.js` and `name.css`. Call it once, at import."""
    script = "\n".join((_HERE / file).read_text("utf-8") for file in ("dom.js", f"{name}.js"))
    return st.components.v2.component(f"relevance.{name}", css=(_HERE / f"{name}.css").read_text("utf-8"), js=script)
