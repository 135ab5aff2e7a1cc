"""`overlap-replay`: what each policy for the number of grades would have cost, on anybody's grades."""

from __future__ import annotations

from pathlib import Path

import click

from relevance.cli.grades_file import PATH, check_places, grades_options, read_grades, write_json
from relevance.texts import _


@click.command(
    "overlap-replay",
    help=_(
        "What each policy for the number of grades would have cost on these grades, and how right it would have been."
    ),
)
@grades_options
@click.option("--gold", type=PATH, required=True, help=_("Known levels (item, grade)."))
@click.option(
    "--sure",
    type=click.FloatRange(0.5, 0.99),
    default=0.9,
    show_default=True,
    help=_("How sure a label must be before no more grades are asked for."),
)
@click.option(
    "--draws",
    type=click.IntRange(1, 200),
    default=12,
    show_default=True,
    help=_("How many random orders of the grades are tried."),
)
def overlap_replay(
    labels: Path, levels: int | None, nominal: bool, json_: Path | None, gold: Path, sure: float, draws: int
) -> None:
    """Replays policies."""
    from dataclasses import asdict

    from relevance.quality.replay import replay

    check_places(None, json_, labels, gold)
    source, known = read_grades(labels, levels, nominal, gold)
    assert known is not None  # --gold is required
    outcomes = replay(source.grades, known, draws=draws, level=sure)
    click.echo(_("policy         grades an item   right   levels off   left to people"))
    for one in outcomes:
        left = "" if one.unsure is None else f"{one.unsure:.1%}"
        click.echo(
            f"{one.policy:<14} {one.grades_per_item:>14.2f} {one.accuracy:>7.1%} {one.distance:>12.3f} {left:>16}"
        )
    write_json(json_, [asdict(one) for one in outcomes])


COMMANDS: list[click.Command] = [overlap_replay]
