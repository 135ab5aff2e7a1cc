"""A labelling house for the pages' tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Builds a house; its store is closed at the end."""
    made: list[House] = []

    def build(**options: object) -> House:
        folder = tmp_path / f"house{len(made)}"
        folder.mkdir()
        made.append(House(folder, **options))  # type: ignore[arg-type]
        return made[-1]

    yield build
    for one in made:
        one.store.close()
