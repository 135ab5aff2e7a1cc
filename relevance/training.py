"""What an exam is made of, and what its answers say about its items.

Drawing: a blueprint's cells (so many of a rule, a level, a keyword, a difficulty) are filled together, so that an item
which fits two cells is given to the one that needs it. Items that a person had lately are left out.

Item analysis: an item's *difficulty* is the share of right answers, its *discrimination* the point-biserial correlation
between a right answer and the rest of the score,

    r = (M1 - M0) / s * sqrt(p (1 - p))

with M1, M0 the mean rest score of those who were right and wrong, s its standard deviation (over n), p the share of right
answers: Tate (1954), doi:10.1214/aoms/1177728730. The item itself is left out of the score that it is correlated with,
since a short exam's item is part of what it would explain: Henrysson (1963), doi:10.1007/BF02289618.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

from relevance.errors import BadInput
from relevance.quality.proportion import wilson

FEWEST = 5  # answers before a correlation is said


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item with a known level that an exam may ask."""

    item: int
    level: int
    keyword: int
    rule: str | None = None
    difficulty: str = "middle"


@dataclass(frozen=True, slots=True)
class Cell:
    """So many items of a kind; None: any. `pair`: the lower of two neighbouring levels, both of which fit."""

    n: int
    rule: str | None = None
    level: int | None = None
    pair: int | None = None
    keyword: int | None = None
    difficulty: str | None = None

    def takes(self, one: Candidate) -> bool:
        """Whether an item is of this kind."""
        return (
            (self.rule is None or one.rule == self.rule)
            and (self.level is None or one.level == self.level)
            and (self.pair is None or one.level in (self.pair, self.pair + 1))
            and (self.keyword is None or one.keyword == self.keyword)
            and (self.difficulty is None or one.difficulty == self.difficulty)
        )


def cell_data(cell: Cell) -> dict[str, Any]:
    """A cell as JSON, without what it leaves open."""
    return {name: value for name, value in asdict(cell).items() if value is not None}


def draw(
    cells: Sequence[Cell], candidates: Iterable[Candidate], seed: int, used: Collection[int] = ()
) -> list[Candidate]:
    """Items for one attempt, in the order in which they are asked; the same for the same seed.

    Args:
        cells: the blueprint.
        candidates: what there is.
        seed: the attempt's: order and items differ from person to person.
        used: items that this person must not get.

    Raises:
        BadInput: there are not enough items; it says of what kind, and how many are missing.

    >>> pool = [Candidate(1, 0, 7, "a"), Candidate(2, 3, 7, "a"), Candidate(3, 3, 8, "b")]
    >>> sorted(one.item for one in draw([Cell(1, rule="a"), Cell(1, level=0)], pool, seed=4))
    [1, 2]
    >>> draw([Cell(2, rule="b")], pool, seed=1)
    Traceback (most recent call last):
    relevance.errors.BadInput: The exam can't be drawn: 1 items are missing of rule b. Make more gold, or ask fewer.
    """
    chance = random.Random(seed)
    free = sorted((one for one in candidates if one.item not in set(used)), key=lambda one: one.item)
    chance.shuffle(free)
    slots = [cell for cell in cells for _ in range(cell.n)]
    holder: dict[int, int] = {}  # item -> slot

    def place(slot: int, tried: set[int]) -> bool:
        """Gives a slot an item, moving another slot to another item where that helps."""
        for one in free:
            if one.item in tried or not slots[slot].takes(one):
                continue
            tried.add(one.item)
            if one.item not in holder or place(holder[one.item], tried):
                holder[one.item] = slot
                return True
        return False

    missing = [slot for slot in range(len(slots)) if not place(slot, set())]
    if missing:
        cell = slots[missing[0]]
        raise BadInput(
            "The exam can't be drawn: {n} items are missing of {kind}. Make more gold, or ask fewer.",
            n=len(missing),
            kind=kind(cell),
        )
    drawn = [one for one in free if one.item in holder]
    chance.shuffle(drawn)
    return drawn


