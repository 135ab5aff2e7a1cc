"""The one-time token that opens the page of the first administrator; it lives in this process's memory alone."""

from __future__ import annotations

import hmac
import secrets

_token: str | None = None


def make() -> str:
    """Makes a new token; an earlier one no longer opens anything."""
    global _token
    _token = secrets.token_urlsafe(18)
    return _token


def opens(said: str) -> bool:
    """Whether a token is the one that was made and has not been used."""
    return _token is not None and hmac.compare_digest(_token.encode(), said.encode())


def spend() -> None:
    """Used: it opens nothing any more."""
    global _token
    _token = None
