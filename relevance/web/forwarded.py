"""Where a request comes from and under which address its browser sees us: forwarded headers count only from trusted
proxies.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from starlette.types import Scope

from relevance.settings import Network

_FORWARDED = (b"forwarded", b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"x-real-ip")


@dataclass(frozen=True, slots=True)
class Origin:
    """One request's origin.

    address: the client's, as far as it can be trusted.
    secure: whether the browser speaks https.
    host: the host (and port) that the browser asked for.
    forwarded: forwarded headers came from somebody who is not a trusted proxy.
    """

    address: str
    secure: bool
    host: str
    forwarded: bool

    @property
    def url(self) -> str:
        """What a browser on one of our own pages sends as Origin."""
        return f"{'https' if self.secure else 'http'}://{self.host}"


def origin_of(scope: Scope, trusted: Sequence[Network], tls: bool) -> Origin:
    """The origin of a request.

    uvicorn on its own believes forwarded headers from 127.0.0.1 and has changed the scope by the time that we see it
    (`streamlit run` leaves that on): so where such headers came, the scope's own words do not count.
    """
    headers: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        # Several X-Forwarded-For lines are one list; of the others the last is the one that our own proxy wrote.
        headers[name] = headers[name] + b", " + value if name == b"x-forwarded-for" and name in headers else value
    host = headers.get(b"host", b"").decode("latin-1").lower()
    client = scope.get("client")
    peer = str(client[0]) if client else ""
    came = any(name in headers for name in _FORWARDED)
    chain = [_bare(part) for part in headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",") if part.strip()]
    if chain and peer in chain:
        peer = "127.0.0.1"  # rewritten by uvicorn: then the peer was loopback
    if not came:
        return Origin(peer, tls or scope.get("scheme") in ("https", "wss"), host, False)
    if not _within(peer, trusted):
        return Origin(peer, tls, host, True)
    address = peer
    for hop in reversed(chain):
        address = hop
        if not _within(hop, trusted):
            break
    secure = headers.get(b"x-forwarded-proto", b"").decode("latin-1").split(",")[-1].strip().lower() in ("https", "wss")
    forwarded_host = headers.get(b"x-forwarded-host", b"").decode("latin-1").split(",")[-1].strip().lower()
    return Origin(address, secure or tls, forwarded_host or host, False)


def without_forwarded(headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers without those that only the gate may read."""
    return [(name, value) for name, value in headers if name not in _FORWARDED]


@lru_cache(maxsize=4096)
def loopback(address: str) -> bool:
    """Whether an address is this machine's own.

    >>> loopback("127.0.0.1"), loopback("::1"), loopback("10.1.1.1"), loopback("")
    (True, True, False, False)
    """
    try:
        known = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return address == "localhost"
    mapped = getattr(known, "ipv4_mapped", None)
    return bool((mapped or known).is_loopback)


def _bare(hop: str) -> str:
    hop = hop.strip().strip('"')
    if hop.startswith("["):
        return hop[1:].split("]")[0]
    return hop.split(":")[0] if hop.count(":") == 1 else hop


def _within(address: str, networks: Sequence[Network]) -> bool:
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(known in network for network in networks if network.version == known.version)
