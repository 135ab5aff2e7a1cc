"""Chromium on another machine (a network namespace), the real server on an address of ours, and the ways between them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import sign_in, template
from tests.browser.workshop import Server, forget
from tests.elsewhere import Elsewhere, NotHere, elsewhere
from tests.line import Line
from tests.network.ways import WAYS, Place, Way, place

__all__ = ["sign_in", "template"]

_WARM: set[int] = set()  # profiles that have fetched the app's scripts


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each case runs over one way, in turn, so that a run of all tests stays short; RELEVANCE_TEST_WAYS=all: over each."""
    if "way" not in metafunc.fixturenames:
        return
    ways = [way for way in WAYS if way.shape or "line" not in metafunc.fixturenames]
    if os.environ.get("RELEVANCE_TEST_WAYS") != "all":
        cases = [name for name in vars(metafunc.module) if name.startswith("test_")]
        ways = [ways[cases.index(metafunc.function.__name__) % len(ways)]]
    metafunc.parametrize("way", ways, ids=[way.name for way in ways], scope="session")


@pytest.fixture(scope="session")
def machine() -> Iterator[Elsewhere]:
    """Another machine."""
    try:
        with elsewhere() as made:
            yield made
    except NotHere as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def there(
    way: Way, machine: Elsewhere, browsers: Any, chromium_path: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """A browser there, and the way to it."""
    try:
        with place(way, machine, browsers, chromium_path, tmp_path_factory.mktemp(way.name)) as made:
            yield made
    except NotHere as reason:
        pytest.skip(str(reason))


@pytest.fixture
def port(there: Place) -> int:
    """Where its servers are."""
    return there.port


@pytest.fixture
def line(there: Place) -> Line:
    """The line between them, for who wants to cut it."""
    assert there.line is not None
    return there.line


@pytest.fixture
def server(there: Place, template: Path, tmp_path: Path) -> Iterator[Server]:
    """A server on a copy of the template."""
    shutil.copytree(template, tmp_path / "data")
    running = there.server(tmp_path / "data").start()
    yield running
    running.kill()


@pytest.fixture(scope="session")
def profile(there: Place) -> Iterator[Any]:
    """A browser profile that keeps the app's scripts."""
    # Overlooked are the errors of who stands in for the browser (route.fetch): the browser itself sees none (see `place`).
    made = there.browser.new_context(
        viewport={"width": 1366, "height": 768}, locale="zh-CN", ignore_https_errors=there.way.tls
    )
    yield made
    made.close()


@pytest.fixture
def context(there: Place, server: Server, profile: Any, port: int) -> Iterator[Any]:
    """A browser profile with nobody's cookies and nothing stored, as a new machine's; what it fetched yesterday it has."""
    if id(profile) not in _WARM:
        there.warm(profile)
        _WARM.add(id(profile))
        forget(profile, port, there.url)
    yield profile
    profile.unroute_all()
    profile.set_offline(False)
    if there.line is not None:
        there.line.mend()
    forget(profile, port, there.url)
