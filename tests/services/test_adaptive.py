"""Adaptive overlap over the real store: few grades, every state provable, each item with its line."""

from __future__ import annotations

import random

import pytest

from relevance.errors import BadInput, NotAllowed
from relevance.roles import SYSTEM, Actor, Role
from relevance.services import adaptive, disputes, grading, policies
from relevance.services.grading import Answer
from relevance.services.verify import verify
from tests.world import World


class Crowd:
    """Graders of known skill on items of known level."""

    def __init__(self, world: World, items: int, graders: int = 6, skill: float = 0.88) -> None:
        self.world, self.chance, self.skill = world, random.Random(4), skill
        policies.change(world.store, SYSTEM, world.project, audit_share=0.0)
        self.graders = world.graders(graders)
        self.items = world.items(items)
        self.truth = {item: self.chance.randrange(4) for item in self.items}

    def grade(self, who: Actor, item: int) -> int:
        off = 0 if self.chance.random() < self.skill else self.chance.choice([-1, 1])
        return min(3, max(0, self.truth[item] + off))

    def round(self, most: int = 10_000) -> int:
        """Everybody grades what he gets until nobody gets anything."""
        done, idle = 0, 0
        while idle < len(self.graders) and done < most:
            for who in self.graders:
                work = self.world.claim(who).work
                if not work:
                    idle += 1
                    continue
                idle = 0
                level = self.grade(who, work[0].item)
                grading.answer(self.world.store, who, Answer(work[0].assignment, work[0].seq, level))
                done += 1
        return done


def test_grades_are_asked_for_while_they_are_worth_it_and_every_state_is_proved(world: World) -> None:
    crowd = Crowd(world, 130)
    adaptive.switch(world.store, SYSTEM, world.project, 0.9, 6)
    grades, looks = 0, 0
    while (more := crowd.round()) or looks == 0:
        grades += more
        adaptive.refresh(world.store, world.project)
        looks += 1
        assert verify(world.store) == []
    with world.store.reader() as reader:
        counts = dict(reader.all("select item, count(*) from answer group by item"))
        said = dict(reader.all("select item, max_by(level, id) from item_event group by item having max_by(state, id) = 'settled'"))  # fmt: skip
    assert set(counts.values()) <= {2, 3, 4, 5, 6} and len(counts) == 130
    assert grades < 0.7 * 5 * 130  # fixed five would have taken 650
    assert len(said) > 110 and sum(said[item] == crowd.truth[item] for item in said) / len(said) > 0.9
    standings = {item: world.state(item) for item in crowd.items}
    world.reopen()
    assert {item: world.state(item) for item in crowd.items} == standings
    assert verify(world.store) == []


def test_an_item_whose_grades_differ_waits_for_the_look_and_says_so(world: World) -> None:
    crowd = Crowd(world, 1, graders=3)
    adaptive.switch(world.store, SYSTEM, world.project, 0.9, 5)
    a, b, c = crowd.graders
    world.grade_all([a, b], [3, 2])
    assert world.claim(c).work == ()
    line = adaptive.line_of(world.store, crowd.items[0])
    assert line is not None and line[0].startswith("Waits") and line[1]["n"] == 2
    adaptive.refresh(world.store, world.project)
    assert world.claim(c).work
    line = adaptive.line_of(world.store, crowd.items[0])
    assert line is not None and "fixed rule" in line[0].format(**line[1])


def test_a_correction_makes_the_old_verdict_void(world: World) -> None:
    crowd = Crowd(world, 1, graders=3)
    adaptive.switch(world.store, SYSTEM, world.project, 0.9, 5)
    a, b, _ = crowd.graders
    work = world.claim(a).work[0]
    grading.answer(world.store, a, Answer(work.assignment, 0, 3))
    world.grade(b, 1)
    adaptive.refresh(world.store, world.project)
    before = world.store.live.get(crowd.items[0])
    assert before is not None and before.verdict is not None and before.verdict.said == "13"
    grading.answer(world.store, a, Answer(work.assignment, 1, 1))
    assert world.state(crowd.items[0]) == ("settled", 1)  # two equal grades: the fixed rule settles
    assert verify(world.store) == []


def test_a_person_s_decision_stands_whatever_the_model_says(world: World) -> None:
    crowd = Crowd(world, 1, graders=2)
    lead = world.person("lead", Role.LEAD)
    world.grade_all(crowd.graders, [3, 0])
    disputes.decide(world.store, lead, crowd.items[0], 0, "so")
    adaptive.switch(world.store, SYSTEM, world.project, 0.9)
    adaptive.refresh(world.store, world.project)
    assert world.state(crowd.items[0]) == ("decided", 0)


def test_switching_it_on_and_off_is_previewed_and_changes_no_grade(world: World) -> None:
    crowd = Crowd(world, 20, graders=3)
    lead = world.person("lead", Role.LEAD)
    crowd.round()
    seen = adaptive.preview(world.store, lead, world.project, 0.9, 5)
    with world.store.reader() as reader:
        before = reader.all("select * from answer order by assignment, seq")
        disputed = reader.value("select count(*) from (select item from item_event group by item having max_by(state, id) = 'disputed')")  # fmt: skip
    assert seen.reopens == disputed  # what the fixed rule gave to people gets another chance
    adaptive.switch(world.store, lead, world.project, 0.9, 5)
    adaptive.switch(world.store, lead, world.project, 0.0, 5)
    with world.store.reader() as reader:
        assert reader.all("select * from answer order by assignment, seq") == before
    assert world.store.live.projects[world.project].policy.sure == 0.0
    assert verify(world.store) == []


def test_a_replay_shows_cost_and_accuracy_on_the_projects_own_grades(world: World) -> None:
    crowd = Crowd(world, 60)
    lead = world.person("lead", Role.LEAD)
    with pytest.raises(BadInput, match="30 items"):
        adaptive.played(world.store, lead, world.project)
    policies.change(world.store, SYSTEM, world.project, overlap=5, cap=5, far=4)
    crowd.round()
    found = adaptive.played(world.store, lead, world.project, draws=2)
    by_name = {one.policy: one for one in found.outcomes}
    assert by_name["majority-5"].grades_per_item == 5 and found.by_model
    assert 2 <= by_name["adaptive-5"].grades_per_item < 5
    assert by_name["adaptive-5"].accuracy > by_name["majority-2"].accuracy
    with pytest.raises(NotAllowed):
        adaptive.played(world.store, crowd.graders[0], world.project)


def test_a_look_comes_only_where_something_was_written(world: World) -> None:
    crowd = Crowd(world, 4, graders=3)
    adaptive.switch(world.store, SYSTEM, world.project, 0.9)
    world.grade_all(crowd.graders[:2], [3, 2])
    adaptive.look(world.store)
    with world.store.reader() as reader:
        n = reader.value("select count(*) from verdict")
    assert n == 1
    adaptive.look(world.store)
    with world.store.reader() as reader:
        assert reader.value("select count(*) from verdict") == n


def test_nonsense_is_refused(world: World) -> None:
    with pytest.raises(BadInput):
        adaptive.switch(world.store, SYSTEM, world.project, 0.3)
