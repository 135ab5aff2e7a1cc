"""How much two different levels still agree: 1 on the diagonal, less the farther they lie apart.

- nominal: 0 for any two different levels.
- linear: 1 - |k - l| / (K - 1).
- quadratic: 1 - (k - l)^2 / (K - 1)^2.
- ordinal: 1 - C(|k - l| + 1, 2) / C(K, 2), Gwet (2014), Handbook of Inter-Rater Reliability, 4th ed., ISBN 978-0970806284.

Cohen (1968), doi:10.1037/h0026256.
"""

from __future__ import annotations

import numpy as np

from relevance.errors import BadInput
from relevance.quality.table import Floats

KINDS = ("nominal", "linear", "quadratic", "ordinal")


def weights(kind: str, levels: int) -> Floats:
    """(K, K) agreement weights.

    Raises:
        BadInput: there is no such kind.

    >>> weights("ordinal", 4)[0].round(3).tolist()      # C(2,2)/6, C(3,2)/6, C(4,2)/6 less than 1
    [1.0, 0.833, 0.5, 0.0]
    """
    k = np.arange(levels)
    apart = np.abs(k[:, None] - k).astype(np.float64)
    if kind == "nominal":
        return np.eye(levels)
    if kind == "linear":
        return np.asarray(1 - apart / (levels - 1))
    if kind == "quadratic":
        return np.asarray(1 - (apart / (levels - 1)) ** 2)
    if kind == "ordinal":
        return np.asarray(1 - apart * (apart + 1) / (levels * (levels - 1)))
    raise BadInput("There are no weights called {kind}. Choose one of: {kinds}.", kind=kind, kinds=", ".join(KINDS))
