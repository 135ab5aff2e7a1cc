"""Soak: a working day of answers compressed, with copies for analysts, imports, decisions, sign-ins and sign-outs.

144,000 answers are 200 graders' eight hours at 40 s an item. Meanwhile somebody signs in and out, items files come in by
the real command, a minute's as many items as a minute's answers finish, and a lead decides disputes by keyboard on the
real page in Chromium. Memory, threads, open files and latency of the last quarter against the second; second by second in
the file that SEEN names. Shorter: ANSWERS=10000 python -m tests.bench soak --no-write
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
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import async_playwright

from tests.bench.common import ROOT, Row, chromium, percentile, size
from tests.bench.stores import GRADES_OF_100, PROJECT, Size, copy_of
from tests.browser.workshop import ARGS
from tests.traffic import PASSWORD, Grader, Journal, Server, all_of, signed_in

RUNS = 1  # of twenty minutes
ANSWERS = size("ANSWERS", 144_000, 3_000)
GRADERS = 200
RATE = 120  # answers a second that the graders would give if an answer took no time
LONGEST_S = ANSWERS / 20
IMPORT_ROWS = size("IMPORT_ROWS", RATE * 60 * 100 // GRADES_OF_100, 1_000)
DECIDE_S = 8.0  # from one decision to the next
HISTORY = Size(grades=200_000, open=120_000, disputed=2_000)


@dataclass
class Watched:
    """What was seen of the server as time went by: (answers so far, megabytes, threads, files)."""

    seen: list[tuple[int, float, int, int]] = field(default_factory=list)
    signed: int = 0
    imported: int = 0
    decided: int = 0
    copies: int = 0
    faults: list[str] = field(default_factory=list)


def run() -> list[Row]:
    """One measurement."""
    with copy_of(HISTORY) as data:
        server = Server(data).start()
        try:
            journal, watched = asyncio.run(_day(server, data))
        finally:
            server.stop()
    if path := os.environ.get("SEEN"):
        Path(path).write_text("".join(f"{row}\n" for row in watched.seen))
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
        Row("disputes decided meanwhile", watched.decided, ""),
        Row("copies for analysts meanwhile", watched.copies, ""),
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
        + [
            _watch(server, data, journal, watched, over), _come_and_go(server, watched, over),
            _import(data, watched, over), _decide(server, watched, over),
        ]
    )  # fmt: skip
    return journal, watched


async def _watch(server: Server, data: Path, journal: Journal, watched: Watched, over: Callable[[], bool]) -> None:
    process, made = Path(f"/proc/{server.process.pid}"), set[float]()
    while not over():
        with suppress(FileNotFoundError):
            made.add((data / "analytics.duckdb").stat().st_mtime)
        watched.copies = max(0, len(made) - 1)  # the first lay there
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


async def _decide(server: Server, watched: Watched, over: Callable[[], bool]) -> None:
    """A lead before the disputes page: a key for the level, a reason, Ctrl+Enter, and the next one."""
    async with async_playwright() as tool:
        browser = await tool.chromium.launch(executable_path=chromium(), args=ARGS)
        page = await (await browser.new_context()).new_page()
        await page.goto(f"http://127.0.0.1:{server.port}/sign-in")
        await page.fill("input[name=login]", "lead")
        await page.fill("input[type=password]", PASSWORD)
        await page.click("form button")
        await page.goto(f"http://127.0.0.1:{server.port}/disputes")
        while not over():
            await page.wait_for_selector(".queue .row", timeout=120_000)
            item = await page.locator(".view").get_attribute("data-item")
            level = watched.decided % 4
            await page.locator(".queue").focus()
            await page.keyboard.press("1234"[level])
            await page.wait_for_selector(f".st-key-choose_{level} [data-testid=stBaseButton-primary]", timeout=60_000)
            await page.locator("textarea").fill("as the standard says")
            await page.locator("textarea").press("Control+Enter")
            await page.wait_for_selector(f'.view:not([data-item="{item}"])', timeout=60_000)
            watched.decided += 1
            await asyncio.sleep(DECIDE_S)
        await browser.close()


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
