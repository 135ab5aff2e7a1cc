"""What the overview says is what the records say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from relevance.errors import NotAllowed, NotFound
from relevance.services import disputes, grading, my_work, overview
from tests.house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Callable[..., House]]:
    made: list[House] = []

    def build(**options: Any) -> House:
        (folder := tmp_path / f"house{len(made)}").mkdir()
        made.append(House(folder, **options))
        return made[-1]

    yield build
    for one in made:
        one.store.close()


def test_progress_counts_items_by_batch_keyword_and_day(house: Callable[..., House]) -> None:
    home = house(clips=4)  # two keywords, so eight items
    first = home.all_items
    home.say({first[0]: [3, 3], first[1]: [3, 0], first[4]: [2, 2], first[5]: ["no_rule"]})
    seen = overview.progress(home.store, home.lead, home.project)
    # 0 and 4 settle, 1 is far apart, 5 is flagged; 2, 3, 6, 7 have no answer
    assert seen.total == overview.States(items=8, settled=2, disputed=2)
    assert (seen.total.open, seen.total.finished, seen.total.remaining, seen.total.judged) == (4, 2, 6, 4)
    assert seen.total.settled_share == 0.5
    assert [row.states for row in seen.batches] == [seen.total]
    assert {row.zh: (row.states.settled, row.states.disputed) for row in seen.keywords} == {
        "红色汽车": (1, 1),
        "下雨的街道": (1, 1),
    }
    (day,) = seen.days
    assert (day.settled, day.disputed, day.answers) == (2, 2, 7)
    assert day.settled_share == 0.5


def test_a_decision_moves_a_dispute_to_the_finished(house: Callable[..., House]) -> None:
    home = house(clips=2)
    home.say({home.all_items[0]: [3, 0]})
    disputes.decide(home.store, home.lead, home.all_items[0], 3, "车身是红色")
    seen = overview.progress(home.store, home.lead, home.project)
    assert (seen.total.disputed, seen.total.decided, seen.total.finished) == (0, 1, 1)
    assert seen.total.settled_share == 0.0  # judged by the grades, settled by a person


def test_an_empty_project_has_shares_of_none_and_no_forecast(house: Callable[..., House]) -> None:
    home = house(clips=2)
    seen = overview.progress(home.store, home.lead, home.project)
    assert seen.total.settled_share is None and seen.days == []
    assert seen.batches[0].forecast is None and seen.batches[0].due == ""


def test_one_batch_is_counted_from_its_records_and_agrees_with_the_counters(house: Callable[..., House]) -> None:
    home = house(clips=3, batches=[("甲", 48), ("乙", 216)])
    home.say({item: [3, 3] for item in home.all_items[:4]} | {home.all_items[6]: [3, 0]})
    whole = overview.progress(home.store, home.lead, home.project)
    parts = [overview.progress(home.store, home.lead, home.project, batch) for batch in home.batches]
    assert [part.total for part in parts] == [row.states for row in whole.batches]
    for word in whole.keywords:
        found = [row.states for part in parts for row in part.keywords if row.id == word.id]
        assert sum(states.settled for states in found) == word.states.settled
        assert sum(states.disputed for states in found) == word.states.disputed
        assert sum(states.items for states in found) == word.states.items
    assert sum(day.settled for part in parts for day in part.days) == sum(day.settled for day in whole.days) == 4
    with pytest.raises(NotFound):
        overview.progress(home.store, home.lead, home.project, 999)


def test_a_batch_waits_for_those_that_are_due_before_it(house: Callable[..., House]) -> None:
    home = house(clips=20, batches=[("later", 720), ("sooner", 72)])
    for _ in range(3):  # five items a day for three days, of the batch that is due first: items 40 to 79
        done = 40 + 5 * _
        home.say({item: [3, 3] for item in home.all_items[done : done + 5]})
        home.clock.advance(86400)
    sooner, later = overview.progress(home.store, home.lead, home.project).batches
    assert (sooner.name, sooner.states.settled, sooner.ahead) == ("sooner", 15, 25)
    assert (later.name, later.ahead) == ("later", 25 + 40)
    assert sooner.forecast is not None and later.forecast is not None
    # five a day on each of the three days before today: 25 take five days, and 65 thirteen
    assert (sooner.forecast.pace, sooner.forecast.days) == (5, 3)
    assert sooner.forecast.at - home.clock.now() == timedelta(days=5)
    assert later.forecast.at - home.clock.now() == timedelta(days=13)
    # due since this morning at nine, three days after the start: its time is just over
    home.clock.advance(60)
    sooner, later = overview.progress(home.store, home.lead, home.project).batches
    assert (sooner.due, later.due) == ("missed", "fine")


def test_people_are_at_work_waiting_stuck_idle_or_away(house: Callable[..., House]) -> None:
    home = house(clips=8)
    working, waiting, stuck, idle, _away = home.graders_
    claim = lambda actor, tab="tab": grading.claim(home.store, actor, home.project, tab).work  # noqa: E731
    for actor in (idle, stuck):
        one = claim(actor)[0]
        grading.answer(home.store, actor, grading.Answer(one.assignment, one.seq, level=3, decision_ms=9000))
    home.clock.advance(400)  # leases of the idle one end; the stuck one still looks at his next item
    grading.release(home.store, idle)
    claim(stuck)
    one = claim(working)[0]
    grading.answer(home.store, working, grading.Answer(one.assignment, one.seq, level=3, decision_ms=9000))
    claim(waiting)
    grading.release(home.store, waiting)
    seen = {person.account: person for person in overview.people(home.store, home.lead, home.project)}
    conditions = [seen[actor.account].condition for actor in home.graders_]
    assert conditions == ["working", "waiting", "stuck", "idle", "away"]
    assert seen[working.account].answers == 1
    assert seen[working.account].per_hour is None  # nine seconds of work are no pace
    assert overview.people(home.store, home.lead, home.project)[0].condition == "stuck"


def test_a_pace_is_said_from_five_minutes_of_work_on(house: Callable[..., House]) -> None:
    home = house(clips=20, graders=1)
    (grader,) = home.graders_
    one = grading.claim(home.store, grader, home.project, "tab").work[0]
    grading.answer(home.store, grader, grading.Answer(one.assignment, one.seq, level=3, decision_ms=10_000))
    assert my_work.my_day(home.store, grader, home.project).per_hour is None
    home.say({}, default=3)  # forty answers of ten seconds in all
    (person,) = overview.people(home.store, home.lead, home.project)
    assert (person.answers, person.worked_seconds) == (40, 400)
    assert person.per_hour == my_work.my_day(home.store, grader, home.project).per_hour == 40 / 400 * 3600


def test_graders_may_not_see_the_overview(house: Callable[..., House]) -> None:
    home = house(clips=1)
    for act in (overview.progress, overview.people):
        with pytest.raises(NotAllowed):
            act(home.store, home.graders_[0], home.project)
        act(home.store, home.client, home.project)
