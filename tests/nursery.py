"""Servers of tests are forks of one process that has imported what a server imports: a start then costs a fifth.

Each is still a process of its own that runs the product's own command, from its settings on; only the modules are there
already. `python -m tests.nursery FD` is that process: it hears on a socket what to start and whose end is asked for. The
plain start stays tested too (tests/test_power.py, tests/web/test_sign_in.py, tests/browser/test_centre.py).
"""

from __future__ import annotations

import gc
import json
import os
import pkgutil
import random
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
import types
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tests import components, quick_hash

ROOT = Path(__file__).resolve().parent.parent
# Not the commands: their help is in the language that a process begins with. Not the app: it is made from settings.
PRELOADED = (
    "relevance.runtime", "relevance.door", "relevance.acts", "relevance.web.routes", "relevance.web.lifespan",
    "relevance.services.alarms", "relevance.services.items", "relevance.services.running_imports",
    "relevance.store.history_writer", "relevance.web.frame", "relevance.web.card_desk", "relevance.web.inbox_desk",
    "streamlit", "streamlit.web.bootstrap", "streamlit.web.server.starlette.starlette_app",
    "streamlit.web.server.starlette.starlette_agent_routes", "streamlit.runtime.scriptrunner.magic_funcs",
    "streamlit.components.v2.types", "streamlit.material_icon_names", "streamlit.emojis", "streamlit.web.skills",
    "starlette.applications", "starlette.middleware.sessions", "starlette.staticfiles", "anyio._backends._asyncio",
    "anyio.streams.tls", "anyio.streams.memory", "uvicorn.lifespan.on", "uvicorn.loops.auto", "uvicorn.loops.uvloop",
    "uvicorn.protocols.http.auto", "uvicorn.protocols.http.httptools_impl", "uvloop",
    "uvicorn.protocols.websockets.websockets_sansio_impl", "encodings.idna", "babel.numbers", "PIL.ImageFile",
    "plotly.graph_objects", "pandas", "scipy.stats",
)  # fmt: skip


class Nursery:
    """The process that servers are forked from."""

    def __init__(self, **more: str) -> None:
        """`more` is what must be in the environment from the first instruction on, as LD_PRELOAD."""
        self._socket, theirs = socket.socketpair()
        self._lock = threading.Lock()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("RELEVANCE_")} | more
        # It ends by itself when this process does: its socket is closed then.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.nursery", str(theirs.fileno())],
            cwd=ROOT,
            env=environment,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
        )
        theirs.close()
        self._file = self._socket.makefile("rw", encoding="utf-8")

    def ask(self, **what: Any) -> Any:
        with self._lock:
            self._file.write(json.dumps(what) + "\n")
            self._file.flush()
            answer = self._file.readline()
        if not answer:
            raise RuntimeError("the process that test servers are forked from has ended")
        return json.loads(answer)

    def close(self) -> None:
        """Lets the process end; what it forked goes on."""
        self._file.close()
        self._socket.close()
        self._process.wait()


@cache
def nursery() -> Nursery:
    return Nursery()


class Child:
    """A forked server, with the part of Popen's manners that tests use."""

    def __init__(self, arguments: list[str], env: Mapping[str, str], log: Path, of: Nursery | None = None) -> None:
        """`arguments` are Python's own: ["-c", CODE] or ["-m", MODULE, ...]. What it says is added to `log`."""
        self.returncode: int | None = None
        self._of = of or nursery()
        self.pid: int = self._of.ask(start=arguments, env=dict(env), log=str(log))

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self._of.ask(poll=self.pid)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        end = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if end is not None and timeout is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired("serve", timeout)
            time.sleep(0.02)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:  # not waited for yet, so the number is still its own
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _serve(asked: socket.socket) -> dict[str, Any] | None:
    """Forks until the socket is closed (None); in a child, what it is to run."""
    lines = asked.makefile("r", encoding="utf-8")
    for line in lines:
        what = json.loads(line)
        if "poll" in what:
            pid, status = os.waitpid(what["poll"], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if pid else None
        else:
            answer = os.fork()
            if answer == 0:
                lines.close()
                asked.close()
                return what  # type: ignore[no-any-return]
        asked.sendall(f"{json.dumps(answer)}\n".encode())
    return None


def _become(what: dict[str, Any]) -> None:
    """A fresh interpreter as far as the command can see."""
    log = os.open(what["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for target in (1, 2):
        os.dup2(log, target)
    os.close(log)
    sys.stdout.reconfigure(write_through=True)  # type: ignore[union-attr]
    os.environ.clear()
    os.environ.update(what["env"])
    random.seed()
    sys.modules["numpy"].random.seed()
    kind, text, *more = what["start"]
    if kind == "-m":
        sys.argv = [text, *more]
        runpy.run_module(text, run_name="__main__", alter_sys=True)
    else:
        sys.argv = ["-c", *more]
        sys.modules["__main__"] = types.ModuleType("__main__")  # what it spawns must not run this file
        exec(compile(text, "<string>", "exec"), sys.modules["__main__"].__dict__)


if __name__ == "__main__":
    for name in PRELOADED:
        __import__(name)
    for module in pkgutil.iter_modules(sys.modules["relevance.services"].__path__, "relevance.services."):
        __import__(module.name)
    __import__("relevance.demo.act")
    components.know()
    sys.modules["streamlit.components.v2.manifest_scanner"].scan_component_manifests()  # looked: forks needn't
    sys.modules["relevance.texts"].translator("zh")
    quick_hash.use()
    gc.freeze()  # what is there stays: no fork need look through it, page by page
    if asked_for := _serve(socket.socket(fileno=int(sys.argv[1]))):
        try:
            _become(asked_for)
        except SystemExit as over:
            # The product has stopped by now; taking the interpreter down, module by module, would cost as much as a start.
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(over.code if isinstance(over.code, int) else int(over.code is not None))
