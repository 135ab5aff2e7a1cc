"""Which items deserve a person's next minute: ranked by how likely their label is wrong and what that costs.

    P(wrong)_i = 1 - reported share of the label
    expected distance_i = sum over k of p_ik |k - label|
    score_i = (1 - lead_i) / 2 + 0.7 H(v_i) + (1 - q_i(label)) / 2 + (1 - g_i(label)) / 2
    H(v) = -sum of v_k ln v_k over the vote shares

with lead the reported share of the label less that of the next level: half of the rest is 0.5 for a tie, 0 for
certainty. The terms see different faults. The posterior q knows who is good; the guessing crowd's view g who answers
without looking; the entropy of the votes what graders argued about even where the model believes one of them; the lead
is their compromise. docs/quality.md compares the score with each alone.
Entropy sampling: Lewis & Gale (1994), doi:10.1007/978-1-4471-2099-5_1; ranking crowd labels by the model's doubt: Sheng,
Provost & Ipeirotis (2008), doi:10.1145/1401890.1401965; more views than one: Seung, Opper & Sompolinsky (1992),
doi:10.1145/130385.130417.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relevance.quality.labels import expected_distance, mode, tied
from relevance.quality.table import Floats, Ints

VOTES, VIEW = 0.7, 0.5  # weights beside the lead: of the votes' entropy, of each view's doubt


@dataclass(frozen=True, slots=True)
class Triage:
    """For N items: the label looked at, its doubt, and the order of work.

    Attributes:
        level: (N,) the reported level.
        wrong: (N,) probability that it is not the true one, 0 to 1.
        distance: (N,) how far off it is on average, in levels.
        score: (N,) what the ranking goes by; times `worth`, where given.
        order: (N,) item codes, the most deserving first; equal scores in order of the code.
    """

    level: Ints
    wrong: Floats
    distance: Floats
    score: Floats
    order: NDArray[np.int64]


def entropy(shares: Floats) -> Floats:
    """(N,) -sum p ln p; 0 where one level has it all.

    >>> entropy(np.array([[1., 0.], [.5, .5]])).round(4).tolist()
    [0.0, 0.6931]
    """
    return np.asarray(-(shares * np.log(np.where(shares > 0, shares, 1))).sum(axis=1) + 0.0)


def triage(
    shares: Floats,
    posterior: Floats,
    votes: Floats,
    *,
    guessed: Floats | None = None,
    worth: Floats | None = None,
    ordered: bool = True,
) -> Triage:
    """Items by what deciding them is worth.

    Args:
        shares: (N, K) the model's reported distributions.
        posterior: (N, K) the model's posterior.
        votes: (N, K) counts of grades; an item without any has the greatest entropy.
        guessed: (N, K) the model's other view; the posterior again if left out.
        worth: (N,) like items a decision settles, or a keyword's weight; 1 for all if left out.
        ordered: whether the levels have an order.

    >>> shares = np.array([[.9, .1], [.6, .4]])
    >>> found = triage(shares, shares, np.array([[3., 0.], [2., 1.]]))
    >>> found.order.tolist(), found.wrong.round(2).tolist()
    ([1, 0], [0.1, 0.4])
    """
    level = mode(shares).level
    at = np.arange(len(shares))
    wrong = np.clip(1 - shares[at, level], 0, 1)
    distance = expected_distance(shares, level, ordered)
    n = votes.sum(axis=1, keepdims=True)
    even = np.full_like(votes, 1 / votes.shape[1])
    np.divide(votes, n, out=even, where=n > 0)
    next_best = shares.copy()
    next_best[at, level] = 0
    lead = shares[at, level] - next_best.max(axis=1)
    views = [posterior, posterior if guessed is None else guessed]
    score = (1 - lead) / 2 + VOTES * entropy(even) + VIEW * sum(1 - view[at, level] for view in views)
    if worth is not None:
        score = score * worth
    # Rounded, so that equal items stay equal whatever the order of the sums before.
    order = np.argsort(-np.round(score, 12), kind="stable")
    return Triage(level, wrong, distance, score, order)


def found_share(score: Floats, wrong: NDArray[np.bool_] | Floats, budget: float = 0.2) -> float | None:
    """Of the wrong labels, the share that stands among the `budget` highest scores; equal scores share their places.

    Args:
        score: (N,), higher is looked at first.
        wrong: (N,) 1 for a wrong label; a fraction where a tie is half wrong.
        budget: share of the items that is looked at.

    Returns:
        0 to 1; None where no label is wrong.

    Half of four items are looked at; the wrong ones have scores 3 and 1, and 1 is shared by three: 1 + 1/3 of 2 found.

    >>> round(found_share(np.array([3., 1., 1., 1.]), np.array([True, True, False, False]), 0.5), 4)
    0.6667
    """
    total = float(np.sum(wrong))
    if total == 0:
        return None
    value, place, count = np.unique(-np.round(score, 12), return_inverse=True, return_counts=True)
    within = np.bincount(place, weights=np.asarray(wrong, dtype=np.float64), minlength=len(value))
    before = np.concatenate([[0], np.cumsum(count)[:-1]])
    taken = np.clip(budget * len(score) - before, 0, count) / count
    return float((within * taken).sum() / total)


def right(shares: Floats, gold: Ints) -> Floats:
    """(N,) whether the most probable level is the known one; of m tied levels each counts 1/m.

    >>> right(np.array([[.5, .5], [.2, .8]]), np.array([0, 0])).tolist()
    [0.5, 0.0]
    """
    top = tied(shares)
    return np.asarray(top[np.arange(len(gold)), gold] / top.sum(axis=1))
