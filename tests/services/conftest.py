"""What tests of services share."""

from __future__ import annotations

import copy

import pytest

from tests.meeting_table import Table, lay
from tests.school import School
from tests.world import World


@pytest.fixture
def table(world: World) -> Table:
    """A meeting with four disputes on its agenda."""
    return lay(world)


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> tuple[School, bytes]:
    """A school built from the ground up, and its store's file."""
    made = School(World(tmp_path_factory.mktemp("school")))
    return made, made.world.kept()


@pytest.fixture
def school(world: World, founded: tuple[School, bytes]) -> School:
    """A copy of it, each test its own."""
    first, file = founded
    world.become(file)
    made = copy.copy(first)
    made.world, made.known, made.level = world, list(first.known), dict(first.level)
    return made
