"""Streamlit looks through every installed package for components, whenever it starts: in tests once a process."""

from __future__ import annotations

from functools import cache


def know() -> None:
    """Has this process look once, whatever starts in it: a server, or a page under Streamlit's AppTest."""
    from streamlit.components.v2 import manifest_scanner

    scan = cache(manifest_scanner.scan_component_manifests)
    manifest_scanner.scan_component_manifests = lambda max_workers=None: scan()  # type: ignore[assignment]
