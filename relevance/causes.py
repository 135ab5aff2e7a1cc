"""Why an item is disputed: a proposal with its evidence, from records alone.

    score(cause) = ln prior + sum of the evidence's weights for it;      P = softmax of the scores

Each weight is the logarithm of how much more often that evidence is met under the cause than otherwise, rounded to
tenths: rough, legible, and the same for every project. A person corrects a proposal by one key; docs/triage.md says how
often it is right where the cause is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from relevance.cases import FLAG_KINDS, Cases, Codes, Floats
from relevance.clusters import Clusters


class Cause(StrEnum):
    """What a dispute comes from."""

    GAP = "guideline_gap"
    BOUNDARY = "boundary"
    KEYWORD = "ambiguous_keyword"
    CLIP = "bad_clip"
    ERROR = "grader_error"
    APPEAL = "appeal"  # a grader says that what was decided is wrong: known from the records, never proposed or given


# What is proposed and what a person may say instead.
CAUSES: tuple[Cause, ...] = tuple(cause for cause in Cause if cause is not Cause.APPEAL)
EVERY: tuple[Cause, ...] = tuple(Cause)
PRIOR = {Cause.GAP: 0.25, Cause.BOUNDARY: 0.15, Cause.KEYWORD: 0.12, Cause.CLIP: 0.13, Cause.ERROR: 0.35}

# Evidence by its name: what it adds to each cause, in the order of CAUSES (gap, boundary, keyword, clip, error).
EVIDENCE: dict[str, tuple[float, float, float, float, float]] = {
    "flag_bad_clip": (-0.8, -0.8, -0.8, 2.4, -0.8),
    "flag_unclear_keyword": (-0.8, -0.8, 2.4, -0.8, -0.8),
    "flag_no_rule": (2.4, -0.8, -0.8, -0.8, -0.8),
    "flag_other": (-1.5, 1.2, -1.5, -1.5, 1.0),
    "neighbours": (0.5, 0.5, 0.0, -0.5, -0.3),  # the grades stand at two levels next to each other
    "even": (0.7, 0.7, 0.5, 0.2, -1.0),  # as many on either side, or one more, of four and more
    "far": (-1.8, -1.8, 0.3, 0.3, 1.0),  # two levels and more apart
    "scattered": (-1.5, -1.5, -1.5, 1.6, 0.0),  # at three levels and more
    "weaker_alone": (-0.3, -0.3, -0.3, 0.0, 1.0),  # one of clearly less skill against the others
    "alone": (-0.2, -0.2, -0.2, 0.0, 0.3),  # one against the others, of no clearly less skill
    "keyword_cluster": (-1.2, -0.8, 2.6, -1.5, -1.8),  # in a cluster of one keyword
    "family_cluster": (-0.6, 2.4, -0.8, -1.5, -1.8),  # in a cluster of one family, of several keywords
    "topic_cluster": (2.2, 0.4, -1.5, -1.5, -1.8),  # in a cluster of like notes and rules, over several families
    "no_cluster": (-1.4, -1.2, -1.2, 0.7, 0.9),  # nothing like it
}
CLEARLY = 0.04  # less skill by so much is clearly less
ONE_KEYWORD, ONE_FAMILY = 0.6, 0.6  # share of a cluster's cases


@dataclass(frozen=True, slots=True)
class Proposed:
    """Of N disputes the proposed cause and its evidence.

    Attributes:
        cause: (N,) places in CAUSES.
        probability: (N, 5).
        evidence: (N, E) which of EVIDENCE, in its order, was met.
    """

    cause: Codes
    probability: Floats
    evidence: NDArray[np.bool_]

    def said(self, row: int) -> tuple[str, ...]:
        """The names of the evidence that speaks for the proposal, the strongest first."""
        names = list(EVIDENCE)
        at = int(self.cause[row])
        met = [names[one] for one in np.flatnonzero(self.evidence[row]) if EVIDENCE[names[one]][at] > 0]
        return tuple(sorted(met, key=lambda name: -EVIDENCE[name][at]))


def propose(cases: Cases, clusters: Clusters) -> Proposed:
    """The most probable cause of each dispute.

    Args:
        cases: the disputes.
        clusters: of the same cases: what a keyword's other items do is told by them.
    """
    n = len(cases)
    met: dict[str, NDArray[np.bool_]] = {}
    for place, kind in enumerate(FLAG_KINDS):
        met[f"flag_{kind}"] = cases.flags[:, place] > 0
    levels = np.arange(cases.votes.shape[1])
    some = cases.votes > 0
    total = cases.votes.sum(axis=1)
    low = np.where(some, levels, 99).min(axis=1, initial=99)
    high = np.where(some, levels, -1).max(axis=1, initial=-1)
    kinds = some.sum(axis=1)
    met["neighbours"] = (kinds == 2) & (high - low == 1)
    met["even"] = (kinds == 2) & (total >= 4) & (2 * cases.votes.max(axis=1) - total <= 1)
    met["far"] = (kinds >= 2) & (high - low >= 2)
    met["scattered"] = kinds >= 3
    less = np.nan_to_num(cases.other_skill - cases.odd_skill) > CLEARLY
    met["weaker_alone"] = (cases.odd >= 0) & less
    met["alone"] = (cases.odd >= 0) & ~less
    by_keyword, by_family = concentration(cases, clusters)
    inside = clusters.of >= 0
    met["keyword_cluster"] = inside & by_keyword[clusters.of]
    met["family_cluster"] = inside & by_family[clusters.of]
    met["topic_cluster"] = inside & ~met["keyword_cluster"] & ~met["family_cluster"]
    met["no_cluster"] = ~inside
    seen = np.stack([met[name] for name in EVIDENCE], axis=1) if n else np.zeros((0, len(EVIDENCE)), dtype=bool)
    score = seen @ np.array(list(EVIDENCE.values())) + np.log([PRIOR[cause] for cause in CAUSES])
    odds = np.exp(score - score.max(axis=1, keepdims=True)) if n else score
    probability = odds / odds.sum(axis=1, keepdims=True)
    return Proposed(probability.argmax(axis=1).astype(np.int64), probability, seen)


def concentration(cases: Cases, clusters: Clusters) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Of each cluster whether it is one keyword's, and whether it is one family's but not one keyword's.

    The answers have one place more than there are clusters, false, so that -1 finds it.
    """
    m = len(clusters.components)
    keyword, family = np.zeros(m + 1, dtype=bool), np.zeros(m + 1, dtype=bool)
    rows = np.flatnonzero(clusters.of >= 0)
    for column, mark, least in ((cases.keyword, keyword, ONE_KEYWORD), (cases.family, family, ONE_FAMILY)):
        known = rows[column[rows] >= 0]
        wide = int(column.max(initial=0)) + 1
        pair, count = np.unique(clusters.of[known] * wide + column[known], return_counts=True)
        top = np.zeros(m)
        np.maximum.at(top, pair // wide, count)
        size = np.bincount(clusters.of[rows], minlength=m)
        mark[:m] = top >= least * np.maximum(size, 1)
    return keyword, family & ~keyword


RULED: tuple[Cause, ...] = (Cause.GAP, Cause.BOUNDARY, Cause.KEYWORD)  # causes that a rule would settle


def cluster_causes(proposed: Proposed, cluster: Codes, clusters: int) -> Codes:
    """(M,) one cause for each cluster, as places in CAUSES: the most probable of its cases together, of those that a rule
    would settle; of a case that stands alone its own.

    Args:
        proposed: of N cases.
        cluster: (N,) places 0..M-1.
        clusters: M.
    """
    logs = np.log(np.maximum(proposed.probability[:, [CAUSES.index(one) for one in RULED]], 1e-9))
    score = np.stack(
        [np.bincount(cluster, weights=logs[:, at], minlength=clusters) for at in range(len(RULED))], axis=1
    )
    found = np.array([CAUSES.index(one) for one in RULED])[score.argmax(axis=1)]
    alone = np.bincount(cluster, minlength=clusters)[cluster] == 1
    found[cluster[alone]] = proposed.cause[alone]
    return np.asarray(found, dtype=np.int64)


def cluster_cause(proposed: Proposed, rows: NDArray[np.int64]) -> Cause:
    """One cause for one cluster, whatever its size: of those that a rule would settle."""
    ruled = [CAUSES.index(cause) for cause in RULED]
    return CAUSES[int(np.log(np.maximum(proposed.probability[rows][:, ruled], 1e-9)).sum(axis=0).argmax())]
