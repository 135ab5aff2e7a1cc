"""What goes on when the server is killed, by name. A scene gets the server under load and leaves it dead."""

from __future__ import annotations

import asyncio
import errno
import os
import random
import shutil
import signal
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from relevance.errors import BadInput
from relevance.store.backup import check
from relevance.store.files import DATABASE
from relevance.store.history_writer import PROMISED
from tests.nursery import Child
from tests.ports import free_port
from tests.torture.lead import Lead, Silent, knock
from tests.torture.power import PoweredServer
from tests.traffic import ROOT, Grader, Journal, Server

CLIPS = ROOT.parent / "shared" / "data" / "videos"
PATIENCE = 120.0  # seconds that anything may take on a busy machine


@dataclass
class Stage:
    """What scenes share. items: clips that there are. at_work: graders and lead rest while it is not set."""

    server: Server
    chance: random.Random
    folder: Path
    journal: Journal
    project: int
    items: int = 20_000
    turn: int = 0
    looked_for: int = 0  # answers, in the order in which they were confirmed, that were there after a kill
    faults: list[str] = field(default_factory=list)
    people: list[Grader] = field(default_factory=list)
    lead: Lead | None = None
    at_work: asyncio.Event = field(default_factory=asyncio.Event)
    begun: Counter[str] = field(default_factory=Counter)  # scene -> kills that came while its act was under way
    half_done: tuple[str, ...] = ()  # the command that was cut off last
    slow: float = 1.0  # a machine that others use too is given so many times the promised minute for the second copy

    @property
    def powered(self) -> PoweredServer:
        """The server, where its disk is ours."""
        assert isinstance(self.server, PoweredServer)
        return self.server

    async def some(self, most: float) -> None:
        """Waits up to so many seconds, mostly not long."""
        await asyncio.sleep(most * self.chance.random() ** 2)

    def end(self, command: Child | None = None) -> None:
        """Kills the server and a command beside it; where its disk is ours, in one case of two the power fails for both."""
        self.server.kill()
        if command is not None:
            command.kill()
            command.wait()
        if isinstance(self.server, PoweredServer) and self.chance.random() < 0.5:
            self.server.cut()

    async def while_running(
        self, scene: str, most: float, act: str, beside: Child | None = None, **arguments: Any
    ) -> None:
        """Has the server do an act again and again, and ends it at a random moment. `{n}` in a value is the act's number."""
        until, number = time.monotonic() + 0.3 + most * self.chance.random(), 0
        running: threading.Thread | None = None
        while time.monotonic() < until:
            if running is None or not running.is_alive():
                given = {
                    key: value.replace("{n}", str(number)) if isinstance(value, str) else value
                    for key, value in arguments.items()
                }
                running = self.call(act, **given)
                number += 1
            await asyncio.sleep(0.005)
        self.begun[scene] += running is not None and running.is_alive()
        self.end(beside)
        if running is not None:
            await asyncio.to_thread(running.join, PATIENCE)

    def call(self, act: str, **arguments: Any) -> threading.Thread:
        """Asks the server for an act on a thread; that it is cut off is what is wanted."""

        def run() -> None:
            try:
                knock(self.server.data, act, **arguments)
            except Silent:
                pass
            except Exception as wrong:
                self.faults.append(f"turn {self.turn}: {act}: {wrong}")

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    def command(self, *arguments: str) -> Child:
        """A command of the product on the same data folder, in a process of its own, on the server's disk."""
        given = {name: value for name, value in os.environ.items() if not name.startswith("RELEVANCE_")}
        given |= {"RELEVANCE_DATA": str(self.server.data), "RELEVANCE_LANGUAGE": "en"}
        of = self.server.nursery if isinstance(self.server, PoweredServer) else None
        return Child(["-m", "relevance", *arguments], given, self.said(arguments[0]), of)

    def said(self, command: str) -> Path:
        """Where a command's words of this turn are kept."""
        return self.folder / f"{command}-{self.turn}.log"

    def seen(self) -> dict[str, Any]:
        """What is under way in the server; empty where it does not answer."""
        try:
            found: dict[str, Any] = knock(self.server.data, "torture.seen")
        except Silent:
            return {}
        return found

    async def until(self, true: Callable[[dict[str, Any]], bool], most: float = PATIENCE, step: float = 0.1) -> bool:
        """Waits until what is seen of the server is so; whether it came to that."""
        end = time.monotonic() + most
        while time.monotonic() < end:
            found = await asyncio.to_thread(self.seen)
            if found and true(found):
                return True
            await asyncio.sleep(step)
        return False

    def gone(self) -> list[str]:
        """What was confirmed since the last look and is not in the server that has just been started."""
        assert self.lead is not None
        keys, told = list(self.journal.confirmed)[self.looked_for :], dict(self.lead.told)
        found = knock(
            self.server.data, "torture.records", assignments=[key[0] for key in keys], seqs=[key[1] for key in keys]
        )
        self.looked_for += len(keys)
        there = [tuple(row) for row in found["answers"]]
        rulings = [tuple(row) for row in found["decisions"]], [tuple(row) for row in found["question_answers"]]
        return unlike(self.journal, keys, there) + self.lead.compared(*rulings, told)[0]

    def forgive(self) -> None:
        """Everybody may have to sign in once more: what happened may have ended sessions, as the documents say."""
        for person in self.people:
            person.forgotten = True


