"""All routes of our own, as an app behind the gate. The table in relevance/roles.py says who may call them.

They stand beside Streamlit's app and not in it: its layers (its session cookie, path rules, compression at the highest
level) cost each answer as much as the answer itself, and none of our routes uses them.
"""

from __future__ import annotations

from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp

from relevance.web import ask_routes, grade_routes, media_routes, room_routes, signin

ONE_PACKET = 1400  # bytes: a reply that fits into one packet gains nothing by being smaller


async def live(_: Request) -> Response:
    """GET /live: the server answers. Nothing else is said, since everybody may ask."""
    return PlainTextResponse("ok", headers={"cache-control": "no-store"})


# In the order in which a path is looked for: answers and clips are nearly all that is asked for.
ROUTES: list[Route] = [
    *grade_routes.ROUTES,
    *media_routes.ROUTES,
    Route("/live", live),
    *signin.ROUTES,
    *room_routes.ROUTES,
    *ask_routes.ROUTES,
]

OWN: ASGIApp = ExceptionMiddleware(GZipMiddleware(Router(ROUTES), minimum_size=ONE_PACKET, compresslevel=5))
