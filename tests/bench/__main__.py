"""`python -m tests.bench [NAME ...] [--runs N] [--no-write]`: measures, prints the table, writes docs/performance.md.

Without names all benches run. Each is run three times; the table holds the medians (see `common.medians`).
"""

from __future__ import annotations

import argparse
import importlib
import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.common import ROOT, Row, load, machine, medians, shown, versions

HERE = Path(__file__).parent
REPORT = ROOT / "docs" / "performance.md"
HEAD = """# Performance

Each table is written by `make bench` (one: `python -m tests.bench NAME`) on the machine that it names: medians of
three runs, and for what must never happen (lost, doubled) the worst of the three. Text between the markers is
replaced by the next run.
"""


def names() -> list[str]:
    """The benches there are."""
    return sorted(
        path.stem
        for path in HERE.glob("*.py")
        if path.stem not in {"__init__", "__main__", "common", "server", "quality"}
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
    return "\n".join(lines) + "\n"


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
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--no-write", action="store_true", help="leave docs/performance.md as it is")
    asked = parser.parse_args(argv)
    if unknown := sorted(set(asked.names) - set(names())):
        parser.error(f"there is no bench {', '.join(unknown)}; there are: {', '.join(names())}")
    missed = 0
    for name in asked.names or names():
        bench = importlib.import_module(f"tests.bench.{name}")
        runs = []
        for number in range(1, asked.runs + 1):
            print(f"{name}: run {number} of {asked.runs}", file=sys.stderr, flush=True)
            runs.append(bench.run())
        rows = medians(runs)
        text = table(name, rows, asked.runs)
        print(text, flush=True)
        missed += sum(row.ok is False for row in rows)
        if not asked.no_write:
            write(name, text)
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
