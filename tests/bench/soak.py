"""Soak: a working day of answers compressed, with copies for analysts, imports, sign-ins and sign-outs.

Two hundred graders in haste for so many answers; meanwhile somebody signs in and out and items files come in. Memory, threads, open files and latency of the last quarter against the second.
Shorter: ANSWERS=10000 python -m tests.bench soak --runs 1 --no-write
"""

from __future__ import annotations

import asyncio
import csv
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.common import ROOT, Row, percentile
from tests.bench.stores import PROJECT, Size, copy_of
from tests.traffic import Grader, Journal, Server, all_of, signed_in

ANSWERS = int(os.environ.get("ANSWERS", 144_000))
GRADERS = 200
RATE = 110  # answers a second that the graders would give if an answer took no time
LONGEST_S = ANSWERS / 20
IMPORT_ROWS = 20_000
HISTORY = Size(grades=200_000, open=120_000, disputed=2_000)


@dataclass
class Watched:
    """What was seen of the server as time went by: (answers so far, megabytes, threads, files)."""

    seen: list[tuple[int, float, int, int]] = field(default_factory=list)
    signed: int = 0
    imported: int = 0
    faults: list[str] = field(default_factory=list)


def run() -> list[Row]:
    """One measurement."""
    with copy_of(HISTORY) as data:
        server = Server(data).start()
        try:
            journal, watched = asyncio.run(_day(server, data))
        finally:
            server.stop()
    return _rows(journal, watched)


def _rows(journal: Journal, watched: Watched) -> list[Row]:
    total, times = len(journal.answer_ms), journal.answer_ms
    quarters = [[row for row in watched.seen if total * n // 4 <= row[0] < total * (n + 1) // 4] for n in range(4)]
    latency = [percentile(times[total * n // 4 : total * (n + 1) // 4], 0.95) for n in range(4)]

    def middle(quarter: int, column: int) -> float:
        return percentile([row[column] for row in quarters[quarter]], 0.5)

    growth = 100 * (middle(3, 1) / middle(1, 1) - 1)
    return [
        Row("answers", total, ""),
        Row.at_most("memory, last quarter against the second", growth, "%", 5),
        Row("memory in the last quarter", middle(3, 1), "MB"),
        Row.at_most("threads, last quarter less the second", middle(3, 2) - middle(1, 2), "", 2),
        Row.at_most("open files, last quarter less the second", middle(3, 3) - middle(1, 3), "", 5),
        Row("answer to saved, second quarter, p95", latency[1], "ms"),
        Row.at_most("answer to saved, p95, last quarter against the second", latency[3] / latency[1], "x", 1.2),
        Row.exactly("errors", len(journal.errors) + len(watched.faults), "", 0),
        Row.exactly("doubled", len(journal.answer_ms) - len(journal.confirmed), "", 0),
        Row("sign-outs and sign-ins meanwhile", watched.signed, ""),
        Row("items imported meanwhile", watched.imported, ""),
    ]


async def _day(server: Server, data: Path) -> tuple[Journal, Watched]:
    chance, journal, watched = random.Random(7), Journal(), Watched()
    people = [
        Grader(
            f"g{n}", server.port, PROJECT, journal,
            lambda: chance.uniform(0.5, 1.5) * GRADERS / RATE, random.Random(n),
        )
        for n in range(GRADERS)
    ]  # fmt: skip
    await signed_in(people)
    end = time.monotonic() + LONGEST_S

    def over() -> bool:
        return len(journal.answer_ms) >= ANSWERS or time.monotonic() > end

    async def graded(person: Grader, wait: float) -> None:
        await asyncio.sleep(wait)
        await person.work(over)

    await all_of(
        [graded(person, chance.uniform(0, GRADERS / RATE)) for person in people]
        + [_watch(server, journal, watched, over), _come_and_go(server, watched, over), _import(data, watched, over)]
    )
    return journal, watched


async def _watch(server: Server, journal: Journal, watched: Watched, over: Callable[[], bool]) -> None:
    process = Path(f"/proc/{server.process.pid}")
    while not over():
        watched.seen.append(
            (
                len(journal.answer_ms),
                server.megabytes(),
                len(list((process / "task").iterdir())),
                len(list((process / "fd").iterdir())),
            )
        )
        await asyncio.sleep(1)


async def _come_and_go(server: Server, watched: Watched, over: Callable[[], bool]) -> None:
    """Somebody signs in and out, every other second."""
    while not over():
        one = Grader("lead", server.port, PROJECT, Journal(), lambda: 0.0, random.Random(1))
        await one.sign_in()
        status, _ = await one.line.post("/sign-out", {})
        if status >= 400:
            watched.faults.append(f"/sign-out: {status}")
        one.line.close()
        watched.signed += 1
        await asyncio.sleep(2)


async def _command(data: Path, *words: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "relevance", *words, cwd=ROOT, env={**os.environ, "RELEVANCE_DATA": str(data)},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode()


async def _import(data: Path, watched: Watched, over: Callable[[], bool]) -> None:
    """An items file a minute, by the real command."""
    path = data.parent / "items.csv"
    while not over():
        begin = watched.imported
        with path.open("w", encoding="utf-8", newline="") as stream:
            out = csv.writer(stream)
            out.writerow(["keyword_en", "video"])
            for row in range(begin, begin + IMPORT_ROWS):
                out.writerow([f"new word {row % 50}", f"c{row // 50 + 1}.mp4"])
        status, said = await _command(data, "items", str(path), "--project", "bench")
        if status:
            watched.faults.append(f"import: {said[-300:]}")
        else:
            watched.imported += IMPORT_ROWS
        for _ in range(60):
            if over():
                return
            await asyncio.sleep(1)
