"""What tests share: where the shared data lies, and nothing that hides what a test does."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from relevance.services import states
from tests.world import World

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real clips and crowd labels beside the project."""
    if not (SHARED / "data").is_dir():
        pytest.skip("the shared data folder (../shared/data) is not here")
    return SHARED / "data"


@pytest.fixture(autouse=True)
def _same_audits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The audit sample is drawn at random: here by the same numbers each time, so that no test meets one now and then."""
    monkeypatch.setattr(states, "_chance", random.Random(1))


@pytest.fixture(autouse=True)
def _same_main(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit puts the page that it runs in the place of `__main__`, and a process spawned later would run that page."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A store with one empty project."""
    made = World(tmp_path)
    yield made
    made.store.close()
