"""The one shape that every statistic here takes: who gave which level to which item.

A `Grades` table holds three equally long integer arrays (item, grader, level) and the ids behind the first two. It is
sorted by item id and then grader id when it is made, so that no result ever depends on the order of the rows.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relevance.errors import BadInput, Place
from relevance.texts import N_

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

NO_ID = {"item": N_("the item has no id."), "grader": N_("the grader has no id.")}
SHOWN = 100  # faults named one by one; more are only counted
MOST = 20  # levels of a scale that nobody named: a grade of 67 is a percentage, not a level


@dataclass(frozen=True, slots=True)
class Grades:
    """Grades of items by graders.

    Attributes:
        item: (n,) codes 0..N-1 into `items`, not falling.
        grader: (n,) codes 0..J-1 into `graders`.
        level: (n,) levels 0..K-1.
        items: (N,) ids as they were given, in sorted order.
        graders: (J,) ids as they were given, in sorted order.
        levels: K, how many levels the scale has.
        ordered: whether a level lies nearer to its neighbour than to the next but one.
    """

    item: Ints
    grader: Ints
    level: Ints
    items: NDArray[Any]
    graders: NDArray[Any]
    levels: int
    ordered: bool = True

    def __len__(self) -> int:
        return len(self.item)

    @property
    def votes(self) -> Floats:
        """(N, K) how many grades an item has at each level."""
        flat = np.bincount(
            self.item.astype(np.int64) * self.levels + self.level, minlength=len(self.items) * self.levels
        )
        return flat.reshape(len(self.items), self.levels).astype(np.float64)

    def only(self, rows: NDArray[Any]) -> Grades:
        """The same items, graders and scale with some of the grades (a mask or row numbers)."""
        keep = np.sort(np.flatnonzero(rows) if rows.dtype == bool else rows)
        return Grades(
            self.item[keep], self.grader[keep], self.level[keep], self.items, self.graders, self.levels, self.ordered
        )


@dataclass(frozen=True, slots=True)
class Read:
    """A table and what was noticed while it was made. `kept` are the numbers of the given rows, in the table's order."""

    grades: Grades
    warnings: tuple[Place, ...]
    kept: NDArray[np.int64]


def table(
    item: Sequence[Any],
    grader: Sequence[Any],
    grade: Sequence[Any],
    *,
    levels: int | None = None,
    ordered: bool = True,
    file: str = "",
    numbers: NDArray[Any] | None = None,
) -> Read:
    """A checked table from three columns.

    A grader who answers an item twice counts once, with the last row; that is warned of. Where `levels` is not given,
    it is the largest grade and one, from 2 to 20.

    Args:
        item: (n,) ids: text or numbers; kept as given.
        grader: (n,) ids.
        grade: (n,) levels 0..K-1; text and floats that are whole numbers are taken.
        levels: K.
        ordered: whether the levels have an order.
        file: its name, for messages.
        numbers: (n,) the rows' numbers in the file, for messages; 2, 3, ... if left out (the header is row 1).

    Raises:
        BadInput: there are no rows, an id or a grade is missing, a grade is no whole number or outside the scale;
            `places` names the rows.

    >>> read = table(["b", "a", "a"], [1, 1, 2], [3, 0, "2"])
    >>> read.grades.items.tolist(), read.grades.item.tolist(), read.grades.level.tolist(), read.grades.levels
    (['a', 'b'], [0, 0, 1], [0, 2, 3], 4)
    >>> table(["a"], [1], [4], levels=4).grades
    Traceback (most recent call last):
    relevance.errors.BadInput: Nothing was computed: 1 faults in the grades.
    """
    if len(item) == 0:
        raise BadInput(
            "{file} holds no grades: it needs the columns item, grader, grade and a row a grade.", file=file or "-"
        )
    if levels is not None and levels < 2:
        raise BadInput("A scale has at least two levels; {levels} were asked for.", levels=levels)
    import pandas as pd  # half a second that a server's start need not wait for

    numbers = np.arange(2, len(item) + 2) if numbers is None else numbers
    items, graders = _ids(item), _ids(grader)
    (item_code, item_ids), (grader_code, grader_ids) = _codes(items), _codes(graders)
    # Each different grade is looked at once: a million of them are three or four.
    said, different = _factorized(_textlike(pd.Series(grade).astype(object).to_numpy()))
    number = _of(said, pd.to_numeric(pd.Series(different, dtype=object), errors="coerce").to_numpy(dtype=np.float64))
    faults: list[Place] = []
    count = 0

    def fault(bad: NDArray[np.bool_], sentence: str, column: str, given: Sequence[Any], **values: Any) -> None:
        nonlocal count
        rows = np.flatnonzero(bad)
        count += len(rows)
        for row in rows[: max(0, SHOWN - len(faults))]:
            faults.append(
                Place(sentence, file, int(numbers[row]), column, str(given[int(row)]), tuple(sorted(values.items())))
            )

    empty = (said < 0) | _of(said, np.array([str(each).strip() == "" for each in different], dtype=bool), False)
    for kind, ids, code, given in (("item", items, item_code, item), ("grader", graders, grader_code, grader)):
        lists = _lists(ids)
        fault((code < 0) & ~lists, NO_ID[kind], kind, given)
        fault(lists, N_("{value} is no id: text or a number is."), kind, given)
    fault(empty, N_("there is no grade. Leave the row out, or give a level."), "grade", grade)
    infinite = ~empty & ~np.isfinite(number)
    fault(infinite, N_("{value} is not a whole number."), "grade", grade)
    finite = np.isfinite(number)
    fault(finite & (number != np.round(number)), N_("{value} is not a whole number."), "grade", grade)
    whole = finite & (number == np.round(number))
    top = (levels or MOST) - 1
    fault(
        whole & ((number < 0) | (number > top)), N_("{value} is outside the scale 0 to {top}."), "grade", grade, top=top
    )
    if count:
        faults.sort(key=lambda place: (place.row or 0, place.column or ""))
        raise BadInput("Nothing was computed: {faults} faults in the grades.", places=faults, count=count, faults=count)

    level = number.astype(np.int32)
    order = np.lexsort((np.arange(len(level)), grader_code, item_code))
    same = (np.diff(item_code[order]) == 0) & (np.diff(grader_code[order]) == 0)
    superseded, kept = order[:-1][same], order[np.append(~same, True)]
    warnings = tuple(
        Place(
            "grader {grader} answered item {item} again further down; this answer is not counted.",
            file, int(numbers[row]), None, None, (("grader", graders[row]), ("item", items[row])),
        )
        for row in np.sort(superseded)
    )  # fmt: skip
    highest = int(level.max()) + 1
    grades = Grades(
        item_code[kept], grader_code[kept], level[kept], item_ids, grader_ids, levels or max(2, highest), ordered
    )
    return Read(grades, warnings, kept.astype(np.int64))


