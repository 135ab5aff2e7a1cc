"""`python -m tests.bench [NAME ...] [--runs N] [--small] [--no-write]`: measures, prints the table, writes docs/performance.md.

Without names all benches run. Each is run three times, or as often as its `RUNS` says where one run takes many minutes;
the table holds the medians (see `common.medians`) and says of how many.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.common import ROOT, Row, load, machine, medians, shown, versions

HERE = Path(__file__).parent
REPORT = ROOT / "docs" / "performance.md"
HEAD = """# Performance

Each table is written by `make bench` (one: `make bench NAME=answers`) on the machine that it names: medians of
three runs, and for what must never happen (lost, doubled) the worst of the three; what takes many minutes runs once, and
its head says so. Text between the markers is replaced by the next run.
"""


def names() -> list[str]:
    """The benches there are."""
    return sorted(
        path.stem
        for path in HERE.glob("*.py")
        if path.stem not in {"__init__", "__main__", "common", "plots", "stores"}
    )


def table(name: str, rows: list[Row], runs: int) -> str:
    """One bench's section of the report."""
    title = (importlib.import_module(f"tests.bench.{name}").__doc__ or name).strip().splitlines()[0].rstrip(".")
    lines = [
        f"## {title}",
        "",
        f"`python -m tests.bench {name}`, {datetime.now(UTC):%Y-%m-%d}, {'median of ' + str(runs) if runs > 1 else 'one run'}. "
        f"{machine()}; {versions()}; {load()}.",
        "",
        "| measure | measured | must reach | |",
        "|---|---|---|---|",
    ]
    for row in rows:
        verdict = "" if row.ok is None else ("reached" if row.ok else "**short**")
        lines.append(f"| {row.measure} | {shown(row.value)} {row.unit} | {row.goal} | {verdict} |")
    return "\n".join([*lines, *getattr(importlib.import_module(f"tests.bench.{name}"), "PICTURES", ())]) + "\n"


def write(name: str, text: str) -> None:
    """Puts a section between its markers in docs/performance.md."""
    begin, end = f"<!-- bench:{name} -->", f"<!-- /bench:{name} -->"
    report = REPORT.read_text("utf-8") if REPORT.exists() else HEAD
    if begin in report:
        before, rest = report.split(begin, 1)
        report = f"{before}{begin}\n{text}{end}{rest.split(end, 1)[1]}"
    else:
        report = f"{report.rstrip()}\n\n{begin}\n{text}{end}\n"
    REPORT.write_text(report, "utf-8")


def main(argv: list[str]) -> int:
    """Runs the benches that were named; 1 if a goal was missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(names())}")
    parser.add_argument("--runs", type=int, help="3, or what a long bench says of itself")
    parser.add_argument("--small", action="store_true", help="small sizes, one run, nothing written: does it run?")
    parser.add_argument("--no-write", action="store_true", help="leave docs/performance.md as it is")
    asked = parser.parse_args(argv)
    if unknown := sorted(set(asked.names) - set(names())):
        parser.error(f"there is no bench {', '.join(unknown)}; there are: {', '.join(names())}")
    if asked.small:
        os.environ["BENCH_SMALL"] = "1"  # before a bench is imported: its sizes are read then
    with tempfile.TemporaryDirectory(prefix="relevance-bench-images-") as aside:
        if asked.small or asked.no_write:
            os.environ["BENCH_IMAGES"] = aside  # pictures go where nobody looks
        missed = sum(_missed(name, asked) for name in asked.names or names())
    return 1 if missed else 0


def _missed(name: str, asked: argparse.Namespace) -> int:
    """Runs one bench; how many of its goals were missed."""
    bench = importlib.import_module(f"tests.bench.{name}")
    times = asked.runs or (1 if asked.small else getattr(bench, "RUNS", 3))
    runs = []
    for number in range(1, times + 1):
        print(f"{name}: run {number} of {times}", file=sys.stderr, flush=True)
        runs.append(bench.run())
    rows = medians(runs)
    text = table(name, rows, times)
    print(text, flush=True)
    if not asked.no_write and not asked.small:
        write(name, text)
    return sum(row.ok is False for row in rows)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
