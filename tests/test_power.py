"""The torture's power cut itself: what was synced stays, what was not can go, and a disk that lies is found out."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.torture.power import NoCompiler, PoweredServer, library

WRITES = """
import os, sys
os.chdir(sys.argv[1])
def put(name, text, sync, mode="ab"):
    with open(name, mode) as file:
        file.write(text.encode())
        file.flush()
        if sync:
            os.fsync(file.fileno())
put("kept.wal", "one", True)
put("kept.wal", "two", False)
put("new.part", "whole", True)
os.rename("new.part", "new")
folder = os.open(".", os.O_RDONLY)
os.fsync(folder)
os.unlink("old")
put("lost", "never synced", False)
"""


class Never(random.Random):
    """Chance at its worst: nothing unsynced survives."""

    def random(self) -> float:
        return 0.0

    def choice(self, among):  # type: ignore[no-untyped-def]
        return among[0]

    def randint(self, a: int, b: int) -> int:
        return a


@pytest.fixture
def server(tmp_path: Path) -> PoweredServer:
    try:
        library()
    except NoCompiler as why:
        pytest.skip(str(why))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "old").write_text("old")
    return PoweredServer(tmp_path / "data", port=0, chance=Never())


def play(server: PoweredServer, monkeypatch: pytest.MonkeyPatch, lie: str = "") -> None:
    server.shadow.mkdir()
    (server.shadow / "old").write_text("old")
    given = {**os.environ, **server.more, "POWER_LIE": lie}
    subprocess.run([sys.executable, "-c", WRITES, str(server.data)], env=given, check=True)
    monkeypatch.setattr(server, "kill", lambda: None)  # it is dead already
    server.cut()


def test_after_a_cut_a_file_holds_what_was_synced_and_a_deletion_that_nothing_synced_did_not_happen(
    server: PoweredServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(server, monkeypatch)
    there = {path.name: path.read_text() for path in server.data.iterdir()}
    assert there == {"kept.wal": "one", "new": "whole", "old": "old"}


def test_a_disk_that_lies_about_a_file_loses_it(server: PoweredServer, monkeypatch: pytest.MonkeyPatch) -> None:
    play(server, monkeypatch, lie=".wal")
    assert not (server.data / "kept.wal").exists()


@pytest.mark.parametrize(("kind", "said"), [(28, "No space left"), (30, "Read-only")])
def test_a_broken_disk_refuses_writes_until_it_is_mended(server: PoweredServer, kind: int, said: str) -> None:
    server.break_disk(kind)
    script = f"import os; os.write(os.open({str(server.data / 'x')!r}, os.O_CREAT | os.O_WRONLY), b'x')"
    given = {**os.environ, **server.more}
    done = subprocess.run([sys.executable, "-c", script], env=given, capture_output=True, text=True)
    assert done.returncode == 1 and said in done.stderr
    server.mend_disk()
    assert subprocess.run([sys.executable, "-c", script], env=given).returncode == 0


def test_the_clock_can_be_stepped_back_and_the_time_that_passes_goes_on(server: PoweredServer) -> None:
    server.step_clock(-3600)
    script = "import time, datetime; print(time.time(), datetime.datetime.now().timestamp())"
    done = subprocess.run(
        [sys.executable, "-c", script], env={**os.environ, **server.more}, capture_output=True, text=True
    )
    assert all(3590 < time.time() - float(said) < 3660 for said in done.stdout.split())
