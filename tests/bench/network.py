"""The grade loop from another machine: over http, https, and through lines as graders have them.

Chromium runs in a network namespace and reaches the server over an address that is not loopback; the slow lines are a TCP
proxy of our own between them (tests/line.py). Measured as in the bench grade_loop; then every exactly-once case of
tests/network over every way, and, in the first run, one cut of five minutes.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path
from typing import Any

from tests.bench.common import ROOT, Row, chromium, percentile, size
from tests.bench.grade_loop import played
from tests.browser.workshop import Server, build
from tests.elsewhere import Elsewhere, NotHere, elsewhere
from tests.network.ways import FAR_HTTPS, NEAR_HTTP, WAYS, Place, Way, enter, place

GRADES = size("BENCH_GRADES", 40, 5)
THINK_MS = 900
CUT_S = size("BENCH_CUT_SECONDS", 300, 10)

_cut_was_measured = False


def run() -> list[Row]:
    """One measurement."""
    global _cut_was_measured
    from playwright.sync_api import sync_playwright

    rows: list[Row] = []
    program = chromium()
    try:
        with tempfile.TemporaryDirectory() as folder, elsewhere() as machine, sync_playwright() as tool:
            template = Path(folder) / "template"
            template.mkdir()
            build(template, clips=12, keywords=(GRADES + 20) // 12 + 1, seconds=6.0, size="960x540", rate=25)
            for way in WAYS:
                rows += _way(way, machine, tool, program, Path(folder))
            if not _cut_was_measured:
                rows += _long_cut(machine, tool, program, Path(folder))
                _cut_was_measured = True
    except NotHere as reason:
        raise SystemExit(f"This bench needs another machine: {reason}") from reason
    return rows + _cases()


def _open(there: Place, folder: Path, name: str) -> tuple[Server, Any]:
    """A server on a copy of the template, and a profile that has the app's scripts, as on any day but the first."""
    shutil.copytree(folder / "template", folder / name)
    server = there.server(folder / name).start()
    profile = there.browser.new_context(viewport={"width": 1366, "height": 768})
    there.warm(profile)
    for page in profile.pages:
        page.close()
    profile.clear_cookies()  # and whoever comes signs in
    return server, profile


def _way(way: Way, machine: Elsewhere, tool: Any, program: str, folder: Path) -> list[Row]:
    (folder / way.name).mkdir()
    rows = []
    with place(way, machine, tool, program, folder / way.name) as there:
        server, profile = _open(there, folder, f"{way.name}-data")
        try:
            done = played(profile, there.url, GRADES, THINK_MS)
            profile.close()
            wrong = _wrong(server, GRADES)
        finally:
            server.kill()
    for name, key in (("key press to next clip playing", "playing"), ("key press to answer saved", "saved")):
        for share in (0.5, 0.95):
            value = percentile([one[key] for one in done], share)
            label = f"{way.said}: {name}, p{round(share * 100)}"
            goal = 150 if way is NEAR_HTTP and key == "playing" and share == 0.95 else None
            rows.append(Row.at_most(label, value, "ms", goal) if goal else Row(label, value, "ms"))
    rows.append(Row.exactly(f"{way.said}: of {GRADES} answers lost or doubled", wrong, "", 0))
    return rows


def _wrong(server: Server, given: int) -> int:
    """How many answers are missing or there more than once."""
    times = Counter(row["assignment"] for row in server.answers())
    return given - len(times) if len(times) < given else sum(n - 1 for n in times.values()) + len(times) - given


def _long_cut(machine: Elsewhere, tool: Any, program: str, folder: Path) -> list[Row]:
    """Five minutes without a line, in the middle of the work; its connections are forgotten, and nobody is told."""
    way = FAR_HTTPS
    (folder / "cut").mkdir()
    with place(way, machine, tool, program, folder / "cut") as there:
        server, profile = _open(there, folder, "cut-data")
        try:
            page = enter(profile.new_page(), there.url)
            page.wait_for_function("() => document.querySelector('.rp-root').dataset.ahead === '2'", timeout=120_000)
            assert there.line is not None
            there.line.cut("lost")
            begun = time.monotonic()
            for key in "234":  # what is held; then nothing is left on the screen
                before = page.get_attribute(".rp-root", "data-assignment")
                page.wait_for_timeout(1000)
                page.keyboard.press(key)
                changed = "but => document.querySelector('.rp-root').dataset.assignment !== but"
                page.wait_for_function(changed, arg=before, timeout=20_000)
            kept = int(page.get_attribute(".rp-root", "data-outbox"))
            page.wait_for_timeout(max(0.0, CUT_S - (time.monotonic() - begun)) * 1000)
            there.line.mend()
            mended = time.monotonic()
            page.wait_for_selector(".rp-root[data-outbox='0']", timeout=120_000)
            saved = time.monotonic() - mended
            page.wait_for_selector(".rp-root[data-state=playing]", timeout=120_000)
            playing = time.monotonic() - mended
            profile.close()
            wrong = _wrong(server, 3)
        finally:
            server.kill()
    said = f"a cut of {CUT_S} s ({way.said})"
    return [
        Row.exactly(f"{said}: answers kept in the browser meanwhile", kept, "", 3),
        Row(f"{said}: from its end to the answers saved", saved, "s"),
        Row(f"{said}: from its end to the next clip playing", playing, "s"),
        Row.exactly(f"{said}: answers lost or doubled", wrong, "", 0),
    ]


def _cases() -> list[Row]:
    """Every exactly-once case over every way."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        subprocess.run(
            [sys.executable, "-m", "pytest", "tests/network/test_exactly_once.py", "-p", "no:cacheprovider", f"--junit-xml={report}"],
            cwd=ROOT, env={**os.environ, "RELEVANCE_TEST_WAYS": "all"}, check=False, stdout=sys.stderr,
        )  # fmt: skip
        cases = list(ElementTree.parse(report).iter("testcase"))
    rows = []
    for way in WAYS:
        here = [case for case in cases if re.search(rf"[\[-]{way.name}[\]-]", str(case.get("name")))]
        bad = [str(case.get("name")) for case in here if len(case)]
        rows.append(Row.exactly(f"{way.said}: of {len(here)} exactly-once cases failed", len(bad), ", ".join(bad), 0))
    return rows
