"""A draft's pilot: blind until it is closed, never a grade, beside the last version's grades of the same items."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from relevance.errors import BadInput, NotAllowed, NotFound, Stale
from relevance.roles import Actor, Role
from relevance.services import amendments, clips, gold, guidelines, pilots
from relevance.services.verify import verify
from tests.world import GUIDELINE, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.store.close()


def settled(world: World, n: int = 60) -> tuple[Actor, list[Actor], list[int]]:
    """A lead, two graders and items that these settled under version 1."""
    items = world.items(n, keywords=3)
    lead, graders = world.person("lead", Role.LEAD), world.graders(2)
    guidelines.import_markdown(world.store, lead, world.project, en=GUIDELINE)
    for grader in graders:
        for _ in items:
            world.grade(grader, 3)
    return lead, graders, items


def drafted(world: World, lead: Actor) -> int:
    return amendments.draft(world.store, lead, world.project, "subject", "", "", "It fills half the picture.")


def test_a_pilot_is_blind_until_it_is_closed_and_its_answers_are_no_grades(world: World) -> None:
    lead, (a, b), _ = settled(world)
    draft = drafted(world, lead)
    before = world.store.reader
    with before() as reader:
        grades, events = reader.one("select (select count(*) from answer), (select count(*) from item_event)") or ()
    pilot = pilots.make(world.store, lead, draft, [a.account, b.account], 50, seed=7)
    assert [one.id for one in pilots.waiting(world.store, a, world.project)] == [pilot]
    sheet = pilots.sheet(world.store, a, pilot)
    assert len(sheet.questions) == 50 and sheet.next == 0
    assert sheet.guideline.rules[0].text_en == "It fills half the picture."
    clips.check(world.store, a, sheet.questions[0].shown.content_id)
    for place in range(50):
        pilots.say(world.store, a, pilot, place, 3, "subject")
        pilots.say(world.store, b, pilot, place, 3 if place else 1)
    pilots.say(world.store, b, pilot, 0, 2, "background")  # he thinks again: the last one counts
    assert pilots.sheet(world.store, a, pilot).questions[0].said == 3  # b's 2 is nowhere
    assert [one.done for one in pilots.of(world.store, lead, world.project)[0].people] == [50, 50]
    for who in (lead, a):
        with pytest.raises(NotAllowed):
            pilots.result(world.store, who, pilot)
    pilots.close(world.store, lead, pilot)
    found = pilots.result(world.store, lead, pilot)
    # 49 of 50 items agree; under version 1 all 50 did.
    assert found.exact.value == pytest.approx(0.98)
    assert (found.exact.items, found.exact_before.value) == (50, 1.0)
    assert [(one.of, one.under) for one in found.rules] == [("background", True), ("subject", False)]
    with before() as reader:
        assert reader.one("select (select count(*) from answer), (select count(*) from item_event)") == (grades, events)
    with pytest.raises(Stale):
        pilots.say(world.store, a, pilot, 0, 3)
    with pytest.raises(Stale):
        pilots.close(world.store, lead, pilot)
    assert pilots.waiting(world.store, a, world.project) == []
    assert verify(world.store) == []


def test_only_members_take_part_and_nobody_else_learns_of_it(world: World) -> None:
    lead, (a, b), _ = settled(world)
    draft = drafted(world, lead)
    with pytest.raises(BadInput, match="no member"):
        pilots.make(world.store, lead, draft, [a.account, 999])
    with pytest.raises(BadInput, match="at least 2"):
        pilots.make(world.store, lead, draft, [a.account])
    with pytest.raises(NotAllowed):
        pilots.make(world.store, a, draft, [a.account, b.account])
    pilot = pilots.make(world.store, lead, draft, [a.account, b.account])
    with pytest.raises(NotFound):
        pilots.sheet(world.store, lead, pilot)  # he did not ask himself
    with pytest.raises(NotFound):
        pilots.say(world.store, world.person("x"), pilot, 0, 3)
    with pytest.raises(BadInput, match="no rule"):
        pilots.say(world.store, a, pilot, 0, 3, "nonsense")
    with pytest.raises(Stale, match="under way"):
        pilots.make(world.store, lead, draft, [a.account, b.account])


def test_gold_is_not_drawn(world: World) -> None:
    lead, (a, b), items = settled(world, 52)
    gold.make_many(world.store, lead, items[:2])
    pilot = pilots.make(world.store, lead, drafted(world, lead), [a.account, b.account], 50)
    with world.store.reader() as reader:
        drawn = {item for (item,) in reader.all("select item from pilot_item where pilot = ?", [pilot])}
    assert drawn == set(items[2:])


def test_items_can_be_named_and_what_has_no_label_is_refused(world: World) -> None:
    lead, (a, b), items = settled(world, 50)
    draft = drafted(world, lead)
    new = world.items(1)[0]
    with pytest.raises(BadInput, match="can't be piloted"):
        pilots.make(world.store, lead, draft, [a.account, b.account], items=[*items, new])
    pilots.make(world.store, lead, draft, [a.account, b.account], items=items)
    assert pilots.of(world.store, lead, world.project)[0].seed == pilots.NAMED


def test_a_draft_is_not_published_while_its_pilot_is_under_way_and_dropping_it_ends_the_pilot(world: World) -> None:
    lead, (a, b), _ = settled(world)
    one, two = drafted(world, lead), drafted(world, lead)
    pilots.make(world.store, lead, one, [a.account, b.account])
    with pytest.raises(Stale, match="under way"):
        amendments.publish(world.store, lead, one, "n")
    assert guidelines.current(world.store, world.project).version == 1
    amendments.step(world.store, lead, one, "dropped")
    assert pilots.of(world.store, lead, world.project)[0].closed_at is not None
    assert amendments.publish(world.store, lead, two, "n").version == 2
    with pytest.raises(Stale):
        pilots.make(world.store, lead, two, [a.account, b.account])


def test_an_answer_against_the_close_is_kept_or_told_never_half(world: World) -> None:
    lead, (a, b), _ = settled(world)
    pilot = pilots.make(world.store, lead, drafted(world, lead), [a.account, b.account])
    pilots.say(world.store, a, pilot, 0, 3)
    world.reopen()
    assert pilots.sheet(world.store, a, pilot).questions[0].said == 3  # progress is kept
    assert pilots.sheet(world.store, a, pilot).next == 1
    pilots.close(world.store, lead, pilot)
    assert pilots.result(world.store, lead, pilot).exact.value is None  # one person alone agrees with nobody
