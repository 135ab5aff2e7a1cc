"""Gold over the protocol: nothing that a client gets, and nothing that the server does for it, tells it from work."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from relevance import runtime
from relevance.roles import SYSTEM, Actor, Role
from relevance.services import gold, projects
from relevance.store.store import Tx
from relevance.web import grade_routes
from relevance.web.forwarded import Origin
from relevance.web.gate import Passed
from tests.world import World

GOLD, MORE = 8, 30


class Signed:
    """Stands where the gate stands."""

    def __init__(self, app: ASGIApp, who: Actor) -> None:
        self.app, self.who = app, who

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["relevance"] = Passed(Origin("127.0.0.1", "http", "test", False), "zh", self.who, True)
        await self.app(scope, receive, send)


class Tab:
    """A grader's client."""

    def __init__(self, world: World, who: Actor) -> None:
        self.world = world
        self.http = TestClient(Signed(Starlette(routes=grade_routes.ROUTES), who))

    def post(self, path: str, **body: Any) -> Any:
        reply = self.http.post(f"/api/{path}", json={"project": self.world.project, **body})
        assert reply.status_code == 200, reply.text
        return reply


@pytest.fixture
def stream(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[World, list[int]]]:
    """Gold of an old batch among the items of a new one, the same keyword; chance is half."""
    projects.set_policy(world.store, SYSTEM, world.project, audit_share=0.0)
    specialist = world.person("specialist", Role.SPECIALIST)
    known = world.items(GOLD, batch="old")
    for name in ("a", "b"):
        who = world.person(name)
        for _ in known:
            world.grade(who, 2)
    rest = world.items(MORE, batch="new")

    def same_word(tx: Tx) -> None:
        word = tx.value("select keyword from item where id = ?", [known[0]])
        tx.execute("update item set keyword = ? where id >= ?", [word, rest[0]])

    world.store.act(same_word)
    world.reopen()
    gold.make_many(world.store, specialist, known, "clear")
    turns = iter([0.0, 1.0] * 1000)
    monkeypatch.setattr(gold, "_chance", SimpleNamespace(random=lambda: next(turns)))
    monkeypatch.setattr(runtime, "_current", SimpleNamespace(store=world.store))
    yield world, known


def shape(value: Any) -> Any:
    """What a value is made of, its contents left out."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in value.items()}
    return [shape(one) for one in value] if isinstance(value, list) else type(value).__name__


def test_no_field_of_the_protocol_tells_gold_from_work(stream: tuple[World, list[int]]) -> None:
    world, known = stream
    tab = Tab(world, world.person("li"))
    works: dict[bool, list[Any]] = {True: [], False: []}
    echoes: dict[bool, list[Any]] = {True: [], False: []}
    heads: dict[bool, list[Any]] = {True: [], False: []}
    for turn in range(20):
        reply = tab.post("lease", tab="t", want=1)
        (work,) = reply.json()["work"]
        is_gold = work["item"] in known
        works[is_gold].append(work)
        said = tab.post(
            "answer", assignment=work["assignment"], item=work["item"], seq=0, level=turn % 4, decision_ms=900
        )
        heads[is_gold].append((sorted(reply.headers), sorted(said.headers)))
        echoes[is_gold].append({name: one for name, one in said.json().items() if name not in ("assignment", "day")})
    assert len(works[True]) >= 5 and len(works[False]) >= 5
    assert {str(shape(work)) for work in works[True]} == {str(shape(work)) for work in works[False]}
    for name in ("seq", "batch", "keyword", "duration_ms", "asked_before", "title", "strip"):
        assert {str(work[name]) for work in works[True]} == {str(work[name]) for work in works[False]}, name
    assert {str(echo) for echo in echoes[True]} == {str(echo) for echo in echoes[False]}
    assert heads[True][0] == heads[False][0]
    # Assignment numbers go on in one row, whatever was given out.
    numbers = sorted(work["assignment"] for work in works[True] + works[False])
    assert numbers == list(range(numbers[0], numbers[0] + 20))
    recent = tab.http.get("/api/recent", params={"project": world.project, "n": 50}).json()["answers"]
    assert {answer["work"]["batch"] for answer in recent} == {works[False][0]["batch"]}
    assert len({str(shape(answer)) for answer in recent}) == 1
    day = tab.http.get("/api/day", params={"project": world.project}).json()["day"]
    assert (day["count"], day["surplus"]) == (20, 0)


def test_giving_out_and_taking_gold_asks_the_database_as_little_as_work_does(
    stream: tuple[World, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, known = stream
    tab = Tab(world, world.person("li"))
    asked: list[str] = []
    run = Tx.run

    def counted(self: Tx, sql: str, params: Any = ()) -> Any:
        asked.append(sql)
        return run(self, sql, params)

    monkeypatch.setattr(Tx, "run", counted)
    queries: dict[bool, set[int]] = {True: set(), False: set()}
    for turn in range(16):
        asked.clear()
        (work,) = tab.post("lease", tab="t", want=1).json()["work"]
        at_lease = len(asked)
        tab.post("answer", assignment=work["assignment"], item=work["item"], seq=0, level=turn % 4)
        if turn > 1:  # the numbers of tables are asked for once
            queries[work["item"] in known].add(at_lease)
    assert queries == {True: {0}, False: {0}}
