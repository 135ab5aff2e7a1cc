"""The whole table, walked through the running app: every role and nobody, every page, route and act."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from relevance.errors import NotAllowed, RelevanceError
from relevance.roles import PAGES, ROUTES, SYSTEM, TABLE, Act, Actor, Role, allowed, anywhere, pages_of
from relevance.services import (
    accounts,
    adaptive,
    attendees,
    batches,
    cluster_ruling,
    disputes,
    exams,
    gold,
    gold_list,
    grading,
    guidelines,
    item_analysis,
    marking,
    meeting_setting,
    meetings,
    membership,
    overview,
    passes,
    pilots,
    policies,
    precedents,
    projects,
    reads,
    regrade,
    rule_examples,
    sitting,
    team,
    training,
)
from relevance.store.store import Store
from relevance.web.routes import ROUTES as MOUNTED
from tests.served import CLIP, Served, rerun
from tests.world import World

ENDS_A_SESSION = ("/sign-in", "/sign-out", "/password", "/first-admin")
WHO = [*(role.value for role in Role), "admin", "stranger", "nobody"]


def actor_of(served: Served, who: str) -> Actor:
    """What the table is asked with; `stranger` is a lead, but of another project."""
    if who == "nobody":
        return Actor(0)
    if who == "admin":
        return Actor(1, admin=True)
    if who == "stranger":
        return Actor(1, roles={served.other_project: frozenset({Role.LEAD})})
    return Actor(1, roles={served.project: frozenset({Role(who)})})


def client_of(served: Served, who: str) -> httpx.Client:
    return served.server.client() if who == "nobody" else served.server.signed_in(who)


@pytest.mark.parametrize("who", WHO)
def test_every_page_by_its_address(served: Served, who: str) -> None:
    actor = actor_of(served, who)
    with client_of(served, who) as client:
        for page, act in PAGES.items():
            reply = client.get(f"/{page}")
            if who == "nobody":
                assert (reply.status_code, reply.headers["location"]) == (303, f"/sign-in?next=%2F{page}")
            elif anywhere(actor, act):
                assert reply.status_code == 200, (who, page)
            else:
                assert (reply.status_code, reply.headers["location"]) == (303, "/"), (who, page)


@pytest.mark.parametrize("who", WHO)
def test_every_page_over_the_websocket(served: Served, who: str) -> None:
    if who == "nobody":
        with pytest.raises(InvalidStatus) as refused:
            served.server.socket()
        assert refused.value.response.status_code == 403
        return
    actor = actor_of(served, who)
    with client_of(served, who) as client, served.server.socket(client) as link:
        # What the person's own project is: the tables' word for it is the navigation, no more and no less.
        project = served.other_project if who == "stranger" else served.project
        if who == "admin":
            project = served.project
        # A pilot is in the navigation of those who were asked to it (tests/pages/test_pilots.py); here nobody was.
        expected = pages_of(actor, project)
        shown = [page for page in expected if page != "pilot"]
        for page in PAGES:
            run = rerun(link, page)
            assert sorted(run.pages) == sorted(shown), (who, page)
            # What isn't his own falls to the home page, which opens his first one.
            assert run.opened == (page if page in expected else expected[0]), (who, page)
            assert "exception {" not in run.texts, (who, page, run.texts[run.texts.index("exception {") :][:500])


def test_every_route_that_is_mounted_is_in_the_table_and_the_other_way_round() -> None:
    mounted = {route.path.split("{")[0] for route in MOUNTED}
    assert {path for path in mounted if not path.startswith("/api/")} == {path for path in ROUTES if path != "/api/"}
    assert all(path in ROUTES or path.startswith("/api/") for path in mounted)


def requests(served: Served) -> list[tuple[str, str, dict[str, Any]]]:
    """One request for every route and method that is mounted, one that would be all right for who may."""
    values: dict[str, Any] = {
        "project": served.project,
        "tab": "m",
        "assignment": served.assignments["leased"],
        "seq": 0,
        "want": 0,
    }
    found = []
    for route in MOUNTED:
        path = route.path.replace("{content_id}", served.clips["leased"])
        for method in sorted((route.methods or set()) - {"HEAD"}):
            more: dict[str, Any] = {}
            if path.startswith("/api/"):
                more = {"json": values} if method == "POST" else {"params": {"project": served.project}}
            elif method == "POST":
                more = {"data": {}}
            found.append((method, path, more))
    return found


@pytest.mark.parametrize("who", WHO)
def test_every_route(served: Served, who: str) -> None:
    actor = actor_of(served, who)
    session: dict[str, str] = {}
    for method, path, more in requests(served):
        # Each request comes with the cookies of a fresh sign-in; signing in anew, dear by intent, only where one ended it.
        with served.server.client(cookies=session) if session else client_of(served, who) as client:
            session = dict(client.cookies)
            reply = client.request(method, path, **more)
        if path in ENDS_A_SESSION:
            session = {}
        entry = path if path in ROUTES else next(e for e in ROUTES if e.endswith("/") and path.startswith(e))
        acts = ROUTES[entry]
        where = (who, method, path, reply.status_code)
        if acts is None:
            assert reply.status_code not in (401,), where
        elif who == "nobody":
            assert reply.status_code == 401, where
        elif not any(anywhere(actor, act) for act in acts):
            assert reply.status_code == 403, where
        else:
            assert reply.status_code not in (401, 500), where
            if path.startswith("/api/"):
                # The route itself asks for the right in this very project.
                assert (reply.status_code == 403) == (not allowed(actor, Act.GRADE, served.project)), where


@pytest.mark.parametrize("part", ["clip", "poster", "strip", "captions"])
def test_a_clip_is_seen_by_whose_role_it_is_and_by_the_grader_of_its_item(served: Served, part: str) -> None:
    expected = {
        # who: leased by the grader, answered by him, in another grader's hands, in nobody's
        "grader": (200, 200, 404, 404),
        "other": (200, 200, 200, 404),  # started items go to a second grader first, so he has those as well
        "lead": (200, 200, 200, 200),
        "client": (200, 200, 200, 200),
        "specialist": (200, 200, 200, 200),
        "analyst": (200, 200, 200, 200),
        "admin": (200, 200, 200, 200),
        "stranger": (404, 404, 404, 404),
        "nobody": (401, 401, 401, 401),
    }
    for who, statuses in expected.items():
        with client_of(served, who) as client:
            got = tuple(
                client.get(f"/{part}/{served.clips[kind]}").status_code
                for kind in ("leased", "answered", "other", "free")
            )
        assert got == statuses, (who, part)


def test_clips_come_in_pieces_and_are_not_kept_for_long(served: Served) -> None:
    path = f"/clip/{served.clips['leased']}"
    with served.server.signed_in("grader") as client:
        whole = client.get(path)
        assert whole.content == CLIP
        assert whole.headers["content-type"] == "video/mp4"
        assert whole.headers["accept-ranges"] == "bytes"
        assert whole.headers["cache-control"] == "private, max-age=120"
        assert whole.headers["vary"] == "Cookie"  # and for this session only
        piece = client.get(path, headers={"Range": "bytes=1000-1999"})
        assert (piece.status_code, piece.content) == (206, CLIP[1000:2000])
        assert piece.headers["content-range"] == f"bytes 1000-1999/{len(CLIP)}"
        assert client.get(path, headers={"Range": "bytes=-100"}).content == CLIP[-100:]
        assert client.get(path, headers={"Range": f"bytes={len(CLIP)}-"}).status_code == 416
        head = client.head(path)
        assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(CLIP)), b"")
        assert client.get(path, headers={"If-None-Match": whole.headers["etag"]}).status_code == 304
        for odd in (
            "/clip/",
            "/clip/x",
            "/clip/..%2f..%2fcookie-secret",
            f"{path}/x",
            "/clip/" + "G" * 64,
            f"{path}.mp4",
        ):
            assert client.get(odd).status_code == 404, odd


def test_a_graders_answer_on_anothers_item_is_refused_over_the_protocol(served: Served) -> None:
    for mine, theirs in (("grader", "other"), ("other", "leased")):
        with served.server.signed_in(mine) as client:
            reply = client.post(
                "/api/answer",
                json={
                    "project": served.project,
                    "assignment": served.assignments[theirs],
                    "seq": 0,
                    "level": 3,
                    "tab": "m",
                },
            )
        assert reply.status_code in (403, 404), (mine, reply.text)
    with served.server.signed_in("grader") as client:
        for assignment in (999_999, 0):
            reply = client.post(
                "/api/answer", json={"project": served.project, "assignment": assignment, "seq": 0, "level": 3}
            )
            assert reply.status_code in (403, 404, 422), reply.text
        for path in ("heartbeat", "ask"):
            body = {"project": served.project, "tab": "m", "assignments": [served.assignments["other"]],
                    "assignment": served.assignments["other"], "text": "x", "request": "r-1"}  # fmt: skip
            reply = client.post(f"/api/{path}", json=body)
            if path == "heartbeat":
                assert served.assignments["other"] not in reply.json().get("leased", reply.json().get("held", []))
            else:
                assert reply.status_code in (403, 404), reply.text


def test_a_request_that_believes_another_to_be_signed_in_is_refused(served: Served) -> None:
    with served.server.signed_in("grader") as client:
        body = {"project": served.project, "tab": "m", "account": served.accounts["other"]}
        assert client.post("/api/lease", json=body).status_code == 401


# Acts: the services ask the table themselves, whoever calls them -------------------------------------------------------


RULING = cluster_ruling.Ruling(1, "why", "subject")


def calls(world: World) -> list[tuple[Act, str, Callable[[Store, Actor], object]]]:
    """For every act that a service offers, calls that need it (in a project with nothing in it)."""
    p = world.project
    lead = Actor(50, roles={p: frozenset({Role.LEAD})})
    old, new = (precedents.add(world.store, lead, item, 1, "why") for item in (world.first, world.second))  # type: ignore[attr-defined]
    return [
        (Act.GRADE, "claim", lambda s, a: grading.claim(s, a, p, "t", 1)),
        (Act.SEE_DISPUTES, "page", lambda s, a: disputes.page(s, a, p, disputes.DisputeFilter(), 0, 10)),
        (Act.SEE_DISPUTES, "one", lambda s, a: disputes.one(s, a, world.first)),  # type: ignore[attr-defined]
        (Act.DECIDE, "decide", lambda s, a: disputes.decide(s, a, world.first, 1, "why", expects=0)),  # type: ignore[attr-defined]
        (Act.DECIDE, "send_back", lambda s, a: disputes.send_back(s, a, world.first, 1, "why", expects=0)),  # type: ignore[attr-defined]
        (Act.SETTLE_CLUSTER, "cluster", lambda s, a: cluster_ruling.decide(s, a, p, "c1", 1, (), RULING)),
        (Act.SEE_DISPUTES, "resting", lambda s, a: precedents.resting(s, a, p, old)),
        (Act.MAKE_RULE, "precedent", lambda s, a: precedents.add(s, a, world.first, 1, "why")),  # type: ignore[attr-defined]
        (Act.SUPERSEDE, "replaced", lambda s, a: precedents.replaced(s, a, old, new, "why")),
        (Act.SUPERSEDE, "withdrawn", lambda s, a: precedents.withdrawn(s, a, new, 2, "why", None, "keyword")),
        (Act.SEE_MEETINGS, "meetings", lambda s, a: meetings.of(s, a, p)),
        (Act.RUN_MEETING, "make", lambda s, a: meetings.make(s, a, p, "m", s.clock.now())),
        (Act.RUN_MEETING, "inviteable", lambda s, a: attendees.inviteable(s, a, p)),
        (Act.MANAGE_PROJECT, "who decides", lambda s, a: meeting_setting.change(s, a, p, "chair", True)),
        (Act.SEE_OVERVIEW, "progress", lambda s, a: overview.progress(s, a, p)),
        (Act.SEE_OVERVIEW, "people", lambda s, a: overview.people(s, a, p)),
        (Act.SEE_TEAM, "team", lambda s, a: team.team(s, a, p)),
        (Act.SEE_TEAM, "items", lambda s, a: team.items(s, a, p, 1, "gold")),
        (Act.MANAGE_TEAM, "note", lambda s, a: team.note(s, a, p, 1, "unseen", "talk")),
        (Act.SEE_TEAM, "exclusions", lambda s, a: regrade.exclusions(s, a, p)),
        (Act.MANAGE_TEAM, "preview", lambda s, a: regrade.preview(s, a, p, 1, s.clock.now())),
        (Act.MANAGE_TEAM, "exclude", lambda s, a: regrade.exclude(s, a, p, 1, s.clock.now(), "why")),
        (Act.SET_GOLD, "make", lambda s, a: gold.make(s, a, world.first)),  # type: ignore[attr-defined]
        (Act.SET_GOLD, "offered", lambda s, a: gold_list.offered(s, a, p)),
        (Act.SEE_GOLD, "rows", lambda s, a: gold_list.rows(s, a, p)),
        (Act.SEE_GOLD, "supply", lambda s, a: gold_list.supply(s, a, p, [])),
        (Act.MANAGE_EXAMS, "save", lambda s, a: exams.save(s, a, p, "exam")),
        (Act.MANAGE_EXAMS, "results", lambda s, a: passes.results(s, a, p)),
        (Act.MANAGE_EXAMS, "to_mark", lambda s, a: marking.to_mark(s, a, p)),
        (Act.MANAGE_EXAMS, "points", lambda s, a: marking.give_points(s, a, p, 1, 0, 1)),
        (Act.MANAGE_EXAMS, "take_back", lambda s, a: passes.take_back(s, a, p, 1, "why")),
        (Act.MANAGE_EXAMS, "analysis", lambda s, a: item_analysis.of(s, a, p)),
        (Act.MANAGE_EXAMS, "examples", lambda s, a: training.examples(s, a, p)),
        (Act.GRADE, "exam", lambda s, a: sitting.start(s, a, p, 1)),
        (Act.GRADE, "state", lambda s, a: passes.state(s, a, p)),
        (Act.MANAGE_PROJECT, "replay", lambda s, a: adaptive.played(s, a, p)),
        (Act.MANAGE_PROJECT, "adaptive", lambda s, a: adaptive.switch(s, a, p, 0.0)),
        (Act.SEE_OVERVIEW, "verdicts", lambda s, a: adaptive.lines(s, a, p)),
        (Act.MANAGE_PROJECT, "pause", lambda s, a: projects.pause(s, a, p, "x")),
        (Act.MANAGE_PROJECT, "resume", lambda s, a: projects.resume(s, a, p)),
        (Act.MANAGE_PROJECT, "policy", lambda s, a: policies.change(s, a, p, overlap=2)),
        (Act.MANAGE_PROJECT, "preview", lambda s, a: policies.preview(s, a, p, {"overlap": 2})),
        (Act.MANAGE_MEMBERS, "set_member", lambda s, a: membership.put(s, a, p, 1, "analyst")),
        (Act.MANAGE_MEMBERS, "end_member", lambda s, a: membership.end(s, a, p, 999)),
        (Act.MANAGE_BATCHES, "set_batch", lambda s, a: batches.change(s, a, next(iter(s.live.batches)), "renamed")),
        (Act.MAKE_RULE, "pilot candidates", lambda s, a: pilots.candidates(s, a, p, 0)),
        (Act.MAKE_RULE, "pilot people", lambda s, a: pilots.people(s, a, p)),
        (Act.SEE_DISPUTES, "pilots", lambda s, a: pilots.of(s, a, p)),
        (Act.MAKE_RULE, "readers", lambda s, a: reads.of(s, a, p, 1)),
        (Act.MAKE_RULE, "example", lambda s, a: rule_examples.add(s, a, p, "x", world.first, "positive")),  # type: ignore[attr-defined]
        (Act.MAKE_RULE, "examples", lambda s, a: rule_examples.offered(s, a, p)),
        (Act.PUBLISH_GUIDELINE, "import", lambda s, a: guidelines.import_markdown(s, a, p, None, "# x", "")),
        (Act.ADD_PROJECT, "add", lambda s, a: projects.add(s, a, f"p{a.account}{a.admin}")),
        (Act.MANAGE_USERS, "add", lambda s, a: accounts.add(s, a, accounts.NewPerson(f"u{a.account}{a.admin}"))),
        (Act.MANAGE_USERS, "people", lambda s, a: accounts.people(s, a)),
        (Act.MANAGE_USERS, "enable", lambda s, a: accounts.enable(s, a, 1)),
        (Act.MANAGE_USERS, "set_admin", lambda s, a: accounts.set_admin(s, a, 1, True)),
    ]  # fmt: skip


def test_every_service_asks_the_table(tmp_path: Path) -> None:
    world = World(tmp_path)
    try:
        world.first, world.second = world.items(2)  # type: ignore[attr-defined]
        accounts.add(world.store, SYSTEM, accounts.NewPerson("one"))
        people: dict[str, Actor] = {
            **{role.value: Actor(50 + n, roles={world.project: frozenset({role})}) for n, role in enumerate(Role)},
            "stranger": Actor(60, roles={world.project + 1: frozenset(Role)}),
            "admin": Actor(61, admin=True),
            "nobody": Actor(0),
        }
        for act, name, call in calls(world):
            for who, actor in people.items():
                may = allowed(actor, act, world.project)
                try:
                    call(world.store, actor)
                except NotAllowed:
                    assert not may, (act, name, who)
                except RelevanceError:
                    assert may, (act, name, who)  # refused for another reason: the right was there
                else:
                    assert may, (act, name, who)
    finally:
        world.store.close()


def test_the_table_names_no_act_that_nobody_may() -> None:
    assert all(TABLE[act] for act in Act)
    assert json.dumps(sorted(TABLE))  # plain words: the documentation prints them
