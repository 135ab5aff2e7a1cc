"""Blind votes: whose counts, what they say together, and whose word ends a case. Votes advise; they never decide alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

Decides = Literal["client", "chair", "majority"]
Part = Literal["chair", "lead", "client", "specialist", "guest"]
CLIENTS: frozenset[str] = frozenset({"client", "guest"})  # a guest comes from the client


@dataclass(frozen=True, slots=True)
class Vote:
    """One attendee's vote on a case. `id` grows with time."""

    id: int
    attendee: int
    level: int
    reason: str = ""
    evidence_ms: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a meeting; `here`: he has been seen in the room."""

    attendee: int
    part: Part
    here: bool = True


@dataclass(frozen=True, slots=True)
class Word:
    """Whose word ends a case: one of these attendees, or (level) what more than half of the votes say."""

    of: tuple[int, ...]
    level: int | None = None


V = TypeVar("V", bound=Vote)


def newest(votes: Iterable[V]) -> list[V]:
    """Each attendee's last vote, by attendee: a vote may be changed until the reveal.

    >>> [vote.level for vote in newest([Vote(1, 7, 3), Vote(2, 8, 0), Vote(3, 7, 1)])]
    [1, 0]
    """
    last: dict[int, V] = {}
    for vote in sorted(votes, key=lambda vote: vote.id):
        last[vote.attendee] = vote
    return [last[attendee] for attendee in sorted(last)]


def majority(levels: Sequence[int]) -> int | None:
    """The level that more than half gave; None without one. Half is not more than half: neither order nor chance decides.

    >>> majority([3, 3, 1]), majority([3, 1]), majority([])
    (3, None, None)
    """
    if not levels:
        return None
    level, n = Counter(levels).most_common(1)[0]
    return level if 2 * n > len(levels) else None


def word(decides: Decides, people: Sequence[Person], chair: int, levels: Sequence[int] = ()) -> Word:
    """Whose word it is, by the project's setting.

    client: the client's people who are here, else the chair. majority: the level that more than half gave, said by the
    chair; without such a level the chair.

    >>> people = [Person(1, "chair"), Person(2, "client"), Person(3, "guest", here=False)]
    >>> word("client", people, 1), word("client", people[:1], 1)
    (Word(of=(2,), level=None), Word(of=(1,), level=None))
    >>> word("majority", people, 1, [3, 3, 1]), word("majority", people, 1, [3, 1])
    (Word(of=(1,), level=3), Word(of=(1,), level=None))
    """
    if decides == "client":
        clients = tuple(person.attendee for person in people if person.part in CLIENTS and person.here)
        return Word(clients or (chair,))
    return Word((chair,), majority(levels) if decides == "majority" else None)
