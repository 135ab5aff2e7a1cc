"""How each grader grades: accuracy, leniency, and which level he takes for which, each with its interval.

Against a reference r (one distribution over the true level for each grade: certain for gold and decisions, the model's
for the rest):

    accuracy_j = mean over j's grades of r(own level)
    near_j     = the same for levels at most one apart
    bias_j     = mean over j's grades of (own level - expected true level)     above 0 lenient, below 0 strict; in levels
    confusion_jkl = sum over j's grades l of r(k);   severity k -> l = confusion_jkl / sum over l

Intervals: Wilson's for shares (`proportion`), mean +- 1.96 s / sqrt(n) for the bias. Where the model is the reference,
give `Fit.posterior`, in which the grader's own answer has its say: it is the expected share of right answers given all
that is known. Leaving the own answer out looks fairer and is not: at three grades an item it puts graders 5 to 13 points
under their accuracy against gold, since two others are not sure enough (docs/quality.md). An item that he alone graded
says nothing: leave it out. Confusion matrices of graders: Dawid & Skene (1979), doi:10.2307/2346806.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from relevance.quality.proportion import Z, wilson
from relevance.quality.table import Floats, Grades, Ints


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its 95 % interval and what it rests on."""

    value: float | None
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class LevelPair:
    """Of the grader's answers on items of level `truth`, the share given as `grade`."""

    truth: int
    grade: int
    share: Share


@dataclass(frozen=True, slots=True)
class Scorecard:
    """One grader against one reference.

    Attributes:
        grader: code.
        n: answers that have a reference.
        accuracy, near: shares exact and within one level.
        bias: mean signed distance in levels, None without answers; bias_low, bias_high its interval, None with n < 2.
        confusion: (K truth, K grade) expected counts.
        severity: the shares of confusions that occur, the commonest first.
    """

    grader: int
    n: int
    accuracy: Share
    near: Share
    bias: float | None
    bias_low: float | None
    bias_high: float | None
    confusion: Floats
    severity: tuple[LevelPair, ...]


def certain(levels: Ints, size: int) -> Floats:
    """(N, K) a reference that knows the level for sure; rows of zeros where it does not know (-1).

    >>> certain(np.array([1, -1]), 2).tolist()
    [[0.0, 1.0], [0.0, 0.0]]
    """
    return np.asarray(np.vstack([np.eye(size), np.zeros(size)])[levels])


def together(*references: Floats) -> Floats:
    """(N, K) for each row the first reference that knows it: gold before decisions before the model.

    >>> together(certain(np.array([1, -1]), 2), np.array([[.5, .5], [.2, .8]])).tolist()
    [[0.0, 1.0], [0.2, 0.8]]
    """
    merged = references[0].copy()
    for other in references[1:]:
        unknown = merged.sum(axis=1) == 0
        merged[unknown] = other[unknown]
    return merged


def scorecards(grades: Grades, reference: Floats) -> list[Scorecard]:
    """Every grader against a reference.

    Args:
        grades: (n,) grades.
        reference: (n, K) the true level behind each *grade* (for one an item: `reference[grades.item]`); rows of zeros
            are left out.

    Returns:
        J scorecards; a grader without a reference has n = 0 and no figures.

    Three answers, two right, one a level too high:

    >>> from relevance.quality.table import table
    >>> grades = table(["a", "b", "c"], [1, 1, 1], [0, 1, 2], levels=3).grades
    >>> card = scorecards(grades, certain(np.array([0, 1, 1]), 3))[0]
    >>> round(card.accuracy.value, 3), round(card.bias, 3), card.near.value, card.severity[0].grade
    (0.667, 0.333, 1.0, 2)
    """
    size, graders = grades.levels, len(grades.graders)
    known = reference.sum(axis=1) > 0
    who, level, truth = grades.grader[known], grades.level[known], reference[known]
    n = np.bincount(who, minlength=graders)
    tables = np.zeros((graders, size, size))
    for k in range(size):  # truth
        flat = np.bincount(who * size + level, weights=truth[:, k], minlength=graders * size)
        tables[:, k, :] = flat.reshape(graders, size)
    off = level - truth @ np.arange(size)
    mean = np.bincount(who, weights=off, minlength=graders) / np.maximum(n, 1)
    square = np.bincount(who, weights=off * off, minlength=graders)
    steps = np.arange(size)
    near = np.abs(steps[:, None] - steps) <= 1
    return [_card(j, int(n[j]), tables[j], near, float(mean[j]), float(square[j])) for j in range(graders)]


def _card(grader: int, n: int, table: Floats, near: NDArray[np.bool_], mean: float, square: float) -> Scorecard:
    half = Z * sqrt(max(square - n * mean * mean, 0) / (n - 1) / n) if n > 1 else None
    return Scorecard(
        grader, n,
        _share(float(np.trace(table)), n), _share(float(table[near].sum()), n),
        mean if n else None,
        None if half is None else mean - half, None if half is None else mean + half,
        table, severity(table),
    )  # fmt: skip


def severity(table: Floats, least: float = 0.5) -> tuple[LevelPair, ...]:
    """Which level is taken for which, the commonest confusion first; those met less than `least` times are left out."""
    met = table.sum(axis=1)
    found = [
        LevelPair(k, g, _share(float(table[k, g]), round(float(met[k]))))
        for k in range(len(table))
        for g in range(len(table))
        if k != g and table[k, g] >= least
    ]
    return tuple(sorted(found, key=lambda one: (-table[one.truth, one.grade], one.truth, one.grade)))


def _share(hits: float, n: int) -> Share:
    if n == 0:
        return Share(None, 0.0, 1.0, 0)
    hits = min(hits, float(n))
    return Share(hits / n, *wilson(hits, n), n)
