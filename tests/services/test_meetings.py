"""Meetings on a real store: the agenda, blind votes, who drives, how cases end, and every race with its one winner."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from relevance import agenda
from relevance.errors import BadInput, NotAllowed, NotFound, RelevanceError, Stale
from relevance.meeting import Ending
from relevance.roles import Actor, Role
from relevance.services import (
    agendas,
    ballots,
    disputes,
    guests,
    invitations,
    meeting_setting,
    meetings,
    outcomes,
    questions,
    room_view,
    rooms,
    seats,
)
from relevance.services.seats import Seat
from relevance.services.verify import verify
from relevance.store.store import Tx
from tests.world import World

SINGLE = Ending("decided", "seen all along", level=3, binds="single", single_why="a prop made for this film")


@dataclass
class Table:
    """A meeting with four disputes on its agenda: two leads, a client, a specialist; `cases` and `items` in order."""

    world: World
    lead: Actor
    other: Actor
    client: Actor
    specialist: Actor
    grader: Actor
    meeting: int
    cases: list[int]

    def seat(self, actor: Actor) -> Seat:
        return seats.of(self.world.store, actor, self.meeting)

    @property
    def items(self) -> list[int]:
        with self.world.store.reader() as reader:
            return [case.item for case in agendas.cases(reader, self.meeting)]

    def open(self) -> Table:
        meetings.open_(self.world.store, self.lead, self.meeting)
        return self


@pytest.fixture
def table(world: World) -> Table:
    graders = world.graders(2)
    lead, other = world.person("lead", Role.LEAD), world.person("other", Role.LEAD)
    client, specialist = world.person("client", Role.CLIENT), world.person("specialist", Role.SPECIALIST)
    world.items(4, keywords=2)
    for _ in range(4):
        world.grade_all(graders, [3, 0])  # two grades three levels apart: disputed at once
    when = world.clock.now() + timedelta(days=1)
    meeting = meetings.make(world.store, lead, world.project, "Friday", when, 60, [client.account, specialist.account])
    assert agendas.fill(world.store, lead, meeting) == 4
    cases = [case.id for case in agendas.of(world.store, lead, meeting)]
    return Table(world, lead, other, client, specialist, graders[0], meeting, cases)


# The agenda ------------------------------------------------------------------------------------------------------------


def test_the_agenda_fills_itself_within_the_budget(world: World, table: Table) -> None:
    when = world.clock.now()
    for case in table.cases:
        agendas.take_off(world.store, table.lead, table.meeting, case)
    short = meetings.make(world.store, table.lead, world.project, "short", when, 5)
    added = agendas.fill(world.store, table.lead, short)
    row = next(row for row in meetings.of(world.store, table.lead, world.project) if row.id == short)
    assert 0 < added == row.cases and row.minutes <= 5 and row.state == "before"
    assert agendas.fill(world.store, table.lead, short) == 0


def test_a_cluster_is_one_case_and_what_it_holds_is_settled_with_it_but_for_what_is_taken_out(
    world: World, table: Table
) -> None:
    for case in table.cases:
        agendas.take_off(world.store, table.lead, table.meeting, case)
    items = [row.item for row in disputes.page(world.store, table.lead, world.project).rows]
    keyword = world.store.live.items[items[0]].keyword
    together_ = agenda.Candidate("c1", items[0], tuple(items), 9.0, 4.0, keyword, "gap", "0/100 %")

    def put(tx: Tx) -> int:
        return agendas.put(tx, meetings.known(tx, table.meeting), together_, 0, 0)

    case = world.store.act(put)
    table.open()
    chair = table.seat(table.lead)
    outcome = outcomes.end(world.store, chair, case, SINGLE)
    rows = outcomes.like(world.store, chair, outcome)
    # Two grades of 3 and 0 each against a decision of 3: (0 + 3) / 2 levels apart.
    assert [(row.item, row.apart) for row in rows] == [(item, 1.5) for item in sorted(items[1:])]
    assert outcomes.settle_like(world.store, chair, outcome, [rows[0].item, rows[1].item]) == 2
    assert sorted(world.state(item) for item in items) == [("decided", 3)] * 3 + [("disputed", None)]
    with world.store.reader() as reader:
        (one,) = outcomes.of(reader, table.meeting)
    assert one.settled == 2
    assert outcomes.undo_like(world.store, chair, outcome) == 2
    assert sorted(world.state(item) for item in items) == [("decided", 3)] + [("disputed", None)] * 3
    with pytest.raises(Stale, match="nothing to take back"):
        outcomes.undo_like(world.store, chair, outcome)
    with pytest.raises(BadInput, match="not of this case"):
        outcomes.settle_like(world.store, chair, outcome, [10_000])
    assert verify(world.store) == []


def test_an_item_stands_on_one_agenda_and_a_second_meeting_is_told_which(world: World, table: Table) -> None:
    second = meetings.make(world.store, table.other, world.project, "Monday", world.clock.now())
    assert agendas.fill(world.store, table.other, second) == 0
    with pytest.raises(Stale, match="Friday"):
        agendas.add(world.store, table.other, second, table.items[0])
    agendas.take_off(world.store, table.lead, table.meeting, table.cases[0])
    item = next(
        row.item for row in disputes.page(world.store, table.lead, world.project).rows if row.item not in table.items
    )
    agendas.add(world.store, table.other, second, item)
    with pytest.raises(Stale, match="Monday"):
        agendas.add(world.store, table.lead, table.meeting, item)


def test_two_meetings_that_fill_at_once_share_the_items_and_none_stands_on_both(world: World, table: Table) -> None:
    for case in table.cases:
        agendas.take_off(world.store, table.lead, table.meeting, case)
    both = [meetings.make(world.store, table.lead, world.project, f"m{n}", world.clock.now()) for n in range(2)]
    together(*(lambda m=m: agendas.fill(world.store, table.lead, m) for m in both))
    with world.store.reader() as reader:
        items = [case.item for m in both for case in agendas.cases(reader, m)]
    assert len(items) == len(set(items)) == 4
    assert verify(world.store) == []


def test_the_order_is_the_chairs_and_survives_a_restart(world: World, table: Table) -> None:
    agendas.move(world.store, table.lead, table.meeting, table.cases[3], 0)
    world.reopen()
    now = [case.id for case in agendas.of(world.store, table.lead, table.meeting)]
    assert now == [table.cases[3], *table.cases[:3]]


def test_what_a_closed_meeting_left_undecided_is_free_for_the_next(world: World, table: Table) -> None:
    table.open()
    meetings.close(world.store, table.lead, table.meeting)
    second = meetings.make(world.store, table.lead, world.project, "next", world.clock.now())
    assert agendas.fill(world.store, table.lead, second) == 4


# Who may see and come in -----------------------------------------------------------------------------------------------


def test_a_client_sees_the_meetings_that_he_belongs_to_and_graders_none(world: World, table: Table) -> None:
    private = meetings.make(world.store, table.lead, world.project, "leads only", world.clock.now())
    assert [row.title for row in meetings.of(world.store, table.client, world.project)] == ["Friday"]
    for actor in (table.client, table.grader, Actor(99, roles={7: frozenset({Role.LEAD})})):
        with pytest.raises(NotFound):
            meetings.one(world.store, actor, private)
        with pytest.raises(NotFound):
            seats.of(world.store, actor, private)
    with pytest.raises(NotAllowed):
        meetings.of(world.store, table.grader, world.project)
    assert seats.of(world.store, table.other, private).part == "lead"  # a lead may come in uninvited


def test_a_guests_link_opens_one_meeting_until_it_expires_or_is_taken_back(world: World, table: Table) -> None:
    token = guests.invite(world.store, table.lead, table.meeting, "Ms Guest", "en", days=2)
    seat = guests.seat(world.store, token)
    assert (seat.meeting, seat.guest, seat.drives, seat.name) == (table.meeting, True, False, "Ms Guest")
    with world.store.reader() as reader:
        assert token not in str(reader.all("select * from meeting_guest"))
    with pytest.raises(NotFound):
        guests.seat(world.store, token + "x")
    world.clock.advance(2 * 86400)
    with pytest.raises(NotFound):
        guests.seat(world.store, token)
    second = guests.invite(world.store, table.lead, table.meeting, "Mr Guest", "zh")
    attendee = guests.seat(world.store, second).attendee
    invitations.take_back(world.store, table.lead, table.meeting, attendee)
    with pytest.raises(NotFound):
        guests.seat(world.store, second)


def test_a_guest_sees_letters_for_graders_and_this_meetings_clips_only(world: World, table: Table) -> None:
    table.open()
    token = guests.invite(world.store, table.lead, table.meeting, "Ms Guest")
    seat = guests.seat(world.store, token)
    seen = room_view.state(world.store, seat)
    assert [grade["who"] for grade in seen["case"]["grades"]] == ["A", "B"]
    for name in ("G0", "G1", "g0", "g1"):
        assert f"'{name}'" not in str(seen)
    room_view.clip_of(world.store, seat, seen["case"]["clip"])
    world.items(1, batch="b2")
    with world.store.reader() as reader:
        other = reader.value("select content_id from clip order by id desc limit 1")
    with pytest.raises(NotFound):
        room_view.clip_of(world.store, seat, other)


# Votes -----------------------------------------------------------------------------------------------------------------


def test_a_vote_may_be_changed_until_the_reveal_and_then_no_more(world: World, table: Table) -> None:
    case = table.cases[0]
    client, specialist = table.seat(table.client), table.seat(table.specialist)
    ballots.cast(world.store, client, case, 0, "not at all")
    ballots.cast(world.store, client, case, 2, "on second thought", [1500])
    ballots.cast(world.store, specialist, case, 3)
    table.open()
    assert ballots.reveal(world.store, table.seat(table.lead), case) == 2
    votes = room_view.state(world.store, client)["case"]["votes"]
    assert [(vote["name"], vote["level"], vote["evidence"]) for vote in votes] == [
        ("Client", 2, [1500]),
        ("Specialist", 3, []),
    ]
    with pytest.raises(Stale, match="on the table"):
        ballots.cast(world.store, client, case, 3)
    with pytest.raises(Stale, match="already"):
        ballots.reveal(world.store, table.seat(table.lead), case)


def test_vote_against_reveal_every_vote_is_either_shown_or_refused(world: World, table: Table) -> None:
    case = table.cases[0]
    seats = [table.seat(actor) for actor in (table.client, table.specialist, table.other)]
    ballots.cast(world.store, table.seat(table.lead), case, 1)
    table.open()
    said = together(
        *(lambda seat=seat: ballots.cast(world.store, seat, case, 3) for seat in seats),
        lambda: ballots.reveal(world.store, table.seat(table.lead), case),
    )
    taken = sum(one is None for one in said[:3])
    refused = sum(isinstance(one, Stale) for one in said[:3])
    assert taken + refused == 3
    with world.store.reader() as reader:
        assert len(ballots.shown(reader, case)) == taken + 1 == said[3]


def test_a_vote_is_told_to_nobody_before_the_reveal_not_even_to_its_voter(world: World, table: Table) -> None:
    case = table.cases[0]
    client = table.seat(table.client)
    ballots.cast(world.store, client, case, 2, "because of the shadow", [4321])
    for actor in (table.lead, table.client, table.specialist, table.other):
        seen = room_view.state(world.store, table.seat(actor), case)
        assert seen["case"]["votes"] == []
        assert seen["agenda"][0]["voted"] == [client.attendee]
        assert "shadow" not in str(seen) and "4321" not in str(seen)
    with world.store.reader() as reader:
        assert ballots.shown(reader, case) == []
        assert "shadow" not in str(reader.all("select * from act"))


# Driving ---------------------------------------------------------------------------------------------------------------


def test_of_two_leads_who_take_over_at_once_one_drives_and_the_other_is_told(world: World, table: Table) -> None:
    third = world.person("third", Role.LEAD)
    seats = [table.seat(actor) for actor in (table.other, third)]
    with world.store.reader() as reader:
        hold = ballots.hold(reader, table.meeting).id
    said = together(*(lambda seat=seat: ballots.take_over(world.store, seat, hold) for seat in seats))
    assert sorted(type(one).__name__ for one in said) == ["Stale", "int"]
    with world.store.reader() as reader:
        winner = ballots.hold(reader, table.meeting).attendee
    assert winner == seats[[isinstance(one, int) for one in said].index(True)].attendee


def test_a_chair_who_is_here_is_taken_over_only_on_purpose_and_drives_no_more(world: World, table: Table) -> None:
    table.open()
    chair, other = table.seat(table.lead), table.seat(table.other)
    rooms.seen(world.store, table.meeting, chair.attendee)
    with world.store.reader() as reader:
        hold = ballots.hold(reader, table.meeting).id
    with pytest.raises(Stale, match="is here and drives"):
        ballots.take_over(world.store, other, hold)
    with pytest.raises(Stale, match="Take over first"):
        ballots.step(world.store, other, table.cases[1])
    ballots.take_over(world.store, other, hold, anyway=True)
    ballots.step(world.store, other, table.cases[1])
    ballots.cue(world.store, other, 1200, True)
    with pytest.raises(Stale, match="Take over first"):
        ballots.cue(world.store, chair, 0, False)
    seen = room_view.state(world.store, table.seat(table.client))
    assert (seen["on"], seen["cue"]["ms"], seen["cue"]["playing"]) == (table.cases[1], 1200, True)


def test_a_restart_in_the_middle_loses_nothing(world: World, table: Table) -> None:
    table.open()
    ballots.step(world.store, table.seat(table.lead), table.cases[2])
    ballots.cast(world.store, table.seat(table.client), table.cases[2], 1)
    outcomes.end(world.store, table.seat(table.lead), table.cases[0], SINGLE)
    world.reopen()
    seen = room_view.state(world.store, table.seat(table.lead))
    assert seen["on"] == table.cases[2] and seen["me"]["drives"]
    assert [case["state"] for case in seen["agenda"]] == ["decided", "waiting", "waiting", "waiting"]
    assert seen["agenda"][2]["voted"] == [table.seat(table.client).attendee]


@pytest.mark.parametrize("who", ["client", "specialist", "guest"])
def test_who_does_not_run_meetings_drives_nothing(world: World, table: Table, who: str) -> None:
    table.open()
    if who == "guest":
        seat = guests.seat(world.store, guests.invite(world.store, table.lead, table.meeting, "G"))
    else:
        seat = table.seat(getattr(table, who))
    case = table.cases[0]
    tries: list[Callable[[], object]] = [
        lambda: ballots.step(world.store, seat, case),
        lambda: ballots.cue(world.store, seat, 0, True),
        lambda: ballots.reveal(world.store, seat, case),
        lambda: ballots.take_over(world.store, seat, 1, True),
        lambda: outcomes.end(world.store, seat, case, SINGLE),
    ]
    for attempt in tries:
        with pytest.raises(NotAllowed):
            attempt()


# Endings ---------------------------------------------------------------------------------------------------------------


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
    from relevance.services import grading

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


def test_a_closed_meeting_is_only_corrected_and_the_correction_refers_to_what_it_corrects(
    world: World, table: Table
) -> None:
    table.open()
    chair = table.seat(table.lead)
    outcome = outcomes.end(world.store, chair, table.cases[0], SINGLE)
    meetings.close(world.store, table.lead, table.meeting)
    tries: list[Callable[[], object]] = [
        lambda: meetings.open_(world.store, table.lead, table.meeting),
        lambda: meetings.close(world.store, table.lead, table.meeting),
        lambda: agendas.fill(world.store, table.lead, table.meeting),
        lambda: agendas.move(world.store, table.lead, table.meeting, table.cases[1], 0),
        lambda: agendas.take_off(world.store, table.lead, table.meeting, table.cases[1]),
        lambda: invitations.invite(world.store, table.lead, table.meeting, table.other.account),
        lambda: guests.invite(world.store, table.lead, table.meeting, "late"),
        lambda: ballots.cast(world.store, chair, table.cases[1], 3),
        lambda: ballots.step(world.store, chair, table.cases[1]),
        lambda: ballots.cue(world.store, chair, 0, True),
        lambda: ballots.reveal(world.store, chair, table.cases[1]),
        lambda: ballots.take_over(world.store, table.seat(table.other), 1, True),
        lambda: outcomes.end(world.store, chair, table.cases[1], SINGLE),
        lambda: outcomes.dissent(world.store, chair, outcome, "late"),
    ]
    for number, attempt in enumerate(tries):
        with pytest.raises(Stale, match="closed"):
            attempt()
            raise AssertionError(f"attempt {number} passed")
    newer = outcomes.correct(world.store, table.other, outcome, replace(SINGLE, level=1, reason="we had it wrong"))
    assert world.state(table.items[0]) == ("decided", 1)
    with world.store.reader() as reader:
        old, new = outcomes.of(reader, table.meeting)
    assert (old.level, old.corrected_by, new.level, new.corrects) == (3, newer, 1, outcome)
    with pytest.raises(Stale, match="corrected already"):
        outcomes.correct(world.store, table.lead, outcome, SINGLE)
    assert verify(world.store) == []


def together(*acts: Callable[[], object]) -> list[object]:
    """Runs acts at the same moment, each on a thread of its own; what each returned, or the error that it met."""
    said: list[object] = [None] * len(acts)
    gate = threading.Barrier(len(acts))

    def run(n: int) -> None:
        gate.wait()
        try:
            said[n] = acts[n]()
        except RelevanceError as error:
            said[n] = error

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said
