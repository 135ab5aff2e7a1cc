"""An answer given after half a look is weighed as half-looked answers of this grader deserve.

Nobody is right as often when he has seen a tenth of the clip, or pressed the key in half a second. Rather than guess a
discount, a grader is taken apart into *hands*: his attentive answers and his hasty ones, each with a confusion of its
own that the model measures. Where haste does no harm the two come out alike and nothing is lost but a little evidence;
docs/quality.md shows what it gains on simulated graders with known truth, and where it gains nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from relevance.quality.table import Floats, Grades

LEAST_SHARE = 0.5  # of the clip watched, below which an answer is hasty
HASTE = 0.4  # times the grader's own median decision time, below which an answer is hasty
LEAST_ANSWERS = 8  # hasty answers a grader needs before they are taken apart


def hasty(grades: Grades, watched: Floats | None = None, seconds: Floats | None = None) -> NDArray[np.bool_]:
    """(n,) which answers were given after too short a look.

    Args:
        grades: (n,) grades.
        watched: (n,) share of the clip seen, 0 to 1; NaN where not known (then not hasty for that).
        seconds: (n,) decision time; NaN where not known. Compared with the grader's own median.
    """
    found = np.zeros(len(grades), dtype=bool)
    if watched is not None:
        found |= np.nan_to_num(watched, nan=1.0) < LEAST_SHARE
    if seconds is not None:
        for grader in range(len(grades.graders)):
            own = grades.grader == grader
            if own.any() and not np.isnan(seconds[own]).all():
                found[own] |= np.nan_to_num(seconds[own], nan=np.inf) < HASTE * np.nanmedian(seconds[own])
    return found


def hands(grades: Grades, apart: NDArray[np.bool_]) -> Grades:
    """The same grades with each grader's marked answers as a grader of their own (codes from J on).

    Graders with fewer than `LEAST_ANSWERS` marked answers stay whole: there would be nothing to measure.

    >>> from relevance.quality.table import table
    >>> whole = table([*range(16)], ["g"] * 16, [0, 1] * 8, levels=2).grades
    >>> hands(whole, np.arange(16) < 8).graders.tolist()
    ['g', 'g']
    """
    marked = np.bincount(grades.grader[apart], minlength=len(grades.graders))
    split = np.flatnonzero(marked >= LEAST_ANSWERS)
    code = np.full(len(grades.graders), -1, dtype=np.int32)
    code[split] = len(grades.graders) + np.arange(len(split), dtype=np.int32)
    move = apart & (code[grades.grader] >= 0)
    grader = np.where(move, code[grades.grader], grades.grader).astype(np.int32)
    return Grades(
        grades.item, grader, grades.level, grades.items,
        np.concatenate([grades.graders, grades.graders[split]]), grades.levels, grades.ordered,
    )  # fmt: skip
