"""The product's life within the server: it starts before the first request and ends after the last."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

from anyio import to_thread
from streamlit import config

from relevance import runtime
from relevance.errors import BadSetting, Unavailable
from relevance.runtime import Runtime
from relevance.services import accounts, sessions
from relevance.settings import cookie_secret, load, unknown
from relevance.texts import N_, translator
from relevance.web import first_admin
from relevance.web.gate import IDENTITY
from relevance.web.tidy import Tidy

SWEEP = 15.0  # seconds
PURGE = 6 * 3600.0

log = logging.getLogger("relevance")
announce: Callable[[str], None] = log.warning  # `serve` says it on the terminal instead


@asynccontextmanager
async def lifespan(_: Any) -> AsyncIterator[dict[str, Any]]:
    """Starts the product (unless a command has) and stops it.

    Raises:
        BadSetting: a setting is wrong, or Streamlit runs without the project's own config.toml.
        StoreInUse: another process has the store.
    """
    check_streamlit()
    product = await to_thread.run_sync(started)
    tidy = Tidy()
    tidy.start()
    keeping = asyncio.create_task(_keep(product))
    try:
        yield {}
    finally:
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping
        await to_thread.run_sync(tidy.stop)
        await to_thread.run_sync(runtime.stop)


def check_streamlit() -> None:
    """Refuses to serve without the options that the gate stands on.

    Raises:
        BadSetting: they are not set.
    """
    headers = config.get_option("server.trustedUserHeaders")
    if not isinstance(headers, dict) or headers.get(IDENTITY.decode().title()) != "sub":
        raise BadSetting(
            "Streamlit did not read the project's .streamlit/config.toml. Start the server in the project's folder, or "
            "with python -m relevance serve."
        )


def started() -> Runtime:
    """The running product, started here where it is not yet; with its keys set and a way in."""
    try:
        product = runtime.current()
    except Unavailable:
        product = runtime.start(load())
    settings = product.settings
    keeper = sessions.of(product.store)
    keeper.secret = cookie_secret(settings)
    keeper.idle = timedelta(minutes=settings.session_idle_minutes)
    keeper.longest = timedelta(hours=settings.session_hours)
    say = translator(settings.language if "language" in settings.model_fields_set else "en")
    for name, like in unknown():
        text = say(N_("{name} is no setting and changes nothing.")).format(name=name)
        announce(text + (" " + say(N_("Nearest: {name}.")).format(name=like) if like else ""))
    if accounts.nobody_yet(product.store):
        announce(
            say(N_("There is no user yet. This link works once and makes the first administrator: {link}")).format(
                link=f"{address(product)}/first-admin?token={first_admin.make()}"
            )
        )
    return product


def address(product: Runtime) -> str:
    """The address to open on this machine, whatever started the server."""
    if config._server_mode == "starlette-app":  # `streamlit run`: its own options decide
        host = config.get_option("server.address") or "127.0.0.1"
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)
        scheme = "https" if config.get_option("server.sslCertFile") else "http"
        return f"{scheme}://{host}:{config.get_option('server.port')}"
    return product.settings.url


async def _keep(product: Runtime) -> None:
    """Ends sessions whose time is over, and forgets those that ended long ago."""
    keeper, since = sessions.of(product.store), PURGE
    while True:
        keeper.sweep()
        if since >= PURGE:
            await to_thread.run_sync(keeper.purge)
            since = 0.0
        await asyncio.sleep(SWEEP)
        since += SWEEP
