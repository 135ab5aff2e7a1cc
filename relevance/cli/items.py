"""`items`: an items file into a project."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from pathlib import Path

import click

from relevance import door
from relevance.settings import load
from relevance.texts import _, language, translator


@click.command(
    "items",
    help=_(
        "Imports an items file (CSV, TSV, XLSX, JSONL, Parquet) into a project: all of it, or nothing. "
        "The same file again adds nothing. docs/items.md tells the columns."
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--project", required=True, help=_("The project's name."))
@click.option("--create", is_flag=True, help=_("Makes the project if there is none of this name."))
@click.option("--batch", help=_("The batch of rows that name none; by default the file's name."))
@click.option("--dry-run", is_flag=True, help=_("Checks and counts, and writes nothing."))
def items(file: Path, project: str, create: bool, batch: str | None, dry_run: bool) -> int:
    """Imports items."""
    from relevance.services.item_import import run_import
    from relevance.store.priority import step_back

    say = translator(language())
    gc.disable()  # the command ends soon, and rows are very many objects without cycles: nothing to be found in them
    with door.session(load()) as at:
        if at.runtime is None:
            step_back()  # people grade on this machine
        # A dry run writes nothing at all, so it makes no project either.
        found = at.call("project.ensure", project=project, create=create and not dry_run)
        if found["made"]:
            click.echo(_("Project {name} is there.").format(name=project))
        done = run_import(
            at.call,
            found["id"],
            file,
            batch=batch,
            dry_run=dry_run,
            progress=_progress(),
            closing=at.runtime is not None,
        )
    for note in done.notes:
        click.echo(note.say(say), err=True)
    if done.nothing:
        click.echo(
            _("{file}: {rows} rows; the project has all of it already. Nothing was added.").format(
                file=done.file, rows=done.rows
            )
        )
        return 0
    head = (
        _("{file}: {rows} rows. This would be done (dry run, nothing was written):")
        if done.dry_run
        else _("{file}: {rows} rows. Done:")
    )
    click.echo(head.format(file=done.file, rows=done.rows))
    click.echo(
        _("  items: {added} added, {changed} changed, {same} as they were").format(
            added=done.items, changed=done.items_changed, same=done.items_same
        )
    )
    click.echo(
        _("  keywords: {added} added, {changed} changed").format(added=done.keywords, changed=done.keywords_changed)
    )
    if done.batches:
        click.echo(_("  batches: {names}").format(names=", ".join(done.batches)))
    if done.batches_changed:
        click.echo(_("  batches with another deadline: {n}").format(n=done.batches_changed))
    return 0


def _progress() -> Callable[[str, int, int], None]:
    say = translator(language())
    shown = sys.stderr.isatty()

    def progress(what: str, done: int, of: int) -> None:
        if shown:
            share = f" {done:,}/{of:,}" if of else " ..."
            click.echo(f"\r{say(what)}{share}  ", nl=done == of > 0, err=True)

    return progress


COMMANDS = [items]
