"""What the commands on anybody's grades share: their options, the file they read, what they write.

They read a file with the columns item, grader, grade (levels 0 to K-1) and need neither a store nor a server.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from relevance.errors import BadInput
from relevance.texts import _, language, translator

if TYPE_CHECKING:  # pandas and scipy are loaded when a command runs: the other commands start without them
    from relevance.exchange.grades import File
    from relevance.quality.table import Ints

SHOWN = 20
DIGITS = 9
PATH = click.Path(path_type=Path)

Command = Callable[..., Any]


def grades_options(command: Command) -> Command:
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


def read_grades(labels: Path, levels: int | None, nominal: bool, gold: Path | None) -> tuple[File, Ints | None]:
    """The grades, and the gold by item code where there is some; says on stderr what was noticed."""
    from relevance.exchange.grades import read, read_gold, top_level
    from relevance.quality.table import MOST

    source = read(labels, levels=levels, ordered=not nominal)
    if gold is not None and levels is None and (top := top_level(gold)) >= source.grades.levels:
        # As many as a scale that nobody named can have: gold in percent is told as such, and widens none.
        source = read(labels, levels=min(top + 1, MOST), ordered=not nominal)
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


KINDS = (".csv", ".jsonl", ".parquet")


def check_places(out: Path | None, json_: Path | None, *inputs: Path | None) -> None:
    """Whether the results can be written: said before an hour of work rather than after it.

    Raises:
        BadInput: a name says no kind that is written, its folder is not there, it is a folder, or it is one of the
            inputs, which would be lost.
    """
    if out is not None and out.suffix.lower() not in KINDS:
        raise BadInput("{file}: labels are written as .csv, .jsonl or .parquet.", file=out.name)
    taken = {path.resolve() for path in inputs if path is not None}
    for path in (out, json_):
        if path is None:
            continue
        if not path.absolute().parent.is_dir():
            raise BadInput("{folder}: there is no such folder.", folder=str(path.parent))
        if path.is_dir():
            raise BadInput("{file} is a folder. Give the name of a file.", file=str(path))
        if path.resolve() in taken:
            raise BadInput("{file} would be written over: it is read from, or written already. Give another name.", file=path.name)  # fmt: skip
        taken.add(path.resolve())


def write(table: Any, path: Path) -> None:
    """Writes a table whole or not at all.

    Raises:
        BadInput: the place can't be written to.
    """
    if path.suffix.lower() == ".jsonl":
        text = table.to_json(orient="records", lines=True, force_ascii=False, double_precision=10)
        _whole(path, lambda beside: beside.write_text(text, "utf-8"))
    elif path.suffix.lower() == ".parquet":
        _whole(path, lambda beside: table.to_parquet(beside, index=False))
    else:
        _whole(path, lambda beside: _csv(table, beside))


def _csv(table: Any, path: Path) -> None:
    """As pandas would write it, in half the time: rows of Python's own values; an empty cell for what is missing."""
    columns = (table[name].astype(object).where(table[name].notna(), None).tolist() for name in table)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(table.columns)
        writer.writerows(zip(*columns, strict=True))


def write_json(path: Path | None, figures: Any) -> None:
    """Writes the figures, where a place for them was given. Raises what `write` does."""
    if path is not None:
        text = json.dumps(_stated(figures), ensure_ascii=False, indent=1, allow_nan=False)
        _whole(path, lambda beside: beside.write_text(text + "\n", "utf-8"))


def _whole(path: Path, make: Callable[[Path], object]) -> None:
    beside = path.with_name(f".{path.name}.part")
    try:
        make(beside)
        beside.replace(path)
    except OSError as fault:
        beside.unlink(missing_ok=True)
        raise BadInput("{file} can't be written: {fault}", file=path.name, fault=fault.strerror or str(fault)) from None


def plain(value: Any) -> Any:
    """A number of numpy's as Python's own."""
    return value.item() if hasattr(value, "item") else value


def _stated(figures: Any) -> Any:
    """Figures to the digits that are the same on any number of threads."""
    if isinstance(figures, dict):
        return {key: _stated(value) for key, value in figures.items()}
    if isinstance(figures, list):
        return [_stated(value) for value in figures]
    value = plain(figures)
    return round(value, DIGITS) if isinstance(value, float) else value
