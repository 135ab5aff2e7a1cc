"""Do two graders agree beyond chance? Cohen's weighted kappa over the items that both graded.

    kappa = (p_o - p_e) / (1 - p_e),   p_o = sum of w_kl p_kl,   p_e = sum of w_kl p_k. p_.l

p_kl is the share of common items graded k by the first and l by the second; w the agreement weights (`weights`). Cohen
(1968), doi:10.1037/h0026256. Undefined, and said so, without common items or where both always say the same one level.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from relevance.quality.bootstrap import Estimate, interval
from relevance.quality.table import Floats, Grades
from relevance.quality.weights import weights
from relevance.texts import N_

NO_COMMON = N_("The two graders have no item in common.")
BOTH_ONE_LEVEL = N_("Both graders always say the same level: there is no chance agreement to compare with.")


def kappa(table: Floats, kind: str = "quadratic") -> Estimate:
    """Weighted kappa with a bootstrap interval over items.

    Args:
        table: (K, K) common items by the first grader's level and the second's.
        kind: nominal (Cohen's own), linear, quadratic or ordinal.

    Ten items, 4 + 3 on the diagonal, 2 and 1 off it: p_o = 0.7, p_e = .6 * .5 + .4 * .5 = 0.5, kappa = 0.2 / 0.5.

    >>> round(kappa(np.array([[4., 2.], [1., 3.]]), "nominal").value, 4)
    0.4
    """
    agree = weights(kind, len(table))
    n = int(table.sum())
    if n == 0:
        return Estimate(None, None, None, 0, 0, NO_COMMON)
    count = table.ravel().astype(np.int64)

    def statistic(weight: Floats) -> Floats:
        p = (weight / weight.sum(axis=1, keepdims=True)).reshape(-1, *table.shape)
        observed = (p * agree).sum(axis=(1, 2))
        chance = np.einsum("bk,bl,kl->b", p.sum(axis=2), p.sum(axis=1), agree)
        value = np.full(len(p), np.nan)
        np.divide(observed - chance, 1 - chance, out=value, where=chance < 1 - 1e-12)
        return value

    value = float(statistic(count[None, :].astype(np.float64))[0])
    if np.isnan(value):
        return Estimate(None, None, None, n, 2 * n, BOTH_ONE_LEVEL)
    return Estimate(value, *interval(statistic, count), n, 2 * n)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two graders (codes) and their kappa."""

    first: int
    second: int
    estimate: Estimate


def pairs(grades: Grades, kind: str = "quadratic", *, least: int = 10, most: int = 50) -> list[Pair]:
    """Kappa of the graders who met most often, most common items first.

    Args:
        grades: any table.
        kind: of weights.
        least: common items that a pair needs.
        most: pairs reported.

    >>> from relevance.quality.table import table
    >>> found = pairs(table([1, 1, 2, 2], ["a", "b", "a", "b"], [0, 0, 1, 1], levels=2).grades, least=2)
    >>> found[0].first, found[0].second, found[0].estimate.value
    (0, 1, 1.0)
    """
    size, graders = grades.levels, np.int64(len(grades.graders))
    met: list[Any] = []
    longest = int(grades.votes.sum(axis=1).max()) if len(grades) else 0
    for apart in range(1, longest):  # rows lie by item, so that partners stand a few rows apart
        first = np.flatnonzero(grades.item[apart:] == grades.item[:-apart])
        second = first + apart
        who = grades.grader[first] * graders + grades.grader[second]
        met.append(who * (size * size) + grades.level[first] * size + grades.level[second])
    if not met:
        return []
    cell, count = np.unique(np.concatenate(met), return_counts=True)
    both, start = np.unique(cell // (size * size), return_index=True)
    common = np.add.reduceat(count, start) if len(count) else count
    stop = np.append(start[1:], len(cell))
    chosen = np.lexsort((both, -common))[:most]
    found = []
    for at in chosen[common[chosen] >= least].tolist():
        table = np.zeros(size * size)
        table[cell[start[at] : stop[at]] % (size * size)] = count[start[at] : stop[at]]
        one, other = divmod(int(both[at]), int(graders))
        found.append(Pair(one, other, kappa(table.reshape(size, size), kind)))
    return found
