"""Is a label that is said to be right with 0.9 right nine times in ten? Brier score and reliability diagram.

    Brier = mean over items of sum over k of (p_ik - [k = truth_i])^2        0 the best, 2 the worst
    ECE = sum over bins of n_b / n * |share right in b - mean confidence in b|

Brier (1950), doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2; reliability after Murphy & Winkler (1977),
doi:10.2307/2346866; intervals by Wilson (1927), doi:10.1080/01621459.1927.10502953.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relevance.quality.labels import mode
from relevance.quality.proportion import wilson
from relevance.quality.table import Floats, Ints


@dataclass(frozen=True, slots=True)
class Bin:
    """Labels whose confidence lies in [low, high): how many, their mean confidence, the share right with its interval."""

    low: float
    high: float
    n: int
    confidence: float
    right: float
    right_low: float
    right_high: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Brier score, expected calibration error, mean confidence less share right (above 0: too sure), and the bins."""

    n: int
    brier: float
    error: float
    over: float
    bins: tuple[Bin, ...]


def calibration(shares: Floats, gold: Ints, bins: int = 10) -> Calibration | None:
    """How far the reported confidence can be believed.

    Args:
        shares: (N, K) reported distributions.
        gold: (N,) true level, -1 where not known (left out).
        bins: equal widths of confidence; empty ones are left out.

    Returns:
        None where no gold is known.

    Said 0.9 ten times, right nine times: (9 * 2 * 0.1^2 + 2 * 0.9^2) / 10 = 0.18, and no calibration error.

    >>> found = calibration(np.tile([.9, .1], (10, 1)), np.array([0] * 9 + [1]))
    >>> round(found.brier, 4), round(found.error, 4), found.bins[0].n
    (0.18, 0.0, 10)
    """
    known = gold >= 0
    p, truth = shares[known], gold[known]
    n = len(truth)
    if n == 0:
        return None
    brier = float(((p - np.eye(p.shape[1])[truth]) ** 2).sum(axis=1).mean())
    label = mode(p).level
    confidence = p[np.arange(n), label]
    right = (label == truth).astype(np.float64)
    place = np.clip(np.floor(confidence * bins + 1e-9).astype(int), 0, bins - 1)
    found = []
    error = 0.0
    for b in range(bins):
        here = place == b
        count = int(here.sum())
        if count:
            said, was = float(confidence[here].mean()), float(right[here].mean())
            error += count / n * abs(said - was)
            found.append(Bin(b / bins, (b + 1) / bins, count, said, was, *wilson(float(right[here].sum()), count)))
    return Calibration(n, brier, error, float((confidence - right).mean()), tuple(found))
