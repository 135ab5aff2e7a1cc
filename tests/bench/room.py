"""The meeting's room: from the chair's key to what each of twenty followers has, one of them a guest by link.

A real server, the room's real transport (a state that is waited for). A follower's lag is from the moment when the chair's
key leaves to the moment when the state with it has arrived; what his browser does with it takes a frame more. Followers
are plain connections that read no more of a state than its version and its cue, so that their own work is not measured.
"""

from __future__ import annotations

import http.client
import os
import re
import statistics
import tempfile
import threading
import time
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from relevance.runtime import Runtime
from relevance.services import accounts, agendas, guests, meetings, projects, sessions
from relevance.settings import Settings
from tests.bench.common import Row, percentile
from tests.browser.meeting_house import furnish
from tests.browser.workshop import PASSWORD, PROJECT, Server

FOLLOWERS, KEYS, PAUSE_S = 20, 60, 0.5
VERSION, CUE = re.compile(rb'"version": ?"([^"]*)"'), re.compile(rb'"cue": ?\{"n": ?(\d+)')
PEOPLE = ("carol", "lin", "sun")


def _meeting(data: Path) -> tuple[int, str]:
    """Makes a meeting and begins it. Returns its number and a guest's token."""
    runtime = Runtime(Settings(data=data))
    try:
        store = runtime.store
        project = projects.by_name(store, PROJECT).id
        rights = sessions.of(store).rights(accounts.by_login(store, "chen"))
        assert rights is not None
        lead = rights.actor
        people = [accounts.by_login(store, login) for login in PEOPLE]
        made = meetings.make(store, lead, project, "bench", store.clock.now() + timedelta(hours=1), 60, people)
        agendas.fill(store, lead, made)
        token = guests.invite(store, lead, made, "Guest", "en")
        meetings.open_(store, lead, made)
        return made, token
    finally:
        runtime.close()


def _signed_in(url: str, login: str) -> httpx.Client:
    client = httpx.Client(base_url=url, headers={"Origin": url}, timeout=30)
    client.post("/sign-in", data={"login": login, "password": PASSWORD})
    return client


class _Follower(threading.Thread):
    """Waits for the room's state again and again, and notes when each cue came."""

    def __init__(self, client: httpx.Client, path: str) -> None:
        super().__init__(daemon=True)
        self.path = path
        self.address = urlsplit(str(client.base_url)).netloc
        self.cookies = "; ".join(f"{one.name}={one.value}" for one in client.cookies.jar)
        self.came: dict[int, float] = {}
        self.over = threading.Event()
        self.failed = 0

    def run(self) -> None:
        link, after = http.client.HTTPConnection(self.address, timeout=30), b""
        while not self.over.is_set():
            try:
                link.request("GET", f"{self.path}&after={after.decode()}", headers={"Cookie": self.cookies})
                reply = link.getresponse()
                said, now = reply.read(), time.perf_counter()
            except (OSError, http.client.HTTPException):
                link.close()
                self.failed += not self.over.is_set()  # at the end the server goes first
                continue
            if reply.status != 200:
                self.failed += 1
                time.sleep(0.2)
                continue
            version, cue = VERSION.search(said), CUE.search(said)
            assert version is not None and cue is not None, said[:200]
            after = version[1]
            for n in range(int(cue[1]), 0, -1):  # a newer cue stands for those before it
                if n in self.came:
                    break
                self.came[n] = now
        link.close()


def _spent(process: int) -> float:
    """Processor seconds of a process."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run() -> list[Row]:
    """One measurement."""
    with tempfile.TemporaryDirectory(prefix="relevance-bench-") as folder:
        data = Path(folder, "data")
        furnish(data, clips=2, keywords=2)
        meeting, token = _meeting(data)
        server = Server(data).start()
        try:
            chair = _signed_in(server.url, "chen")
            known = [_signed_in(server.url, login) for login in PEOPLE]
            guest = httpx.Client(base_url=server.url, headers={"Origin": server.url}, timeout=30)
            guest.get(f"/join/{token}")
            followers = [_Follower(guest, "/guest/state?x=1")]
            for n in range(FOLLOWERS - 1):
                client = httpx.Client(
                    base_url=server.url, headers={"Origin": server.url}, timeout=30, cookies=known[n % 3].cookies
                )
                followers.append(_Follower(client, f"/meeting/state?meeting={meeting}"))
            for one in followers:
                one.start()
            time.sleep(2)
            assert server.process is not None
            ours, theirs = time.process_time(), _spent(server.process.pid)
            sent: dict[int, float] = {}
            for n in range(1, KEYS + 1):
                sent[n] = time.perf_counter()
                reply = chair.post(f"/meeting/cue?meeting={meeting}", json={"ms": 100 * n, "playing": False})
                reply.raise_for_status()
                time.sleep(PAUSE_S)
            until = time.monotonic() + 15
            while time.monotonic() < until and any(KEYS not in one.came for one in followers):
                time.sleep(0.1)
            ours, theirs = time.process_time() - ours, _spent(server.process.pid) - theirs
            for one in followers:
                one.over.set()
            lags = [one.came[n] - at for one in followers for n, at in sent.items() if n in one.came]
            guests = [followers[0].came[n] - at for n, at in sent.items() if n in followers[0].came]
            missed = len(followers) * len(sent) - len(lags)
            failed = sum(one.failed for one in followers)
        finally:
            server.kill()
        for one in followers:
            one.join(5)
    return [
        Row.at_most(f"chair's key to {FOLLOWERS} followers, p50", percentile(lags, 0.5), "s", 2),
        Row.at_most("p95", percentile(lags, 0.95), "s", 2),
        Row.at_most("longest", max(lags, default=float("nan")), "s", 2),
        Row("to the guest, median", statistics.median(guests) if guests else float("nan"), "s"),
        Row("the server's processor time for a key", 1000 * theirs / KEYS, "ms"),
        Row("the bench's own", 1000 * ours / KEYS, "ms"),
        Row.exactly("keys that somebody never had", missed, "", 0),
        Row.exactly("requests that failed", failed, "", 0),
    ]
