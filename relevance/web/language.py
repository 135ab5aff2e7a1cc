"""In which language somebody who is not signed in is spoken to."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from relevance.texts import LANGUAGES
from relevance.web.cookies import LANGUAGE


def language_of(connection: HTTPConnection, default: str) -> str:
    """The language that was asked for (?lang=), was chosen before (cookie), or the browser prefers; else the setting."""
    for said in (connection.query_params.get("lang"), connection.cookies.get(LANGUAGE)):
        if said in LANGUAGES:
            return str(said)
    for part in connection.headers.get("accept-language", "").split(","):
        tongue = part.split(";")[0].strip().split("-")[0].lower()
        if tongue in LANGUAGES:
            return tongue
    return default
