"""All routes of our own that the app mounts. The table in relevance/roles.py says who may call them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from relevance.web import ask_routes, grade_routes, media_routes, room_routes, signin


async def live(_: Request) -> Response:
    """GET /live: the server answers. Nothing else is said, since everybody may ask."""
    return PlainTextResponse("ok", headers={"cache-control": "no-store"})


ROUTES: list[Route] = [
    Route("/live", live),
    *signin.ROUTES,
    *media_routes.ROUTES,
    *grade_routes.ROUTES,
    *room_routes.ROUTES,
    *ask_routes.ROUTES,
]
