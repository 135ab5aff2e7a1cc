"""A server whose disk keeps only what was synced: power.c is preloaded into it, and a cut drops the rest.

After a cut a file holds what was synced, plus a random part of the pages that were not (disks write what they like, in
any order); renames and deletions that nothing made durable happened up to a random one. What can't be had this way: a
write of one page torn in its middle, and a disk that lies about all files alike.
"""

from __future__ import annotations

import errno
import os
import random
import shutil
import subprocess
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.torture.forked import ForkedServer

SOURCE = Path(__file__).parent / "power.c"
PAGE = 4096


class NoCompiler(Exception):
    """There is no C compiler here, so power can't be cut."""


@cache
def library() -> Path:
    """The compiled shim.

    Raises:
        NoCompiler: there is no `cc`.
    """
    cc = shutil.which("cc") or shutil.which("gcc")
    if cc is None:
        raise NoCompiler("no C compiler (cc) is here: power cuts, faulty disks and stepped clocks are left out")
    path = Path(os.environ.get("TMPDIR", "/tmp")) / f"relevance-power-{os.getpid()}.so"
    subprocess.run([cc, "-shared", "-fPIC", "-O1", "-o", str(path), str(SOURCE), "-ldl", "-lpthread"], check=True)
    return path


@dataclass
class PoweredServer(ForkedServer):
    """The real server on a disk of ours. lie: the ending of files whose fsync is to do nothing."""

    lie: str = ""
    chance: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        beside = self.data.parent
        self.shadow, self.fault, self.clock = (
            beside / f"{self.data.name}.{kind}" for kind in ("shadow", "fault", "clock")
        )
        self.more |= {
            "LD_PRELOAD": str(library()), "POWER_REAL": str(self.data), "POWER_SHADOW": str(self.shadow),
            "POWER_LIE": self.lie, "POWER_FAULT": str(self.fault), "POWER_CLOCK": str(self.clock),
        }  # fmt: skip

    def pending(self) -> list[Path]:
        """Renames and deletions that nothing has made durable yet, a file a process."""
        return sorted(self.shadow.parent.glob(f"{self.shadow.name}.pending.*"))

    def start(self) -> PoweredServer:
        """Starts it; all that is on the disk now counts as synced."""
        shutil.rmtree(self.shadow, ignore_errors=True)
        self.data.mkdir(exist_ok=True)
        shutil.copytree(self.data, self.shadow, ignore=lambda _, names: [n for n in names if n.endswith(".sock")])
        for log in self.pending():
            log.unlink()
        self.fault.unlink(missing_ok=True)
        super().start()
        return self

    def cut(self) -> int:
        """Cuts the power: the data folder is left as the disk has it. Returns how many unsynced pages were dropped."""
        self.kill()
        self._rename_some()
        dropped = 0
        for there in [path for path in self.data.rglob("*") if path.is_file()]:
            kept = self.shadow / there.relative_to(self.data)
            if not kept.exists() and self.chance.random() < 0.5:
                dropped += 1
                continue  # made, and its name never synced
            kept.parent.mkdir(parents=True, exist_ok=True)
            dropped += self._keep_some(there, kept)
        shutil.rmtree(self.data)
        self.shadow.rename(self.data)
        return dropped

    def _rename_some(self) -> None:
        for log in self.pending():
            lines = log.read_text("utf-8", "replace").splitlines()
            self._rename(lines[: self.chance.randint(0, len(lines))])

    def _rename(self, lines: list[str]) -> None:
        for line in lines:
            old, new = line.split("\t")
            if not (self.shadow / old).exists():
                continue
            if new:
                (self.shadow / new).parent.mkdir(parents=True, exist_ok=True)
                (self.shadow / old).replace(self.shadow / new)
            else:
                (self.shadow / old).unlink()

    def _keep_some(self, live: Path, kept: Path) -> int:
        """Takes some of the pages that were written and not synced into `kept`; returns how many were dropped."""
        dropped = 0
        share = self.chance.choice((0.0, 0.5, 0.9))
        kept.touch(mode=0o600)
        with live.open("rb") as new, kept.open("r+b") as old:
            place = 0
            while page := new.read(PAGE):
                if page != old.read(PAGE):
                    if self.chance.random() < share:
                        old.seek(place)
                        old.write(page)
                    else:
                        dropped += 1
                    old.seek(place + PAGE)
                place += PAGE
        return dropped

    def break_disk(self, kind: int = errno.ENOSPC) -> None:
        """Every write fails from now on."""
        self.fault.write_text(str(kind))

    def mend_disk(self) -> None:
        """Writes go through again."""
        self.fault.unlink(missing_ok=True)

    def step_clock(self, seconds: int) -> None:
        """Sets the wall clock so far from the true time."""
        self.clock.write_text(str(seconds))
