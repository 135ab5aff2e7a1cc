"""A decision carried on to its like: how far the grades disagree with it, and when its sample says that it is wrong. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

ERROR = 0.15  # of an honest re-grade of a rightly settled item, at most
SURE = 0.05


def disagreement(levels: Sequence[int], level: int) -> float:
    """Mean distance of an item's grades from the decided level, in levels; 0 without grades.

    >>> disagreement([0, 2], 2)
    1.0
    """
    return sum(abs(one - level) for one in levels) / len(levels) if levels else 0.0


def sample_size(n: int, share: float, least: int = 3) -> int:
    """How many of n settled items are graded once more: a share, but at least three (all, where there are fewer).

    >>> sample_size(100, 0.05), sample_size(10, 0.05), sample_size(2, 0.05), sample_size(10, 0)
    (5, 3, 2, 0)
    """
    return 0 if share <= 0 else min(n, max(least, round(n * share)))


def contradicted(n: int, differ: int) -> bool:
    """Whether so many differing re-grades of n are more than graders' errors explain.

    The chance of `differ` or more among n under an error of 15 % is below 5 %.
    One grade alone never contradicts: .15 > .05; two of two do: .15 x .15 = .0225.

    >>> contradicted(1, 1), contradicted(2, 2), contradicted(5, 2), contradicted(5, 3)
    (False, True, False, True)
    """
    if differ < 2:
        return False
    return sum(comb(n, k) * ERROR**k * (1 - ERROR) ** (n - k) for k in range(differ, n + 1)) < SURE


def looks_wanted(items: int, check_from: int, said: Sequence[int], others: int | None = None) -> bool:
    """Whether one more clip of a cluster is judged before a decision on it is carried on.

    A large cluster's decision is asked for on a second clip, and on a third where the two differ. `said`: the levels so
    far, the decision's own first. There is no more to ask than there are items; `others`: how many there are besides the
    decision's own clip, where that is not one of the items.

    >>> [looks_wanted(60, 60, said) for said in ([3], [3, 3], [3, 0], [3, 0, 0])]
    [True, False, True, False]
    >>> looks_wanted(59, 60, [3]), looks_wanted(1, 0, [3]), looks_wanted(1, 0, [3], others=1)
    (False, False, True)
    """
    clips = items if others is None else others + 1
    return items >= check_from and len(said) < min(clips, 2 if len(set(said)) == 1 else 3)


def holds(level: int, others: Sequence[int]) -> bool:
    """Whether a decision's level holds among what further clips of its cluster were given: most of them agree with it.

    >>> [holds(3, others) for others in ([], [3], [0, 3], [0, 0], [0, 1])]
    [True, True, True, False, False]
    """
    said = [level, *others]
    return most_said(said) == level and (not others or level in others)


def most_said(said: Sequence[int]) -> int:
    """The level that most of the clips were given, the first of them where all differ.

    >>> most_said([3]), most_said([3, 0, 0]), most_said([3, 0, 1])
    (3, 0, 3)
    """
    return max(said, key=said.count)
