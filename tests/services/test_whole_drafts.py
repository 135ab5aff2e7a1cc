"""A whole guideline brought as Markdown is a draft: nobody's work changes before it is published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from relevance.errors import BadInput, NotAllowed, Stale
from relevance.roles import SYSTEM, Role
from relevance.services import amendments, guidelines, whole_drafts
from tests.world import World

ONE = """# G
## Levels
- 100 % | Full: all
- 67 % | Most: most
- 33 % | Few: little
- 0 % | None: nothing
## Subject
### R1 Car {#car}
See a car.
"""
TWO = ONE.replace("See a car.", "See a real car.") + "### R2 Boat {#boat}\nSee a boat.\n"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.store.close()


def test_a_whole_text_becomes_a_draft_and_is_published_like_an_amendment(world: World) -> None:
    lead, grader = world.person("lead", Role.LEAD), world.person("g")
    world.items(1)
    guidelines.import_markdown(world.store, lead, world.project, en=ONE)
    made = whole_drafts.take(world.store, lead, world.project, en=TWO, note="real cars")
    assert made is not None
    assert guidelines.current(world.store, world.project).version == 1
    (row,) = amendments.drafts(world.store, lead, world.project)
    assert (row.id, row.rule, row.heading, row.state) == (made, None, "real cars", "draft")
    found = {one.rule: one.kind for one in whole_drafts.changes(world.store, lead, made, "en")}
    assert found == {"car": "changed", "boat": "added"}
    amendments.step(world.store, lead, made, "review")
    card = amendments.Card("", "Real cars", None, "Does a toy count?", ("No", "Yes"), 0)
    assert amendments.publish(world.store, lead, made, "real cars", card, "leave").version == 2
    assert world.claim(grader).why_none == "unread"  # the acknowledgement stands before the next item
    assert [rule.id for rule in guidelines.current(world.store, world.project).rules] == ["car", "boat"]


def test_the_first_guideline_can_be_a_draft_too(world: World) -> None:
    made = whole_drafts.take(world.store, SYSTEM, world.project, en=ONE)
    assert made is not None and guidelines.current(world.store, world.project).version == 0
    assert [one.kind for one in whole_drafts.changes(world.store, SYSTEM, made)] == ["added"]
    assert amendments.publish(world.store, SYSTEM, made, "first").version == 1


def test_a_text_with_faults_and_one_that_is_in_force_make_no_draft(world: World) -> None:
    lead = world.person("lead", Role.LEAD)
    (item,) = world.items(1)
    for grader in (world.person("a"), world.person("b")):
        world.claim(grader)
        world.grade(grader, 3)
    guidelines.import_markdown(world.store, lead, world.project, en=ONE)
    with pytest.raises(BadInput):
        whole_drafts.take(world.store, lead, world.project, en=ONE.replace("- 33 % | Few: little\n", ""))
    with pytest.raises(NotAllowed):
        whole_drafts.take(world.store, world.person("x"), world.project, en=TWO)
    text = ONE + f"> example positive #{item}: a car\n"
    assert whole_drafts.take(world.store, lead, world.project, en=text) is None  # its example is taken in
    assert "> example positive" in str(guidelines.export_markdown(world.store, lead, world.project, "en"))
    assert amendments.drafts(world.store, lead, world.project) == []


def test_of_two_whole_drafts_of_one_version_the_second_is_told(world: World) -> None:
    lead = world.person("lead", Role.LEAD)
    guidelines.import_markdown(world.store, lead, world.project, en=ONE)
    one = whole_drafts.take(world.store, lead, world.project, en=TWO)
    two = whole_drafts.take(world.store, lead, world.project, en=TWO + "Big.\n")
    assert one is not None and two is not None
    amendments.publish(world.store, lead, one, "one")
    with pytest.raises(Stale):
        amendments.publish(world.store, lead, two, "two")


def test_a_draft_that_changes_nothing_is_refused_and_stays_a_draft(world: World) -> None:
    lead = world.person("lead", Role.LEAD)
    guidelines.import_markdown(world.store, lead, world.project, en=ONE)
    made = amendments.draft(world.store, lead, world.project, "car", "", "", "See a car.")
    with pytest.raises(BadInput, match="says what"):
        amendments.publish(world.store, lead, made, "same")
    assert amendments.drafts(world.store, lead, world.project)[0].state == "draft"
