"""Bringing items: the file, what it would do, and the yes."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from relevance.services.item_import import Imported
from relevance.texts import _, language, translator
from relevance.web import format as fmt
from relevance.web import page

TYPES = ["csv", "tsv", "txt", "xlsx", "jsonl", "parquet"]


@dataclass(frozen=True, slots=True)
class ItemsFile:
    """An uploaded file and the batch that its items belong to, where the file names none."""

    name: str
    data: bytes
    batch: str | None


def file() -> ItemsFile | None:
    """The file that was chosen; None until there is one."""
    page.uploader()
    one, two = st.columns([2, 1], vertical_alignment="top")
    given = one.file_uploader(
        _("Items file"),
        TYPES,
        key="items_file",
        help=_("CSV, TSV, XLSX, JSONL or Parquet with the columns keyword and clip; Chinese column names will do."),
    )
    batch = two.text_input(
        _("Batch, where the file names none"), max_chars=100, key="items_batch", placeholder=_("the file's name")
    )
    return None if given is None else ItemsFile(given.name, given.getvalue(), batch.strip() or None)


def would(result: Imported) -> bool:
    """What the file would do; True when somebody says yes to it."""
    with st.container(border=True):
        cells = st.columns(4)
        cells[0].metric(_("New items"), fmt.number(result.items))
        cells[1].metric(_("Changed items"), fmt.number(result.items_changed))
        cells[2].metric(_("Already there"), fmt.number(result.items_same))
        cells[3].metric(_("New keywords"), fmt.number(result.keywords))
        said = [_("rows read: {n}").format(n=fmt.number(result.rows))]
        if result.repeats:
            said.append(_("repeats, one item with another row: {n}").format(n=fmt.number(result.repeats)))
        if result.batches:
            said.append(_("new batches: {names}").format(names=", ".join(page.plain(name) for name in result.batches)))
        st.caption(" · ".join(said))
        for note in result.notes[:20]:
            st.info(page.plain(note.say(translator(language()))), icon=":material/info:")
        if result.nothing:
            st.info(_("The project has all of it already; there is nothing to import."), icon=":material/task_alt:")
            return False
        return st.button(_("Import"), type="primary", icon=":material/upload:", key="items_yes")
