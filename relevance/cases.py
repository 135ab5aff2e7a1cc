"""What triage sees of the disputes: one column a fact, one row a dispute, nothing that is not on record.

The product fills it from the store, the simulation from its world; causes, clusters and ranking take nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]

LEVELS = 4
FLAG_KINDS = ("bad_clip", "unclear_keyword", "no_rule", "other")


@dataclass(frozen=True, slots=True)
class Cases:
    """N disputes.

    Attributes:
        item: (N,) ids.
        keyword: (N,) codes from 0.
        family: (N,) codes from 0; -1: the keyword has none.
        votes: (N, 4) how many grades count at each level.
        flags: (N, 4) how many flags of each of FLAG_KINDS.
        rules: (R, 2) rows (case, rule code): one a citation.
        words: (W, 2) rows (case, word code): one a word of a note, each word of a case once.
        twin: (N,) code of the near-duplicate group of the clip; -1: none.
        shares: (N, 4) what the model believes of the level; rows sum to 1.
        odd: (N,) the grader whose grade stands alone against the others'; -1: nobody, or both of two.
        odd_skill: (N,) how often he said what the label says, elsewhere; nan where nobody stands alone.
        other_skill: (N,) the same of the others, on average.
        weight: (N,) the keyword's weight.
    """

    item: Codes
    keyword: Codes
    family: Codes
    votes: Floats
    flags: Floats
    rules: Codes
    words: Codes
    twin: Codes
    shares: Floats
    odd: Codes
    odd_skill: Floats
    other_skill: Floats
    weight: Floats

    def __len__(self) -> int:
        return len(self.item)

    def only(self, rows: NDArray[np.int64]) -> Cases:
        """Some of the cases (row numbers, each once), in that order; all codes stay what they were."""
        place = np.full(len(self), -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        kept = {}
        for one in fields(self):
            column = getattr(self, one.name)
            if one.name in ("rules", "words"):
                moved = column.copy()
                moved[:, 0] = place[column[:, 0]]
                kept[one.name] = moved[moved[:, 0] >= 0]
            else:
                kept[one.name] = column[rows]
        return Cases(**kept)


def stacked(first: Cases, second: Cases) -> Cases:
    """Both, one after the other; their codes must mean the same."""
    joined = {}
    for one in fields(first):
        a, b = getattr(first, one.name), getattr(second, one.name)
        if one.name in ("rules", "words"):
            b = b + np.array([[len(first), 0]])
        joined[one.name] = np.concatenate([a, b])
    return Cases(**joined)


def standing_alone(case: Codes, grader: Codes, level: Codes, skill: Floats, cases: int) -> tuple[Codes, Floats, Floats]:
    """Who stands alone against the others on each case: (odd, odd_skill, other_skill) as in `Cases`.

    With three grades and more, the one whose grade nobody shares while all others agree; with two that differ, the
    less skilled of them, if their skills differ.

    Args:
        case, grader, level: (n,) the grades that count.
        skill: by grader code, 0 to 1.
        cases: N.

    >>> odd, mine, theirs = standing_alone(
    ...     np.array([0, 0, 0, 1, 1]), np.array([0, 1, 2, 0, 2]), np.array([3, 3, 0, 1, 3]), np.array([.9, .9, .7]), 2)
    >>> odd.tolist(), mine.tolist(), theirs.round(2).tolist()
    ([2, 2], [0.7, 0.7], [0.9, 0.9])
    """
    votes = np.zeros((cases, LEVELS))
    np.add.at(votes, (case, level), 1)
    n = votes.sum(axis=1)
    total = np.zeros(cases)
    np.add.at(total, case, skill[grader])
    several = ((votes > 0).sum(axis=1) == 2) & (votes.max(axis=1) == n - 1) & (n >= 3)
    two = (n == 2) & (votes.max(axis=1) == 1)
    alone = several[case] & (votes[case, level] == 1)
    least = np.full(cases, np.inf)
    np.minimum.at(least, case, skill[grader])
    weaker = two[case] & (skill[grader] == least[case]) & (skill[grader] < total[case] - skill[grader])
    odd = np.full(cases, -1, dtype=np.int64)
    mine = np.full(cases, np.nan)
    chosen = alone | weaker
    odd[case[chosen]] = grader[chosen]
    mine[case[chosen]] = skill[grader[chosen]]
    theirs = np.where(odd >= 0, (total - np.nan_to_num(mine)) / np.maximum(n - 1, 1), np.nan)
    return odd, mine, theirs
