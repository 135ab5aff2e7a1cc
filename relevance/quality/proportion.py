"""A share with its interval: 40 right of 50 may be a grader of 0.67 or of 0.89.

Wilson's score interval,

    (p + z^2 / 2n +- z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n),   z = 1.96

holds its 95 % also for few answers and near 0 and 1, where p +- z s does not. Wilson (1927),
doi:10.1080/01621459.1927.10502953; compared by Brown, Cai & DasGupta (2001), doi:10.1214/ss/1009213286.
"""

from __future__ import annotations

from math import sqrt

Z = 1.959963984540054


def wilson(hits: float, n: float) -> tuple[float, float]:
    """The 95 % interval of a share of `hits` in `n`; (0, 1) where n is 0: nothing is known.

    >>> [round(end, 3) for end in wilson(40, 50)]
    [0.67, 0.888]
    >>> [round(end, 3) for end in wilson(10, 10)]
    [0.722, 1.0]
    """
    if n <= 0:
        return 0.0, 1.0
    p = hits / n
    middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z * sqrt(max(p * (1 - p), 0) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
    return max(0.0, middle - half), min(1.0, middle + half)
