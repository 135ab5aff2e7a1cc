"""Chromium on another machine (a network namespace), the real server on an address of ours, and the ways between them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.desk import Desk
from tests.browser.workshop import Server, signed_in
from tests.elsewhere import Elsewhere, NotHere, elsewhere
from tests.line import Line
from tests.network.ways import WAYS, Place, Way, place
from tests.outcome import PASSED

_WARM: set[str] = set()  # ways whose profile has fetched the app's scripts


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


@pytest.fixture(scope="session")
def port(there: Place) -> int:
    """Where its servers are."""
    return there.port


@pytest.fixture
def line(there: Place) -> Line:
    """The line between them, for who wants to cut it."""
    assert there.line is not None
    return there.line


@pytest.fixture(scope="session")
def profile(there: Place) -> Iterator[Any]:
    """A browser profile that keeps the app's scripts."""
    # Overlooked are the errors of who stands in for the browser (route.fetch): the browser itself sees none (see `place`).
    made = there.browser.new_context(
        viewport={"width": 1366, "height": 768}, locale="zh-CN", ignore_https_errors=there.way.tls
    )
    made.new_page()  # stays: see `forget`
    yield made
    made.close()


@pytest.fixture(scope="session")
def desk(
    there: Place, template: Path, tmp_path_factory: pytest.TempPathFactory, profile: Any, port: int
) -> Iterator[Desk]:
    """Where li works there: the server, and her page, that one test leaves to the next."""
    data = tmp_path_factory.mktemp("desk") / "data"
    made = Desk(template, data, profile, lambda data: there.server(data).start(), port, there.url)
    yield made
    made.leave()


@pytest.fixture
def alone(desk: Desk) -> None:
    """Nothing runs there that an earlier test left."""
    desk.leave()


@pytest.fixture
def server(desk: Desk) -> Server:
    """The server there."""
    return desk.server()


@pytest.fixture
def context(there: Place, desk: Desk, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A browser profile with nobody's cookies but li's, where she is signed in."""
    yield desk.profile
    if there.line is not None:
        there.line.mend()
    desk.tidy(request.node.stash.get(PASSED, False))


@pytest.fixture
def sign_in(there: Place, server: Server, desk: Desk) -> Callable[..., Any]:
    """As in tests/browser; li goes on with her page there, or opens it as one that was there yesterday."""

    def go(context: Any, login: str = "li", page: Any = None) -> Any:
        if context is not desk.profile or login != "li" or page is not None:
            return signed_in(server, context, login, page)
        if left := desk.page():
            return left
        if there.way.name in _WARM:
            return signed_in(server, context)
        _WARM.add(there.way.name)
        with there.unshaped():  # the app's scripts, fetched over the plain cable
            return signed_in(server, context)

    return go
