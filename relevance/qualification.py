"""Whether a person may work: what an exam's answers are worth, when he may try again, how long a pass holds.

Pure: times are given, records alone decide. An exam is passed when every mark is reached: the very level, within one
level, each boundary between two levels, and the written answers where there are any.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from relevance.errors import BadInput

BOUNDARIES = ((0, 1), (1, 2), (2, 3))


@dataclass(frozen=True, slots=True)
class Rules:
    """What an exam asks. Shares are 0 to 1, times as named; `valid_days` 0: a pass never expires."""

    exact: float = 0.75  # items with the very level
    near: float = 0.95  # items within one level
    pair: float = 0.6  # at each boundary, items on the right side of it
    written: float = 0.5  # of the points for written answers
    attempts: int = 3
    wait_hours: float = 24.0  # after a failed attempt
    window_days: int = 90  # for so long a person does not get the same item again
    valid_days: int = 180
    training: bool = True  # the training must have been gone through before

    def checked(self) -> Rules:
        """These rules, if they can be worked by.

        Raises:
            BadInput: a number is out of its range.
        """
        ranges = {
            "exact": (0, 1), "near": (0, 1), "pair": (0, 1), "written": (0, 1), "attempts": (1, 100),
            "wait_hours": (0, 8760), "window_days": (0, 3650), "valid_days": (0, 3650),
        }  # fmt: skip
        for name, (low, high) in ranges.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise BadInput(
                    "Exam: {name} is {value}; it must be from {low} to {high}.", name=name, value=value, low=low, high=high
                )  # fmt: skip
        return self


def rules_of(values: Mapping[str, Any]) -> Rules:
    """Rules from their JSON; names that this release does not know are left out."""
    return Rules(**{one.name: values[one.name] for one in fields(Rules) if one.name in values})


def rules_data(rules: Rules) -> dict[str, Any]:
    """Rules as JSON."""
    return asdict(rules)


@dataclass(frozen=True, slots=True)
class Pair:
    """One boundary between two levels: of `n` items of these levels, `right` were put on the right side of it."""

    right: int
    n: int


@dataclass(frozen=True, slots=True)
class Marks:
    """What an exam's answers are worth. `failed`: the marks that were not reached; empty: passed."""

    n: int
    exact: int
    near: int
    pairs: tuple[Pair, ...]
    points: float | None
    failed: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Every mark was reached."""
        return not self.failed


def mark(known: Sequence[int], said: Sequence[int | None], rules: Rules, points: float | None = None) -> Marks:
    """Marks an exam.

    Args:
        known: the items' levels.
        said: what was answered; None: nothing, which is wrong everywhere.
        rules: the exam's.
        points: share of the written points, None where nothing was to be written.

    >>> found = mark([0, 1, 2, 3], [0, 2, 2, None], Rules(exact=0.5, near=0.75, pair=0.5))
    >>> found.exact, found.near, found.pairs
    (2, 3, (Pair(right=2, n=2), Pair(right=1, n=2), Pair(right=1, n=2)))
    >>> found.passed
    True
    >>> mark([0, 1, 2, 3], [3, 2, 2, None], Rules()).failed
    ('exact', 'near', 'pair01', 'pair12', 'pair23')
    """
    both = list(zip(known, said, strict=True))
    exact = sum(one == truth for truth, one in both)
    near = sum(one is not None and abs(one - truth) <= 1 for truth, one in both)
    pairs = tuple(
        Pair(sum(one is not None and (one <= low) == (truth <= low) for truth, one in both if truth in (low, high)),
             sum(truth in (low, high) for truth in known))
        for low, high in BOUNDARIES
    )  # fmt: skip
    failed = [
        name for name, hits, least in (("exact", exact, rules.exact), ("near", near, rules.near))
        if both and hits < least * len(both)
    ]  # fmt: skip
    failed += [
        f"pair{low}{high}" for (low, high), pair in zip(BOUNDARIES, pairs, strict=True)
        if pair.n and pair.right < rules.pair * pair.n
    ]  # fmt: skip
    if points is not None and points < rules.written:
        failed.append("written")
    return Marks(len(both), exact, near, pairs, points, tuple(failed))


@dataclass(frozen=True, slots=True)
class Past:
    """An attempt that is over. `passed` None: written answers are not marked yet."""

    ended_at: datetime
    passed: bool | None


@dataclass(frozen=True, slots=True)
class Turn:
    """Whether a person may begin an attempt. `why`: waiting (until `after`), none_left, unmarked, untrained."""

    may: bool
    why: str | None = None
    after: datetime | None = None
    left: int = 0


def turn(past: Sequence[Past], rules: Rules, now: datetime, trained: bool = True) -> Turn:
    """Whether the next attempt may begin. Attempts since the last pass count.

    >>> at = datetime(2026, 1, 5, 9)
    >>> turn([], Rules(), at)
    Turn(may=True, why=None, after=None, left=3)
    >>> turn([Past(at, False)], Rules(), at).why
    'waiting'
    >>> turn([Past(at, False)], Rules(), at + timedelta(hours=24)).left
    2
    """
    ordered = sorted(past, key=lambda one: one.ended_at)
    passes = [place for place, one in enumerate(ordered) if one.passed]
    since = ordered[passes[-1] + 1 :] if passes else ordered
    left = rules.attempts - len(since)
    if any(one.passed is None for one in since):
        return Turn(False, "unmarked", None, max(0, left))
    if left <= 0:
        return Turn(False, "none_left")
    if since and now < (after := since[-1].ended_at + timedelta(hours=rules.wait_hours)):
        return Turn(False, "waiting", after, left)
    if rules.training and not trained:
        return Turn(False, "untrained", None, left)
    return Turn(True, None, None, left)


@dataclass(frozen=True, slots=True)
class Held:
    """A pass that a person holds: shown for a guideline's version, until a moment (None: for ever)."""

    guideline: int
    expires_at: datetime | None


def bars(held: Held | None, now: datetime, since: int = 0) -> str | None:
    """Why a person gets no work where an exam is required: unqualified, expired, outdated; None: he gets it.

    Args:
        held: his newest pass that nobody took back.
        since: the guideline's version since which it must have been shown; 0: any.

    >>> at = datetime(2026, 1, 5)
    >>> bars(None, at), bars(Held(2, None), at, 2), bars(Held(1, None), at, 2), bars(Held(2, at), at)
    ('unqualified', None, 'outdated', 'expired')
    """
    if held is None:
        return "unqualified"
    if held.expires_at is not None and held.expires_at <= now:
        return "expired"
    return "outdated" if held.guideline < since else None
