"""What leaves the product: `export`, `snapshot`, `backup`; and `restore` and `dictionary`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from relevance import door
from relevance.services.exports import FORMATS, RULINGS, WHATS
from relevance.settings import load
from relevance.texts import _


def _size(n: int) -> str:
    for unit in ("B", "KB", "MB"):
        if n < 1000:
            return f"{n:.0f} {unit}" if unit == "B" else f"{n:.1f} {unit}"
        n = n / 1000  # type: ignore[assignment]
    return f"{n:.1f} GB"


def _when(text: str) -> str:
    return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M:%S %z")


@click.command(
    "export", help=_("Writes labels, grades, disputes, meetings, precedents ... to a file, while graders go on.")
)
@click.option("--project", required=True, help=_("The project's name."))
@click.option("--what", required=True, type=click.Choice(WHATS + RULINGS), help=_("What to write."))
@click.option(
    "--format", "format_", required=True, type=click.Choice(FORMATS), help=_("The file's format; qrels: labels only.")
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help=_("The file; it is replaced when the new one is complete."),
)
@click.option("--batch", help=_("Only this batch."))
@click.option("--as-of", metavar="DATE", help=_("As it was at this moment, in the project's time zone."))
@click.option("--bom", is_flag=True, help=_("Begins a CSV file with a mark by which Excel knows UTF-8."))
def export(project: str, what: str, format_: str, out: Path, batch: str | None, as_of: str | None, bom: bool) -> None:
    """Writes an export."""
    done = door.call(
        load(), "export", project=project, what=what, format=format_, out=str(out.absolute()), batch=batch, as_of=as_of,
        bom=bom,
    )  # fmt: skip
    click.echo(
        _("{rows} rows, {size}, as of {when}: {path}").format(
            rows=done["rows"], size=_size(done["bytes"]), when=_when(done["as_of"]), path=done["path"]
        )
    )
    if done["mapping"]:
        click.echo(_("Relevance in this file: {mapping}").format(mapping="; ".join(done["mapping"])), err=True)
        click.echo(
            _("What its numbers mean stands beside it: {files}").format(
                files=", ".join(Path(p).name for p in done["also"])
            ),
            err=True,
        )


@click.command("snapshot", help=_("Publishes a fresh copy for analysts (analytics.duckdb in the data folder)."))
def snapshot() -> None:
    """Publishes a snapshot."""
    done = door.call(load(), "snapshot")
    click.echo(
        _("{rows} rows, {size}, as of {when}, in {seconds:.1f} s: {path}").format(
            rows=done["rows"], size=_size(done["bytes"]), when=_when(done["as_of"]), seconds=done["seconds"],
            path=done["path"],
        )
    )  # fmt: skip


@click.command("backup", help=_("Writes a backup into a new or empty folder, while graders go on."))
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--no-clips", is_flag=True, help=_("Leaves the prepared clips out."))
def backup(folder: Path, no_clips: bool) -> None:
    """Makes a backup."""
    done = door.call(load(), "backup", folder=str(folder.absolute()), clips=not no_clips)
    click.echo(
        _("{rows} rows and {clips} clip files, {size}, as of {when}: {folder}").format(
            rows=done["rows"], clips=done["clips"], size=_size(done["bytes"]), when=_when(done["as_of"]),
            folder=done["folder"],
        )
    )  # fmt: skip
    if done["linked"]:
        click.echo(
            _(
                "{n} clip files are hard links into the data folder: safe from a deletion, not from the loss of this disk."
            ).format(n=done["linked"]),
            err=True,
        )


@click.command("restore", help=_("Builds the data folder (RELEVANCE_DATA, which must be empty) from a backup."))
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--without-damaged-clips",
    is_flag=True,
    help=_("Leaves clip files out that are missing or damaged, and names them."),
)
def restore(folder: Path, without_damaged_clips: bool) -> None:
    """Restores a backup."""
    from relevance.store.backup import restore as bring_back

    done = bring_back(folder, load().data, without_damaged_clips=without_damaged_clips)
    click.echo(
        _("Restored {rows} rows and {clips} clip files as of {when}. Everybody signs in again.").format(
            rows=done.rows, clips=done.clips, when=_when(done.as_of.isoformat())
        )
    )
    for name in done.left_out:
        click.echo(_("Left out, since it is damaged or missing: {file}").format(file=name), err=True)


@click.command("dictionary", help=_("Prints what analysts are given: every view and column, with its meaning."))
@click.option("--write", is_flag=True, help=_("Writes docs/data-dictionary.md."))
def dictionary(write: bool) -> None:
    """Prints or writes the data dictionary."""
    from relevance.store.dictionary import PATH, page

    if write:
        PATH.write_text(page(), "utf-8")
        click.echo(str(PATH))
    else:
        click.echo(page())


COMMANDS = [export, snapshot, backup, restore, dictionary]
