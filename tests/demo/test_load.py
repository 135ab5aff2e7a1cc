"""The demo project in a real store, small: made through the services, and in agreement with its own records."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from relevance.clock import ManualClock, SystemClock
from relevance.demo.load import NAME, STEPS, Loaded, _people, load_demo
from relevance.demo.people import make_people
from relevance.errors import BadInput
from relevance.media.library import Library
from relevance.roles import SYSTEM
from relevance.services import accounts, batches, membership, projects
from relevance.services.verify import verify
from relevance.store.store import Store

NOW = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)  # half past ten in Shanghai


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Loaded, list[str]]]:
    folder = tmp_path_factory.mktemp("demo")
    clock = ManualClock()
    store = Store.open(folder, clock)
    steps: list[str] = []
    loaded = load_demo(
        store, Library(folder / "clips"), clock, videos=6, items=40, graders=4, now=NOW, progress=steps.append
    )
    yield store, loaded, steps
    store.close()


def test_its_state_follows_from_its_records(demo: tuple[Store, Loaded, list[str]]) -> None:
    assert verify(demo[0]) == []


def test_it_is_marked_as_a_demo_and_so_are_its_accounts(demo: tuple[Store, Loaded, list[str]]) -> None:
    store, loaded, steps = demo
    assert [(row.name, row.is_demo) for row in projects.every(store)] == [(NAME, True)]
    with store.reader() as reader:
        assert reader.all("select distinct is_demo from person") == [(True,)]
        # 6 others and 4 graders; the administrator is in no project
        assert reader.value("select count(*) from person") == len(loaded.people) == 10
        assert reader.value("select count(*) from member") == 9
    assert steps == list(STEPS)


def test_a_week_of_grades_ends_now_and_every_day_has_its_share(demo: tuple[Store, Loaded, list[str]]) -> None:
    store, loaded, _ = demo
    assert store.clock.now() == NOW
    with store.reader() as reader:
        first, last, n = reader.one("select min(made_at), max(made_at), count(*) from answer") or (None, None, 0)
        days = reader.all("select distinct (made_at at time zone 'Asia/Shanghai')::date from answer")
    assert n == loaded.week.answers + loaded.week.corrections
    assert NOW - timedelta(days=7) < first < NOW - timedelta(days=5)
    assert NOW - timedelta(minutes=10) < last <= NOW + timedelta(minutes=2)
    assert len(days) == 7


def test_the_first_batch_is_nearly_done_and_the_second_is_in_work(demo: tuple[Store, Loaded, list[str]]) -> None:
    first, second = batches.of(demo[0], demo[1].project)
    assert first.deadline is not None and first.deadline < NOW < (second.deadline or NOW)
    assert first.counts["open"] <= 3
    assert second.counts["open"] >= 1


def test_every_clip_is_ready_with_its_title(demo: tuple[Store, Loaded, list[str]]) -> None:
    with demo[0].reader() as reader:
        rows = reader.all("select title, uploader, duration_ms from clip")
    assert len(rows) == 6
    assert all(" · " in title and uploader and duration >= 3_900 for title, uploader, duration in rows)


def test_a_second_demo_uses_the_first_ones_accounts_and_leaves_real_people_alone(tmp_path: Path) -> None:
    store = Store.open(tmp_path, ManualClock())
    try:
        real = accounts.add(store, SYSTEM, accounts.NewPerson("chenjing", "真人", admin=True))
        one, two = (projects.add(store, SYSTEM, name) for name in ("one", "two"))
        first = _people(store, one, make_people(4), lambda person: None)
        again = _people(store, two, make_people(4), lambda person: None)
        assert first == again
        assert real not in [account for _, account in first]
        logins = [person.login for person, _ in first]
        assert "chenjing-demo" in logins and "chenjing" not in logins
        assert {person.lead for person, _ in first if person.part == "grader"} == {"chenjing-demo", "lintao"}
        assert len(membership.of(store, two)) == len(first) - 1  # all but the administrator
    finally:
        store.close()


def test_a_store_on_another_clock_is_refused(tmp_path: Path) -> None:
    store = Store.open(tmp_path, SystemClock())
    try:
        with pytest.raises(BadInput, match="its own clock"):
            load_demo(store, Library(tmp_path / "clips"), ManualClock())
    finally:
        store.close()
