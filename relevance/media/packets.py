"""When a video's frames are due, read from its packets without decoding: rate, gaps, key frames, real length."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from relevance.media import ffmpeg
from relevance.media.bounds import Bounds
from relevance.media.probe import whitelists
from relevance.media.reasons import why
from relevance.media.verdict import Refused

_MOST = 2_000_000  # packets; four hours at 120 a second


@dataclass(frozen=True, slots=True)
class Packets:
    """The times of one stream's packets in seconds, in the order of showing, as the file has them."""

    times: tuple[float, ...]
    keys: tuple[float, ...]
    count: int
    first_is_key: bool
    discards: bool  # some are marked as not shown (an edit list cuts into the stream)
    last_duration: float

    @property
    def span(self) -> float:
        """Seconds from the first frame to the end of the last one."""
        return self.times[-1] - self.times[0] + self.last_duration if self.times else 0.0

    @property
    def key_gap(self) -> float:
        """The longest way from a key frame to the next one, or to the end of the last frame, in seconds."""
        if not self.keys:
            return float("inf")
        ends = (*self.keys[1:], self.times[-1])
        return max(end - start for start, end in zip(self.keys, ends, strict=True))

    @property
    def steps(self) -> list[float]:
        """The times from frame to frame, seconds."""
        return [after - before for before, after in zip(self.times, self.times[1:], strict=False)]

    @property
    def steady(self) -> bool:
        """Whether the frames come at a constant rate, give or take a container's rounding."""
        steps = sorted(self.steps)
        if not steps:
            return True
        middle = steps[len(steps) // 2]
        near = sum(abs(step - middle) <= max(0.0021, 0.12 * middle) for step in steps)
        return near >= 0.9 * len(steps)

    def rate(self, avg: Fraction | None, nominal: Fraction | None) -> Fraction | None:
        """The frame rate as the times show it, named exactly by the header where that agrees (within 2 %)."""
        steps = sorted(step for step in self.steps if step > 0)
        if not steps:
            return None
        middle = steps[len(steps) // 2]
        if not self.steady:
            # Uneven: a rate that keeps nine frames in ten apart.
            middle = steps[len(steps) // 10]
        for named in (avg, nominal):
            if named and abs(float(named) * middle - 1) < 0.02:
                return named
        return _plain_rate(1 / middle)


def _plain_rate(rate: float) -> Fraction:
    """The usual rate next to a measured one (within 2 %), else the measured one in thousandths."""
    usual = [Fraction(n) for n in (5, 10, 12, 15, 20, 24, 25, 30, 48, 50, 60, 120)]
    usual += [Fraction(n * 1000, 1001) for n in (24, 30, 60)]
    best = min(usual, key=lambda name: abs(float(name) - rate))
    return best if abs(float(best) - rate) < 0.02 * rate else Fraction(max(1, round(rate * 1000)), 1000)


def packets(
    path: Path,
    index: int,
    *,
    tools: ffmpeg.Ffmpeg,
    bounds: Bounds,
    cwd: Path,
    stop: threading.Event | None = None,
) -> Packets:
    """Reads the packet times of one stream. An unreadable part ends the list; it is no error here."""
    command = [
        tools.ffprobe, "-hide_banner", "-v", "repeat+level+error", *whitelists(), "-select_streams", str(index),
        "-show_entries", "packet=pts_time,dts_time,duration_time,flags", "-of", "compact=p=0:nk=0",
        "-i", ffmpeg.url(path),
    ]  # fmt: skip
    size = path.stat().st_size
    limits = ffmpeg.Limits(bounds.probe_s + size / 20_000_000, bounds.probe_memory_bytes, out_bytes=_MOST * 100)
    run = ffmpeg.run(command, cwd=cwd, limits=limits, keep_out=True, stop=stop)
    if run.end == "time":
        raise Refused(why("too-slow", most=round(limits.seconds)))
    if run.end in ("memory", "output"):
        raise Refused(why("too-much-memory", most=bounds.probe_memory_bytes >> 20))
    if run.end == "stopped":
        raise Refused(why("stopped"))
    return read(run.out.decode("ascii", "replace"))


def read(text: str) -> Packets:
    """ffprobe's packet lines as times.

    >>> found = read("pts_time=0.0|dts_time=-0.04|duration_time=0.04|flags=K__\\npts_time=0.04|duration_time=0.04|flags=___\\n")
    >>> found.times, found.keys, found.span
    ((0.0, 0.04), (0.0,), 0.08)
    """
    rows: list[tuple[float, bool, float]] = []
    count, discards, first_is_key = 0, False, False
    for line in text.splitlines():
        values = dict(part.split("=", 1) for part in line.split("|") if "=" in part)
        flags = values.get("flags", "")
        if not flags:
            continue
        count += 1
        key = flags.startswith("K")
        first_is_key = first_is_key or (count == 1 and key)
        if "D" in flags:
            discards = True
            continue
        stamp = values.get("pts_time", "N/A")
        if stamp == "N/A":
            stamp = values.get("dts_time", "N/A")
        if stamp == "N/A":
            continue
        duration = values.get("duration_time", "N/A")
        rows.append((float(stamp), key, 0.0 if duration == "N/A" else float(duration)))
    rows.sort()
    return Packets(
        times=tuple(row[0] for row in rows),
        keys=tuple(row[0] for row in rows if row[1]),
        count=count,
        first_is_key=first_is_key,
        discards=discards,
        last_duration=rows[-1][2] if rows else 0.0,
    )