def unlike(journal: Journal, keys: Sequence[tuple[int, int]], there: Sequence[tuple[Any, ...]]) -> list[str]:
    """Which of these confirmed answers are not there as they were said. Rows: assignment, seq, level, flag, note, counts."""
    answers = {(row[0], row[1]): tuple(row[2:]) for row in there}
    lost = []
    for key in keys:
        said = journal.confirmed[key]
        expected = said["level"], said["flag"], said["note"], journal.replies[key][0]  # its item: `verify`
        if key not in answers:
            lost.append(f"answer {key} is not there")
        elif answers[key] != expected:
            lost.append(f"answer {key} says {answers[key]}, said was {expected}")
    return lost


async def load(at: Stage) -> None:
    """Nothing but graders and their lead."""
    await asyncio.sleep(at.chance.choice((0.05, 0.5, 1.0, 2.0, 4.0)) * (0.5 + at.chance.random()))
    at.server.kill()


async def snapshot(at: Stage) -> None:
    """The analysts' copy is in the making."""
    await at.while_running("snapshot", 2.0, "snapshot")
    published = at.server.data / "analytics.duckdb"
    if published.exists():
        duckdb.connect(str(published), read_only=True).close()


async def backup(at: Stage) -> None:
    """A backup is in the making; a half one must not look like a whole one."""
    await at.while_running("backup", 2.0, "backup", folder=str(at.folder / "backup-{n}"), clips=True)
    for to in at.folder.glob("backup-*"):
        try:
            check(to)
        except BadInput as why:
            at.faults.append(f"turn {at.turn}: {why} {'; '.join(place.say() for place in why.places[:5])}")
        shutil.rmtree(to)
    for left in at.folder.glob(".backup-*"):
        shutil.rmtree(left)


async def export(at: Stage) -> None:
    """An export is in the making."""
    to = at.folder / "grades.parquet"
    await at.while_running(
        "export", 1.5, "export", project="bench", what="grades", format="parquet", out=str(to), batch=None, as_of=None,
        bom=False,
    )  # fmt: skip
    if to.exists():
        duckdb.execute(f"select count(*) from '{to}'").fetchone()


async def imports(at: Stage) -> None:
    """Items come in, in pieces that nobody sees before the last."""
    command = _importing(at, 20_000)
    if await at.until(lambda seen: seen["imports"] > 0, step=0.02):
        await at.some(1.0)
    at.begun["import"] += command.poll() is None
    at.end(command)


