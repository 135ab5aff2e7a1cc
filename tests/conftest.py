"""What tests share: where the shared data lies, and nothing that hides what a test does."""

from __future__ import annotations

import fcntl
import os
import random
import shutil
import sys
from collections import Counter
from collections.abc import Generator, Iterator
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
    "store/test_history.py",
    "services/test_loop.py",
    "browser/test_pilot.py",
    "store/test_snapshot_increment.py",
    "browser/test_people.py",
    "web/test_matrix.py",
    "media/test_ingest.py",
    "browser/test_meeting_from_triage.py",
    "browser/test_disputes.py",
    "browser/test_meeting.py",
    "web/test_sign_in.py",
    "browser/test_gold_feedback.py",
    "services/test_exams.py",
    "services/test_team.py",
    "services/test_propagation.py",
    "pages/test_pilots.py",
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
    """Chromium's program: RELEVANCE_CHROMIUM, or the one on the path."""
    path = os.environ.get("RELEVANCE_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not path:
        pytest.skip("no Chromium here: install Debian's package `chromium`, or set RELEVANCE_CHROMIUM")
    return path


@pytest.fixture(scope="session")
def template(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A filled data folder for servers, made once for all processes; each test works on a copy."""
    from tests.browser.workshop import build

    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if hasattr(request.config, "workerinput") else base) / "template"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # let go with the file
        if not folder.exists():
            part = tmp_path_factory.mktemp("template-part")
            build(part / "data")
            part.rename(folder)
    return folder / "data"


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
    made.store.close()
