"""What most graders said.

    p_ik = n_ik / n_i

with n_ik the grades of item i at level k. The oldest rule, and the one that any other must beat; Condorcet (1785),
analysed for many levels by List & Goodin (2001), doi:10.1111/1467-9760.00128.
"""

from __future__ import annotations

import numpy as np

from relevance.quality.table import Floats, Grades


def vote_shares(grades: Grades) -> Floats:
    """(N, K) each item's grades as shares that sum to 1. An item without a grade gets equal shares: nothing is known.

    >>> from relevance.quality.table import table
    >>> vote_shares(table(["a", "a", "a", "b"], [1, 2, 3, 1], [0, 0, 2, 1], levels=4).grades).round(2).tolist()
    [[0.67, 0.0, 0.33, 0.0], [0.0, 1.0, 0.0, 0.0]]
    """
    votes = grades.votes
    n = votes @ np.ones((grades.levels, 1))  # whole numbers: exact in any order, cheaper than sums over short rows
    even = np.full_like(votes, 1 / grades.levels)
    np.divide(votes, n, out=even, where=n > 0)
    return even
