"""Guests: a link opens one meeting for a while, and shows no more than a guest may see."""

from __future__ import annotations

import pytest

from relevance.errors import NotFound
from relevance.services import guests, invitations, room_view
from tests.meeting_table import Table
from tests.world import World


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
