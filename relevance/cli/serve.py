"""`serve`: the app on one address, until it is stopped."""

from __future__ import annotations

import hashlib
import logging
import signal
import socket
import sys
from typing import Any

import click

from relevance.errors import Unavailable
from relevance.settings import ROOT, Settings, cookie_secret, load
from relevance.texts import _

GRACE = 5  # seconds that running requests have at the end
LARGEST_MESSAGE = 32 * 1024 * 1024

# Who wants the interpreter gets it from who computes after so long. An answer wants it several times on its way, and by
# Python's 5 ms each time it waited long beside pages that are drawn (docs/decisions/answers.md).
SWITCH_S = 0.0005


@click.command("serve", help=_("Serves the app. The address comes from RELEVANCE_HOST and RELEVANCE_PORT."))
@click.option("--host", help=_("The address to listen on, instead of RELEVANCE_HOST."))
@click.option("--port", type=int, help=_("The port to listen on, instead of RELEVANCE_PORT."))
@click.option("--demo", "with_demo", is_flag=True, help=_("Makes the demo project first, where there is none."))
def serve(host: str | None, port: int | None, with_demo: bool) -> int:
    """Serves until a signal comes."""
    settings = load(**{key: value for key, value in {"host": host, "port": port}.items() if value is not None})
    if with_demo:
        from relevance.cli.demo import ensure

        ensure(settings)  # here rather than by a command before: what both import is half of what a start costs
    from relevance import runtime

    runtime.start(settings)  # another process on this store is told here, with its PID
    try:
        with listen(settings) as listener:
            return run(settings, listener)
    finally:
        runtime.stop()


def listen(settings: Settings) -> socket.socket:
    """The listening socket.

    Raises:
        Unavailable: the address is taken or not ours.
    """
    try:
        kind, _type, _proto, _name, where = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(kind, socket.SOCK_STREAM)
    except OSError as error:
        raise Unavailable(
            "Cannot listen on {host}:{port}: {error}.", host=settings.host, port=settings.port, error=error.strerror
        ) from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if kind == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind(where)
        listener.listen(512)
    except OSError as error:
        listener.close()
        raise Unavailable(
            "Cannot listen on {host}:{port}: {error}. Choose another port: RELEVANCE_PORT, or --port.",
            host=settings.host,
            port=settings.port,
            error=error.strerror,
        ) from None
    listener.set_inheritable(False)
    return listener


def run(settings: Settings, listener: socket.socket) -> int:
    """Runs the app on a socket; 0 where it ended because it was told to."""
    configure_streamlit(settings)
    sys.setswitchinterval(SWITCH_S)
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    import uvicorn

    from app import app
    from relevance.web import lifespan

    lifespan.announce = click.echo

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                click.echo(_("Relevance is at {url}  (stop: Ctrl+C)").format(url=settings.url))

    options: dict[str, Any] = {
        "ssl_certfile": settings.tls_cert,
        "ssl_keyfile": settings.tls_key,
        "ws": "websockets-sansio",
        "ws_ping_interval": 20,
        "ws_ping_timeout": 30,
        "ws_max_size": LARGEST_MESSAGE,
        "proxy_headers": False,  # the gate decides whose forwarded headers count
        "server_header": False,
        "access_log": False,
        "log_level": "warning",
        "timeout_graceful_shutdown": GRACE,
        "timeout_keep_alive": 75,  # a grader thinks longer than uvicorn's 5 s, and would pay for a new connection each time
    }
    server = Server(uvicorn.Config(app, **options))
    # uvicorn ends gracefully and then raises the signal once more: by then all is closed, and the end is no failure.
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: None)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    server.run(sockets=[listener])
    return 0 if server.started else 3


def configure_streamlit(settings: Settings) -> None:
    """Gives Streamlit the project's config.toml, whatever the working folder, and our settings over it."""
    from streamlit import config
    from streamlit.web import bootstrap

    config._main_script_path = str(ROOT / "app.py")
    # Streamlit's own cookie (XSRF token of uploads) is to outlive a restart too; keyed from ours, never the same.
    keyed = hashlib.sha256(b"streamlit\0" + cookie_secret(settings)).hexdigest()
    bootstrap.load_config_options(
        {
            "server_address": settings.host,
            "server_port": settings.port,
            "server_cookieSecret": keyed,
            "server_sslCertFile": str(settings.tls_cert) if settings.tls_cert else None,
            "server_sslKeyFile": str(settings.tls_key) if settings.tls_key else None,
        }
    )


COMMANDS = [serve]
