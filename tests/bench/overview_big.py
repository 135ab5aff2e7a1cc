"""The overview page at three million grades, over a million items and 300 people, while 200 of them grade.

The real server and Streamlit's own protocol, as a browser speaks it: from asking for the page to the end of the script,
and each renewal that the page asks for by itself every four seconds. Then graders alone, and beside five such pages.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

from tests.bench.answers import after
from tests.bench.common import Row, percentile, size
from tests.bench.stores import PROJECT, Size, copy_of
from tests.traffic import PASSWORD, Grader, Journal, Server, all_of, signed_in

HISTORY = Size(grades=size("GRADES", 3_000_000, 50_000), open=100_000, graders=300, disputed=20_000, started=2_000)
GRADERS, THINK_S, LEADS = 200, 5.0, 5
SECONDS = size("SECONDS", 60, 10)
RAMP_S = 8.0
EVERY_S = 4.0  # as the page renews itself
SHOWS = 5


def run() -> list[Row]:
    """One measurement."""
    with copy_of(HISTORY) as data:
        server = Server(data).start()
        try:
            return asyncio.run(_measure(server))
        finally:
            server.stop()


class Watcher(threading.Thread):
    """A lead whose overview stands open: it is renewed every four seconds until it is over."""

    def __init__(self, server: Server, cookies: str) -> None:
        super().__init__(daemon=True)
        self.server, self.cookies = server, cookies
        self.over = threading.Event()
        self.first_ms = 0.0
        self.renewed_ms: list[float] = []
        self.failure: Exception | None = None

    def run(self) -> None:
        """Opens the page and renews it."""
        try:
            with page(self.server, self.cookies) as link:
                self.first_ms, fragments = script(link, page_name="overview")
                while not self.over.wait(EVERY_S):
                    self.renewed_ms.append(script(link, page_name="overview", fragment=fragments[-1])[0])
        except Exception as failure:  # told by whoever joins it
            self.failure = failure


def page(server: Server, cookies: str) -> ClientConnection:
    """Streamlit's WebSocket as a browser opens it."""
    return connect(
        f"ws://127.0.0.1:{server.port}/_stcore/stream",
        additional_headers={"Origin": f"http://127.0.0.1:{server.port}", "Cookie": cookies},
        subprotocols=["streamlit", "PLACEHOLDER_AUTH_TOKEN"],  # type: ignore[list-item]
        max_size=None,
    )


def script(link: ClientConnection, *, page_name: str, fragment: str = "") -> tuple[float, list[str]]:
    """Runs a page, or a fragment of it. Returns milliseconds and the fragments that want to be renewed.

    Raises:
        AssertionError: an error stands on the page, or it is not there.
    """
    message = BackMsg()
    message.rerun_script.page_name = page_name
    if fragment:
        message.rerun_script.fragment_id = fragment
        message.rerun_script.is_auto_rerun = True
    begun, fragments, shown = time.perf_counter(), [], 0
    link.send(message.SerializeToString())
    while True:
        data = link.recv(timeout=60)
        assert isinstance(data, bytes)
        said = ForwardMsg.FromString(data)
        kind = said.WhichOneof("type")
        assert kind not in ("page_not_found", "auth_redirect"), kind
        if kind == "auto_rerun":
            fragments.append(said.auto_rerun.fragment_id)
        elif kind == "delta":
            assert said.delta.new_element.WhichOneof("type") != "exception", said.delta
            shown += said.delta.new_element.WhichOneof("type") in ("metric", "plotly_chart")
        elif kind == "script_finished" and said.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            assert shown, "no figure stands on the page"
            return (time.perf_counter() - begun) * 1000, fragments


def _lead(server: Server) -> str:
    url = f"http://127.0.0.1:{server.port}"
    reply = httpx.post(f"{url}/sign-in", data={"login": "lead", "password": PASSWORD}, headers={"Origin": url})
    assert reply.status_code == 303, reply.text
    return "; ".join(f"{name}={value}" for name, value in reply.cookies.items())


