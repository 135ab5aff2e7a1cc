"""The agenda of a meeting on a real store: filled by value, in the chair's order, each item on one agenda."""

from __future__ import annotations

import pytest

from relevance.errors import NotAllowed, NotFound, Stale
from relevance.services import agendas, disputes, meetings, triage
from relevance.services.verify import verify
from tests.meeting_table import Table, together
from tests.world import World


def test_the_agenda_fills_itself_within_the_budget(world: World, table: Table) -> None:
    when = world.clock.now()
    for case in table.cases:
        agendas.take_off(world.store, table.lead, table.meeting, case)
    short = meetings.make(world.store, table.lead, world.project, "short", when, 5)
    added = agendas.fill(world.store, table.lead, short)
    row = next(row for row in meetings.of(world.store, table.lead, world.project) if row.id == short)
    assert 0 < added == row.cases and row.minutes <= 5 and row.state == "before"
    assert agendas.fill(world.store, table.lead, short) == 0


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


def test_a_cluster_of_triage_is_put_at_the_end_of_an_agenda_with_what_stands_on_no_other(
    world: World, table: Table
) -> None:
    whole = table.items[:3]
    agendas.take_off(world.store, table.lead, table.meeting, table.cases[0])
    there = set(table.items)  # two of the three stand on Friday's agenda
    made = triage.gather(world.store, table.lead, world.project, whole, "one rule")
    row = triage.cluster(world.store, table.lead, world.project, f"h{made}")
    second = meetings.make(world.store, table.other, world.project, "Monday", world.clock.now())
    case = agendas.add_cluster(world.store, table.other, second, row.id)
    with world.store.reader() as reader:
        assert agendas.items_of(reader, case) == [whole[0]]
    (shown,) = agendas.of(world.store, table.other, second)
    assert (shown.id, shown.item, shown.items) == (case, whole[0], 1) and whole[0] not in there
    with pytest.raises(Stale, match="on the agenda of"):
        agendas.add_cluster(world.store, table.lead, table.meeting, row.id)
    with pytest.raises(NotFound):
        agendas.add_cluster(world.store, table.lead, table.meeting, "c999999")
    with pytest.raises(NotAllowed):
        agendas.add_cluster(world.store, table.client, table.meeting, row.id)
    assert verify(world.store) == []


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
