"""A guideline's next version: who published first wins, graders acknowledge what is substantive, all can be undone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from relevance.errors import BadInput, NotAllowed, Stale
from relevance.roles import Role
from relevance.services import amendments, guidelines, propagation, whole_drafts
from relevance.services.verify import verify
from tests.world import World

TEXT = """# G
## 等级
- 100 % | 全: 全部
- 67 % | 多: 大部分
- 33 % | 少: 少部分
- 0 % | 无: 没有
## 主体
### R1 车 {#car}
看到车。
"""
CARD = amendments.Card("玩具车不算", "", None, "玩具车算车吗？", ("算", "不算"), 1)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.store.close()


def test_the_second_of_two_who_publish_is_told(world: World) -> None:
    lead = world.person("lead", Role.LEAD)
    guidelines.import_markdown(world.store, lead, world.project, zh=TEXT)
    one = amendments.draft(world.store, lead, world.project, "car", "", "看到真车。", "")
    two = amendments.draft(world.store, lead, world.project, None, "R2 船", "看到船。", "")
    amendments.step(world.store, lead, one, "review")
    assert amendments.publish(world.store, lead, one, "真车").version == 2
    with pytest.raises(Stale):
        amendments.publish(world.store, lead, two, "船")
    with pytest.raises(Stale):
        amendments.publish(world.store, lead, one, "again")
    now = guidelines.current(world.store, world.project)
    assert [(rule.id, rule.text_zh) for rule in now.rules] == [("car", "看到真车。")]
    ids = [row["id"] for row in guidelines.versions(world.store, world.project)]
    (change,) = amendments.diff(world.store, lead, world.project, ids[1], ids[0])
    assert [(p.kind, p.text) for p in change.pieces if p.kind != "same"] == [("new", "真")]


def test_a_draft_that_another_version_overtook_is_carried_over_and_published_with_both_changes(world: World) -> None:
    lead = world.person("lead", Role.LEAD)
    guidelines.import_markdown(world.store, lead, world.project, zh=TEXT)
    one = amendments.draft(world.store, lead, world.project, "car", "", "看到真车。", "")
    two = amendments.draft(world.store, lead, world.project, None, "R2 船", "看到船。", "")
    with pytest.raises(Stale, match="in force already"):
        amendments.carry_over(world.store, lead, two)
    amendments.publish(world.store, lead, one, "真车")
    newer = amendments.carry_over(world.store, lead, two)
    assert [(row.id, row.state) for row in amendments.drafts(world.store, lead, world.project)] == [
        (newer, "draft"), (two, "dropped"), (one, "published"),
    ]  # fmt: skip
    with pytest.raises(Stale):
        amendments.carry_over(world.store, lead, two)
    assert amendments.publish(world.store, lead, newer, "船").version == 3
    now = guidelines.current(world.store, world.project)
    assert [rule.text_zh for rule in now.rules] == ["看到真车。", "看到船。"]
    assert verify(world.store) == []


def test_a_draft_whose_rule_is_gone_and_a_whole_text_are_not_carried_over(world: World) -> None:
    lead = world.person("lead", Role.LEAD)
    guidelines.import_markdown(world.store, lead, world.project, zh=TEXT)
    rule = amendments.draft(world.store, lead, world.project, "car", "", "看到真车。", "")
    whole = whole_drafts.take(world.store, lead, world.project, zh=TEXT + "更多。\n")
    assert whole is not None
    guidelines.import_markdown(world.store, lead, world.project, zh=TEXT.replace("{#car}", "{#bus}"))
    with pytest.raises(Stale, match="no rule car"):
        amendments.carry_over(world.store, lead, rule)
    with pytest.raises(BadInput, match="whole text"):
        amendments.carry_over(world.store, lead, whole)


def test_a_grader_acknowledges_before_the_next_item_and_is_not_stopped_in_a_clip(world: World) -> None:
    world.items(3)
    lead, grader = world.person("lead", Role.LEAD), world.person("g")
    guidelines.import_markdown(world.store, lead, world.project, zh=TEXT)
    held = world.claim(grader).work[0]
    one = amendments.draft(world.store, lead, world.project, "car", "", "看到真车。", "")
    amendments.publish(world.store, lead, one, "真车", CARD, "leave")
    assert [work.item for work in world.claim(grader).work] == [held.item]  # what he has he finishes
    assert world.grade(grader, 3).counted
    assert (world.claim(grader).work, world.claim(grader).why_none) == ((), "unread")
    card = amendments.card_for(world.store, grader, world.project)
    assert card is not None and card.options == ("算", "不算")
    assert not amendments.acknowledge(world.store, grader, card.guideline, 0)
    world.reopen()
    assert world.claim(grader).why_none == "unread"
    assert amendments.acknowledge(world.store, grader, card.guideline, 1)
    assert len(world.claim(grader).work) == 1


def test_a_substantive_change_shows_what_it_touches_reopens_it_and_can_be_undone(world: World) -> None:
    items = world.items(2)
    lead, (a, b, c, d) = world.person("lead", Role.LEAD), world.graders(4)
    guidelines.import_markdown(world.store, lead, world.project, zh=TEXT)
    for _ in items:
        world.grade(a, 3, rule="car"), world.grade(b, 3)
    touched = amendments.touches(world.store, lead, world.project, amendments.Scope(rules=("car",)))
    # two settled items of two grades each at 13.5 s: 2 x 2 x 13.5 / 3600 h
    assert (touched.items, touched.grader_hours) == (tuple(items), pytest.approx(0.015))
    one = amendments.draft(world.store, lead, world.project, "car", "", "看到真车。", "")
    with pytest.raises(BadInput):
        amendments.publish(world.store, lead, one, "真车", amendments.Card("x"), "reopen", items)
    done = amendments.publish(world.store, lead, one, "真车", CARD, "reopen", items)
    assert [world.state(item)[0] for item in items] == ["open", "open"]
    for grader in (c, d):
        amendments.acknowledge(world.store, grader, world.store.live.cards[world.project], 1)
    first = world.claim(c).work[0].item
    world.grade(c, 3), world.grade(d, 3)
    assert world.state(first) == ("settled", 3)
    with world.store.reader() as reader:
        assert reader.value("select max_by(why, id) from item_event where item = ?", [first]) == "regrade"
    assert verify(world.store) == []
    assert done.propagation is not None
    propagation.undo(world.store, lead, done.propagation)
    assert [world.state(item) for item in items] == [("settled", 3)] * 2
    assert verify(world.store) == []


def test_graders_draft_nothing(world: World) -> None:
    with pytest.raises(NotAllowed):
        amendments.draft(world.store, world.person("g"), world.project, None, "x", "x", "")


@pytest.mark.parametrize("pieces", [0, 1])
def test_a_publication_that_a_crash_cut_off_is_finished_at_the_next_start(
    world: World, monkeypatch: pytest.MonkeyPatch, pieces: int
) -> None:
    items = world.items(4)
    lead, (a, b) = world.person("lead", Role.LEAD), world.graders(2)
    guidelines.import_markdown(world.store, lead, world.project, zh=TEXT)
    for _ in items:
        world.grade(a, 3, rule="car"), world.grade(b, 3)
    one = amendments.draft(world.store, lead, world.project, "car", "", "看到真车。", "")
    monkeypatch.setattr(propagation, "PIECE", 2)
    real, left = world.store.act, pieces + 1  # the act that publishes, then so many pieces

    def act(work):  # type: ignore[no-untyped-def]
        nonlocal left
        if left == 0:
            raise KeyboardInterrupt  # the process ends here
        left -= 1
        return real(work)

    monkeypatch.setattr(world.store, "act", act)
    with pytest.raises(KeyboardInterrupt):
        amendments.publish(world.store, lead, one, "真车", CARD, "reopen", items)
    monkeypatch.undo()
    world.reopen()
    assert guidelines.current(world.store, world.project).version == 2
    assert [world.state(item)[0] for item in items] == ["open"] * 2 * pieces + ["settled"] * (4 - 2 * pieces)
    assert verify(world.store) == []  # half done is consistent, only not finished
    assert propagation.finish(world.store) == 1
    assert [world.state(item)[0] for item in items] == ["open"] * 4
    assert verify(world.store) == []
    assert propagation.finish(world.store) == 0
    (row,) = propagation.of(world.store, lead, world.project)
    assert row.items == 4
    propagation.undo(world.store, lead, row.id)
    assert [world.state(item) for item in items] == [("settled", 3)] * 4


def test_two_who_publish_at_once_one_wins_and_the_other_leaves_nothing_behind(world: World) -> None:
    items = world.items(2)
    lead, (a, b) = world.person("lead", Role.LEAD), world.graders(2)
    guidelines.import_markdown(world.store, lead, world.project, zh=TEXT)
    for _ in items:
        world.grade(a, 3, rule="car"), world.grade(b, 3)
    drafts = [
        amendments.draft(world.store, lead, world.project, "car", "", text, "") for text in ("看到真车。", "看到小车。")
    ]
    gate, told = threading.Barrier(2), []

    def publish(draft: int) -> None:
        gate.wait()
        try:
            amendments.publish(world.store, lead, draft, "n", CARD, "reopen", items)
        except Stale as error:
            told.append(error)

    threads = [threading.Thread(target=publish, args=[draft]) for draft in drafts]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(told) == 1
    assert [row["version"] for row in guidelines.versions(world.store, world.project)] == [2, 1]
    assert len(propagation.of(world.store, lead, world.project)) == 1
    assert verify(world.store) == []


def test_the_question_stands_in_both_languages_and_one_answer_is_right_in_both(world: World) -> None:
    lead, grader = world.person("lead", Role.LEAD), world.person("g")
    guidelines.import_markdown(world.store, lead, world.project, zh=TEXT)
    one = amendments.draft(world.store, lead, world.project, "car", "", "看到真车。", "")
    amendments.step(world.store, lead, one, "review")
    for english in (
        ("Does a toy count?", ("Yes",)),
        ("Does a toy count?", ("Yes", "No", "Both")),
        (" ", ("Yes", "No")),
    ):
        with pytest.raises(BadInput, match="both languages"):
            amendments.publish(world.store, lead, one, "真车", replace(CARD, in_english=english), "leave")
    both = replace(CARD, what_en="Toy cars do not count", in_english=("Does a toy count?", ("Yes", "No")))
    amendments.publish(world.store, lead, one, "真车", both, "leave")
    card = amendments.card_for(world.store, grader, world.project)
    assert card is not None and (card.what_zh, card.what_en) == ("玩具车不算", "Toy cars do not count")
    assert card.check("zh") == ("玩具车算车吗？", ("算", "不算"))
    assert card.check("en") == ("Does a toy count?", ("Yes", "No"))
    assert not amendments.acknowledge(world.store, grader, card.guideline, 0)
    assert amendments.acknowledge(world.store, grader, card.guideline, 1)
    assert verify(world.store) == []


def test_a_question_in_one_language_is_shown_to_everybody(world: World) -> None:
    lead, grader = world.person("lead", Role.LEAD), world.person("g")
    guidelines.import_markdown(world.store, lead, world.project, zh=TEXT)
    one = amendments.draft(world.store, lead, world.project, "car", "", "看到真车。", "")
    amendments.publish(world.store, lead, one, "真车", CARD, "leave")
    card = amendments.card_for(world.store, grader, world.project)
    assert card is not None
    assert card.check("en") == card.check("zh") == ("玩具车算车吗？", ("算", "不算"))
