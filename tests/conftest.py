"""What tests share: where the shared data lies, and nothing that hides what a test does."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real clips and crowd labels beside the project."""
    if not (SHARED / "data").is_dir():
        pytest.skip("the shared data folder (../shared/data) is not here")
    return SHARED / "data"
