"""The order of work: what a decision is worth, by the minute that it takes.

    value = P(wrong) x expected distance x items settled x weight,      order by value / minutes

P(wrong) is the mean over a cluster's items that the label they would get is wrong, the expected distance how many
levels off it then is, the items settled those there are now and those that will come in within the horizon. All
factors stay beside the product, so that the screen can show each: the order is never a black box.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relevance.cases import Codes, Floats


@dataclass(frozen=True, slots=True)
class Ranked:
    """M clusters (a dispute that stands alone is a cluster of one) and each factor of their value.

    Attributes:
        wrong: (M,) probability that the label is wrong, 0 to 1.
        distance: (M,) levels off, if it is.
        now: (M,) items that the decision is expected to settle now.
        coming: (M,) items like them that are expected within the horizon.
        weight: (M,) mean weight of their keywords.
        minutes: (M,) expected minutes that the decision takes.
        value: (M,) product of the first five (now + coming counted once).
        order: (M,) places, the most valuable per minute first; equals in order of their place.
    """

    wrong: Floats
    distance: Floats
    now: Floats
    coming: Floats
    weight: Floats
    minutes: Floats
    value: Floats
    order: NDArray[np.int64]

    @property
    def per_minute(self) -> Floats:
        """(M,) what the order goes by."""
        return np.asarray(self.value / self.minutes)


def rank(
    shares: Floats, cluster: Codes, weight: Floats, minutes: Floats, coming: Floats | None = None,
    belongs: Floats | None = None,
) -> Ranked:  # fmt: skip
    """Ranks M clusters of N disputes.

    Args:
        shares: (N, K) what the model believes of each item's level; rows sum to 1.
        cluster: (N,) places 0..M-1; each has at least one item.
        weight: (N,) of the items' keywords.
        minutes: (M,) expected to be taken by each decision, above 0.
        coming: (M,) items expected within the horizon; none if left out.
        belongs: (N,) probability that the decision settles the item, being of its cluster; 1 if left out.

    Two items of a cluster, each .6 against .4 one level apart, weight 2, 4 minutes; and one of .5/.5 three levels
    apart, 1.5 minutes: .4 x 1 x 2 x 2 / 4 = .4 and .5 x 3 x 1 x 1 / 1.5 = 1.

    >>> shares = np.array([[.6, .4, 0, 0], [.6, .4, 0, 0], [.5, 0, 0, .5]])
    >>> found = rank(shares, np.array([0, 0, 1]), np.array([2., 2, 1]), np.array([4., 1.5]))
    >>> found.per_minute.round(3).tolist(), found.order.tolist()
    ([0.4, 1.0], [1, 0])
    """
    m = len(minutes)
    count = np.maximum(np.bincount(cluster, minlength=m).astype(np.float64), 1)
    each = np.ones(len(cluster)) if belongs is None else belongs
    now = np.bincount(cluster, weights=each, minlength=m).astype(np.float64)
    label = shares.argmax(axis=1)
    off = np.abs(label[:, None] - np.arange(shares.shape[1]))
    wrong = 1 - shares[np.arange(len(shares)), label]
    far = (shares * off).sum(axis=1)
    sum_wrong = np.bincount(cluster, weights=wrong, minlength=m)
    sum_far = np.bincount(cluster, weights=far, minlength=m)
    distance = np.divide(sum_far, sum_wrong, out=np.zeros(m), where=sum_wrong > 1e-12)
    mean_weight = np.bincount(cluster, weights=weight, minlength=m) / count
    coming = np.zeros(m) if coming is None else coming
    value = sum_wrong / count * distance * (now + coming) * mean_weight
    # Rounded, so that equal values stay equal whatever the order of the sums before.
    order = np.argsort(-np.round(value / minutes, 12), kind="stable")
    return Ranked(sum_wrong / count, distance, now, coming, mean_weight, minutes, value, order)
