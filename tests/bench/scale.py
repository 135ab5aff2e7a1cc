"""Ten million grades: start, verify, snapshot, backup, restore, statistics, exports; and exports of a hundred thousand.

Each step runs in a process of its own, so that its memory is its own. The store is built once and kept under its
parameters in the temporary folder (tests/bench/stores.py). Smaller: GRADES=1000000 python -m tests.bench scale --no-write
"""

from __future__ import annotations

import dataclasses
import json
import statistics
import subprocess
import sys
from pathlib import Path

from tests.bench.common import ROOT, Row, size
from tests.bench.stores import BIG, Size, copy_of

GRADES = size("GRADES", BIG.grades, 100_000)

# What one step does with the data folder `data`; it leaves its seconds, processor seconds and peak memory.
STEPS = {
    "open": "store = Store.open(data)",
    "verify": """
store = Store.open(data)
from relevance.services.verify import verify
begin()
assert not verify(store)
""",
    "snapshot": """
store = Store.open(data)
from relevance.store.snapshot import FILE, publish
from relevance.store.snapshot_marks import beside
beside(data / FILE).unlink(missing_ok=True)
begin()
assert publish(store).why is not None
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
    "statistics": """
import duckdb, re
text = Path("docs/analysts.md").read_text("utf-8").split("## Ten million grades")[1]
con = duckdb.connect(str(data / "analytics.duckdb"), read_only=True)
begin()
for sql in re.findall("```sql\\n(.*?)```", text, re.DOTALL)[0].split(";")[:3]:
    assert con.execute(f"select count(*) from ({sql})").fetchone()[0] > 0
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
export(store, SYSTEM, 1, "labels", "parquet", data.parent / "labels.parquet")
""",
}
BEFORE = """
import json, sys, time
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
print()  # DuckDB's progress bar, on a busy machine, leaves its line open
# Of this program alone: getrusage would count the bench's own, which may have built the store, if that was greater.
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(json.dumps([*took, int(peak.split()[1]) / 1024]))
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
    seconds, cpu, memory = json.loads(done.stdout.splitlines()[-1])
    return float(seconds), float(cpu), float(memory)


TITLES = {
    "open": "start", "snapshot": "snapshot from nothing", "next": "snapshot after 450 answers, from the last one",
    "statistics": "consensus, agreement and confusion (docs/analysts.md)", "grades": "export of all grades to Parquet",
    "labels": "export of all labels to Parquet",
}  # fmt: skip
SECONDS = {
    "open": 10, "verify": 60, "next": 10, "statistics": 5, "backup": 15, "restore": 60, "grades": 15, "labels": 15,
}  # fmt: skip
MEMORY = {"statistics": 1024}
MOST_MB = 2048


def run() -> list[Row]:
    """One measurement."""
    return [*_big(), *_hundred_thousand()]


def _big() -> list[Row]:
    whole = dataclasses.replace(BIG, grades=GRADES)
    rows: list[Row] = []
    with copy_of(whole) as data:
        for one in ("open", "verify", "snapshot", "next", "statistics", "backup", "restore", "grades", "labels"):
            seconds, cpu, memory = step(one, data)
            print(f"{one}: {seconds:.1f} s, {cpu:.1f} s of processor, {memory:.0f} MB", file=sys.stderr, flush=True)
            label, goal = f"{TITLES.get(one, one)}, at {whole.grades:,} grades", SECONDS.get(one)
            rows.append(Row.at_most(label, seconds, "s", goal) if goal else Row(label, seconds, "s"))
            rows.append(Row(f"{label}: processor", cpu, "s"))
            rows.append(Row.at_most(f"{label}: memory", memory, "MB", MEMORY.get(one, MOST_MB)))
    return rows


def _hundred_thousand() -> list[Row]:
    rows = []
    with copy_of(Size(grades=100_000)) as data:
        for one in ("grades", "labels"):
            seconds = statistics.median(step(one, data)[0] for _ in range(3))
            rows.append(Row.at_most(f"export of {one} at 100,000 grades, to Parquet", seconds, "s", 1))
    return rows
