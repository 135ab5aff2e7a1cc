"""The door for commands: an act by its name, here on a free store, or in the server over its Unix socket.

The socket lies in the data folder with mode 0600, so who may open the store's file may knock, and nobody else; nothing
of it goes over HTTP. A message is a length (4 bytes, big-endian) and a JSON object.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relevance import errors
from relevance.acts import run
from relevance.errors import BadInput, Place, RelevanceError, Unavailable
from relevance.settings import Settings

if TYPE_CHECKING:
    from relevance.runtime import Runtime

SOCKET = "relevance.sock"
LARGEST = 256 * 1024 * 1024
PATIENCE = 10.0  # seconds to wait for a server that has the store but is still starting
# The wire --------------------------------------------------------------------------------------------------------


def _send(link: socket.socket, message: Any) -> None:
    data = json.dumps(message, ensure_ascii=False, default=str).encode()
    link.sendall(struct.pack(">I", len(data)) + data)


def _receive(link: socket.socket) -> Any:
    head = _exactly(link, 4)
    if head is None:
        return None
    (length,) = struct.unpack(">I", head)
    if length > LARGEST:
        raise BadInput("A message of {n} bytes is too long.", n=length)
    data = _exactly(link, length)
    return None if data is None else json.loads(data)


def _exactly(link: socket.socket, n: int) -> bytes | None:
    parts: list[bytes] = []
    while n:
        part = link.recv(min(n, 1 << 20))
        if not part:
            return None
        parts.append(part)
        n -= len(part)
    return b"".join(parts)


@contextmanager
def _address(folder: Path) -> Iterator[str]:
    """A socket's address has 107 bytes at most; a deeper folder is reached through its descriptor."""
    path = str(folder / SOCKET)
    if len(path.encode()) <= 100:
        yield path
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{SOCKET}"
    finally:
        os.close(descriptor)


def _packed(error: Exception) -> dict[str, Any]:
    if not isinstance(error, RelevanceError):
        return {
            "code": "internal",
            "sentence": "{kind}: {text}",
            "values": {"kind": type(error).__name__, "text": str(error)},
        }
    packed: dict[str, Any] = {"code": error.code, "sentence": error.sentence, "values": error.values}
    if isinstance(error, BadInput):
        packed["count"] = error.count
        packed["places"] = [
            [p.sentence, p.file, p.row, p.column, p.value, [list(pair) for pair in p.values]] for p in error.places
        ]
    return packed


def _unpacked(packed: dict[str, Any]) -> RelevanceError:
    if packed["code"] == BadInput.code:
        places = [
            Place(sentence, file, row, column, value, tuple((key, one) for key, one in values))
            for sentence, file, row, column, value, values in packed["places"]
        ]
        return BadInput(packed["sentence"], places=places, count=packed["count"], **packed["values"])
    kinds = {kind.code: kind for kind in _kinds(errors.RelevanceError)}
    return kinds.get(packed["code"], RelevanceError)(packed["sentence"], **packed["values"])


def _kinds(kind: type[RelevanceError]) -> Iterator[type[RelevanceError]]:
    yield kind
    for sub in kind.__subclasses__():
        yield from _kinds(sub)


# The server's side -------------------------------------------------------------------------------------------------


class Server:
    """Takes commands' acts, each connection on a thread of its own."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._folder = runtime.settings.data
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._over = False

    def start(self) -> None:
        """Opens the socket. A file left by a killed server is taken away: the store's lock says that it is dead."""
        with suppress(FileNotFoundError):
            (self._folder / SOCKET).unlink()
        old = os.umask(0o177)
        try:
            with _address(self._folder) as address:
                self._listener.bind(address)
        finally:
            os.umask(old)
        self._listener.listen(16)
        threading.Thread(target=self._accept, name="door", daemon=True).start()

    def _accept(self) -> None:
        while not self._over:
            try:
                link, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(link,), name="door-talk", daemon=True).start()

    def _talk(self, link: socket.socket) -> None:
        with link, suppress(ConnectionError):
            while (message := _receive(link)) is not None:
                try:
                    result = run(self._runtime, message["act"], message["arguments"])
                except Exception as error:  # said to the one who knocked; the server goes on
                    _send(link, {"error": _packed(error)})
                else:
                    _send(link, {"result": result})

    def stop(self) -> None:
        """Closes the socket; who is talking is answered by the store that it is closing."""
        self._over = True
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with suppress(FileNotFoundError):
            (self._folder / SOCKET).unlink()


# The command's side -------------------------------------------------------------------------------------------------


class Door:
    """What a command calls acts through. `runtime` is set where the store was free and is open here."""

    def __init__(self, link: socket.socket | None, runtime: Runtime | None) -> None:
        self._link = link
        self.runtime = runtime

    def call(self, act: str, **arguments: Any) -> Any:
        """Runs an act and returns its JSON result; its errors are raised here as they were there."""
        if self.runtime is not None:
            # Through JSON all the same, so that an act cannot work here and fail there.
            given = json.loads(json.dumps(arguments, ensure_ascii=False, default=str))
            return json.loads(json.dumps(run(self.runtime, act, given), ensure_ascii=False, default=str))
        assert self._link is not None
        _send(self._link, {"act": act, "arguments": arguments})
        answer = _receive(self._link)
        if answer is None:
            raise Unavailable("The server ended in the middle. Start it again and repeat the command.")
        if "error" in answer:
            raise _unpacked(answer["error"])
        return answer["result"]


@contextmanager
def session(settings: Settings) -> Iterator[Door]:
    """A door that stays open for many calls.

    Raises:
        StoreInUse: another process than a server has the store.
    """
    with ExitStack() as stack:
        until = time.monotonic() + PATIENCE
        while True:
            link = _knock(settings.data)
            if link is not None:
                yield Door(stack.enter_context(link), None)
                return
            from relevance.runtime import Runtime  # all that a store is: not where a server has it
            from relevance.store.files import StoreInUse

            try:
                runtime = Runtime(settings, on_fatal=_command_failed)
            except StoreInUse:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)
                continue
            stack.callback(runtime.close)
            yield Door(None, runtime)
            return


def _command_failed() -> None:
    """A command has no supervisor: its futures hold the error, which it tells."""


def _knock(folder: Path) -> socket.socket | None:
    if not (folder / SOCKET).exists():
        return None
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _address(folder) as address:
            link.connect(address)
    except (ConnectionRefusedError, FileNotFoundError):
        link.close()
        return None
    return link


def call(settings: Settings, act: str, **arguments: Any) -> Any:
    """One act, by the shortest way."""
    with session(settings) as door:
        return door.call(act, **arguments)
