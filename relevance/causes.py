"""Why an item is disputed: a proposal with its evidence, from records alone.

    score(cause) = ln prior + sum of the evidence's weights for it;      P = softmax of the scores

The weights are those of a multinomial logistic regression on the simulation's seeds 1 to 5 (`python -m tests.bench causes`
fits it again), rounded to tenths: rough, legible, and the same for every project. A person corrects a proposal by one
key; docs/triage.md says how often it is right where the cause is known, on other seeds.

What sets a boundary apart from a gap: its disputes lie in one family between one pair of levels, so that the *other*
keywords of the family are disputed there too, more often than the family's items explain; a gap's are met in any family,
held together by the rule that is cited. Who errs cites what everybody cites in the family.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from relevance.cases import FLAG_KINDS, Cases, Codes, Floats
from relevance.clusters import PAIRS, Clusters, Codebook, pair_of


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
PRIOR = {Cause.GAP: 0.24, Cause.BOUNDARY: 0.22, Cause.KEYWORD: 0.12, Cause.CLIP: 0.07, Cause.ERROR: 0.35}

# Evidence by its name: what it adds to each cause, in the order of CAUSES (gap, boundary, keyword, clip, error).
EVIDENCE: dict[str, tuple[float, float, float, float, float]] = {
    "flag_bad_clip": (-0.5, 0.0, -0.3, 2.5, -1.7),
    "flag_unclear_keyword": (-0.4, 0.1, 2.4, -0.3, -1.9),
    "flag_no_rule": (2.6, -0.1, -0.3, -0.4, -1.7),
    "flag_other": (-0.9, 2.0, -0.8, -0.6, 0.2),
    "neighbours": (0.3, 0.2, -0.8, 0.0, 0.3),  # the grades stand at two levels next to each other
    "even": (0.1, 0.2, -0.6, 0.2, 0.1),  # as many on either side, or one more, of four and more
    "far": (-0.7, -0.5, 0.0, 0.4, 0.7),  # two levels and more apart
    "scattered": (0.2, 0.2, 0.0, 0.1, -0.5),  # at three levels and more
    "weaker_alone": (-0.1, -0.3, -0.2, -0.2, 0.7),  # one of clearly less skill against the others
    "alone": (-0.5, -0.4, 0.0, 0.3, 0.7),  # one against the others, of no clearly less skill
    "keyword_cluster": (-0.8, 0.0, 1.4, -0.5, -0.2),  # in a cluster of one keyword
    "family_cluster": (-0.3, 0.3, -0.2, -0.1, 0.3),  # in a cluster of one family, of several keywords
    "topic_cluster": (0.9, -0.1, -0.4, -0.1, -0.2),  # in a cluster of like notes and rules, over several families
    "no_cluster": (0.4, -0.2, -0.9, 0.3, 0.5),  # nothing like it
    # The family's other keywords are disputed between these levels less often than their items explain, or more often.
    "family_seldom": (0.1, -0.7, 0.5, 0.0, 0.1),
    "family_alike": (-0.2, 0.3, 0.4, -0.3, -0.3),
    "keyword_alike": (-0.1, 0.3, 1.1, -0.4, -0.8),  # the keyword's other items are, more often
    "usual_rule": (-1.4, -0.3, 0.1, 0.9, 0.7),  # cites what the family's disputes mostly cite
    "unusual_rule": (0.5, 0.4, 0.0, -0.4, -0.4),  # cites another rule
    "rule_alike": (1.0, 0.5, 0.3, -0.8, -1.0),  # the rule is cited between these levels more often than elsewhere
}
# How far beyond chance something is seen: (seen - expected) / sqrt(expected + 1).
SOME, MORE = 0.5, 2.0
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


def propose(cases: Cases, clusters: Clusters, book: Codebook | None = None) -> Proposed:
    """The most probable cause of each dispute.

    Args:
        cases: the disputes.
        clusters: of the same cases: what a keyword's other items do is told by them.
        book: how frequent keywords and families are among all items; without it, as frequent as among the disputes.
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
    pair = pair_of(cases.votes)
    met |= _of_family_and_keyword(cases, pair, book)
    met |= _of_rules(cases, pair)
    seen = np.stack([met[name] for name in EVIDENCE], axis=1) if n else np.zeros((0, len(EVIDENCE)), dtype=bool)
    score = seen @ np.array(list(EVIDENCE.values())) + np.log([PRIOR[cause] for cause in CAUSES])
    odds = np.exp(score - score.max(axis=1, keepdims=True)) if n else score
    probability = odds / odds.sum(axis=1, keepdims=True)
    return Proposed(probability.argmax(axis=1).astype(np.int64), probability, seen)


