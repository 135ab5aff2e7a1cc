"""What a page was asked for, kept in its address: a filtered list can be sent to a colleague, and survives a reload.

The address holds ids and codes, not the words on the screen, so that it means the same in both languages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st


def _seed(key: str, options: Mapping[str, str] | None) -> None:
    # Only the first run of a page reads the address; afterwards the widget knows better.
    if key not in st.session_state:
        given = st.query_params.get(key)
        if given is not None and (options is None or given in options):
            st.session_state[key] = given
    elif options is not None and st.session_state[key] not in options:
        st.session_state[key] = None


def _keep(key: str, value: Any) -> None:
    text = "" if value is None else str(value)
    if not text:
        if key in st.query_params:
            del st.query_params[key]
    elif st.query_params.get(key) != text:
        st.query_params[key] = text


def choose(label: str, key: str, options: Mapping[str, str], every: str) -> str | None:
    """A filter of one choice; `options` maps codes to words, `every` is shown when nothing is chosen.

    The label is for screen readers and tests; the eye reads `every`, so that a row of filters takes one line.
    """
    _seed(key, options)
    value: str | None = st.selectbox(
        label, list(options), index=None, key=key, placeholder=every, label_visibility="collapsed",
        format_func=lambda code: options.get(code, code),
    )  # fmt: skip
    _keep(key, value)
    return value


def search(label: str, key: str, hint: str) -> str:
    """A text to search for; empty when nothing was typed."""
    _seed(key, None)
    text = (
        st.text_input(label, key=key, placeholder=hint, type="search", live="300ms", label_visibility="collapsed") or ""
    )
    _keep(key, text.strip())
    return text.strip()


def value(key: str) -> str:
    """What a filter is set to, before it is drawn: by its widget, else by the address; empty where nothing is."""
    return str(st.session_state.get(key, st.query_params.get(key, "")) or "").strip()


def whole(key: str) -> int | None:
    """The same as a whole number; None where it is none."""
    text = value(key)
    return int(text) if text.isdecimal() and len(text) < 19 else None


def number(key: str, default: int = 0) -> int:
    """A number of the address (a page of a list, the open item); nonsense is the default."""
    text = st.query_params.get(key, "")
    return int(text) if text.isdecimal() and len(text) < 19 else default


def put(key: str, value: int | None) -> None:
    """Sets a number of the address; None takes it out."""
    _keep(key, value)


def clear(keys: Iterable[str]) -> None:
    """Takes filters away."""
    for key in keys:
        st.session_state.pop(key, None)
        _keep(key, None)
