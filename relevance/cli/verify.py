"""`verify`: proves that states, labels and counters agree with the records."""

from __future__ import annotations

import click

from relevance import door
from relevance.settings import load
from relevance.texts import _, ngettext


@click.command(
    "verify", help=_("Proves that states, labels and counters agree with the records; exit code 1 where not.")
)
def verify() -> int:
    """Runs all checks."""
    faults = door.call(load(), "verify")
    for fault in faults:
        click.echo(f"{fault['check']}: {fault['what']}: {fault['detail']}", err=True)
    if faults:
        click.echo(ngettext("{n} fault.", "{n} faults.", len(faults)).format(n=len(faults)), err=True)
        return 1
    click.echo(_("All agrees."))
    return 0


COMMANDS = [verify]
