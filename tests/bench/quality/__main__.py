"""`python -m tests.bench.quality [PART ...]`: the statistics on real crowds, written into docs/quality.md.

Parts: labels, distance, calibration, triage, replay, crowds, skewed, alerts, speed; all of them without an argument. Each
replaces its own section. Reads ../shared/data/crowd and says so where it is missing. crowd-kit, where it is installed, is timed beside.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import alerts
from tests.bench.common import ROOT
from tests.bench.quality.common import DATA
from tests.bench.quality.confidence import calibrated
from tests.bench.quality.crowds import crowds
from tests.bench.quality.distance import distance
from tests.bench.quality.labels import labels
from tests.bench.quality.policies import replayed
from tests.bench.quality.ranking import triaged
from tests.bench.quality.skewed import skews
from tests.bench.quality.speed import speed

REPORT = ROOT / "docs" / "quality.md"
PARTS: dict[str, tuple[str, Callable[[], str]]] = {
    "labels": ("Right labels from few grades", labels),
    "distance": ("Near labels", distance),
    "calibration": ("Confidence that can be believed", calibrated),
    "triage": ("Where a person's minute is worth most", triaged),
    "replay": ("Fewer grades: adaptive overlap", replayed),
    "crowds": ("Simulated crowds, and graders", crowds),
    "skewed": ("Skewed crowds", skews),
    "alerts": ("Alerts: false ones, and how soon they find what is wrong", alerts.measured),
    "speed": ("Speed", speed),
}
HEAD = """# Quality of the truth, measured

Written by `make bench-quality` (`python -m tests.bench.quality [PART ...]`) on the crowds of ../shared/data/crowd and on
simulated ones. The model is `relevance/quality/model.py`, with one set of defaults for every set. Gold sets are small:
a difference of a point is often three items, which is what the intervals say.
"""


def main(argv: list[str]) -> int:
    """Runs the named parts, or all, and writes their sections."""
    unknown = sorted(set(argv) - set(PARTS))
    if unknown:
        print(f"There is no part {', '.join(unknown)}; there are: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    if not DATA.is_dir():
        print("Skipped: ../shared/data/crowd is not here, and the figures are measured on it.", file=sys.stderr)
        return 0
    for part in argv or PARTS:
        title, measure = PARTS[part]
        begun = time.perf_counter()
        section = f"## {title}\n\n{measure()}\n`python -m tests.bench.quality {part}`, {datetime.now(UTC):%Y-%m-%d}, {time.perf_counter() - begun:.0f} s.\n"
        print(section, flush=True)
        write(part, section)
    return 0


def write(part: str, section: str) -> None:
    """Puts a section between its markers; new ones stand in the order of the parts."""
    report = (
        REPORT.read_text("utf-8")
        if REPORT.exists()
        else HEAD + "".join(f"\n<!-- part:{p} -->\n<!-- /part:{p} -->\n" for p in PARTS)
    )
    begin, end = f"<!-- part:{part} -->\n", f"<!-- /part:{part} -->"
    before, rest = report.split(begin, 1)
    Path(REPORT).write_text(before + begin + section + end + rest.split(end, 1)[1], "utf-8")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
