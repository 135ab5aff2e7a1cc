"""A grader as a lead may fairly see him: each figure with its n and interval, and who differs from whom at all.

`card` puts together what the other files here measure: accuracy against gold, decisions and the model apart and together
(`confusion`), bias, pace (`pace`), the share of the clip watched, the share of his grades that were overturned, hours at
work, and all that by week. `alike` says which of many figures can't be told apart: they are shown as equal, since a league
table of noise blames somebody every week and never the same one.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, sqrt

import numpy as np
from numpy.typing import NDArray

from relevance.quality.confusion import Share
from relevance.quality.pace import Pace, pace
from relevance.quality.proportion import Z, wilson
from relevance.quality.table import Floats, Ints

LONGEST = 600.0  # seconds an answer counts as work at most: longer is a pause


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean with its 95 % interval (None with fewer than two values) and what it rests on."""

    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Week:
    """One week of a grader: together, bias and pace as in `Card`."""

    week: int
    accuracy: Share
    bias: Mean
    pace: Pace
    watched: Mean


@dataclass(frozen=True, slots=True)
class Card:
    """One grader over a span of time.

    Attributes:
        answers: all of them; hours: at work on them.
        gold, decided, model, together: share right against each reference; `together` takes the first that knows.
        near: within one level, against `together`.
        bias: mean signed levels from `together`: above 0 lenient, below 0 strict.
        pace: seconds an item, the median. watched: mean share of the clip seen.
        overturned: share of his counted grades on finished items that the label contradicts.
        weeks: in order.
    """

    answers: int
    hours: float
    gold: Share
    decided: Share
    model: Share
    together: Share
    near: Share
    bias: Mean
    pace: Pace
    watched: Mean
    overturned: Share
    weeks: tuple[Week, ...]


def share(hits: Floats) -> Share:
    """A share of ones (or of chances, 0 to 1), NaN left out, with Wilson's interval.

    >>> share(np.array([1., 1., 0., 1., np.nan])).value
    0.75
    """
    known = hits[~np.isnan(hits)]
    n = len(known)
    if n == 0:
        return Share(None, 0.0, 1.0, 0)
    total = float(known.sum())
    return Share(total / n, *wilson(total, n), n)


def mean(values: Floats) -> Mean:
    """The mean and mean +- 1.96 s / sqrt(n), NaN left out.

    >>> one = mean(np.array([1., -1., 1., -1.]))      # s = 1.1547, +- 1.1316
    >>> one.value, round(one.high, 4), mean(np.array([])).value
    (0.0, 1.1316, None)
    """
    known = values[~np.isnan(values)]
    n = len(known)
    if n == 0:
        return Mean(None, None, None, 0)
    middle = float(known.mean())
    if n == 1:
        return Mean(middle, None, None, 1)
    half = Z * float(known.std(ddof=1)) / sqrt(n)
    return Mean(middle, middle - half, middle + half, n)


def right(level: Ints, reference: Floats) -> Floats:
    """(n,) how probable it is that each answer is right; NaN where the reference (n, K) is a row of zeros.

    >>> right(np.array([1, 0]), np.array([[.2, .8], [0., 0.]])).tolist()
    [0.8, nan]
    """
    chance = reference[np.arange(len(level)), level]
    return np.asarray(np.where(reference.sum(axis=1) > 0, chance, np.nan))


