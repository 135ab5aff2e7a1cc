"""The demo's meetings: one held on what no rule decides, its like settled with it; the next prepared; an appeal, a question."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from relevance.demo import meeting
from relevance.demo.crowd import SimGrader
from relevance.demo.keywords import BATCHES, BY_KEY, DemoItem
from relevance.roles import Role
from relevance.services import agendas, client_questions, disputes, inbox, meetings, outcomes, precedents
from relevance.services.verify import verify
from tests.house import House


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    """Keyword one: four clips are disputed between 0 and 2."""
    made = House(tmp_path, clips=4)
    made.say({item: [2, 0] for item in made.all_items[:4]})
    yield made
    made.store.close()


def table(home: House) -> meeting.Table:
    specialist = home.called("周专员", Role.SPECIALIST)
    return meeting.Table(
        home.store, home.clock, home.project, home.lead, home.client, [specialist, home.other_lead], random.Random(3)
    )


def items(home: House, scene: str, kind: str, rule: str | None = None) -> dict[int, DemoItem]:
    return {
        item: DemoItem(f"D{item}", "clip.mp4", scene, BY_KEY["cat"], BATCHES[0], 2, kind, 0, rule)  # type: ignore[arg-type]
        for item in home.all_items
    }


def test_what_no_rule_decides_ends_as_a_precedent_that_settles_its_like(home: House) -> None:
    held = meeting.hold(table(home), items(home, "shadow-on-blind", "gap"))
    assert held is not None
    (outcome,) = outcomes.all_of(home.store, home.lead, held)  # of one scene one case
    assert (outcome.kind, outcome.level, outcome.rule) == ("decided", 2, "partly-hidden")
    assert outcome.decided_by_name == "王客户"
    (row,) = precedents.of(home.store, home.lead, home.project)
    assert row.precedent.id == outcome.precedent
    states = [home.state(item) for item in home.all_items[:4]]
    assert states == [("decided", 2)] * 4
    assert [one.state for one in meetings.of(home.store, home.lead, home.project)] == ["closed"]
    assert verify(home.store) == []


def test_there_is_no_meeting_about_what_a_rule_decides(home: House) -> None:
    assert meeting.hold(table(home), items(home, "toy-cat", "boundary", "toy")) is None


def test_the_next_meeting_is_tomorrow_at_three_and_some_have_voted(home: House) -> None:
    made = meeting.prepare(table(home), items(home, "toy-cat", "boundary", "toy"))
    row = meetings.one(home.store, home.client, made)
    assert row.state == "before" and agendas.of(home.store, home.lead, made)
    assert (row.starts_at - home.clock.now()).total_seconds() > 0
    with home.store.reader() as reader:
        assert reader.value("select count(*) from meeting_vote") >= 3


def test_a_question_waits_for_the_client_and_an_overturned_grader_appeals(home: House) -> None:
    known, at = items(home, "toy-cat", "boundary", "toy"), table(home)
    assert meeting.ask_client(at, known) is not None
    (asked,) = client_questions.of(home.store, home.lead, home.project)
    assert (asked.state, {one.level for one in asked.choices}) == ("waiting", {0, 2})
    people = [(SimGrader(f"g{n}", "careful"), actor) for n, actor in enumerate(home.graders_)]
    assert meeting.appeal(at, people, known) is None  # nothing was overturned yet
    disputes.decide(home.store, home.lead, home.all_items[0], 2, "玩具一律 33。")
    assert meeting.appeal(at, people, known) == home.all_items[0]
    assert home.state(home.all_items[0])[0] == "disputed"
    assert len(inbox.appeal_of(home.store, home.lead, home.all_items[0])) == 1
