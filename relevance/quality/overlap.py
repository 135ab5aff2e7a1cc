"""Whether an item wants another grade: while its label is not sure enough, and a grade may still help.

How sure is one number that a lead understands, `sure` = 0.9 by default: an item needs no more grades when, by the
model's posterior, its label is expected to lie within (1 - sure) of the scale 0 to 1 from the truth, a level counting a
third of it as on the product's four,

    expected distance in levels <= 3 (1 - sure)

Levels without an order: the same with a distance of 1 for any wrong level. Nothing settles on fewer than two people, whatever a machine
says. An item that the cap leaves unsure goes to a person: more grades do not help. Each state has a sentence that says so.

Adaptive stopping: Sheng, Provost & Ipeirotis (2008), doi:10.1145/1401890.1401965; optional stopping with a bound, Abraham
et al. (2016), doi:10.1145/2911451.2914683.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from relevance.quality.labels import expected_distance, median, mode
from relevance.quality.model import Fit
from relevance.quality.table import Floats, Grades
from relevance.texts import N_

SURE = 0.9
LEAST = 2  # people
CAP = 7


class Want(IntEnum):
    """What an item wants next."""

    GRADE = 0
    NOTHING = 1
    PERSON = 2


WHY = {
    Want.GRADE: N_("Another grade: {n} so far, the label may be {off:.0%} off, {allowed:.0%} is allowed."),
    Want.NOTHING: N_("Settled: after {n} grades the label is expected to be at most {allowed:.0%} off ({off:.0%})."),
    Want.PERSON: N_("To a person: after {n} grades the label may still be {off:.0%} off; more grades would not help."),
}


@dataclass(frozen=True, slots=True)
class Wants:
    """For N items: what each wants, how far off its label is expected to be (share of the scale), and its grades.

    `why(item)` gives the sentence for its screen and the values of its places.
    """

    want: NDArray[np.int8]
    off: Floats
    n: NDArray[np.int64]
    level: float

    def why(self, item: int) -> tuple[str, dict[str, float]]:
        """The line on an item: a sentence to translate, and what stands in its places."""
        values = {"n": int(self.n[item]), "off": float(self.off[item]), "allowed": 1 - self.level}
        return WHY[Want(int(self.want[item]))], values


def wants(
    found: Fit, grades: Grades, *, level: float = SURE, cap: int = CAP, people: NDArray[np.bool_] | None = None
) -> Wants:
    """What each item wants next.

    Args:
        found: the model's account of the grades.
        grades: the grades it was made of.
        level: how sure a label must be, 0.5 to 0.99.
        cap: no more grades by people than this.
        people: (J,) which graders are people; all, if left out. A machine's grade moves the label by what it is worth
            and never counts as one of the two that are needed.

    Two agree on one item and differ on the other:

    >>> from relevance.quality.model import fit
    >>> from relevance.quality.table import table
    >>> rows = [(f"i{n}", g, n % 4) for n in range(40) for g in ("x", "y")] + [("z", "x", 0), ("z", "y", 3)]
    >>> grades = table(*zip(*rows), levels=4).grades
    >>> found = wants(fit(grades), grades)
    >>> Want(found.want[0]).name, Want(found.want[40]).name
    ('NOTHING', 'GRADE')
    >>> wants(fit(grades), grades, cap=2).why(40)[0][:11]
    'To a person'
    """
    human = np.ones(len(grades.graders), dtype=bool) if people is None else people
    n = np.bincount(grades.item[human[grades.grader]], minlength=len(grades.items))
    q = found.posterior
    label = median(q).level if grades.ordered else mode(q).level
    off = expected_distance(q, label, grades.ordered) / 3
    sure = (n >= LEAST) & (off <= 1 - level)
    want = np.where(sure, Want.NOTHING, np.where(n < max(cap, LEAST), Want.GRADE, Want.PERSON))
    return Wants(want.astype(np.int8), np.minimum(off, 1), n, level)
