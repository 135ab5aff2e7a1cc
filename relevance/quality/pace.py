"""How long a grader takes for an item: the median, with an interval that needs no assumption about the long tail.

The interval runs between the order statistics of rank n/2 -+ 1.96 sqrt(n)/2 (the sign test turned round): Conover
(1999), Practical Nonparametric Statistics, 3rd ed., section 3.2, ISBN 978-0471160687.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, sqrt

import numpy as np

from relevance.quality.proportion import Z
from relevance.quality.table import Floats


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds an item: the median and its 95 % interval; None for all three where there is no answer."""

    median: float | None
    low: float | None
    high: float | None
    n: int


def pace(seconds: Floats) -> Pace:
    """The median of an array of times, in seconds.

    >>> pace(np.array([10., 12., 13., 15., 300.])).median
    13.0
    >>> pace(np.array([])).n
    0
    """
    ordered = np.sort(seconds)
    n = len(ordered)
    if n == 0:
        return Pace(None, None, None, 0)
    half = Z * sqrt(n) / 2
    low = max(floor(n / 2 - half), 0)
    high = min(ceil(n / 2 + half), n - 1)
    return Pace(float(np.median(ordered)), float(ordered[low]), float(ordered[high]), n)
