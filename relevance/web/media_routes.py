"""Clips, posters, filmstrips and captions: files of the library, to those who may see them, in pieces where asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from relevance import runtime
from relevance.errors import RelevanceError
from relevance.media.library import Part
from relevance.services import clips
from relevance.texts import translator
from relevance.web import gate

TYPES: dict[Part, str] = {
    "clip": "video/mp4",
    "poster": "image/jpeg",
    "strip": "image/jpeg",
    "captions": "text/vtt; charset=utf-8",
}
# Short, so that a clip does not stay playable for long after sign-out; long enough for U (back) and a second look.
CACHE = "private, max-age=120"
# A browser's copy is for the session that fetched it: after sign-out, or for the next person, it asks again.
VARY = "Cookie"
ALWAYS = "Thu, 01 Jan 1970 00:00:00 GMT"  # the bytes of a name never change


def clip_src(content_id: str, start_ms: int | None = None, end_ms: int | None = None) -> str:
    """A clip's address for a browser's own player; where an item is about a part of it, the address of that part.

    >>> clip_src("ab"), clip_src("ab", 1500, 4000), clip_src("ab", 1500), clip_src("ab", None, 4000)
    ('/clip/ab', '/clip/ab#t=1.5,4', '/clip/ab#t=1.5', '/clip/ab#t=0,4')
    """
    if start_ms is None and end_ms is None:
        return f"/clip/{content_id}"
    until = "" if end_ms is None else f",{end_ms / 1000:g}"
    return f"/clip/{content_id}#t={(start_ms or 0) / 1000:g}{until}"


def _serve(part: Part) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        content_id = request.path_params["content_id"]
        product, who = runtime.current(), gate.actor(request)
        try:
            await to_thread.run_sync(clips.check, product.store, who, content_id)
            path = product.library.find(content_id, part)
        except RelevanceError as error:
            said = error.say(translator(who.language))
            return JSONResponse({"error": error.code, "message": said}, error.status)
        mark = f'"{content_id}-{part}"'  # the name is the hash of the bytes: the same name, the same bytes
        # When a clip was prepared is nobody's business: gold is older than the work that it comes among.
        headers = {
            "cache-control": CACHE,
            "vary": VARY,
            "etag": mark,
            "content-disposition": "inline",
            "last-modified": ALWAYS,
        }
        if "range" not in request.headers and mark in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return FileResponse(path, media_type=TYPES[part], headers=headers)

    return endpoint


ROUTES: list[Route] = [
    Route(f"/{part}/{{content_id}}", _serve(part), methods=["GET", "HEAD"], name=part) for part in TYPES
]
