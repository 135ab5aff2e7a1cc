"""The truth and every grader's confusion, each estimated from the other (expectation and maximisation).

    q_ik  ~  p_k * product over the grades l by j on i of theta_jkl
    theta_jkl = (sum of q_ik over j's grades l) / (sum of q_ik over all of j's grades),   p_k = mean of q_ik

Dawid & Skene (1979), doi:10.2307/2346806. Started from the vote shares. It is here as published, to compare with: with
few grades an item it falls under the majority (docs/quality.md); the product reports `model`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relevance.quality.majority import vote_shares
from relevance.quality.sparse import incidence, softmax
from relevance.quality.table import Floats, Grades

LEAST = 1e-10  # below which a probability is as good as none: logarithms stay finite


@dataclass(frozen=True, slots=True)
class DawidSkene:
    """Attributes: shares (N, K); confusion (J, K truth, K grade), rows sum to 1; prior (K,); rounds done."""

    shares: Floats
    confusion: Floats
    prior: Floats
    rounds: int


def dawid_skene(grades: Grades, *, rounds: int = 100, tolerance: float = 1e-5) -> DawidSkene:
    """Dawid and Skene's estimate.

    Args:
        grades: any table. An item without a grade gets the prior; a level that a grader never met (by the estimate)
            gets an even row over the levels that he uses.
        rounds: at most so many iterations.
        tolerance: stops when the shares move by less, summed over the levels, on the mean over items.

    Two graders who agree on everything are believed:

    >>> from relevance.quality.table import table
    >>> fit = dawid_skene(table(["a", "a", "b", "b"], [1, 2, 1, 2], [0, 0, 1, 1], levels=2).grades)
    >>> fit.shares.round(3).tolist(), fit.prior.round(3).tolist()
    ([[1.0, 0.0], [0.0, 1.0]], [0.5, 0.5])
    """
    size, graders = grades.levels, len(grades.graders)
    by_item, by_hand = incidence(grades)
    used = (np.diff(by_hand.indptr) > 0).astype(np.float64).reshape(graders, size, 1)
    used[used.sum(axis=1)[:, 0] == 0] = 1  # a grader without an answer: even rows
    shares = vote_shares(grades)
    done = 0
    for done in range(1, rounds + 1):  # noqa: B007  (how many were needed is reported)
        prior = shares.mean(axis=0)
        counts = np.maximum(np.asarray(by_hand @ shares), LEAST).reshape(graders, size, size) * used
        theta = counts / counts.sum(axis=1, keepdims=True)
        moved = softmax(
            np.asarray(by_item @ np.log(np.maximum(theta, LEAST)).reshape(graders * size, size))
            + np.log(np.maximum(prior, LEAST))
        )
        change = float(np.abs(moved - shares).sum(axis=1).mean())
        shares = moved
        if change < tolerance:
            break
    return DawidSkene(shares, theta.transpose(0, 2, 1).copy(), prior, done)
