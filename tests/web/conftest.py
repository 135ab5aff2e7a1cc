"""The real app behind its real gate, in a process of its own, with one person of every role."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from relevance.clock import SystemClock
from relevance.media.library import Library
from relevance.roles import SYSTEM, Actor, Role
from relevance.services import accounts, projects, sessions
from relevance.services.accounts import Joining, NewPerson
from tests.served import CLIP, HASH, Served, Server
from tests.world import World

ROLES = [role.value for role in Role]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """What `serving` makes."""
    with serving(tmp_path_factory.mktemp("served") / "data") as made:
        yield made


@contextmanager
def serving(data: Path, **settings: str) -> Iterator[Served]:
    """Two projects, a person of each role in the first, a second grader, one clip in the hands of each grader."""
    data.mkdir()
    world = World(data, SystemClock())  # type: ignore[arg-type]
    elsewhere = projects.add(world.store, SYSTEM, "elsewhere")
    logins = {**{role.value: role.value for role in Role}, "admin": "admin", "other": "other", "stranger": "stranger"}
    numbers = {}
    for who, login in logins.items():
        role = {"admin": None, "other": Role.GRADER, "stranger": Role.LEAD}[who] if who not in ROLES else Role(who)
        joining = [Joining(elsewhere if who == "stranger" else world.project, role)] if role else []
        person = NewPerson(login, password_hash=HASH, admin=who == "admin", language="en")
        numbers[who] = accounts.add(world.store, SYSTEM, person, joining)
    world.items(4, clips=4)
    grader, other = (
        _actor(world, numbers["grader"]),
        _actor(world, numbers["other"]),
    )
    answered = world.claim(grader, "t").work[0]
    world.grade(grader, 2)
    leased = world.claim(grader, "t").work[0]
    held = next(
        work
        for work in world.claim(other, "o", want=3).work
        if work.content_id not in (leased.content_id, answered.content_id)
    )
    clips = {"leased": leased.content_id, "answered": answered.content_id, "other": held.content_id}
    with world.store.reader() as reader:
        everything = [row[0] for row in reader.all("select content_id from clip order by id")]
    clips["free"] = next(one for one in everything if one not in clips.values())
    library = Library.of(data)
    for content_id in everything:
        for part in ("clip", "poster", "strip", "captions"):
            path = library.path(content_id, part)  # type: ignore[arg-type]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(CLIP if part == "clip" else part.encode())
    assignments = {"leased": leased.assignment, "other": held.assignment, "answered": answered.assignment}
    project = world.project
    world.store.close()
    server = Server(data, settings).start()
    try:
        yield Served(server, project, elsewhere, logins, numbers, clips, assignments)
    finally:
        assert server.stop() == 0, server.said


def _actor(world: World, account: int) -> Actor:
    """A person with the rights that the records give."""
    rights = sessions.of(world.store).rights(account)
    assert rights is not None
    return rights.actor
