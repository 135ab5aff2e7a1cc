"""A million open items and ten million grades: start, next item, snapshot, backup, restore, verify, exports.

Each step runs in a process of its own, so that its memory is its own. The store is built once and kept under its
parameters in the temporary folder (tests/bench/stores.py). Smaller: GRADES=1000000 python -m tests.bench scale --no-write
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

from tests.bench.common import ROOT, Row
from tests.bench.stores import BIG, Size, copy_of

GRADES = int(os.environ.get("GRADES", BIG.grades))
FEW_OPEN, MANY_OPEN = Size(open=1_000), Size(open=1_000_000)

# What one step does with the data folder `data`; it leaves its seconds, processor seconds and peak memory.
STEPS = {
    "open": "store = Store.open(data)",
    "lease": """
store = Store.open(data)
from relevance.roles import Actor, Role
from relevance.services import grading
graders = [Actor(account=n, roles={1: frozenset({Role.GRADER})}) for n in range(1, 101)]
begin()
for grader in graders:
    grading.claim(store, grader, 1, "tab", 1)
begin(100)
for grader in graders:
    grading.claim(store, grader, 1, "tab", 2)
""",
    "verify": """
store = Store.open(data)
from relevance.services.verify import verify
begin()
assert not verify(store)
""",
    "snapshot": """
store = Store.open(data)
from relevance.store.snapshot import publish
begin()
publish(store)
""",
    "next": """
store = Store.open(data)
from relevance.roles import Actor, Role
from relevance.services import grading
from relevance.store.snapshot import publish
for number in range(2, 152):
    grader = Actor(account=number, roles={1: frozenset({Role.GRADER})})
    for work in grading.claim(store, grader, 1, "tab", 3).work:
        grading.answer(store, grader, grading.Answer(work.assignment, 0, number % 4))
begin()
assert publish(store).why is None
""",
    "backup": """
store = Store.open(data)
from relevance.store.backup import back_up
begin()
back_up(store, data.parent / "backup")
""",
    "restore": """
from relevance.store.backup import restore
begin()
restore(data.parent / "backup", data.parent / "restored")
""",
    "grades": """
store = Store.open(data)
from relevance.roles import SYSTEM
from relevance.services.exports import export
begin()
export(store, SYSTEM, 1, "grades", "parquet", data.parent / "grades.parquet")
""",
    "labels": """
store = Store.open(data)
from relevance.roles import SYSTEM
from relevance.services.exports import export
begin()
export(store, SYSTEM, 1, "labels", "csv", data.parent / "labels.csv")
""",
}
BEFORE = """
import json, resource, sys, time
from pathlib import Path
from relevance.store.store import Store
data, store, times = Path(sys.argv[1]), None, 1
def begin(n=1):
    global wall, cpu, times
    wall, cpu, times = time.perf_counter(), time.process_time(), n
begin()
"""
AFTER = """
took = (time.perf_counter() - wall) / times, (time.process_time() - cpu) / times
print(json.dumps([*took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
if store is not None:
    store.close()
"""


def step(name: str, data: Path) -> tuple[float, float, float]:
    """Seconds, processor seconds and the greatest memory (MB) of one step."""
    done = subprocess.run(
        [sys.executable, "-c", BEFORE + STEPS[name] + AFTER, str(data)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stderr[-2000:]}")
    seconds, cpu, memory = json.loads(done.stdout.splitlines()[-1])  # before it stands DuckDB's progress bar
    return float(seconds), float(cpu), float(memory)


def run() -> list[Row]:
    """One measurement."""
    return [*_next_items(), *_big(), *_hundred_thousand()]


def _next_items() -> list[Row]:
    found = {}
    for size in (FEW_OPEN, MANY_OPEN):
        with copy_of(size) as data:
            opened = step("open", data)
            found[size.open] = (opened, step("lease", data))
    few, many = found[FEW_OPEN.open], found[MANY_OPEN.open]
    return [
        Row("start at 1,000 open items", few[0][0], "s"),
        Row.at_most("start at 1,000,000 open items", many[0][0], "s", 10),
        Row("next item at 1,000 open items, mean of 100 people", 1000 * few[1][0], "ms"),
        Row("next item at 1,000,000 open items, mean of 100 people", 1000 * many[1][0], "ms"),
        Row.at_most("next item, 1,000,000 against 1,000 open items", many[1][0] / few[1][0], "x", 1.5),
    ]


def _big() -> list[Row]:
    size = dataclasses.replace(BIG, grades=GRADES)
    name = f"at {size.grades:,} grades"
    goals = {"open": 10, "next": 10, "backup": 15, "verify": 60, "restore": 60, "grades": 15}
    shown = {
        "open": "start", "snapshot": "snapshot from nothing",
        "next": "snapshot after 450 answers, from the last one", "grades": "export of all grades to Parquet",
        "labels": "export of all labels to CSV",
    }  # fmt: skip
    rows: list[Row] = []
    with copy_of(size) as data:
        for one in ("open", "verify", "snapshot", "next", "backup", "restore", "grades", "labels"):
            seconds, cpu, memory = step(one, data)
            print(f"{one}: {seconds:.1f} s, {cpu:.1f} s of processor, {memory:.0f} MB", file=sys.stderr, flush=True)
            label, goal = f"{shown.get(one, one)}, {name}", goals.get(one)
            rows.append(Row.at_most(label, seconds, "s", goal) if goal else Row(label, seconds, "s"))
            rows.append(Row(f"{label}: processor", cpu, "s"))
            rows.append(Row.at_most(f"{label}: memory", memory, "MB", 2048))
    return rows


def _hundred_thousand() -> list[Row]:
    rows = []
    with copy_of(Size(grades=100_000)) as data:
        for one in ("grades", "labels"):
            seconds, _, _ = step(one, data)
            rows.append(Row.at_most(f"export of {one} at 100,000 grades", seconds, "s", 1))
    return rows
