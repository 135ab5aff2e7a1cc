"""Do the graders agree beyond chance, where one level is far more common than the others? Gwet's AC2.

    AC2 = (p_a - p_e) / (1 - p_e)
    p_a = mean over items with r_i >= 2 grades of  sum_k r_ik (sum_l w_kl r_il - 1) / (r_i (r_i - 1))
    p_e = T_w / (K (K - 1)) * sum_k pi_k (1 - pi_k),   pi_k = mean over items of r_ik / r_i,   T_w = sum of w

Kappa and alpha fall towards 0 where nearly all items are of one level, however well the graders agree; this does not.
Gwet (2008), doi:10.1348/000711006X126600, with weights and missing grades after Gwet (2014), ISBN 978-0970806284. With
nominal weights it is AC1. Undefined, and said so, where no item has two grades; 1 where all grades are one level.
"""

from __future__ import annotations

import numpy as np

from relevance.quality.bootstrap import Estimate, interval, kinds
from relevance.quality.krippendorff import NO_PAIRS
from relevance.quality.table import Floats
from relevance.quality.weights import weights


def ac2(votes: Floats, kind: str = "ordinal") -> Estimate:
    """AC2 with a bootstrap interval over items.

    Args:
        votes: (N, K) how many grades each item has at each level.
        kind: of weights: nominal, linear, quadratic or ordinal.

    Three items, levels 0 0, 1 1, 0 1: p_a = 2/3; pi = 1/2, 1/2; p_e = 2 / 2 * (1/4 + 1/4); AC1 = (2/3 - 1/2) / (1/2).

    >>> round(ac2(np.array([[2., 0.], [0., 2.], [1., 1.]]), "nominal").value, 4)
    0.3333
    """
    size = votes.shape[1]
    agree = weights(kind, size)
    graded = votes[votes.sum(axis=1) >= 1]
    n = graded.sum(axis=1)
    if not (n >= 2).any():
        return Estimate(None, None, None, 0, 0, NO_PAIRS)
    kind_, count = kinds(graded)
    r = kind_.sum(axis=1)
    several = (r >= 2).astype(np.float64)
    agreed = (kind_ * (kind_ @ agree - 1)).sum(axis=1) / np.maximum(r * (r - 1), 1) * several
    shares = kind_ / r[:, None]

    def statistic(weight: Floats) -> Floats:
        met = weight @ several
        observed = np.full(len(weight), np.nan)
        np.divide(weight @ agreed, met, out=observed, where=met > 0)
        share = weight @ shares / weight.sum(axis=1, keepdims=True)
        chance = agree.sum() / (size * (size - 1)) * (share * (1 - share)).sum(axis=1)
        return np.asarray((observed - chance) / (1 - chance))

    value = float(statistic(count[None, :].astype(np.float64))[0])
    return Estimate(value, *interval(statistic, count), int((n >= 2).sum()), int(n[n >= 2].sum()))
