"""Grades as a sparse matrix, so that a round over ten million of them is two products.

A *hand* is a grader saying a level: column j * K + l. Both products are plain sums in a fixed order: the same on any
number of threads.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from relevance.quality.table import Floats, Grades


def by_items(grades: Grades) -> Any:
    """The (N, J*K) matrix with a 1 for each grade, in CSR form; `by_item @ x` sums x (J*K, m) over each item's hands."""
    import scipy.sparse as sp  # a tenth of a second that a server's start need not wait for

    hands = len(grades.graders) * grades.levels
    hand = grades.grader * np.int32(grades.levels) + grades.level
    start = np.zeros(len(grades.items) + 1, dtype=np.int32)
    np.cumsum(np.bincount(grades.item, minlength=len(grades.items)), out=start[1:])
    return sp.csr_array((np.ones(len(hand)), hand, start), shape=(len(grades.items), hands))


def incidence(grades: Grades) -> tuple[Any, Any]:
    """`by_items` and its transpose, both in CSR form; `by_hand @ q` sums q (N, m) over the items of each hand."""
    by_item = by_items(grades)
    return by_item, by_item.T.tocsr()


def softmax(logs: Floats) -> Floats:
    """Rows of logarithms as shares that sum to 1, whatever their size.

    >>> softmax(np.log(np.array([[1., 3.]]))).tolist()
    [[0.25, 0.75]]
    """
    # Column by column: a reduction over four numbers a row costs more than the rest together.
    columns = [logs[:, k] for k in range(logs.shape[1])]
    top = columns[0]
    for column in columns[1:]:
        top = np.maximum(top, column)
    parts = np.exp(logs - top[:, None])
    total = parts[:, 0].copy()
    for k in range(1, parts.shape[1]):
        total += parts[:, k]
    parts /= total[:, None]
    return np.asarray(parts)
