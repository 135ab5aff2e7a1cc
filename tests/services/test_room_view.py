"""What a room's seats have in common is made once, and holds nothing that is not everybody's to see."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from relevance.roles import Actor, Role
from relevance.services import agendas, ballots, disputes, guests, meetings, room_facts, room_view, rooms, seats
from relevance.services.seats import Seat
from tests.world import World

SEALED = "what nobody may read yet"


class Hall:
    """An open meeting: a lead drives, a client, two guests by link; two cases, the first on the screen."""

    def __init__(self, world: World) -> None:
        self.store = store = world.store
        graders = world.graders(2)
        self.lead, self.client = world.person("lead", Role.LEAD), world.person("client", Role.CLIENT)
        world.items(2)
        for _ in range(2):
            world.grade_all(graders, [3, 0])
        when = world.clock.now() + timedelta(days=1)
        self.meeting = meetings.make(store, self.lead, world.project, "Friday", when, 60, [self.client.account])
        agendas.fill(store, self.lead, self.meeting)
        self.guests = [
            guests.seat(store, guests.invite(store, self.lead, self.meeting, name)) for name in ("A", "B")
        ]  # fmt: skip
        self.cases = [case.id for case in agendas.of(store, self.lead, self.meeting)]
        meetings.open_(store, self.lead, self.meeting)

    def seat(self, who: Actor) -> Seat:
        return seats.of(self.store, who, self.meeting)


@pytest.fixture
def hall(world: World) -> Hall:
    return Hall(world)


def test_two_guests_share_one_object_and_who_may_drive_has_another(hall: Hall) -> None:
    one, other = (room_view.shared(hall.store, guest) for guest in hall.guests)
    assert one is other and one.said is other.said
    chair = room_view.shared(hall.store, hall.seat(hall.lead))
    assert chair is not one and chair.said != one.said
    assert chair.values["binds"] and chair.values["case"]["version"] is not None
    assert one.values["binds"] == [] and one.values["case"]["version"] is None


def test_nothing_that_is_shared_tells_whose_it_is(hall: Hall) -> None:
    common = room_view.shared(hall.store, hall.guests[0])
    assert "me" not in common.values
    told = [json.loads(room_view.said(hall.store, guest)) for guest in hall.guests]
    assert [one["me"]["name"] for one in told] == ["A", "B"]
    assert told[0] == room_view.state(hall.store, hall.guests[0])


def test_what_is_kept_has_no_vote_before_the_reveal_and_no_graders_name(hall: Hall) -> None:
    case = hall.cases[0]
    ballots.cast(hall.store, hall.seat(hall.client), case, 0, SEALED, [4_000_117])
    seats = [*hall.guests, hall.seat(hall.lead), hall.seat(hall.client)]
    for seat in seats:
        common = room_view.shared(hall.store, seat)
        assert SEALED.encode() not in common.said and b"4000117" not in common.said
        assert SEALED not in str(common.facts)
        assert common.values["agenda"][0]["voted"] == [hall.seat(hall.client).attendee]
        for name in ("G0", "G1"):
            assert f'"{name}"'.encode() not in common.said
    ballots.reveal(hall.store, hall.seat(hall.lead), case)
    for seat in seats:
        assert SEALED.encode() in room_view.said(hall.store, seat)


def test_after_a_key_of_the_chair_nothing_is_read(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    chair = hall.seat(hall.lead)
    for seat in (chair, hall.guests[0]):
        room_view.said(hall.store, seat)
    ballots.cue(hall.store, chair, 1200, True)
    read = []
    monkeypatch.setattr(room_facts, "read", lambda *_: read.append(1))
    for seat in (chair, *hall.guests):
        found = room_view.at_hand(hall.store, seat)
        assert found is not None and json.loads(found)["cue"] == {"n": 1, "ms": 1200, "playing": True}
    assert read == []


def test_what_is_decided_or_stepped_elsewhere_is_read_at_once(hall: Hall) -> None:
    chair, guest = hall.seat(hall.lead), hall.guests[0]
    before = room_view.state(hall.store, guest)
    assert before["on"] == hall.cases[0]
    ballots.step(hall.store, chair, hall.cases[1])
    assert room_view.at_hand(hall.store, guest) is None
    after = room_view.state(hall.store, guest)
    assert (after["on"], after["case"]["case"]) == (hall.cases[1], hall.cases[1])
    with hall.store.reader() as reader:
        item = agendas.cases(reader, hall.meeting)[0].item
    # Decided on the page of disputes: no word of it goes through the room.
    disputes.decide(hall.store, hall.lead, item, 3, "seen all along")
    assert room_view.at_hand(hall.store, guest) is None
    assert room_view.state(hall.store, guest)["agenda"][0]["state"] == "gone"


def test_who_comes_in_is_among_the_people_at_once(hall: Hall, world: World) -> None:
    room_view.state(hall.store, hall.guests[0])
    late = hall.seat(world.person("late", Role.LEAD))
    rooms.seen(hall.store, hall.meeting, late.attendee)
    people = {one["attendee"]: one["here"] for one in room_view.state(hall.store, hall.guests[0])["people"]}
    assert people[late.attendee] is True


def test_a_case_that_is_not_on_the_agenda_is_no_case_and_keeps_nothing(hall: Hall) -> None:
    seat = hall.guests[0]
    none = room_view.shared(hall.store, seat, 10_000)
    assert none.values["case"] is None
    assert room_view.shared(hall.store, seat, 10_001) is none


def test_a_waiter_is_woken_by_a_key_by_a_record_and_by_who_comes_in(hall: Hall) -> None:
    room = rooms.room(hall.store, hall.meeting)
    woken: list[int] = []
    room.waiting.add(lambda: woken.append(room.n))
    n, told = room.n, room.told
    ballots.cue(hall.store, hall.seat(hall.lead), 10, False)
    assert (room.n, room.told) == (n + 1, told)
    ballots.cast(hall.store, hall.seat(hall.client), hall.cases[0], 1)
    assert (room.n, room.told) == (n + 2, told + 1)
    rooms.seen(hall.store, hall.meeting, hall.guests[1].attendee)
    assert woken == [n + 1, n + 2, n + 3] and room.told == told + 1
