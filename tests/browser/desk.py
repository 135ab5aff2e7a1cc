"""A server and a page that is signed in on it, which one test of the grade loop leaves to the next.

To start the server, to sign in and to open the page is two thirds of such a test's work, and shows each time the same. What
a test did not leave whole (it failed, it closed the page, it signed out) the next one begins anew.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.browser.workshop import Server, forget, more_items

SIZE = {"width": 1366, "height": 768}
# At rest: nothing unsent, a clip on the screen, nothing over it and no field open.
AT_REST = """() => { const root = document.querySelector('.rp-root'), d = root?.dataset;
    return !!d && d.outbox === '0' && ['playing', 'ready'].includes(d.state) && !d.card
        && ![...root.querySelectorAll('textarea, input')].some(field => field === document.activeElement) }"""


class Desk:
    """Where one person works. `origins` are the addresses of its servers besides those on loopback."""

    def __init__(
        self, template: Path, data: Path, profile: Any, start: Callable[[Path], Server], port: int, *origins: str
    ) -> None:
        self._template, self._data, self._start = template, data, start
        self.profile, self._port, self._origins = profile, port, origins
        self._server: Server | None = None
        self._page: Any = None

    def server(self) -> Server:
        """The server; a test finds there only what was answered since it began."""
        if self._server is None:
            shutil.copytree(self._template, self._data)
            more_items(self._data)
            self._server = self._start(self._data)
        self._server.since = datetime.now(UTC)
        return self._server

    def page(self) -> Any:
        """Li's page, at rest; None: there is none. Whoever gets it has it for this test."""
        page, self._page = self._page, None
        return page

    def tidy(self, passed: bool) -> None:
        """After a test: keeps its page where that is li's and at rest, and closes the others."""
        self.profile.unroute_all()
        self.profile.set_offline(False)
        if not passed:
            self.leave()
            return
        pages = self.profile.pages[1:]  # the first one stays empty: see `forget`
        self._page = next((page for page in pages if self._server and self._whole(page, self._server.url)), None)
        if self._page is None:
            forget(self.profile, self._port, *self._origins)
            return
        for page in pages:
            if page is not self._page:
                page.close()
        self._page.unroute_all()
        self._page.set_viewport_size(SIZE)

    def _whole(self, page: Any, url: str) -> bool:
        return bool(page.url.startswith(f"{url}/grade") and page.evaluate(AT_REST))

    def leave(self) -> None:
        """Ends the server and the sessions: the next test begins anew."""
        self._page = None
        if self._server is not None:
            self._server.kill()
            self._server = None
            shutil.rmtree(self._data)
        forget(self.profile, self._port, *self._origins)
