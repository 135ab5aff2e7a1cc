"""What 200 graders' clips ask of the machine, served by the product and by nginx in front of it.

Each grader grades an item every 13.5 s (2,000 a day), as the protocol says, and fetches each clip once, by range, as a browser
does: 2 MB, ten seconds at 1.6 Mbit/s. Processor time is the server's and nginx's own; the graders are played elsewhere.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from relevance.media.library import Library
from tests.bench.common import Row, percentile, size
from tests.nginx import Nginx, missing
from tests.traffic import Grader, Journal, Server, all_of, build, signed_in

GRADERS = size("BENCH_GRADERS", 200, 10)
PACE_S = 13.5
CLIP_BYTES = 2_000_000
SECONDS = size("BENCH_SECONDS", 60, 10)
ITEMS = 3000  # two grades each: enough for three runs


@dataclass
class Watcher(Grader):
    """A grader who also fetches the clips."""

    clip_ms: list[float] = field(default_factory=list)
    clip_bytes: int = 0
    seen: set[str] = field(default_factory=set)
    watches: bool = True

    def level(self, work: dict[str, Any]) -> int:
        return 2

    async def fetch(self, url: str) -> None:
        """A clip by range, as a video element asks for it."""
        begun = time.perf_counter()
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)
        writer.write(
            f"GET {url} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nRange: bytes=0-\r\nAuthorization: Bearer {self.line.token}"
            "\r\nConnection: close\r\n\r\n".encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        got = 0
        while data := await reader.read(1 << 18):
            got += len(data)
        writer.close()
        if b" 206 " not in head.split(b"\r\n", 1)[0] or got != CLIP_BYTES:
            self.journal.errors.append(f"clip: {head[:60]!r}, {got} bytes")
        self.clip_ms.append((time.perf_counter() - begun) * 1000)
        self.clip_bytes += got

    async def watch(self, until: float) -> None:
        """Grades at the pace of the work; what is held is in the buffer before it is wanted."""
        while time.monotonic() < until:
            await self.top_up()
            for work in self.held if self.watches else ():
                if work["url"] not in self.seen:
                    self.seen.add(work["url"])
                    await self.fetch(work["url"])
            await asyncio.sleep(self.think())
            if self.held:
                work = self.held.pop(0)
                self.answered.add(work["assignment"])
                await self.answer(work, 0)


def run() -> list[Row]:
    """One measurement."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        data.mkdir()
        project = build(data, ITEMS, GRADERS, lead=False)
        _clips(data)
        if reason := missing():
            raise SystemExit(f"This bench also measures nginx: {reason}")
        return [
            *_measure("no clips", data, project, None, watches=False),
            *_measure("served by the product", data, project, None),
            *_measure("served by nginx", data, project, Path(folder)),
        ]


def _clips(data: Path) -> None:
    """A file for every clip of the project: the same bytes, since who reads them does not look."""
    library, one = Library.of(data), data / "one.mp4"
    one.write_bytes(random.Random(1).randbytes(CLIP_BYTES))
    for number in range(1, ITEMS + 1):
        path = library.path(f"{number:064x}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.hardlink_to(one)
    for folder in (data, library.root):
        folder.chmod(0o755)


@contextmanager
def _front(server: Server, folder: Path | None) -> Iterator[Nginx | None]:
    if folder is None:
        yield None
        return
    nginx = Nginx(folder, server.data, f"http://127.0.0.1:{server.port}").start()
    try:
        yield nginx
    finally:
        nginx.stop()


def _measure(name: str, data: Path, project: int, folder: Path | None, watches: bool = True) -> list[Row]:
    server = Server(data, more={"RELEVANCE_TRUSTED_PROXIES": "127.0.0.1"} if folder else {}).start()
    try:
        with _front(server, folder) as nginx:
            return _watched(name, server, nginx, project, watches)
    finally:
        server.stop()


def _watched(name: str, server: Server, nginx: Nginx | None, project: int, watches: bool) -> list[Row]:
    chance = random.Random(7)
    journal = Journal()
    port = nginx.port if nginx else server.port
    graders = [
        Watcher(
            f"g{n}",
            port,
            project,
            journal,
            lambda: PACE_S * chance.uniform(0.7, 1.3),
            random.Random(n),
            watches=watches,
        )
        for n in range(GRADERS)
    ]

    async def all_day() -> tuple[float, float, float]:
        await signed_in(graders)
        until = time.monotonic() + PACE_S * 2 + SECONDS

        async def one(grader: Watcher) -> None:
            await asyncio.sleep(chance.uniform(0, PACE_S))  # nobody begins on the stroke of the hour
            await grader.watch(until)

        async def measured() -> tuple[float, float, float]:
            await asyncio.sleep(PACE_S * 2)  # the first three clips of everybody are behind us
            journal.answer_ms.clear()
            for grader in graders:
                grader.clip_ms.clear()
            bytes_, product, front = _bytes(graders), server.cpu_seconds(), nginx.cpu_seconds() if nginx else 0.0
            begun = time.monotonic()
            await asyncio.sleep(SECONDS)
            took = time.monotonic() - begun
            return (
                (_bytes(graders) - bytes_) / took,
                (server.cpu_seconds() - product) / took,
                ((nginx.cpu_seconds() if nginx else 0.0) - front) / took,
            )

        work = asyncio.ensure_future(all_of([one(grader) for grader in graders]))
        found = await measured()
        await work
        return found

    rate, product, front = asyncio.run(all_day())
    clip_ms = [ms for grader in graders for ms in grader.clip_ms]
    rows = [Row(f"{name}: processor time of the product, answers included", product * 100, "% of a core")]
    if nginx:
        rows.append(Row(f"{name}: processor time of nginx", front * 100, "% of a core"))
    if watches:
        rows += [
            Row(f"{name}: clips sent", rate / 1e6, "MB/s"),
            Row(f"{name}: a clip of 2 MB, p50", percentile(clip_ms, 0.5), "ms"),
            Row(f"{name}: a clip of 2 MB, p95", percentile(clip_ms, 0.95), "ms"),
        ]
    rows += [
        Row(f"{name}: answer to saved, p95", percentile(journal.answer_ms, 0.95), "ms"),
        Row.exactly(f"{name}: errors", len(journal.errors), journal.errors[0] if journal.errors else "", 0),
    ]
    return rows


def _bytes(graders: list[Watcher]) -> int:
    return sum(grader.clip_bytes for grader in graders)
