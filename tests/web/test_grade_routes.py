"""The grade loop's routes over HTTP, on a real store: what the player and any other client may count on."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from relevance import runtime
from relevance.errors import Unavailable
from relevance.roles import SYSTEM, Actor, Role
from relevance.services import asks, grading, policies, projects
from relevance.web import grade_routes
from relevance.web.forwarded import Origin
from relevance.web.gate import Passed
from relevance.web.player.data import page_data
from tests.world import World


class _Signed:
    """Stands where the gate stands: says who it is."""

    def __init__(self, app: ASGIApp, who: Actor) -> None:
        self.app, self.who = app, who

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["relevance"] = Passed(Origin("127.0.0.1", "http", "test", False), self.who.language, self.who, True)
        await self.app(scope, receive, send)


class Client:
    """One person at one tab."""

    def __init__(self, world: World, who: Actor, tab: str = "t") -> None:
        self.world, self.who, self.tab = world, who, tab
        self.http = TestClient(_Signed(Starlette(routes=grade_routes.ROUTES), who))

    def post(self, path: str, status: int = 200, **body: Any) -> dict[str, Any]:
        reply = self.http.post(f"/api/{path}", json={"project": self.world.project, **body})
        assert reply.status_code == status, reply.text
        return dict(reply.json())

    def get(self, path: str, status: int = 200, **query: Any) -> dict[str, Any]:
        reply = self.http.get(f"/api/{path}", params={"project": self.world.project, **query})
        assert reply.status_code == status, reply.text
        return dict(reply.json())

    def lease(self, want: int = 3) -> dict[str, Any]:
        return self.post("lease", tab=self.tab, want=want)

    def answer(self, work: dict[str, Any], status: int = 200, **said: Any) -> dict[str, Any]:
        body = {"assignment": work["assignment"], "seq": work["seq"], **said}
        return self.post("answer", status, **body)


@pytest.fixture
def loop(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(runtime, "_current", SimpleNamespace(store=world.store))
    world.items(10, keywords=2)
    yield world


@pytest.fixture
def li(loop: World) -> Client:
    return Client(loop, loop.person("li"))


def test_an_item_is_leased_answered_and_counted_in_the_day(li: Client) -> None:
    work = li.lease()["work"]
    assert len(work) == 3

    echo = li.answer(work[0], level=2, decision_ms=9000)

    assert (echo["assignment"], echo["seq"], echo["counted"], echo["again"]) == (work[0]["assignment"], 0, True, False)
    assert echo["day"]["count"] == 1 and echo["day"]["worked_seconds"] == 9


def test_an_answers_reply_brings_the_next_items_where_a_tab_asks_for_them(li: Client) -> None:
    work = li.lease()["work"]
    known = [one["assignment"] for one in work[1:]]

    lease = li.answer(work[0], level=2, tab=li.tab, want=3, known=known)["lease"]

    held = {one["assignment"] for one in li.lease()["work"]}
    assert [one["assignment"] for one in lease["work"]] == [*(held - set(known))]
    assert len(held) == 3 and lease["none"] is None and lease["lease_seconds"] == 180


def test_an_answers_reply_brings_no_items_where_nobody_asks(li: Client) -> None:
    work = li.lease()["work"]
    assert li.answer(work[0], level=2)["lease"] is None
    assert len(li.lease(want=0)["work"]) == 2


def test_the_same_answer_may_ask_for_items_the_second_time_and_counts_once(li: Client) -> None:
    work = li.lease()["work"]
    li.answer(work[0], level=2)

    again = li.answer(work[0], level=2, tab=li.tab, want=3, known=[])

    assert again["again"] and again["day"]["count"] == 1 and len(again["lease"]["work"]) == 3


def test_the_reply_to_the_last_answer_says_why_there_is_no_more(loop: World, li: Client) -> None:
    work = li.lease(want=1)["work"]
    projects.pause(loop.store, SYSTEM, loop.project, "lunch")

    lease = li.answer(work[0], level=2, tab=li.tab, want=3)["lease"]

    assert lease["work"] == [] and lease["none"] == "paused" and "lunch" in lease["more"]


def test_an_answer_whose_tab_is_wrong_is_not_taken(li: Client) -> None:
    work = li.lease()["work"]
    assert li.answer(work[0], 422, level=2, tab="t" * 65)["error"] == "bad-input"
    assert li.answer(work[0], level=2)["again"] is False


@pytest.mark.parametrize("fault", [Unavailable("no items now"), RuntimeError("a fault of ours")])
def test_an_answer_is_saved_where_its_next_items_cannot_be_had(
    loop: World, li: Client, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    work = li.lease()["work"]

    def gone(*_: object) -> None:
        raise fault

    monkeypatch.setattr(grading, "claim_in", gone)
    echo = li.answer(work[0], level=2, tab=li.tab, want=3)

    assert (echo["counted"], echo["lease"]) == (True, None)
    with loop.store.reader() as reader:
        assert reader.value("select level from answer where assignment = ?", [work[0]["assignment"]]) == 2


def test_known_work_is_kept_alive_and_left_out_of_a_lease(li: Client) -> None:
    work = li.lease()["work"]
    known = [one["assignment"] for one in work[:2]]
    assert [one["assignment"] for one in li.post("lease", tab=li.tab, want=3, known=known)["work"]] == [
        work[2]["assignment"]
    ]


def test_a_client_learns_who_it_is_and_where_it_grades(loop: World, li: Client) -> None:
    projects.add(loop.store, SYSTEM, "another")
    assert li.get("me") == {
        "account": li.who.account, "language": "zh", "projects": [{"id": loop.project, "name": "test"}],
    }  # fmt: skip


def test_what_an_assignment_is_for_never_reaches_the_browser(li: Client) -> None:
    reply = li.lease()
    text = str(reply)
    assert not any(word in text for word in ("purpose", "gold", "audit", "repeat"))


def test_the_same_answer_again_is_answered_as_the_first_time(li: Client) -> None:
    work = li.lease()["work"][0]
    first = li.answer(work, level=2, shown_ms_ago=5000)

    again = li.answer(work, level=2, shown_ms_ago=65_000)  # a minute later: only the time that it took is another

    assert (again["counted"], again["again"]) == (first["counted"], True)
    assert again["day"]["count"] == 1


def test_the_same_sequence_with_another_level_is_a_conflict_and_the_first_stays(li: Client) -> None:
    work = li.lease()["work"][0]
    li.answer(work, level=2)

    assert li.answer(work, 409, level=3)["error"] == "conflict"

    assert li.get("recent")["answers"][0]["level"] == 2


def test_an_answer_about_another_item_than_its_assignments_is_a_conflict(li: Client) -> None:
    work = li.lease()["work"][0]

    assert li.answer(work, 409, level=1, item=work["item"][::-1])["error"] == "conflict"
    li.answer(work, level=1, item=work["item"])


def test_a_client_from_before_items_had_names_may_still_say_the_number(loop: World, li: Client) -> None:
    one, other = li.lease()["work"][:2]
    with loop.store.reader() as reader:
        number = reader.value("select item from assignment where id = ?", [one["assignment"]])

    assert li.answer(other, 409, level=1, item=number)["error"] == "conflict"
    li.answer(one, level=1, item=number)


def test_a_request_that_believes_somebody_else_to_be_signed_in_is_refused(li: Client) -> None:
    work = li.lease()["work"][0]

    told = li.answer(work, 401, level=1, account=li.who.account + 1)

    assert told["error"] == "other-account"
    assert li.get("recent")["answers"] == []


def test_another_graders_assignment_is_refused(loop: World, li: Client) -> None:
    work = li.lease()["work"][0]
    wang = Client(loop, loop.person("wang"))

    assert wang.answer(work, 403, level=1)["error"] == "not-allowed"


@pytest.mark.parametrize("role", [Role.LEAD, Role.CLIENT, Role.SPECIALIST, Role.ANALYST])
def test_only_graders_of_the_project_may_use_any_of_the_routes(loop: World, role: Role) -> None:
    other = Client(loop, loop.person("other", role))
    for path in ("lease", "heartbeat", "release"):
        other.post(path, 403, tab="t")
    other.post("answer", 403, assignment=1, seq=0, level=1)
    for path in ("day", "recent", "guideline"):
        other.get(path, 403)


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({}, "level or a flag"),
        ({"level": 4}, "none of 0, 1, 2, 3"),
        ({"level": "2x"}, "whole number"),
        ({"level": True}, "whole number"),
        ({"level": 1, "evidence_ms": "1"}, "list of whole numbers"),
        ({"level": 1, "watched_share": "half"}, "must be a number"),
        ({"level": 1, "note": "x" * 2001}, "longer than 2000"),
        ({"flag": "bad"}, "none of bad_clip"),
    ],
)
def test_a_wrong_value_is_named_and_nothing_is_kept(li: Client, said: dict[str, Any], word: str) -> None:
    li.who = Actor(li.who.account, roles=li.who.roles, language="en")
    li.http = TestClient(_Signed(Starlette(routes=grade_routes.ROUTES), li.who))
    work = li.lease()["work"][0]

    assert word in li.answer(work, 422, **said)["message"]

    assert li.get("recent")["answers"] == []


def test_what_is_no_json_object_is_refused(li: Client) -> None:
    for body in (b"[]", b"{", b'"x"', b"\xff"):
        assert li.http.post("/api/answer", content=body).status_code == 422
    assert li.http.post("/api/answer", content=b"{" + b" " * 70_000 + b"}").status_code == 422


def test_errors_are_said_in_the_graders_language(loop: World) -> None:
    person = loop.person("li")
    said = {}
    for language in ("zh", "en"):
        who = Actor(person.account, roles=person.roles, language=language)
        said[language] = Client(loop, who).post("lease", 422, tab="")["message"]
    assert said == {"zh": "缺少 tab。", "en": "tab is missing."}


def test_a_heartbeat_keeps_the_tabs_leases_and_silence_loses_them(loop: World, li: Client) -> None:
    held = [work["assignment"] for work in li.lease()["work"]]
    lease = loop.store.live.lease.total_seconds()

    loop.clock.advance(lease - 1)
    assert li.post("heartbeat", tab="t")["leased"] == held
    loop.clock.advance(lease - 1)
    assert li.post("heartbeat", tab="t")["leased"] == held
    loop.clock.advance(lease + 1)
    assert li.post("heartbeat", tab="t")["leased"] == []


def test_a_tab_lets_go_of_its_own_items_only(loop: World, li: Client) -> None:
    other = Client(loop, li.who, tab="u")
    mine, theirs = li.lease(2)["work"], other.lease(1)["work"]

    assert li.post("release", tab="t") == {"released": len(mine)}
    assert other.post("heartbeat", tab="u")["leased"] == [theirs[0]["assignment"]]


def test_a_correction_is_the_next_sequence_and_recent_shows_it_as_it_stands(li: Client) -> None:
    work = li.lease()["work"]
    li.answer(work[0], level=0, note="n", rule="r", evidence_ms=[1200])
    li.answer(work[1], flag="no_rule", flag_text="t")
    li.answer({"assignment": work[0]["assignment"], "seq": 1}, level=3)

    newest, first = li.get("recent")["answers"]

    assert (newest["work"]["item"], newest["flag"], newest["level"], newest["seq"]) == (
        work[1]["item"], "no_rule", None, 0,
    )  # fmt: skip
    assert (first["work"]["item"], first["level"], first["seq"], first["note"]) == (work[0]["item"], 3, 1, None)
    assert first["work"]["url"] == work[0]["url"]


def test_a_surplus_answer_is_kept_and_the_grader_is_told_why(loop: World, li: Client) -> None:
    work = li.lease(1)["work"][0]
    loop.clock.advance(loop.store.live.lease.total_seconds() + 1)
    for name in ("a", "b"):  # two others settle it meanwhile
        other = Client(loop, loop.person(name))
        theirs = other.lease(1)["work"][0]
        assert theirs["clip"] == work["clip"]  # what was started comes first
        other.answer(theirs, level=1)

    echo = li.answer(work, level=3)

    assert (echo["counted"], echo["why_not"]) == (False, "settled")
    assert li.get("recent")["answers"][0]["level"] == 3


def test_nothing_to_grade_says_why_and_when_more_comes(loop: World, li: Client) -> None:
    li.who = Actor(li.who.account, roles=li.who.roles, language="en")
    li.http = TestClient(_Signed(Starlette(routes=grade_routes.ROUTES), li.who))
    while work := li.lease()["work"]:
        for one in work:
            li.answer(one, level=1)
    reply = li.lease()
    assert (reply["none"], reply["why_none"]) == (
        "all_yours", "You have graded everything that is open to you; the rest waits for other graders.",
    )  # fmt: skip

    projects.pause(loop.store, SYSTEM, loop.project, "lunch")
    reply = li.lease()
    assert reply["none"] == "paused" and reply["more"].startswith("lunch Your lead resumes it")


def test_a_question_is_asked_once_and_its_reply_comes_with_the_day(loop: World, li: Client) -> None:
    work = li.lease()["work"][0]
    for _ in range(2):
        echo = li.post("ask", request="r1", assignment=work["assignment"], text="a toy?")
        assert echo == {"request": "r1", "ask": 1}
    asks.reply(loop.store, loop.person("chen", Role.LEAD), 1, "yes, 67 at most")

    (told,) = li.get("day")["asks"]

    assert (told["item"], told["text"], told["reply"]) == (work["item"], "a toy?", "yes, 67 at most")


def test_preferences_come_back_on_another_day(loop: World, li: Client) -> None:
    li.post("preferences", player={"speed": 1.5, "at": 1})
    loop.clock.advance(86_400)

    data = page_data(loop.store, li.who, loop.project, "zh")

    assert data["preferences"] == {"speed": 1.5, "at": 1}


def test_the_page_hands_over_the_projects_own_scale(loop: World, li: Client) -> None:
    policies.change(loop.store, SYSTEM, loop.project, percents=[0, 25, 75, 100], least_watched=0.5, goal=300)

    data = page_data(loop.store, li.who, loop.project, "en")

    assert [(one["level"], one["percent"]) for one in data["levels"]] == [(0, 0), (1, 25), (2, 75), (3, 100)]
    assert (data["least_share"], data["day"]["goal"], data["account"]) == (0.5, 300, li.who.account)
