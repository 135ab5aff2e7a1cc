"""Faults found in a file: the first hundred with their places, and how many there were."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from relevance.errors import BadInput, Place

SHOWN = 100


@dataclass(slots=True)
class Faults:
    """Collects faults of one file; keeps the first hundred (by row), counts them all."""

    file: str
    count: int = 0
    places: list[Place] = field(default_factory=list)

    @property
    def full(self) -> bool:
        """Whether a further fault would only be counted."""
        return self.count >= SHOWN

    def add(self, place: Place) -> None:
        """Notes a fault."""
        self.count += 1
        if len(self.places) < SHOWN:
            self.places.append(place)

    def check(self) -> None:
        """Stops here if there was any fault.

        Raises:
            BadInput: with the places of the first hundred and the count of all.
        """
        if self.count:
            raise BadInput(
                "{file}: nothing was imported; faults found: {n}.",
                file=self.file, n=self.count, count=self.count, places=self.places,
            )  # fmt: skip


def values(**named: Any) -> tuple[tuple[str, Any], ...]:
    """Named values as a Place wants them."""
    return tuple(named.items())
