"""The gate: one ASGI middleware in front of everything, which lets nothing pass that it does not know.

Pages, our routes, Streamlit's own endpoints, component files and the WebSocket all come through here. Without a session a
page's address leads to the sign-in page and everything else is refused; with one, the path must be in the tables of
relevance/roles.py or among the few endpoints that Streamlit's front end needs. Who it is travels inwards in one header
that only the gate can write (docs/decisions/gate.md).
"""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from relevance import runtime
from relevance.errors import Unavailable
from relevance.roles import PAGES, ROUTES, Actor, anywhere, route_of
from relevance.services import sessions
from relevance.settings import Settings
from relevance.texts import N_, translator
from relevance.web import cookies, tidy
from relevance.web.forwarded import Origin, loopback, origin_of, without_forwarded
from relevance.web.headers import harden
from relevance.web.language import language_of
from relevance.web.listening import beyond_loopback

SIGN_IN = "/sign-in"
IDENTITY = b"x-relevance-session"
ENDED = 4401  # the WebSocket's close code where the session is over
SOCKET = "/_stcore/stream"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FRONT_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"})

# What Streamlit's front end asks for. Its metrics, script health check, OIDC and agent endpoints are not among them.
_STREAMLIT = frozenset({"/_stcore/health", "/_stcore/host-config", SOCKET, "/favicon.png", "/manifest.json"})
_STREAMLIT_BELOW = ("/static/", "/media/", "/component/", "/_stcore/bidi-components/", "/_stcore/upload_file/")
_ODD = re.compile(r"//|\\|[\x00-\x1f\x7f]|/\.{1,2}(?:/|$)")


@dataclass(frozen=True, slots=True)
class Passed:
    """What the gate found out about a request; routes get it from `of`."""

    origin: Origin
    language: str
    actor: Actor | None
    demo: bool  # whether accounts of the demo may be in here


def of(connection: HTTPConnection) -> Passed:
    """What the gate found out about a route's request."""
    found: Passed = connection.scope["relevance"]
    return found


def actor(connection: HTTPConnection) -> Actor:
    """Who makes a request that came through to a route which is not open to everybody."""
    found = of(connection).actor
    assert found is not None, "the gate lets nobody without a session through to this route"
    return found


def is_page(path: str) -> bool:
    """Whether a path is a page's address.

    >>> is_page("/"), is_page("/grade"), is_page("/grade/x"), is_page("/_stcore/health")
    (True, True, False, False)
    """
    return path == "/" or path[1:] in PAGES


def first_page(who: Actor) -> str | None:
    """Where a person's day begins: the first page of the table that one of his roles opens."""
    return next((page for page, act in PAGES.items() if anywhere(who, act)), None)


def is_streamlit(path: str) -> bool:
    """Whether a path is one that Streamlit's front end needs."""
    return path in _STREAMLIT or path.startswith(_STREAMLIT_BELOW)


