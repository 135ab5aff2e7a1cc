"""A plain crowd: every grader has one skill, errors fall beside the truth, and levels are as common as they are.

It stands beside the account of `relevance.quality.model`, which gives graders habits, and takes common levels for less
common than they are, so as not to drift where graders err together. Where one level has most of the items, habit and
skill can't be told apart ("always says 0" and "is right" look the same), the rare levels' confusions are learned from
common items, and p falls from 0.9 to 0.6. A crowd without habits needs none of this:

    theta_jkl = a_j if l = k, else (1 - a_j) E_kl,    q_ik ~ p_k * product of theta_j,k,y,    p_k = mean q_k

- a_j = (hits of j + 8 a) / (n_j + 8), a being the crowd's, (all hits + 20 * 0.7) / (n + 20); at least 1/K, at most 0.99.
- E_kl in proportion to how often the crowd errs by |k - l| levels where it could; 20 exp(-d) errors by d levels in 20
  chances are assumed beforehand (levels without an order: any error is as likely).

Which account a table bears out is told by its evidence, the variational bound on how probable the grades are:

    F = sum over j, k of log DM(C_jk | s theta_jk) + sum of q log p - sum of q log q

with DM Dirichlet's multinomial and s how closely a grader keeps to the account: 12 grades for the anchors (as they are
learned), the best of 12, 25, 50 and 200 for a plain crowd. Its weight is w = 1 / (1 + exp(F_anchors - F_plain)): no threshold,
and nothing to choose. On real crowds, whose graders have habits, it is nought (docs/quality.md).

Sources: one skill a grader after Dawid & Skene (1979), section 2, and Whitehill et al. (2009, NIPS 22, GLAD without
difficulties); the bound after Attias (2000, NIPS 12) and Kass & Raftery (1995) doi:10.1080/01621459.1995.10476572.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relevance.quality.majority import vote_shares
from relevance.quality.pieces import Piece, believe
from relevance.quality.table import Floats, Grades

SKILL, CROWD = 0.7, 20.0  # of an unknown crowd, and grades until it is known
OWN = 8.0  # grades until a grader's skill is his own
MOST = 0.99
STRICT = (12.0, 25.0, 50.0, 200.0)  # how closely graders may keep to the account, in grades
ROUNDS, TOLERANCE = 20, 1e-3
GO_ON = 3  # rounds at least that all items have, where some of them have had theirs before


@dataclass(frozen=True, slots=True)
class Plain:
    """A plain crowd's account of a table.

    Attributes:
        hands: (J, K grade, K truth) theta.
        prior: (K,) p.
        counts: (J, K grade, K truth) C.
        evidence: F, in nats.
        rounds: how many were done.
    """

    hands: Floats
    prior: Floats
    counts: Floats
    evidence: float
    rounds: int


def plain(grades: Grades, parts: list[Piece], certain: Floats, begun: Plain | None = None) -> Plain:
    """Learns a plain crowd.

    Args:
        grades: any table.
        parts: its pieces; gold, where they have any, stands in for q.
        certain: (gold items, K) their levels.
        begun: what some of the items say: where they left off, all of them go on, instead of from the vote shares.
    """
    size, n, graders = grades.levels, len(grades.items), len(grades.graders)
    counts, total = np.zeros((graders * size, size)), certain.sum(axis=0)
    if begun is None:
        q = vote_shares(grades).astype(np.float32)
        for part in parts:
            counts += part.hands(q[part.rows])
            total = total + _unknown(q, part).sum(axis=0, dtype=np.float64)
    else:
        q = np.zeros((n, size), dtype=np.float32)
    rounds = 0 if begun is None else min(begun.rounds, ROUNDS - GO_ON)
    while rounds < ROUNDS:
        rounds += 1
        if begun is None:
            p, theta = (total + 1) / (n + size), skills(counts.reshape(graders, size, size), grades.ordered)
        else:
            p, theta, begun = begun.prior, begun.hands, None
        logs = np.log(theta).reshape(graders * size, size).astype(np.float32)
        counts, total, change = np.zeros((graders * size, size)), certain.sum(axis=0), 0.0
        for part in parts:
            moved, levels = believe(part.grades @ logs, p, p, part.unknown)
            change += float(np.abs(moved - q[part.rows]).sum())
            q[part.rows] = moved
            counts += part.hands(moved)
            total = total + levels
        if change / max(n, 1) < TOLERANCE:
            break
    by_hand = counts.reshape(graders, size, size)
    unsure = sum(entropy(_unknown(q, part)) for part in parts)
    return Plain(theta, p, by_hand, max(evidence(by_hand, total, unsure, s * theta) for s in STRICT), rounds)


def skills(counts: Floats, ordered: bool) -> Floats:
    """(J, K grade, K truth) theta from C (J, K grade, K truth).

    Ten grades, nine of them right: a = (9 + 14) / (10 + 20), and the grader's own (9 + 8 a) / 18.

    >>> skills(np.array([[[5., 1.], [0., 4.]]]), True).round(3).tolist()
    [[[0.841, 0.159], [0.159, 0.841]]]
    """
    size = counts.shape[1]
    given, hits = counts.sum(axis=(1, 2)), np.einsum("jkk->j", counts)
    crowd = (hits.sum() + CROWD * SKILL) / (given.sum() + CROWD)
    skill = np.clip((hits + OWN * crowd) / (given + OWN), 1 / size, MOST)
    k = np.arange(size)
    apart = np.abs(k[:, None] - k) if ordered else (k[:, None] != k).astype(np.int64)
    all_counts = counts.sum(axis=0)
    often = np.zeros(size)  # how often an error by d levels is made where it could be
    for d in range(1, int(apart.max()) + 1):
        at = apart == d
        often[d] = (all_counts[at].sum() + CROWD * np.exp(-d)) / ((at * all_counts.sum(axis=0)).sum() + CROWD)
    errors = often[apart]
    errors /= errors.sum(axis=0)
    return np.asarray(skill[:, None, None] * np.eye(size) + (1 - skill)[:, None, None] * errors)


def evidence(counts: Floats, total: Floats, unsure: float, base: Floats) -> float:
    """F in nats.

    Args:
        counts: (J, K grade, K truth) C.
        total: (K,) sum of q.
        unsure: sum of -q log q.
        base: (J, K grade, K truth) s theta.
    """
    from scipy.special import gammaln  # a tenth of a second that a server's start need not wait for

    n, strength = counts.sum(axis=1), base.sum(axis=1)
    rows = (gammaln(strength) - gammaln(n + strength)).sum() + (gammaln(counts + base) - gammaln(base)).sum()
    share = (total + 1) / (total.sum() + len(total))
    return float(rows + (total * np.log(share)).sum() + unsure)


def entropy(q: NDArray[np.floating]) -> float:
    """Sum of -q log q, in nats; a row of noughts adds nothing."""
    return -float((q * np.log(np.maximum(q, 1e-12))).sum(dtype=np.float64))


def _unknown(q: NDArray[np.float32], part: Piece) -> NDArray[np.float32]:
    return q[part.rows] if part.unknown is None else q[part.rows] * part.unknown[:, None]
