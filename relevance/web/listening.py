"""Whether this server can be reached from other machines: asked of its own listening sockets, not of a setting.

`streamlit run` and other ASGI servers take their address from elsewhere; what the process really listens on is the
truth for all of them.
"""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

from relevance.web.forwarded import loopback

_FRESH = 30.0  # seconds; a server's sockets change at start only
_seen: tuple[float, bool] | None = None


def listening() -> list[str] | None:
    """The addresses that this process listens on (TCP); None where the system doesn't tell."""
    folder = Path("/proc/self/fd")
    if not folder.is_dir():
        folder = Path("/dev/fd")
    if not folder.is_dir():
        return None
    found = []
    for entry in list(folder.iterdir()):
        try:
            copy = os.dup(int(entry.name))
        except OSError:
            continue  # the listing's own descriptor, closed by now
        try:
            one = socket.socket(fileno=copy)
        except OSError:
            os.close(copy)  # no socket
            continue
        with one:
            if one.family in (socket.AF_INET, socket.AF_INET6) and one.getsockopt(
                socket.SOL_SOCKET, socket.SO_ACCEPTCONN
            ):
                found.append(str(one.getsockname()[0]))
    return found


def beyond_loopback() -> bool:
    """Whether anybody but this machine can reach the server; yes, where that can't be told."""
    global _seen
    now = time.monotonic()
    if _seen is None or now - _seen[0] > _FRESH:
        addresses = listening()
        _seen = (now, addresses is None or not addresses or not all(loopback(one) for one in addresses))
    return _seen[1]
