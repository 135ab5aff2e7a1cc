"""What tests share: where the shared data lies, and nothing that hides what a test does."""

from __future__ import annotations

import fcntl
import os
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from relevance.services import states
from tests import quick_hash

quick_hash.use()  # before any test's module makes a hash

from tests.outcome import PASSED  # noqa: E402
from tests.world import World  # noqa: E402

# Stores sync every commit, and no test is about what that takes: folders are in memory, where there is room for them.
MEMORY = Path("/dev/shm")
if "TMPDIR" not in os.environ and MEMORY.is_dir():
    told = os.statvfs(MEMORY)
    if told.f_bavail * told.f_frsize > 4 << 30 and not told.f_flag & os.ST_NOEXEC:  # a test runs programs that it made
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
# No test is about the time that it takes: a busy machine must not fail one.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
# Benchmarks and torture are looked into for examples in docstrings only: those without any need not be imported.
collect_ignore = [
    str(file)
    for folder in ("bench", "torture")
    for file in (ROOT / "tests" / folder).rglob("*.py")
    if ">>>" not in file.read_text("utf-8")
]

# Files that take longest, the longest first. With several processes these begin first, and then those with most tests:
# a long file that begins last keeps one process at work while the others have nothing left.
LONGEST = (
    "browser/test_grade_loop.py",
    "network/test_exactly_once.py",
    "browser/test_centre.py",
    "store/test_snapshot_increment.py",
    "store/test_history.py",
    "browser/test_pilot.py",
    "browser/test_meeting_from_triage.py",
    "browser/test_people.py",
    "browser/test_meeting.py",
    "media/test_ingest.py",
    "web/test_sign_in.py",
    "store/test_snapshot.py",
    "services/test_loop.py",
    "browser/test_disputes.py",
    "browser/test_slow_line.py",
    "media/test_clip.py",
    "browser/test_gold_feedback.py",
    "services/test_propagation.py",
    "pages/test_triage.py",
    "pages/test_pilots.py",
    "services/test_gold.py",
    "services/test_outcomes.py",
    "web/test_matrix.py",
)


def pytest_configure(config: pytest.Config) -> None:
    """The order of files is ours (below), not xdist's."""
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In one of several processes: the longest files first."""
    if not hasattr(config, "workerinput"):
        return
    rank = {str(ROOT / "tests" / name): at for at, name in enumerate(LONGEST)}
    tests = Counter(item.path for item in items)
    items.sort(key=lambda item: (rank.get(str(item.path), len(rank)), -tests[item.path], str(item.path)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fixtures may ask, at their end, whether the test passed."""
    report = yield
    if report.when == "call":
        item.stash[PASSED] = report.passed
    return report


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real clips and crowd labels beside the project."""
    if not (SHARED / "data").is_dir():
        pytest.skip("the shared data folder (../shared/data) is not here")
    return SHARED / "data"


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Chromium's program: RELEVANCE_CHROMIUM, or one on the path; the one without windows takes an eighth less of the machine."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser")
    path = os.environ.get("RELEVANCE_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if not path:
        pytest.skip("no Chromium here: install Debian's package `chromium-headless-shell`, or set RELEVANCE_CHROMIUM")
    return path


@pytest.fixture(scope="session")
def made_once(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, Callable[[Path], None]], Path]:
    """`made_once(name, fill)`: a data folder that was filled once for all processes; each test works on a copy."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if hasattr(request.config, "workerinput") else base

    def make(name: str, fill: Callable[[Path], None]) -> Path:
        folder = shared / name
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # let go with the file
            if not folder.exists():
                part = tmp_path_factory.mktemp(f"{name}-part")
                fill(part / "data")
                part.rename(folder)
        return folder / "data"

    return make


@pytest.fixture(scope="session")
def template(made_once: Callable[[str, Callable[[Path], None]], Path]) -> Path:
    """A filled data folder for servers."""
    from tests.browser.workshop import build

    return made_once("template", build)


@pytest.fixture(scope="session")
def browsers() -> Iterator[Any]:
    """What drives browsers (Playwright): one a process, as its maker wants it."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (requirements-dev.txt)")
    with playwright.sync_playwright() as tool:
        yield tool


@pytest.fixture(autouse=True)
def _same_audits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The audit sample is drawn at random: here by the same numbers each time, so that no test meets one now and then."""
    monkeypatch.setattr(states, "_chance", random.Random(1))


@pytest.fixture(autouse=True)
def _same_main(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit puts the page that it runs in the place of `__main__`, and a process spawned later would run that page."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A store with one empty project."""
    made = World(tmp_path)
    yield made
    made.close()
