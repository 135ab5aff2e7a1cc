"""One file, from its bytes to a verdict: hashed, probed, judged, prepared, checked, kept."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from relevance.media import captions as subtitles
from relevance.media import ffmpeg, sniff
from relevance.media.bounds import Bounds
from relevance.media.boxes import films
from relevance.media.check import Checked, check
from relevance.media.judge import Chosen, by_kind, check_length, judge
from relevance.media.library import Library, Part
from relevance.media.losses import losses
from relevance.media.packets import Packets, packets
from relevance.media.pictures import draw, fingerprint
from relevance.media.plan import Plan, PrepareOptions, plan
from relevance.media.prepare import Made, prepare
from relevance.media.probe import Probe, probe
from relevance.media.reasons import clock_time, why
from relevance.media.verdict import Cut, Description, Prepared, Reason, Refused, Status, Verdict
from relevance.media.walk import look


@dataclass(frozen=True, slots=True)
class Content:
    """A file's bytes by their hash, and the state of the file that was hashed."""

    sha256: str
    bytes: int
    state: tuple[int, int, int, int]


def hash_file(path: Path, *, bounds: Bounds, stop: threading.Event | None = None) -> Content:
    """Hashes a regular file. Raises Refused where it is empty, too big, unreadable, or changes meanwhile."""
    try:
        # O_NONBLOCK: a pipe that took the file's place since it was found must not hold us.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as stream:
            about = os.fstat(stream.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise Refused(why("special"))
            if about.st_size == 0:
                raise Refused(why("empty"))
            if about.st_size > bounds.source_bytes:
                raise Refused(why("too-big", size=about.st_size >> 20, most=bounds.source_bytes >> 20))
            hashed = hashlib.sha256()
            while chunk := stream.read(1 << 20):
                hashed.update(chunk)
                if stop is not None and stop.is_set():
                    raise Refused(why("stopped"))
            if _state(os.fstat(stream.fileno())) != _state(about):
                raise Refused(why("changing"))
    except OSError as error:
        raise Refused(why("unreadable", why=error.strerror or str(error))) from error
    return Content(hashed.hexdigest(), about.st_size, _state(about))


def _state(about: os.stat_result) -> tuple[int, int, int, int]:
    return (about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns)


def prepare_one(
    path: Path,
    *,
    library: Library,
    tools: ffmpeg.Ffmpeg | None = None,
    bounds: Bounds | None = None,
    options: PrepareOptions | None = None,
    cut: Cut | None = None,
    described: Description | None = None,
    shown: str | None = None,
    content: Content | None = None,
    threads: int = 2,
    follow: Callable[[float], None] | None = None,
    stop: threading.Event | None = None,
) -> Verdict:
    """Makes a clip of one file, or says why not: never raises for what the file is.

    `content` spares hashing again; `follow` gets the share done (0 to 1); `shown` is the path to report.
    """
    began = time.monotonic()
    bounds, options = bounds or Bounds(), options or PrepareOptions()
    tools = tools or ffmpeg.find()
    verdict = Verdict(
        "rejected",
        name=ffmpeg.printable(path.name),
        path=shown if shown is not None else ffmpeg.printable(path.as_posix()),
        cut=cut,
        described=described,
    )
    try:
        content = content or hash_file(path, bounds=bounds, stop=stop)
        verdict = replace(verdict, sha256=content.sha256, bytes=content.bytes)
        with library.work() as work:
            job = _Job(path, work, tools, bounds, options, cut, threads, follow, stop)
            clip, reasons, found, detail = job.make(library, lambda: _unchanged(path, content))
        status: Status = "warning" if reasons else "ready"
        verdict = replace(verdict, status=status, reasons=tuple(reasons), clip=clip, probe=found, detail=detail)
    except Refused as refused:
        verdict = replace(verdict, reasons=(refused.reason,), detail=refused.detail)
    return replace(verdict, seconds=time.monotonic() - began)


def _unchanged(path: Path, content: Content) -> None:
    try:
        now = _state(path.stat())
    except OSError as error:
        raise Refused(why("unreadable", why=error.strerror or str(error))) from error
    if now != content.state:
        raise Refused(why("changing"))


@dataclass(slots=True)
class _Job:
    """What the steps of one clip share."""

    path: Path
    work: Path
    tools: ffmpeg.Ffmpeg
    bounds: Bounds
    options: PrepareOptions
    cut: Cut | None
    threads: int
    follow: Callable[[float], None] | None
    stop: threading.Event | None

    def make(
        self, library: Library, unchanged: Callable[[], None]
    ) -> tuple[Prepared, list[Reason], dict[str, object], str]:
        """All steps. `unchanged` raises Refused if the source is no longer what was hashed."""
        found = self._probe()
        chosen = judge(found, self.bounds, self.cut)
        timing = packets(
            self.path, chosen.video.index, tools=self.tools, bounds=self.bounds, cwd=self.work, stop=self.stop
        )
        if not timing.count:
            raise Refused(why("no-frame"))
        if "gif" in found.formats and timing.count == 1:
            raise Refused(why("image"))
        check_length(timing.span, self.bounds, self.cut)
        how = plan(chosen, timing, found.formats, self.options, self.cut)
        how, made, checked = self._encode(chosen, timing, how)
        reasons = losses(chosen, timing, how, made, checked, self.cut)
        duration_ms = max(1, round(checked.duration_s * 1000))
        spoken, unusable = subtitles.collect(
            self.path, chosen.texts, tools=self.tools, bounds=self.bounds, cwd=self.work, cut=self.cut,
            duration_ms=duration_ms, seconds=timing.span, stop=self.stop,
        )  # fmt: skip
        unchanged()
        files: dict[Part, Path] = {
            "clip": self.work / "clip.mp4",
            "poster": self.work / "poster.jpg",
            "strip": self.work / "strip.jpg",
        }
        strip = draw(checked.stills, checked.still_size, checked.times_ms, files["poster"], files["strip"])
        if spoken is not None:
            files["captions"] = self.work / "captions.vtt"
            files["captions"].write_text(spoken.vtt, "utf-8")
        size = files["clip"].stat().st_size
        content_id = library.keep(self.work, files)
        prepared = Prepared(
            content_id=content_id,
            bytes=size,
            width=checked.width,
            height=checked.height,
            duration_ms=duration_ms,
            fps=round(checked.frames / checked.duration_s, 3) if checked.duration_s else float(how.rate),
            frames=checked.frames,
            has_audio=checked.has_audio,
            start_ms=self.cut.start_ms if self.cut else None,
            # As asked, so that the same row of a table finds its clip again.
            end_ms=self.cut.end_ms if self.cut else None,
            fingerprint=fingerprint(checked.samples),
            strip=strip,
            captions=spoken,
            copied=how.copy_video,
            how="copied" if how.copy_video else f"encoded ({how.why})",
        )
        behind = films(self.path) if "mp4" in found.formats else 1
        joined = [why("joined", n=behind)] if behind > 1 else []
        return prepared, [*reasons, *joined, *unusable], found.as_facts(), made.detail

    def _probe(self) -> Probe:
        kind = sniff.sniff(b"\0")
        with contextlib.suppress(OSError):
            kind = look(self.path)
        try:
            return probe(self.path, tools=self.tools, bounds=self.bounds, cwd=self.work, stop=self.stop)
        except Refused as refused:
            if refused.reason.code in ("stopped", "too-slow", "too-much-memory"):
                raise
            raise Refused(by_kind(kind) or refused.reason, refused.detail) from refused

    def _encode(self, chosen: Chosen, timing: Packets, how: Plan) -> tuple[Plan, Made, Checked]:
        """Prepares and checks; what was copied and turns out damaged or not as promised is encoded after all."""
        if how.copy_video:
            try:
                made, checked = self._try(chosen, timing, how)
                if not (checked.faults or checked.damaged or checked.frames < timing.count):
                    return how, made, checked
                reason = "; ".join(checked.faults) or "damaged"
            except Refused as refused:
                if refused.reason.code in ("stopped", "too-slow"):
                    raise
                reason = f"copy failed: {refused.detail}"
            how = replace(how, copy_video=False, copy_audio=False, why=reason)
        made, checked = self._try(chosen, timing, how)
        if checked.faults:
            raise Refused(why("unverified"), "; ".join(checked.faults))
        if checked.damaged or checked.frames < made.frames:
            raise Refused(why("unverified"), f"{checked.frames} of {made.frames} frames of the clip decode")
        return how, made, checked

    def _try(self, chosen: Chosen, timing: Packets, how: Plan) -> tuple[Made, Checked]:
        seconds = timing.span
        if self.cut is not None:
            end = timing.span if self.cut.end_s is None else min(self.cut.end_s, timing.span)
            if self.cut.start_s >= timing.span:
                raise Refused(why("cut-outside", start=clock_time(self.cut.start_s), end=clock_time(timing.span)))
            seconds = end - self.cut.start_s
        target = self.work / "clip.mp4"
        made = prepare(
            self.path, target, chosen, how, self.options, tools=self.tools, bounds=self.bounds, threads=self.threads,
            seconds=seconds if how.seek else timing.span, length=seconds, cut=self.cut,
            follow=self._share(seconds), stop=self.stop,
        )  # fmt: skip
        checked = check(
            target, tools=self.tools, bounds=self.bounds, options=self.options, threads=self.threads, seconds=seconds,
            stop=self.stop,
        )  # fmt: skip
        return made, checked

    def _share(self, seconds: float) -> Callable[[float], None] | None:
        follow = self.follow
        if follow is None:
            return None
        return lambda done: follow(min(1.0, done / seconds) if seconds > 0 else 0.0)
