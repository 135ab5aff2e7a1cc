"""The real app behind its real gate, in a process of its own, with one person of every role."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from relevance import door
from relevance.services import passwords
from relevance.settings import Settings
from tests.nursery import Child
from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
WORD = "a long enough word"
HASH = passwords.hashed(WORD)
CLIP = bytes(range(256)) * 1000


@dataclass
class Server:
    """A running `serve`. What it printed is in `said`."""

    data: Path
    more: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    scheme: str = "http"
    process: subprocess.Popen[str] | Child = field(init=False)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.data.parent / f"{self.data.name}-{self.port}.log"

    @property
    def said(self) -> str:
        return self.log.read_text()

    def start(self) -> Server:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("RELEVANCE_")},
            "RELEVANCE_DATA": str(self.data),
            "RELEVANCE_PORT": str(self.port),
            "PYTHONUNBUFFERED": "1",
            **self.more,
        }
        code = "import sys; from relevance.cli.serve import serve; sys.exit(serve.main(args=[], standalone_mode=False))"
        self.log.write_text("")
        self.process = Child(["-c", code], environment, self.log)
        for _ in range(3000):
            if self.process.poll() is not None:
                raise RuntimeError(f"the server did not start:\n{self.said}")
            try:
                if httpx.get(f"{self.url}/live", verify=False).status_code == 200:
                    return self
            except httpx.TransportError:
                time.sleep(0.02)
        raise RuntimeError(f"the server did not answer:\n{self.said}")

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def client(self, **more: object) -> httpx.Client:
        """A browser's manners: cookies kept, Origin on what changes something."""
        return httpx.Client(
            base_url=self.url,
            headers={"Origin": self.url},
            verify=False,
            timeout=30,
            **more,  # type: ignore[arg-type]
        )

    def signed_in(self, login: str, word: str = WORD) -> httpx.Client:
        reply = httpx.post(
            f"{self.url}/sign-in", data={"login": login, "password": word}, headers={"Origin": self.url}, verify=False
        )
        assert reply.status_code == 303, (login, reply.status_code, reply.text[-300:])
        return self.client(cookies=reply.cookies)

    def socket(self, client: httpx.Client | None = None, **headers: str) -> ClientConnection:
        """Streamlit's WebSocket as a browser opens it; `headers` change or (empty) drop a header."""
        given = {"Origin": self.url}
        if client is not None:
            given["Cookie"] = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        for name, value in headers.items():
            given[name.replace("_", "-")] = value
        return connect(
            f"ws://127.0.0.1:{self.port}/_stcore/stream",
            additional_headers={name: value for name, value in given.items() if value},
            subprotocols=["streamlit", "PLACEHOLDER_AUTH_TOKEN"],  # type: ignore[list-item]
            max_size=None,
        )


@dataclass
class Run:
    """What one script run sent."""

    pages: list[str] = field(default_factory=list)
    opened: str = ""  # the page that ran last: another than was asked for, where that one isn't this person's
    texts: str = ""
    redirect: str | None = None
    closed: int | None = None


def rerun(link: ClientConnection, page: str = "guideline", timeout: float = 60.0) -> Run:
    """Asks for a run of a page over the protocol and reads until it is over, redirected or closed."""
    message = BackMsg()
    message.rerun_script.page_name = page
    run = Run()
    try:
        with suppress(ConnectionClosed):  # what was sent before the end is still there to be read
            link.send(message.SerializeToString())
        while True:
            data = link.recv(timeout=timeout)
            assert isinstance(data, bytes)
            said = ForwardMsg.FromString(data)
            kind = said.WhichOneof("type")
            if kind == "navigation":
                all_pages = said.navigation.app_pages
                run.pages = [one.url_pathname for one in all_pages if not one.is_hidden]
                ran = said.navigation.page_script_hash
                run.opened = next(one.url_pathname for one in all_pages if one.page_script_hash == ran)
            elif kind == "delta":
                run.texts += str(said.delta)
            elif kind == "auth_redirect":
                run.redirect = said.auth_redirect.url
            elif kind == "script_finished" and said.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                return run
    except ConnectionClosed as closed:
        run.closed = closed.rcvd.code if closed.rcvd else None
        return run


@dataclass
class Served:
    """The server with what is in its store."""

    server: Server
    project: int
    other_project: int
    logins: dict[str, str]
    accounts: dict[str, int]
    clips: dict[str, str]  # "leased" by the grader, "answered" by him, "other" grader's, "free", "elsewhere"
    assignments: dict[str, int]

    def command(self, act: str, **arguments: object) -> object:
        """An act as a command hands it to the running server."""
        return door.call(Settings(data=self.server.data), act, **arguments)
