"""A meeting with disputes on its agenda and people around it, for the tests of what happens there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from relevance import agenda
from relevance.errors import RelevanceError
from relevance.meeting import Ending
from relevance.roles import Actor, Role
from relevance.services import agendas, disputes, meetings, seats
from relevance.services.seats import Seat
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


def lay(world: World) -> Table:
    """Makes the meeting, of Friday and an hour."""
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


def cluster(world: World, table: Table) -> int:
    """All disputes as one case of the meeting."""
    items = [row.item for row in disputes.page(world.store, table.lead, world.project).rows]
    keyword = world.store.live.items[items[0]].keyword
    together_ = agenda.Candidate("c1", items[0], tuple(items), 9.0, 4.0, keyword, "gap", "0/100 %")

    def put(tx: Tx) -> int:
        return agendas.put(tx, meetings.known(tx, table.meeting), together_, 0, 0)

    return world.store.act(put)


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
