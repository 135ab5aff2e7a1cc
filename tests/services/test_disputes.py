"""Disputes and questions: what leads see, decide and send back, and what becomes of it."""

from __future__ import annotations

import threading

import pytest

from relevance.errors import BadInput, NotAllowed, NotFound, Stale
from relevance.roles import Actor, Role
from relevance.services import disputes, grading
from relevance.services.disputes import DisputeFilter
from tests.world import World


def disputed(world: World, n: int = 1, levels: tuple[int, int] = (3, 0)) -> tuple[list[int], Actor, list[Actor]]:
    """So many disputed items, a lead, and their two graders."""
    people = world.graders(2)
    items = world.items(n)
    for person, level in zip(people, levels, strict=True):
        for _ in items:
            world.grade(person, level)
    return items, world.person("lead", Role.LEAD), people


def test_a_decision_is_a_record_of_its_own_and_no_grade_changes(world: World) -> None:
    (item,), lead, _ = disputed(world)
    decision = disputes.decide(world.store, lead, item, 2, "seen from behind", rule="R2")
    assert world.state(item) == ("decided", 2)
    with world.store.reader() as reader:
        assert reader.all("select level from answer order by assignment") == [(3,), (0,)]
        assert (
            reader.rows("select * from decision")[0] | {"id": decision, "level": 2, "rule": "R2", "n": 2}
            == (reader.rows("select * from decision")[0])
        )
        assert reader.value("select count(*) from act where name = 'dispute.level'") == 1


def test_of_two_leads_one_wins_and_the_other_is_told_who_and_what(world: World) -> None:
    (item,), lead, _ = disputed(world)
    other = world.person("other", Role.LEAD)
    seen = disputes.one(world.store, other, item).version
    disputes.decide(world.store, lead, item, 2, "because")
    with pytest.raises(Stale, match=r"Lead has already decided item .*: 67 %"):
        disputes.decide(world.store, other, item, 0, "no", expects=seen)


def test_two_leads_at_the_same_moment_one_decision(world: World) -> None:
    (item,), lead, _ = disputed(world)
    ends: list[object] = []

    def decide(level: int) -> None:
        try:
            ends.append(disputes.decide(world.store, lead, item, level, "because"))
        except Stale as stale:
            ends.append(stale)

    threads = [threading.Thread(target=decide, args=(level,)) for level in (0, 1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(end, int) for end in ends) == 1
    with world.store.reader() as reader:
        assert reader.value("select count(*) from decision") == 1


def test_a_record_that_came_after_the_page_was_opened_stops_the_decision(world: World) -> None:
    (item,), lead, (a, _) = disputed(world)
    seen = disputes.one(world.store, lead, item)
    grading.answer(world.store, a, grading.Answer(seen.grades[0].assignment, 1, 2))  # 2 and 0: still two apart
    with pytest.raises(Stale):
        disputes.decide(world.store, lead, item, 3, "because", expects=seen.version)
    disputes.decide(world.store, lead, item, 3, "because", expects=disputes.one(world.store, lead, item).version)


def test_a_correction_after_the_decision_is_recorded_and_the_label_stays(world: World) -> None:
    (item,), lead, (a, _) = disputed(world)
    mine = disputes.one(world.store, lead, item).grades[0].assignment
    disputes.decide(world.store, lead, item, 0, "because")
    grading.answer(world.store, a, grading.Answer(mine, 1, 0))
    assert world.state(item) == ("decided", 0)
    assert disputes.one(world.store, lead, item).grades[0].earlier == (3,)


def test_an_item_sent_back_wants_so_many_more_and_then_settles_or_comes_again(world: World) -> None:
    (item,), lead, _ = disputed(world, levels=(3, 1))
    disputes.send_back(world.store, lead, item, 2, "look again")
    assert world.state(item) == ("open", None)
    c, d, e = (world.person(name) for name in "cde")
    assert (len(world.claim(c).work), len(world.claim(d).work), len(world.claim(e).work)) == (1, 1, 0)
    world.grade(c, 3)
    assert world.state(item) == ("open", None)  # 3, 1, 3: two more were asked for
    world.grade(d, 3)
    assert world.state(item) == ("settled", 3)  # 3 against 1: leads by two


def test_only_a_disputed_item_can_be_ruled_on(world: World) -> None:
    (a,) = world.graders(1)
    lead = world.person("lead", Role.LEAD)
    (item,) = world.items(1)
    for act in (
        lambda: disputes.decide(world.store, lead, item, 3, "because"),
        lambda: disputes.send_back(world.store, lead, item, 1, "because"),
    ):
        with pytest.raises(Stale):
            act()
    with pytest.raises(NotFound):
        disputes.decide(world.store, lead, 999, 3, "because")
    with pytest.raises(NotAllowed):
        disputes.decide(world.store, a, item, 3, "because")


@pytest.mark.parametrize(("level", "reason"), [(4, "because"), (-1, "because"), (3, ""), (3, "   "), (3, "x" * 2001)])
def test_a_decision_needs_a_level_and_a_reason(world: World, level: int, reason: str) -> None:
    (item,), lead, _ = disputed(world)
    with pytest.raises(BadInput):
        disputes.decide(world.store, lead, item, level, reason)
    assert world.state(item) == ("disputed", None)


def test_the_list_shows_the_widest_and_oldest_first_and_filters(world: World) -> None:
    a, b = world.graders(2)
    lead = world.person("lead", Role.LEAD)
    items = world.items(3, keywords=3)
    for level in (3, 3, 3):
        world.grade(a, level)
    for level in (1, 0, 0):
        world.clock.advance(60)
        world.grade(b, level)
    flagged = world.items(1)[0]
    world.grade(a, None, flag="no_rule", flag_text="?")
    page = disputes.page(world.store, lead, world.project)
    assert page.total == 4
    assert [row.spread for row in page.rows] == [3, 3, 2, 0]
    assert page.rows[0].since < page.rows[1].since
    assert page.flags == {"no_rule": 1}

    def ids(**wanted: object) -> set[int]:
        return {row.item for row in disputes.page(world.store, lead, world.project, DisputeFilter(**wanted)).rows}  # type: ignore[arg-type]

    assert ids(flag="no_rule") == {flagged}
    assert ids(spread=3) == {row.item for row in page.rows[:2]}
    assert ids(grader=b.account) == set(items)
    assert ids(text=f"k{page.rows[3].keyword}") >= {flagged}
    assert ids(text="nothing like it") == set()
    assert ids(older_than_h=1) == set()
    world.clock.advance(3600)
    assert ids(older_than_h=1) == {*items, flagged}
    with pytest.raises(NotAllowed):
        disputes.page(world.store, a, world.project)
