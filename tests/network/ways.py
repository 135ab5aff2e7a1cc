"""The ways from another machine's Chromium to the real server, for the tests of this folder and for the bench."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.browser.workshop import ARGS, PASSWORD, Server
from tests.elsewhere import Certificate, Elsewhere, certificate
from tests.line import FAR, NEAR, Line, Shape
from tests.ports import free_port


@dataclass(frozen=True, slots=True)
class Way:
    """How a browser reaches the server."""

    name: str
    said: str
    tls: bool
    shape: Shape | None  # None: nothing between them but the cable


HTTP = Way("http", "plain http", False, None)
HTTPS = Way("https", "https", True, None)
NEAR_HTTP = Way("near", "plain http, 20 ms each way, 20 Mbit/s", False, NEAR)
FAR_HTTPS = Way("far", "https, 100 ms each way, 20 Mbit/s, 1 % stalls of 2 s", True, FAR)
WAYS = (HTTP, HTTPS, NEAR_HTTP, FAR_HTTPS)


@dataclass
class Place:
    """Chromium on another machine, and where the servers for it are, one after another."""

    way: Way
    host: str
    port: int
    cert: Certificate | None
    line: Line | None
    browser: Any

    @property
    def url(self) -> str:
        """What the browser opens."""
        host, port = self.line.listen if self.line else (self.host, self.port)
        return f"{'https' if self.cert else 'http'}://{host}:{port}"

    def server(self, data: Path, **env: str) -> Server:
        """A server for it, not started yet."""
        tls = (self.cert.cert, self.cert.key) if self.cert else None
        return Server(data, self.port, env, host=self.host, tls=tls, through=self.url)

    @contextmanager
    def unshaped(self) -> Iterator[None]:
        """The line as a plain cable, for a while."""
        if self.line is not None:
            self.line.shape = Shape()
        yield
        if self.line is not None and self.way.shape is not None:
            self.line.shape = self.way.shape

    def warm(self, profile: Any) -> None:
        """Has a browser profile fetch the app's scripts, as one that was here yesterday, and over the plain cable."""
        with self.unshaped():
            enter(profile.new_page(), self.url)


def enter(page: Any, url: str, login: str = "li") -> Any:
    """Signs in and waits until the first clip plays."""
    page.goto(f"{url}/sign-in")
    page.fill("input[name=login]", login)
    page.fill("input[type=password]", PASSWORD)
    page.click("form button")
    page.wait_for_selector(".rp-root[data-state=playing]", timeout=60_000)
    return page


@contextmanager
def place(way: Way, machine: Elsewhere, tool: Any, chromium: str, folder: Path) -> Iterator[Place]:
    """A way, ready: certificate, line and browser. `tool` is Playwright. Raises NotHere where openssl is missing."""
    cert = certificate(folder, machine.here) if way.tls else None
    port = free_port()
    line = None
    if way.shape is not None:
        line = Line((machine.here, free_port()), (machine.here, port), way.shape).start()
    # The browser trusts this one key, so that everything is as over a good certificate: with errors overlooked it keeps
    # nothing in its cache.
    trust = [f"--ignore-certificate-errors-spki-list={cert.spki}"] if cert else []
    browser = tool.chromium.launch(executable_path=machine.program(chromium, folder), args=[*ARGS, *trust])
    try:
        yield Place(way, machine.here, port, cert, line, browser)
    finally:
        browser.close()
        if line is not None:
            line.stop()
