"""Gold in the stream over the real store: unseen, judged, never counted, the same after a restart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

import pytest

from relevance.errors import BadInput, NotAllowed, Stale
from relevance.gold import REPEAT_AFTER, GoldLine, Piece
from relevance.items import Ruling
from relevance.roles import SYSTEM, Actor, Role
from relevance.services import (
    amendments,
    disputes,
    doubts,
    gold,
    gold_import,
    gold_list,
    gold_stream,
    grading,
    guidelines,
    my_work,
    pilots,
    policies,
    rule_examples,
)
from relevance.services.grading import Answer
from relevance.services.leased import Work
from relevance.services.states import restate
from relevance.services.verify import verify
from relevance.store import live
from relevance.store.store import Tx
from relevance.web.player.data import work_data
from tests.world import GUIDELINE, World


class Always:
    """Chance that always falls on gold."""

    def random(self) -> float:
        return 0.0


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(gold_stream, "_chance", Always())
    yield


def with_gold(world: World, n: int = 6, more: int = 40) -> tuple[Actor, list[int], list[int]]:
    """A specialist, n gold items that two others settled, and ordinary items of the same keyword after them."""
    policies.change(world.store, SYSTEM, world.project, audit_share=0.0)  # audits come unseen, too
    specialist = world.person("specialist", Role.SPECIALIST)
    early = [world.person("early1"), world.person("early2")]
    known = world.items(n, keywords=1, batch="old")
    for person in early:
        for _ in known:
            world.grade(person, 2)
    rest = world.items(more, keywords=1, batch="new")

    def same_word(tx) -> None:  # type: ignore[no-untyped-def]
        word = tx.value("select keyword from item where id = ?", [known[0]])
        other = tx.value("select keyword from item where id = ?", [rest[0]])
        tx.execute("update item set keyword = ? where keyword = ?", [word, other])

    world.store.act(same_word)
    world.reopen()
    gold.make_many(world.store, specialist, known, "clear")
    return specialist, known, rest


def stream(world: World, who: Actor, n: int, level: int = 2) -> list[Work]:
    """The next n items as he gets them, each answered."""
    got = []
    for _ in range(n):
        claimed = world.claim(who)
        if not claimed.work:
            break
        work = claimed.work[0]
        got.append(work)
        grading.answer(world.store, who, Answer(work.assignment, work.seq, level, decision_ms=1000))
    return got


def test_gold_comes_among_ordinary_items_and_never_twice(world: World, always: None) -> None:
    _, known, rest = with_gold(world)
    who = world.person("new")
    got = [work.item for work in stream(world, who, 60)]
    assert len(got) == len(set(got)) == 46  # 6 of gold, 40 ordinary
    assert set(known) <= set(got) and got[0] in rest  # nobody begins with gold
    with world.store.reader() as reader:
        assert reader.value("select count(*) from answer where purpose = 'gold'") == 6
        assert reader.value("select count(*) from answer where purpose = 'work' and item in (select item from gold) and grader = ?", [who.account]) == 0  # fmt: skip
    assert verify(world.store) == []


def test_nothing_in_what_the_player_gets_tells_gold_from_work(world: World, always: None) -> None:
    _, known, _ = with_gold(world)
    who = world.person("new")
    shown: dict[bool, list[dict[str, object]]] = {True: [], False: []}
    echoes: dict[bool, list[dict[str, object]]] = {True: [], False: []}
    for _ in range(20):
        work = world.claim(who).work[0]
        said = grading.answer(world.store, who, Answer(work.assignment, work.seq, 2, decision_ms=1000))
        shown[work.item in known].append(work_data(world.store, work))
        echoes[work.item in known].append(asdict(said))
    assert shown[True] and shown[False]
    same = ("seq", "batch", "keyword", "asked_before", "start_ms", "end_ms", "title", "width", "height", "fps")
    for name in same:
        values = {json.dumps(data[name]) for data in shown[False]}
        assert {json.dumps(data[name]) for data in shown[True]} <= values, name
    kinds = {tuple((name, type(value)) for name, value in data.items()) for data in (*shown[True], *shown[False])}
    assert len(kinds) == 1
    told = {tuple((name, value) for name, value in echo.items() if name != "assignment") for echo in echoes[True]}
    assert told == {tuple((k, v) for k, v in echo.items() if k != "assignment") for echo in echoes[False]}
    batches = {mine.work.batch for mine in my_work.recent(world.store, who, world.project, 50)}
    assert len(batches) == 1  # one's own list does not tell either
    day = my_work.my_day(world.store, who, world.project)
    assert day.count == 20 and day.surplus == 0


def test_answers_to_gold_change_no_label_and_no_counter_of_items(world: World, always: None) -> None:
    _, known, _ = with_gold(world)
    before = {item: world.state(item) for item in known}
    who = world.person("new")
    stream(world, who, 12, level=0)
    assert {item: world.state(item) for item in known} == before
    assert verify(world.store) == []


def test_who_graded_an_item_never_gets_it_as_gold(world: World, always: None) -> None:
    specialist = world.person("specialist", Role.SPECIALIST)
    a, b = world.graders(2)
    known = world.items(4)
    for person in (a, b):
        for _ in known:
            world.grade(person, 3)
    gold.make_many(world.store, specialist, known)
    world.items(20)
    assert not {work.item for work in stream(world, a, 20)} & set(known)


def test_a_piece_let_go_of_comes_back_under_the_same_assignment(world: World, always: None) -> None:
    _, known, _ = with_gold(world)
    who = world.person("new")
    stream(world, who, 1)
    work = world.claim(who).work[0]
    assert work.item in known
    grading.release(world.store, who)
    again = world.claim(who, "other tab").work[0]
    assert (again.item, again.assignment) == (work.item, work.assignment)


def test_gold_is_the_same_after_a_restart(world: World, always: None) -> None:
    with_gold(world)
    who = world.person("new")
    stream(world, who, 4)
    held = world.claim(who).work[0]
    line = world.store.live.projects[world.project].gold
    assert line is not None
    person = line.person(who.account)
    before = (person.proof, person.seen, dict(person.used), len(line.by_item))
    world.reopen()
    line = world.store.live.projects[world.project].gold
    assert line is not None
    person = line.person(who.account)
    assert (person.proof, person.seen, dict(person.used), len(line.by_item)) == before
    assert world.claim(who).work[0].assignment == held.assignment
    rest = [work.item for work in stream(world, who, 50)]
    assert len(rest) == len(set(rest))
    assert verify(world.store) == []


def test_gold_that_good_graders_fail_is_doubted_and_leaves_the_stream(world: World, always: None) -> None:
    specialist, known, _ = with_gold(world, n=12)
    at = world.store.live.projects[world.project]
    assert at.gold is not None
    graders = world.graders(4)
    for who in graders:  # proved on other gold, before
        for _ in range(20):
            at.gold.judged(who.account, True)
    for who in graders:
        for _ in range(16):
            claimed = world.claim(who)
            if not claimed.work:
                break
            work = claimed.work[0]
            level = 3 if work.item == known[0] else 2
            grading.answer(world.store, who, Answer(work.assignment, work.seq, level))
    with world.store.reader() as reader:
        ended = reader.all("select item, why, failed from gold join gold_end on gold_end.gold = gold.id")
    assert [row[:2] for row in ended] == [(known[0], "doubted")] and ended[0][2] >= 3
    assert [row.item for row in gold_list.rows(world.store, specialist, world.project, "doubted")] == [known[0]]
    first = gold_list.rows(world.store, specialist, world.project)[0]
    assert first.ended == "doubted"
    new = gold.keep(world.store, specialist, first.gold, level=3)
    assert new != first.gold and gold_list.is_gold(world.store, known[0])
    assert verify(world.store) == []


def test_feedback_is_told_at_once_where_the_policy_says_so_and_a_correction_after_it_proves_nothing(
    world: World, always: None
) -> None:
    _, known, _ = with_gold(world)
    policies.change(world.store, SYSTEM, world.project, gold_feedback=True)
    who = world.person("new")
    stream(world, who, 1)
    work = world.claim(who).work[0]
    assert work.item in known
    said = grading.answer(world.store, who, Answer(work.assignment, 0, 0))
    assert said.feedback == gold_stream.Feedback(False, 2, "clear", None)
    once_more = grading.answer(world.store, who, Answer(work.assignment, 0, 0))
    assert once_more.again and once_more.feedback == said.feedback
    line = world.store.live.projects[world.project].gold
    assert isinstance(line, GoldLine)
    proof = line.person(who.account).proof
    again = grading.answer(world.store, who, Answer(work.assignment, 1, 2))
    assert again.feedback is None and line.person(who.account).proof == proof


def test_a_correction_is_the_last_word_where_nothing_was_told(world: World, always: None) -> None:
    _, known, _ = with_gold(world)
    who = world.person("new")
    stream(world, who, 1)
    work = world.claim(who).work[0]
    assert work.item in known
    grading.answer(world.store, who, Answer(work.assignment, 0, 0))
    grading.answer(world.store, who, Answer(work.assignment, 1, 2))
    line = world.store.live.projects[world.project].gold
    assert line is not None and line.person(who.account).proof.right == 1


def test_ones_own_items_come_again_unseen_where_gold_is_thin(world: World, always: None) -> None:
    _, known, _ = with_gold(world, n=1, more=30)
    a, b = world.person("a"), world.person("b")
    first = [work.item for work in stream(world, a, 10)]
    stream(world, b, 10)
    world.clock.advance(REPEAT_AFTER.total_seconds() + 60)
    got = [work.item for work in stream(world, a, 10)]
    repeated = [item for item in got if item in first]
    assert repeated and set(repeated).isdisjoint(known)
    with world.store.reader() as reader:
        rows = reader.all("select item, earlier from assignment join unseen on unseen.assignment = assignment.id where purpose = 'repeat'")  # fmt: skip
    assert {row[0] for row in rows} == set(repeated) and {row[1] for row in rows} == {2}
    assert verify(world.store) == []


def test_gold_stays_at_hand_when_many_items_have_settled_since(
    world: World, always: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    specialist = world.person("specialist", Role.SPECIALIST)
    policies.change(world.store, SYSTEM, world.project, audit_share=0.0)
    a, b = world.graders(2)
    known = world.items(3)
    for person in (a, b):
        for _ in known:
            world.grade(person, 3)
    gold.make_many(world.store, specialist, known)  # still among the lately settled ones
    monkeypatch.setattr(live, "RECENTLY_SETTLED", 1)
    world.items(6)
    for person in (a, b):
        for _ in range(6):
            world.grade(person, 2)
    world.items(10, batch="more")
    who = world.person("new")
    assert not set(known) & set(world.store.live.settled)
    # Another keyword than the gold's: it comes where the keyword changes.
    monkeypatch.setattr(world.store.live.projects[world.project].line, "run_length", 1)
    assert len({work.item for work in stream(world, who, 10)} & set(known)) == 3
    assert verify(world.store) == []


def test_a_project_without_gold_or_with_a_share_of_nothing_gives_ordinary_work_alone(
    world: World, always: None
) -> None:
    _, known, _ = with_gold(world)
    policies.change(world.store, SYSTEM, world.project, gold_share=0.0)
    who = world.person("new")
    assert not {work.item for work in stream(world, who, 20)} & set(known)


def test_gold_is_made_of_labelled_items_by_who_may(world: World) -> None:
    specialist = world.person("specialist", Role.SPECIALIST)
    a, b = world.graders(2)
    lead = world.person("lead", Role.LEAD)
    (first,) = world.items(1)
    with pytest.raises(BadInput):
        gold.make(world.store, specialist, first)
    world.grade_all([a, b], [0, 3])
    disputes.decide(world.store, lead, first, 1, "because")
    with pytest.raises(NotAllowed):
        gold.make(world.store, a, first)
    number = gold.make(world.store, lead, first)
    with pytest.raises(BadInput):
        gold.make(world.store, lead, first)
    (row,) = gold_list.rows(world.store, lead, world.project)
    assert (row.level, row.reason, row.difficulty) == (1, "because", "hard")
    gold.retire(world.store, specialist, number)
    with pytest.raises(Stale):
        gold.retire(world.store, specialist, number)
    assert gold_list.supply(world.store, lead, world.project, [a.account]).pieces == 0


def test_gold_whose_item_is_corrected_into_another_state_leaves_the_stream_in_the_same_act(world: World) -> None:
    specialist, known, _ = with_gold(world)
    item = known[0]
    with world.store.reader() as reader:
        assignment, account = reader.one("select id, grader from assignment where item = ? limit 1", [item]) or (0, 0)
    grader = Actor(account, roles={world.project: frozenset({Role.GRADER})})
    assert gold_list.is_gold(world.store, item)
    grading.answer(world.store, grader, Answer(assignment, 1, 0))
    assert not gold_list.is_gold(world.store, item)
    gone = next(row for row in gold_list.rows(world.store, specialist, world.project) if row.item == item)
    assert (gone.ended, gone.because) == ("retired", "reopened")
    world.reopen()
    assert not gold_list.is_gold(world.store, item) and verify(world.store) == []


def test_what_fails_after_the_gold_left_puts_it_back(world: World) -> None:
    _, known, _ = with_gold(world)

    def act(tx: Tx) -> None:
        item = tx.live.get(known[0])
        assert item is not None
        tx.live.touch(item)
        item.rulings = (*item.rulings, Ruling("withdraw"))
        restate(tx, item, 0)
        raise BadInput("no")

    with pytest.raises(BadInput):
        world.store.act(act)
    assert gold_list.is_gold(world.store, known[0])


def test_gold_that_cites_a_rule_leaves_when_a_substantive_version_changes_that_rule_and_only_then(world: World) -> None:
    lead, specialist = world.person("lead", Role.LEAD), world.person("s", Role.SPECIALIST)
    guidelines.import_markdown(world.store, SYSTEM, world.project, en=GUIDELINE)
    graders, items = [world.person("a"), world.person("b")], world.items(3)
    for person, level in zip(graders, (3, 0), strict=True):
        for _ in items:
            world.grade(person, level)
    for item, rule in zip(items, ("subject", "background", None), strict=True):
        disputes.decide(world.store, lead, item, 3, "by the rule", rule)
    gold.make_many(world.store, specialist, items)

    def publish(card: amendments.Card | None) -> None:
        draft = amendments.draft(world.store, specialist, world.project, "subject", "", "", f"Half of it, {card}.")
        amendments.publish(world.store, specialist, draft, "clearer", card, choice="leave" if card else "none")

    publish(None)
    assert all(gold_list.is_gold(world.store, item) for item in items)  # editorial: a comma, say
    publish(amendments.Card(what_en="Half is enough", question="?", options=("a", "b")))
    assert [gold_list.is_gold(world.store, item) for item in items] == [False, True, True]
    assert next(
        row for row in gold_list.rows(world.store, specialist, world.project) if row.item == items[0]
    ).because == ("rule changed")
    assert verify(world.store) == []


def imported(world: World, levels: dict[int, int]) -> None:
    """These items had their level in the file that they came with."""

    def act(tx: Tx) -> None:
        for item, level in levels.items():
            tx.execute("update item set gold = ? where id = ?", [level, item])

    world.store.act(act)


def test_imported_gold_comes_into_the_stream_before_anybody_has_made_any(world: World, always: None) -> None:
    policies.change(world.store, SYSTEM, world.project, audit_share=0.0)
    items = world.items(12)
    imported(world, dict.fromkeys(items[6:], 2))
    assert gold_import.take_imported(world.store, world.project) == 6
    assert gold_import.take_imported(world.store, world.project) == 0
    li = world.person("li")
    got = stream(world, li, 12)
    assert sorted(work.item for work in got) == items  # each once, as work or as gold
    with world.store.reader() as reader:
        as_gold = {item for (item,) in reader.all("select item from assignment where purpose = 'gold'")}
    assert len(as_gold) >= 3 and as_gold <= set(items[6:])
    world.reopen()
    assert sorted(work.item for work in stream(world, world.person("a"), 12)) == items
    while stream(world, world.person(f"more{world.clock.now().timestamp()}"), 12):
        world.clock.advance(1)
    assert {world.state(item) for item in items} == {("settled", 2)}  # their labels come from grades like any other's
    assert verify(world.store) == []


def test_grades_do_not_speak_against_imported_gold_but_a_person_who_decides_does(world: World) -> None:
    policies.change(world.store, SYSTEM, world.project, audit_share=0.0)
    lead, specialist = world.person("lead", Role.LEAD), world.person("s", Role.SPECIALIST)
    one, two = world.items(2)
    imported(world, {one: 3, two: 3})
    gold_import.take_imported(world.store, world.project)
    for name, level in (("a", 0), ("b", 0)):
        stream(world, world.person(name), 2, level)
    assert world.state(one) == ("settled", 0) and gold_list.is_gold(world.store, one)
    doubts.dispute(world.store, specialist, world.project, one, "who is right?")
    assert not gold_list.is_gold(world.store, one)
    disputes.decide(world.store, lead, one, 0, "it is not")
    assert gold_import.take_imported(world.store, world.project) == 0  # a person has said otherwise
    imported(world, {two: 1})  # a newer file
    assert gold_import.take_imported(world.store, world.project) == 1
    found = {row.level: row for row in gold_list.rows(world.store, specialist, world.project) if row.item == two}
    assert (found[3].because, found[1].ended) == ("other level", None)
    assert verify(world.store) == []


def test_made_and_imported_gold_take_turns_within_a_difficulty_and_the_supply_says_what_runs_out() -> None:
    line = GoldLine()
    for number in range(8):  # the made ones were there first
        line.add(Piece(number, number, 1, 2, "middle", imported=number >= 4))
    got = []
    for _ in range(8):
        piece = line.next(1, 1)
        assert piece is not None
        line.give(1, piece)
        got.append(piece.imported)
    assert got == [False, True] * 4
    assert (line.left(1, "middle"), line.left(2, "middle"), line.left(2)) == (0, 8, 8)


def test_how_hard_imported_gold_is_follows_from_what_people_said_of_it_at_the_next_start(world: World) -> None:
    policies.change(world.store, SYSTEM, world.project, audit_share=0.0)
    one, two = world.items(2)
    imported(world, {one: 2, two: 0})
    gold_import.take_imported(world.store, world.project)
    for name in ("a", "b"):
        stream(world, world.person(name), 2, 2)
    world.reopen()
    line = world.store.live.projects[world.project].gold
    assert line is not None
    # Two said 2 of each: right on the one, two levels off on the other.
    assert {item: piece.difficulty for item, piece in line.by_item.items()} == {one: "easy", two: "hard"}


def test_what_people_see_elsewhere_becomes_no_gold_until_they_see_it_no_more(world: World) -> None:
    specialist, graders = world.person("specialist", Role.SPECIALIST), [world.person("a"), world.person("b")]
    guidelines.import_markdown(world.store, SYSTEM, world.project, en=GUIDELINE)
    items = world.items(51, keywords=1)
    for person in graders:
        for _ in items:
            world.grade(person, 2)
    shown = rule_examples.add(world.store, specialist, world.project, "subject", items[50], "positive", "fills it")
    draft = amendments.draft(world.store, specialist, world.project, None, "R9 New", "", "New.")
    pilot = pilots.make(world.store, specialist, draft, [one.account for one in graders], items=items[:50])
    for item in (items[0], items[50]):
        with pytest.raises(BadInput, match="would know them"):
            gold.make(world.store, specialist, item)
    pilots.close(world.store, specialist, pilot)
    rule_examples.withdraw(world.store, specialist, shown)
    assert len(gold.make_many(world.store, specialist, [items[0], items[50]])) == 2
