"""Fifty random attempts to see a vote before its reveal: by every role, over every path that the running app has."""

from __future__ import annotations

import io
import json
import random
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import duckdb
import httpx
import pytest
from websockets.exceptions import InvalidStatus

from relevance import door
from relevance.clock import SystemClock
from relevance.roles import SYSTEM, Actor, Role
from relevance.services import accounts, agendas, disputes, exports, guests, meetings, sessions
from relevance.services.accounts import Joining, NewPerson
from relevance.settings import Settings
from relevance.web import room_routes
from tests.served import HASH, Server, rerun
from tests.world import World

SEALED = "a-shadow-nobody-else-saw"  # in the reason of the vote that nobody may see
SEALED_MS = 4_000_117
SHOWN = "plain-for-all-to-see"  # in the reason of the vote that was revealed: proof that the search finds one
SEED = 20261125
TAKEN = (*exports.RULINGS, "disputes", "votes", "votes")  # kinds of exports
MEMBERS = ("lead", "other_lead", "client", "specialist", "voter")
OUTSIDERS = ("grader", "analyst", "admin", "nobody")
GUESTS = ("guest", "guest_elsewhere")


@dataclass
class Sealed:
    """An open meeting with a sealed vote on its first case and a revealed one on its second."""

    server: Server
    meeting: int
    cases: list[int]
    clients: dict[str, httpx.Client]
    project: str


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sealed]:
    data = tmp_path_factory.mktemp("sealed") / "data"
    data.mkdir()
    world = World(data, SystemClock())  # type: ignore[arg-type]
    people = {
        "lead": Role.LEAD, "other_lead": Role.LEAD, "client": Role.CLIENT, "specialist": Role.SPECIALIST,
        "voter": Role.CLIENT, "grader": Role.GRADER, "grader2": Role.GRADER, "analyst": Role.ANALYST, "admin": None,
    }  # fmt: skip
    for login, role in people.items():
        person = NewPerson(login, password_hash=HASH, admin=role is None, language="en")
        accounts.add(world.store, SYSTEM, person, [Joining(world.project, role)] if role else [])
    world.items(3)
    for _ in range(3):
        world.grade_all([_actor(world, "grader"), _actor(world, "grader2")], [3, 0])
    lead = _actor(world, "lead")
    asked = [_actor(world, login).account for login in ("client", "specialist", "voter")]
    meeting = meetings.make(world.store, lead, world.project, "sealed", world.clock.now(), 60, asked)
    for row in disputes.page(world.store, lead, world.project).rows:
        agendas.add(world.store, lead, meeting, row.item)
    elsewhere = meetings.make(world.store, lead, world.project, "elsewhere", world.clock.now())
    links = {
        "guest": guests.invite(world.store, lead, meeting, "G"),
        "guest_elsewhere": guests.invite(world.store, lead, elsewhere, "E"),
    }
    cases = [case.id for case in agendas.of(world.store, lead, meeting)]
    name = world.store.live.projects[world.project].name
    world.store.close()
    server = Server(data, {"RELEVANCE_SNAPSHOT_SECONDS": "5"}).start()
    clients = {login: server.signed_in(login) for login in people if login != "grader2"}
    clients["nobody"] = server.client()
    for who, token in links.items():
        clients[who] = server.client()
        assert clients[who].get(f"/join/{token}").status_code == 303
    try:
        made = Sealed(server, meeting, cases, clients, name)
        say(made, "lead", "open")
        vote(made, 0, SEALED)
        say(made, "voter", "vote", case=cases[1], level=2, reason=SHOWN, evidence=[])
        say(made, "lead", "reveal", case=cases[1])
        say(made, "lead", "step", case=cases[0])
        yield made
    finally:
        for client in clients.values():
            client.close()
        assert server.stop() == 0, server.said


def _actor(world: World, login: str) -> Actor:
    rights = sessions.of(world.store).rights(accounts.by_login(world.store, login))
    assert rights is not None
    return rights.actor


def say(sealed: Sealed, who: str, what: str, **body: object) -> None:
    reply = sealed.clients[who].post(f"/meeting/{what}", params={"meeting": sealed.meeting}, json=body)
    assert reply.status_code == 200, (what, reply.text)


