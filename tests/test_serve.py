"""The command `serve`: what it makes before it serves."""

from __future__ import annotations

from contextlib import nullcontext
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from relevance import acts, runtime
from relevance.cli import serve
from relevance.runtime import Runtime
from relevance.settings import Settings


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The acts that were run and what was begun, in order; nothing is served."""
    told: list[str] = []

    def offered(rt: Runtime, **arguments: Any) -> dict[str, Any]:
        told.append("demo.load" if arguments["if_missing"] else "a second demo")
        people = [{"login": "chenjing", "name": "陈静", "role": "lead"}]
        return {"made": False, "people": people, "password": "told"}

    monkeypatch.setenv("RELEVANCE_DATA", str(tmp_path))
    import_module("relevance.demo.act")  # what it offers is replaced here
    monkeypatch.setitem(acts._acts, "demo.load", offered)
    monkeypatch.setattr(serve, "listen", lambda settings: nullcontext())
    monkeypatch.setattr(serve, "run", lambda settings, listener: told.append("served") or 0)

    def start(settings: Settings) -> None:
        told.append("store opened")
        Runtime(settings).close()  # it is free: what made the demo let go of it

    monkeypatch.setattr(runtime, "start", start)
    monkeypatch.setattr(runtime, "stop", lambda: None)
    return told


def test_serve_makes_no_demo_unless_asked_and_then_only_where_there_is_none(asked: list[str]) -> None:
    plain = CliRunner().invoke(serve.serve, [], standalone_mode=False)
    assert asked == ["store opened", "served"] and "chenjing" not in plain.output, plain.exception
    asked.clear()
    shown = CliRunner().invoke(serve.serve, ["--demo"], standalone_mode=False)
    assert asked == ["demo.load", "store opened", "served"], shown.exception
    assert "chenjing" in shown.output
