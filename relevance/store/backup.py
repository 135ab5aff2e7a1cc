"""Backup while the product runs, and restore.

A backup is a folder: one Parquet file a table, all of one moment; the prepared clips; and a manifest with the count and
the SHA-256 of every file. It does not depend on DuckDB's own file format, and anything that reads Parquet can read it.
A restore builds the tables by the migrations of the backup's schema, so that keys, checks and triggers are there again.

Sessions are not restored (everybody signs in again), and neither the settings nor the cookie secret are in a backup.
Password hashes are: the folder is readable by its owner alone.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from relevance import __version__
from relevance.errors import BadInput, Place, Unavailable
from relevance.store.atomic import sync_folder
from relevance.store.files import DATABASE, NEWEST, Lock, migrations
from relevance.store.snapshot import FILE as SNAPSHOT
from relevance.store.store import Reader, Store

FORMAT = 1
MANIFEST = "manifest.json"
TABLES = "tables"
CLIPS = "clips"
# Less processor time than the defaults take, and smaller files.
WRITTEN = "format parquet, parquet_version v2, compression zstd, compression_level 1"
LEFT_OUT = frozenset({"session", "void", "intake"})  # what is in `intake` was confirmed after the backup began
# What a data folder may hold and still be empty: notes and samples are not the product's data.
OURS = (DATABASE, DATABASE + ".wal", SNAPSHOT, CLIPS)


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made or restored.

    linked: clips that share their bytes with the data folder (hard links). left_out: damaged clip files.
    """

    folder: Path
    as_of: datetime
    rows: int
    clips: int
    linked: int
    bytes: int
    left_out: tuple[str, ...] = ()