def _importing(at: Stage, n: int) -> Child:
    file = at.folder / f"items-{at.turn}.csv"
    rows = (f"c{at.chance.randrange(at.items)}.mp4,torture {at.turn} {number // 20}" for number in range(n))
    file.write_text("clip,keyword\n" + "\n".join(rows) + "\n", "utf-8")
    return _half(at, "items", str(file), "--project", "bench")


def _half(at: Stage, *arguments: str) -> Child:
    at.half_done = arguments
    return at.command(*arguments)


async def ingest(at: Stage) -> None:
    """Videos are being prepared, and clips registered: copies of real ones, made new by a few bytes behind their end."""
    fresh = at.folder / f"videos-{at.turn}"
    fresh.mkdir()
    small = sorted(CLIPS.glob("*.mp4"), key=lambda path: path.stat().st_size)[:6]
    for video in at.chance.sample(small, 4):
        free = b"\0\0\0\x18free" + at.chance.randbytes(16)  # an empty box: players skip it
        (fresh / video.name).write_bytes(video.read_bytes() + free)
    before = (await asyncio.to_thread(at.seen)).get("sources", 0)
    command = _half(at, "ingest", str(fresh), "--project", "bench", "--workers", "1")
    wanted = before + at.chance.choice((0, 1, 1, 2, 3))
    await at.until(lambda seen: seen["sources"] >= wanted or command.poll() is not None)
    await at.some(1.0)
    at.begun["ingest"] += command.poll() is None
    at.end(command)


async def checkpoint(at: Stage) -> None:
    """The log is being folded into the file, again and again, while an import fills it."""
    command = _importing(at, 60_000)
    await at.until(lambda seen: seen["imports"] > 0, most=10, step=0.02)
    await at.while_running("checkpoint", 2.0, "torture.checkpoint", command)


async def power(at: Stage) -> None:
    """The power fails: what was not synced is gone."""
    await asyncio.sleep(0.5 + 3 * at.chance.random())
    at.powered.cut()


async def full(at: Stage) -> None:
    """The disk is full for a while; then there is room again, and answers are taken again without a restart."""
    at.powered.break_disk(errno.ENOSPC)
    await asyncio.sleep(0.3 + 2 * at.chance.random())
    before = len(at.journal.confirmed)
    at.powered.mend_disk()
    end = time.monotonic() + PATIENCE
    while at.server.process.poll() is None and len(at.journal.confirmed) == before and time.monotonic() < end:
        await asyncio.sleep(0.05)
    _ended_rightly(at, "a full disk", len(at.journal.confirmed) > before)
    at.end()


async def readonly(at: Stage) -> None:
    """The disk can only be read for a while, as after an error of its file system; it is remounted, then restarted."""
    at.powered.break_disk(errno.EROFS)
    await asyncio.sleep(0.3 + 2 * at.chance.random())
    _ended_rightly(at, "a read-only disk", True)
    at.server.kill()
    at.powered.mend_disk()


def _ended_rightly(at: Stage, disk: str, goes_on: bool) -> None:
    """It goes on, or has ended with 70 so that a supervisor starts it again."""
    code = at.server.process.poll()
    if code not in (None, 70):
        at.faults.append(f"turn {at.turn}: on {disk} the server ended with {code}")
    elif code is None and not goes_on:
        at.faults.append(f"turn {at.turn}: after {disk} the server took no answer for {PATIENCE:.0f} s")
    at.begun["ended by itself"] += code == 70


async def clock(at: Stage) -> None:
    """The clock is set an hour forward or back while graders work; for the next server it is right again, or not yet."""
    at.forgive()
    at.powered.step_clock(at.chance.choice((3600, -3600)))
    await asyncio.sleep(0.5 + 2.5 * at.chance.random())
    if at.chance.random() < 0.5:
        at.powered.step_clock(0)
        await at.some(2.0)
    at.end()
    if at.chance.random() < 0.5:
        at.powered.step_clock(0)