def _quiet(server: Server, cookies: str) -> tuple[float, float]:
    """Milliseconds of the server's processor for opening the page, and for a renewal, while nobody grades."""
    used = server.cpu_seconds()
    for _ in range(SHOWS):
        _first(server, cookies)
    opened = (server.cpu_seconds() - used) / SHOWS
    with page(server, cookies) as link:
        _, fragments = script(link, page_name="overview")
        used = server.cpu_seconds()
        for _ in range(SHOWS):
            script(link, page_name="overview", fragment=fragments[-1])
        return opened * 1000, (server.cpu_seconds() - used) / SHOWS * 1000


def _first(server: Server, cookies: str) -> float:
    with page(server, cookies) as link:
        return script(link, page_name="overview")[0]


async def _measure(server: Server) -> list[Row]:
    cookies = await asyncio.to_thread(_lead, server)
    coldest = await asyncio.to_thread(_first, server, cookies)
    opened, again = await asyncio.to_thread(_quiet, server, cookies)
    chance = random.Random(7)
    people = [
        Grader(
            f"g{n}", server.port, PROJECT, Journal(), lambda: chance.uniform(0.5, 1.5) * THINK_S, random.Random(n)
        )
        for n in range(GRADERS)
    ]  # fmt: skip
    await signed_in(people)
    alone, _ = await _graded(people, chance, [])
    watchers = [Watcher(server, cookies) for _ in range(LEADS)]
    shows: list[float] = []

    async def look() -> None:
        await asyncio.sleep(RAMP_S)
        for one in watchers:
            one.start()
            await asyncio.sleep(EVERY_S / LEADS)
        for _ in range(SHOWS):
            shows.append(await asyncio.to_thread(_first, server, cookies))
            await asyncio.sleep(1)

    beside, errors = await _graded(people, chance, [look()])
    for one in watchers:
        one.over.set()
        await asyncio.to_thread(one.join, 30)
        if one.failure is not None:
            raise one.failure
    renewed = [ms for one in watchers for ms in one.renewed_ms]
    shows += [one.first_ms for one in watchers]
    name = f"{HISTORY.grades:,} grades, {HISTORY.touched + HISTORY.open:,} items, {HISTORY.graders} people"
    return [
        Row.at_most(f"overview, the first after the start, {name}", coldest / 1000, "s", 1.5),
        Row("overview opened: the server's processor", opened, "ms"),
        Row("renewal: the server's processor", again, "ms"),
        Row.at_most(f"overview opened, {GRADERS} grade, median", percentile(shows, 0.5) / 1000, "s", 1.5),
        Row.at_most("overview opened, the longest", max(shows) / 1000, "s", 1.5),
        Row.at_most(f"renewal, {LEADS} pages open, {GRADERS} grade, p50", percentile(renewed, 0.5), "ms", 300),
        Row.at_most("renewal, p95", percentile(renewed, 0.95), "ms", 300),
        Row(f"answer to saved, {GRADERS} graders alone, p95", percentile(alone, 0.95), "ms"),
        Row(f"answer to saved, {GRADERS} graders beside {LEADS} pages, p95", percentile(beside, 0.95), "ms"),
        Row.at_most(
            "the second against the first", percentile(beside, 0.95) / percentile(alone, 0.95), "x", 1.5
        ),
        Row.exactly("errors", errors, "", 0),
    ]  # fmt: skip


async def _graded(people: list[Grader], chance: random.Random, more: list[object]) -> tuple[list[float], int]:
    """Milliseconds of the answers of a time of steady work, and the errors in it."""
    ramp, measured = Journal(), Journal()
    for person in people:
        person.journal = ramp
    end = time.monotonic() + RAMP_S + SECONDS

    async def measure() -> None:
        await asyncio.sleep(RAMP_S)
        for person in people:
            person.journal = measured

    await all_of([measure(), *more, *(after(chance.uniform(0, THINK_S), one, end) for one in people)])  # type: ignore[list-item]
    return measured.answer_ms, len(measured.errors) + measured.resent
