"""Examples of rules: added, withdrawn, written into Markdown and read again; who has read a version."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from relevance.errors import BadInput, NotAllowed, NotFound, Stale
from relevance.roles import Actor, Role
from relevance.services import amendments, clips, gold, guidelines, reads, rule_examples
from relevance.services.verify import verify
from tests.world import GUIDELINE, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.store.close()


def settled(world: World) -> tuple[Actor, Actor, list[int]]:
    items = world.items(3)
    lead, (a, b) = world.person("lead", Role.LEAD), world.graders(2)
    guidelines.import_markdown(world.store, lead, world.project, en=GUIDELINE)
    for _ in items[:2]:
        world.grade(a, 3), world.grade(b, 3)
    return lead, a, items


def test_an_example_stands_with_its_rule_until_it_is_withdrawn_and_anybody_of_the_project_sees_its_clip(
    world: World,
) -> None:
    lead, _, items = settled(world)
    newcomer = world.person("new")
    one = rule_examples.add(world.store, lead, world.project, "subject", items[0], "positive", "it fills  it")
    (shown,) = rule_examples.of(world.store, world.project)["subject"]
    assert (shown.kind, shown.level, shown.note) == ("positive", 3, "it fills it")
    clips.check(world.store, newcomer, shown.content_id)
    with pytest.raises(BadInput, match="already"):
        rule_examples.add(world.store, lead, world.project, "subject", items[0], "negative")
    rule_examples.withdraw(world.store, lead, one)
    assert rule_examples.of(world.store, world.project) == {}
    with pytest.raises(Stale):
        rule_examples.withdraw(world.store, lead, one)
    assert verify(world.store) == []


def test_what_cannot_be_an_example_is_told(world: World) -> None:
    lead, grader, items = settled(world)
    add = rule_examples.add
    with pytest.raises(BadInput, match="no label"):
        add(world.store, lead, world.project, "subject", items[2], "positive")
    with pytest.raises(BadInput, match="one of"):
        add(world.store, lead, world.project, "subject", items[0], "nice")
    with pytest.raises(NotFound):
        add(world.store, lead, world.project, "nonsense", items[0], "positive")
    with pytest.raises(NotAllowed):
        add(world.store, grader, world.project, "subject", items[0], "positive")
    gold.make(world.store, lead, items[0])
    with pytest.raises(BadInput, match="gold"):
        add(world.store, lead, world.project, "subject", items[0], "positive")
    assert items[0] not in rule_examples.offered(world.store, lead, world.project)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_markdown_goes_out_with_its_examples_and_comes_in_again_without_a_new_version(
    world: World, language: str
) -> None:
    lead, _, items = settled(world)
    if language == "zh":
        guidelines.import_markdown(world.store, lead, world.project, zh=GUIDELINE.replace("Levels", "等级"))
    one = rule_examples.add(world.store, lead, world.project, "subject", items[0], "borderline", "half of it")
    text = guidelines.export_markdown(world.store, lead, world.project, language)
    assert text is not None
    line = {"en": f"> example borderline #{items[0]}: half of it", "zh": f"> 示例 边界例 #{items[0]}: half of it"}[
        language
    ]
    assert line in text.splitlines()
    rule_examples.withdraw(world.store, lead, one)
    version = guidelines.current(world.store, world.project).version
    assert guidelines.import_markdown(world.store, lead, world.project, **{language: text}) == version
    (back,) = rule_examples.of(world.store, world.project)["subject"]
    assert (back.kind, back.item, back.note) == ("borderline", items[0], "half of it")
    assert "example" not in (guidelines.current(world.store, world.project).rules[0].text_en or "")
    # With a second rule's example by hand, and a bad one: told, and nothing of the file is kept.
    with pytest.raises(NotFound):
        guidelines.import_markdown(
            world.store,
            lead,
            world.project,
            **{language: text + f"> example positive #{items[1]}\n> example positive #999\n"},
        )
    assert list(rule_examples.of(world.store, world.project)) == ["subject"]


def test_who_has_read_a_version_is_known_and_who_has_not(world: World) -> None:
    lead, a, _ = settled(world)
    stranger = Actor(99, roles={world.project + 1: frozenset({Role.LEAD})})
    version = guidelines.current(world.store, world.project).id
    assert not any(one.has for one in reads.of(world.store, lead, world.project, version))
    reads.opened(world.store, a, world.project)
    world.clock.advance(60)
    reads.opened(world.store, a, world.project)  # the first time stays
    found = {one.account: one for one in reads.of(world.store, lead, world.project, version)}
    opened = found[a.account].opened_at
    assert opened is not None and (world.clock.now() - opened).total_seconds() == 60
    draft = amendments.draft(world.store, lead, world.project, "subject", "", "", "new")
    card = amendments.Card("x", "x", None, "?", ("a", "b"), 1)
    amendments.publish(world.store, lead, draft, "n", card, "leave")
    new = guidelines.current(world.store, world.project).id
    amendments.acknowledge(world.store, a, new, 1)
    now = reads.of(world.store, lead, world.project, new)
    assert [one.account for one in now if one.acknowledged_at] == [a.account]
    assert now[-1].account == a.account  # those who have not read it come first
    for who in (a, stranger):
        with pytest.raises(NotAllowed):
            reads.of(world.store, who, world.project, new)
    reads.opened(world.store, stranger, world.project)
    assert stranger.account not in {one.account for one in reads.of(world.store, lead, world.project, new)}
