"""Do the graders agree beyond chance? Krippendorff's alpha: 1 perfect, 0 as by chance, below 0 worse.

    alpha = 1 - D_o / D_e
    D_o = sum over k,l of o_kl d_kl / n,   D_e = sum over k,l of n_k n_l d_kl / (n (n - 1))

o_kl, the coincidences: each item with m >= 2 grades adds its m (m - 1) ordered pairs, each with weight 1 / (m - 1); n_k
are their margins, n the pairable grades; d_kl is 0 or 1 (nominal), (k - l)^2 (interval), or (sum of n_g for g from k to
l, less (n_k + n_l) / 2)^2 (ordinal). Krippendorff (2011), https://repository.upenn.edu/asc_papers/43; Hayes &
Krippendorff (2007), doi:10.1080/19312450709336664.

Missing grades and items with one grade are allowed; the latter say nothing. Undefined, and said so, where no item has
two grades or where all pairable grades are the same level (there is no chance to compare with).
"""

from __future__ import annotations

import numpy as np

from relevance.quality.bootstrap import Estimate, interval, kinds
from relevance.quality.table import Floats
from relevance.texts import N_

NO_PAIRS = N_("No item has grades by two graders.")
ONE_LEVEL = N_("All the grades are the same level: there is no chance agreement to compare with.")

METRICS = ("nominal", "ordinal", "interval")


def alpha(votes: Floats, metric: str = "ordinal") -> Estimate:
    """Krippendorff's alpha with a bootstrap interval over items.

    Args:
        votes: (N, K) how many grades each item has at each level.
        metric: nominal, ordinal or interval.

    Three items, two graders, levels 0 0, 1 1, 0 1: o has 2, 1, 1, 2; D_o = 2/6; D_e = 2 * 3 * 3 / 30; alpha = 1 - 5/9.

    >>> round(alpha(np.array([[2., 0.], [0., 2.], [1., 1.]]), "nominal").value, 4)
    0.4444
    """
    paired = votes[votes.sum(axis=1) >= 2]
    grades = int(paired.sum())
    if len(paired) == 0:
        return Estimate(None, None, None, 0, 0, NO_PAIRS)
    if (paired.sum(axis=0) > 0).sum() < 2:
        return Estimate(None, None, None, len(paired), grades, ONE_LEVEL)
    kind, count = kinds(paired)
    m = kind.sum(axis=1)
    pairs = (kind[:, :, None] * kind[:, None, :] - kind[:, :, None] * np.eye(votes.shape[1])) / (m - 1)[:, None, None]
    flat = pairs.reshape(len(kind), -1)

    def statistic(weight: Floats) -> Floats:
        return _alpha((weight @ flat).reshape(len(weight), *pairs.shape[1:]), metric)

    value = float(statistic(count[None, :].astype(np.float64))[0])
    return Estimate(value, *interval(statistic, count), len(paired), grades)


def _alpha(coincidences: Floats, metric: str) -> Floats:
    """(B,) alpha of (B, K, K) coincidences; NaN where only one level occurs."""
    margin = coincidences.sum(axis=2)
    n = margin.sum(axis=1)
    k = np.arange(margin.shape[1])
    if metric == "nominal":
        delta = np.broadcast_to(1 - np.eye(len(k)), coincidences.shape)
    elif metric == "interval":
        delta = np.broadcast_to((k[:, None] - k).astype(np.float64) ** 2, coincidences.shape)
    else:
        upto = margin.cumsum(axis=1) - margin / 2  # the middle of each level on the scale of ranks
        delta = (upto[:, :, None] - upto[:, None, :]) ** 2
    observed = (coincidences * delta).sum(axis=(1, 2)) / n
    chance = (margin[:, :, None] * margin[:, None, :] * delta).sum(axis=(1, 2)) / (n * (n - 1))
    value = np.full(len(n), np.nan)
    np.divide(observed, chance, out=value, where=chance > 0)
    return np.asarray(1 - value)
