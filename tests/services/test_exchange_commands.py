"""Commands and a running server: the same acts, and a command that is killed leaves nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from relevance import door
from relevance.errors import BadInput, NotFound
from relevance.services.item_import import run_import
from relevance.settings import Settings, load
from relevance.store.store import Tx
from tests.world import World

SERVER = """
import sys
from relevance import runtime
from relevance.settings import load
rt = runtime.start(load())
print("up", flush=True)
sys.stdin.readline()
runtime.stop()
"""
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The settings of a data folder whose store has a project "test" with 50 clips and is closed."""
    world = World(tmp_path)

    def act(tx: Tx) -> None:
        for at in range(50):
            source, clip = tx.new_id("source"), tx.new_id("clip")
            tx.insert(
                "source",
                id=source,
                project=1,
                sha256=f"s{at}",
                name=f"c{at}.mp4",
                path=f"/v/c{at}.mp4",
                bytes=1,
                status="ready",
                reason="ok",
                detail="{}",
                received_at=tx.now,
                act=0,
            )
            tx.insert(
                "clip",
                id=clip,
                project=1,
                source=source,
                content_id=f"{clip:064x}",
                name=f"c{at}.mp4",
                duration_ms=5000,
                width=640,
                height=360,
                fps=25.0,
                frames=125,
                bytes=1,
                has_audio=False,
                made_at=tx.now,
                act=0,
            )

    world.store.act(act)
    world.store.close()
    return load(data=tmp_path)


@pytest.fixture
def server(settings: Settings) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the store."""
    environment = {**os.environ, "RELEVANCE_DATA": str(settings.data), "RELEVANCE_SNAPSHOT_SECONDS": "5"}
    with subprocess.Popen(
        [sys.executable, "-c", SERVER],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout and holder.stdin and holder.stdout.readline() == "up\n"
        yield holder
        stop(holder)


def stop(holder: subprocess.Popen[str]) -> None:
    """Ends a server as an administrator does."""
    if holder.poll() is None and holder.stdin:
        holder.stdin.close()
        holder.wait(60)


def items_file(settings: Settings, n: int = 40, clip: str = "c") -> Path:
    path = settings.data / "items.csv"
    path.write_text("关键词,视频\n" + "".join(f"k{i // 50},{clip}{i % 50}.mp4\n" for i in range(n)), "utf-8")
    return path


def all_of_it(settings: Settings) -> None:
    """What a command can ask, on whatever holds the store."""
    with door.session(settings) as at:
        project = at.call("project.ensure", project="TEST", create=False)["id"]
        assert run_import(at.call, project, items_file(settings)).items == 40
        assert run_import(at.call, project, items_file(settings)).nothing
        with pytest.raises(BadInput) as fault:
            run_import(at.call, project, items_file(settings, clip="no"))
        assert fault.value.places[0].row == 2
        out = settings.data / "out.csv"
        assert at.call("export", project="test", what="labels", format="csv", out=str(out))["rows"] == 0
        assert out.read_text().startswith("item,external_id,batch")
        with pytest.raises(NotFound, match="items"):
            at.call("export", project="test", what="labels", format="csv", out=str(out), batch="item")
        snapshot = at.call("snapshot")
        con = duckdb.connect(snapshot["path"], read_only=True)
        assert con.execute("select count(*) from api.items").fetchall() == [(40,)]
        con.close()
        assert at.call("backup", folder=str(settings.data / "b"))["rows"] > 40


def test_on_a_free_store(settings: Settings) -> None:
    all_of_it(settings)


def test_with_a_server_running(settings: Settings, server: subprocess.Popen[str]) -> None:
    all_of_it(settings)
    assert json.loads((settings.data / "b" / "manifest.json").read_text())["tables"]["item"]["rows"] == 40


IMPORT = """
import os, signal, sys
from pathlib import Path
from relevance import door
from relevance.services.item_import import run_import
from relevance.settings import load
with door.session(load()) as at:
    def call(act, **arguments):
        if act == "items.commit":
            os.kill(os.getpid(), signal.SIGKILL)
        return at.call(act, **arguments)
    run_import(call, 1, Path(sys.argv[1]))
"""


def killed_import(settings: Settings) -> None:
    environment = {**os.environ, "RELEVANCE_DATA": str(settings.data)}
    died = subprocess.run(
        [sys.executable, "-c", IMPORT, str(items_file(settings))], cwd=ROOT, env=environment, check=False
    )
    assert died.returncode == -signal.SIGKILL


def count(settings: Settings, path: Path) -> list[tuple[int, ...]]:
    con = duckdb.connect(str(path), read_only=True)
    try:
        return con.execute(
            "select (select count(*) from item), (select count(*) from keyword), (select count(*) from import)"
        ).fetchall()
    finally:
        con.close()


def test_an_import_killed_before_its_commit_leaves_nothing_to_a_running_server(
    settings: Settings, server: subprocess.Popen[str]
) -> None:
    killed_import(settings)
    with door.session(settings) as at:
        assert at.call("items.catalogue", project=1)["items"] == 0
        assert run_import(at.call, 1, items_file(settings)).items == 40
    stop(server)
    assert count(settings, settings.data / "relevance.duckdb") == [(40, 1, 1)]


def test_an_import_killed_on_a_free_store_is_cleaned_by_the_next_server(settings: Settings) -> None:
    killed_import(settings)
    assert count(settings, settings.data / "relevance.duckdb") == [(40, 1, 1)]  # there, and invisible
    environment = {**os.environ, "RELEVANCE_DATA": str(settings.data)}
    with subprocess.Popen(
        [sys.executable, "-c", SERVER],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout and holder.stdout.readline() == "up\n"
        stop(holder)
    assert count(settings, settings.data / "relevance.duckdb") == [(0, 0, 0)]
