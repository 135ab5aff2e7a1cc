"""What a meeting talks about, and in which order: the most value for its minutes first, until the time is spent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

CASE_MINUTES = 1.5  # an item that is argued over alone


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that could be decided: one item, or a cluster that one rule would settle.

    telling: the item whose clip shows best what is asked. value: what deciding it is worth, minutes: what it costs.
    why: what holds it together, as an agenda keeps it.
    """

    key: str
    telling: int
    items: tuple[int, ...]
    value: float
    minutes: float
    keyword: int = 0
    cause: str | None = None
    why: str = ""

    @property
    def per_minute(self) -> float:
        """Value per minute."""
        return self.value / self.minutes


def fill(candidates: Iterable[Candidate], minutes: float, taken: Collection[int] = ()) -> list[Candidate]:
    """The agenda for so many minutes: by value per minute, each item at most once.

    One that takes longer than what is left is passed over for the next that fits. Items in `taken` (of another meeting,
    or on this agenda already) are left out of their cluster; where the telling one is taken, the next stands for it.
    The order depends on nothing but the candidates: ties go by key.

    >>> a = Candidate("a", 1, (1, 2, 3), value=9, minutes=4)
    >>> b = Candidate("b", 4, (4,), value=3, minutes=1.5)
    >>> [one.key for one in fill([a, b], 5)], [one.key for one in fill([a, b], 6)]
    (['a'], ['a', 'b'])
    """
    chosen: list[Candidate] = []
    used, left = set(taken), minutes
    for one in sorted(candidates, key=lambda one: (-one.per_minute, one.key)):
        items = tuple(item for item in one.items if item not in used)
        if not items or one.minutes > left:
            continue
        telling = one.telling if one.telling in items else items[0]
        chosen.append(replace(one, telling=telling, items=items))
        used.update(items)
        left -= one.minutes
    return chosen


def moved(order: Sequence[int], one: int, to: int) -> list[int]:
    """The order after one case was taken to another place (0 is the first; what lies outside goes to the end).

    >>> moved([7, 8, 9], 9, 0), moved([7, 8, 9], 7, 99), moved([7, 8, 9], 5, 0)
    ([9, 7, 8], [8, 9, 7], [7, 8, 9])
    """
    if one not in order:
        return list(order)
    rest = [other for other in order if other != one]
    rest.insert(max(0, min(to, len(rest))), one)
    return rest
