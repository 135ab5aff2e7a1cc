"""Chromium and a real server for the tests of this folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.browser.meeting_house import furnish
from tests.browser.workshop import ARGS, Server, forget, open_by_sign_in, signed_in
from tests.ports import free_port


@pytest.fixture(scope="session")
def chromium(browsers: Any, chromium_path: str) -> Iterator[Any]:
    """A running Chromium."""
    browser = browsers.chromium.launch(executable_path=chromium_path, args=ARGS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def port() -> int:
    """Where the servers of these tests are, one after another: scripts that the browser keeps are of an address."""
    return free_port()


@pytest.fixture
def server(template: Path, tmp_path: Path, port: int) -> Iterator[Server]:
    """A server on a copy of the template."""
    shutil.copytree(template, tmp_path / "data")
    running = Server(tmp_path / "data", port).start()
    yield running
    running.kill()


@pytest.fixture(scope="session")
def profile(chromium: Any) -> Iterator[Any]:
    """A browser profile that keeps the app's scripts, fetched and compiled: half the work of showing a page."""
    made = chromium.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    made.new_page()  # stays: see `forget`
    yield made
    made.close()


@pytest.fixture
def context(profile: Any, port: int) -> Iterator[Any]:
    """A browser profile with nobody's cookies and nothing stored, as a new machine's."""
    yield profile
    profile.unroute_all()
    profile.set_offline(False)
    forget(profile, port)


@pytest.fixture
def sign_in(server: Server) -> Callable[..., Any]:
    """Signs a person in on a browser profile and opens the Grade page there, the first clip playing."""
    return partial(signed_in, server)


@pytest.fixture
def house(made_once: Callable[[str, Callable[[Path], None]], Path], tmp_path: Path) -> Iterator[Server]:
    """A server on a data folder with eight disputes, two leads, a client and a specialist."""
    shutil.copytree(made_once("house", partial(furnish, clips=2, keywords=4)), tmp_path / "data")
    running = Server(tmp_path / "data").start()
    yield running
    running.kill()


@pytest.fixture
def enter(house: Server, chromium: Any) -> Iterator[Callable[..., Any]]:
    """Signs somebody in on a browser profile of his own, where he wants to go; returns his page."""
    made = []

    def go(login: str, path: str = "", language: str = "zh-CN") -> Any:
        context = chromium.new_context(viewport={"width": 1366, "height": 820}, locale=language)
        made.append(context)
        page = context.new_page()
        open_by_sign_in(page, house, path, login)
        return page

    yield go
    for context in made:
        context.close()
