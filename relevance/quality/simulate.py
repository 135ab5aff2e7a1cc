"""Crowds with a known truth, to see what a method gets right when nobody is left to argue.

Three crowds, four ordered levels: *careful* (right 9 times in 10, errors to a neighbour), *careless* (a third of the
graders answers a part of the clips unseen, by habit), *drifting* (half of them grow lenient after a new version of the
guideline). An item has a hardness, so that errors fall together on the same items, as they do in life.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relevance.quality.table import Floats, Grades, Ints, coded

CROWDS = ("careful", "careless", "drifting")


@dataclass(frozen=True, slots=True)
class Simulated:
    """A simulated crowd.

    Attributes:
        grades: the table, n grades.
        truth: (N,) levels.
        watched: (n,) share of the clip seen, 0 to 1.
        late: (n,) whether the answer came after the new guideline version.
    """

    grades: Grades
    truth: Ints
    watched: Floats
    late: NDArray[np.bool_]


def crowd(kind: str, *, items: int = 2000, graders: int = 18, per_item: int = 3, seed: int = 1) -> Simulated:
    """A crowd of one kind (see the module), the same for the same seed.

    >>> made = crowd("careful", items=500, seed=3)
    >>> len(made.grades), bool((made.grades.level == made.truth[made.grades.item]).mean() > .85)
    (1500, True)
    """
    random = np.random.default_rng([seed, CROWDS.index(kind)])
    truth = random.choice(4, size=items, p=[0.35, 0.2, 0.2, 0.25]).astype(np.int32)
    hardness = random.exponential(1.0, items)
    item = np.repeat(np.arange(items), per_item)
    who = random.random((items, graders)).argsort(axis=1)[:, :per_item].ravel()
    skill = random.normal(0.0, 0.35, graders)
    habit = random.dirichlet([0.6] * 4, graders)
    careless = np.arange(graders) % 3 == 0 if kind == "careless" else np.zeros(graders, dtype=bool)
    drifting = np.arange(graders) % 2 == 0 if kind == "drifting" else np.zeros(graders, dtype=bool)
    late = item >= items // 2

    wrong = 1 - np.exp(-0.1 * hardness[item] * np.exp(-skill[who]))
    step = np.where(random.random(len(item)) < 0.5, -1, 1)
    level = np.clip(truth[item] + np.where(random.random(len(item)) < wrong, step, 0), 0, 3)
    lenient = drifting[who] & late & (random.random(len(item)) < 0.35)
    level = np.where(lenient, np.minimum(level + 1, 3), level)
    unseen = careless[who] & (random.random(len(item)) < 0.4)
    guess = (random.random(len(item))[:, None] > habit[who].cumsum(axis=1)).sum(axis=1)
    level = np.where(unseen, np.minimum(guess, 3), level)
    watched = np.where(unseen, random.beta(1.5, 6, len(item)), random.beta(9, 1.5, len(item)))

    order = np.lexsort((who, item))
    grades = coded(
        item.astype(np.int32), who.astype(np.int32), level.astype(np.int32), levels=4, items=items, graders=graders
    )
    return Simulated(grades, truth, watched[order], late[order])
