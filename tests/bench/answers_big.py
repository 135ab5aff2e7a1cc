"""Answer to saved with ten million grades in the store, over whole minutes in which the analysts' copy is made.

The same 200 graders as in the answers bench, thinking 5 s an item, on an empty store and on the big one; then 400 on the
big one. Smaller or shorter: GRADES=1000000 SECONDS=60 python -m tests.bench answers_big --no-write
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
import random
import time
from pathlib import Path

from tests.bench.answers import after
from tests.bench.common import Row, percentile
from tests.bench.stores import BIG, PROJECT, Size, copy_of
from tests.traffic import Grader, Journal, Server, all_of, signed_in

THINK_S = 5.0
SECONDS = float(os.environ.get("SECONDS", 180))
GRADES = int(os.environ.get("GRADES", BIG.grades))
EMPTY = Size(open=100_000, graders=400)
GRADERS, TWICE = 200, 400


def run() -> list[Row]:
    """One measurement."""
    big = dataclasses.replace(BIG, grades=GRADES, graders=TWICE)
    with copy_of(EMPTY) as data:
        empty, _ = _graded(data, GRADERS)
    with copy_of(big) as data:
        full, copies = _graded(data, GRADERS)
    with copy_of(big) as data:
        twice, _ = _graded(data, TWICE)
    rows: list[Row] = []
    for name, journal, goals in (
        (f"{GRADERS} graders, empty store", empty, (15, 50)),
        (f"{GRADERS} graders, {GRADES:,} grades", full, (15, 50)),
        (f"{TWICE} graders, {GRADES:,} grades", twice, (None, None)),
    ):
        for share, goal in zip((0.5, 0.95), goals, strict=True):
            value, label = percentile(journal.answer_ms, share), f"answer to saved, {name}, p{round(share * 100)}"
            rows.append(Row.at_most(label, value, "ms", goal) if goal else Row(label, value, "ms"))
        rows.append(Row(f"answer to saved, {name}, p99", percentile(journal.answer_ms, 0.99), "ms"))
        rows.append(Row(f"answers a second, {name}", len(journal.answer_ms) / SECONDS, "1/s"))
        rows.append(Row.exactly(f"errors, {name}", len(journal.errors), "", 0))
        rows.append(Row(f"sent again, {name}", journal.resent, ""))
    against = percentile(full.answer_ms, 0.95) / percentile(empty.answer_ms, 0.95)
    return [*rows, Row.at_most("p95, full against empty", against, "x", 1.5), Row("copies made meanwhile", copies, "")]


def _graded(data: Path, graders: int) -> tuple[Journal, int]:
    """The graders' journal, and how many copies for analysts were made while they worked."""
    server = Server(data).start()
    try:
        return asyncio.run(_work(server, data, graders))
    finally:
        server.stop()


async def _work(server: Server, data: Path, graders: int) -> tuple[Journal, int]:
    chance, journal = random.Random(7), Journal()
    people = [
        Grader(f"g{n}", server.port, PROJECT, journal, lambda: chance.uniform(0.5, 1.5) * THINK_S, random.Random(n))
        for n in range(graders)
    ]
    await signed_in(people)
    end, made = time.monotonic() + SECONDS, set[float]()

    async def watch() -> None:
        while time.monotonic() < end:
            published = data / "analytics.duckdb"
            if published.exists():
                made.add(published.stat().st_mtime)
            await asyncio.sleep(1)

    await all_of([watch(), *(after(chance.uniform(0, THINK_S), person, end) for person in people)])
    return journal, len(made)
