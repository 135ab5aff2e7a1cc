"""The shared crowds, what every method says of them, and tables in Markdown."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from relevance.exchange.grades import read, read_gold
from relevance.quality.dawid_skene import dawid_skene
from relevance.quality.labels import mode
from relevance.quality.majority import vote_shares
from relevance.quality.model import fit
from relevance.quality.replay import deal
from relevance.quality.table import Floats, Grades, Ints
from tests.bench.common import ROOT
from tests.quality.baselines import glad, mace

DATA = ROOT.parent / "shared" / "data" / "crowd"
SIX = ("adult3_5x", "adult4", "dog4_nominal", "weather5_nominal_cf_amt", "web4", "web5")
FOUR = ("adult4", "adult3_full", "web4", "web5")
DRAWS = 20
METHODS: dict[str, Callable[[Grades], Floats]] = {
    "majority": vote_shares,
    "Dawid-Skene": lambda grades: dawid_skene(grades).shares,
    "MACE": mace,
    "GLAD": glad,
    "model": lambda grades: fit(grades).shares,
}
STATS = {"majority": "mv_acc_tie_expected", "Dawid-Skene": "ds_acc", "MACE": "mace_acc", "GLAD": "glad_acc"}


@dataclass(frozen=True, slots=True)
class Crowd:
    """A shared crowd: its grades, gold (-1 where not known) and crowd-kit's figures."""

    name: str
    grades: Grades
    gold: Ints
    stats: dict[str, float]

    @property
    def known(self) -> NDArray[np.int64]:
        """The items with gold."""
        return np.flatnonzero(self.gold >= 0)


@cache
def load_crowd(name: str) -> Crowd:
    """A crowd of ../shared/data/crowd. adult3_full has no gold file: its gold is the plurality of some 70 grades."""
    folder = DATA / name
    meta = json.loads((folder / "meta.json").read_text())
    grades = read(folder / "labels.csv", levels=meta["k"], ordered=meta["scale"].startswith("ordinal")).grades
    if (folder / "gold.csv").exists():
        gold = read_gold(folder / "gold.csv", grades).level
    else:
        gold = mode(vote_shares(grades)).level
    return Crowd(name, grades, gold, json.loads((folder / "stats.json").read_text()))


@cache
def drawn(name: str, n: int, draw: int) -> dict[str, Floats]:
    """Every method's shares of the gold items, on n random grades an item (0: all)."""
    found = load_crowd(name)
    grades = found.grades if n == 0 else deal(found.grades, draw).first(n)
    return {method: make(grades)[found.known] for method, make in METHODS.items()}


def draws(n: int) -> int:
    """All grades are one draw."""
    return 1 if n == 0 else DRAWS


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def goal(text: str, reached: bool) -> str:
    """A goal and whether it was reached."""
    return f"- {text}: {'reached' if reached else '**short**'}\n"


def interval(difference: tuple[float, float, float]) -> str:
    """A difference in points with its interval."""
    return f"{100 * difference[0]:+.1f} [{100 * difference[1]:+.1f}, {100 * difference[2]:+.1f}]"
