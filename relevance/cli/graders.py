"""`graders`: how each grader grades, on anybody's grades."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from relevance.cli.grades_file import PATH, SHOWN, check_places, grades_options, read_grades, write, write_json
from relevance.texts import _

if TYPE_CHECKING:
    from relevance.quality.table import Floats, Ints


@click.command(
    "graders",
    help=_("Each grader's accuracy, bias and confusions, with intervals: against gold and against the model."),
)
@grades_options
@click.option("--gold", type=PATH, help=_("Known levels (item, grade)."))
@click.option("--out", type=PATH, help=_("The table: CSV, JSONL or Parquet, by its name."))
def graders(
    labels: Path, levels: int | None, nominal: bool, json_: Path | None, gold: Path | None, out: Path | None
) -> None:
    """Says how each grader grades."""
    import pandas as pd

    from relevance.quality.confusion import certain, scorecards, together
    from relevance.quality.model import fit

    check_places(out, json_, labels, gold)
    source, known = read_grades(labels, levels, nominal, gold)
    grades = source.grades
    several = (grades.votes.sum(axis=1) >= 2)[:, None]  # what he alone graded would only echo him

    def believed(gold: Ints | None) -> Floats:
        everything: Floats = fit(grades, gold=gold).posterior * several
        return everything[grades.item]

    references: dict[str, Floats] = {"model": believed(None)}
    if known is not None:
        truth = certain(known, grades.levels)[grades.item]
        references = {"gold": truth, **references, "together": together(truth, believed(known))}
    cards = {name: scorecards(grades, reference) for name, reference in references.items()}
    rows, figures = [], []
    for j, grader in enumerate(grades.graders.tolist()):
        row: dict[str, Any] = {"grader": grader, "grades": int((grades.grader == j).sum())}
        figure: dict[str, Any] = dict(row)
        for name, each in cards.items():
            card = each[j]
            row |= {
                f"{name}_n": card.n, f"{name}_accuracy": card.accuracy.value, f"{name}_low": card.accuracy.low,
                f"{name}_high": card.accuracy.high, f"{name}_within_one": card.near.value, f"{name}_bias": card.bias,
                f"{name}_bias_low": card.bias_low, f"{name}_bias_high": card.bias_high,
            }  # fmt: skip
            figure[name] = {
                "n": card.n, "accuracy": card.accuracy.value, "low": card.accuracy.low, "high": card.accuracy.high,
                "within_one": card.near.value, "bias": card.bias, "bias_low": card.bias_low, "bias_high": card.bias_high,
                "confusion": card.confusion.round(6).tolist(),
                "severity": [
                    {"truth": pair.truth, "grade": pair.grade, "share": pair.share.value, "low": pair.share.low,
                     "high": pair.share.high, "n": pair.share.n}
                    for pair in card.severity
                ],
            }  # fmt: skip
        rows.append(row)
        figures.append(figure)
    click.echo(_("Right: share with its 95 % interval. Bias: levels, above 0 lenient, below 0 strict."))
    for figure in figures[:SHOWN] if out else figures:
        for name in references:
            card_ = figure[name]
            click.echo(f"{figure['grader']!s:<16} {name:<9} {_person(card_)}")
    if out is not None:
        write(pd.DataFrame(rows), out)
    write_json(json_, figures)


def _person(card: dict[str, Any]) -> str:
    if card["accuracy"] is None:
        return _("no answer that can be compared")
    text = f"{card['accuracy']:.1%} [{card['low']:.1%}, {card['high']:.1%}]  {card['bias']:+.2f}"
    if card["bias_low"] is not None:
        text += f" [{card['bias_low']:+.2f}, {card['bias_high']:+.2f}]"
    return f"{text}  n={card['n']}"


COMMANDS: list[click.Command] = [graders]
