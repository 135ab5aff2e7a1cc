"""Items import: 100,000 rows through the real command, wall time and memory of its process.

A real store with 20,000 clips in a folder of its own. First on a free store, then with a server process that holds the
store, so that the command only checks and hands its acts over; then the same file again, which adds nothing.
Other sizes: ROWS=20000 python -m tests.bench items_import --no-write
"""

from __future__ import annotations

import csv
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.common import ROOT, Row, size

COMMAND = [sys.executable, "-m", "relevance", "items"]
CLIPS = 20_000
SERVER = """
import sys
from relevance import runtime
from relevance.settings import load
rt = runtime.start(load())
print("up", flush=True)
sys.stdin.readline()
runtime.stop()
"""


def seed(folder: Path) -> None:
    """A project with clips."""
    from relevance.roles import SYSTEM
    from relevance.services import projects
    from relevance.store.store import Store, Tx

    folder.mkdir(parents=True)
    store = Store.open(folder)
    project = projects.add(store, SYSTEM, "bench")

    def piece(start: int) -> None:
        def act(tx: Tx) -> None:
            for at in range(start, min(CLIPS, start + 2000)):
                source, clip = tx.new_id("source"), tx.new_id("clip")
                name = f"clip_{at:06}.mp4"
                tx.insert(
                    "source",
                    id=source,
                    project=project,
                    sha256=f"{source:064x}",
                    name=name,
                    path=f"/v/{at % 97}/{name}",
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
                    project=project,
                    source=source,
                    content_id=f"{clip:064x}",
                    name=name,
                    duration_ms=20_000,
                    width=640,
                    height=360,
                    fps=25.0,
                    frames=500,
                    bytes=1,
                    has_audio=False,
                    made_at=tx.now,
                    act=0,
                )

        store.act(act)

    for start in range(0, CLIPS, 2000):
        piece(start)
    store.close()


def rows(n: int, clip: str = "clip_{:06}.mp4", end: str = "00:00:12.250") -> list[list[object]]:
    """A header and n rows, each a different item; 5,000 keywords, ten batches, a range and a gold here and there.

    clip: how a clip is called by its number. end: of the ranges.
    """
    chance = random.Random(7)
    made: list[list[object]] = [
        ["关键词", "keyword_en", "视频", "开始", "结束", "权重", "外部编号", "批次", "截止", "金标"]
    ]
    keywords = 5_000
    for at in range(n):
        word = at % keywords
        number = (at // keywords + word * 131) % CLIPS
        cut = at % 10 == 0
        made.append([
            f"关键词{word}号", f"keyword {word}", clip.format(number), "1.5" if cut else "", end if cut else "",
            word % 900 + 1, f"ext-{at:08}", f"批次{word % 10}", "2026-12-01 18:00", "100" if chance.random() < 0.02 else "",
        ])  # fmt: skip
    return made


def write(kind: str, n: int, folder: Path, clip: str = "clip_{:06}.mp4", end: str = "00:00:12.250") -> Path:
    """The file to import; see `rows`."""
    path = folder / f"items.{kind}"
    if kind == "csv":
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(rows(n, clip, end))
    elif kind == "xlsx":
        import openpyxl

        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet()
        for row in rows(n, clip, end):
            sheet.append(row)
        book.save(path)
    else:
        import pyarrow as pa
        import pyarrow.parquet as pq

        head, *body = rows(n, clip, end)
        pq.write_table(pa.table({str(name): [str(row[i]) for row in body] for i, name in enumerate(head)}), path)
    return path


def command(file: Path, data: Path) -> tuple[float, float]:
    """Runs the command once: seconds, and the most memory it held in MB."""
    began = time.perf_counter()
    child = subprocess.Popen(
        [*COMMAND, str(file), "--project", "bench"],
        cwd=ROOT, env={**os.environ, "RELEVANCE_DATA": str(data)}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert child.stderr is not None
    said = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - began
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(said.decode())
    return seconds, usage.ru_maxrss / 1024


def measure(n: int, kind: str, server: bool) -> dict[str, float]:
    """One round in a fresh store."""
    folder = Path(tempfile.mkdtemp(prefix="relevance-bench-items-"))
    holder: subprocess.Popen[str] | None = None
    try:
        data = folder / "data"
        seed(data)
        file = write(kind, n, folder)
        if server:
            holder = subprocess.Popen(
                [sys.executable, "-c", SERVER], cwd=ROOT, env={**os.environ, "RELEVANCE_DATA": str(data)},
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
            assert holder.stdout is not None
            holder.stdout.readline()
        first, memory = command(file, data)
        again, memory_again = command(file, data)
        return {"first": first, "memory": memory, "again": again, "memory_again": memory_again}
    finally:
        if holder is not None:
            holder.communicate("\n")
        shutil.rmtree(folder, ignore_errors=True)


def run() -> list[Row]:
    """One measurement: on a free store, and with a server."""
    n = size("ROWS", 100_000, 5_000)
    kind = os.environ.get("KIND", "csv")
    seconds, memory = 6, 500
    free, served = measure(n, kind, server=False), measure(n, kind, server=True)
    return [
        Row.at_most(f"{n:,} rows ({kind}), store free", free["first"], "s", seconds),
        Row.at_most("memory of the command's process, store free", free["memory"], "MB", memory),
        Row.at_most(f"{n:,} rows ({kind}), server running", served["first"], "s", seconds),
        Row.at_most("memory of the command's process, server running", served["memory"], "MB", memory),
        Row("the same file again, server running", served["again"], "s"),
        Row("memory of the same again", served["memory_again"], "MB"),
    ]
