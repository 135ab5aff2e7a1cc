"""The torture's power cut itself: what was synced stays, what was not can go, and a disk that lies is found out."""

from __future__ import annotations

import errno
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from relevance.media.library import Library
from tests.torture.lead import Lead
from tests.torture.power import NoCompiler, PoweredServer, library
from tests.torture.scenes import unlike
from tests.traffic import Journal

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

RENAMES = """
import os, sys
os.chdir(sys.argv[1])
with open(sys.argv[2], "wb") as file:
    file.write(b"whole")
    file.flush()
    os.fsync(file.fileno())
os.rename(sys.argv[2], sys.argv[2] + ".named")
if sys.argv[3] == "synced":
    os.fsync(os.open(".", os.O_RDONLY))
"""

KEEPS = """
import sys
from pathlib import Path
from relevance.media.library import Library
library = Library.of(Path(sys.argv[1]))
with library.work() as work:
    for part in ("clip", "poster"):
        (work / part).write_bytes(part.encode() * 5000)
    print(library.keep(work, {"clip": work / "clip", "poster": work / "poster"}))
"""


class Never(random.Random):
    """Chance at its worst: nothing unsynced survives."""

    def random(self) -> float:
        return 0.0

    def choice(self, among):  # type: ignore[no-untyped-def]
        return among[0]

    def randint(self, a: int, b: int) -> int:
        return a


class Lucky(Never):
    """All renames and deletions happened, and no more."""

    def randint(self, a: int, b: int) -> int:
        return b


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


@pytest.mark.parametrize(("chance", "first"), [(Never(), "first"), (Lucky(), "first.named")])
def test_what_one_process_syncs_leaves_what_another_renamed_to_chance(
    server: PoweredServer, monkeypatch: pytest.MonkeyPatch, chance: random.Random, first: str
) -> None:
    server.shadow.mkdir()
    for name, what in (("first", "open"), ("second", "synced")):
        given = {**os.environ, **server.more}
        subprocess.run([sys.executable, "-c", RENAMES, str(server.data), name, what], env=given, check=True)
    monkeypatch.setattr(server, "kill", lambda: None)
    server.chance = chance
    server.cut()
    assert {path.name: path.read_text() for path in server.data.iterdir() if path.name != "old"} == {
        first: "whole", "second.named": "whole",
    }  # fmt: skip


@pytest.mark.parametrize("chance", [Never(), Lucky()])
def test_a_clip_that_was_kept_is_whole_after_a_cut(
    server: PoweredServer, monkeypatch: pytest.MonkeyPatch, chance: random.Random
) -> None:
    server.shadow.mkdir()
    given = {**os.environ, **server.more}
    kept = subprocess.run(
        [sys.executable, "-c", KEEPS, str(server.data)], env=given, check=True, capture_output=True, text=True
    )
    monkeypatch.setattr(server, "kill", lambda: None)
    server.chance = chance
    server.cut()
    library = Library.of(server.data)
    assert library.path(kept.stdout.strip()).read_bytes() == b"clip" * 5000
    assert library.path(kept.stdout.strip(), "poster").read_bytes() == b"poster" * 5000


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


def test_on_a_read_only_disk_nothing_of_ours_is_made_renamed_or_deleted(server: PoweredServer) -> None:
    server.break_disk(errno.EROFS)
    script = f"""
import os
os.chdir({str(server.data)!r})
for act in (lambda: open("new", "w"), lambda: open("old", "a"), lambda: os.rename("old", "o"), lambda: os.unlink("old")):
    try:
        act()
    except OSError as fault:
        print(fault.errno, end=" ")
print(open("old").read())
"""
    given = {**os.environ, **server.more}
    done = subprocess.run([sys.executable, "-c", script], env=given, capture_output=True, text=True)
    assert done.stdout == f"{errno.EROFS} " * 4 + "old\n"


def test_the_lead_finds_what_was_lost_changed_or_is_there_twice() -> None:
    lead = Lead(Path(), 1, lambda: 0.0)
    lead.tried = {"a", "b", "c", "d"}  # d: nobody answered, and it is not there
    lead.told = {
        "a": {"decision": 1, "item": 7, "kind": "level", "level": 2}, "b": {"question": 3},
        "c": {"decision": 2, "item": 8, "kind": "return", "level": None},
    }  # fmt: skip
    whole = [(1, 7, "level", 2, "a"), (2, 8, "return", None, "c")]
    assert lead.compared(whole, [(3, "b")]) == ([], [])
    assert [len(found) for found in lead.compared(whole[:1], [(3, "b")])] == [1, 0]
    assert [len(found) for found in lead.compared([(1, 7, "level", 3, "a"), whole[1]], [(3, "b")])] == [1, 0]
    assert [len(found) for found in lead.compared(whole, [])] == [1, 0]
    assert [len(found) for found in lead.compared([*whole, (9, 7, "level", 2, "a")], [(3, "b")])] == [0, 1]
    assert [len(found) for found in lead.compared([*whole, (9, 7, "level", 2, "who?")], [(3, "b")])] == [0, 1]


def test_an_answer_that_is_gone_or_says_something_else_is_found() -> None:
    journal = Journal()
    for number in (1, 2):
        journal.confirmed[number, 0] = {"level": 3, "flag": None, "note": "n"}
        journal.replies[number, 0] = True, False
    there = [(1, 0, 3, None, "n", True), (2, 0, 3, None, "n", True)]
    assert unlike(journal, list(journal.confirmed), there) == []
    assert unlike(journal, list(journal.confirmed), there[:1]) == ["answer (2, 0) is not there"]
    assert len(unlike(journal, list(journal.confirmed), [there[0], (2, 0, 2, None, "n", True)])) == 1
    assert len(unlike(journal, list(journal.confirmed), [there[0], (2, 0, 3, None, "n", False)])) == 1
