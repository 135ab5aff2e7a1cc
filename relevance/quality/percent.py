"""How often do two graders of one item say the same level, or at most one level apart?

    p = mean over items with n >= 2 grades of (agreeing pairs of grades) / (pairs of grades)

Not corrected for chance: for people to read, beside alpha. Each item weighs the same, however many grades it has. Fleiss
(1971), doi:10.1037/h0031619 (its P-bar). Undefined, and said so, where no item has two grades.
"""

from __future__ import annotations

import numpy as np

from relevance.quality.bootstrap import Estimate, interval, kinds
from relevance.quality.krippendorff import NO_PAIRS
from relevance.quality.table import Floats


def percent(votes: Floats, within: int = 0) -> Estimate:
    """Share of agreeing pairs, 0 to 1, with a bootstrap interval over items.

    Args:
        votes: (N, K) how many grades each item has at each level.
        within: levels that two grades may lie apart and still agree.

    Levels 0 0 1 (one pair of three) and 2 3 (none): (1/3 + 0) / 2; within one level all pairs agree.

    >>> votes = np.array([[2., 1., 0., 0.], [0., 0., 1., 1.]])
    >>> round(percent(votes).value, 4), percent(votes, within=1).value
    (0.1667, 1.0)
    """
    paired = votes[votes.sum(axis=1) >= 2]
    if len(paired) == 0:
        return Estimate(None, None, None, 0, 0, NO_PAIRS)
    kind, count = kinds(paired)
    k = np.arange(votes.shape[1])
    near = (np.abs(k[:, None] - k) <= within).astype(np.float64)
    m = kind.sum(axis=1)
    agreed = (kind * (kind @ near - 1)).sum(axis=1) / (m * (m - 1))

    def statistic(weight: Floats) -> Floats:
        return np.asarray(weight @ agreed / weight.sum(axis=1))

    value = float(statistic(count[None, :].astype(np.float64))[0])
    return Estimate(value, *interval(statistic, count), len(paired), int(paired.sum()))
