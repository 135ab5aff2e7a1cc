"""Adaptive overlap: an item gets grades until its label is sure enough, by what the model said of just these grades.

The model's verdict is a record of its own, made behind the graders' backs; a state follows from the grades and the newest
verdict about them, so that records alone decide and `relevance verify` can prove it. Grades that no verdict has been
given about yet settle an item only where the fixed rule would; else the item waits, a few seconds, and nobody gets it.

The model is never trusted raw where grades are few: with less than FEW grades in a project, or PER_PERSON a grader, the
fixed rule is the verdict; and two grades two levels apart never settle, whatever it says of the two who gave them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from relevance.consensus import Consensus, Disputed, Open, Policy, Return, Settled, consensus
from relevance.quality.labels import median
from relevance.quality.model import Fit
from relevance.quality.overlap import LEAST, WHY, Want, wants
from relevance.quality.table import Floats, Grades
from relevance.texts import N_

FEW = 200  # grades in a project before the model has a say
PER_PERSON = 10.0  # grades a grader, on average
FAR = 2  # levels between two grades that never settle by themselves

Ground = Literal["model", "few", "apart"]
WAITING = N_("Waits for the next look: {n} grades, no verdict on them yet.")
FEW_WHY = N_("The project has too few grades for the model ({grades}); the fixed rule decides.")
APART_WHY = N_("Another grade: {n} grades lie two levels or more apart.")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was said of an item when its grades were `said` (sorted, as digits): grade, nothing (settled) or person."""

    said: str
    want: str
    level: int | None = None


def key(levels: Sequence[int]) -> str:
    """The grades that a verdict is about, whatever their order.

    >>> key([3, 0, 2])
    '023'
    """
    return "".join(map(str, sorted(levels)))


def judge(
    levels: Sequence[int],
    policy: Policy,
    verdict: Verdict | None,
    *,
    overlap: int | None = None,
    returned: Return | None = None,
) -> Consensus:
    """State and, where settled, the level, under an adaptive policy (`policy.sure` > 0).

    Args:
        levels: the grades that count.
        policy: its overlap is the least number of grades (never under two), its cap the greatest.
        verdict: the newest one about the item, if any; it holds only for the grades that it was made of.
        overlap: the item's own least number.
        returned: the last return by a lead: so many more are waited for first.

    >>> policy = Policy(sure=0.9, cap=7)
    >>> judge([3, 1], policy, None)                          # waits: as many as there are, so nobody gets it
    Open(wanted=2)
    >>> judge([3, 1], policy, Verdict("13", "grade"))
    Open(wanted=3)
    >>> judge([3, 1, 3], policy, Verdict("133", "nothing", 3))
    Settled(level=3, n=3)
    >>> judge([3, 3], policy, None), judge([3, 3], policy, Verdict("33", "grade"))
    (Settled(level=3, n=2), Open(wanted=3))
    """
    n = len(levels)
    first = max(LEAST, policy.overlap if overlap is None else overlap)
    if returned is not None:
        first = max(first, returned.n + returned.extra)
    cap = max(policy.cap, first)
    if n < first:
        return Open(first)
    if verdict is None or verdict.said != key(levels):
        fixed = consensus(levels, replace(policy, sure=0.0), overlap=overlap, returned=returned)
        return fixed if isinstance(fixed, Settled) else Open(n)
    if verdict.want == "nothing" and verdict.level is not None:
        return Settled(verdict.level, n)
    return Open(n + 1) if n < cap and verdict.want == "grade" else Disputed("cap", n)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """For N items: what each wants (`Want`), the level, how far off it may be, and what the verdict rests on."""

    want: NDArray[np.int8]
    level: NDArray[np.int32]
    off: Floats
    ground: tuple[Ground, ...]


def verdicts(found: Fit, grades: Grades, policy: Policy, people: NDArray[np.bool_] | None = None) -> Verdicts:
    """What the model, kept within its bounds, says of each item.

    Args:
        found: the model's account of the grades.
        grades: the grades that count.
        policy: how sure a label must be, and the cap.
        people: (J,) which graders are people; all, if left out.
    """
    said = wants(found, grades, level=policy.sure, cap=policy.cap, people=people)
    want, level = said.want.copy(), median(found.posterior).level.astype(np.int32)
    ground: list[Ground] = ["model"] * len(want)
    few = len(grades) < FEW or len(grades) < PER_PERSON * len(grades.graders)
    fixed = replace(policy, sure=0.0)
    start = np.searchsorted(grades.item, np.arange(len(grades.items) + 1))
    for item in range(len(want)):
        levels = grades.level[start[item] : start[item + 1]].tolist()
        if few:
            ground[item] = "few"
            match consensus(levels, fixed) if levels else Open(LEAST):
                case Settled(at, _):
                    want[item], level[item] = Want.NOTHING, at
                case Disputed():
                    want[item] = Want.PERSON
                case Open():
                    want[item] = Want.GRADE
        elif want[item] == Want.NOTHING and len(levels) == 2 and max(levels) - min(levels) >= FAR:
            want[item], ground[item] = (Want.GRADE if policy.cap > 2 else Want.PERSON), "apart"
    return Verdicts(want, level, said.off, tuple(ground))


def why(want: str, ground: str) -> str:
    """The sentence that explains a verdict on an item's screen; places: n, off, allowed, grades."""
    if ground == "few":
        return FEW_WHY
    if ground == "apart":
        return APART_WHY
    return WHY[{"grade": Want.GRADE, "nothing": Want.NOTHING, "person": Want.PERSON}[want]]
