"""What a project has already, as an items file may name it: clips, keywords, batches, the scale."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from relevance.exchange.fold import fold
from relevance.exchange.nearest import Nearest


@dataclass(frozen=True, slots=True)
class Scale:
    """How a project shows its levels. names: folded name in either language -> level."""

    percents: tuple[int, ...] = (0, 33, 67, 100)
    names: Mapping[str, int] = field(default_factory=dict)
    shown: Sequence[str] = ()  # the names as written, for messages


@dataclass(frozen=True, slots=True)
class KnownBatch:
    """A batch that exists."""

    id: int
    name: str
    deadline: datetime | None


@dataclass(slots=True)
class KnownKeyword:
    """A keyword that exists."""

    id: int
    key: str
    zh: str | None
    en: str | None
    family: str | None
    note: str | None
    weight: float


@dataclass(slots=True)
class Clips:
    """Finds a clip by its id, its content id, a name (its own, its source's, an alias) or the end of a path."""

    duration: dict[int, int] = field(default_factory=dict)
    label: dict[int, str] = field(default_factory=dict)
    removed: set[int] = field(default_factory=set)
    _exact: dict[str, set[int] | int] = field(default_factory=dict)
    _folded: dict[str, set[int]] | None = None
    _paths: dict[str, list[tuple[str, int]]] = field(default_factory=lambda: defaultdict(list))

    def add(
        self, clip: int, content_id: str, name: str, duration_ms: int, names: Iterable[str], paths: Iterable[str],
        removed: bool = False,
    ) -> None:  # fmt: skip
        """Takes in a clip. names: its source's name and aliases; paths: where these lay when they were taken in."""
        self.duration[clip] = duration_ms
        self.label[clip] = name
        if removed:
            self.removed.add(clip)
        for word in {str(clip), content_id, _composed(name), *map(_composed, names)}:
            self._put(word, clip)
        for path in paths:
            whole = _composed(path.replace("\\", "/"))
            self._paths[whole.rsplit("/", 1)[-1]].append((whole, clip))

    def _put(self, word: str, clip: int) -> None:
        there = self._exact.get(word)
        if there is None:
            self._exact[word] = clip  # nearly every name has one clip: no set for it, a million sets are heavy
        elif isinstance(there, int):
            if there != clip:
                self._exact[word] = {there, clip}
        else:
            there.add(clip)

    def find(self, text: str) -> list[int]:
        """The clips that a text may mean: none, one, or several where it is ambiguous.

        The clip's own names come first; then the ends of paths; then the same without regard to case.
        """
        word = _composed(text.strip())
        there = self._exact.get(word)
        if there is not None:
            return self._living([there] if isinstance(there, int) else sorted(there))
        end = word.replace("\\", "/").lstrip("./")
        if "/" in end:
            ending = "/" + end
            last = end.rsplit("/", 1)[-1]
            return self._living(
                sorted({clip for path, clip in self._paths.get(last, []) if path == end or path.endswith(ending)})
            )
        return self._living(sorted(self._by_fold.get(fold(word), ())))

    def _living(self, found: list[int]) -> list[int]:
        return [clip for clip in found if clip not in self.removed] or found

    @property
    def _by_fold(self) -> dict[str, set[int]]:
        if self._folded is None:
            self._folded = defaultdict(set)
            for word, there in self._exact.items():
                self._folded[fold(word)].update((there,) if isinstance(there, int) else there)
        return self._folded

    def nearest(self, text: str, nearest_of: Nearest | None = None) -> list[str]:
        """Names like the text."""
        return (nearest_of or Nearest(self.names())).of(text.replace("\\", "/").rsplit("/", 1)[-1])

    def names(self) -> list[str]:
        """Every name that a clip can be called by, without ids."""
        return sorted({word for word in self._exact if not word.isdigit() and len(word) != 64})

    def __len__(self) -> int:
        return len(self.duration)


def _composed(name: str) -> str:
    # A Mac writes é and が as two characters each, everybody else as one.
    return name if name.isascii() else unicodedata.normalize("NFC", name)


@dataclass(slots=True)
class Catalogue:
    """A project as an import needs it."""

    project: int
    time_zone: str
    scale: Scale
    clips: Clips = field(default_factory=Clips)
    keywords: list[KnownKeyword] = field(default_factory=list)
    batches: list[KnownBatch] = field(default_factory=list)
    items: int = 0  # how many items there are