def vote(sealed: Sealed, level: int, reason: str) -> None:
    say(sealed, "voter", "vote", case=sealed.cases[0], level=level, reason=reason, evidence=[SEALED_MS])


def opened(data: bytes) -> str:
    """What is in an answer, also where it is packed."""
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            return "\n".join(packed.read(name).decode("utf-8", "replace") for name in packed.namelist())
    return data.decode("utf-8", "replace")


def exported(sealed: Sealed, what: str, format: str) -> str:
    """What a file holds that the running server writes for somebody who exports."""
    settings = Settings(data=sealed.server.data)
    file = sealed.server.data.parent / f"taken.{format}"
    door.call(settings, "export", project=sealed.project, what=what, format=format, out=str(file))
    return opened(file.read_bytes())


def tries(sealed: Sealed, chance: random.Random) -> tuple[str, str, dict[str, Callable[[], str]]]:
    """One attempt: who, how, and what each of the ways would give him."""
    who = chance.choice([*MEMBERS, *OUTSIDERS, *GUESTS])
    client = sealed.clients[who]
    base = "/guest" if who in GUESTS else chance.choice(["/meeting", "/meeting", "/guest"])
    case = chance.choice([*sealed.cases, sealed.cases[0], sealed.cases[0], 0, 99])
    where: dict[str, object] = {"meeting": chance.choice([sealed.meeting, sealed.meeting, 2]), "case": case}
    language = chance.choice(["zh", "en"])

    def get(path: str, **more: object) -> str:
        return opened(client.get(path, params={**where, **more}).content)  # type: ignore[arg-type]

    def post(path: str, **body: object) -> str:
        return opened(client.post(path, params=where, json=body).content)  # type: ignore[arg-type]

    def page(name: str) -> str:
        with suppress(InvalidStatus), sealed.server.socket(client) as link:
            return rerun(link, name).texts
        return ""

    def snapshot() -> str:
        file = sealed.server.data / "analytics.duckdb"
        for _ in range(100):
            if file.exists():
                break
            time.sleep(0.1)
        with duckdb.connect(str(file), read_only=True) as con:
            tables = con.execute("select schema_name, table_name from duckdb_tables()").fetchall()
            return "\n".join(str(con.execute(f'select * from {s}."{t}"').fetchall()) for s, t in tables)

    ways: dict[str, Callable[[], str]] = {
        "state": lambda: get(f"{base}/state"),
        "state of a version": lambda: get(f"{base}/state", after="0-0"),
        "minutes docx": lambda: get(f"{base}/minutes", format="docx", language=language),
        "minutes md": lambda: get(f"{base}/minutes", format="md", language=language),
        "guideline": lambda: get(f"{base}/guideline"),
        "a path that there might be": lambda: get(f"{base}/{chance.choice(['votes', 'vote', 'reveal', 'ballot', 'cases'])}"),
        "the like of an outcome": lambda: get(f"{base}/like", outcome=chance.randint(0, 2)),
        "what says otherwise": lambda: get(f"{base}/against", level=chance.randint(0, 3), scope="keyword"),
        "a clip": lambda: get(f"{base}/clip", clip="ab"),
        "an export": lambda: exported(sealed, chance.choice(TAKEN), chance.choice(["csv", "jsonl"])),
        "the room's page": lambda: get("/guest/room" if who in GUESTS else f"/room/{sealed.meeting}"),
        "voting for another": lambda: post(f"{base}/vote", case=sealed.cases[1], level=1, reason="", evidence=[]),
        "revealing": lambda: "" if who == "lead" else post(f"{base}/reveal", case=sealed.cases[0]),
        "ending unrevealed": lambda: post(
            f"{base}/end", case=sealed.cases[0], kind="decided", reason="x", level=1, binds="single", single_why="x"
        ),
        "dissent": lambda: post(f"{base}/dissent", outcome=1, text="x"),
        "the API of grading": lambda: get(f"/api/{chance.choice(['me', 'day', 'recent', 'guideline'])}", project=1),
        "a page": lambda: page(chance.choice(["meetings", "disputes", "overview", "export"])),
        "the analysts' copy": snapshot,
        "the server's log": lambda: sealed.server.said,
    }  # fmt: skip
    how = chance.choice(list(ways))
    return who, how, ways