class Gate:
    """The middleware: what it lets through goes to our own routes, by their table, or else to Streamlit."""

    def __init__(self, app: ASGIApp, own: ASGIApp) -> None:
        self.app, self.own = app, own

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, one WebSocket, or the lifespan."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        try:
            product = runtime.current()
        except Unavailable as error:
            await _refuse(scope, receive, send, 503, error.code, error.sentence, "zh")
            return
        tidy.last_request = time.monotonic()
        settings = product.settings
        origin = origin_of(scope, settings.trusted_proxies, settings.tls)
        demo = settings.demo_anywhere or (
            not origin.forwarded and loopback(origin.address) and not beyond_loopback()
        )  # fmt: skip
        keeper = sessions.of(product.store)
        connection = HTTPConnection(scope)
        bearer = _bearer(connection.headers)
        token = bearer or cookies.token(connection, origin.secure)
        session = keeper.name(token) if token else None
        who = keeper.actor(session, demo) if session else None
        language = who.language if who else language_of(connection, settings.language)
        scope = _inward(scope, who)
        scope["relevance"] = Passed(origin, language, who, demo)
        if scope["type"] == "http":
            send = _hardened(send, origin)
        refused = self._judge(scope, connection.headers, who, origin, settings, bearer is not None)
        if refused is not None:
            await refused(scope, receive, send)
            return
        if who is not None and who.session is not None:
            keeper.touch(who.session)
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send, keeper, who, demo)
        elif route_of(scope["path"]) is not None:
            await self.own(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _judge(
        self, scope: Scope, headers: Headers, who: Actor | None, origin: Origin, settings: Settings, bearer: bool
    ) -> ASGIApp | None:
        """The refusal of a request, or None where it may pass."""
        path, language = scope["path"], scope["relevance"].language
        method = scope.get("method", "WEBSOCKET")
        odd = bool(_ODD.search(path)) or _ODD.search(scope.get("raw_path", b"").decode("latin-1").split("?")[0])
        entry = None if odd else route_of(path)
        if method not in SAFE and not _same_origin(headers, origin, settings, cookie=not bearer and who is not None):
            return _Refusal(403, "foreign-origin", N_("This request did not come from one of our own pages."), language)
        if entry is not None and ROUTES[entry] is None and method != "WEBSOCKET":
            return None
        if who is None:
            if method in ("GET", "HEAD") and not odd and is_page(path):
                query = scope.get("query_string", b"").decode("latin-1")
                asked = path + ("?" + query if query else "")
                where = SIGN_IN + ("?next=" + quote(asked, safe="") if asked != "/" else "")
                return RedirectResponse(where, status_code=303, headers={"cache-control": "no-store"})
            return _Refusal(401, "signed-out", N_("You are signed out. Sign in again."), language)
        if method == "WEBSOCKET":
            known = path == SOCKET
        elif method not in FRONT_METHODS:
            known = False
        elif entry is not None:
            acts = ROUTES[entry] or frozenset()
            if not any(anywhere(who, act) for act in acts):
                return _Refusal(403, "not-allowed", N_("Your role does not include this."), language)
            known = True
        elif not odd and is_page(path):
            if path != "/" and not anywhere(who, PAGES[path[1:]]):
                if method in ("GET", "HEAD"):
                    return RedirectResponse("/", status_code=303, headers={"cache-control": "no-store"})
                return _Refusal(403, "not-allowed", N_("Your role does not include this."), language)
            if path == "/" and method in ("GET", "HEAD") and (first := first_page(who)) is not None:
                query = scope.get("query_string", b"").decode("latin-1")
                return RedirectResponse(f"/{first}" + ("?" + query if query else ""), status_code=303)
            known = True
        else:
            # Also asked for below a page's address, while the front end looks for the app's root: 404 is its answer.
            known = not odd and is_streamlit(path)
        return None if known else _Refusal(404, "not-found", N_("There is nothing here."), language)

    async def _socket(
        self, scope: Scope, receive: Receive, send: Send, keeper: sessions.Sessions, who: Actor | None, demo: bool
    ) -> None:
        """A WebSocket, which ends with its session: at once where it is revoked, at the next message in any case."""
        assert who is not None and who.session is not None
        session: str = who.session
        loop = asyncio.get_running_loop()
        over = asyncio.Event()

        def ended() -> None:
            loop.call_soon_threadsafe(over.set)

        off = keeper.watch(session, ended)
        ending = asyncio.ensure_future(over.wait())
        pending: asyncio.Future[Message] | None = None
        accepted = closed = False

        async def outward(message: Message) -> None:
            nonlocal accepted, closed
            if closed:
                return
            accepted = accepted or message["type"] == "websocket.accept"
            closed = message["type"] == "websocket.close"
            await send(message)

        async def end() -> Message:
            nonlocal closed
            if not closed:
                closed = True
                if accepted:
                    await send({"type": "websocket.send", "bytes": _to_sign_in()})
                await send({"type": "websocket.close", "code": ENDED})
            return {"type": "websocket.disconnect", "code": ENDED}

        async def inward() -> Message:
            nonlocal pending
            if pending is None:
                pending = asyncio.ensure_future(receive())
            either: set[asyncio.Future[Any]] = {pending, ending}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if ending.done():
                return await end()
            message, pending = pending.result(), None
            if message["type"] == "websocket.receive":
                if keeper.actor(session, demo) is None:
                    return await end()
                keeper.touch(session)
            return message

        try:
            await self.app(scope, inward, outward)
        finally:
            off()
            ending.cancel()
            if pending is not None:
                pending.cancel()


def _to_sign_in() -> bytes:
    """Streamlit's own message that sends a tab elsewhere, so that it does not stand there as if it were alive."""
    message = ForwardMsg()
    message.auth_redirect.url = f"{SIGN_IN}?ended=1"
    return bytes(message.SerializeToString())


def _bearer(headers: Headers) -> str | None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _same_origin(headers: Headers, origin: Origin, settings: Settings, cookie: bool) -> bool:
    """Whether an unsafe request or a WebSocket comes from one of our own pages.

    A browser always says so in Origin. Without it, only a request that carries no cookie's authority may pass: one with
    a bearer token, or one that is not signed in (no browser sends a form without Origin; Sec-Fetch-Site tells it apart).
    """
    said = headers.getlist("origin")
    if said:
        return len(said) == 1 and _is_ours(said[0], origin, settings)
    return not cookie and headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")


def _is_ours(said: str, origin: Origin, settings: Settings) -> bool:
    said = said.lower().rstrip("/")
    if said in settings.origins:
        return True
    parts = urlsplit(said)
    return bool(parts.netloc) and f"{parts.scheme}://{_port(parts.netloc, parts.scheme)}" == (
        f"{urlsplit(origin.url).scheme}://{_port(origin.host, urlsplit(origin.url).scheme)}"
    )


def _port(host: str, scheme: str) -> str:
    return host.removesuffix(":443" if scheme == "https" else ":80")


def _inward(scope: Scope, who: Actor | None) -> Scope:
    """The scope as the app sees it: no identity but the gate's own."""
    kept = [
        (name, value) for name, value in without_forwarded(scope["headers"]) if not _claims_identity(name)
    ]  # fmt: skip
    if who is not None and who.session is not None:
        kept.append((IDENTITY, who.session.encode()))
    inner: Scope = {**scope, "headers": kept}
    return inner


def _claims_identity(name: bytes) -> bool:
    # Servers that fold _ and - into one would let X_Relevance_Session through.
    plain = name.replace(b"_", b"-").lower()
    return plain.startswith((b"x-relevance-", b"x-streamlit-user")) or plain in (
        b"remote-user", b"x-remote-user", b"x-forwarded-user", b"x-auth-request-user", b"x-auth-request-email",
    )  # fmt: skip


def _hardened(send: Send, origin: Origin) -> Send:
    async def outward(message: Message) -> None:
        if message["type"] == "http.response.start":
            harden(message, origin.host, origin.secure)
        await send(message)

    return outward


class _Refusal:
    """A refusal as an app: JSON over HTTP, a closed door (403) for a WebSocket."""

    def __init__(self, status: int, code: str, sentence: str, language: str) -> None:
        self._status, self._code, self._said = status, code, translator(language)(sentence)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": self._code})
            return
        response: Response = JSONResponse(
            {"error": self._code, "message": self._said}, self._status, headers={"cache-control": "no-store"}
        )
        await response(scope, receive, send)


async def _refuse(
    scope: Scope, receive: Receive, send: Send, status: int, code: str, sentence: str, language: str
) -> None:
    await _Refusal(status, code, sentence, language)(scope, receive, send)
