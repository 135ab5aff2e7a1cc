"""What the benches share: a measured row, medians, and the machine it was measured on.

A bench is a module `tests/bench/<name>.py` with `run() -> list[Row]`: one full measurement. `python -m tests.bench
<name>` runs it three times, keeps of each measure the row with the median value, prints the table and writes it into
docs/performance.md.
"""

from __future__ import annotations

import importlib.metadata
import math
import os
import platform
import shutil
import statistics
import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `goal` is how it is written ("<= 50"); `ok` is None where there is none.

    >>> Row.at_most("answer to saved, p95", 31.26, "ms", 50)
    Row(measure='answer to saved, p95', value=31.26, unit='ms', goal='<= 50', ok=True)
    >>> Row.at_least("grades carried", 90, "1/s", 120).ok
    False
    """

    measure: str
    value: float
    unit: str
    goal: str = ""
    ok: bool | None = None

    @classmethod
    def at_most(cls, measure: str, value: float, unit: str, goal: float) -> Row:
        """A figure that must not be greater than its goal."""
        return cls(measure, value, unit, f"<= {goal:g}", value <= goal)

    @classmethod
    def at_least(cls, measure: str, value: float, unit: str, goal: float) -> Row:
        """A figure that must not be less than its goal."""
        return cls(measure, value, unit, f">= {goal:g}", value >= goal)

    @classmethod
    def exactly(cls, measure: str, value: float, unit: str, goal: float) -> Row:
        """A figure that must be its goal: so many lost, doubled, failed."""
        return cls(measure, value, unit, f"= {goal:g}", value == goal)


def size(name: str, full: int, small: int) -> int:
    """How much of something a bench takes: what the environment says under the name, else the full size, or the small
    one where `--small` was asked for (does the bench run to its end?)."""
    return int(os.environ.get(name, small if os.environ.get("BENCH_SMALL") else full))


def chromium() -> str:
    """Chromium's program: what RELEVANCE_CHROMIUM says, or the first on the path, with windows or without.

    Raises:
        SystemExit: there is none.
    """
    names = ("chromium", "chromium-browser", "chromium-headless-shell")
    path = os.environ.get("RELEVANCE_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if path is None:
        raise SystemExit("This bench needs Chromium: install it, or set RELEVANCE_CHROMIUM.")
    return path


def percentile(values: Iterable[float], share: float) -> float:
    """The value that so large a share (0 to 1) does not exceed, by nearest rank; NaN of none.

    >>> percentile([4, 1, 3, 2], 0.5), percentile(range(1, 101), 0.95)
    (2, 95)
    """
    ordered = sorted(values)
    if not ordered:
        return math.nan
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def medians(runs: Sequence[Sequence[Row]]) -> list[Row]:
    """Of each measure the row with the median value, in the order of the first run.

    A measure that must hold every time ("= 0") keeps its worst row: one lost answer in three runs is one too many.
    """
    found: list[Row] = []
    for first in runs[0]:
        rows = [row for run in runs for row in run if row.measure == first.measure]
        if first.goal.startswith("= "):
            found.append(next((row for row in rows if row.ok is False), rows[0]))
        else:
            rows.sort(key=lambda row: (math.isnan(row.value), row.value))
            found.append(rows[(len(rows) - 1) // 2])
    return found


def shown(value: float) -> str:
    """A figure with three significant digits, whole numbers whole.

    >>> shown(0.01234), shown(1234.5), shown(7)
    ('0.0123', '1,234', '7')
    """
    if math.isnan(value):
        return "-"
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def machine() -> str:
    """The machine in one line: processor, cores, memory, system."""
    model = platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{model}, {len(os.sched_getaffinity(0))} cores, {memory:.0f} GB, {platform.system()} {platform.release()}"


def versions() -> str:
    """What was measured and what it stands on, in one line."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    parts = [f"Python {platform.python_version()}"]
    for name in ("duckdb", "streamlit", "starlette", "uvicorn"):
        try:
            parts.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return f"relevance {commit or '-'}, " + ", ".join(parts)


def load() -> str:
    """What else the machine was doing: the load of the last minute."""
    return f"load {os.getloadavg()[0]:.1f}"


def seconds_of(work: Callable[[], object], times: int = 3) -> float:
    """The median seconds of some work."""
    import time

    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)
