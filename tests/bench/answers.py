"""Answer to saved: 200 graders on one process, and how many grades a second it carries.

The real server, the real protocol; the graders run in this process, on the same machine. An answer's time runs to the
reply, which comes after the answer is on disk and brings the next items, as the player has it. First 200 graders who think 5 s
an item; then the same 200 in ever greater haste, until the 95th percentile of an answer passes 100 ms. A rate counts
what was answered in a window of steady work, after the ramp in which the graders set in one after the other.
"""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
import time
from pathlib import Path

from relevance.store.store import Store
from tests.bench.common import Row, percentile, size
from tests.traffic import Grader, Journal, Server, all_of, build, signed_in

GRADERS = 200
THINK_S = 5.0
SECONDS = size("SECONDS", 45, 8)
RAMP_S = 4.0
STEP_S = 12.0
RATES = (
    (100,) if os.environ.get("BENCH_SMALL") else (100, 120, 130, 140, 150, 160, 180, 200, 240, 280)
)  # what the graders would do if an answer took no time
ITEMS = size("ITEMS", 100_000, 20_000)


def run() -> list[Row]:
    """One measurement."""
    with tempfile.TemporaryDirectory(prefix="relevance-bench-") as folder:
        data = Path(folder) / "data"
        data.mkdir()
        project = build(data, ITEMS, GRADERS, keywords=200)
        server = Server(data).start()
        try:
            rows, journals = asyncio.run(_measure(server, project))
        finally:
            server.stop()
        return rows + _accounts(data, journals)


async def _measure(server: Server, project: int) -> tuple[list[Row], list[Journal]]:
    chance = random.Random(7)
    steady = Journal()
    graders = [
        Grader(f"g{n}", server.port, project, steady, lambda: chance.uniform(0.5, 1.5) * THINK_S, random.Random(n))
        for n in range(GRADERS)
    ]
    await signed_in(graders)
    used, begun = server.cpu_seconds(), time.monotonic()
    await all_of([after(chance.uniform(0, THINK_S), grader, begun + SECONDS) for grader in graders])
    took = time.monotonic() - begun
    name = f"{GRADERS} graders, think {THINK_S:g} s"
    rows = [
        Row.at_most(f"answer to saved, {name}, p50", percentile(steady.answer_ms, 0.5), "ms", 15),
        Row.at_most(f"answer to saved, {name}, p95", percentile(steady.answer_ms, 0.95), "ms", 50),
        Row(f"answer to saved, {name}, p99", percentile(steady.answer_ms, 0.99), "ms"),
        Row(f"answers a second, {name}", len(steady.answer_ms) / took, "1/s"),
        Row(f"server's share of one core, {name}", 100 * (server.cpu_seconds() - used) / took, "%"),
        Row(f"server's memory, {name}", server.megabytes(), "MB"),
    ]
    journals = [steady]
    carried, at_limit = 0.0, 0.0
    for rate in RATES:
        ramp, measured, tail = Journal(), Journal(), Journal()
        journals += [ramp, measured, tail]
        for grader in graders:
            grader.journal = ramp
            grader.think = lambda rate=rate: chance.uniform(0.5, 1.5) * GRADERS / rate
        end = time.monotonic() + RAMP_S + STEP_S
        await all_of(
            [after(chance.uniform(0, GRADERS / rate), grader, end) for grader in graders]
            + [_hand_over(graders, measured, RAMP_S), _hand_over(graders, tail, RAMP_S + STEP_S)]
        )
        p95 = percentile(measured.answer_ms, 0.95)
        if p95 >= 100:
            break
        carried, at_limit = max((carried, at_limit), (len(measured.answer_ms) / STEP_S, p95))
    rows += [
        Row.at_least("grades/s carried by one process, p95 under 100 ms", carried, "1/s", 120),
        Row("answer to saved at that rate, p95", at_limit, "ms"),
    ]
    return rows, journals


async def after(seconds: float, grader: Grader, end: float) -> None:
    """Works from so many seconds on to the end (by the monotonic clock)."""
    await asyncio.sleep(seconds)
    await grader.work(lambda: time.monotonic() > end)


async def _hand_over(graders: list[Grader], journal: Journal, seconds: float) -> None:
    """From then on the graders write into another journal."""
    await asyncio.sleep(seconds)
    for grader in graders:
        grader.journal = journal


def _accounts(data: Path, journals: list[Journal]) -> list[Row]:
    """What the store says, against what the graders were told."""
    store = Store.open(data)
    with store.reader() as reader:
        there = set(reader.all("select assignment, seq from answer"))
        doubled = reader.value(
            "select count(*) from (select 1 from assignment group by item, grader, round, purpose having count(*) > 1)"
        )
        # Overlap 2, cap 5: an answer that does not count was one lease too many.
        over = reader.value("select count(*) from answer where not counts and purpose = 'work'")
    store.close()
    confirmed = [key for journal in journals for key in journal.confirmed]
    again = sum(again for journal in journals for _, again in journal.replies.values())
    resent = sum(journal.resent for journal in journals)
    return [
        Row("answers confirmed, in all", len(confirmed), ""),
        Row.exactly("errors", sum(len(journal.errors) for journal in journals) + resent, "", 0),
        Row.exactly("lost", len(set(confirmed) - there), "", 0),
        Row.exactly("doubled", doubled + again + len(confirmed) - len(set(confirmed)), "", 0),
        Row.exactly("over-assigned", over, "", 0),
    ]
