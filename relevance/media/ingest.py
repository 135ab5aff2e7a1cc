"""Ingest: any files in, a verdict for each out. Several workers, resumable, nothing half done.

What is registered is in the library already; what lies in the library is whole. So a run that was killed at any moment
is continued by running it again: contents that are known are passed over, the rest is done.
"""

from __future__ import annotations

import errno
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from relevance.errors import BadInput, Place, Unavailable
from relevance.media import ffmpeg
from relevance.media.bounds import Bounds
from relevance.media.clip import Content, hash_file, prepare_one
from relevance.media.cuts import Wanted, matches, read_cuts
from relevance.media.library import Library
from relevance.media.metadata import Metadata, read_metadata
from relevance.media.plan import PrepareOptions
from relevance.media.reasons import why
from relevance.media.report import Report
from relevance.media.verdict import Cut, Known, Reason, Refused, Register, Status, Verdict
from relevance.media.walk import Candidate, walk
from relevance.texts import _


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingest is. `verdict` is what was just decided, None while a file is in the making.

    What was here already passes in no time and says nothing of how long the rest will take: `remaining_s` goes by the
    files that were worked on, and is None until there are any.
    """

    done: int
    files: int
    share: float  # of all bytes, 0 to 1
    elapsed_s: float
    remaining_s: float | None
    verdict: Verdict | None


@dataclass(slots=True)
class Summary:
    """What came of an ingest: verdicts by status, playing time of the new clips, wall clock."""

    counts: Counter[str] = field(default_factory=Counter)
    new: int = 0
    clip_s: float = 0.0
    seconds: float = 0.0

    @property
    def exit_code(self) -> int:
        """0 only if nothing was rejected."""
        return 1 if self.counts["rejected"] else 0


def ingest(
    paths: Sequence[Path],
    *,
    register: Register,
    library: Library,
    tools: ffmpeg.Ffmpeg | None = None,
    bounds: Bounds | None = None,
    workers: int | None = None,
    clips: Path | None = None,
    metadata: Path | None = None,
    report: Path | None = None,
    progress: Callable[[Progress], None] | None = None,
    options: PrepareOptions | None = None,
    translate: Callable[[str], str] = _,
) -> Summary:
    """Ingests files and folders.

    Args:
        paths: files and folders.
        register: where verdicts are kept; called by one thread at a time.
        library: where clips lie.
        workers: files at a time; else one a processor.
        clips: a table of parts to cut; only the sources that it names are taken.
        metadata: a table of titles, descriptions, uploaders.
        report: a CSV file to write, one row a file or cut.
        progress: called after every verdict and now and then between, by one thread at a time.
        translate: how the report says reasons.

    Raises BadInput for paths that don't exist and tables that can't be used, before anything is done; Unavailable where the disk is full.
    """
    began = time.monotonic()
    tools = tools or ffmpeg.find()
    library.clean()
    described = read_metadata(metadata) if metadata else Metadata()
    wanted = read_cuts(clips) if clips else None
    candidates = walk(paths, [table for table in (clips, metadata) if table])
    jobs = _jobs(candidates, wanted, clips)
    workers = max(1, min(workers or os.cpu_count() or 1, len(jobs) or 1))
    run = _Run(
        register=register,
        library=library,
        tools=tools,
        bounds=bounds or Bounds(),
        options=options or PrepareOptions(),
        metadata=described,
        threads=max(1, (os.cpu_count() or 1) // workers),
        tell=progress,
        files=len(jobs),
        bytes_total=sum(_weight(job) for job in jobs),
        began=began,
    )
    with ExitStack() as stack:
        run.report = stack.enter_context(Report(report, translate)) if report else None
        _work(run, jobs, workers)
    run.summary.seconds = time.monotonic() - began
    return run.summary


@dataclass(frozen=True, slots=True)
class _Job:
    candidate: Candidate
    cuts: tuple[Cut | None, ...] = (None,)


def _jobs(candidates: Sequence[Candidate], wanted: list[Wanted] | None, table: Path | None) -> list[_Job]:
    """Which file is cut how. Raises BadInput for rows that name no file, or more than one."""
    if wanted is None:
        return [_Job(candidate) for candidate in candidates]
    cuts: dict[int, list[Cut | None]] = {}
    places: list[Place] = []
    file = ffmpeg.printable(table.name) if table else ""
    tried = [at for at, candidate in enumerate(candidates) if candidate.passed_over is None]
    by_name: dict[str, list[int]] = {}
    for row in wanted:
        if row.source not in by_name:
            by_name[row.source] = [at for at in tried if matches(row.source, candidates[at].shown)]
        fitting = by_name[row.source]
        if len(fitting) == 1:
            cuts.setdefault(fitting[0], []).append(row.cut)
        elif fitting:
            names = ", ".join(candidates[at].shown for at in fitting[:5])
            places.append(
                Place(
                    '"{value}" fits more than one file: {names}. Write more of the path.',
                    file=file, row=row.row, column="source", value=row.source, values=(("names", names),),
                )
            )  # fmt: skip
        else:
            places.append(
                Place(
                    'no file that was given is called "{value}".',
                    file=file, row=row.row, column="source", value=row.source,
                )
            )  # fmt: skip
    if places:
        raise BadInput(
            "{file}: {count} rows can't be used; nothing was ingested.",
            file=file,
            count=len(places),
            places=places[:100],
        )
    return [
        _Job(candidate, tuple(cuts[at]))
        if at in cuts
        else _Job(candidate if candidate.passed_over else replace(candidate, passed_over=why("not-in-table")))
        for at, candidate in enumerate(candidates)
    ]


def _weight(job: _Job) -> int:
    return 0 if job.candidate.passed_over else max(job.candidate.bytes, 1)


def _work(run: _Run, jobs: Sequence[_Job], workers: int) -> None:
    """Runs the jobs. An interrupt or an error of ours ends what runs (FFmpeg included) and is raised."""
    waiting: Iterator[_Job] = iter(jobs)
    with ThreadPoolExecutor(workers, thread_name_prefix="ingest") as pool:
        running: set[Future[None]] = set()
        try:
            while True:
                # A short queue, so that an end is quick and a long list costs no memory.
                while len(running) < workers * 2 and (job := next(waiting, None)) is not None:
                    running.add(pool.submit(run.one, job))
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    future.result()
        except BaseException:
            run.stop.set()
            for future in running:
                future.cancel()
            raise


@dataclass(slots=True)
class _Run:
    register: Register
    library: Library
    tools: ffmpeg.Ffmpeg
    bounds: Bounds
    options: PrepareOptions
    metadata: Metadata
    threads: int
    tell: Callable[[Progress], None] | None
    files: int
    bytes_total: int
    began: float
    report: Report | None = None
    summary: Summary = field(default_factory=Summary)
    stop: threading.Event = field(default_factory=threading.Event)
    done: int = 0
    bytes_done: float = 0.0
    _worked: float = 0.0  # of them, bytes that were not here already
    _began_work: float | None = None
    _door: threading.RLock = field(default_factory=threading.RLock)  # register, report and progress
    _contents: dict[str, threading.Lock] = field(default_factory=dict)
    _here: dict[str, str] = field(default_factory=dict)  # contents of this run, and the path that came first
    _shares: dict[int, float] = field(default_factory=dict)
    _told: float = 0.0

    def one(self, job: _Job) -> None:
        """One file, all its cuts."""
        began = time.monotonic()
        candidate = job.candidate
        verdicts: Iterable[Verdict]
        if self.stop.is_set():
            return
        if candidate.passed_over is not None:
            verdicts = [self._kept(_verdict(candidate, "skipped", candidate.passed_over))]
        elif candidate.unreadable is not None:
            verdicts = [self._kept(_verdict(candidate, "rejected", candidate.unreadable))]
        else:
            verdicts = self._tried(job)
        passed = True  # nothing of it had to be worked on
        try:
            for verdict in verdicts:
                passed = passed and _was_here(verdict)
                if verdict.reason is not None and verdict.reason.code == "stopped":
                    return
                self._decided(verdict if verdict.seconds else replace(verdict, seconds=time.monotonic() - began))
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise Unavailable(
                    "The disk with the clips is full. Make room and run it again; it goes on where it stopped."
                ) from error
            raise
        with self._door:
            self.done += 1
            self.bytes_done += _weight(job)
            self._worked += 0 if passed else _weight(job)
            self._shares.pop(id(job), None)
            self._progress(None)

    def _tried(self, job: _Job) -> Iterator[Verdict]:
        candidate = job.candidate
        try:
            content = hash_file(candidate.path, bounds=self.bounds, stop=self.stop)
        except Refused as refused:
            status: Status = "skipped" if refused.reason.code == "special" else "rejected"
            verdict = replace(_verdict(candidate, status, refused.reason), detail=refused.detail, bytes=candidate.bytes)
            yield verdict if refused.reason.code == "stopped" else self._kept(verdict)
            return
        with self._door:
            lock = self._contents.setdefault(content.sha256, threading.Lock())
        with lock:  # the same content twice at the same time: the second waits, and is a duplicate
            with self._door:
                known = self.register.known(content.sha256)
                first = self._here.setdefault(content.sha256, candidate.shown)
            for at, cut in enumerate(job.cuts):
                earlier = self._earlier(candidate, content, known, first, cut)
                if earlier is not None:
                    yield earlier
                    continue
                done, parts = at, len(job.cuts)
                with self._door:
                    self._began_work = self._began_work or time.monotonic()
                yield self._made(
                    prepare_one(
                        candidate.path,
                        library=self.library,
                        tools=self.tools,
                        bounds=self.bounds,
                        options=self.options,
                        cut=cut,
                        described=self.metadata.of(candidate.shown),
                        shown=candidate.shown,
                        content=content,
                        threads=self.threads,
                        follow=lambda share, done=done, parts=parts: self._follow(job, (done + share) / parts),  # type: ignore[misc]
                        stop=self.stop,
                    ),
                    candidate,
                )

    def _earlier(
        self, candidate: Candidate, content: Content, known: Known | None, first: str, cut: Cut | None
    ) -> Verdict | None:
        """The verdict on what is here already: made before, or the same content under another name."""
        clip = known.clip_for(cut) if known else None
        if known is None:
            return None
        if clip is None or not self.library.has(clip.content_id):
            if known.status in ("ready", "warning") or first == candidate.shown:
                return None  # a new cut, lost bytes, or a rejection that is judged again
            # Rejected a moment ago under another name: the same content fares the same.
            return replace(
                _verdict(candidate, "rejected", *known.reasons), sha256=content.sha256, bytes=content.bytes, cut=cut
            )
        base = Verdict(
            known.status, candidate.name, candidate.shown, known.reasons, sha256=content.sha256, bytes=content.bytes,
            cut=cut, clip_id=clip.clip_id,
        )  # fmt: skip
        if candidate.name in known.names and first == candidate.shown:
            return replace(base, reasons=(why("already"), *known.reasons))
        with self._door:
            if candidate.shown not in known.paths:
                self.register.alias(content.sha256, candidate.name, candidate.shown)
        other = known.paths[0] if known.paths else first
        return replace(base, status="duplicate", reasons=(why("same-content", other=other),))

    def _made(self, verdict: Verdict, candidate: Candidate) -> Verdict:
        code = verdict.reason.code if verdict.reason else ""
        if code == "stopped":
            return verdict
        if code == "image" and not candidate.expected:
            verdict = replace(verdict, status="skipped")  # an unmoving GIF that lay in the folder
        return self._kept(verdict)

    def _kept(self, verdict: Verdict) -> Verdict:
        with self._door:
            number = self.register.add(verdict)
            if verdict.clip is not None:
                self.summary.new += 1
                self.summary.clip_s += verdict.clip.duration_ms / 1000
        return replace(verdict, clip_id=number)

    def _decided(self, verdict: Verdict) -> None:
        with self._door:
            self.summary.counts[verdict.status] += 1
            if self.report is not None:
                self.report.add(verdict)
            self._progress(verdict)

    def _follow(self, job: _Job, share: float) -> None:
        with self._door:
            self._shares[id(job)] = share * _weight(job)
            if time.monotonic() - self._told > 0.5:
                self._progress(None)

    def _progress(self, verdict: Verdict | None) -> None:
        if self.tell is None:
            return
        self._told = time.monotonic()
        elapsed = self._told - self.began
        making = sum(self._shares.values())
        done, worked = self.bytes_done + making, self._worked + making
        share = min(1.0, done / self.bytes_total) if self.bytes_total else 1.0
        remaining = None
        if self._began_work is not None and worked > 0:
            remaining = (self._told - self._began_work) * max(0.0, self.bytes_total - done) / worked
        self.tell(Progress(self.done, self.files, share, elapsed, remaining, verdict))


def _was_here(verdict: Verdict) -> bool:
    """Whether nothing was done for it but reading it: known from before, or no file to be tried at all."""
    return verdict.status in ("duplicate", "skipped") or any(one.code == "already" for one in verdict.reasons)


def _verdict(candidate: Candidate, status: Status, *reasons: Reason) -> Verdict:
    return Verdict(status, candidate.name, candidate.shown, reasons, bytes=candidate.bytes)