def _beyond(seen: Floats, expected: Floats) -> Floats:
    return np.asarray((seen - expected) / np.sqrt(np.maximum(expected, 0) + 1))


def _counted(code: Codes, pair: Codes, kinds: int) -> Floats:
    """(kinds, 6) cases by code and pair of levels; those without either are left out."""
    table = np.zeros((kinds, len(PAIRS)))
    there = (code >= 0) & (pair >= 0)
    np.add.at(table, (code[there], pair[there]), 1)
    return table


def _share(code: Codes, kinds: int, known: Floats | None) -> Floats:
    """(kinds,) how frequent each code is: among all items where that is known, else among the disputes."""
    count = np.bincount(code[code >= 0], minlength=kinds).astype(np.float64)
    if known is not None and known.any():
        count = np.zeros(kinds)
        count[: len(known)] = known[:kinds]
    return np.asarray(count / max(count.sum(), 1))


def _of_family_and_keyword(cases: Cases, pair: Codes, book: Codebook | None) -> dict[str, NDArray[np.bool_]]:
    """Whether the family's other keywords, and the keyword's other items, are disputed between the same two levels more
    often than their share of all items explains."""
    keywords, families = int(cases.keyword.max(initial=0)) + 1, int(cases.family.max(initial=0)) + 1
    by_keyword, by_family = _counted(cases.keyword, pair, keywords), _counted(cases.family, pair, families)
    of_keyword = _share(cases.keyword, keywords, None if book is None else book.keyword)
    of_family = _share(cases.family, families, None if book is None else book.family)
    stands = pair >= 0
    level = np.maximum(pair, 0)
    there = np.bincount(pair[stands], minlength=len(PAIRS))[level]
    own_seen, own_share = by_keyword[cases.keyword, level], of_keyword[cases.keyword]
    keyword = _beyond(own_seen - 1, own_share * there)
    # Without the keyword's own items: an ambiguous keyword must not make its family look like a boundary.
    family = _beyond(
        by_family[cases.family, level] - own_seen, np.maximum(of_family[cases.family] - own_share, 0) * there
    )
    known = stands & (cases.family >= 0)
    return {
        "family_seldom": known & (family < -SOME),
        "family_alike": known & (family > SOME),
        "keyword_alike": stands & (keyword > MORE),
    }


def _of_rules(cases: Cases, pair: Codes) -> dict[str, NDArray[np.bool_]]:
    """Whether a rule that is cited is the one that the family's disputes mostly cite, and whether it is cited between
    these two levels more often than elsewhere."""
    n = len(cases)
    usual, unusual, alike = (np.zeros(n, dtype=bool) for _ in range(3))
    case, rule = cases.rules[:, 0], cases.rules[:, 1]
    if len(case):
        rules, families = int(rule.max()) + 1, int(cases.family.max(initial=0)) + 1
        family = cases.family[case]
        cited = np.zeros((families, rules))
        np.add.at(cited, (family[family >= 0], rule[family >= 0]), 1)
        first = (family >= 0) & (cited.argmax(axis=1)[family] == rule)
        usual[case[first]] = True
        unusual[case] = True
        unusual &= ~usual & (cases.family >= 0)
        between = pair[case]
        at = between >= 0
        table = _counted(rule, between, rules)
        chance = table.sum(axis=0) / max(table.sum(), 1)
        beyond = _beyond(table[rule[at], between[at]] - 1, table.sum(axis=1)[rule[at]] * chance[between[at]])
        alike[case[at][beyond > MORE]] = True
    return {"usual_rule": usual, "unusual_rule": unusual, "rule_alike": alike}


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
