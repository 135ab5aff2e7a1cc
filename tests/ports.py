"""A port for a server of a test, that no other test process takes meanwhile.

The kernel's own choice (port 0) won't do: a server that is killed and comes back needs the same port, and the kernel may
have lent it to an outgoing connection. So each process counts through a block of its own below the kernel's range.
"""

from __future__ import annotations

import itertools
import os
import socket

FIRST, BLOCK, BLOCKS = 10_000, 400, 50  # below 32768, where Linux begins to lend ports

_next = itertools.count()


def free_port() -> int:
    """A port of this process's block on which nobody listens; each is given out once."""
    first = FIRST + os.getpid() % BLOCKS * BLOCK
    for number in itertools.islice(_next, BLOCK):
        port = first + number % BLOCK
        with socket.socket() as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no port is free")
