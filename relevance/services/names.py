"""Finding a thing by the name that somebody typed, or saying what comes nearest."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable


def fold(text: str) -> str:
    """What makes two texts one name: NFKC, white space folded, case ignored.

    >>> fold(" Ｒed   Car ")
    'red car'
    """
    return " ".join(unicodedata.normalize("NFKC", text).split()).casefold()


def nearest(name: str, names: Iterable[str], n: int = 3) -> list[str]:
    """The names that come nearest to one, the best first.

    >>> nearest("demmo", ["demo", "other"])
    ['demo']
    """
    by_fold: dict[str, str] = {fold(other): other for other in names}
    return [by_fold[found] for found in difflib.get_close_matches(fold(name), by_fold, n=n, cutoff=0.5)]
