"""A round over all items, a piece of them at a time: what is computed of a piece stays in the processor's cache.

A piece's sums are in single precision, those over pieces in double. Pieces are cut by the number of items and hands alone,
and added in their order: the same figures on any number of threads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relevance.quality.table import Floats

LEAST = 16_384  # items: their columns fit the cache, and a few dozen calls of numpy are nothing beside them


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of the items.

    Attributes:
        rows: where they stand among all, n of them.
        grades: (n, J*K) a 1 for each grade, single precision.
        turned: the same, (J*K, n): made once, since scipy checks each matrix that it makes.
        n: (n,) grades of each, or one number where all have as many.
        known: which of them have gold.
        certain: (gold items, K) their levels.
        unknown: (n,) 0 for an item with gold, 1 for the others; None where none has any.
    """

    rows: slice
    grades: Any
    turned: Any
    n: NDArray[np.int32] | int
    known: NDArray[np.int64]
    certain: Floats
    unknown: NDArray[np.float32] | None

    def hands(self, q: NDArray[Any]) -> NDArray[Any]:
        """(J*K, K) q (n, K) summed over each hand's items, gold in its place."""
        if len(self.known):
            q = q.copy()
            q[self.known] = self.certain
        return np.asarray(self.turned @ q)


def pieces(by_item: Any, known: NDArray[np.int64], certain: Floats) -> list[Piece]:
    """All items, cut.

    Args:
        by_item: (N, J*K) as `sparse.by_items` makes it.
        known: item numbers with gold, rising.
        certain: (len(known), K) their levels.
    """
    import scipy.sparse as sp  # a tenth of a second that a server's start need not wait for

    total, hands = by_item.shape
    # At least as many items as hands: adding up a table of hands must not cost more than the items do.
    step = max(LEAST, hands)
    ones = np.ones(len(by_item.indices), dtype=np.float32)
    found = []
    for begin in range(0, total, step):
        rows = slice(begin, min(begin + step, total))
        first, last = by_item.indptr[begin], by_item.indptr[rows.stop]
        start = by_item.indptr[begin : rows.stop + 1] - first
        grades = sp.csr_array((ones[first:last], by_item.indices[first:last], start), shape=(len(start) - 1, hands))
        n = np.diff(start)
        low, high = np.searchsorted(known, [begin, rows.stop])
        here = known[low:high] - begin
        unknown = np.ones(len(n), dtype=np.float32) if len(here) else None
        if unknown is not None:
            unknown[here] = 0
        alike = n if n.min() != n.max() else int(n[0])
        found.append(Piece(rows, grades, grades.T, alike, here, certain[low:high], unknown))
    return found


def believe(
    joint: NDArray[Any], p: Floats, weak: NDArray[Any], counted: NDArray[np.float32] | None = None
) -> tuple[NDArray[Any], Floats]:
    """q, and how many items would be of each level with the full power of p; both the mean over the anchors.

    One item, one anchor, two levels as likely by the grades; p is 0.9 and 0.1, its square root 0.949 and 0.316:

    >>> q, whole = believe(np.zeros((1, 2)), np.array([.9, .1]), np.sqrt([.9, .1]))
    >>> q.round(3).tolist(), whole.round(3).tolist()
    ([[0.75, 0.25]], [0.9, 0.1])

    Args:
        joint: (n, A*K) sums of logarithms over an item's hands, in the precision that is wanted.
        p: (K,) shares of the levels.
        weak: (K,) or (n, K) p to the power that q takes it at.
        counted: (n,) weight of each item in the second answer; 1 if left out.
    """
    size, anchors = len(p), joint.shape[1] // len(p)
    strong, even = p.astype(joint.dtype), weak.ndim == 1
    weight = weak.astype(joint.dtype) if even else np.ascontiguousarray(weak.T, dtype=joint.dtype)
    q, total = np.zeros((size, len(joint)), dtype=joint.dtype), np.zeros(size)
    plainly = weak is p and anchors == 1 and counted is None
    # Whole columns at a time; the exponentials are taken once and serve both powers of p. The sums are numpy's own, not
    # those of BLAS, whose order hangs on the number of threads.
    columns = np.ascontiguousarray(joint.T)
    for start in range(0, anchors * size, size):
        block = columns[start : start + size]
        block -= block.max(axis=0)
        np.exp(block, out=block)
        full = np.einsum("k,kn->n", strong, block)
        if plainly:  # one and the same power, all items counted: q itself says how many are of each level
            block /= full
            total += block.sum(axis=1, dtype=np.float64)
            q = block
            continue
        np.divide(1 if counted is None else counted, full, out=full, casting="same_kind")
        total += np.einsum("kn,n->k", block, full)
        tempered = np.einsum("k,kn->n" if even else "kn,kn->n", weight, block)
        block *= np.divide(1 / anchors, tempered, out=tempered)
        q += block
    q *= weight[:, None] if even else weight
    rows = np.empty(q.T.shape, dtype=q.dtype)
    for k in range(size):  # three times as fast as a transposed copy
        rows[:, k] = q[k]
    return rows, total * p / anchors
