"""`agreement`: how far graders agree, on anybody's grades."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from relevance.cli.grades_file import SHOWN, check_places, grades_options, plain, read_grades, write_json
from relevance.errors import BadInput
from relevance.texts import _

if TYPE_CHECKING:
    from relevance.quality.bootstrap import Estimate
    from relevance.quality.table import Grades


METRICS = ("all", "alpha", "alpha-nominal", "alpha-ordinal", "alpha-interval", "kappa", "ac2", "percent", "within-one")


@click.command("agreement", help=_("How far graders agree, each figure with its n and 95 % interval over items."))
@grades_options
@click.option(
    "--metric",
    type=click.Choice(METRICS),
    default="all",
    show_default=True,
    help=_("Which figure; alpha is the ordinal one, or the nominal one with --nominal."),
)
@click.option(
    "--by",
    help=_("A column of the file: one line for each of its values. By grader: over the items that the grader graded."),
)
def agreement(labels: Path, levels: int | None, nominal: bool, json_: Path | None, metric: str, by: str | None) -> None:
    """Says how far graders agree."""
    import numpy as np

    check_places(None, json_, labels)
    source, _known = read_grades(labels, levels, nominal, None)
    grades = source.grades
    groups: list[tuple[str, Grades]] = [("", grades)]
    if by is not None:
        if by not in source.rows.columns:
            raise BadInput(
                "{file} has no column {column}. It has: {columns}.",
                file=labels.name, column=by, columns=", ".join(source.rows.columns),
            )  # fmt: skip
        value = source.rows[by].astype(str).to_numpy()
        for one in sorted(set(value)):
            rows = value == one
            if by == "grader":  # his own answers alone would have nobody to agree with
                rows = np.isin(grades.item, grades.item[rows])
            groups.append((one, grades.only(rows)))
    chosen = _metrics(metric, nominal)
    found: list[dict[str, Any]] = [
        {"group": name, "figures": {label: _figure(estimate(part)) for label, estimate in chosen.items()}}
        for name, part in groups
    ]
    width = max(len(str(one["group"])) for one in found)
    for one in found:
        for label, figure in one["figures"].items():
            head = f"{str(one['group']) or _('all'):<{max(width, 4)}}  {label:<15}"
            click.echo(f"{head} {_said(figure)}")
    if metric in ("all", "kappa") and by is None:
        listed = _pairs(grades, nominal)
        for pair in listed[:SHOWN]:
            click.echo(f"{pair['first']} - {pair['second']}: {_said(pair)}")
        found[0]["pairs"] = listed
    if len(grades.votes) and (grades.votes.sum(axis=1).min() != grades.votes.sum(axis=1).max()):
        click.echo(
            _(
                "Items have different numbers of grades. If hard items were given more, they weigh more in alpha: the random audit sample says what holds for all."
            ),
            err=True,
        )
    write_json(
        json_, {**found[0], "group": "all", "by": by, "groups": found[1:]} if by else {**found[0], "group": "all"}
    )


def _metrics(metric: str, nominal: bool) -> dict[str, Callable[[Grades], Estimate]]:
    from relevance.quality.ac2 import ac2
    from relevance.quality.krippendorff import alpha
    from relevance.quality.percent import percent

    kind = "nominal" if nominal else "ordinal"
    every: dict[str, Callable[[Grades], Estimate]] = {
        "alpha-nominal": lambda g: alpha(g.votes, "nominal"),
        "alpha-ordinal": lambda g: alpha(g.votes, "ordinal"),
        "alpha-interval": lambda g: alpha(g.votes, "interval"),
        "ac2": lambda g: ac2(g.votes, kind),
        "percent": lambda g: percent(g.votes),
        "within-one": lambda g: percent(g.votes, within=1),
    }
    if metric == "kappa":
        return {}
    if metric == "all":
        return {k: v for k, v in every.items() if not nominal or k in ("alpha-nominal", "ac2", "percent")}
    name = f"alpha-{kind}" if metric == "alpha" else metric
    return {name: every[name]}


def _pairs(grades: Grades, nominal: bool) -> list[dict[str, Any]]:
    from relevance.quality.kappa import pairs

    return [
        {
            "first": plain(grades.graders[one.first]),
            "second": plain(grades.graders[one.second]),
            **_figure(one.estimate),
        }
        for one in pairs(grades, "nominal" if nominal else "quadratic")
    ]


def _figure(estimate: Estimate) -> dict[str, Any]:
    return {
        "value": estimate.value, "low": estimate.low, "high": estimate.high,
        "items": estimate.items, "grades": estimate.grades, "why": estimate.why,
    }  # fmt: skip


def _said(figure: dict[str, Any]) -> str:
    if figure["value"] is None:
        return f"–  {_(figure['why'])}"
    text = f"{figure['value']:+.3f}"
    if figure["low"] is not None:
        text += f"  [{figure['low']:+.3f}, {figure['high']:+.3f}]"
    return text + "  " + _("{items} items, {grades} grades").format(**figure)


COMMANDS: list[click.Command] = [agreement]
