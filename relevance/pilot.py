"""A pilot: a draft tried on the same items by some people before it is published; what they agree on, rule by rule. Pure.

What is measured is whether people who read the draft say the same, not whether they are right: that is for the decision.
"""

from __future__ import annotations

import random
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from relevance.errors import BadInput
from relevance.quality.bootstrap import Estimate
from relevance.quality.krippendorff import alpha
from relevance.quality.percent import percent
from relevance.quality.proportion import wilson
from relevance.quality.table import Floats

LEAST, MOST = 50, 200  # items of a pilot
PEOPLE = 2  # at least: one alone agrees with nobody
MARK = 0.75  # of two people's grades on an item, how often the same; two people right 87 % of the time reach it
PAIRS = ((0, 1), (1, 2), (2, 3), (0, 2), (1, 3), (0, 3))


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item that could be drawn. stratum: its keyword and the lowest and highest level that it was given.

    compared: two people graded it under the version in force, so that the draft has something to be compared with.
    """

    item: int
    stratum: Hashable
    compared: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """One person's grade of one item, with the rule that he cited."""

    person: int
    item: int
    level: int
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """How often two people say the same of one item, under the draft and under the last version. of: a rule, a pair, or all."""

    of: str
    exact: Estimate
    before: Estimate
    under: bool = False  # the draft's figure lies below the mark


@dataclass(frozen=True, slots=True)
class Result:
    """What a pilot came to: over all items, by rule cited under the draft, by pair of levels."""

    alpha: Estimate
    alpha_before: Estimate
    exact: Estimate
    exact_before: Estimate
    near: Estimate
    near_before: Estimate
    mark: float
    rules: tuple[Figure, ...]
    pairs: tuple[Figure, ...]

    @property
    def under(self) -> tuple[str, ...]:
        """The rules that lie under the mark."""
        return tuple(one.of for one in self.rules if one.under)


def draw(candidates: Sequence[Candidate], n: int, seed: int) -> list[int]:
    """Draws n items: one of each stratum in turn, so that rare keywords and levels come too; the same seed, the same items.

    Within a stratum those that can be compared come first; all else is chance.

    Raises:
        BadInput: n is out of range, or there are fewer items.

    >>> found = [Candidate(number, number % 2) for number in range(100)]
    >>> sorted(number % 2 for number in draw(found, 50, 7)).count(1)
    25
    """
    check(n)
    if len(candidates) < n:
        raise BadInput(
            "There are {there} settled or decided items that can be drawn; {n} were asked for.",
            there=len(candidates),
            n=n,
        )
    chance = random.Random(seed)
    strata: dict[Hashable, list[Candidate]] = {}
    for one in sorted(candidates, key=lambda one: one.item):
        strata.setdefault(one.stratum, []).append(one)
    lines = list(strata.values())
    for line in lines:
        chance.shuffle(line)
        line.sort(key=lambda one: one.compared)  # stable: the shuffled order stays; taken from the end
    drawn: list[int] = []
    while len(drawn) < n:
        chance.shuffle(lines)
        for line in lines[: n - len(drawn)]:
            drawn.append(line.pop().item)
        lines = [line for line in lines if line]
    chance.shuffle(drawn)
    return drawn


def check(n: int) -> None:
    """Lets a pilot of so many items pass.

    Raises:
        BadInput: fewer than 50 or more than 200.
    """
    if not LEAST <= n <= MOST:
        raise BadInput("A pilot has {least} to {most} items; {n} were given.", least=LEAST, most=MOST, n=n)


def votes(said: Sequence[Said], items: Sequence[int]) -> Floats:
    """(N, 4) how many grades each item has at each level."""
    row = {item: at for at, item in enumerate(items)}
    found = np.zeros((len(items), 4))
    for one in said:
        if one.item in row:
            found[row[one.item], one.level] += 1
    return found


def share(votes: Floats, within: int = 0) -> Estimate:
    """`percent` of (N, 4) votes, with an interval that holds where all pairs agree, or none does, too.

    There the bootstrap draws nothing but likes, and says 1 to 1 of two clips as of two hundred. Wilson's interval at n
    items stands in its place: Wilson (1927), doi:10.1080/01621459.1927.10502953; for shares near 0 and 1 recommended by
    Brown, Cai & DasGupta (2001), doi:10.1214/ss/1009213286. Elsewhere the bootstrap over items is kept, since an item's
    share of pairs need not be 0 or 1.

    Ten clips of ten: from n / (n + z^2) = 10 / 13.84 on.

    >>> found = share(np.array([[2.0, 0, 0, 0]] * 10))
    >>> found.value, round(found.low, 3), round(found.high, 3)
    (1.0, 0.722, 1.0)
    """
    found = percent(votes, within)
    if found.value in (0.0, 1.0):
        low, high = wilson(found.value * found.items, found.items)
        return replace(found, low=low, high=high)
    return found


def result(now: Sequence[Said], before: Sequence[Said], items: Sequence[int], mark: float = MARK) -> Result:
    """What people say under a draft, beside what others said of the same items under the last version.

    A rule's items are those for which somebody cites it under the draft: both figures are of these items, with all their
    grades. A pair's figure takes the grades at its two levels alone: of two such grades of an item, how often the same.

    >>> said = [Said(1, 7, 3, "car"), Said(2, 7, 3, None), Said(1, 8, 3, "bus"), Said(2, 8, 1, "bus")]
    >>> found = result(said, [], [7, 8], 0.75)
    >>> [(one.of, one.exact.value, one.under) for one in found.rules], found.exact.value
    ([('bus', 0.0, True), ('car', 1.0, False)], 0.5)
    """
    here, there = votes(now, items), votes(before, items)
    cited: dict[str, set[int]] = {}
    for one in now:
        if one.rule is not None:
            cited.setdefault(one.rule, set()).add(one.item)
    rules = []
    for rule in sorted(cited):
        rows = [at for at, item in enumerate(items) if item in cited[rule]]
        exact = share(here[rows])
        rules.append(Figure(rule, exact, share(there[rows]), exact.value is not None and exact.value < mark))
    pairs = []
    for low, high in PAIRS:
        exact = share(here[:, [low, high]])
        if exact.items:
            pairs.append(Figure(f"{low}/{high}", exact, share(there[:, [low, high]])))
    return Result(
        alpha(here), alpha(there), share(here), share(there), share(here, 1), share(there, 1), mark,
        tuple(rules), tuple(pairs),
    )  # fmt: skip
