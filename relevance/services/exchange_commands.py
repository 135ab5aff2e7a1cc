"""What the commands `items`, `export`, `snapshot` and `backup` ask of the store: JSON in, JSON out.

They run on the thread that asked: on a cursor of their own, and in the writer in short pieces only.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from relevance.acts import command_act
from relevance.errors import BadInput
from relevance.exchange.values import moment
from relevance.roles import SYSTEM, Act, require
from relevance.runtime import Runtime
from relevance.services import exports, items, projects
from relevance.store import backup, snapshot

Json = dict[str, Any]


@command_act("project.ensure")
def project_ensure(rt: Runtime, project: str, create: bool) -> Json:
    """The id of a project by its name; made first where `create` allows it."""
    before = {row.id for row in projects.every(rt.store)}
    number = projects.ensure(rt.store, SYSTEM, project, create)
    return {"id": number, "made": number not in before}


def _offer(name: str, act: Callable[..., Any]) -> None:
    def run(act: Callable[..., Any], rt: Runtime, **arguments: Any) -> Any:
        return act(rt.store, SYSTEM, **arguments)

    command_act(name)(partial(run, act))


for _name, _act in items.ACTS.items():
    _offer(_name, _act)


@command_act("export")
def export(
    rt: Runtime,
    project: str,
    what: str,
    format: str,
    out: str,
    batch: str | None = None,
    as_of: str | None = None,
    bom: bool = False,
) -> Json:
    """Writes an export to an absolute path on this machine."""
    row = projects.by_name(rt.store, project)
    done = exports.export(
        rt.store,
        SYSTEM,
        row.id,
        what,
        format,
        Path(out),
        batch=batch,
        as_of=None if as_of is None else _moment(as_of, row.time_zone),
        bom=bom,
    )
    return {
        "path": str(done.path),
        "rows": done.rows,
        "bytes": done.bytes,
        "as_of": done.as_of.isoformat(),
        "also": [str(path) for path in done.also],
        "mapping": list(done.mapping),
    }


def _moment(text: str, time_zone: str) -> datetime:
    from zoneinfo import ZoneInfo

    found = moment(text, ZoneInfo(time_zone))
    if found is None:
        raise BadInput(
            '"{text}" is no date. Give 2026-11-30 or 2026-11-30 18:00 (time zone {zone}).', text=text, zone=time_zone
        )
    return found


@command_act("snapshot")
def snapshot_now(rt: Runtime) -> Json:
    """Publishes a fresh copy for analysts."""
    require(SYSTEM, Act.SNAPSHOT)
    done = snapshot.publish(rt.store, rt.settings.data / snapshot.FILE)
    return {
        "path": str(done.path),
        "as_of": done.as_of.isoformat(),
        "seconds": done.seconds,
        "bytes": done.bytes,
        "rows": done.rows,
    }


@command_act("backup")
def backup_now(rt: Runtime, folder: str, clips: bool = True) -> Json:
    """Writes a backup to an absolute path on this machine."""
    require(SYSTEM, Act.BACKUP)
    done = backup.back_up(rt.store, Path(folder), clips)
    rt.store.act(lambda tx: tx.new_act("backup", SYSTEM, None, folder=folder, rows=done.rows, clips=done.clips))
    return {
        "folder": str(done.folder),
        "as_of": done.as_of.isoformat(),
        "rows": done.rows,
        "clips": done.clips,
        "linked": done.linked,
        "bytes": done.bytes,
    }
