"""Statistics on anybody's grades: `aggregate`, `agreement`, `graders`, `triage` and `overlap-replay`.

They read a file with the columns item, grader, grade (levels 0 to K-1) and need neither a store nor a server.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from relevance.errors import BadInput
from relevance.texts import _, language, translator

if TYPE_CHECKING:  # pandas and scipy are loaded when a command runs: the other commands start without them
    from relevance.quality.bootstrap import Estimate
    from relevance.quality.files import File
    from relevance.quality.table import Floats, Grades, Ints

METHODS = ("model", "majority", "median", "dawid-skene")
METRICS = ("all", "alpha", "alpha-nominal", "alpha-ordinal", "alpha-interval", "kappa", "ac2", "percent", "within-one")
SHOWN = 20
DIGITS = 9
PATH = click.Path(path_type=Path)

Command = Callable[..., Any]


def _grades_options(command: Command) -> Command:
    """What every command here takes."""
    for option in (
        click.option("--json", "json_", type=PATH, help=_("Also writes the figures to this file, as JSON.")),
        click.option("--nominal", is_flag=True, help=_("The levels have no order.")),
        click.option(
            "--levels",
            type=click.IntRange(2, 100),
            help=_("How many levels the scale has; without it, as many as occur."),
        ),
        click.argument("labels", type=PATH),
    ):
        command = option(command)
    return command


@click.command(
    "aggregate", help=_("One label an item from a file of grades (item, grader, grade), with how sure it is.")
)
@_grades_options
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

    _can_write(out)
    source, known = _read(labels, levels, nominal, gold)
    grades = source.grades
    if nominal and (method == "median" or aim == "near"):
        raise BadInput("Levels without an order have no median. Use --method model or majority, and --aim exact.")
    shares = _shares(grades, method, known)
    made = median(shares) if method == "median" or (method == "model" and aim == "near") else mode(shares)
    n = grades.votes.sum(axis=1).astype(int)
    table = pd.DataFrame({"item": grades.items, "grade": made.level})
    for k in range(grades.levels):
        table[f"p{k}"] = shares[:, k].round(DIGITS)
    table["n"], table["tie"] = n, made.tie.astype(int)
    _write(table, out)
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
    _json(json_, figures)


@click.command("agreement", help=_("How far graders agree, each figure with its n and 95 % interval over items."))
@_grades_options
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

    source, _known = _read(labels, levels, nominal, None)
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
    _json(json_, {**found[0], "group": "all", "by": by, "groups": found[1:]} if by else {**found[0], "group": "all"})


@click.command(
    "graders",
    help=_("Each grader's accuracy, bias and confusions, with intervals: against gold and against the model."),
)
@_grades_options
@click.option("--gold", type=PATH, help=_("Known levels (item, grade)."))
@click.option("--out", type=PATH, help=_("The table: CSV, JSONL or Parquet, by its name."))
def graders(
    labels: Path, levels: int | None, nominal: bool, json_: Path | None, gold: Path | None, out: Path | None
) -> None:
    """Says how each grader grades."""
    import pandas as pd

    from relevance.quality.confusion import certain, scorecards, together
    from relevance.quality.model import fit

    if out is not None:
        _can_write(out)
    source, known = _read(labels, levels, nominal, gold)
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
        _write(pd.DataFrame(rows), out)
    _json(json_, figures)


@click.command(
    "triage", help=_("The items whose labels are most likely wrong, first; with gold, the share of wrong labels found.")
)
@_grades_options
@click.option(
    "--budget",
    type=click.FloatRange(0, 1),
    default=0.2,
    show_default=True,
    help=_("The share of the items that people can look at."),
)
@click.option(
    "--gold", type=PATH, help=_("Known levels (item, grade): only to say what was found, the ranking doesn't see them.")
)
@click.option("--out", type=PATH, help=_("The ranked items: CSV, JSONL or Parquet, by its name."))
def triage(
    labels: Path,
    levels: int | None,
    nominal: bool,
    json_: Path | None,
    budget: float,
    gold: Path | None,
    out: Path | None,
) -> None:
    """Ranks items by their doubt."""
    import numpy as np
    import pandas as pd

    from relevance.quality.model import fit
    from relevance.quality.triage import entropy, found_share, right
    from relevance.quality.triage import triage as rank

    if out is not None:
        _can_write(out)
    source, known = _read(labels, levels, nominal, gold)
    grades = source.grades
    found, votes = fit(grades), grades.votes
    shares = found.shares
    ranked = rank(shares, found.posterior, votes, ordered=not nominal)
    first = ranked.order
    table = pd.DataFrame(
        {
            "rank": np.arange(1, len(first) + 1), "item": grades.items[first], "grade": ranked.level[first],
            "wrong": ranked.wrong[first].round(6), "distance": ranked.distance[first].round(6),
            "score": ranked.score[first].round(6), "n": votes.sum(axis=1)[first].astype(int),
        }
    )  # fmt: skip
    figures: dict[str, Any] = {
        "items": len(first), "budget": budget, "looked_at": int(budget * len(first)),
        "expected_wrong": float(ranked.wrong.sum()),
        "expected_found_share": float(ranked.wrong[first][: int(budget * len(first))].sum() / max(ranked.wrong.sum(), 1e-12)),
        "found_share": None,
    }  # fmt: skip
    if known is not None:
        at = known >= 0
        wrong = 1 - right(shares[at], known[at])
        even = np.maximum(votes.sum(axis=1, keepdims=True), 1)
        figures |= {
            "gold": int(at.sum()), "wrong": float(wrong.sum()),
            "found_share": found_share(ranked.score[at], wrong, budget),
            "found_share_by_vote_entropy": found_share(entropy(votes / even)[at], wrong, budget),
        }  # fmt: skip
    if out is not None:
        _write(table, out)
    for row in table.head(min(SHOWN, max(figures["looked_at"], 1))).itertuples():
        click.echo(
            _(
                "{rank:>4}  {item}: level {grade} of {n} grades, wrong with {wrong:.0%}, {distance:.2f} levels off"
            ).format(rank=row.rank, item=row.item, grade=row.grade, n=row.n, wrong=row.wrong, distance=row.distance)
        )
    if known is not None and figures["found_share"] is None:
        click.echo(_("No label of a gold item is wrong: there is nothing to find."))
    elif known is not None:
        click.echo(
            _(
                "Of {wrong:g} wrong labels among {gold} gold items, the first {budget:.0%} hold {found_share:.1%} (by the entropy of the votes: {found_share_by_vote_entropy:.1%})."
            ).format(**figures)
        )
    _json(json_, figures)


@click.command(
    "overlap-replay",
    help=_(
        "What each policy for the number of grades would have cost on these grades, and how right it would have been."
    ),
)
@_grades_options
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

    source, known = _read(labels, levels, nominal, gold)
    assert known is not None  # --gold is required
    outcomes = replay(source.grades, known, draws=draws, level=sure)
    click.echo(_("policy         grades an item   right   levels off   left to people"))
    for one in outcomes:
        left = "" if one.unsure is None else f"{one.unsure:.1%}"
        click.echo(
            f"{one.policy:<14} {one.grades_per_item:>14.2f} {one.accuracy:>7.1%} {one.distance:>12.3f} {left:>16}"
        )
    _json(json_, [asdict(one) for one in outcomes])


COMMANDS: list[click.Command] = [aggregate, agreement, graders, triage, overlap_replay]


def _read(labels: Path, levels: int | None, nominal: bool, gold: Path | None) -> tuple[File, Ints | None]:
    """The grades, and the gold by item code where there is some; says on stderr what was noticed."""
    from relevance.quality.files import read, read_gold, top_level

    source = read(labels, levels=levels, ordered=not nominal)
    if gold is not None and levels is None and top_level(gold) >= source.grades.levels:
        source = read(labels, levels=top_level(gold) + 1, ordered=not nominal)
    say = translator(language())
    for place in source.warnings[:SHOWN]:
        click.echo(place.say(say), err=True)
    if len(source.warnings) > SHOWN:
        click.echo(_("  ... and {n} more.").format(n=len(source.warnings) - SHOWN), err=True)
    if len(source.grades.graders) == 1:
        click.echo(_("There is only one grader: nothing says how right he is."), err=True)
    if levels is None:
        click.echo(
            _("The scale is taken to have {levels} levels, 0 to {top}; --levels says otherwise.").format(
                levels=source.grades.levels, top=source.grades.levels - 1
            ),
            err=True,
        )
    if gold is None:
        return source, None
    known = read_gold(gold, source.grades)
    if known.unknown:
        click.echo(
            _("{n} gold items have no grades and are left out, {item} for one.").format(
                n=len(known.unknown), item=known.unknown[0]
            ),
            err=True,
        )
    if not (known.level >= 0).any():
        raise BadInput("{file}: none of its items is among the graded ones. Are the ids the same?", file=gold.name)
    return source, known.level


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
            "first": _plain(grades.graders[one.first]),
            "second": _plain(grades.graders[one.second]),
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


def _person(card: dict[str, Any]) -> str:
    if card["accuracy"] is None:
        return _("no answer that can be compared")
    text = f"{card['accuracy']:.1%} [{card['low']:.1%}, {card['high']:.1%}]  {card['bias']:+.2f}"
    if card["bias_low"] is not None:
        text += f" [{card['bias_low']:+.2f}, {card['bias_high']:+.2f}]"
    return f"{text}  n={card['n']}"


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


KINDS = (".csv", ".jsonl", ".parquet")


def _can_write(path: Path) -> None:
    """Before an hour of work rather than after it.

    Raises:
        BadInput: the name says no kind that is written, or its folder is not there.
    """
    if path.suffix.lower() not in KINDS:
        raise BadInput("{file}: labels are written as .csv, .jsonl or .parquet.", file=path.name)
    if not path.absolute().parent.is_dir():
        raise BadInput("{folder}: there is no such folder.", folder=str(path.parent))


def _write(table: Any, path: Path) -> None:
    """Writes the table whole or not at all."""
    beside = path.with_name(f".{path.name}.part")
    if path.suffix.lower() == ".parquet":
        table.to_parquet(beside, index=False)
    elif path.suffix.lower() == ".jsonl":
        beside.write_text(table.to_json(orient="records", lines=True, force_ascii=False, double_precision=10), "utf-8")
    else:
        table.to_csv(beside, index=False)
    beside.replace(path)


def _json(path: Path | None, figures: Any) -> None:
    if path is not None:
        text = json.dumps(_stated(figures), ensure_ascii=False, indent=1, allow_nan=False)
        path.write_text(text + "\n", "utf-8")


def _stated(figures: Any) -> Any:
    """Figures to the digits that are the same on any number of threads."""
    if isinstance(figures, dict):
        return {key: _stated(value) for key, value in figures.items()}
    if isinstance(figures, list):
        return [_stated(value) for value in figures]
    value = _plain(figures)
    return round(value, DIGITS) if isinstance(value, float) else value
