"""The four levels and how they are shown as percentages.

A level is what is stored: 0, 1, 2 or 3, the lowest first. What a screen shows is a project's policy: the ends are
always 0 % and 100 %, the two in the middle may move.
"""

from __future__ import annotations

from collections.abc import Sequence

from relevance.errors import BadInput

LEVELS = (0, 1, 2, 3)
PERCENTS = (0, 33, 67, 100)


def check_percents(percents: Sequence[int]) -> tuple[int, int, int, int]:
    """The four percentages, lowest level first: 0 and 100 at the ends, rising strictly between.

    >>> check_percents([0, 25, 75, 100])
    (0, 25, 75, 100)

    Raises:
        BadInput: they are not four, do not rise, or do not end at 0 and 100.
    """
    if len(percents) != 4:
        raise BadInput("A scale has four percentages, lowest first; {n} were given.", n=len(percents))
    low, first, second, high = percents
    if not (low == 0 and high == 100 and 0 < first < second < 100):
        raise BadInput(
            "The percentages {percents} must rise from 0 to 100, for example 0, 33, 67, 100.", percents=list(percents)
        )
    return (low, first, second, high)


def level_of_percent(percent: float, percents: Sequence[int] = PERCENTS) -> int | None:
    """The level that is shown as this percentage, or None.

    >>> level_of_percent(67)
    2
    >>> level_of_percent(3) is None     # never an index
    True
    """
    return next((level for level, shown in enumerate(percents) if shown == percent), None)
