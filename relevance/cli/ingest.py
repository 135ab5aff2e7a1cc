"""`ingest`: any videos in, clips that play everywhere out."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from relevance import door
from relevance.media.bounds import Bounds
from relevance.media.ffmpeg import find, printable
from relevance.media.ingest import Progress
from relevance.media.ingest import ingest as run_ingest
from relevance.media.library import Library
from relevance.media.plan import PrepareOptions
from relevance.services.ingest import ProjectRegister
from relevance.settings import Settings, load
from relevance.texts import N_, _, language, translator

STATUSES = {
    "ready": N_("ready"),
    "warning": N_("warning"),
    "duplicate": N_("duplicate"),
    "rejected": N_("rejected"),
    "skipped": N_("skipped"),
}
QUIET = 5.0  # seconds between lines where no terminal shows a running line


class _Line:
    """What is said while it runs: one running line on a terminal, else a line now and then; every verdict but ready."""

    def __init__(self, verbose: bool) -> None:
        self._terminal = sys.stderr.isatty()
        self._verbose = verbose
        self._last = 0.0
        self._say = translator(language())

    def __call__(self, at: Progress) -> None:
        if at.verdict is not None and (self._verbose or at.verdict.status != "ready"):
            if self._terminal:
                click.echo("\r\x1b[K", nl=False, err=True)
            click.echo(f"{_(at.verdict.status)}: {at.verdict.path}: {at.verdict.say(self._say)}".rstrip(": "), err=True)
        now = time.monotonic()
        if self._terminal or now - self._last >= QUIET:
            self._last = now
            left = "" if at.remaining_s is None else _(", {time} left").format(time=_span(at.remaining_s))
            text = _("{done} of {files} files, {share} %{left}").format(
                done=at.done, files=at.files, share=int(at.share * 100), left=left
            )
            click.echo(f"\r\x1b[K{text}" if self._terminal else text, nl=not self._terminal, err=True)


def _span(seconds: float) -> str:
    minutes, rest = divmod(max(0, round(seconds)), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


@click.command(
    "ingest", help=_("Prepares videos: any file in, a clip that plays everywhere out; exit code 1 if any was rejected.")
)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--project", required=True, help=_("The project's name."))
@click.option("--create", is_flag=True, help=_("Makes the project if there is none of this name."))
@click.option("--workers", type=click.IntRange(1, 256), help=_("Files at a time; else one a processor."))
@click.option(
    "--clips", type=click.Path(path_type=Path), help=_("A table (source, start, end): cuts clips from long sources.")
)
@click.option("--metadata", type=click.Path(path_type=Path), help=_("A table (file, title, description, uploader)."))
@click.option("--report", type=click.Path(path_type=Path), help=_("Writes a CSV with a row for every file."))
@click.option(
    "--long-side", type=click.IntRange(160, 3840), default=1280, show_default=True, help=_("Pixels of the long side.")
)
@click.option(
    "--quality", type=click.IntRange(10, 40), default=23, show_default=True, help=_("x264's CRF; lower is better.")
)
@click.option(
    "--max-hours",
    type=click.FloatRange(0.001, 48),
    help=_("The longest video that is taken, instead of RELEVANCE_INGEST_SOURCE_HOURS."),
)
@click.option(
    "--max-memory",
    type=click.IntRange(512, 65536),
    help=_("MB a process of FFmpeg may use, instead of RELEVANCE_INGEST_MEMORY_MB."),
)
@click.option("--verbose", is_flag=True, help=_("Says every verdict, not only what is not ready."))
def ingest(
    paths: tuple[Path, ...],
    project: str,
    create: bool,
    workers: int | None,
    clips: Path | None,
    metadata: Path | None,
    report: Path | None,
    long_side: int,
    quality: int,
    max_hours: float | None,
    max_memory: int | None,
    verbose: bool,
) -> int:
    """Ingests files and folders."""
    given = {"ingest_source_hours": max_hours, "ingest_memory_mb": max_memory}
    settings = load(**{name: value for name, value in given.items() if value is not None})
    tools = find(*(str(path) if path else None for path in (settings.ffmpeg, settings.ffprobe)))
    with door.session(settings) as at:
        begun = at.call("ingest.begin", project=project, create=create)
        summary = run_ingest(
            paths,
            register=ProjectRegister(at, begun["project"]),
            library=Library(Path(begun["clips"])),
            tools=tools,
            bounds=bounds_of(settings),
            workers=workers,
            clips=clips,
            metadata=metadata,
            report=report,
            progress=_Line(verbose),
            options=PrepareOptions(long_side=long_side, quality=quality),
            translate=translator(language()),
        )
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", nl=False, err=True)
    counts = ", ".join(f"{_(status)} {summary.counts[status]}" for status in STATUSES)
    click.echo(
        _("{counts}. {new} new clips, {playing} of playing time, in {time}.").format(
            counts=counts, new=summary.new, playing=_span(summary.clip_s), time=_span(summary.seconds)
        )
    )
    if report is not None:
        click.echo(_("The report is in {file}.").format(file=printable(str(report))))
    return summary.exit_code


def bounds_of(settings: Settings) -> Bounds:
    """How far a file may go, as the installation sets it.

    >>> bounds_of(Settings(ingest_clip_hours=1, ingest_output_mb=2)).duration_s
    3600.0
    """
    return Bounds(
        source_duration_s=settings.ingest_source_hours * 3600.0,
        duration_s=settings.ingest_clip_hours * 3600.0,
        prepare_s=settings.ingest_minutes * 60.0,
        pixels=round(settings.ingest_megapixels * 1_000_000),
        memory_bytes=settings.ingest_memory_mb << 20,
        output_bytes=settings.ingest_output_mb << 20,
    )


COMMANDS = [ingest]
