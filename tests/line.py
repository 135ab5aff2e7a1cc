"""A line as graders have it, between a browser and the server: slow, narrow, with stalls and cuts. A TCP proxy of our own.

It works on the bytes of TCP connections, not on packets: a lost packet shows as what TCP makes of it, a stall of its
connection. Both ways of a line are shaped alike and each is shared by all connections that run over it.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import threading
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

PIECE = 16384

T = TypeVar("T")
Cut = Literal["reset", "hold", "lost"]


@dataclass(frozen=True, slots=True)
class Shape:
    """What a line does to what passes."""

    delay_ms: float = 0  # each way, so a question and its answer take twice that; a new connection waits for as much
    bits_per_second: float | None = None  # each way, for all connections together
    stalls: float = 0  # so large a share of the pieces (of at most 16 kB) waits, and what comes behind it there with it
    stall_s: float = 2.0


NEAR = Shape(delay_ms=20, bits_per_second=20e6)
FAR = Shape(delay_ms=100, bits_per_second=20e6, stalls=0.01, stall_s=2.0)


@dataclass
class Line:
    """The proxy, in a thread of its own, from `start` to `stop`."""

    listen: tuple[str, int]
    to: tuple[str, int]
    shape: Shape = field(default_factory=Shape)
    seed: int = 1
    down: int = 0  # bytes that went to the browser
    up: int = 0
    stalled: int = 0  # pieces
    connections: int = 0

    def start(self) -> Line:
        self._chance = random.Random(self.seed)
        self._free = {"up": 0.0, "down": 0.0}  # when each way has sent what it was given
        self._pairs: set[_Pair] = set()
        self._refusing = False
        self._loop = asyncio.new_event_loop()
        self._open = asyncio.Event()
        self._open.set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="line", daemon=True)
        self._thread.start()
        self._server = self._do(asyncio.start_server(self._accept, *self.listen))
        return self

    def stop(self) -> None:
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def cut(self, how: Cut) -> None:
        """Cuts the line. What is on its way: "reset" breaks its connections, which both ends hear of, and refuses new ones;
        "hold" keeps everything, silently, until `mend`; "lost" forgets its connections without a word to anybody, as a
        router does that was switched off, and new ones wait for `mend`."""
        self._do(self._cut(how))

    def mend(self) -> None:
        """Bytes pass again."""
        self._do(self._mend())

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _cut(self, how: Cut) -> None:
        self._open.clear()
        self._refusing = how == "reset"
        for pair in list(self._pairs):
            if how == "reset":
                pair.abort()
            elif how == "lost":
                pair.dead = True

    async def _mend(self) -> None:
        self._refusing = False
        self._open.set()

    async def _end(self) -> None:
        self._server.close()
        for pair in list(self._pairs):
            pair.abort()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pair = _Pair([writer])
        self._pairs.add(pair)
        self.connections += 1
        try:
            if self._refusing:
                raise ConnectionResetError
            await self._open.wait()
            await asyncio.sleep(2 * self.shape.delay_ms / 1000)
            theirs, ours = await asyncio.open_connection(*self.to)
            pair.writers.append(ours)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._carry(pair, reader, ours, "up"))
                both.create_task(self._carry(pair, theirs, writer, "down"))
            pair.close()
        except* (OSError, asyncio.CancelledError):
            pass  # one end broke it off, or the line ends: the other end hears so, below
        finally:
            self._pairs.discard(pair)
            pair.abort()

    async def _carry(
        self, pair: _Pair, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Literal["up", "down"]
    ) -> None:
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(64)
        sending = asyncio.ensure_future(self._deliver(pair, under_way, writer, way))
        last = 0.0
        try:
            while True:
                data = await reader.read(PIECE)
                now = self._loop.time()
                shape = self.shape
                if shape.bits_per_second:
                    self._free[way] = max(now, self._free[way]) + len(data) * 8 / shape.bits_per_second
                    sent = self._free[way]
                else:
                    sent = now
                arrives = sent + shape.delay_ms / 1000
                if data and shape.stalls and self._chance.random() < shape.stalls:
                    self.stalled += 1
                    arrives += shape.stall_s
                last = max(last, arrives)  # what comes behind a stalled piece waits with it
                await under_way.put((last, data))
                if not data:
                    break
                if sent > now:
                    await asyncio.sleep(sent - now)  # read no faster than the line carries
            await sending
        finally:
            sending.cancel()

    async def _deliver(
        self, pair: _Pair, under_way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter, way: str
    ) -> None:
        while True:
            when, data = await under_way.get()
            wait = when - self._loop.time()
            if wait > 0:
                await asyncio.sleep(wait)
            await self._open.wait()
            if pair.dead:
                await asyncio.Event().wait()  # nobody hears anything of it again
            if not data:
                with suppress(OSError):
                    writer.write_eof()
                return
            if way == "down":
                self.down += len(data)
            else:
                self.up += len(data)
            writer.write(data)
            await writer.drain()


class _Pair:
    """A browser's connection and ours to the server for it."""

    def __init__(self, writers: list[asyncio.StreamWriter]) -> None:
        self.writers = writers
        self.dead = False

    def close(self) -> None:
        """The end as both wanted it: what is written still arrives."""
        for writer in self.writers:
            writer.close()
        self.writers = []

    def abort(self) -> None:
        """Breaks it off: both ends are told (RST)."""
        for writer in self.writers:
            if not writer.transport.is_closing():
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
