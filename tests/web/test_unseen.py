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
from relevance.services import gold, gold_stream, policies, precedents
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
    policies.change(world.store, SYSTEM, world.project, audit_share=0.0)
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
    monkeypatch.setattr(gold_stream, "_chance", SimpleNamespace(random=lambda: next(turns)))
    monkeypatch.setattr(runtime, "_current", SimpleNamespace(store=world.store))
    yield world, known


def shape(value: Any) -> Any:
    """What a value is made of, its contents left out."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in value.items()}
    return [shape(one) for one in value] if isinstance(value, list) else type(value).__name__


def purpose(world: World, work: dict[str, Any]) -> str:
    with world.store.reader() as reader:
        return str(reader.value("select purpose from assignment where id = ?", [work["assignment"]]))


def number(world: World, work: dict[str, Any]) -> int:
    with world.store.reader() as reader:
        return int(reader.value("select item from assignment where id = ?", [work["assignment"]]))


OPAQUE = ("assignment", "item", "clip", "url")  # names of this work alone: nothing in them tells an age


def test_gold_a_repeat_an_audit_and_work_differ_in_opaque_names_alone(stream: tuple[World, list[int]]) -> None:
    world, _ = stream
    policies.change(world.store, SYSTEM, world.project, audit_share=1.0)
    tab = Tab(world, world.person("li"))
    works: dict[str, list[Any]] = {}
    heard: dict[str, set[str]] = {}

    def turn() -> None:
        reply = tab.post("lease", tab="t", want=1)
        for work in reply.json()["work"]:
            kind = purpose(world, work)
            works.setdefault(kind, []).append(work)
            for _ in range(2):  # once, and the same again
                said = tab.post("answer", assignment=work["assignment"], item=work["item"], seq=0, level=2)
                echo = {name: one for name, one in said.json().items() if name not in ("assignment", "day")}
                heard.setdefault(kind, set()).add(str((echo, sorted(reply.headers), sorted(said.headers))))

    for _ in range(2 * GOLD):
        turn()
    for name in ("a", "b"):  # all that there is settles, and is drawn to be graded once more
        other = Tab(world, world.person(f"late-{name}"))
        while work := other.post("lease", tab="t", want=1).json()["work"]:
            other.post("answer", assignment=work[0]["assignment"], seq=0, level=2)
    world.clock.advance(5 * 3600)
    for _ in range(12):
        turn()

    assert {kind: len(found) >= 5 for kind, found in works.items()} == {
        "gold": True, "work": True, "repeat": True, "audit": True,
    }  # fmt: skip
    assert len({one for said in heard.values() for one in said}) == 2  # the first time, and again
    for kind, found in works.items():
        for name in works["work"][0]:
            if name not in OPAQUE:
                assert {str(one[name]) for one in found} == {str(works["work"][0][name])}, (kind, name)
    every = [work for found in works.values() for work in found]
    assert {len(work["item"]) for work in every} == {16} and len({work["item"] for work in every}) == len(every)
    # Assignment numbers go on in one row, whatever was given out.
    mine = [work["assignment"] for work in works["gold"] + works["work"]]
    assert sorted(mine) == list(range(min(mine), min(mine) + 2 * GOLD))
    recent = tab.http.get("/api/recent", params={"project": world.project, "n": 50}).json()["answers"]
    assert {answer["work"]["item"] for answer in recent} == {work["item"] for work in every}
    assert len({str(shape(answer)) for answer in recent}) == 1
    day = tab.http.get("/api/day", params={"project": world.project}).json()["day"]
    assert (day["count"], day["surplus"]) == (len(every), 0)


def test_what_was_decided_about_an_item_does_not_stand_beside_it_as_gold(stream: tuple[World, list[int]]) -> None:
    world, known = stream
    precedents.add(world.store, world.person("lead", Role.LEAD), known[0], 2, "the decision on this very clip")
    tab = Tab(world, world.person("li"))
    beside: dict[bool, list[int]] = {True: [], False: []}
    for _ in range(2 * GOLD):
        (work,) = tab.post("lease", tab="t", want=1).json()["work"]
        beside[number(world, work) == known[0]].append(len(work["precedents"]))
        tab.post("answer", assignment=work["assignment"], seq=0, level=2)
    assert beside[True] == [0] and set(beside[False]) == {1}


def test_gold_waits_while_a_question_holds_its_clip(stream: tuple[World, list[int]]) -> None:
    world, known = stream
    with world.store.reader() as reader:
        clips = dict(reader.all("select id, clip from item"))
    world.store.act(lambda tx: [tx.live.hold(world.project, "clip", clips[item], 90 + item) for item in known[1:]])
    tab = Tab(world, world.person("li"))
    given = []
    for _ in range(2 * GOLD):
        (work,) = tab.post("lease", tab="t", want=1).json()["work"]
        given += [number(world, work)] if purpose(world, work) == "gold" else []
        tab.post("answer", assignment=work["assignment"], seq=0, level=2)
    assert given == known[:1]


def test_giving_out_and_taking_gold_asks_the_database_as_little_as_work_does(
    stream: tuple[World, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, _ = stream
    tab = Tab(world, world.person("li"))
    asked: list[str] = []
    run = Tx.run

    def counted(self: Tx, sql: str, params: Any = ()) -> Any:
        asked.append(sql)
        return run(self, sql, params)

    monkeypatch.setattr(Tx, "run", counted)
    queries: dict[str, set[int]] = {}
    for turn in range(16):
        asked.clear()
        (work,) = tab.post("lease", tab="t", want=1).json()["work"]
        tab.post("answer", assignment=work["assignment"], item=work["item"], seq=0, level=turn % 4)
        if turn > 1:  # the numbers of tables are asked for once
            queries.setdefault(purpose(world, work), set()).add(len(asked))
    assert queries == {"gold": {0}, "work": {0}}
