"""The team page on two months of 800,000 answers: its service, and the whole page.

`python -m tests.bench team`. 18 graders and 300. The server reads a team anew behind and keeps it, so that the
page does not wait for that. CPU beside the wall, since the machine may be shared. In these stores most graders have
alerts, so that reading takes the longest it can: who rings is taken out as a witness, one round each.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from relevance import runtime
from relevance.clock import ManualClock
from relevance.roles import Actor, Role
from relevance.services import overview, sessions, team
from relevance.settings import Settings
from relevance.store.store import Store
from tests.bench.common import ROOT, Row
from tests.bench.stores import PROJECT, Size, copy_of

ANSWERS = 800_000
DAYS = 60  # of history: the page compares a month with the month before
NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)  # its last day
GOAL = 1.5


def run() -> list[Row]:
    """Teams of 18 and 300."""
    rows: list[Row] = []
    for graders in (18, 300):
        size = Size(grades=ANSWERS, open=1_000, graders=graders, keywords=500, days=DAYS)
        with copy_of(size) as data:
            _backdate(data)
            store = runtime.start(Settings(data=data), ManualClock(NOW), serving=False).store
            try:
                rows += _measured(store, graders)
            finally:
                runtime.stop()
    return rows


def _backdate(data: Path) -> None:
    """The people of the store joined before its history, and not when it was built."""
    store = Store.open(data, ManualClock(NOW))
    try:
        store.act(lambda tx: tx.execute("update member set since = timestamptz '2025-12-31 00:00:00+00'"))
    finally:
        store.close()


def _measured(store: Store, graders: int) -> list[Row]:
    with store.reader() as reader:
        account = int(reader.value("select max(id) from account"))
    lead = Actor(account, roles={PROJECT: frozenset({Role.LEAD})})
    team.team(store, lead, PROJECT)  # the first reading warms the disk's cache, not ours
    at = _page(store, lead)
    at.run()
    assert not at.exception, at.exception
    assert len(at.metric) >= 4, "the team page did not come"
    name = f"{graders} graders"
    return [
        *_timed(f"{name}: figures and alerts read anew (behind)", lambda: team.keep(store, PROJECT), goal=None),
        *_timed(f"{name}: figures and alerts, as kept", lambda: team.team(store, lead, PROJECT)),
        *_timed(f"{name}: the page", _page(store, lead).run),
        *_timed(f"{name}: items behind a figure", lambda: team.items(store, lead, PROJECT, account - 1, "answers")),
        *_timed(f"{name}: overview", lambda: overview.progress(store, lead, PROJECT)),
    ]


def _page(store: Store, lead: Actor) -> AppTest:
    keeper = sessions.of(store)
    _token, session = store.act(lambda tx: keeper.start(tx, lead.account, "", ""))
    keeper.begun(session)
    at = AppTest.from_file(str(ROOT / "pages" / "main.py"), default_timeout=120)
    at.user = {"sub": session.id}
    at.switch_page(str(ROOT / "pages" / "team.py"))
    return at


def _timed(what: str, work: Callable[[], Any], goal: float | None = GOAL) -> list[Row]:
    """Wall and CPU seconds of one call."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    said = Row(what, wall, "s") if goal is None else Row.at_most(what, wall, "s", goal)
    return [said, Row(f"{what}: CPU", cpu, "s")]
