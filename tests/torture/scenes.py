"""What goes on when the server is killed, by name. A scene gets the server under load and leaves it dead."""

from __future__ import annotations

import asyncio
import errno
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from relevance import door
from relevance.settings import Settings
from relevance.store import history_tail
from tests.torture.power import PoweredServer
from tests.traffic import ROOT, Grader, Server

PROMISED_S = 60.0  # the second copy is no older than this
CLIPS = ROOT.parent / "shared" / "data" / "videos"


@dataclass
class Stage:
    """What scenes share. items: clips that there are. pause: seconds that graders rest before their next answer. notes: what was seen."""

    server: Server
    chance: random.Random
    folder: Path
    items: int = 20_000
    pause: float = 0.0
    turn: int = 0
    faults: list[str] = field(default_factory=list)
    people: list[Grader] = field(default_factory=list)

    @property
    def powered(self) -> PoweredServer:
        """The server, where its disk is ours."""
        assert isinstance(self.server, PoweredServer)
        return self.server

    async def some(self, most: float) -> None:
        """Waits up to so many seconds, mostly not long."""
        await asyncio.sleep(most * self.chance.random() ** 2)

    def call(self, act: str, **arguments: Any) -> threading.Thread:
        """Asks the server for an act on a thread; that it is cut off is what is wanted."""

        def run() -> None:
            with suppress(Exception):
                door.call(Settings(data=self.server.data), act, **arguments)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    def command(self, *arguments: str) -> subprocess.Popen[bytes]:
        """A command of the product on the same data folder, in a process of its own."""
        given = {name: value for name, value in os.environ.items() if not name.startswith("RELEVANCE_")}
        given["RELEVANCE_DATA"] = str(self.server.data)
        return subprocess.Popen(
            [sys.executable, "-m", "relevance", *arguments],
            cwd=ROOT, env=given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip


async def load(at: Stage) -> None:
    """Nothing but graders."""
    await asyncio.sleep(at.chance.choice((0.05, 0.5, 1.0, 2.0, 4.0)) * (0.5 + at.chance.random()))
    at.server.kill()


async def snapshot(at: Stage) -> None:
    """The analysts' copy is in the making."""
    at.call("snapshot")
    await at.some(1.0)
    at.server.kill()


async def backup(at: Stage) -> None:
    """A backup is in the making; a half one must not look like a whole one."""
    to = at.folder / f"backup-{at.turn}"
    at.call("backup", folder=str(to), clips=True)
    await at.some(1.0)
    at.server.kill()
    if to.exists() and any(to.iterdir()):
        from relevance.store.backup import check

        check(to)
        shutil.rmtree(to)


async def export(at: Stage) -> None:
    """An export is in the making."""
    to = at.folder / "grades.parquet"
    at.call("export", project="bench", what="grades", format="parquet", out=str(to), batch=None, as_of=None, bom=False)
    await at.some(0.6)
    at.server.kill()
    if to.exists():
        import duckdb

        duckdb.execute(f"select count(*) from '{to}'").fetchone()


async def imports(at: Stage) -> None:
    """Items come in, in pieces that nobody sees before the last."""
    command = _importing(at, 20_000)
    await asyncio.sleep(0.8 + 2.5 * at.chance.random())
    at.server.kill()
    command.kill()
    command.wait()


def _importing(at: Stage, n: int) -> subprocess.Popen[bytes]:
    file = at.folder / f"items-{at.turn}.csv"
    rows = (f"c{at.chance.randrange(at.items)}.mp4,torture {at.turn} {number}" for number in range(n))
    file.write_text("clip,keyword\n" + "\n".join(rows) + "\n", "utf-8")
    return at.command("items", str(file), "--project", "bench")


async def ingest(at: Stage) -> None:
    """Videos are being prepared, and clips registered."""
    command = at.command("ingest", str(CLIPS), "--project", "bench", "--workers", "1")
    await asyncio.sleep(1.0 + 4.0 * at.chance.random())
    at.server.kill()
    command.kill()
    command.wait()


async def checkpoint(at: Stage) -> None:
    """The log is being folded into the file: 16 MB of rows are pushed in, and the kill follows its shrinking."""
    log = at.server.data / "relevance.duckdb.wal"
    command = _importing(at, 60_000)
    end, largest = time.monotonic() + 25, 0
    while time.monotonic() < end:
        with suppress(FileNotFoundError):
            size = log.stat().st_size
            if size < largest - 1_000_000 or list(at.server.data.glob("*.wal.*")):
                break
            largest = max(largest, size)
        await asyncio.sleep(0.002)
    await at.some(0.1)
    at.server.kill()
    command.kill()
    command.wait()


async def power(at: Stage) -> None:
    """The power fails: what was not synced is gone."""
    await asyncio.sleep(0.5 + 3 * at.chance.random())
    at.powered.cut()


async def full(at: Stage) -> None:
    """The disk is full for a while; then there is room again."""
    at.powered.break_disk(errno.ENOSPC)
    await asyncio.sleep(0.3 + 2 * at.chance.random())
    at.powered.mend_disk()
    await at.some(1.0)
    if at.server.process.poll() not in (None, 70):
        at.faults.append(f"on a full disk the server ended with {at.server.process.poll()}")
    at.server.kill()


async def readonly(at: Stage) -> None:
    """The disk can only be read for a while, as after an error of its file system."""
    at.powered.break_disk(errno.EROFS)
    await asyncio.sleep(0.3 + 2 * at.chance.random())
    at.server.kill()
    at.powered.mend_disk()


async def clock(at: Stage) -> None:
    """The clock is set an hour forward or back while graders work, and back again before the next."""
    at.powered.step_clock(at.chance.choice((3600, -3600)))
    await at.some(3.0)
    if at.chance.random() < 0.5:
        at.powered.step_clock(0)
        await at.some(1.0)
    at.server.kill()


async def torn(at: Stage) -> None:
    """The log's last page is half written: an act that was never confirmed, and rubbish behind it."""
    await at.some(2.0)
    at.server.kill()
    with (at.server.data / "relevance.duckdb.wal").open("ab") as log:
        log.write(at.chance.randbytes(at.chance.randint(1, 4096)))


async def rot(at: Stage) -> None:
    """The log's last page, synced and confirmed, is damaged later: the second copy brings it back."""
    at.pause = PROMISED_S
    await asyncio.sleep(3.0)  # what was under way is confirmed; from now on graders rest
    since, began = datetime.now(UTC), time.monotonic()
    # The copy is looked at every 20 s and written where something moved: then it has all that was confirmed.
    while await asyncio.to_thread(_copied_until, at) < since and time.monotonic() - began < PROMISED_S:
        await asyncio.sleep(1.0)
    at.server.kill()
    at.pause = 0.0
    log = at.server.data / "relevance.duckdb.wal"
    if not log.exists() or log.stat().st_size < 200:
        return
    with log.open("r+b") as stream:
        stream.seek(-min(4096, log.stat().st_size // 2), os.SEEK_END)
        place = stream.tell()
        page = bytearray(stream.read())
        for _ in range(64):
            page[at.chance.randrange(len(page))] ^= 0xFF
        stream.seek(place)
        stream.write(page)
    try:
        await asyncio.to_thread(at.server.start)
    except RuntimeError:
        await asyncio.to_thread(_drill, at)
    else:
        at.server.kill()


def _copied_until(at: Stage) -> datetime:
    tail = history_tail.find(at.server.data / "history")
    return datetime.fromisoformat(tail.state.as_of) if tail else datetime.min.replace(tzinfo=UTC)


def _drill(at: Stage) -> None:
    """What docs/operations.md tells an administrator to do."""
    for name in ("relevance.duckdb", "relevance.duckdb.wal"):
        with suppress(FileNotFoundError):
            (at.server.data / name).rename(at.folder / f"{name}-{at.turn}")
    if at.command("rebuild").wait() != 0:
        at.faults.append("rebuild failed")
    for person in at.people:  # sessions are not in the copy: everybody signs in again
        person.forgotten = True


async def second(at: Stage) -> None:
    """A second server on the same store is refused and harms nothing."""
    code = await asyncio.to_thread(at.command("serve", "--port", "8899").wait)
    if code == 0:
        at.faults.append("a second server was not refused")
    await at.some(1.0)
    at.server.kill()


Scene = Callable[[Stage], Awaitable[None]]
PLAIN: dict[str, Scene] = {
    "load": load, "snapshot": snapshot, "checkpoint": checkpoint, "backup": backup, "export": export, "import": imports,
    "ingest": ingest, "torn": torn, "rot": rot, "second": second,
}  # fmt: skip
POWERED: dict[str, Scene] = {"power": power, "full": full, "readonly": readonly, "clock": clock}
