"""Items import: a million rows through the real command, on a free store, with a server, and while 200 people grade.

The last is what graders notice: their answers in the minute before and while the command runs, the command itself as
anybody would start it on the server's machine.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
from pathlib import Path

from tests.bench.common import Row, percentile, size
from tests.bench.items_import import CLIPS, command, measure, write
from tests.traffic import Grader, Journal, Server, all_of, build, signed_in

ROWS = size("ROWS", 1_000_000, 20_000)
SECONDS = size("SECONDS", 60, 10)  # of grading alone
GRADERS, THINK_S, RAMP_S = 200, 5.0, 8.0
RUNS = 1  # of seven minutes


def run() -> list[Row]:
    """One measurement."""
    free, served = measure(ROWS, "csv", server=False), measure(ROWS, "csv", server=True)
    print(f"free {free}, server {served}", file=sys.stderr, flush=True)
    name = f"{ROWS:,} rows"
    return [
        Row.at_most(f"{name}, store free", free["first"], "s", 60),
        Row.at_most("memory of the command's process, store free", free["memory"], "MB", 1024),
        Row.at_most(f"{name}, server running", served["first"], "s", 60),
        Row.at_most("memory of the command's process, server running", served["memory"], "MB", 1024),
        Row("the same file again, server running", served["again"], "s"),
        *_while_people_grade(),
    ]


def _while_people_grade() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="relevance-bench-") as folder:
        data = Path(folder) / "data"
        data.mkdir()
        project = build(data, 60_000, GRADERS, keywords=200)
        file = write("csv", ROWS, Path(folder), clip="c{}.mp4", end="00:00:04.250")
        server = Server(data).start()
        try:
            return asyncio.run(_grade(server, project, file, data))
        finally:
            server.stop()


async def _grade(server: Server, project: int, file: Path, data: Path) -> list[Row]:
    chance, ramp, alone, beside = random.Random(7), Journal(), Journal(), Journal()
    people = [
        Grader(f"g{n}", server.port, project, ramp, lambda: chance.uniform(0.5, 1.5) * THINK_S, random.Random(n))
        for n in range(GRADERS)
    ]
    await signed_in(people)
    over, done = asyncio.Event(), []

    async def bring() -> None:
        for seconds, journal in ((RAMP_S, alone), (SECONDS, beside)):
            await asyncio.sleep(seconds)
            for person in people:
                person.journal = journal
        done.append(await asyncio.to_thread(command, file, data))
        over.set()

    async def graded(person: Grader) -> None:
        await asyncio.sleep(chance.uniform(0, THINK_S))
        await person.work(over.is_set)

    await all_of([bring(), *(graded(person) for person in people)])
    ((seconds, memory),) = done
    p95 = percentile(beside.answer_ms, 0.95)
    worst = _worst_second(beside)
    return [
        Row(f"{ROWS:,} rows while {GRADERS} grade", seconds, "s"),
        Row.at_most("memory of the command's process, while they grade", memory, "MB", 1024),
        Row("answer to saved before it, p95", percentile(alone.answer_ms, 0.95), "ms"),
        Row("answer to saved meanwhile, p95", p95, "ms"),
        Row.at_most("the second against the first", p95 / percentile(alone.answer_ms, 0.95), "x", 1.5),
        Row("answer to saved meanwhile, p99", percentile(beside.answer_ms, 0.99), "ms"),
        Row("median of the worst second meanwhile", worst, "ms"),
        Row.exactly("errors", len(beside.errors) + beside.resent, "", 0),
    ]


def _worst_second(journal: Journal) -> float:
    by_second: dict[int, list[float]] = {}
    for _, begun, ms in journal.answers:
        by_second.setdefault(int(begun), []).append(ms)
    return max((percentile(values, 0.5) for values in by_second.values()), default=0.0)


assert CLIPS <= 60_000  # each clip of the file is one of the store's
