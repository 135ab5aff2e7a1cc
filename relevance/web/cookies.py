"""The session's cookie: one name over http, another (that no plain-http neighbour can set) over https."""

from __future__ import annotations

from starlette.requests import HTTPConnection
from starlette.responses import Response

PLAIN = "relevance_session"
SECURE = "__Host-relevance_session"
LANGUAGE = "relevance_language"


def name(secure: bool) -> str:
    """The cookie's name. `__Host-` is only kept by browsers over https, for the whole host, from the host itself."""
    return SECURE if secure else PLAIN


def token(connection: HTTPConnection, secure: bool) -> str | None:
    """The token that came with a request's cookie."""
    return connection.cookies.get(name(secure)) or None


def put(response: Response, token: str, secure: bool) -> None:
    """Sets the cookie, until the browser is closed; the server's own expiry ends it earlier."""
    response.set_cookie(name(secure), token, httponly=True, secure=secure, samesite="lax", path="/")


def drop(response: Response, secure: bool) -> None:
    """Takes the cookie away."""
    response.delete_cookie(name(secure), httponly=True, secure=secure, samesite="lax", path="/")


def put_language(response: Response, language: str, secure: bool) -> None:
    """Remembers the language of the sign-in page for a year."""
    response.set_cookie(
        LANGUAGE, language, max_age=365 * 86400, httponly=True, secure=secure, samesite="lax", path="/"
    )  # fmt: skip
