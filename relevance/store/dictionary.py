"""docs/data-dictionary.md, printed from the allow-list of the snapshot and the types of a real one."""

from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb

from relevance.store import snapshot
from relevance.store.api_schema import API_VERSION, VIEWS
from relevance.store.store import Store

PATH = Path(__file__).resolve().parents[2] / "docs" / "data-dictionary.md"

_HEAD = """# Data dictionary

What `analytics.duckdb` holds: schema `api`, version {version}. Printed by `python -m relevance dictionary --write` from
the list that the file is built from; the same texts are the comments in the file itself. How to use it: [analysts.md](analysts.md).

All moments are timestamps in UTC. A level is 0 to 3; what it is called and which percentage it shows as is the project's.
A person is a number: names stay in the product.
"""


def page() -> str:
    """The whole page."""
    types = _types()
    parts = [_HEAD.format(version=API_VERSION)]
    parts.append(
        "| view | what a row is |\n|---|---|\n"
        + "\n".join(f"| [{v.name}](#{v.name}) | {v.comment} |" for v in VIEWS)
        + "\n"
    )
    for view in VIEWS:
        rows = "\n".join(f"| `{column}` | {types[view.name, column]} | {meaning} |" for column, meaning in view.columns)
        parts.append(f"## {view.name}\n\n{view.comment}\n\n| column | type | meaning |\n|---|---|---|\n{rows}\n")
    return "\n".join(parts)


def _types() -> dict[tuple[str, str], str]:
    """The type of every column, as a snapshot of an empty store has it."""
    with tempfile.TemporaryDirectory(prefix="relevance-dictionary-") as folder:
        store = Store.open(Path(folder))
        try:
            path = snapshot.publish(store).path
        finally:
            store.close()
        con = duckdb.connect(str(path), read_only=True)
        try:
            rows = con.execute(
                "select table_name, column_name, data_type from duckdb_columns() where schema_name = 'api'"
            ).fetchall()
        finally:
            con.close()
    return {(view, column): kind for view, column, kind in rows}
