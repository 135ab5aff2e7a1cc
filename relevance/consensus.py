"""What an item's grades say together: open, settled or disputed.

A pure function of the grades that count and the policy, so that records alone decide and `relevance verify` can prove
it. Ties never settle: neither order nor chance decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from relevance.errors import BadInput
from relevance.scale import PERCENTS, check_percents


@dataclass(frozen=True, slots=True)
class Policy:
    """When grades are enough. Counts are grades, distances are levels, shares are 0 to 1."""

    overlap: int = 2  # grades wanted before anything is said
    margin: int = 2  # after a split, a level must lead the next by so many
    cap: int = 5  # no more grades than this; then it is a dispute
    far: int = 2  # two grades this far apart dispute at once
    audit_share: float = 0.02  # of the settled items, graded once more at random
    percents: tuple[int, int, int, int] = field(default=PERCENTS)
    sure: float = 0.0  # how sure a label must be under adaptive overlap (relevance/adaptive.py); 0: overlap is fixed

    def checked(self) -> Policy:
        """This policy, if it can be worked by.

        Raises:
            BadInput: a number is out of its range; the sentence says which and what is allowed.
        """
        ranges: tuple[tuple[str, float, float, float], ...] = (
            ("overlap", self.overlap, 1, 10),
            ("margin", self.margin, 1, 5),
            ("cap", self.cap, self.overlap, 15),
            ("far", self.far, 1, 4),
            ("audit_share", self.audit_share, 0, 1),
            ("sure", self.sure, 0, 0.99),
        )
        for name, value, low, high in ranges:
            if not low <= value <= high:
                raise BadInput(
                    "Policy: {name} is {value}; it must be from {low} to {high}.",
                    name=name, value=value, low=low, high=high,
                )  # fmt: skip
        check_percents(self.percents)
        return self


@dataclass(frozen=True, slots=True)
class Open:
    """More grades are wanted: `wanted` in all, counting those there are."""

    wanted: int


@dataclass(frozen=True, slots=True)
class Settled:
    """The grades agree enough: this level, said by `n` grades in all."""

    level: int
    n: int


@dataclass(frozen=True, slots=True)
class Disputed:
    """A person must decide. `why`: far (two grades too far apart), cap (no level leads), flag, or returned."""

    why: str
    n: int


Consensus = Open | Settled | Disputed


@dataclass(frozen=True, slots=True)
class Return:
    """A lead sent the item back: at `n` grades he wanted `extra` more."""

    n: int
    extra: int


def consensus(
    levels: Sequence[int], policy: Policy, *, overlap: int | None = None, returned: Return | None = None
) -> Consensus:
    """State and, where settled, the level.

    Args:
        levels: the grades that count, in any order; the result does not depend on it.
        policy: the project's policy.
        overlap: the item's own overlap, where it differs from the policy's.
        returned: the last return by a lead, if any: then so many more are waited for before anything is said, and
            distance no longer disputes by itself, since the lead has seen it.

    >>> consensus([3, 3], Policy())
    Settled(level=3, n=2)
    >>> consensus([3, 1], Policy())      # two levels apart
    Disputed(why='far', n=2)
    >>> consensus([3, 2], Policy())      # a third
    Open(wanted=3)
    >>> consensus([3, 2, 3], Policy())   # leads by one only
    Open(wanted=4)
    >>> consensus([3, 2, 3, 3], Policy())
    Settled(level=3, n=4)
    >>> consensus([3, 2, 3, 2, 3], Policy())
    Disputed(why='cap', n=5)
    >>> consensus([3, 1], Policy(), returned=Return(n=2, extra=2))
    Open(wanted=4)
    """
    n = len(levels)
    first = policy.overlap if overlap is None else overlap
    cap = max(policy.cap, first)
    if returned is not None:
        first = max(first, returned.n + returned.extra)  # a flag without a grade may have been sent back
        cap = max(cap, first)
    elif n >= 2 and max(levels) - min(levels) >= policy.far:
        return Disputed("far", n)
    if n < first:
        return Open(first)
    ranked = Counter(levels).most_common()
    lead = ranked[0][1] - (ranked[1][1] if len(ranked) > 1 else 0)
    if len(ranked) == 1 or lead >= policy.margin:
        return Settled(ranked[0][0], n)
    return Open(n + 1) if n < cap else Disputed("cap", n)
