"""`triage`: which labels are most likely wrong, on anybody's grades."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from relevance.cli.grades_file import PATH, SHOWN, check_places, grades_options, read_grades, write, write_json
from relevance.texts import _


@click.command(
    "triage", help=_("The items whose labels are most likely wrong, first; with gold, the share of wrong labels found.")
)
@grades_options
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

    check_places(out, json_, labels, gold)
    source, known = read_grades(labels, levels, nominal, gold)
    grades = source.grades
    found, votes = fit(grades), grades.votes
    shares = found.shares
    ranked = rank(shares, found.posterior, votes, guessed=found.guessed, ordered=not nominal)
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
        write(table, out)
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
    write_json(json_, figures)


COMMANDS: list[click.Command] = [triage]
