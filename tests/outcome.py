"""Whether a test passed, for what comes after it in its fixtures: set by tests/conftest.py."""

from __future__ import annotations

import pytest

PASSED = pytest.StashKey[bool]()
