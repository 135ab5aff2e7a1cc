"""What somebody who mistyped a name may have meant."""

from __future__ import annotations

import difflib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

_FEW = 2_000


def nearest(word: str, names: Sequence[str], most: int = 3) -> list[str]:
    """The names most like the word, best first.

    >>> nearest("catt", ["cat", "dog"])
    ['cat']
    """
    return Nearest(names).of(word, most)


@dataclass
class Nearest:
    """The same for many questions about many names: candidates share pairs of letters with the word."""

    names: Sequence[str]
    _folded: list[str] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self._folded = [name.casefold() for name in self.names]

    @cached_property
    def _pairs(self) -> dict[str, list[int]]:
        pairs: dict[str, list[int]] = defaultdict(list)
        for at, name in enumerate(self._folded):
            for pair in {name[i : i + 2] for i in range(len(name) - 1)}:
                pairs[pair].append(at)
        return pairs

    def of(self, word: str, most: int = 3) -> list[str]:
        """The names most like a word, best first; none where nothing is like it."""
        wanted = word.casefold()
        if len(self.names) <= _FEW:
            candidates: Sequence[int] = range(len(self.names))
        else:
            shared: Counter[int] = Counter()
            # The rarest pairs tell most, and pairs that thousands of names have (".mp4") tell nothing.
            pairs = sorted(
                {wanted[i : i + 2] for i in range(len(wanted) - 1)}, key=lambda p: len(self._pairs.get(p, ()))
            )
            for pair in pairs[:12]:
                shared.update(self._pairs.get(pair, [])[:20_000])
            candidates = [at for at, _ in shared.most_common(200)]
        judge = difflib.SequenceMatcher(autojunk=False)
        judge.set_seq2(wanted)
        scored: list[tuple[float, str]] = []
        for at in candidates:
            judge.set_seq1(self._folded[at])
            if judge.real_quick_ratio() >= 0.6 and judge.quick_ratio() >= 0.6 and (score := judge.ratio()) >= 0.6:
                scored.append((-score, self.names[at]))
        return [name for _, name in sorted(set(scored))[:most]]
