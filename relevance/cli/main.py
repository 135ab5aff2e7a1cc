"""All commands in one place, and the one place where a command's errors are said.

Exit codes: 0 done; 1 it found faults or refused files (verify, ingest); 2 wrong input or wrong use; 3 anything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

import click

from relevance.errors import BadInput, BadSetting, Conflict, NotAllowed, NotFound, RelevanceError
from relevance.texts import LANGUAGES, _, language, translator

MODULES = (
    "serve", "project", "guideline", "users", "ingest", "items", "out", "rebuild", "verify", "demo", "simulate",
    "aggregate", "agreement", "graders", "triage", "overlap",
)  # fmt: skip
WRONG_INPUT = (BadInput, BadSetting, NotFound, NotAllowed, Conflict)


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, help=_("Video-keyword relevance labelling."))
@click.option(
    "--lang", type=click.Choice(sorted(LANGUAGES)), help=_("The language of this command."), expose_value=False
)
@click.version_option("0.1.0", prog_name="relevance")
def commands() -> None:
    """The group that all commands belong to."""


def build() -> click.Group:
    """The group with every command of every module."""
    for name in MODULES:
        for command in import_module(f"relevance.cli.{name}").COMMANDS:
            commands.add_command(command)
    return commands


def run(arguments: Sequence[str]) -> int:
    """Runs a command line and returns its exit code; errors are said on stderr in the command's language."""
    say = translator(language())
    try:
        result = build().main(args=list(arguments), prog_name="python -m relevance", standalone_mode=False)
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
