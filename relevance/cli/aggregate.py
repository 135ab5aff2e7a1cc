"""`aggregate`: one label an item from anybody's grades."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from relevance.errors import BadInput
from relevance.texts import _

if TYPE_CHECKING:
    from relevance.quality.table import Floats, Grades, Ints

from relevance.cli.grades_file import DIGITS, PATH, check_places, grades_options, read_grades, write, write_json

METHODS = ("model", "majority", "median", "dawid-skene")


@click.command(
    "aggregate", help=_("One label an item from a file of grades (item, grader, grade), with how sure it is.")
)
@grades_options
@click.option(
    "--method", type=click.Choice(METHODS), default="model", show_default=True, help=_("How labels are made.")
)
@click.option("--gold", type=PATH, help=_("Known levels (item, grade): they teach the model who is right."))
@click.option(
    "--aim", type=click.Choice(["exact", "near"]), default="exact", show_default=True,
    help=_("What the model's label is for: to be the very level, or to lie as near as can be."),
)  # fmt: skip
@click.option("--out", type=PATH, required=True, help=_("The labels: CSV, JSONL or Parquet, by its name."))
def aggregate(
    labels: Path,
    levels: int | None,
    nominal: bool,
    json_: Path | None,
    method: str,
    gold: Path | None,
    aim: str,
    out: Path,
) -> None:
    """Makes labels."""
    import pandas as pd

    from relevance.quality.labels import median, mode

    check_places(out, json_, labels, gold)
    source, known = read_grades(labels, levels, nominal, gold)
    grades = source.grades
    if nominal and (method == "median" or aim == "near"):
        raise BadInput("Levels without an order have no median. Use --method model or majority, and --aim exact.")
    shares = _shares(grades, method, known)
    made = median(shares) if method == "median" or (method == "model" and aim == "near") else mode(shares)
    n = grades.votes.sum(axis=1).astype(int)
    each = {f"p{k}": shares[:, k].round(DIGITS) for k in range(grades.levels)}
    table = pd.DataFrame({"item": grades.items, "grade": made.level, **each, "n": n, "tie": made.tie.astype(int)})
    write(table, out)
    click.echo(
        _("{items} items, {grades} grades by {graders} graders, {levels} levels; {ties} ties. Labels by {method}: {file}").format(
            items=len(grades.items), grades=len(grades), graders=len(grades.graders), levels=grades.levels,
            ties=int(made.tie.sum()), method=method, file=out,
        )
    )  # fmt: skip
    figures: dict[str, Any] = {
        "method": method, "aim": aim, "items": len(grades.items), "grades": len(grades), "graders": len(grades.graders),
        "levels": grades.levels, "ties": int(made.tie.sum()), "not_counted": len(source.warnings),
    }  # fmt: skip
    if known is not None:
        figures["gold"] = _against_gold(shares, made.level, known, not nominal)
        click.echo(
            _("Against {n} gold items: {accuracy:.1%} right, {distance:.3f} levels off on average.").format(
                **figures["gold"]
            )
        )
    write_json(json_, figures)


def _shares(grades: Grades, method: str, known: Ints | None) -> Floats:
    from relevance.quality.dawid_skene import dawid_skene
    from relevance.quality.majority import vote_shares
    from relevance.quality.model import fit

    if method == "model":
        return fit(grades, gold=known).shares
    return dawid_skene(grades).shares if method == "dawid-skene" else vote_shares(grades)


def _against_gold(shares: Floats, level: Ints, gold: Ints, ordered: bool) -> dict[str, Any]:
    import numpy as np

    from relevance.quality.calibration import calibration
    from relevance.quality.proportion import wilson
    from relevance.quality.triage import right

    at = gold >= 0
    n = int(at.sum())
    exact = level[at] == gold[at]
    off = np.abs(level[at] - gold[at]) if ordered else (~exact).astype(float)
    low, high = wilson(float(exact.sum()), n)
    found = calibration(shares, gold)
    return {
        "n": n, "accuracy": float(exact.mean()), "low": low, "high": high,
        "accuracy_ties_shared": float(right(shares[at], gold[at]).mean()), "distance": float(off.mean()),
        "brier": None if found is None else found.brier, "calibration_error": None if found is None else found.error,
    }  # fmt: skip


COMMANDS: list[click.Command] = [aggregate]
