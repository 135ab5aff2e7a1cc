"""What a random sample with known chances says of everything: delivered accuracy from the audit sample.

    mean = (1 / N) sum over sampled i of y_i / pi_i        (Horvitz & Thompson, N known)
    mean = sum of y_i / pi_i over sum of 1 / pi_i          (Hajek, N not known; also the steadier one)

pi_i is the chance with which i was drawn, independently of others (Poisson sampling), so that the variance is estimated
by sum of (1 - pi_i) / pi_i^2 e_i^2 / N^2, with e_i = y_i or, for Hajek, y_i - mean. Horvitz & Thompson (1952),
doi:10.1080/01621459.1952.10483446; Sarndal, Swensson & Wretman (1992), section 5.7, doi:10.1007/978-1-4612-4378-6.

Agreement among items that were graded adaptively says something else: hard items have more grades there.
"""

from __future__ import annotations

from math import sqrt

from relevance.errors import BadInput
from relevance.quality.bootstrap import Estimate
from relevance.quality.proportion import Z, wilson
from relevance.quality.table import Floats
from relevance.texts import N_

NO_SAMPLE = N_("Nothing was sampled yet.")


def estimate(y: Floats, chance: Floats, population: int | None = None) -> Estimate:
    """The population's mean of y, with a 95 % interval cut to 0..1 (y is a share or a yes).

    Args:
        y: (n,) what was found on each sampled item, 0 to 1.
        chance: (n,) with which each was drawn, above 0 up to 1.
        population: N for Horvitz and Thompson; left out for Hajek.

    Raises:
        BadInput: a chance is not above 0 and at most 1.

    Two of three right; the third stands for ten items, the others for two each: 4 / 14 by Hajek.

    >>> import numpy as np
    >>> round(estimate(np.array([1., 1., 0.]), np.array([.5, .5, .1])).value, 4)
    0.2857
    """
    if len(y) == 0:
        return Estimate(None, None, None, 0, 0, NO_SAMPLE)
    if not ((chance > 0) & (chance <= 1)).all():
        raise BadInput(
            "A chance of being sampled must be above 0 and at most 1; {value} is not.",
            value=float(chance[~((chance > 0) & (chance <= 1))][0]),
        )
    total = float((y / chance).sum())
    size = float((1 / chance).sum()) if population is None else float(population)
    mean = total / size
    error = y - mean if population is None else y
    spread = sqrt(float(((1 - chance) / chance**2 * error**2).sum())) / size
    low, high = mean - Z * spread, mean + Z * spread
    if spread == 0 and (chance < 1).any():
        # All alike: the formula knows no doubt, a sample of n does. Wilson at the effective n.
        low, high = wilson(mean * len(y), len(y))
    return Estimate(min(1.0, mean), max(0.0, low), min(1.0, high), len(y), len(y))