@pytest.mark.parametrize("attempt", range(50))
def test_no_attempt_shows_a_vote_before_its_reveal(sealed: Sealed, attempt: int) -> None:
    who, how, ways = tries(sealed, random.Random(SEED + attempt))
    said = ways[how]()
    assert SEALED not in said, (who, how)
    assert str(SEALED_MS) not in said, (who, how)


def test_the_fifty_attempts_take_every_way_there_is(sealed: Sealed) -> None:
    taken = [tries(sealed, random.Random(SEED + attempt)) for attempt in range(50)]
    assert {how for _who, how, _ways in taken} == taken[0][2].keys()
    assert set(room_routes.LOOKS) == {"state", "guideline", "clip", "like", "against", "minutes"}  # each is among them


def test_what_members_are_told_does_not_depend_on_what_was_voted(sealed: Sealed) -> None:
    """Not a word of it: the same answer, whatever the vote is (but for the moment and the version)."""
    told = []
    for level, reason in ((2, "everybody comes in"), (0, SEALED), (3, "another reason"), (1, "")):
        vote(sealed, level, reason)
        seen = {}
        for who in (*MEMBERS, "guest"):
            base, where = (
                "/guest" if who == "guest" else "/meeting",
                {"meeting": sealed.meeting, "case": sealed.cases[0]},
            )
            seen[who] = plain(sealed.clients[who].get(f"{base}/state", params=where).json())
        told.append(seen)
    del told[0]
    assert told[0] == told[1] == told[2]
    vote(sealed, 0, SEALED)


def plain(state: dict[str, object]) -> str:
    """A state without what runs on by itself: clocks, and who was seen when."""
    return re.sub(r'"(now|version|spent_s|silent_s|here)": ("[^"]*"|[\w.]+)', "", json.dumps(state, sort_keys=True))


def test_the_search_finds_a_vote_where_it_may_be_seen(sealed: Sealed) -> None:
    """The control: over the same paths the revealed vote is there."""
    for who in (*MEMBERS, "guest"):
        base = "/guest" if who == "guest" else "/meeting"
        where = {"meeting": sealed.meeting, "case": sealed.cases[1]}
        assert SHOWN in sealed.clients[who].get(f"{base}/state", params=where).text
        for kind in ("docx", "md"):
            assert SHOWN in opened(sealed.clients[who].get(f"{base}/minutes", params={**where, "format": kind}).content)
    for kind in ("csv", "jsonl"):
        assert SHOWN in exported(sealed, "votes", kind)


def test_who_does_not_belong_to_the_meeting_gets_nothing_of_it(sealed: Sealed) -> None:
    for who in ("grader", "analyst", "admin"):
        assert sealed.clients[who].get("/meeting/state", params={"meeting": sealed.meeting}).status_code == 403
        assert sealed.clients[who].get(f"/room/{sealed.meeting}").status_code == 403
    assert sealed.clients["nobody"].get("/meeting/state", params={"meeting": sealed.meeting}).status_code == 401
    assert sealed.clients["nobody"].get("/guest/state").status_code == 404
    for file in ("main.js", "room.css"):  # the room's own files are no stranger's either
        assert sealed.clients["nobody"].get(f"/guest/{file}").status_code == 404
        for who in ("lead", "guest"):
            assert sealed.clients[who].get(f"/guest/{file}").status_code == 200
    # A guest's own meeting is what he gets, whatever number he asks for.
    other = sealed.clients["guest_elsewhere"].get("/guest/state", params={"meeting": sealed.meeting}).json()
    assert other["meeting"]["title"] == "elsewhere" and other["agenda"] == []
    for what in ("open", "close", "step", "reveal", "take", "cue", "end", "move", "remove"):
        reply = sealed.clients["guest"].post(f"/guest/{what}", json={"case": sealed.cases[0]})
        assert reply.status_code == 404, what


def test_a_request_from_a_foreign_page_changes_nothing(sealed: Sealed) -> None:
    for who, path in (("lead", "/meeting/close"), ("guest", "/guest/vote")):
        reply = sealed.clients[who].post(
            path, params={"meeting": sealed.meeting}, json={}, headers={"Origin": "https://evil.example"}
        )
        assert reply.status_code == 403, who
