"""`simulate`: is triage worth it? A world with a known truth, worked through by the product's own rules."""

from __future__ import annotations

import json
from pathlib import Path

import click

from relevance.errors import BadInput
from relevance.texts import _

PATH = click.Path(path_type=Path)


@click.command(
    "simulate",
    help=_("Plays weeks of disputes with a known truth through triage, and says what an hour of meeting settles."),
)
@click.option("--seed", type=int, default=1, show_default=True, help=_("The same seed gives the same figures."))
@click.option(
    "--weeks", type=click.IntRange(0, 104), default=8, show_default=True,
    help=_("How many weeks; 0: only the first meeting."),
)  # fmt: skip
@click.option("--json", "json_", type=PATH, help=_("Also writes the figures to this file, as JSON."))
@click.option(
    "--set", "changes", multiple=True, metavar="NAME=VALUE",
    help=_("Another value for one of the world's numbers; may be given again."),
)  # fmt: skip
@click.option(
    "--report",
    type=PATH,
    help=_("Runs five seeds and the variations instead, and writes their figures into this page."),
)
def simulate(seed: int, weeks: int, json_: Path | None, changes: tuple[str, ...], report: Path | None) -> None:
    """Runs the simulation."""
    if report is not None:
        from relevance.simulation.report import write

        write(report, weeks=max(weeks, 6))
        return
    from relevance.simulation.parameters import World
    from relevance.simulation.run import run

    if json_ is not None and not json_.absolute().parent.is_dir():
        raise BadInput("{folder}: there is no such folder.", folder=str(json_.parent))
    figures = run(World().but(**dict(_change(one) for one in changes)), seed, weeks)
    click.echo(
        _(
            "First meeting of one hour, {disputes} disputes: {settled_by_meeting} settled, {settled_one_by_one} one by one in the order of the queue."
        ).format(**figures)
    )
    click.echo(
        _(
            "Labels of all the day's disputes that are right: {accuracy_by_meeting:.1%} after the meeting, {accuracy_one_by_one:.1%} one by one, {accuracy_before:.1%} before."
        ).format(**figures)
    )
    click.echo(
        _("Proposed causes of unclear items that are right: {share:.1%}.").format(
            share=figures["causes"]["right_of_unclear"]
        )
    )
    for week in figures.get("weeks", []):
        click.echo(
            _(
                "Week {week}: {disputes} disputes, settled {settled}, backlog {backlog}, labels right {accuracy:.2%}, {grader_h:.0f} grader hours."
            ).format(**week | {"settled": sum(week["settled"].values())})
        )
    if figures.get("bottleneck"):
        click.echo(
            _("The backlog grows after week four. What is left over waits for: {tier}.").format(**figures["bottleneck"])
        )
    if json_ is not None:
        json_.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _change(text: str) -> tuple[str, object]:
    name, _sign, value = text.partition("=")
    try:
        return name, json.loads(value.lower() if value in ("True", "False") else value)
    except ValueError:
        raise BadInput("{text} is not NAME=VALUE with a number.", text=text) from None


COMMANDS: list[click.Command] = [simulate]
