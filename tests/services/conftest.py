"""What tests of services share."""

from __future__ import annotations

import pytest

from tests.meeting_table import Table, lay
from tests.world import World


@pytest.fixture
def table(world: World) -> Table:
    """A meeting with four disputes on its agenda."""
    return lay(world)