def back_up(store: Store, folder: Path, clips: bool = True) -> Backup:
    """Writes a backup into a folder that is not there yet, or is empty. It appears when it is complete.

    clips: also the prepared clips: as hard links where the folder lies on the same file system (they cost nothing and
    outlive a deletion, but not the disk), else as copies.

    Raises:
        BadInput: the folder has something in it.
        Unavailable: the disk is full or can't be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput("{folder} is not empty. A backup wants a folder of its own.", folder=str(folder))
    if not folder.parent.is_dir():
        raise BadInput("There is no folder {folder}. Make it first.", folder=str(folder.parent))
    part = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        _clear(folder)
        part.mkdir(mode=0o700)
        done = _write(store, part, clips)
        sync_folder(part)
        part.rename(folder)  # takes the place of an empty folder, and of nothing else
        sync_folder(folder.parent)
    except (OSError, duckdb.IOException) as fault:
        raise Unavailable(
            "The backup could not be written to {folder} ({why}).", folder=str(folder), why=str(fault)
        ) from fault
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Backup(folder, *done)


def _clear(folder: Path) -> None:
    """Removes what backups to this place left whose processes are gone."""
    for left in folder.parent.glob(".*.part"):
        owner = left.name.removeprefix(f".{folder.name}.").removesuffix(".part")
        if left.name.startswith(f".{folder.name}.") and owner.isdigit() and not Path(f"/proc/{owner}").exists():
            shutil.rmtree(left, ignore_errors=True)


def _write(store: Store, part: Path, clips: bool) -> tuple[datetime, int, int, int, int]:
    (part / TABLES).mkdir(mode=0o700)
    # One table's file is summed and brought to the disk while the next one is written.
    with store.reader(snapshot=True) as reader, ThreadPoolExecutor(1) as behind:
        as_of = store.clock.now()
        schema = int(reader.value("select value from meta where key = 'schema'"))
        sums = {name: behind.submit(_summed, *_table(reader, name, part)) for name in _names(reader)}
        tables = {name: summed.result() for name, summed in sums.items()}
        wanted = [content for (content,) in reader.all("select distinct content_id from clip where removed_at is null")]
    linked = 0
    files: dict[str, Any] = {}
    if clips and (store.folder / CLIPS).is_dir():
        # Bytes of a clip never change under its name, so they may be taken after the tables were.
        files, linked = _take_clips(store.folder / CLIPS, part / CLIPS)
    manifest = {
        "format": FORMAT,
        "product_version": __version__,
        "schema": schema,
        "as_of": as_of.astimezone(UTC).isoformat(),
        "tables": tables,
        "clips": files if clips else None,
        "clips_registered": len(wanted),
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True)
    (part / MANIFEST).write_text(text, "utf-8")
    # The manifest's own sum stands beside it: a truncated manifest must not pass for a smaller backup.
    (part / (MANIFEST + ".sha256")).write_text(hashlib.sha256(text.encode()).hexdigest() + f"  {MANIFEST}\n")
    for file in (part / MANIFEST, part / (MANIFEST + ".sha256")):
        _sync(file)
    rows = sum(table["rows"] for table in tables.values())
    size = sum(table["bytes"] for table in tables.values()) + sum(file["bytes"] for file in files.values())
    return as_of, rows, len(files), linked, size


def _names(reader: Reader) -> list[str]:
    rows = reader.all(
        "select table_name from duckdb_tables() where database_name = current_database() and schema_name = 'main'"
        " and not temporary order by table_name"
    )
    return [name for (name,) in rows if name not in LEFT_OUT]


def _table(reader: Reader, name: str, part: Path) -> tuple[Path, int]:
    path = part / TABLES / f"{name}.parquet"
    ((rows,),) = reader.all(f'copy "{name}" to {_quoted(path)} ({WRITTEN})')
    path.chmod(0o600)
    return path, int(rows)


def _summed(path: Path, rows: int) -> dict[str, Any]:
    _sync(path)
    return {"rows": rows, "bytes": path.stat().st_size, "sha256": digest(path)}


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _sync(path: Path) -> None:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _take_clips(source: Path, target: Path) -> tuple[dict[str, Any], int]:
    """Links or copies the clip library. Returns size and sum of its files by name, and how many are links.

    A clip is called by the SHA-256 of its bytes, so only what lies beside it (poster, strip, captions) is summed here.
    """
    files: dict[str, Any] = {}
    linked = 0
    may_link = True
    for path in _files(source):
        name = path.relative_to(source)
        to = target / name
        to.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            if may_link:
                try:
                    os.link(path, to)
                    linked += 1
                except OSError as fault:
                    if fault.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP):
                        raise
                    may_link = fault.errno == errno.EMLINK
                    shutil.copy2(path, to)
            else:
                shutil.copy2(path, to)
        except FileNotFoundError:
            continue  # removed meanwhile: its tombstone is younger than this backup
        files[str(name)] = {"bytes": to.stat().st_size, "sha256": _named_sum(to) or digest(to)}
    return files, linked


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        # Hidden and temporary names are clips in the making.
        if path.is_file() and not path.is_symlink() and not any(p.startswith((".", "tmp")) for p in inside):
            yield path


# Restore ----------------------------------------------------------------------------------------------------------


def restore(
    folder: Path, data: Path, progress: Callable[[str], None] = lambda _: None, *, without_damaged_clips: bool = False
) -> Backup:
    """Builds a data folder from a backup. The folder must hold no store yet, and nothing may be running on it.

    Every file is checked against the manifest before anything is written. without_damaged_clips: clip files that are
    missing or damaged are left out, where one of them would keep all that was graded from coming back.

    Raises:
        BadInput: it is no backup, files of it are missing or damaged, or the data folder is in use already.
        StoreTooNew: the backup was made by a newer release.
    """
    manifest = _manifest(folder)
    damaged = {place.file.removeprefix(f"{CLIPS}/"): place for place in _clip_faults(folder, manifest)}
    _refuse(folder, [*_table_faults(folder, manifest), *([] if without_damaged_clips else damaged.values())])
    clips = {name: noted for name, noted in (manifest["clips"] or {}).items() if name not in damaged}
    data.mkdir(parents=True, exist_ok=True)
    there = [name for name in OURS if _holds(data / name)]
    if there:
        raise BadInput(
            "{data} holds a store already ({there}). Restore into an empty data folder (RELEVANCE_DATA).",
            data=str(data), there=", ".join(there),
        )  # fmt: skip
    with Lock(data):
        for left in data.glob(f"{DATABASE}.restoring*"):
            left.unlink()
        part = data / f"{DATABASE}.restoring"
        try:
            rows = _build(folder, manifest, part, progress)
            copied = _bring_clips(folder, data / CLIPS, clips)
            _sync(part)
            part.rename(data / DATABASE)
            sync_folder(data)
        except BaseException:
            part.unlink(missing_ok=True)
            part.with_name(part.name + ".wal").unlink(missing_ok=True)
            shutil.rmtree(data / CLIPS, ignore_errors=True)
            raise
    size = sum(table["bytes"] for table in manifest["tables"].values()) + sum(clip["bytes"] for clip in clips.values())
    return Backup(folder, datetime.fromisoformat(manifest["as_of"]), rows, copied, 0, size, tuple(damaged))


def _holds(path: Path) -> bool:
    return path.is_file() or (path.is_dir() and any(path.iterdir()))


def check(folder: Path) -> dict[str, Any]:
    """Reads a backup's manifest and proves that all its files are there and whole.

    Raises:
        BadInput: it is no backup of ours, or files are missing or damaged (each is named).
    """
    manifest = _manifest(folder)
    _refuse(folder, [*_table_faults(folder, manifest), *_clip_faults(folder, manifest)])
    return manifest


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.is_file():
        raise BadInput("{folder} is no backup: it has no {manifest}.", folder=str(folder), manifest=MANIFEST)
    text = path.read_bytes()
    try:
        noted = (folder / (MANIFEST + ".sha256")).read_text().split()[0]
    except (OSError, IndexError):
        noted = ""
    if hashlib.sha256(text).hexdigest() != noted:
        raise BadInput(
            "{folder}: {manifest} is damaged; its checksum does not agree.", folder=str(folder), manifest=MANIFEST
        )
    manifest: dict[str, Any] = json.loads(text)
    if manifest["format"] > FORMAT or manifest["schema"] > NEWEST:
        raise BadInput(
            "{folder} was made by the newer release {version}. Restore it with that one.",
            folder=str(folder), version=manifest["product_version"],
        )  # fmt: skip
    return manifest


def _refuse(folder: Path, faults: list[Place]) -> None:
    if not faults:
        return
    if all(place.file.startswith(f"{CLIPS}/") for place in faults):
        raise BadInput(
            "The backup {folder} has {n} damaged clip files. Nothing was restored. To leave them out: restore "
            "--without-damaged-clips; ingest their sources again afterwards.",
            folder=str(folder), n=len(faults), places=faults[:100], count=len(faults),
        )  # fmt: skip
    raise BadInput(
        "The backup {folder} is damaged: {n} files. Nothing was restored.",
        folder=str(folder), n=len(faults), places=faults[:100], count=len(faults),
    )  # fmt: skip


def _table_faults(folder: Path, manifest: dict[str, Any]) -> Iterator[Place]:
    for name, noted in manifest["tables"].items():
        path = folder / TABLES / f"{name}.parquet"
        if not path.is_file():
            yield Place("this file is missing.", file=f"{TABLES}/{path.name}")
        elif digest(path) != noted["sha256"]:
            yield Place("this file is damaged; its checksum does not agree.", file=f"{TABLES}/{path.name}")


def _clip_faults(folder: Path, manifest: dict[str, Any]) -> Iterator[Place]:
    for name, noted in (manifest["clips"] or {}).items():
        path = folder / CLIPS / name
        if not path.is_file():
            yield Place("this file is missing.", file=f"{CLIPS}/{name}")
        elif path.stat().st_size != noted["bytes"] or digest(path) != noted["sha256"]:
            yield Place("this file is damaged; its checksum does not agree.", file=f"{CLIPS}/{name}")


def _named_sum(path: Path) -> str | None:
    """The sum that a prepared clip bears as its name; None for another file."""
    name = path.stem
    return name if path.suffix == ".mp4" and len(name) == 64 and not set(name) - set("0123456789abcdef") else None


def _build(folder: Path, manifest: dict[str, Any], part: Path, progress: Callable[[str], None]) -> int:
    con = duckdb.connect(str(part))
    part.chmod(0o600)  # before the first password hash is in it
    rows = 0
    try:
        con.execute("set TimeZone = 'UTC'")
        con.execute("set preserve_insertion_order = true")
        for number, migration in migrations():
            if number <= manifest["schema"]:  # what came later is applied when the store is opened
                con.execute(migration.read_text("utf-8"))
        for name, noted in manifest["tables"].items():
            progress(name)
            file = _quoted(folder / TABLES / f"{name}.parquet")
            con.execute(f'insert into "{name}" by name select * from read_parquet({file})')
            ((there,),) = con.execute(f'select count(*) from "{name}"').fetchall()
            if there != noted["rows"]:
                raise BadInput(
                    "{folder}: table {table} has {there} rows after the restore, the manifest says {noted}.",
                    folder=str(folder), table=name, there=there, noted=noted["rows"],
                )  # fmt: skip
            rows += there
        # Another store from here on: the second copy of the old one goes on to hold what this backup lacks.
        con.execute("delete from meta where key = 'store'")
        con.execute("checkpoint")
    finally:
        con.close()
    return rows


def _bring_clips(folder: Path, target: Path, files: dict[str, Any]) -> int:
    for name in files:
        to = target / name
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(folder / CLIPS / name, to)  # never a link: the backup must not change with the data
    if files:
        with contextlib.suppress(OSError):
            sync_folder(target)
    return len(files)
