"""The grade loop's routes: JSON in, JSON out, no script run for a grade (docs/protocol.md, docs/decisions/answers.md).

Each says who acts from the gate alone. A request may also name the account that it believes to be signed in; where a
second person has signed in on the same browser meanwhile, it is refused, so that nobody's answers become another's.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from typing import Any

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from relevance import runtime
from relevance.errors import BadInput, Conflict, NotFound, RelevanceError
from relevance.roles import Act, Actor, allowed, require
from relevance.services import (
    asks,
    grading,
    guidelines,
    leased,
    my_work,
    preferences,
    projects,
    pulse,
    reads,
    rule_examples,
)
from relevance.store.alias import Aliases
from relevance.store.store import Store, Tx
from relevance.texts import N_, speak, translator
from relevance.web import gate
from relevance.web.player.data import BASE, guideline_data, work_data

_log = logging.getLogger(__name__)
LARGEST = 64 * 1024  # what a browser sends in the background when a page closes
Handler = Callable[["Call"], Awaitable[Mapping[str, Any]]]

WHY_NONE = {
    "paused": N_("The project is paused."),
    "no_items": N_("The project has no items yet."),
    "nothing_left": N_("Every item has the grades that it needs."),
    "all_yours": N_("You have graded everything that is open to you; the rest waits for other graders."),
    "held": N_("What is left waits for your lead's answer about a clip or a keyword."),
    "no_project": N_("You are no grader of a project."),
    "unqualified": N_("This project asks for an exam before work."),
    "expired": N_("Your exam has expired."),
    "outdated": N_("The guideline has changed in substance since your exam."),
    "retrain": N_("Your lead asks you to go through the training once more."),
    "re_examine": N_("Your lead asks you to pass the exam once more."),
    "unread": N_("The guideline has changed in substance: a short card stands on the Guideline page."),
}
MORE = {
    "paused": N_("Your lead resumes it; this page notices by itself."),
    "no_items": N_("They come with the first batch; this page notices by itself."),
    "nothing_left": N_("More comes with the next batch; this page notices by itself."),
    "all_yours": N_("More comes when items need another grade or a new batch arrives; this page notices by itself."),
    "held": N_("The items come back as soon as it is answered; this page notices by itself."),
    "no_project": N_("Ask your lead or an administrator."),
    "unqualified": N_("Go through the training, then take the exam: both stand in the navigation."),
    "expired": N_("Take the exam once more: it stands in the navigation."),
    "retrain": N_("It stands in the navigation; your next item comes when it is done."),
    "re_examine": N_("It stands in the navigation; your next item comes when you have passed."),
    "unread": N_("Read it and answer its question; your next item comes then."),
    "outdated": N_("Read what is new, then take the short exam: it stands in the navigation."),
}


class Call:
    """One request: who acts, in which store, and its values, each checked as it is taken."""

    def __init__(self, request: Request, actor: Actor, store: Store, values: Mapping[str, Any]) -> None:
        self.request = request
        self.actor = actor
        self.store = store
        self.values = values

    def whole(self, name: str, low: int = 0, high: int = 2**62) -> int:
        """A whole number that must be there."""
        value = self.maybe_whole(name, low, high)
        if value is None:
            raise BadInput("{name} is missing.", name=name)
        return value

    def maybe_whole(self, name: str, low: int = 0, high: int = 2**62) -> int | None:
        """A whole number, or None where it is left out."""
        value = self.values.get(name)
        if isinstance(value, str) and value.isdecimal() and len(value) < 19:
            value = int(value)  # of an address
        if value is None:
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise BadInput("{name} must be a whole number from {low} to {high}.", name=name, low=low, high=high)
        return value

    def maybe_number(self, name: str) -> float | None:
        """A number, or None where it is left out."""
        value = self.values.get(name)
        if value is None:
            return None
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise BadInput("{name} must be a number.", name=name)
        return float(value)

    def maybe_text(self, name: str) -> str | None:
        """A text; None where it is left out or empty."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, str):
            raise BadInput("{name} must be a text.", name=name)
        return value or None

    def text(self, name: str) -> str:
        """A text that must be there."""
        value = self.maybe_text(name)
        if value is None:
            raise BadInput("{name} is missing.", name=name)
        return value

    def maybe_item(self, name: str) -> int | str | None:
        """An item by its name; by its number from a client that was opened before there were names."""
        value = self.values.get(name)
        return self.maybe_text(name) if isinstance(value, str) else self.maybe_whole(name)

    def wholes(self, name: str) -> list[int]:
        """A list of whole numbers; empty where it is left out."""
        value = self.values.get(name) or []
        if not isinstance(value, list) or not all(isinstance(one, int) and not isinstance(one, bool) for one in value):
            raise BadInput("{name} must be a list of whole numbers.", name=name)
        return value

    @property
    def project(self) -> int:
        """The project that the request is about; it must be one that the actor grades in."""
        project = self.whole("project")
        require(self.actor, Act.GRADE, project)
        if project not in self.store.live.projects:
            raise NotFound("There is no project {project}.", project=project)
        return project


