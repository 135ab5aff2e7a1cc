"""What each policy for the number of grades would have cost, and how right it would have been, on past grades.

Each item's past grades are put in random order and dealt out one by one as a policy asks for them. Fixed policies take
n; *equal* takes two and, where they differ, a third and more until one level leads by two (at most five); *adaptive*
asks the model after each round and takes another grade wherever the label is not sure enough, never fewer than two and
never more than the cap. An item may be unsure again after a later round: it is then reopened.

The rule that asks is `overlap.wants`, the one that assignment goes by.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relevance.quality.labels import median, mode
from relevance.quality.majority import vote_shares
from relevance.quality.model import fit
from relevance.quality.overlap import SURE, Want, wants
from relevance.quality.table import Floats, Grades, Ints
from relevance.quality.triage import right


@dataclass(frozen=True, slots=True)
class Outcome:
    """One policy on one dealing of the past grades.

    Attributes:
        policy: its name: majority-2, model-5, equal-5, adaptive-7 ...
        grades_per_item: mean over the gold items, on which the accuracy is measured too.
        accuracy: share of gold items with the right label; of m tied levels each counts 1/m.
        distance: mean distance of the median label from gold, in levels.
        unsure: share of the gold items that the policy hands to people, None for policies that know no doubt.
        grades_per_item_all: mean over all items; it differs where gold is not a random sample of them.
    """

    policy: str
    grades_per_item: float
    accuracy: float
    distance: float
    unsure: float | None
    grades_per_item_all: float


@dataclass(frozen=True, slots=True)
class Deal:
    """A table whose grades were put in a random order within each item: `turn` (n,) counts from 0."""

    grades: Grades
    turn: NDArray[np.int64]
    there: NDArray[np.int64]

    def first(self, wanted: NDArray[np.int64] | int) -> Grades:
        """The first so many grades of each item (one number, or one an item)."""
        limit = wanted if isinstance(wanted, int) else wanted[self.grades.item]
        return self.grades.only(self.turn < limit)


def deal(grades: Grades, seed: int) -> Deal:
    """A random order of each item's grades, the same for the same seed."""
    chance = np.random.default_rng(seed).random(len(grades))
    order = np.lexsort((chance, grades.item))
    there = np.bincount(grades.item, minlength=len(grades.items))
    start = np.concatenate([[0], np.cumsum(there)[:-1]])
    turn = np.empty(len(grades), dtype=np.int64)
    turn[order] = np.arange(len(grades)) - start[grades.item[order]]
    return Deal(grades, turn, there)


def fixed(dealt: Deal, gold: Ints, n: int, method: str = "model") -> Outcome:
    """A fixed number of grades an item, labelled by `model` or `majority`."""
    taken = dealt.first(n)
    shares = fit(taken).shares if method == "model" else vote_shares(taken)
    return _outcome(f"{method}-{n}", np.minimum(dealt.there, n), shares, gold, dealt.grades.ordered)


def equal(dealt: Deal, gold: Ints, cap: int = 5, margin: int = 2) -> Outcome:
    """Two grades; where they differ more, until a level leads by `margin` or the cap is reached; majority."""
    have = np.minimum(2, dealt.there)
    while True:
        top = np.sort(dealt.first(have).votes, axis=1)
        more = (top[:, -1] - top[:, -2] < margin) & (have < np.minimum(cap, dealt.there)) & (have >= 2)
        if not more.any():
            break
        have = have + more
    shares = vote_shares(dealt.first(have))
    settled = top[:, -1] - top[:, -2] >= margin
    return _outcome(f"equal-{cap}", have, shares, gold, dealt.grades.ordered, ~settled)


def adaptive(dealt: Deal, gold: Ints, cap: int = 7, level: float = SURE) -> Outcome:
    """Another grade wherever the model is not sure enough, between two and `cap`."""
    have = np.minimum(2, dealt.there)
    while True:
        taken = dealt.first(have)
        found = fit(taken)
        unsure = wants(found, taken, level=level, cap=cap).want != Want.NOTHING
        more = unsure & (have < np.minimum(cap, dealt.there))
        if not more.any():
            break
        have = have + more
    return _outcome(f"adaptive-{cap}", have, found.shares, gold, dealt.grades.ordered, unsure)


def replay(grades: Grades, gold: Ints, *, draws: int = 12, level: float = SURE, seed: int = 0) -> list[Outcome]:
    """Every policy on the same deals, means over them.

    Args:
        grades: past grades.
        gold: (N,) known levels, -1 where not known; accuracy is over the known ones.
        draws: how many deals.
        level: how sure a label must be, 0.5 to 0.99.
        seed: of the first deal.

    Returns:
        One outcome a policy: majority-2, -3, -5, model-2, -3, -5, equal-5, adaptive-5, adaptive-7.
    """
    found: dict[str, list[Outcome]] = {}
    for draw in range(draws):
        dealt = deal(grades, seed + draw)
        for outcome in (
            *(fixed(dealt, gold, n, "majority") for n in (2, 3, 5)),
            *(fixed(dealt, gold, n) for n in (2, 3, 5)),
            equal(dealt, gold),
            adaptive(dealt, gold, 5, level),
            adaptive(dealt, gold, 7, level),
        ):
            found.setdefault(outcome.policy, []).append(outcome)
    return [
        Outcome(
            policy,
            float(np.mean([one.grades_per_item for one in each])),
            float(np.mean([one.accuracy for one in each])),
            float(np.mean([one.distance for one in each])),
            None if each[0].unsure is None else float(np.mean([one.unsure for one in each if one.unsure is not None])),
            float(np.mean([one.grades_per_item_all for one in each])),
        )
        for policy, each in found.items()
    ]


def _outcome(
    policy: str,
    have: NDArray[np.int64],
    shares: Floats,
    gold: Ints,
    ordered: bool,
    unsure: NDArray[np.bool_] | None = None,
) -> Outcome:
    known = gold >= 0
    p, truth = shares[known], gold[known]
    label = median(p).level if ordered else mode(p).level
    off = np.abs(label - truth) if ordered else (label != truth)
    return Outcome(
        policy,
        float(have[known].mean()),
        float(right(p, truth).mean()),
        float(off.mean()),
        None if unsure is None else float(unsure[known].mean()),
        float(have.mean()),
    )
