"""The routes of a meeting's room: JSON in, JSON out, the same for members (/meeting/) and for guests (/guest/).

A member's seat comes from his session, a guest's from the cookie that his link set; a guest's routes are fewer. `state`
waits until something changes, so that everybody sees it within a moment without asking all the time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from html import escape
from typing import Any, Literal, TypeVar

from anyio.to_thread import run_sync
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from relevance import runtime
from relevance.errors import BadInput, NotFound, RelevanceError
from relevance.meeting import Ending
from relevance.precedents import SCOPES
from relevance.runtime import Runtime
from relevance.services import agendas, ballots, case_like, guests, meetings, minutes, outcomes, room_view, rooms, seats
from relevance.services.seats import Seat
from relevance.texts import LANGUAGES, speak, translator
from relevance.web import gate, room
from relevance.web.forms import page as plain_page

GUEST = "relevance_guest"
WAIT_S = 10.0  # the longest that a state is waited for: after it, who has left shows too
LOOK_S = 1.0  # how soon it shows that somebody who waits has gone
LARGEST = 64 * 1024
T = TypeVar("T", bound=BaseModel)


class _In(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, str_max_length=4000)


class VoteIn(_In):
    """A vote."""

    case: int
    level: int = Field(ge=0, le=3)
    reason: str = ""
    evidence: list[int] = Field(default_factory=list, max_length=50)


class CaseIn(_In):
    """A case of the agenda."""

    case: int


class MoveIn(CaseIn):
    """A case and its new place."""

    to: int


class CueIn(_In):
    """Where the clip stands."""

    ms: int
    playing: bool


class TakeIn(_In):
    """The hold that was seen."""

    expects: int
    anyway: bool = False


class OutcomeIn(_In):
    """An outcome of the meeting."""

    outcome: int


class LookIn(_In):
    """What is said of one of the like items."""

    item: int
    level: int = Field(ge=0, le=3)


class SettleIn(_In):
    """Like items that a decision settles too."""

    outcome: int
    items: list[int] = Field(max_length=10_000)
    looks: list[LookIn] = Field(default_factory=list, max_length=2)


class DissentIn(_In):
    """A dissent."""

    outcome: int
    text: str
    named: bool = True


class EndIn(CaseIn):
    """How a case ends; see `relevance.meeting.Ending`."""

    expects: int | None = None
    kind: Literal["decided", "deferred", "returned", "withdrawn", "no_rule"]
    reason: str
    level: int | None = None
    rule: str | None = None
    binds: Literal["precedent", "amendment", "single"] | None = None
    single_why: str = ""
    scope: Literal["pair", "keyword", "family", "general"] = "keyword"
    supersedes: int | None = None
    heading: str = ""
    text_zh: str = ""
    text_en: str = ""
    defer_to: str = ""
    missing: str = ""
    due: str = ""
    wants: Literal["grades", "clip"] | None = None
    extra: int = 1
    evidence: str = ""
    client_answer: str = ""
    decided_by: int | None = None


class Call:
    """One request: the running product, whose seat, and what was sent."""

    def __init__(self, request: Request, product: Runtime, seat: Seat, body: Mapping[str, Any]) -> None:
        self.request = request
        self.product = product
        self.store = product.store
        self.seat = seat
        self._body = body

    def said(self, shape: type[T]) -> T:
        """What was sent, checked.

        Raises:
            BadInput: a value is missing or out of range; which one is told.
        """
        try:
            return shape.model_validate(self._body)
        except ValidationError as error:
            place = ".".join(str(part) for part in error.errors()[0]["loc"]) or "?"
            raise BadInput("{name} is missing or is no value that is allowed.", name=place) from None


Work = Callable[[Call], Any]


def _vote(call: Call) -> None:
    said = call.said(VoteIn)
    ballots.cast(call.store, call.seat, said.case, said.level, said.reason, said.evidence)


def _take(call: Call) -> None:
    said = call.said(TakeIn)
    ballots.take_over(call.store, call.seat, said.expects, said.anyway)


def _cue(call: Call) -> None:
    said = call.said(CueIn)
    ballots.cue(call.store, call.seat, said.ms, said.playing)


def _end(call: Call) -> None:
    said = call.said(EndIn)
    values = said.model_dump(exclude={"case", "expects"})
    outcomes.end(call.store, call.seat, said.case, Ending(**values), said.expects)


def _dissent(call: Call) -> None:
    said = call.said(DissentIn)
    outcomes.dissent(call.store, call.seat, said.outcome, said.text, said.named)


def _settle(call: Call) -> None:
    said = call.said(SettleIn)
    looks = [(one.item, one.level) for one in said.looks]
    case_like.settle(call.store, call.seat, said.outcome, said.items, looks)


def _runs(call: Call) -> Any:
    return meetings.may_run(call.seat.actor, call.seat.project)


def _move(call: Call) -> None:
    said = call.said(MoveIn)
    agendas.move(call.store, _runs(call), call.seat.meeting, said.case, said.to)


POSTS: Mapping[str, Work] = {
    "vote": _vote,
    "dissent": _dissent,
    "take": _take,
    "cue": _cue,
    "end": _end,
    "step": lambda call: ballots.step(call.store, call.seat, call.said(CaseIn).case),
    "reveal": lambda call: ballots.reveal(call.store, call.seat, call.said(CaseIn).case),
    "open": lambda call: meetings.open_(call.store, _runs(call), call.seat.meeting),
    "close": lambda call: meetings.close(call.store, _runs(call), call.seat.meeting),
    "move": _move,
    "settle": _settle,
    "unsettle": lambda call: case_like.undo(call.store, call.seat, call.said(OutcomeIn).outcome),
    "remove": lambda call: agendas.take_off(call.store, _runs(call), call.seat.meeting, call.said(CaseIn).case),
}
GUEST_POSTS = ("vote", "dissent")


# Who asks --------------------------------------------------------------------------------------------------------------


def _guest(request: Request) -> Seat:
    return guests.seat(runtime.current().store, request.cookies.get(GUEST, ""))


def _member(request: Request) -> Seat:
    said = request.path_params.get("meeting") or request.query_params.get("meeting", "")
    if not (said.isdecimal() and len(said) < 19):
        raise NotFound("There is no such meeting.")
    return seats.of(runtime.current().store, gate.actor(request), int(said))


def _language(request: Request) -> str:
    said = request.query_params.get("language", "")
    return said if said in LANGUAGES else gate.of(request).language


def _answer(who: Callable[[Request], Seat], posts: Mapping[str, Work]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        what = request.path_params["what"]
        speak(_language(request))
        try:
            if request.method == "POST":
                work = posts.get(what)
                if work is None:
                    raise NotFound("There is nothing here.")
                body = await _body(request)
                seat = await run_sync(who, request)
                rooms.seen(runtime.current().store, seat.meeting, seat.attendee)
                await run_sync(work, Call(request, runtime.current(), seat, body))
                return JSONResponse({"ok": True}, headers={"cache-control": "no-store"})
            look = LOOKS.get(what)
            if look is None:
                raise NotFound("There is nothing here.")
            return await look(request, who)
        except RelevanceError as error:
            said = error.say(translator(_language(request)))
            return JSONResponse(
                {"error": error.code, "message": said}, error.status, headers={"cache-control": "no-store"}
            )

    return endpoint


async def _body(request: Request) -> Mapping[str, Any]:
    raw = await request.body()
    if len(raw) > LARGEST:
        raise BadInput("The request is larger than {most} bytes.", most=LARGEST)
    try:
        body = await request.json() if raw else {}
    except ValueError:
        raise BadInput("The request is not JSON.") from None
    if not isinstance(body, dict):
        raise BadInput("The request must be a JSON object.")
    return body


# What is looked at -----------------------------------------------------------------------------------------------------


async def _state(request: Request, who: Callable[[Request], Seat]) -> Response:
    """The room, as soon as it differs from what the asker has (`after`)."""
    store = runtime.current().store
    commits = store.changes
    seat = await run_sync(who, request)
    after, said = request.query_params.get("after", ""), request.query_params.get("case", "")
    wanted = int(said) if said.isdecimal() and len(said) < 19 else None
    rooms.seen(store, seat.meeting, seat.attendee)
    if not await _differs(request, rooms.room(store, seat.meeting), after):
        return Response(status_code=204)
    if store.changes != commits:
        seat = await run_sync(who, request)  # a link may have been taken back meanwhile
    rooms.seen(store, seat.meeting, seat.attendee)
    # After a key of the chair nothing has to be read: twenty are answered without twenty threads.
    found = room_view.at_hand(store, seat, wanted) or await run_sync(room_view.said, store, seat, wanted)
    return Response(found, media_type="application/json", headers={"cache-control": "no-store"})


async def _differs(request: Request, here: rooms.Room, after: str) -> bool:
    """Waits until the room differs from a version, for `WAIT_S` at most. False: the asker has gone. No thread waits."""
    end, woken, loop = time.monotonic() + WAIT_S, asyncio.Event(), asyncio.get_running_loop()

    def wake() -> None:
        loop.call_soon_threadsafe(woken.set)

    here.waiting.add(wake)
    try:
        while here.version == after and (left := end - time.monotonic()) > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), min(LOOK_S, left))
            woken.clear()
            if await request.is_disconnected():
                return False
    finally:
        here.waiting.discard(wake)
    return True


async def _guideline(request: Request, who: Callable[[Request], Seat]) -> Response:
    seat = await run_sync(who, request)
    return JSONResponse(
        await run_sync(room_view.guideline, runtime.current().store, seat), headers={"cache-control": "no-store"}
    )


async def _like(request: Request, who: Callable[[Request], Seat]) -> Response:
    """Items that wait for the same rule; only for who may settle them."""
    seat = await run_sync(who, request)
    meetings.may_run(seat.actor, seat.project)
    said = request.query_params.get("outcome", "")
    outcome = int(said) if said.isdecimal() and len(said) < 19 else 0
    found = await run_sync(room_view.like, runtime.current().store, seat, outcome)
    return JSONResponse(found, headers={"cache-control": "no-store"})


async def _against(request: Request, who: Callable[[Request], Seat]) -> Response:
    """The precedents that one of this case would contradict, before it is made; only for who ends cases."""
    seat, asked = await run_sync(who, request), request.query_params
    numbers = [asked.get(name, "") for name in ("case", "level")]
    scope = next((one for one in SCOPES if one == asked.get("scope")), None)
    if scope is None or not all(number.isdecimal() and len(number) < 19 for number in numbers):
        raise BadInput("{name} is missing or is no value that is allowed.", name="case, level, scope")
    case, level = (int(number) for number in numbers)
    found = await run_sync(
        room_view.against, runtime.current().store, seat, case, level, asked.get("rule") or None, scope
    )
    return JSONResponse(found, headers={"cache-control": "no-store"})


async def _clip(request: Request, who: Callable[[Request], Seat]) -> Response:
    product = runtime.current()
    seat = await run_sync(who, request)
    found = await run_sync(room_view.clip_of, product.store, seat, request.query_params.get("clip", ""))
    return FileResponse(
        product.library.find(found, "clip"), media_type="video/mp4",
        headers={"cache-control": "private, max-age=120", "content-disposition": "inline"},
    )  # fmt: skip


async def _minutes(request: Request, who: Callable[[Request], Seat]) -> Response:
    """The minutes as a file: `format` docx or md, `language` zh or en."""
    product = runtime.current()
    seat = await run_sync(who, request)
    language, kind = _language(request), request.query_params.get("format", "docx")
    made = await run_sync(minutes.write, product.store, product.library, seat, language, kind)
    return Response(
        made.data, media_type=made.media_type,
        headers={"cache-control": "no-store", "content-disposition": f"attachment; filename*=UTF-8''{made.quoted}"},
    )  # fmt: skip


LOOKS: Mapping[str, Callable[[Request, Callable[[Request], Seat]], Awaitable[Response]]] = {
    "state": _state,
    "guideline": _guideline,
    "clip": _clip,
    "like": _like,
    "against": _against,
    "minutes": _minutes,
}


# Pages -----------------------------------------------------------------------------------------------------------------


async def room_page(request: Request) -> Response:
    """GET /room/MEETING: the room for who is signed in."""
    language = _language(request)
    try:
        seat = await run_sync(_member, request)
        row = await run_sync(meetings.one, runtime.current().store, gate.actor(request), seat.meeting)
    except RelevanceError as error:
        return _closed_door(request, error)
    return room.page(
        language, row.title, {"base": "/meeting", "meeting": row.id, "back": "/meetings", "clip": "/clip/"}
    )


async def join(request: Request) -> Response:
    """GET /join/TOKEN: a guest's link. The token goes into a cookie that only the guest's routes get, and out of sight."""
    token = request.path_params["token"]
    try:
        seat = await run_sync(guests.seat, runtime.current().store, token)
    except RelevanceError as error:
        return _closed_door(request, error)
    said = request.query_params.get("language", "")
    response = RedirectResponse(f"/guest/room?language={said if said in LANGUAGES else seat.language}", 303)
    secure = gate.of(request).origin.secure
    response.set_cookie(GUEST, token, httponly=True, secure=secure, samesite="lax", path="/guest/")
    response.headers["referrer-policy"] = "no-referrer"
    return response


def _closed_door(request: Request, error: RelevanceError) -> Response:
    language = gate.of(request).language
    say = translator(language)
    return plain_page(
        language, say("Meeting"), f"<h1>{say('Meeting')}</h1><p>{escape(error.say(say))}</p>", request.url.path, error.status,
        tongues=False,
    )  # fmt: skip


async def guest_files(request: Request) -> Response:
    """GET /guest/...: the room's page for a guest, its files for guests and who is signed in, else what `_answer` gives."""
    what = request.path_params["what"]
    if request.method != "POST" and what in room.FILES:
        if gate.of(request).actor is None:
            try:
                await run_sync(_guest, request)
            except RelevanceError as error:
                return _closed_door(request, error)
        return Response(
            room.file(what), media_type=room.FILES[what], headers={"cache-control": "no-cache"}
        )  # fmt: skip
    if request.method != "POST" and what == "room":
        try:
            seat = await run_sync(_guest, request)
        except RelevanceError as error:
            return _closed_door(request, error)
        return room.page(
            _language(request), seat.name, {"base": "/guest", "meeting": seat.meeting, "clip": "/guest/clip?clip="}
        )  # fmt: skip
    return await _guest_answer(request)


_guest_answer = _answer(_guest, {name: POSTS[name] for name in GUEST_POSTS})

ROUTES: list[Route] = [
    Route("/room/{meeting}", room_page),
    Route("/meeting/{what}", _answer(_member, POSTS), methods=["GET", "POST"]),
    Route("/join/{token}", join),
    Route("/guest/{what}", guest_files, methods=["GET", "POST"]),
]