async def _values(request: Request) -> Mapping[str, Any]:
    if request.method == "GET":
        return dict(request.query_params)
    body = await request.body()
    if len(body) > LARGEST:
        raise BadInput("The request is larger than {most} bytes.", most=LARGEST)
    try:
        values = json.loads(body or b"{}")
    except ValueError:
        raise BadInput("The request is not JSON.") from None
    if not isinstance(values, dict):
        raise BadInput("The request must be a JSON object.")
    return values


def _endpoint(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        actor = gate.actor(request)
        speak(actor.language)
        try:
            values = await _values(request)
            call = Call(request, actor, runtime.current().store, values)
            believed = call.maybe_whole("account")
            if believed is not None and believed != actor.account:
                return _error(401, "other-account", translator(actor.language)(OTHER_ACCOUNT))
            return JSONResponse(await handler(call), headers={"Cache-Control": "no-store"})
        except RelevanceError as error:
            return _error(error.status, error.code, error.say(translator(actor.language)))

    return endpoint


OTHER_ACCOUNT = N_("Somebody else is signed in on this browser now.")


def _error(status: int, code: str, message: str) -> Response:
    return JSONResponse({"error": code, "message": message}, status_code=status, headers={"Cache-Control": "no-store"})


async def me(call: Call) -> Mapping[str, Any]:
    """Who is signed in, and the projects that he grades in: where another client begins."""
    rows = await run_sync(projects.of, call.store, call.actor)
    return {
        "account": call.actor.account,
        "language": call.actor.language,
        "projects": [{"id": row.id, "name": row.name} for row in rows if allowed(call.actor, Act.GRADE, row.id)],
    }


async def lease(call: Call) -> Mapping[str, Any]:
    """This tab's items, topped up to `want`; where there are none, why, and when more come."""
    project, asked = call.project, _asked_of(call, call.text("tab"))
    claimed = await asyncio.wrap_future(grading.submit_claim(call.store, call.actor, project, asked.tab, asked.want))
    return {
        **await _lease_data(call, project, asked, *claimed),
        "day": asdict(my_work.my_day(call.store, call.actor, project)),
    }


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a tab asks for: how many items to hold, and the assignments whose work it has already."""

    tab: str
    want: int
    known: frozenset[int]


def _asked_of(call: Call, tab: str) -> _Asked:
    want = call.maybe_whole("want", 0, 99)
    known = frozenset(call.wholes("known"))
    return _Asked(grading.checked_tab(tab), grading.MOST_LEASES if want is None else want, known)


async def _lease_data(
    call: Call, project: int, asked: _Asked, leases: Sequence[leased.Lease], why: str | None
) -> dict[str, Any]:
    """What a tab holds now, but for the work that it knows."""
    fresh = [one for one in leases if one.assignment not in asked.known]
    # Mostly all of it is at hand; a thread for it would cost more than the work itself.
    works = leased.work_at_hand(call.store, fresh)
    if works is None:
        works = await run_sync(leased.work_of, call.store, fresh)
    say, more = translator(call.actor.language), ""
    if why == "paused":
        more = await run_sync(_pause_reason, call.store, project)
    return {
        "work": [work_data(call.store, work) for work in works],
        "lease_seconds": call.store.live.lease.total_seconds(),
        "why_none": say(WHY_NONE[why]) if why else None,
        "none": why,
        "more": " ".join(part for part in (more, say(MORE[why])) if part) if why else None,
        "guideline": call.store.live.projects[project].guideline_id,
    }


def _pause_reason(store: Store, project: int) -> str:
    row = next((row for row in projects.every(store) if row.id == project), None)
    return row.pause_reason if row and row.pause_reason and row.pause_reason != "-" else ""


async def answer(call: Call) -> Mapping[str, Any]:
    """One answer, taken once; the echo names its assignment and sequence and says what became of it."""
    begun = time.perf_counter()
    project = call.project
    said = grading.Answer(
        assignment=call.whole("assignment"),
        seq=call.whole("seq", 0, 31999),
        level=call.maybe_whole("level"),
        flag=call.maybe_text("flag"),
        flag_text=call.maybe_text("flag_text"),
        note=call.maybe_text("note"),
        rule=call.maybe_text("rule"),
        evidence_ms=tuple(call.wholes("evidence_ms")),
        shown_ms_ago=call.maybe_whole("shown_ms_ago"),
        first_frame_ms=call.maybe_whole("first_frame_ms"),
        decision_ms=call.maybe_whole("decision_ms"),
        watched_ms=call.maybe_whole("watched_ms"),
        watched_share=call.maybe_number("watched_share"),
        speed=call.maybe_number("speed"),
        client=call.maybe_text("client"),
    ).checked()
    item, tab = call.maybe_item("item"), call.maybe_text("tab")
    asked = None if tab is None else _asked_of(call, tab)  # before the answer is taken: its faults refuse both

    def act(tx: Tx) -> grading.Accepted:
        if item is not None:
            _same_item(tx, call.store.aliases, said.assignment, item)
        return grading.take_answer(tx, call.actor, said)

    # Straight to the writer: no thread waits for the commit. The next items are claimed behind the answer, mostly in the
    # same commit; an act of their own, so that nothing about them can keep the answer out.
    answered = call.store.submit(act)
    claiming = asked and grading.submit_claim(call.store, call.actor, project, asked.tab, asked.want)
    accepted = await asyncio.wrap_future(answered)
    pulse.of(call.store).note((time.perf_counter() - begun) * 1000)
    return {
        **asdict(accepted),
        "day": asdict(my_work.my_day(call.store, call.actor, project)),
        "lease": await _next_items(call, project, asked, claiming) if asked and claiming else None,
    }


async def _next_items(
    call: Call, project: int, asked: _Asked, claiming: Future[grading.Claims]
) -> dict[str, Any] | None:
    try:
        return await _lease_data(call, project, asked, *await asyncio.wrap_future(claiming))
    except RelevanceError:
        return None  # the answer is on disk, and says so; asked for by itself, a lease tells what is wrong
    except Exception:
        _log.exception("The next items of project %s could not be claimed; the answer before them is saved.", project)
        return None


def _same_item(tx: Tx, aliases: Aliases, assignment: int, item: int | str) -> None:
    """A store that was restored from a backup gives numbers anew: an answer must not land on another item."""
    held = tx.live.leases.get(assignment)
    now = held[1].id if held else tx.value("select item from assignment where id = ?", [assignment])
    if now is not None and item not in (now, aliases.name(assignment, now)):
        raise Conflict(
            "Assignment {assignment} is about another item now; this answer stays unsent.", assignment=assignment
        )


async def heartbeat(call: Call) -> Mapping[str, Any]:
    """A sign of life: the tab's leases run anew. Tells which are still held."""
    leased = await run_sync(grading.heartbeat, call.store, call.actor, call.project, call.text("tab"))
    return {"leased": leased}


async def release(call: Call) -> Mapping[str, Any]:
    """Lets the tab's items go, so that nobody waits for them."""
    require(call.actor, Act.GRADE, call.project)
    return {"released": await run_sync(grading.release, call.store, call.actor, call.text("tab"))}


async def ask(call: Call) -> Mapping[str, Any]:
    """A question to the lead about an item; the same request id asks once."""
    request, text = call.text("request"), call.text("text")
    if len(request) > 64:
        raise BadInput("{name} is longer than {most} characters.", name="request", most=64)
    number = await run_sync(grading.ask, call.store, call.actor, call.whole("assignment"), text, request)
    return {"request": request, "ask": number}


async def day(call: Call) -> Mapping[str, Any]:
    """My count and pace, and my lead's replies."""
    mine = await run_sync(lambda: asks.of(call.store, call.actor, call.project, mine=True, limit=20))
    return {
        "day": asdict(my_work.my_day(call.store, call.actor, call.project)),
        "asks": [
            {
                "ask": one.id,
                "item": call.store.aliases.name(one.assignment, one.item),
                "keyword": {"zh": one.keyword_zh, "en": one.keyword_en},
                "text": one.text,
                "reply": one.reply,
            }
            for one in mine
        ],
    }


async def recent(call: Call) -> Mapping[str, Any]:
    """My last answers, newest first, as their newest corrections have them: what U goes back to."""
    n = call.maybe_whole("n", 1, 100) or 20
    mine = await run_sync(my_work.recent, call.store, call.actor, call.project, n)
    return {
        "answers": [
            {
                "work": work_data(call.store, one.work),
                "seq": one.seq,
                "level": one.level,
                "flag": one.flag,
                "flag_text": one.flag_text,
                "note": one.note,
                "rule": one.rule,
                "evidence_ms": list(one.evidence_ms),
                "made_at": one.made_at.isoformat(),
            }
            for one in mine
        ]
    }


async def guideline(call: Call) -> Mapping[str, Any]:
    """The guideline in force, in one language; what is missing in it is taken from the other."""
    require(call.actor, Act.SEE_GUIDELINE, call.project)
    language = call.maybe_text("language") or call.actor.language
    book = await run_sync(guidelines.current, call.store, call.project)
    shown = await run_sync(rule_examples.of, call.store, call.project)
    await run_sync(reads.opened, call.store, call.actor, call.project)
    return guideline_data(book, language, shown)


async def keep_preferences(call: Call) -> Mapping[str, Any]:
    """Keeps how I like clips to play, for other days and desks."""
    player = call.values.get("player")
    if not isinstance(player, dict):
        raise BadInput("{name} is missing.", name="player")
    await run_sync(lambda: preferences.change(call.store, call.actor, player=player))
    return {}


ROUTES = [
    Route(f"{BASE}/answer", _endpoint(answer), methods=["POST"]),
    Route(f"{BASE}/lease", _endpoint(lease), methods=["POST"]),
    Route(f"{BASE}/heartbeat", _endpoint(heartbeat), methods=["POST"]),
    Route(f"{BASE}/me", _endpoint(me), methods=["GET"]),
    Route(f"{BASE}/release", _endpoint(release), methods=["POST"]),
    Route(f"{BASE}/ask", _endpoint(ask), methods=["POST"]),
    Route(f"{BASE}/preferences", _endpoint(keep_preferences), methods=["POST"]),
    Route(f"{BASE}/day", _endpoint(day), methods=["GET"]),
    Route(f"{BASE}/recent", _endpoint(recent), methods=["GET"]),
    Route(f"{BASE}/guideline", _endpoint(guideline), methods=["GET"]),
]
