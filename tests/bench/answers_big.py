"""Answer to saved by the number of graders and by what the store holds, and while the analysts' copy is made.

Graders think 5 s an item. On an empty store, one with a million and one with ten million grades (all three with a second
copy and a copy for analysts, which go on being made): 50 to 400 graders, and for 200, the promise, and 400, twice that,
over whole minutes. Smaller: GRADES=1000000 LONG_S=60 python -m tests.bench answers_big --no-write
"""

from __future__ import annotations

import asyncio
import dataclasses
import random
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import plots
from tests.bench.answers import after
from tests.bench.common import Row, percentile, shown, size
from tests.bench.stores import BIG, PROJECT, Size, copy_of
from tests.traffic import Grader, Journal, Server, all_of, signed_in

RUNS = 1  # of twenty minutes
THINK_S = 5.0
RAMP_S = 8.0  # until the last grader has set in and has had his first answer
STEP_S = size("STEP_S", 30, 8)
LONG_S = size("LONG_S", 180, 60)
GRADES = size("GRADES", BIG.grades, 100_000)
PROMISE, TWICE = 200, 400
COUNTS = (50, 100, PROMISE, 300, TWICE)
STORES = (
    Size(open=size("OPEN", 100_000, 10_000), graders=TWICE),
    dataclasses.replace(BIG, grades=GRADES // 10),
    dataclasses.replace(BIG, grades=GRADES),
)
PICTURES = (
    "", "![Answer to saved by graders](images/load-graders.svg)", "",
    "![Answer to saved by what the store holds](images/load-store.svg)",
)  # fmt: skip


@dataclass
class Step:
    """What so many graders saw in a time of steady work."""

    begun: float
    answers: list[tuple[str, float, float]]  # login, begun, milliseconds
    errors: int
    resent: int
    cpu: float  # share of one core
    memory: float  # MB

    @property
    def times(self) -> list[float]:
        """Milliseconds of all answers."""
        return [ms for _, _, ms in self.answers]


@dataclass
class Told:
    """One store: its steps by graders, when copies were made (begin, end), the seconds until it served."""

    steps: dict[int, Step] = field(default_factory=dict)
    copies: list[tuple[float, float]] = field(default_factory=list)
    ready_s: float = 0.0

    def beside_copies(self, step: Step) -> tuple[list[float], list[float]]:
        """Answers of whole minutes in which a copy was made, and those that were sent while one was in the making."""
        minutes, inside = [], []
        for _, begun, ms in step.answers:
            first = step.begun + (begun - step.begun) // 60 * 60
            if any(start < first + 60 and end > first for start, end in self.copies):
                minutes.append(ms)
            if any(start <= begun <= end for start, end in self.copies):
                inside.append(ms)
        return minutes, inside


def run() -> list[Row]:
    """One measurement."""
    found: dict[int, Told] = {}
    for one in STORES:
        with copy_of(one) as data:
            found[one.grades] = _store(data)
        for graders, step in found[one.grades].steps.items():
            print(
                f"{one.grades:,} grades, {graders} graders: {len(step.answers)} answers, p50 "
                f"{percentile(step.times, 0.5):.1f}, p95 {percentile(step.times, 0.95):.1f} ms, {100 * step.cpu:.0f} % of a core",
                file=sys.stderr, flush=True,
            )  # fmt: skip
    _draw(found)
    return _rows(found)


def _rows(found: dict[int, Told]) -> list[Row]:
    rows: list[Row] = []
    empty, full = found[0].steps[PROMISE], found[GRADES].steps[PROMISE]
    for grades, told in found.items():
        holds = f"{grades:,} grades" if grades else "empty store"
        rows.append(Row(f"started and serving, {holds}", told.ready_s, "s"))
        for graders, step in told.steps.items():
            name, promised = f"{graders} graders, {holds}", graders == PROMISE
            p50, p95 = percentile(step.times, 0.5), percentile(step.times, 0.95)
            rows += [
                Row.at_most(f"answer to saved, {name}, p50", p50, "ms", 15) if promised
                else Row(f"answer to saved, {name}, p50", p50, "ms"),
                Row.at_most(f"{name}, p95", p95, "ms", 50) if promised else Row(f"{name}, p95", p95, "ms"),
                Row(f"{name}, p99", percentile(step.times, 0.99), "ms"),
                Row(f"{name}, server's share of one core", 100 * step.cpu, "%"),
                Row.exactly(f"{name}, errors", step.errors, "", 0),
                Row.exactly(f"{name}, sent again", step.resent, "", 0),
            ]  # fmt: skip
    rows.append(Row.at_most(
        f"{PROMISE} graders, p95, {GRADES:,} grades against none",
        percentile(full.times, 0.95) / percentile(empty.times, 0.95), "x", 1.5,
    ))  # fmt: skip
    minutes, inside = found[GRADES].beside_copies(full)
    made = [(start, end) for start, end in found[GRADES].copies if full.begun < end and start < full.begun + LONG_S]
    rows += [
        Row(f"copies for analysts made meanwhile, {GRADES:,} grades", len(made), ""),
        Row("the longest of them", max((end - start for start, end in made), default=0.0), "s"),
        Row(f"answers in whole minutes with a copy, {GRADES:,} grades, p95", percentile(minutes, 0.95), "ms"),
        Row.at_most(
            "the same against an empty store", percentile(minutes, 0.95) / percentile(empty.times, 0.95), "x", 1.5
        ),
        Row("answers sent while a copy is in the making", len(inside), ""),
        Row("these, p95", percentile(inside, 0.95), "ms"),
        Row("these, p99", percentile(inside, 0.99), "ms"),
        Row(f"server's memory, {GRADES:,} grades, {TWICE} graders", found[GRADES].steps[TWICE].memory, "MB"),
    ]
    return rows + _evenly(found[GRADES].steps[TWICE])


def _evenly(step: Step) -> list[Row]:
    """Does the whole crowd wait alike, and all the time alike?"""
    mine: dict[str, list[float]] = defaultdict(list)
    slices: dict[int, list[float]] = defaultdict(list)
    for login, begun, ms in step.answers:
        mine[login].append(ms)
        slices[int((begun - step.begun) // 10)].append(ms)
    means = [sum(values) / len(values) for values in mine.values()]
    all_of_them = sum(step.times) / len(step.times)
    tens = [percentile(values, 0.95) for at, values in sorted(slices.items()) if 10 * (at + 1) <= LONG_S]
    given = [len(values) for values in mine.values()]
    return [
        Row(f"{TWICE} graders: people who answered", len(mine), ""),
        Row("answers of the one with fewest, against the mean", min(given) * len(given) / sum(given), "x"),
        Row("mean wait of the one served worst, against everybody's", max(means) / all_of_them, "x"),
        Row("p95 of the worst ten seconds, against the middle ones", max(tens) / percentile(tens, 0.5), "x"),
    ]


def _store(data: Path) -> Told:
    begun = time.monotonic()
    server = Server(data).start()
    told = Told(ready_s=time.monotonic() - begun)
    try:
        asyncio.run(_work(server, data, told))
    finally:
        server.stop()
    return told


async def _work(server: Server, data: Path, told: Told) -> None:
    chance = random.Random(7)
    people = [
        Grader(
            f"g{n}", server.port, PROJECT, Journal(), lambda: chance.uniform(0.5, 1.5) * THINK_S, random.Random(n)
        )
        for n in range(TWICE)
    ]  # fmt: skip
    await signed_in(people)
    over = asyncio.Event()
    watching = asyncio.create_task(_watch(data, told, over))
    for graders in COUNTS:
        seconds = LONG_S if graders in (PROMISE, TWICE) else STEP_S
        told.steps[graders] = await _step(server, people[:graders], seconds, chance)
    over.set()
    await watching


async def _step(server: Server, people: list[Grader], seconds: float, chance: random.Random) -> Step:
    ramp, measured = Journal(), Journal()
    for person in people:
        person.journal = ramp
    begun = time.perf_counter() + RAMP_S
    end = time.monotonic() + RAMP_S + seconds
    used = [0.0, 0.0]

    async def measure() -> None:
        await asyncio.sleep(RAMP_S)
        for person in people:
            person.journal = measured
        used[0] = server.cpu_seconds()
        await asyncio.sleep(seconds)
        used[1] = server.cpu_seconds()

    await all_of([measure(), *(after(chance.uniform(0, THINK_S), person, end) for person in people)])
    answers = [one for one in measured.answers if begun <= one[1] < begun + seconds]
    errors, again = (ramp.errors + measured.errors), ramp.resent + measured.resent
    for error in errors[:3]:
        print(error, file=sys.stderr)
    return Step(begun, answers, len(errors), again, (used[1] - used[0]) / seconds, server.megabytes())


async def _watch(data: Path, told: Told, over: asyncio.Event) -> None:
    """Notes when a copy for analysts is in the making: its part lies beside its place until it is whole."""
    since: float | None = None
    while not over.is_set():
        there = any(data.glob(".analytics.duckdb.*.part"))
        if there and since is None:
            since = time.perf_counter()
        elif not there and since is not None:
            told.copies.append((since, time.perf_counter()))
            since = None
        await asyncio.sleep(0.1)
    if since is not None:
        told.copies.append((since, time.perf_counter()))


def _draw(found: dict[int, Told]) -> None:
    by_graders, by_store = {}, {}
    for grades, told in found.items():
        name = f"{shown(grades)} grades" if grades else "empty store"
        by_graders |= {
            f"{name}, p{share}": [(n, percentile(step.times, share / 100)) for n, step in told.steps.items()]
            for share in (50, 95)
        }
    for graders in COUNTS:
        by_store[f"{graders} graders"] = [
            (f"{grades:,}", percentile(told.steps[graders].times, 0.95)) for grades, told in found.items()
        ]
    plots.write({
        "load-graders": plots.lines("Answer to saved, by graders who think 5 s an item", "graders", "ms", by_graders, 2),
        "load-store": plots.lines("Answer to saved, p95, by grades in the store", "grades in the store", "ms", by_store),
    })  # fmt: skip
