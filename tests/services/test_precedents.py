"""Precedents: the closest beside an item, contradictions found when the second is made, superseded and never deleted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from relevance.errors import BadInput, NotAllowed, NotFound, Stale
from relevance.roles import Actor, Role
from relevance.services import disputes, grading, precedents, propagation
from relevance.services.verify import verify
from relevance.store.store import Tx
from tests.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.store.close()


def test_the_closest_stand_beside_the_claimed_item_the_same_pair_first(world: World) -> None:
    items = world.items(4, keywords=2)  # keywords 0 1 0 1
    lead, grader = world.person("lead", Role.LEAD), world.person("g")
    wide = precedents.add(world.store, lead, items[1], 0, "wide", scope="general")
    word = precedents.add(world.store, lead, items[2], 1, "word", scope="keyword")
    pair = precedents.add(world.store, lead, items[0], 2, "pair", scope="pair")
    other = precedents.add(world.store, lead, items[2], 3, "another pair", scope="pair")
    assert [one.id for one in precedents.closest(world.store, items[0])] == [pair, word, wide]
    assert other not in {one.id for one in precedents.closest(world.store, items[0])}
    work = world.claim(grader).work[0]
    # What was decided about the claimed item itself is not told: it may come as gold, or anew.
    assert [one["reason"] for one in work.precedents] == [
        one.reason for one in precedents.closest(world.store, work.item) if one.item != work.item
    ]
    assert verify(world.store) == []


def test_what_contradicts_is_found_when_the_second_is_made(world: World) -> None:
    items = world.items(3)
    lead = world.person("lead", Role.LEAD)
    one = precedents.add(world.store, lead, items[0], 3, "seen", rule="car")
    same_rule = precedents.add(world.store, lead, items[1], 0, "not seen", rule="car")
    other_rule = precedents.add(world.store, lead, items[2], 0, "not seen", rule="bus")
    same_pair = precedents.add(world.store, lead, items[2], 1, "in part", scope="pair")
    told = {made: [n for n, _ in precedents.contradictions(world.store, made)] for made in (one, same_rule, other_rule)}
    assert told == {one: [], same_rule: [one], other_rule: []}
    assert [n for n, _ in precedents.contradictions(world.store, same_pair)] == [other_rule]


def test_two_of_a_keyword_without_a_rule_contradict_unless_their_graders_told_the_examples_apart(world: World) -> None:
    """The grades, in levels: a 2 3, b 0 1, c 2 3, d 0 3. a is decided 3, then come 0 for b, 2 for c and 1 for d.

    b: nobody gave b more than anybody gave a (1 <= 2): two situations. c: 2 3 against 2 3, one border decided twice; above
    b (1 <= 2). d: argued over from end to end, so it is told from none: somebody gave it 3, as a and c, or 0, as b.
    """
    lead, (one, two) = world.person("lead", Role.LEAD), world.graders(2)
    a, b, c, d = world.items(4)
    for grader, levels in ((one, {a: 2, b: 0, c: 2, d: 0}), (two, {a: 3, b: 1, c: 3, d: 3})):
        for _ in levels:
            work = world.claim(grader).work[0]
            grading.answer(world.store, grader, grading.Answer(work.assignment, work.seq, levels[work.item]))
    made = {
        name: precedents.add(world.store, lead, item, level, name)
        for name, item, level in (("a", a, 3), ("b", b, 0), ("c", c, 2), ("d", d, 1))
    }
    names = {number: name for name, number in made.items()}
    told = {
        name: [names[n] for n, _ in precedents.contradictions(world.store, number)] for name, number in made.items()
    }
    assert told == {"a": [], "b": [], "c": ["a"], "d": ["a", "b", "c"]}
    # With a rule of its own d is told from all of them.
    with world.store.reader() as reader:
        for rule, n in ((None, 3), ("subject", 0)):
            asked = precedents.would_contradict(reader, world.project, d, 1, rule, "keyword", world.clock.now())
            assert len(asked) == n
    assert verify(world.store) == []


def test_one_that_is_superseded_stays_on_record_and_leaves_the_grade_page(world: World) -> None:
    (item,) = world.items(1)
    lead = world.person("lead", Role.LEAD)
    old = precedents.add(world.store, lead, item, 3, "old")
    new = precedents.add(world.store, lead, item, 2, "new", supersedes=old)
    assert [one.id for one in precedents.closest(world.store, item)] == [new]
    rows = {row.precedent.id: row.superseded_by for row in precedents.of(world.store, lead, world.project)}
    assert rows == {old: new, new: None}
    with pytest.raises(Stale):
        precedents.add(world.store, lead, item, 1, "later", supersedes=old)
    with pytest.raises(NotAllowed):
        precedents.add(world.store, world.person("client", Role.CLIENT), item, 1, "x")


def test_a_new_precedent_stands_beside_the_next_item_without_anything_else_being_read_again(world: World) -> None:
    lead = world.person("lead-of-rules", Role.LEAD)
    first, second = world.items(2)
    old = precedents.add(world.store, lead, first, 1, "half of it")
    assert [one.id for one in precedents.closest(world.store, second)] == [old]
    cold = world.store.cold
    new = precedents.add(world.store, lead, first, 2, "most of it", supersedes=old)
    assert [one.id for one in precedents.closest(world.store, second)] == [new]  # the old one's place is taken
    assert world.store.cold == cold  # what is kept of items, clips and keywords stays


def test_one_that_is_there_takes_anothers_place_and_what_it_settled_stays(world: World) -> None:
    lead, graders = world.person("lead", Role.LEAD), world.graders(2)
    one, like, other = world.items(3)
    for who, levels in zip(graders, ([3, 3, 3], [0, 0, 0]), strict=True):
        world.grade_all([who] * 3, levels)
    old = precedents.add(world.store, lead, one, 3, "whole")
    new = precedents.add(world.store, lead, other, 2, "in part", rule="subject")
    propagation.apply(world.store, lead, world.project, [like], 3, "whole", precedent=old, share=0)
    assert precedents.resting(world.store, lead, world.project, old) == [like]
    assert {one.id for one in precedents.closest(world.store, like)} == {old, new}
    act = precedents.replaced(world.store, lead, old, new, "the newer standard")
    assert [one.id for one in precedents.closest(world.store, like)] == [new]  # beside no clip any more
    rows = {row.precedent.id: row.superseded_by for row in precedents.of(world.store, lead, world.project)}
    assert rows == {old: new, new: None}
    assert precedents.resting(world.store, lead, world.project, old) == [like]  # what it settled stays settled
    assert world.state(like) == ("decided", 3)
    with world.store.reader() as reader:
        assert reader.all("select old, new, reason, act from precedent_replaced") == [
            (old, new, "the newer standard", act)
        ]
        assert reader.value("select name from act where id = ?", [act]) == "precedent.replace"
        # It is compared with no new one any more.
        now = world.clock.now()
        assert precedents.would_contradict(reader, world.project, like, 0, None, "keyword", now) == []
    world.reopen()
    assert [one.id for one in precedents.closest(world.store, like)] == [new]
    assert verify(world.store) == []


def test_a_label_no_longer_rests_on_a_precedent_once_somebody_decided_it_anew_or_took_it_back(world: World) -> None:
    lead, graders = world.person("lead", Role.LEAD), world.graders(2)
    items = world.items(4)
    for who, levels in zip(graders, ([3] * 4, [0] * 4), strict=True):
        world.grade_all([who] * 4, levels)
    disputes.decide(world.store, lead, items[0], 3, "whole")
    with world.store.reader() as reader:
        number = reader.value("select max(id) from decision where item = ?", [items[0]])
    old = precedents.add(world.store, lead, items[0], 3, "whole", decision=number)
    act = propagation.apply(world.store, lead, world.project, items[1:], 3, "whole", precedent=old, share=0)
    assert precedents.resting(world.store, lead, world.project, old) == items  # its own decision's item too
    world.store.act(lambda tx: _anew(tx, lead, world.project, items[1]))
    assert precedents.resting(world.store, lead, world.project, old) == [items[0], *items[2:]]
    propagation.undo(world.store, lead, act)
    assert precedents.resting(world.store, lead, world.project, old) == [items[0]]
    assert verify(world.store) == []


def _anew(tx: Tx, lead: Actor, project: int, item: int) -> None:
    act = tx.new_act("dispute.level", lead, project, item=item)
    states = frozenset({"decided"})
    disputes.rule_in(tx, lead, item, "level", 1, 0, "looked again", None, None, act, states=states)


def test_who_puts_one_in_anothers_place_is_a_lead_and_only_the_first_does_it(world: World) -> None:
    lead, (one, two, three) = world.person("lead", Role.LEAD), world.items(3)
    (strange,) = world.items(1)  # of another keyword
    old = precedents.add(world.store, lead, one, 3, "whole")
    new = precedents.add(world.store, lead, two, 2, "in part")
    last = precedents.add(world.store, lead, three, 1, "a corner")
    far = precedents.add(world.store, lead, strange, 1, "another word")
    for role in (Role.SPECIALIST, Role.CLIENT, Role.ANALYST, Role.GRADER):
        who = world.person(f"a-{role}", role)
        with pytest.raises(NotAllowed):
            precedents.replaced(world.store, who, old, new, "x")
        with pytest.raises(NotAllowed):
            precedents.withdrawn(world.store, who, old, 0, "x", None, "keyword")
    for wrong, reason in ((old, "itself"), (far, "reaches nothing of it"), (new, "  ")):
        with pytest.raises(BadInput):
            precedents.replaced(world.store, lead, old, wrong, reason)
    with pytest.raises(NotFound):
        precedents.replaced(world.store, lead, old, 999, "x")
    precedents.replaced(world.store, lead, old, new, "x")
    for act in (
        lambda: precedents.replaced(world.store, lead, old, last, "too late"),
        lambda: precedents.replaced(world.store, lead, last, old, "by one that is in force no more"),
        lambda: precedents.replaced(world.store, lead, new, old, "each in the other's place"),
        lambda: precedents.withdrawn(world.store, lead, old, 0, "too late", None, "keyword"),
        lambda: precedents.add(world.store, lead, one, 0, "too late", supersedes=old),
    ):
        with pytest.raises(Stale):
            act()
    made = precedents.withdrawn(world.store, lead, new, 0, "not at all", "subject", "keyword")
    rows = {row.precedent.id: row.superseded_by for row in precedents.of(world.store, lead, world.project)}
    assert rows == {old: new, new: made, last: None, far: None, made: None}
    assert verify(world.store) == []
