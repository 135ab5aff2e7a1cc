"""Many rows, column by column, as DuckDB reads them where they lie: numpy arrays, what is missing masked.

Arrow would do as well, but for its first array it imports pandas, which is much of a command's start.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

Kind = Literal["bigint", "smallint", "double", "varchar"]
Columns = Mapping[str, np.ndarray[Any, Any]]
_CODES: Mapping[Kind, tuple[str, Any]] = {
    "bigint": ("q", np.int64),
    "smallint": ("h", np.int16),
    "double": ("d", np.float64),
}


def as_columns(given: Mapping[str, Sequence[Any]], kinds: Mapping[str, Kind]) -> dict[str, np.ndarray[Any, Any]]:
    """Lists of Python values as columns of these kinds, ready to be registered; None is null.

    >>> found = as_columns({"item": [7, 8], "gold": [None, 3]}, {"item": "bigint", "gold": "smallint"})
    >>> found["item"].tolist(), found["gold"].tolist()
    ([7, 8], [None, 3])

    Raises:
        TypeError: a text or a fraction where a whole number belongs.
        OverflowError: a number that its column does not hold.
        ValueError: columns of different lengths.
    """
    if len({len(given[name]) for name in kinds}) > 1:
        raise ValueError("columns of different lengths: " + ", ".join(f"{name} {len(given[name])}" for name in kinds))
    return {name: _column(given[name], kind) for name, kind in kinds.items()}


def _column(values: Sequence[Any], kind: Kind) -> np.ndarray[Any, Any]:
    if kind == "varchar":
        texts = np.empty(len(values), dtype=object)
        texts[:] = values
        return texts
    code, dtype = _CODES[kind]
    missing = np.fromiter((value is None for value in values), dtype=bool, count=len(values))
    if not missing.any():
        return np.frombuffer(array(code, values), dtype=dtype)
    there = np.frombuffer(array(code, [0 if value is None else value for value in values]), dtype=dtype)
    return np.ma.masked_array(there, missing)