def card(
    level: Ints, gold: Floats, decided: Floats, model: Floats, *,
    seconds: Floats, watched: Floats, overturned: Floats, week: Ints,
) -> Card:  # fmt: skip
    """One grader's card.

    Args:
        level: (n,) his grades.
        gold, decided, model: (n, K) references for each answer; rows of zeros where they do not know.
        seconds: (n,) decision times. watched: (n,) shares, NaN where not known.
        overturned: (n,) 1 where the item's label is another than his grade, 0 where it is the same, NaN where it has none.
        week: (n,) numbers.

    >>> ones = np.ones(2)
    >>> none, sure = np.zeros((2, 2)), np.eye(2)
    >>> card(np.array([0, 0]), none, sure, none, seconds=9 * ones, watched=ones, overturned=0 * ones,
    ...      week=np.array([1, 1])).together.value
    0.5
    """
    if len(level) == 0:
        nothing, no_mean, no_pace = Share(None, 0.0, 1.0, 0), Mean(None, None, None, 0), Pace(None, None, None, 0)
        return Card(0, 0.0, nothing, nothing, nothing, nothing, nothing, no_mean, no_pace, no_mean, nothing, ())
    reference = gold.copy()
    for other in (decided, model):
        unknown = reference.sum(axis=1) == 0
        reference[unknown] = other[unknown]
    steps = np.arange(reference.shape[1])
    known = reference.sum(axis=1) > 0
    chance = right(level, reference)
    close = (reference * (np.abs(steps[None, :] - level[:, None]) <= 1)).sum(axis=1)
    near = np.where(known, np.minimum(close, 1.0), np.nan)
    off = np.where(known, level - reference @ steps, np.nan)
    weeks = tuple(
        Week(int(one), share(chance[at]), mean(off[at]), pace(_known(seconds[at])), mean(watched[at]))
        for one in np.unique(week)
        for at in [week == one]
    )
    return Card(
        len(level), float(np.minimum(_known(seconds), LONGEST).sum()) / 3600,
        share(right(level, gold)), share(right(level, decided)), share(right(level, model)), share(chance), share(near),
        mean(off), pace(_known(seconds)), mean(watched), share(overturned), weeks,
    )  # fmt: skip


def _known(values: Floats) -> Floats:
    return np.asarray(values[~np.isnan(values)])


def differs(one: Share, other: Share, level: float = 0.05) -> bool:
    """Whether two shares differ by more than chance explains (two-sided test with the pooled share).

    80 of 100 and 70 of 100: z = 0.1 / sqrt(0.75 * 0.25 * 0.02) = 1.63.

    >>> differs(Share(.8, 0, 1, 100), Share(.7, 0, 1, 100)), differs(Share(.8, 0, 1, 400), Share(.7, 0, 1, 400))
    (False, True)
    """
    if one.value is None or other.value is None:
        return False
    pooled = (one.value * one.n + other.value * other.n) / (one.n + other.n)
    spread = sqrt(max(pooled * (1 - pooled), 1e-9) * (1 / one.n + 1 / other.n))
    return erfc(abs(one.value - other.value) / spread / sqrt(2)) < level


def against(shares: list[Share], level: float = 0.05) -> list[int]:
    """Each against the rest of the team: -1 below, 1 above, 0 no difference that chance does not explain.

    Holm's procedure over the team, so that in a team of equals with chance `level` anybody at all is told apart. Holm
    (1979), Scandinavian Journal of Statistics 6, 65-70.

    >>> team = [Share(.9, 0, 1, 400)] * 5 + [Share(.7, 0, 1, 400)]
    >>> against(team)
    [0, 0, 0, 0, 0, -1]
    """
    total = sum(one.n for one in shares)
    hits = sum((one.value or 0.0) * one.n for one in shares)
    found: list[tuple[float, int, int]] = []
    for number, one in enumerate(shares):
        rest = total - one.n
        if one.value is None or rest == 0:
            continue
        others = (hits - one.value * one.n) / rest
        pooled = hits / total
        spread = sqrt(max(pooled * (1 - pooled), 1e-9) * (1 / one.n + 1 / rest))
        found.append((erfc(abs(one.value - others) / spread / sqrt(2)), number, 1 if one.value > others else -1))
    told = [0] * len(shares)
    for place, (p, number, sign) in enumerate(sorted(found)):
        if p >= level / (len(found) - place):
            break
        told[number] = sign
    return told


def alike(shares: list[Share]) -> NDArray[np.int64]:
    """Ranks in which those who can't be told from the best of a rank share it: 1, 1, 1, 4 ...; 0 where nothing is known.

    >>> alike([Share(.9, 0, 1, 400), Share(.7, 0, 1, 400), Share(.89, 0, 1, 400), Share(None, 0, 1, 0)]).tolist()
    [1, 3, 1, 0]
    """
    order = sorted(
        (i for i, one in enumerate(shares) if one.value is not None), key=lambda i: (-(shares[i].value or 0), i)
    )
    ranks = np.zeros(len(shares), dtype=np.int64)
    best, rank = None, 0
    for place, number in enumerate(order):
        if best is None or differs(shares[best], shares[number]):
            best, rank = number, place + 1
        ranks[number] = rank
    return ranks
