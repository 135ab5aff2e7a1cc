"""The security headers of every response."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import MutableMapping
from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.types import Message
from streamlit import file_util


def _inline_scripts() -> str:
    """The hashes of the scripts that stand in the front end's own page, so that these may run and no other can."""
    page = Path(file_util.get_static_dir()) / "index.html"
    found = re.findall(r"<script>(.*?)</script>", page.read_text("utf-8"), re.DOTALL)
    return "".join(
        f" 'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in found
    )  # fmt: skip


# What Streamlit's own front end needs, and no other host. `blob:` and wasm: components and Arrow tables.
_APP = (
    f"default-src 'self'; script-src 'self' blob: 'wasm-unsafe-eval'{_inline_scripts()}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self' data:; connect-src 'self' {sockets}; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
# Our own forms: no script at all.
FORMS = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HOST = re.compile(r"[a-z0-9.:\[\]-]+")
_FIXED = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def harden(message: Message | MutableMapping[str, object], host: str, secure: bool) -> None:
    """Adds the headers to a response's start. A policy that the route has set itself is kept."""
    headers = MutableHeaders(raw=message["headers"])  # type: ignore[arg-type]
    for name, value in _FIXED.items():
        headers[name] = value
    if "content-security-policy" not in headers:
        # Older Safari does not count wss: as 'self'.
        sockets = f"{'wss' if secure else 'ws'}://{host}" if _HOST.fullmatch(host) else ""
        headers["content-security-policy"] = _APP.format(sockets=sockets)
    if secure:
        headers["strict-transport-security"] = "max-age=31536000"
    # Nobody else's page reads from us, and no cache in between keeps what stands behind the gate.
    for name in [key for key in headers if key.startswith("access-control-")]:
        del headers[name]
    kept = headers.get("cache-control", "")
    if not kept:
        headers["cache-control"] = "no-store"
    elif "public" in kept:
        headers["cache-control"] = kept.replace("public", "private")
    for name in ("server", "x-powered-by"):
        if name in headers:
            del headers[name]
    message["headers"] = headers.raw
