"""Votes are blind until the reveal; one drives at a time; every race has its one winner."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from relevance.errors import NotAllowed, Stale
from relevance.roles import Role
from relevance.services import ballots, guests, outcomes, room_view, rooms
from tests.meeting_table import SINGLE, Table, together
from tests.world import World


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
