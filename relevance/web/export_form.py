"""Taking labels, grades or disputes away: what, as what, of which batch; and the state of the analysts' copy."""

from __future__ import annotations

import io
import shlex
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import streamlit as st

from relevance.roles import Actor
from relevance.services.batches import BatchRow
from relevance.services.exports import FORMATS, WHATS, export
from relevance.services.projects import ProjectRow
from relevance.services.published import Copy
from relevance.store.store import Store
from relevance.texts import _
from relevance.web import format as fmt

HERE = 500_000  # items; above that the file is written on the server, by the command


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to take away."""

    what: str
    format: str
    batch: str | None

    @property
    def name(self) -> str:
        """The file's name; qrels comes with the files that explain it, in one archive."""
        return f"{self.what}.zip" if self.format == "qrels" else f"{self.what}.{self.format}"


def wish(batches: Sequence[BatchRow]) -> Wish:
    """What, as what, of which batch. Labels alone can be qrels."""
    names = {"labels": _("Labels"), "grades": _("Grades"), "disputes": _("Disputes")}
    formats = {"csv": "CSV", "parquet": "Parquet", "jsonl": "JSONL", "qrels": "TREC qrels"}
    with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
        what = st.segmented_control(
            _("What"), WHATS, default="labels", required=True, format_func=lambda one: names[one], key="what"
        )
        offered = FORMATS if what == "labels" else tuple(one for one in FORMATS if one != "qrels")
        form = st.segmented_control(
            _("Format"),
            offered,
            default="csv",
            required=True,
            format_func=lambda one: formats[one],
            key=f"format_{what}",
        )
        batch = st.selectbox(
            _("Batch"), [row.name for row in batches], index=None, placeholder=_("all batches"), key="of", width=260
        )
    return Wish(what, form, batch)


def written(store: Store, actor: Actor, project: int, wanted: Wish) -> bytes:
    """The file, or for qrels an archive of it with its explanations."""
    with tempfile.TemporaryDirectory(prefix="relevance-export-") as folder:
        out = Path(folder) / f"{wanted.what}.{wanted.format}"
        done = export(
            store, actor, project, wanted.what, wanted.format, out, batch=wanted.batch, bom=wanted.format == "csv"
        )
        if not done.also:
            return out.read_bytes()
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in (done.path, *done.also):
                archive.write(file, file.name)
        return packed.getvalue()


def download(store: Store, actor: Actor, project: ProjectRow, wanted: Wish, items: int) -> None:
    """The button that writes and fetches the file; for a very large project the command that writes it on the server."""
    if items <= HERE:
        st.download_button(
            _("Download {name}").format(name=wanted.name), lambda: written(store, actor, project.id, wanted), wanted.name,
            type="primary", icon=":material/download:", on_click="ignore", key="download",
        )  # fmt: skip
    else:
        st.info(_("This project is too large for a download by browser. On the server:"), icon=":material/terminal:")
    command = ["python", "-m", "relevance", "export", "--project", project.name, "--what", wanted.what]
    command += [
        "--format",
        wanted.format,
        *(["--batch", wanted.batch] if wanted.batch else []),
        "--out",
        wanted.name.replace(".zip", ".qrels"),
    ]
    with st.expander(_("The same by command"), icon=":material/terminal:", expanded=items > HERE):
        st.code(shlex.join(command), language="bash", wrap_lines=True)


def copy(found: Copy | None, now: datetime, may_renew: bool) -> bool:
    """The state of the copy that SQL and notebooks read. True when a new one is asked for."""
    st.markdown(f"##### {_('For SQL and notebooks')}")
    if found is None:
        st.caption(_("No copy was published yet; the server makes one within a minute."))
    else:
        size = fmt.number(found.bytes / 1_000_000, 1)
        st.markdown(
            _("`{path}` · {size} MB · {age} old").format(path=found.path, size=size, age=fmt.ago(found.made_at, now))
        )
        st.caption(
            _("A DuckDB file, schema `api`, without names, addresses and passwords; every column has a comment.")
        )
    return may_renew and st.button(_("Publish a new copy now"), icon=":material/sync:", key="renew")
