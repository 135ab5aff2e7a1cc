"""From a distribution over the levels to the one level that is reported, with ties said as ties.

Two uses ask for two answers. *Exact* (the label must be the very level): the mode, which is right most often. *Near*
(the label should lie close): the median, which has the smallest expected distance; see DeGroot (1970), Optimal
Statistical Decisions, section 11.4, doi:10.1002/0471729000. For levels without an order only the mode has a meaning.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relevance.quality.table import Floats, Ints

SAME = 1e-9  # two shares that differ by less are equal: rounding must not break a tie


@dataclass(frozen=True, slots=True)
class Labels:
    """What is reported for N items.

    Attributes:
        level: (N,) one level an item; of tied levels the lower median, so that neither order nor chance decides.
        tie: (N,) whether more than one level had an equal claim.
    """

    level: Ints
    tie: NDArray[np.bool_]


def mode(shares: Floats) -> Labels:
    """The most probable level of each row.

    Args:
        shares: (N, K), each row not negative; need not sum to one.

    >>> mode(np.array([[.1, .6, .3], [.4, .2, .4], [.25, .25, .25]])).level.tolist()
    [1, 0, 1]
    >>> mode(np.array([[.1, .6, .3], [.4, .2, .4]])).tie.tolist()
    [False, True]
    """
    top = tied(shares)
    count = top.sum(axis=1)
    # The (m+1)//2-th of m tied levels, counted from below: the lower median of them.
    level = (top.cumsum(axis=1) >= ((count + 1) // 2)[:, None]).argmax(axis=1)
    return Labels(level.astype(np.int32), count > 1)


def median(shares: Floats) -> Labels:
    """The level with half of the distribution on either side; two such levels are a tie, the lower is reported.

    >>> median(np.array([[1, 0, 1, 1.], [1, 0, 0, 1.]])).level.tolist()
    [2, 0]
    >>> median(np.array([[1, 0, 1, 1.], [1, 0, 0, 1.]])).tie.tolist()
    [False, True]
    """
    below = shares.cumsum(axis=1)
    half = below[:, -1:] / 2
    low = (below >= half - SAME).argmax(axis=1)
    high = (below > half + SAME).argmax(axis=1)
    return Labels(low.astype(np.int32), high > low)


def tied(shares: Floats) -> NDArray[np.bool_]:
    """(N, K) which levels share the top of their row."""
    return np.asarray(shares >= shares.max(axis=1, keepdims=True) - SAME)


def distances(levels: int, ordered: bool = True) -> Floats:
    """(K, K) how far two levels lie apart: in levels, or 0 and 1 where they have no order."""
    k = np.arange(levels)
    apart = np.abs(k[:, None] - k).astype(np.float64)
    return np.asarray(apart if ordered else (apart > 0).astype(np.float64))


def expected_distance(shares: Floats, level: Ints, ordered: bool = True) -> Floats:
    """(N,) how far, on average, the truth lies from the reported level, in levels.

    >>> expected_distance(np.array([[.5, .25, .25]]), np.array([0], dtype=np.int32)).tolist()
    [0.75]
    """
    return np.asarray((shares * distances(shares.shape[1], ordered)[level]).sum(axis=1))