def coded(
    item: Ints, grader: Ints, level: Ints, *, levels: int, ordered: bool = True, items: int = 0, graders: int = 0
) -> Grades:
    """A table from codes that are known to be good (0..N-1, 0..J-1, 0..K-1, no grader twice on an item): no checks.

    >>> coded(np.array([1, 0]), np.array([0, 0]), np.array([2, 3]), levels=4).level.tolist()
    [3, 2]
    """
    order = np.lexsort((grader, item))
    n_items = max(items, int(item.max()) + 1 if len(item) else 0)
    n_graders = max(graders, int(grader.max()) + 1 if len(grader) else 0)
    return Grades(
        item[order].astype(np.int32), grader[order].astype(np.int32), level[order].astype(np.int32),
        np.arange(n_items), np.arange(n_graders), levels, ordered,
    )  # fmt: skip


def _ids(column: Sequence[Any]) -> NDArray[Any]:
    """Ids as an array; whole floats (a column of numbers with a gap in it) become integers again."""
    import pandas as pd

    ids = pd.Series(column).to_numpy()
    if ids.dtype.kind in "iu":
        return np.asarray(ids)
    if ids.dtype.kind == "f" and np.all(np.isnan(ids) | (ids == np.round(ids))):
        return np.array([None if np.isnan(i) else int(i) for i in ids], dtype=object)
    return np.asarray(ids, dtype=object)


def _lists(ids: NDArray[Any]) -> NDArray[np.bool_]:
    """Which ids are lists or objects, as JSON and Parquet can hold: nothing can be told apart by them."""
    if ids.dtype.kind in "iu" or all(issubclass(kind, Hashable) for kind in set(map(type, ids))):
        return np.zeros(len(ids), dtype=bool)
    return np.array([not isinstance(i, Hashable) for i in ids], dtype=bool)


def _textlike(values: NDArray[Any]) -> NDArray[Any]:
    """What nothing can be told apart by, as text: it is no level and no id, and is said as it was given."""
    lists = _lists(values)
    if not lists.any():
        return values
    return np.array([str(value) if bad else value for value, bad in zip(values, lists, strict=True)], dtype=object)


def _factorized(values: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Codes, -1 for what is missing, and the different values."""
    import pandas as pd

    code, different = pd.factorize(values, sort=False)
    return np.asarray(code), np.asarray(different)


def _of(code: NDArray[np.int64], each: NDArray[Any], missing: Any = np.nan) -> NDArray[Any]:
    """The value of each code; `missing` where it is -1."""
    return np.append(each, missing)[code]


def _codes(ids: NDArray[Any]) -> tuple[Ints, NDArray[Any]]:
    """Codes in the order of the ids, -1 for a missing or blank one. Ids of mixed kinds are ordered as text."""
    code, unique = _factorized(_textlike(ids))
    kinds = set(map(type, unique)) if unique.dtype.kind == "O" else set()
    if unique.dtype.kind in "iu" or all(issubclass(kind, int) for kind in kinds):
        rank = np.argsort(unique, kind="stable")
    elif kinds == {str}:
        rank = np.array(sorted(range(len(unique)), key=unique.tolist().__getitem__), dtype=int)
    else:  # by kind after text: 1 and "1" are two ids, whichever comes first
        rank = np.array(sorted(range(len(unique)), key=lambda i: (str(unique[i]), type(unique[i]).__name__)), dtype=int)
    if unique.dtype.kind == "O":
        named = np.array([str(unique[i]).strip() != "" for i in rank], dtype=bool)
        rank = rank[named]
    place = np.full(len(unique) + 1, -1, dtype=np.int32)  # the last is for what is missing
    place[rank] = np.arange(len(rank), dtype=np.int32)
    return place[code], unique[rank]
