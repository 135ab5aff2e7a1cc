"""`rebuild`: a store from the second copy of its history, or the proof that the copy is whole."""

from __future__ import annotations

from pathlib import Path

import click

from relevance.settings import load
from relevance.texts import _


@click.command("rebuild", help=_("Makes the database from the second copy of its history, the server stopped."))
@click.option(
    "--from",
    "folder",
    type=click.Path(path_type=Path),
    help=_("The copy's folder; by default RELEVANCE_HISTORY, or history/ in the data folder."),
)
@click.option("--check", is_flag=True, help=_("Only proves that the copy is whole and says up to when it goes."))
def rebuild(folder: Path | None, check: bool) -> None:
    """Rebuilds or checks."""
    from relevance.store import history_rebuild

    settings = load()
    copy = folder or settings.history_folder
    if check:
        done = history_rebuild.check(copy)
        sentence = _("The copy is whole: {rows} rows of {tables} tables as of {when}.")
    else:
        done = history_rebuild.rebuild(copy, settings.data)
        sentence = _(
            "Rebuilt {rows} rows of {tables} tables as of {when}. Everybody signs in again. Now prove it: "
            "python -m relevance verify"
        )
    when = done.as_of.astimezone().strftime("%Y-%m-%d %H:%M:%S %z")
    click.echo(sentence.format(rows=done.rows, tables=done.tables, when=when))
    if done.cut:
        click.echo(_("{n} bytes at its end were torn and don't count.").format(n=done.cut), err=True)


COMMANDS = [rebuild]
