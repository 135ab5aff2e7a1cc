"""Precedents: which ones stand closest to an item, and which two contradict each other. Pure.

A precedent reaches as far as its scope: this pair of clip and keyword, its keyword, the keyword's family, or everything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeVar

_K = TypeVar("_K")
Scope = Literal["pair", "keyword", "family", "general"]
SCOPES: tuple[Scope, ...] = ("pair", "keyword", "family", "general")
FEW = 3  # the nearest of those that say otherwise are shown; the others are counted


@dataclass(frozen=True, slots=True)
class Precedent:
    """A decision that stands for its like, with the item that it was made on."""

    id: int
    project: int
    item: int
    keyword: int
    family: str | None
    clip: int
    level: int
    reason: str
    rule: str | None
    scope: Scope
    made_at: datetime
    keyword_zh: str | None = None
    keyword_en: str | None = None
    content_id: str = ""
    seen: tuple[int, int] | None = None  # the lowest and the highest grade of its example, where that was asked


def reaches(one: Precedent, keyword: int, family: str | None, clip: int) -> int | None:
    """How close a precedent stands to an item: 0 the same pair, 1 its keyword, 2 its family, 3 general; None: not at all."""
    if one.keyword == keyword and one.clip == clip:
        return 0
    if one.keyword == keyword and one.scope != "pair":
        return 1
    if family and one.family == family and one.scope in ("family", "general"):
        return 2
    return 3 if one.scope == "general" else None


def overlap(one: Precedent, other: Precedent) -> int | None:
    """How close the nearest items are that both reach, as `reaches` counts it; None: there are none.

    Scopes lie within each other (pair, keyword, family, general), so both reach something exactly where the wider one
    reaches what the narrower one was made of.
    """
    narrow, wide = sorted((one, other), key=lambda p: SCOPES.index(p.scope))
    return reaches(wide, narrow.keyword, narrow.family, narrow.clip)


def seen_apart(one: Precedent, other: Precedent) -> bool:
    """Whether the graders themselves tell the two examples apart, in the order of the levels that were decided.

    They do where nobody gave the example of the lower level more than anybody gave that of the higher one, and somebody
    less: 67 or 100 % on the one clip, 0 or 33 % on the other. What is not graded tells nothing apart.
    """
    low, high = sorted((one, other), key=lambda p: p.level)
    if low.seen is None or high.seen is None:
        return False
    return low.seen[1] <= high.seen[0] and low.seen[0] < high.seen[1]


def contradict(one: Precedent, other: Precedent) -> bool:
    """Whether two give different levels to one pair, or to their like without anything that tells these apart.

    Two of the same pair always do. Otherwise both must reach the same items and name the same rule or both none: a rule
    says what is to be seen, so with another rule, or beside one that names none, a precedent speaks of other things.
    A general one without a rule does not say what it is about; it is held to its own keyword and family. And graders
    must have taken the one example for the other: `seen_apart`.
    """
    if one.id == other.id or one.project != other.project or one.level == other.level:
        return False
    if one.keyword == other.keyword and one.clip == other.clip:
        return True
    near = overlap(one, other)
    if near is None or one.rule != other.rule or (one.rule is None and near > 2):
        return False
    return not seen_apart(one, other)


class Book:
    """Precedents by project, keyword and family, so that the closest few cost the same among five and five thousand."""

    def __init__(self, all_: Iterable[Precedent]) -> None:
        self._keyword: dict[tuple[int, int], list[Precedent]] = {}
        self._family: dict[tuple[int, str], list[Precedent]] = {}
        self._general: dict[int, list[Precedent]] = {}
        self.newest = 0
        self.replaced = 0  # the newest act that it knows of which put one precedent in another's place
        for one in sorted(all_, key=lambda p: -p.id):
            self.newest = max(self.newest, one.id)
            self._keyword.setdefault((one.project, one.keyword), []).append(one)
            if one.family and one.scope in ("family", "general"):
                self._family.setdefault((one.project, one.family), []).append(one)
            if one.scope == "general":
                self._general.setdefault(one.project, []).append(one)

    def with_(self, new: Iterable[Precedent], superseded: Iterable[int]) -> Book:
        """The book with a few more precedents, and without those whose place they take. Only the lists of the keywords
        and families that they touch are made anew; whoever reads the old book goes on reading it."""
        gone, added = set(superseded), Book(new)
        if not added.newest and not gone:
            return self
        book = Book(())
        book.newest = max(self.newest, added.newest)
        book._keyword = _joined(added._keyword, self._keyword, gone)
        book._family = _joined(added._family, self._family, gone)
        book._general = _joined(added._general, self._general, gone)
        return book

    def closest(self, project: int, keyword: int, family: str | None, clip: int, n: int = 3) -> list[Precedent]:
        """The n closest to an item: the same pair, its keyword, its family, general; among equals the newest."""
        near = self._keyword.get((project, keyword), [])
        like = self._family.get((project, family), [])[: n + len(near)] if family else []
        wide = self._general.get(project, [])[: n + len(near) + len(like)]
        found: dict[int, tuple[int, int, Precedent]] = {}
        for one in (*near, *like, *wide):
            distance = reaches(one, keyword, family, clip)
            if distance is not None:
                found[one.id] = (distance, -one.id, one)
        return [entry[2] for entry in sorted(found.values(), key=lambda entry: entry[:2])[:n]]


def _joined(
    new: dict[_K, list[Precedent]], old: dict[_K, list[Precedent]], gone: set[int]
) -> dict[_K, list[Precedent]]:
    """Both by key, the newest first, without those that are gone."""
    found = dict(old)
    for key, rows in new.items():
        found[key] = [*rows, *old.get(key, ())]
    if gone:
        for key, rows in found.items():
            if not gone.isdisjoint(one.id for one in rows):
                found[key] = [one for one in rows if one.id not in gone]
    return found