def kind(cell: Cell) -> str:
    """What a cell asks for, in the words of the records.

    >>> kind(Cell(3, rule="toy", level=2)), kind(Cell(1))
    ('rule toy, level 2', 'any kind')
    """
    said = [f"{name} {value}" for name, value in cell_data(cell).items() if name != "n"]
    return ", ".join(said) or "any kind"


def spread(n: int, rules: Sequence[str]) -> list[Cell]:
    """A blueprint for who has none: n items, evenly over the boundaries between levels, each rule at least once.

    >>> [(cell.n, cell.rule or cell.pair) for cell in spread(9, ["a", "b"])]
    [(1, 'a'), (1, 'b'), (3, 0), (2, 1), (2, 2)]
    """
    first = [Cell(1, rule=rule) for rule in rules[: max(0, n)]]
    rest = n - len(first)
    return first + [
        Cell(size, pair=low) for low, size in enumerate((rest + 2 - part) // 3 for part in range(3)) if size > 0
    ]


@dataclass(frozen=True, slots=True)
class ItemFigures:
    """What the answers say about one item. `discrimination` None: too few answers, or all the same."""

    item: int
    n: int
    right: int
    low: float
    high: float
    discrimination: float | None
    good: int  # answers by people who passed
    good_failed: int  # of them, wrong

    @property
    def difficulty(self) -> float | None:
        """Share of right answers: the greater, the easier (the field's own way round)."""
        return self.right / self.n if self.n else None

    @property
    def doubtful(self) -> bool:
        """Good people fail it, or the better a person, the likelier he fails: the guideline may be at fault."""
        return (self.good >= 3 and self.good_failed > self.good / 2) or (
            self.discrimination is not None and self.discrimination < 0
        )


def point_biserial(right: Sequence[bool], score: Sequence[float]) -> float | None:
    """The correlation between a right answer and a score; None where either does not vary.

    M1 = 3, M0 = 1.5, s = sqrt(1.1875) = 1.09, p = 1/2:  1.5 / 1.09 * 0.5 = 0.688.

    >>> round(point_biserial([False, True, False, True], [1, 2, 2, 4]), 3)
    0.688
    >>> point_biserial([True, True], [1, 2]) is None
    True
    """
    n, hits = len(right), sum(right)
    if n == 0 or hits in (0, n):
        return None
    mean = sum(score) / n
    s = sqrt(sum((one - mean) ** 2 for one in score) / n)
    if s == 0:
        return None
    high = sum(one for one, ok in zip(score, right, strict=True) if ok) / hits
    low = sum(one for one, ok in zip(score, right, strict=True) if not ok) / (n - hits)
    p = hits / n
    return (high - low) / s * sqrt(p * (1 - p))


def analyse(attempts: Sequence[tuple[Mapping[int, bool], bool]]) -> list[ItemFigures]:
    """Item analysis over attempts, the most doubtful first.

    Args:
        attempts: for each, whether each of its items was right, and whether it was passed.

    The rest score is the share of the attempt's other items that were right, since attempts differ in their items.
    """
    by_item: dict[int, list[tuple[bool, float, bool]]] = {}
    for said, passed in attempts:
        total = sum(said.values())
        for item, right in said.items():
            rest = (total - right) / (len(said) - 1) if len(said) > 1 else 0.0
            by_item.setdefault(item, []).append((right, rest, passed))
    found = []
    for item, answers in by_item.items():
        n, hits = len(answers), sum(one[0] for one in answers)
        low, high = wilson(hits, n)
        r = point_biserial([one[0] for one in answers], [one[1] for one in answers]) if n >= FEWEST else None
        good = [one for one in answers if one[2]]
        found.append(ItemFigures(item, n, hits, low, high, r, len(good), sum(not one[0] for one in good)))
    return sorted(found, key=lambda one: (not one.doubtful, one.right / one.n, one.item))
