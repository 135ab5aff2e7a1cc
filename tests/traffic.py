"""Graders who speak the protocol (docs/protocol.md) with a real server: what the answers bench and the torture share.

`build` fills a data folder without media (nobody plays the clips), `Server` runs the real `serve` on it, and `Grader` is
one client with an outbox: an answer is sent until the server names its assignment and sequence.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from relevance.roles import SYSTEM, Role
from relevance.runtime import Runtime
from relevance.services import accounts, passwords, policies, projects
from relevance.settings import Settings
from relevance.store.store import Tx
from tests.nursery import Child
from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "three green bottles"


def build(data: Path, items: int, graders: int, keywords: int = 100, lead: bool = True, **policy: Any) -> int:
    """A project with so many items (each its own clip) and graders `g0`, `g1` ..., in a data folder. Returns its id."""
    runtime = Runtime(Settings(data=data))
    store = runtime.store
    try:
        project = projects.add(store, SYSTEM, "bench")
        if policy:
            policies.change(store, SYSTEM, project, **policy)
        word = passwords.hashed(PASSWORD)
        for number in range(graders):
            joining = [accounts.Joining(project, Role.GRADER)]
            accounts.add(store, SYSTEM, accounts.NewPerson(f"g{number}", f"Grader {number}", word), joining)
        if lead:
            accounts.add(
                store, SYSTEM, accounts.NewPerson("lead", "Lead", word), [accounts.Joining(project, Role.LEAD)]
            )

        def rows(tx: Tx) -> None:
            act, batch, source = tx.new_act("bench", SYSTEM, project), tx.new_id("batch"), tx.new_id("source")
            number = tx.new_id("import")
            tx.insert("batch", id=batch, project=project, name="bench", made_at=tx.now, act=act)
            tx.insert(
                "import", id=number, project=project, file="bench", digest="", rows=items, added=items,
                started_at=tx.now, committed_at=tx.now, made_by=0, act=act,
            )  # fmt: skip
            tx.insert(
                "source", id=source, project=project, sha256="s", name="s.mp4", path="s.mp4", bytes=1, status="ready",
                reason="ok", detail="{}", received_at=tx.now, act=act,
            )  # fmt: skip
            first_word, first_clip = tx.new_ids("keyword", keywords).start, tx.new_ids("clip", items).start
            first_item = tx.new_ids("item", items).start
            tx.execute(
                """insert into keyword (id, project, key, text_zh, text_en, made_at, act)
                   select i + ?, ?, 'k' || i, '词' || i, 'word ' || i, ?, ? from range(?) t(i)""",
                [first_word, project, tx.now, act, keywords],
            )
            tx.execute(
                """insert into clip (id, project, source, content_id, name, duration_ms, width, height, fps, frames,
                                     bytes, has_audio, made_at, act)
                   select i + ?, ?, ?, printf('%064x', i + 1), 'c' || i || '.mp4', 5000, 640, 360, 25, 125, 1, false, ?, ?
                   from range(?) t(i)""",
                [first_clip, project, source, tx.now, act, items],
            )
            tx.execute(
                """insert into item (id, project, batch, keyword, clip, import)
                   select i + ?, ?, ?, ? + i % ?, i + ?, ? from range(?) t(i)""",
                [first_item, project, batch, first_word, keywords, first_clip, number, items],
            )

        store.act(rows)  # the line is filled from the records when the server opens the store
        return project
    finally:
        runtime.close()


@dataclass
class Server:
    """The real server on a data folder."""

    data: Path
    port: int = field(default_factory=free_port)
    more: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | Child = field(init=False)

    def start(self) -> Server:
        """Starts it and waits until it answers."""
        given = {name: value for name, value in os.environ.items() if not name.startswith("RELEVANCE_")}
        given |= {"RELEVANCE_DATA": str(self.data), "RELEVANCE_PORT": str(self.port), **self.more}
        self.process = self.launch(given)
        end = time.monotonic() + 300  # ten million grades on a busy machine
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with {self.process.returncode}:\n{self.log.read_text()[-2000:]}")
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{self.port}/live", timeout=5):
                return self
            time.sleep(0.05)
        self.kill()  # nobody else would
        raise RuntimeError(f"the server does not answer:\n{self.log.read_text()[-2000:]}")

    def launch(self, given: dict[str, str]) -> subprocess.Popen[bytes] | Child:
        """The process, begun."""
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "relevance", "serve"], cwd=ROOT, env=given, stdout=log, stderr=log
            )

    @property
    def log(self) -> Path:
        """What it printed."""
        return self.data.parent / f"{self.data.name}.log"

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Asks it to end, and waits."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def cpu_seconds(self) -> float:
        """Processor time used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def megabytes(self) -> float:
        """Memory in use."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


class Gone(Exception):
    """Nobody answered: nothing is known about what happened."""


@dataclass
class Line:
    """One kept-alive connection. Written by hand, since a client library costs more than what is measured."""

    port: int
    token: str = ""
    _reader: asyncio.StreamReader | None = None
    _writer: asyncio.StreamWriter | None = None

    async def post(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and JSON of a reply.

        Raises:
            Gone: the connection broke before the reply was whole.
        """
        data = json.dumps(body).encode()
        bearer = f"Authorization: Bearer {self.token}\r\n" if self.token else ""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nContent-Type: application/json\r\n"
            f"Accept: application/json\r\n{bearer}Content-Length: {len(data)}\r\n\r\n"
        )
        kept = self._writer is not None
        try:
            if self._writer is None:
                self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
            assert self._reader is not None
            self._writer.write(head.encode() + data)
            reply = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            status = int(reply.split(" ", 2)[1])
            length = next(
                (int(line[15:]) for line in reply.split("\r\n") if line.lower().startswith("content-length:")), 0
            )
            content = await self._reader.readexactly(length)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            self.close()
            if kept and isinstance(error, asyncio.IncompleteReadError | ConnectionError):
                return await self.post(path, body)  # a kept connection that the server had closed: as browsers do
            raise Gone(str(error)) from error
        return status, json.loads(content) if content.startswith(b"{") else {}

    def close(self) -> None:
        """Gives the connection up."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


@dataclass
class Journal:
    """What happened: the milliseconds of each request, what was confirmed, what went wrong."""

    answer_ms: list[float] = field(default_factory=list)
    answers: list[tuple[str, float, float]] = field(default_factory=list)  # login, begun (monotonic), milliseconds
    lease_ms: list[float] = field(default_factory=list)
    confirmed: dict[tuple[int, int], dict[str, Any]] = field(default_factory=dict)  # (assignment, seq) -> what was said
    replies: dict[tuple[int, int], tuple[bool, bool]] = field(default_factory=dict)  # -> counted, again
    asked: dict[str, int] = field(default_factory=dict)  # request -> ask
    errors: list[str] = field(default_factory=list)
    resent: int = 0
    gone: int = 0


@dataclass
class Grader:
    """One grader at his work: leases, answers after some thought, now and then corrects, flags, asks, sends twice."""

    login: str
    port: int
    project: int
    journal: Journal
    think: Callable[[], float]
    chance: random.Random
    oddities: bool = False  # corrections, flags, questions, the same request twice
    forgotten: bool = False  # the server may have lost the session (not the answers): sign in again, once
    at_work: asyncio.Event | None = None  # while it is not set he rests, his last answer confirmed
    busy: bool = False
    held: list[dict[str, Any]] = field(default_factory=list)  # leased to him and not yet answered
    answered: set[int] = field(default_factory=set)
    line: Line = field(init=False)

    def __post_init__(self) -> None:
        self.line = Line(self.port)
        self.tab = f"tab-{self.login}"

    async def sign_in(self) -> None:
        """Signs in, waiting where the server asks to."""
        while True:
            try:
                status, reply = await self.line.post("/sign-in", {"login": self.login, "password": PASSWORD})
            except Gone:
                await asyncio.sleep(0.2)
                continue
            if status == 200:
                self.line.token = reply["token"]
                return
            if status != 429 and status < 500:
                raise RuntimeError(f"sign-in: {status} {reply}")
            await asyncio.sleep(reply.get("seconds", 1))

    async def _until(self, path: str, body: dict[str, Any], times: list[float] | None = None) -> dict[str, Any] | None:
        """Sends a request until it is answered; None where it was refused (and written down as an error)."""
        wait, tries = 0.05, 0
        while True:
            begun = time.perf_counter()
            try:
                status, reply = await self.line.post(path, body)
            except Gone:
                self.journal.gone += 1
                status, reply = 0, {}
            if status == 200:
                # Only a request that nobody disturbed tells how fast the server is.
                if times is not None and not tries:
                    times.append((time.perf_counter() - begun) * 1000)
                    if times is self.journal.answer_ms:
                        self.journal.answers.append((self.login, begun, times[-1]))
                return reply
            tries += 1
            if status == 401 and self.forgotten:
                self.forgotten = False
                await self.sign_in()
                continue
            if status and status != 429 and status < 500:
                self.journal.errors.append(f"{path}: {status} {reply.get('error')}: {reply.get('message')}")
                return None
            if status >= 500 and status != 503:
                self.journal.errors.append(f"{path}: {status}")
            self.journal.resent += 1
            await asyncio.sleep(wait * (0.5 + self.chance.random()))
            wait = min(wait * 2, 1.0)

    def level(self, work: dict[str, Any]) -> int:
        """Mostly what others say too, so that most items settle: the clip is what all see alike."""
        truth = int(work["clip"], 16) % 4
        if self.chance.random() < 0.85:
            return truth
        return min(3, max(0, truth + self.chance.choice((-2, -1, 1, 1))))

    async def answer(self, work: dict[str, Any], seq: int, flag: str | None = None) -> bool:
        """One answer, until it is confirmed."""
        said = {
            "assignment": work["assignment"], "seq": seq, "item": work["item"],
            "level": None if flag else self.level(work), "flag": flag, "note": f"{self.login} {seq}",
            "shown_ms_ago": 5000, "first_frame_ms": 40, "decision_ms": 4900, "watched_ms": 4800, "watched_share": 0.96,
            "speed": 1.0, "client": "traffic/1", "evidence_ms": [1000] if seq else [],
        }  # fmt: skip
        again = self.oddities and self.chance.random() < 0.03
        # As the player does: the reply brings the next items. A client of before asks for them by themselves.
        asks = {} if self.oddities and self.chance.random() < 0.2 else self._asks()
        for _ in range(2 if again else 1):
            body = {"project": self.project, **said, **asks}
            reply = await self._until("/api/answer", body, self.journal.answer_ms)
            if reply is None:
                return False
            key = reply["assignment"], reply["seq"]
            if key != (work["assignment"], seq):
                self.journal.errors.append(f"/api/answer: the reply to {(work['assignment'], seq)} names {key}")
            earlier = self.journal.replies.get(key)
            if earlier is not None and (earlier[0] != reply["counted"] or not reply["again"]):
                self.journal.errors.append(f"/api/answer: {key} was answered otherwise the second time")
            self.journal.confirmed[key] = said
            self.journal.replies[key] = reply["counted"], reply["again"]
            self._take((reply["lease"] or {}).get("work", []))
        return True

    async def top_up(self) -> None:
        """Asks for items where no answer's reply brought any."""
        if not self.held:
            reply = await self._until("/api/lease", {"project": self.project, **self._asks()}, self.journal.lease_ms)
            self._take((reply or {}).get("work", []))

    def _asks(self) -> dict[str, Any]:
        return {"tab": self.tab, "want": 3, "known": [work["assignment"] for work in self.held]}

    def _take(self, leased: list[dict[str, Any]]) -> None:
        there = {work["assignment"] for work in self.held} | self.answered
        self.held += [work for work in leased if work["assignment"] not in there]

    async def work(self, until: Callable[[], bool]) -> None:
        """Grades until it is over."""
        done: list[dict[str, Any]] = []
        while True:
            self.busy = False
            if self.at_work is not None:
                await self.at_work.wait()
            if until():
                return
            self.busy = True
            await self.top_up()
            if not self.held:
                await asyncio.sleep(0.5)
                continue
            await asyncio.sleep(self.think())
            work, chance = self.held.pop(0), self.chance.random()
            flag = None
            if self.oddities and chance < 0.04:
                flag = self.chance.choice(("bad_clip", "no_rule", "other"))
            self.answered.add(work["assignment"])
            if await self.answer(work, 0, flag) and self.oddities:
                done.append({**work, "seq": 0})
                await self._odd(done)

    async def _odd(self, done: list[dict[str, Any]]) -> None:
        chance = self.chance.random()
        if chance < 0.08:
            work = self.chance.choice(done[-20:])
            work["seq"] += 1
            await self.answer(work, work["seq"])
        elif chance < 0.11:
            request = f"{self.login}-{self.chance.getrandbits(64):x}"
            body = {"project": self.project, "assignment": done[-1]["assignment"], "text": "why?", "request": request}
            reply = await self._until("/api/ask", body)
            if reply is not None:
                self.journal.asked[request] = reply["ask"]
        elif chance < 0.14:
            await self._until("/api/heartbeat", {"project": self.project, "tab": self.tab})
        elif chance < 0.15:
            self.held = []
            await self._until("/api/release", {"project": self.project, "tab": self.tab})


async def signed_in(graders: list[Grader], at_once: int = 4) -> None:
    """Signs everybody in, a few at a time: a password costs the server 60 ms of work."""
    gate = asyncio.Semaphore(at_once)

    async def one(grader: Grader) -> None:
        async with gate:
            await grader.sign_in()

    await asyncio.gather(*(one(grader) for grader in graders))


async def all_of(work: list[Awaitable[None]]) -> None:
    """Runs all; the first that fails ends the run."""
    async with asyncio.TaskGroup() as group:
        for one in work:
            group.create_task(one)  # type: ignore[arg-type]
