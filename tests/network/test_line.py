"""The line that the other tests of this folder run over does what it says."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.line import Line, Shape
from tests.ports import free_port


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that says back what it hears."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve(one: socket.socket) -> None:
            with one, suppress(ConnectionResetError):
                while data := one.recv(65536):
                    one.sendall(data)

        def accept() -> None:
            while True:
                try:
                    one, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=[one], daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def line(echo: int) -> Iterator[Line]:
    made = Line(("127.0.0.1", free_port()), ("127.0.0.1", echo)).start()
    yield made
    made.stop()


def ask(one: socket.socket, size: int) -> float:
    """The seconds until so many bytes came back."""
    begun = time.perf_counter()
    threading.Thread(target=one.sendall, args=[bytes(size)], daemon=True).start()
    left = size
    while left:
        left -= len(one.recv(65536))
    return time.perf_counter() - begun


def test_a_question_and_its_answer_take_the_delay_twice_and_a_new_connection_once_more(line: Line) -> None:
    line.shape = Shape(delay_ms=50)
    with socket.create_connection(line.listen) as one:
        assert ask(one, 10) >= 0.2  # two for the connection, one for each way
        later = [ask(one, 10) for _ in range(5)]
    assert 0.1 <= min(later) < 0.2


def test_a_narrow_line_is_shared_by_its_connections(line: Line) -> None:
    line.shape = Shape(bits_per_second=4e6)  # 500 kB a second, each way at once
    with socket.create_connection(line.listen) as one, socket.create_connection(line.listen) as two:
        both = [threading.Thread(target=ask, args=[each, 150_000]) for each in (one, two)]
        begun = time.perf_counter()
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
    assert time.perf_counter() - begun >= 0.6  # 300 kB; had each a line of its own, half of it


def test_a_stalled_piece_holds_what_comes_behind_it(line: Line) -> None:
    line.shape = Shape(stalls=1.0, stall_s=0.3)
    with socket.create_connection(line.listen) as one:
        assert ask(one, 10) >= 0.6  # both ways
    assert line.stalled == 2


def test_a_cut_that_resets_breaks_connections_and_refuses_new_ones_until_it_is_mended(line: Line) -> None:
    with socket.create_connection(line.listen) as one:
        ask(one, 10)
        line.cut("reset")
        with pytest.raises(ConnectionResetError):
            one.recv(1)
    with socket.create_connection(line.listen) as two, pytest.raises(ConnectionResetError):
        two.recv(1)
    line.mend()
    with socket.create_connection(line.listen) as three:
        ask(three, 10)


def test_a_cut_that_holds_gives_everything_afterwards(line: Line) -> None:
    with socket.create_connection(line.listen) as one:
        ask(one, 10)
        line.cut("hold")
        one.settimeout(0.3)
        one.sendall(b"held")
        with pytest.raises(TimeoutError):
            one.recv(10)
        line.mend()
        one.settimeout(5)
        assert one.recv(10) == b"held"


def test_a_cut_that_loses_leaves_old_connections_silent_for_ever_and_lets_new_ones_through(line: Line) -> None:
    with socket.create_connection(line.listen) as one:
        ask(one, 10)
        line.cut("lost")
        one.sendall(b"lost")
        line.mend()
        with socket.create_connection(line.listen) as two:
            ask(two, 10)
        one.settimeout(0.3)
        with pytest.raises(TimeoutError):
            one.recv(10)