async def torn(at: Stage) -> None:
    """The log's last page is half written: an act that was never confirmed, and rubbish behind it."""
    await at.some(2.0)
    at.server.kill()
    with (at.server.data / f"{DATABASE}.wal").open("ab") as log:
        log.write(at.chance.randbytes(at.chance.randint(1, 4096)))


async def rot(at: Stage) -> None:
    """The log's last page, synced and confirmed, is damaged later: the second copy brings it back."""
    at.at_work.clear()
    rests = time.monotonic()
    while any(person.busy for person in at.people) or (at.lead is not None and at.lead.busy):
        if time.monotonic() - rests > PATIENCE:
            at.faults.append(f"turn {at.turn}: answers are not confirmed")
            break
        await asyncio.sleep(0.05)
    copied = await at.until(lambda seen: seen["copied"], PROMISED * at.slow, step=0.5)
    at.server.kill()
    at.at_work.set()
    if not copied:  # that is fault enough: what is damaged now would be lost for certain
        at.faults.append(f"turn {at.turn}: the second copy was more than {PROMISED * at.slow:.0f} s behind")
        return
    log = at.server.data / f"{DATABASE}.wal"
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
    except RuntimeError as why:
        at.begun["rot"] += 1
        if "relevance rebuild" not in str(why):
            at.faults.append(f"turn {at.turn}: a damaged log is not called one: {str(why)[-300:]}")
        await asyncio.to_thread(_drill, at)
    else:
        at.server.kill()


def _drill(at: Stage) -> None:
    """What docs/operations.md tells an administrator to do."""
    for name in (DATABASE, f"{DATABASE}.wal"):
        with suppress(FileNotFoundError):
            (at.server.data / name).rename(at.folder / f"{name}-{at.turn}")
    if at.command("rebuild").wait(PATIENCE) != 0:
        at.faults.append(f"turn {at.turn}: rebuild failed: {at.said('rebuild').read_text()[-300:]}")
    at.forgive()  # sessions are not in the copy: everybody signs in again


async def second(at: Stage) -> None:
    """A second server on the same store is refused, with the first one's number, and harms nothing; of two at once one wins."""
    pid = at.server.process.pid
    late = at.command("serve", "--port", str(free_port()))
    code = await asyncio.to_thread(late.wait, PATIENCE)
    if code == 0 or str(pid) not in at.said("serve").read_text():
        at.faults.append(f"turn {at.turn}: a second server ended with {code}: {at.said('serve').read_text()[-300:]}")
    await at.some(1.0)
    at.end()
    ports = free_port(), free_port()
    both = [at.command("serve", "--port", str(port)) for port in ports]
    end = time.monotonic() + PATIENCE
    while all(one.poll() is None for one in both) and time.monotonic() < end:
        await asyncio.sleep(0.05)
    left = [(one, port) for one, port in zip(both, ports, strict=True) if one.poll() is None]
    if len(left) != 1 or not await asyncio.to_thread(_alive, left[0][1]):
        at.faults.append(f"turn {at.turn}: of two servers started at once {len(left)} went on")
    at.begun["second"] += 1
    for one, _ in left:
        one.send_signal(signal.SIGKILL)
        one.wait(PATIENCE)


def _alive(port: int) -> bool:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/live", timeout=5):
            return True
        time.sleep(0.05)
    return False


Scene = Callable[[Stage], Awaitable[None]]
PLAIN: dict[str, Scene] = {
    "load": load, "snapshot": snapshot, "checkpoint": checkpoint, "backup": backup, "export": export, "import": imports,
    "ingest": ingest, "torn": torn, "rot": rot, "second": second,
}  # fmt: skip
POWERED: dict[str, Scene] = {"power": power, "full": full, "readonly": readonly, "clock": clock}
