"""Graders' pasts on a keyword: kept by what each commit changed, they are what all records say."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from relevance.errors import RelevanceError
from relevance.roles import Actor, Role
from relevance.services import disputes, grading, reopenings
from relevance.store.load import load_item
from relevance.store.pasts import Counts, History
from relevance.store.store import Tx
from tests.world import World


def recorded(world: World, keyword: int) -> Counts:
    with world.store.reader() as reader:
        return {one: past for one, past in disputes.history(reader, keyword).items() if past.n}


def kept(world: World, keyword: int) -> Counts:
    """As somebody sees it who looks now."""
    people = range(1, 100)

    def read() -> Counts:
        return recorded(world, keyword)

    return {one: past for one, past in world.store.live.pasts.of(keyword, people, read).items() if past.n}


def no_reading() -> Counts:
    raise AssertionError("it was counted from the records again")


def keywords(world: World) -> list[int]:
    with world.store.reader() as reader:
        return [one for (one,) in reader.all("select id from keyword order by id")]


@pytest.mark.parametrize("seed", range(3))
def test_after_any_acts_the_kept_pasts_are_those_of_the_records(world: World, seed: int) -> None:
    chance = random.Random(seed)
    graders, items, lead = world.graders(4), world.items(24, keywords=3), world.person("lead", Role.LEAD)
    given: list[tuple[Actor, int, int]] = []  # (grader, assignment, answers so far)

    def grade() -> None:
        who = chance.choice(graders)
        if work := world.claim(who).work:
            said = grading.Answer(work[0].assignment, work[0].seq, chance.choice([0, 3, 3, 3]))
            grading.answer(world.store, who, said)
            given.append((who, said.assignment, said.seq + 1))

    def correct() -> None:
        at = chance.randrange(len(given))
        who, assignment, seq = given[at]
        level = chance.choice([0, 3, None])
        flag = "no_rule" if level is None else None
        grading.answer(world.store, who, grading.Answer(assignment, seq, level, flag=flag))
        given[at] = (who, assignment, seq + 1)

    def reopen() -> None:
        def act(tx: Tx) -> None:
            item = tx.live.get(one) or load_item(tx, tx.live, one)
            assert item is not None
            reopenings.reopen(tx, lead, item, "appeal", tx.new_act("test", lead, world.project))

        one = chance.choice(items)
        if world.state(one)[0] in ("settled", "decided"):
            world.store.act(act)

    def in_vain() -> None:
        def act(tx: Tx) -> None:
            disputes.rule_in(tx, lead, chance.choice(items), "level", 3, 0, "x", None, None, states=frozenset({"settled", "disputed"}))  # fmt: skip
            raise ZeroDivisionError

        with pytest.raises((ZeroDivisionError, RelevanceError)):
            world.store.act(act)

    def rule() -> None:
        one = chance.choice(items)
        if world.state(one)[0] == "disputed":
            if chance.random() < 0.5:
                disputes.decide(world.store, lead, one, chance.choice([0, 3]), "because")
            else:
                disputes.send_back(world.store, lead, one, 1, "more")

    acts: list[Callable[[], None]] = [grade, grade, grade, correct, reopen, rule, in_vain]
    grade()
    words, seen = keywords(world), 0
    for one in words[:-1]:  # the last is looked at later, in the middle of things
        kept(world, one)
    for step in range(90):
        chance.choice(acts)()
        if step % 10 == 9:
            for one in words:
                assert kept(world, one) == recorded(world, one)
                seen += sum(past.n for past in recorded(world, one).values())
    assert seen > 50  # it was about something
    assert world.store.live.pasts.of(words[0], [1], no_reading) is not None  # kept all the time


def test_a_grade_that_was_corrected_counts_as_corrected(world: World) -> None:
    first, second = world.graders(2)
    world.items(1)
    told = [world.grade(first, 3), world.grade(second, 3)]
    (word,) = keywords(world)
    assert kept(world, word) == {first.account: History(1, 1), second.account: History(1, 1)}
    lead = world.person("lead", Role.LEAD)
    grading.answer(world.store, second, grading.Answer(told[1].assignment, 1, 0))
    with world.store.reader() as reader:
        item = reader.value("select id from item")
    disputes.decide(world.store, lead, item, 3, "because")
    expected = {first.account: History(1, 1), second.account: History(1, 0)}  # 3 = 3; 0 is not 3 any more
    assert kept(world, word) == expected == recorded(world, word)
    # and to no level at all: then there is no grade to compare
    grading.answer(world.store, second, grading.Answer(told[1].assignment, 2, None, flag="no_rule"))
    assert kept(world, word) == recorded(world, word)
    assert second.account not in recorded(world, word)


def test_what_was_read_while_a_commit_came_is_shown_and_not_kept(world: World) -> None:
    first, second = world.graders(2)
    world.items(2)
    world.grade(first, 3), world.grade(second, 3)
    (word,) = keywords(world)

    def read() -> Counts:
        found = recorded(world, word)
        world.grade(first, 3), world.grade(second, 0)  # a dispute: nothing changes yet, but it might have
        return found

    assert world.store.live.pasts.of(word, [first.account], read) == {first.account: History(1, 1)}
    assert len(world.store.live.pasts) == 0
    kept(world, word)
    assert len(world.store.live.pasts) == 1


def test_within_an_act_a_past_is_not_kept_since_its_records_may_tell_what_the_commit_adds(world: World) -> None:
    graders, (item,) = world.graders(2), world.items(1)
    for who, level in zip(graders, (3, 0), strict=True):
        world.grade(who, level)
    lead = world.person("lead", Role.LEAD)
    (word,) = keywords(world)

    def act(tx: Tx) -> None:
        disputes.rule_in(tx, lead, item, "level", 3, 0, "because", None, None)
        tx.live.pasts.of(word, [1], dict)

    world.store.act(act)
    assert kept(world, word) == recorded(world, word) != {}


def test_only_so_many_keywords_are_kept_those_looked_at_last(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relevance.store.pasts.MOST", 2)
    pasts = world.store.live.pasts
    for word in (1, 2, 1, 3):
        pasts.of(word, [7], lambda: {7: History(2, 1)})
    assert len(pasts) == 2
    assert pasts.of(1, [7, 8], no_reading) == {7: History(2, 1)}
    with pytest.raises(AssertionError):
        pasts.of(2, [7], no_reading)
