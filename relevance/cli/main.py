"""All commands in one place, and the one place where a command's errors are said.

Exit codes: 0 done; 1 it found faults or refused files (verify, ingest); 2 wrong input or wrong use; 3 anything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

import click

from relevance.cli import words
from relevance.errors import BadInput, BadSetting, Conflict, NotAllowed, NotFound, RelevanceError
from relevance.texts import LANGUAGES, _, language, translator

# The module of each command. Only that of the command that was typed is imported: a server is up half a second earlier.
MODULES = {
    "serve": "serve", "project": "project", "guideline": "guideline", "users": "users", "ingest": "ingest",
    "items": "items", "export": "out", "snapshot": "out", "backup": "out", "restore": "out", "dictionary": "out",
    "rebuild": "rebuild", "verify": "verify", "demo": "demo", "simulate": "simulate", "aggregate": "aggregate",
    "agreement": "agreement", "graders": "graders", "triage": "triage", "overlap-replay": "overlap",
}  # fmt: skip
WRONG_INPUT = (BadInput, BadSetting, NotFound, NotAllowed, Conflict)


class Commands(click.Group):
    """The commands by their names; the help of all of them imports all."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every name."""
        return sorted(MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name."""
        if cmd_name not in MODULES:
            return None
        found: list[click.Command] = import_module(f"relevance.cli.{MODULES[cmd_name]}").COMMANDS
        return next(command for command in found if command.name == cmd_name)


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=_("Video-keyword relevance labelling."),
)
@click.option(
    "--lang", type=click.Choice(sorted(LANGUAGES)), help=_("The language of this command."), expose_value=False
)
@click.version_option("0.1.0", prog_name="relevance")
def commands() -> None:
    """The group that all commands belong to."""


def run(arguments: Sequence[str]) -> int:
    """Runs a command line and returns its exit code; errors are said on stderr in the command's language."""
    say = translator(language())
    words.translate()
    try:
        result = commands.main(args=list(arguments), prog_name="python -m relevance", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo(_("Stopped."), err=True)
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except RelevanceError as error:
        click.echo(error.say(say), err=True)
        if isinstance(error, BadInput):
            for place in error.places:
                click.echo("  " + place.say(say), err=True)
            if error.count > len(error.places):
                click.echo(_("  ... and {n} more.").format(n=error.count - len(error.places)), err=True)
        return 2 if isinstance(error, WRONG_INPUT) else 3
    return result if isinstance(result, int) else 0
