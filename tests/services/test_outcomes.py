"""How cases end: what every ending does and leaves, who decides, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from relevance.errors import BadInput, NotAllowed, Stale
from relevance.meeting import Ending
from relevance.services import (
    agendas,
    amendments,
    ballots,
    case_like,
    disputes,
    draft_basis,
    grading,
    guidelines,
    meeting_setting,
    meetings,
    outcomes,
    policies,
    precedents,
    questions,
    room_view,
    rooms,
)
from relevance.services.verify import verify
from tests.meeting_table import SINGLE, Table, cluster, together
from tests.world import World

GUIDELINE = "# G\n## 等级\n- 100 % | 全: 全\n- 67 % | 多: 多\n- 33 % | 少: 少\n- 0 % | 无: 无\n## 主体\n### R1 车 {#car}\n看到。\n"


def test_every_ending_of_a_case_does_what_it_says(world: World, table: Table) -> None:
    table.open()
    chair = table.seat(table.lead)
    items = table.items
    outcomes.end(world.store, chair, table.cases[0], SINGLE)
    outcomes.end(
        world.store, chair, table.cases[1],
        Ending("deferred", "not ours to say", defer_to="legal", missing="the contract", due="Friday"),
    )  # fmt: skip
    outcomes.end(world.store, chair, table.cases[2], Ending("returned", "too few", wants="grades", extra=2))
    no_rule = Ending("no_rule", "taste", level=1, evidence="two readings", client_answer="call it 33")
    outcomes.end(world.store, chair, table.cases[3], no_rule)
    assert [world.state(item) for item in items] == [
        ("decided", 3), ("disputed", None), ("open", None), ("decided", 1),
    ]  # fmt: skip
    with world.store.reader() as reader:
        kinds = [(one.kind, one.level, one.extra) for one in outcomes.of(reader, table.meeting)]
    assert kinds == [("decided", 3, None), ("deferred", None, None), ("returned", None, 2), ("no_rule", 1, None)]
    assert verify(world.store) == []


def test_a_decision_leaves_its_precedent_in_the_same_transaction_and_a_correction_supersedes_it(
    world: World, table: Table
) -> None:
    table.open()
    chair = table.seat(table.lead)
    bound = replace(SINGLE, binds="precedent", single_why="", scope="keyword")
    outcome = outcomes.end(world.store, chair, table.cases[0], bound)
    with world.store.reader() as reader:
        (one,) = outcomes.of(reader, table.meeting)
        row = reader.one("select item, level, decision, made_at from precedent where id = ?", [one.precedent])
        when = reader.value("select made_at from decision where id = ?", [one.decision])
    assert row == (table.items[0], 3, one.decision, when)  # one transaction has one moment
    seen = room_view.state(world.store, chair, table.cases[2])["case"]["precedents"]
    assert [(found["level"], found["reason"]) for found in seen] == [(3, "seen all along")]
    outcomes.correct(world.store, table.lead, outcome, replace(bound, level=1, reason="we had it wrong"))
    with world.store.reader() as reader:
        newer = outcomes.of(reader, table.meeting)[1].precedent
        assert reader.value("select supersedes from precedent where id = ?", [newer]) == one.precedent
    assert verify(world.store) == []


def in_force(world: World) -> list[tuple[int, str]]:
    """Level and scope of the precedents that no newer one has taken the place of."""
    with world.store.reader() as reader:
        return reader.all(
            """select level, scope from precedent
               where id not in (select supersedes from precedent where supersedes is not null) order by id"""
        )


@pytest.mark.parametrize(
    "corrected",
    [
        replace(SINGLE, level=1),
        replace(SINGLE, level=1, binds="amendment", heading="Props", text_en="Props count as real."),
        Ending("no_rule", "taste", level=1, evidence="two readings", client_answer="call it 33"),
    ],
    ids=lambda one: one.binds or one.kind,
)
def test_a_corrected_precedent_reaches_no_further_than_its_pair_where_the_correction_leaves_none(
    world: World, table: Table, corrected: Ending
) -> None:
    table.open()
    chair = table.seat(table.lead)
    bound = replace(SINGLE, binds="precedent", single_why="", scope="general")
    outcome = outcomes.end(world.store, chair, table.cases[0], bound)
    assert in_force(world) == [(3, "general")]
    newer = outcomes.correct(world.store, table.lead, outcome, corrected)
    assert in_force(world) == [(1, "pair")]
    assert room_view.state(world.store, chair, table.cases[2])["case"]["precedents"] == []
    outcomes.correct(world.store, table.lead, newer, replace(bound, level=2))
    assert in_force(world) == [(2, "general")]
    assert verify(world.store) == []


def test_what_a_corrected_decision_settled_with_it_is_taken_back_on_demand(world: World, table: Table) -> None:
    for case in table.cases:
        agendas.take_off(world.store, table.lead, table.meeting, case)
    case = cluster(world, table)
    table.open()
    chair = table.seat(table.lead)
    outcome = outcomes.end(world.store, chair, case, replace(SINGLE, binds="precedent", single_why="", scope="general"))
    like = [row.item for row in case_like.of(world.store, chair, outcome)]
    for part in (like[:1], like[1:]):  # twice, each an act of its own
        case_like.settle(world.store, chair, outcome, part)
    meetings.close(world.store, table.lead, table.meeting)
    outcomes.correct(world.store, table.lead, outcome, replace(SINGLE, level=1))
    assert [world.state(item) for item in like] == [("decided", 3)] * 3  # until a lead says so
    with pytest.raises(NotAllowed):
        outcomes.take_back(world.store, table.client, outcome)
    assert outcomes.take_back(world.store, table.lead, outcome) == 3
    assert [world.state(item) for item in like] == [("disputed", None)] * 3
    assert outcomes.take_back(world.store, table.lead, outcome) == 0
    assert verify(world.store) == []


def test_of_many_precedents_that_say_otherwise_the_nearest_are_shown_and_the_rest_is_counted(
    world: World, table: Table
) -> None:
    table.open()
    chair = table.seat(table.lead)
    bound = replace(SINGLE, binds="precedent", single_why="", scope="general", rule="r1")
    far = world.items(4)  # of other clips, one keyword
    for item in far:
        precedents.add(world.store, table.lead, item, 3, "far", "r1", "general")
    own = precedents.add(world.store, table.lead, table.items[0], 3, "this very pair", "r1", "pair")
    precedents.add(world.store, table.lead, far[0], 3, "newest", "r1", "general")
    asked = room_view.against(world.store, chair, table.cases[0], 1, "r1", "general")
    # Six say otherwise: the pair's own first, though others are newer.
    assert (asked["against"][0]["id"], len(asked["against"]), asked["more"]) == (own, 3, 3)
    outcomes.end(world.store, chair, table.cases[0], replace(bound, level=1))
    (shown,) = room_view.state(world.store, chair, table.cases[0])["case"]["outcomes"]
    assert (shown["against"][0]["id"], len(shown["against"]), shown["more"]) == (own, 3, 3)


def test_two_precedents_that_contradict_each_other_are_shown_before_and_after_the_second_is_made(
    world: World, table: Table
) -> None:
    table.open()
    chair = table.seat(table.lead)
    bound = replace(SINGLE, binds="precedent", single_why="", scope="general", rule="r1")
    outcomes.end(world.store, chair, table.cases[0], bound)

    def asked(level: int, rule: str) -> list[int]:
        return [one.level for one in outcomes.against(world.store, chair, table.cases[1], level, rule, "general")]

    # the same level says nothing else; under another rule other things are to be seen
    assert (asked(3, "r1"), asked(1, "r2"), asked(1, "r1")) == ([], [], [3])
    with pytest.raises(NotAllowed):
        outcomes.against(world.store, table.seat(table.client), table.cases[1], 1, "r1", "general")
    outcomes.end(world.store, chair, table.cases[1], replace(bound, level=1, reason="only a part"))
    (shown,) = room_view.state(world.store, chair, table.cases[1])["case"]["outcomes"]
    assert [(one["level"], one["reason"]) for one in shown["against"]] == [(3, "seen all along")]
    # the third takes the first one's place: what it takes the place of it does not contradict
    first = shown["against"][0]["id"]
    outcomes.end(world.store, chair, table.cases[2], replace(bound, level=1, supersedes=first))
    (shown,) = room_view.state(world.store, chair, table.cases[2])["case"]["outcomes"]
    assert (shown["replaces"], shown["against"]) == (first, [])
    (before,) = room_view.state(world.store, chair, table.cases[1])["case"]["outcomes"]
    assert before["against"] == []  # the first is in force no more
    assert in_force(world) == [(1, "general"), (1, "general")]
    with pytest.raises(Stale, match="superseded already"):
        outcomes.end(world.store, chair, table.cases[3], replace(bound, level=1, supersedes=first))
    assert world.state(table.items[3]) == ("disputed", None)
    assert verify(world.store) == []


def test_a_decision_whose_precedent_a_newer_case_has_replaced_can_still_be_corrected(
    world: World, table: Table
) -> None:
    table.open()
    chair = table.seat(table.lead)
    bound = replace(SINGLE, binds="precedent", single_why="", scope="general", rule="r1")
    one = outcomes.end(world.store, chair, table.cases[0], bound)
    with world.store.reader() as reader:
        first = outcomes.of(reader, table.meeting)[0].precedent
    outcomes.end(world.store, chair, table.cases[1], replace(bound, level=1, supersedes=first))
    outcomes.correct(world.store, table.lead, one, replace(SINGLE, level=1))
    assert in_force(world) == [(1, "general")]
    assert verify(world.store) == []


def test_the_draft_of_a_corrected_decision_says_so_and_is_published_only_by_who_has_seen_it(
    world: World, table: Table
) -> None:
    guidelines.import_markdown(world.store, table.lead, world.project, zh=GUIDELINE)
    table.open()
    ending = replace(SINGLE, binds="amendment", heading="R2 道具", text_zh="道具按真物评。", text_en="")
    outcome = outcomes.end(world.store, table.seat(table.lead), table.cases[0], ending)
    (draft,) = amendments.drafts(world.store, table.lead, world.project)
    assert draft.decision is not None
    assert draft_basis.gone(world.store, table.lead, world.project, [draft.decision]) == {}
    amendments.step(world.store, table.lead, draft.id, "review")
    outcomes.correct(
        world.store, table.other, outcome, replace(ending, level=1, reason="not props", text_zh="道具不算。")
    )
    newest = amendments.drafts(world.store, table.lead, world.project)[0]
    found = draft_basis.gone(world.store, table.lead, world.project, [draft.decision])[draft.decision]
    assert (found.level, found.reason, found.amendment) == (1, "not props", newest.id)
    with pytest.raises(Stale, match="corrected by"):
        amendments.publish(world.store, table.lead, draft.id, "props")
    assert guidelines.current(world.store, world.project).version == 1
    outcomes.correct(
        world.store,
        table.lead,
        max(one.id for one in _outcomes(world, table)),
        replace(SINGLE, level=2, reason="again"),
    )
    with pytest.raises(Stale):  # corrected once more since it was looked at
        amendments.publish(world.store, table.lead, draft.id, "props", despite=found.decision)
    found = draft_basis.gone(world.store, table.lead, world.project, [draft.decision])[draft.decision]
    assert amendments.publish(world.store, table.lead, draft.id, "props", despite=found.decision).version == 2
    assert verify(world.store) == []


def _outcomes(world: World, table: Table) -> list[outcomes.Outcome]:
    with world.store.reader() as reader:
        return outcomes.of(reader, table.meeting)


def test_a_decision_that_an_appeal_overturned_or_upheld_leaves_its_draft_marked_or_not(
    world: World, table: Table
) -> None:
    table.open()
    ending = replace(SINGLE, binds="amendment", heading="Props", text_zh="道具按真物评。", text_en="Props are real.")
    for case, level in zip(table.cases[:2], (0, 3), strict=True):
        outcomes.end(world.store, table.seat(table.lead), case, ending)
        item = agendas.of(world.store, table.lead, table.meeting)[table.cases.index(case)].item
        world.store.act(
            lambda tx, item=item, level=level: disputes.rule_in(
                tx, table.lead, item, "level", level, 0, "seen anew", None, None, states=frozenset({"decided"})
            )
        )
    upheld, overturned = (row.decision or 0 for row in amendments.drafts(world.store, table.lead, world.project))
    assert list(draft_basis.gone(world.store, table.lead, world.project, [upheld, overturned])) == [overturned]


def test_a_decision_leaves_a_draft_of_an_amendment(world: World, table: Table) -> None:
    table.open()
    ending = replace(
        SINGLE, binds="amendment", heading="Props", text_zh="道具按真物评。", text_en="Props count as real."
    )
    outcomes.end(world.store, table.seat(table.lead), table.cases[0], ending)
    with world.store.reader() as reader:
        (one,) = outcomes.of(reader, table.meeting)
    assert (one.binds, one.precedent) == ("amendment", None) and one.amendment is not None
    assert verify(world.store) == []


def test_a_clip_that_is_returned_opens_its_question(world: World, table: Table) -> None:
    table.open()
    outcomes.end(world.store, table.seat(table.lead), table.cases[0], Ending("returned", "too dark", wants="clip"))
    (question,) = questions.of(world.store, table.lead, world.project)
    assert (question.kind, question.waiting) == ("clip", 1)


def test_a_keyword_that_is_withdrawn_takes_all_its_items_along(world: World, table: Table) -> None:
    table.open()
    outcomes.end(world.store, table.seat(table.lead), table.cases[0], Ending("withdrawn", "two meanings"))
    # Four items of two keywords: two go, two stay.
    assert sorted(world.state(item)[0] for item in table.items) == ["disputed", "disputed", "withdrawn", "withdrawn"]
    assert verify(world.store) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"binds": None}, "precedent or an amendment"),
        ({"single_why": " "}, "why it is single"),
        ({"level": None}, "none of 0, 1, 2, 3"),
        ({"reason": ""}, "Say why"),
        ({"kind": "deferred"}, "name who"),
        ({"kind": "returned"}, "more grades, or a better clip"),
        ({"kind": "no_rule"}, "client's answer"),
        ({"kind": "forgotten"}, "can't end as"),
        ({"binds": "amendment"}, "needs its text"),
    ],
)  # fmt: skip
def test_an_incomplete_ending_is_refused_and_nothing_is_changed(world: World, table: Table, change, says) -> None:  # type: ignore[no-untyped-def]
    table.open()
    with pytest.raises(BadInput, match=says):
        outcomes.end(world.store, table.seat(table.lead), table.cases[0], replace(SINGLE, **change))
    assert world.state(table.items[0]) == ("disputed", None)


def test_votes_that_wait_are_revealed_before_a_case_ends(world: World, table: Table) -> None:
    table.open()
    ballots.cast(world.store, table.seat(table.client), table.cases[0], 3)
    with pytest.raises(BadInput, match="reveal them first"):
        outcomes.end(world.store, table.seat(table.lead), table.cases[0], SINGLE)
    ballots.reveal(world.store, table.seat(table.lead), table.cases[0])
    outcomes.end(world.store, table.seat(table.lead), table.cases[0], SINGLE)
    with pytest.raises(Stale, match="has ended"):
        ballots.cast(world.store, table.seat(table.client), table.cases[0], 3)


def test_decision_against_new_grade_who_decides_has_seen_all_grades(world: World, table: Table) -> None:
    table.open()
    seen = room_view.state(world.store, table.seat(table.lead))["case"]["version"]
    with world.store.reader() as reader:
        assignment = reader.value("select min(assignment) from answer where item = ?", [table.items[0]])
    grading.answer(world.store, table.grader, grading.Answer(assignment, 1, 2))  # he corrects himself meanwhile
    with pytest.raises(Stale, match="new grades"):
        outcomes.end(world.store, table.seat(table.lead), table.cases[0], SINGLE, expects=seen)


def test_what_a_lead_decided_elsewhere_meanwhile_is_told_and_the_case_is_gone(world: World, table: Table) -> None:
    table.open()
    disputes.decide(world.store, table.other, table.items[0], 1, "quicker")
    with pytest.raises(Stale, match="Other has already decided"):
        outcomes.end(world.store, table.seat(table.lead), table.cases[0], SINGLE)
    assert room_view.state(world.store, table.seat(table.lead))["agenda"][0]["state"] == "gone"


def test_two_chairs_who_end_one_case_at_once_one_wins(world: World, table: Table) -> None:
    table.open()
    chair = table.seat(table.lead)
    said = together(
        *(lambda n=n: outcomes.end(world.store, chair, table.cases[0], replace(SINGLE, level=n)) for n in (1, 3))
    )
    assert sorted(type(one).__name__ for one in said) == ["Stale", "int"]
    with world.store.reader() as reader:
        assert len(outcomes.of(reader, table.meeting)) == 1
    assert verify(world.store) == []


def test_the_client_decides_where_he_is_here_else_the_chair(world: World, table: Table) -> None:
    table.open()
    chair, client = table.seat(table.lead), table.seat(table.client)
    outcomes.end(world.store, chair, table.cases[0], SINGLE)
    rooms.seen(world.store, table.meeting, client.attendee)
    with pytest.raises(BadInput, match="Client decides"):
        outcomes.end(world.store, chair, table.cases[1], replace(SINGLE, decided_by=chair.attendee))
    outcomes.end(world.store, chair, table.cases[1], SINGLE)
    with world.store.reader() as reader:
        assert [one.decided_by_name for one in outcomes.of(reader, table.meeting)] == ["Lead", "Client"]


def test_where_the_majority_decides_the_chair_can_not_say_otherwise(world: World, table: Table) -> None:
    meeting_setting.change(world.store, table.lead, world.project, "majority", True)
    for case in table.cases:
        agendas.take_off(world.store, table.lead, table.meeting, case)
    table.meeting = meetings.make(
        world.store, table.lead, world.project, "votes", world.clock.now(), 60,
        [table.client.account, table.specialist.account],
    )  # fmt: skip
    agendas.fill(world.store, table.lead, table.meeting)
    table.cases = [case.id for case in agendas.of(world.store, table.lead, table.meeting)]
    for actor, level in ((table.client, 1), (table.specialist, 1), (table.lead, 3)):
        ballots.cast(world.store, table.seat(actor), table.cases[0], level)
    table.open()
    ballots.reveal(world.store, table.seat(table.lead), table.cases[0])
    with pytest.raises(BadInput, match="33 %"):
        outcomes.end(world.store, table.seat(table.lead), table.cases[0], SINGLE)
    outcomes.end(world.store, table.seat(table.lead), table.cases[0], replace(SINGLE, level=1))


def test_dissent_stands_beside_the_outcome_by_name_if_wished(world: World, table: Table) -> None:
    table.open()
    outcome = outcomes.end(world.store, table.seat(table.lead), table.cases[0], SINGLE)
    outcomes.dissent(world.store, table.seat(table.client), outcome, "I see 67")
    outcomes.dissent(world.store, table.seat(table.specialist), outcome, "so do I", named=False)
    with world.store.reader() as reader:
        assert outcomes.of(reader, table.meeting)[0].dissent == (("Client", "I see 67"), (None, "so do I"))
        nameless = reader.all("select actor from act where name = 'meeting.dissent' order by id")
    assert nameless == [(table.client.account,), (0,)]


def test_a_cluster_is_one_case_and_what_it_holds_is_settled_with_it_but_for_what_is_taken_out(
    world: World, table: Table
) -> None:
    for case in table.cases:
        agendas.take_off(world.store, table.lead, table.meeting, case)
    items = [row.item for row in disputes.page(world.store, table.lead, world.project).rows]
    case = cluster(world, table)
    table.open()
    chair = table.seat(table.lead)
    outcome = outcomes.end(world.store, chair, case, replace(SINGLE, binds="precedent", single_why="", scope="general"))
    rows = case_like.of(world.store, chair, outcome)
    # Two grades of 3 and 0 each against a decision of 3: (0 + 3) / 2 levels apart.
    assert [(row.item, row.apart) for row in rows] == [(item, 1.5) for item in sorted(items[1:])]
    assert case_like.settle(world.store, chair, outcome, [rows[0].item, rows[1].item]) == 2
    assert sorted(world.state(item) for item in items) == [("decided", 3)] * 3 + [("disputed", None)]
    with world.store.reader() as reader:
        (one,) = outcomes.of(reader, table.meeting)
    assert one.settled == 2
    assert case_like.undo(world.store, chair, outcome) == 2
    assert sorted(world.state(item) for item in items) == [("decided", 3)] + [("disputed", None)] * 3
    with pytest.raises(Stale, match="nothing to take back"):
        case_like.undo(world.store, chair, outcome)
    with pytest.raises(BadInput, match="not of this case"):
        case_like.settle(world.store, chair, outcome, [10_000])
    # From so many items on, the decided one among them, the room looks at a second clip and at a third where they differ.
    policies.change(world.store, table.lead, world.project, tiers={"check_from": 4})
    a, b, c = (row.item for row in rows)
    assert room_view.like(world.store, chair, outcome)["check_from"] == 4
    for looks, said in (
        ((), "second clip"),
        (((a, 0),), "third where they differ"),
        (((items[0], 3),), "another clip"),
    ):
        with pytest.raises(BadInput, match=said):
            case_like.settle(world.store, chair, outcome, [a, b, c], looks)
    assert [world.state(one) for one in (a, b, c)] == [("disputed", None)] * 3
    assert case_like.settle(world.store, chair, outcome, [a, b, c], ((a, 0), (b, 3))) == 2
    assert [world.state(one) for one in (a, b, c)] == [("disputed", None), ("decided", 3), ("decided", 3)]
    seen = room_view.like(world.store, chair, outcome)  # what was given another level is not like it any more
    assert seen["earlier"] == {"items": 2, "levels": [0, 3]} and seen["like"] == []
    assert verify(world.store) == []


def test_a_single_case_settles_nothing_else(world: World, table: Table) -> None:
    for case in table.cases:
        agendas.take_off(world.store, table.lead, table.meeting, case)
    items = [row.item for row in disputes.page(world.store, table.lead, world.project).rows]
    case = cluster(world, table)
    table.open()
    chair = table.seat(table.lead)
    outcome = outcomes.end(world.store, chair, case, SINGLE)
    assert case_like.of(world.store, chair, outcome) == []
    with pytest.raises(BadInput, match="single case settles nothing else"):
        case_like.settle(world.store, chair, outcome, items[1:2])
    assert sorted(world.state(item) for item in items) == [("decided", 3)] + [("disputed", None)] * 3
