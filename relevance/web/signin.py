"""Signing in and out, the first administrator, one's own password and language: forms of the server's own.

They work without a script, and answer programs with JSON where these ask for it (docs/protocol.md).
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from html import escape
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote, urlsplit

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from relevance import runtime
from relevance.errors import BadInput, NotAllowed, RelevanceError
from relevance.services import accounts, preferences, signing
from relevance.services.signing import SignedIn
from relevance.services.throttle import Throttle
from relevance.texts import LANGUAGES, translator
from relevance.web import cookies, first_admin, gate
from relevance.web.forms import Field, form

T = TypeVar("T")

_HERE = Path(__file__).parent
_HASHING_AT_ONCE = 2  # each takes 64 MiB and a core for 60 ms
_HELD_BACK = 8  # attempts of one address that may wait at a time; more are told to come back
_LONGEST_FORM = 16 * 1024

throttle = Throttle()
_waiting: Counter[str] = Counter()
_hashers = ThreadPoolExecutor(_HASHING_AT_ONCE, thread_name_prefix="hashing")


async def _hashing(work: Callable[[], T]) -> T:
    """Runs what hashes a password on a thread, a few at a time."""
    return await asyncio.get_running_loop().run_in_executor(_hashers, work)


def safe_next(said: str | None) -> str:
    """Where to go after signing in: a path of ours with its query, never another host.

    >>> safe_next("/disputes?batch=3"), safe_next("//evil.example"), safe_next("/\\\\evil"), safe_next("https://e.x/")
    ('/disputes?batch=3', '/', '/', '/')
    """
    if not said or len(said) > 2000 or not said.isprintable() or "\\" in said:
        return "/"
    parts = urlsplit(said)
    if parts.scheme or parts.netloc or not parts.path.startswith("/") or said.startswith("//"):
        return "/"
    if not gate.is_page(parts.path):
        return "/"
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")


async def _fields(request: Request) -> dict[str, str]:
    """The fields of a form or of a JSON object, as texts."""
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > _LONGEST_FORM:
        raise BadInput("This form is too long.")
    if request.headers.get("content-type", "").split(";")[0].strip() == "application/json":
        try:
            said = await request.json()
        except ValueError:
            raise BadInput("This is not JSON.") from None
        if not isinstance(said, dict):
            raise BadInput("This is not a JSON object.")
        return {str(key): value for key, value in said.items() if isinstance(value, str)}
    async with request.form(max_files=0, max_fields=20, max_part_size=_LONGEST_FORM) as form_data:
        return {key: value for key, value in form_data.items() if isinstance(value, str)}


# Signing in -----------------------------------------------------------------------------------------------------------


def _sign_in_page(
    request: Request, *, login: str = "", bad: str = "", good: str = "", status: int = 200, following: str = "/"
) -> Response:  # fmt: skip
    passed = gate.of(request)
    _ = translator(passed.language)
    response = form(
        passed.language,
        _("Sign in"),
        "",
        gate.SIGN_IN,
        [
            Field("login", _("User name"), fill="username", value=login, focus=not login),
            Field("password", _("Password"), "password", "current-password", focus=bool(login)),
        ],
        _("Sign in"),
        hidden={"next": following},
        path=gate.SIGN_IN + (f"?next={quote(following, safe='')}" if following != "/" else ""),
        bad=bad,
        good=good,
        below=escape(_("No account, or the password forgotten? Your lead or administrator can help.")),
        status=status,
    )
    if request.query_params.get("lang") in LANGUAGES:
        cookies.put_language(response, passed.language, passed.origin.secure)
    return response


async def sign_in_form(request: Request) -> Response:
    """GET /sign-in."""
    following = safe_next(request.query_params.get("next"))
    passed = gate.of(request)
    if passed.actor is not None:
        return RedirectResponse(following, 303)
    _ = translator(passed.language)
    good = ""
    if "ended" in request.query_params:
        good = _("You were signed out. Sign in again to go on; what was not yet saved is kept in this browser.")
    elif "out" in request.query_params:
        good = _("You are signed out.")
    response = _sign_in_page(request, good=good, following=following)
    if cookies.token(request, passed.origin.secure) is not None:
        cookies.drop(response, passed.origin.secure)  # its session is over
    return response


async def sign_in(request: Request) -> Response:
    """POST /sign-in: fields login, password, next."""
    passed = gate.of(request)
    _ = translator(passed.language)
    try:
        said = await _fields(request)
    except BadInput as error:
        return _failed(request, 400, error, "", "/")
    login, password = said.get("login", ""), said.get("password", "")
    following = safe_next(said.get("next"))
    if not login.strip() or not password:
        return _failed(request, 400, BadInput("Enter your name and your password."), login, following)
    address = passed.origin.address
    wait = throttle.wait(login, address, time.monotonic())
    if wait > 0 or _waiting[address] >= _HELD_BACK:
        return _too_often(request, max(1, math.ceil(wait)), login, following)
    delay = throttle.delay(login, address, time.monotonic())
    if delay:
        _waiting[address] += 1
        try:
            await asyncio.sleep(delay)
        finally:
            _waiting[address] -= 1
            if not _waiting[address]:
                del _waiting[address]
    # Counted before the answer is known, so that a hundred attempts at once do not all count as the first.
    throttle.failed(login, address, time.monotonic())
    store = runtime.current().store
    agent = request.headers.get("user-agent", "")
    instead = passed.actor.session if passed.actor else None

    def check() -> SignedIn:
        return signing.sign_in(store, login, password, address, agent, passed.demo, instead)

    try:
        signed_in = await _hashing(check)
    except NotAllowed as error:
        return _failed(request, 403, error, login, following)
    throttle.succeeded(login, address, time.monotonic())
    if _wants_json(request):
        response: Response = JSONResponse(
            {
                "account": signed_in.session.account,
                "token": signed_in.token,
                "expires_at": signed_in.session.expires_at.isoformat(),
            },
            headers={"cache-control": "no-store"},
        )
    else:
        response = RedirectResponse(following, 303)
    cookies.put(response, signed_in.token, passed.origin.secure)
    return response


def _failed(request: Request, status: int, error: RelevanceError, login: str, following: str) -> Response:
    said = error.say(translator(gate.of(request).language))
    if _wants_json(request):
        return JSONResponse({"error": error.code, "message": said}, status, headers={"cache-control": "no-store"})
    return _sign_in_page(request, login=login[:100], bad=said, status=status, following=following)


def _too_often(request: Request, seconds: int, login: str, following: str) -> Response:
    passed = gate.of(request)
    said = translator(passed.language)("Too many wrong passwords from here. Try again in {seconds} seconds.").format(
        seconds=seconds
    )
    if _wants_json(request):
        response: Response = JSONResponse({"error": "too-often", "message": said, "seconds": seconds}, 429)
    else:
        response = _sign_in_page(request, login=login[:100], bad=said, status=429, following=following)
    response.headers["retry-after"] = str(seconds)
    return response


# Signing out ------------------------------------------------------------------------------------------------------------


async def sign_out_form(request: Request) -> Response:
    """GET /sign-out: asks, since a link must not sign anybody out."""
    language = gate.of(request).language
    _ = translator(language)
    back = f'<a href="/">{escape(_("Back to work"))}</a>'
    return form(
        language, _("Sign out"), _("All tabs of this browser end; what is leased to you goes back to the line."),
        "/sign-out", [], _("Sign out"), hidden={}, path="/sign-out", below=back,
    )  # fmt: skip


async def sign_out(request: Request) -> Response:
    """POST /sign-out."""
    passed = gate.of(request)
    who = gate.actor(request)
    await to_thread.run_sync(signing.sign_out, runtime.current().store, who)
    response: Response = (
        JSONResponse({"signed_out": True}) if _wants_json(request) else RedirectResponse(f"{gate.SIGN_IN}?out=1", 303)
    )
    cookies.drop(response, passed.origin.secure)
    return response


# The first administrator ------------------------------------------------------------------------------------------------


def _first_admin_page(request: Request, token: str, login: str = "", bad: str = "", status: int = 200) -> Response:
    language = gate.of(request).language
    shortest = runtime.current().settings.password_length
    _ = translator(language)
    return form(
        language,
        _("The first administrator"),
        _("Nobody can sign in yet. This account will make all others."),
        "/first-admin",
        [
            Field("login", _("User name"), fill="username", value=login, focus=True),
            Field(
                "password", _("Password"), "password", "new-password", shortest=shortest,
                hint=_("At least {n} characters; several words are best.").format(n=shortest),
            ),
            Field("again", _("Password once more"), "password", "new-password"),
        ],
        _("Make the account"),
        hidden={"token": token},
        path=f"/first-admin?token={quote(token, safe='')}",
        bad=bad,
        status=status,
    )  # fmt: skip


def _no_token(request: Request) -> Response:
    language = gate.of(request).language
    _ = translator(language)
    return form(
        language, _("The first administrator"), "", gate.SIGN_IN, [], _("To the sign-in page"), hidden={},
        path="/first-admin", tongues=False, status=403,
        bad=_("This link is not valid: it works once, and only until there is a user. The server prints a new one "
              "when it starts without users."),
    )  # fmt: skip


async def first_admin_form(request: Request) -> Response:
    """GET /first-admin?token=..."""
    token = request.query_params.get("token", "")
    if not first_admin.opens(token):
        return _no_token(request)
    return _first_admin_page(request, token)


async def make_first_admin(request: Request) -> Response:
    """POST /first-admin: fields token, login, password, again."""
    passed = gate.of(request)
    _ = translator(passed.language)
    try:
        said = await _fields(request)
    except BadInput:
        return _no_token(request)
    token = said.get("token", "")
    if not first_admin.opens(token):
        return _no_token(request)
    login, password = said.get("login", ""), said.get("password", "")
    if password != said.get("again", ""):
        return _first_admin_page(request, token, login, _("The two passwords differ."), 422)
    product = runtime.current()
    agent = request.headers.get("user-agent", "")

    def make() -> SignedIn:
        accounts.first_admin(
            product.store, login, "", password, passed.language, product.settings.password_length
        )  # fmt: skip
        return signing.sign_in(product.store, login, password, passed.origin.address, agent)

    try:
        signed_in = await _hashing(make)
    except RelevanceError as error:
        return _first_admin_page(request, token, login, error.say(_), error.status)
    first_admin.spend()
    response = RedirectResponse("/", 303)
    cookies.put(response, signed_in.token, passed.origin.secure)
    return response


# One's own account --------------------------------------------------------------------------------------------------------


def _password_page(request: Request, bad: str = "", good: str = "", status: int = 200) -> Response:
    language = gate.of(request).language
    shortest = runtime.current().settings.password_length
    _ = translator(language)
    return form(
        language,
        _("Change your password"),
        _("You stay signed in here; all your other sessions end."),
        "/password",
        [
            Field("old", _("Present password"), "password", "current-password", focus=True),
            Field(
                "password", _("New password"), "password", "new-password", shortest=shortest,
                hint=_("At least {n} characters; several words are best.").format(n=shortest),
            ),
            Field("again", _("New password once more"), "password", "new-password"),
        ],
        _("Change the password"),
        hidden={},
        path="/password",
        bad=bad,
        good=good,
        status=status,
        tongues=False,
        below=f'<a href="/">{escape(_("Back to work"))}</a>',
    )  # fmt: skip


async def password_form(request: Request) -> Response:
    """GET /password."""
    return _password_page(request)


async def change_password(request: Request) -> Response:
    """POST /password: fields old, password, again."""
    passed, who = gate.of(request), gate.actor(request)
    _ = translator(passed.language)
    try:
        said = await _fields(request)
    except BadInput as error:
        return _password_page(request, error.say(_), status=400)
    if said.get("password", "") != said.get("again", ""):
        return _password_page(request, _("The two passwords differ."), status=422)
    product = runtime.current()
    key, address = f"account {who.account}", passed.origin.address
    wait = throttle.wait(key, address, time.monotonic())
    if wait > 0:
        seconds = max(1, math.ceil(wait))
        sentence = _("Too many wrong passwords from here. Try again in {seconds} seconds.").format(seconds=seconds)
        return _password_page(request, sentence, status=429)

    def change() -> None:
        accounts.change_password(
            product.store, who, said.get("old", ""), said.get("password", ""), product.settings.password_length
        )

    throttle.failed(key, address, time.monotonic())
    try:
        await _hashing(change)
    except RelevanceError as error:
        if not isinstance(error, NotAllowed):
            throttle.succeeded(key, address, time.monotonic())
        return _password_page(request, error.say(_), status=error.status)
    throttle.succeeded(key, address, time.monotonic())
    return _password_page(request, good=_("The password is changed."))


async def set_language(request: Request) -> Response:
    """POST /language: fields language, next."""
    who = gate.actor(request)
    try:
        said = await _fields(request)
        await to_thread.run_sync(preferences.set_language, runtime.current().store, who, said.get("language", ""))
    except BadInput as error:
        return JSONResponse(
            {"error": error.code, "message": error.say(translator(gate.of(request).language))}, error.status
        )  # fmt: skip
    if _wants_json(request):
        return JSONResponse({"language": said["language"]})
    return RedirectResponse(safe_next(said.get("next")), 303)


# The page's own assets ----------------------------------------------------------------------------------------------------


async def style(_: Request) -> Response:
    """GET /sign-in/style.css."""
    return FileResponse(_HERE / "sign_in.css", media_type="text/css", headers={"cache-control": "no-cache"})


async def mark(_: Request) -> Response:
    """GET /sign-in/mark.svg."""
    return FileResponse(_HERE / "mark.svg", media_type="image/svg+xml", headers={"cache-control": "no-cache"})


ROUTES: list[Route] = [
    Route("/sign-in", sign_in_form, methods=["GET"]),
    Route("/sign-in", sign_in, methods=["POST"]),
    Route("/sign-in/style.css", style),
    Route("/sign-in/mark.svg", mark),
    Route("/sign-out", sign_out_form, methods=["GET"]),
    Route("/sign-out", sign_out, methods=["POST"]),
    Route("/first-admin", first_admin_form, methods=["GET"]),
    Route("/first-admin", make_first_admin, methods=["POST"]),
    Route("/password", password_form, methods=["GET"]),
    Route("/password", change_password, methods=["POST"]),
    Route("/language", set_language, methods=["POST"]),
]
