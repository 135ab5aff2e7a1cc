"""Sources and clips come in: what the store does with the verdicts of `media/ingest.py`.

FFmpeg runs in the command's process; here one verdict is kept in one transaction, in the server or on a free store.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, Protocol

from relevance.acts import command_act
from relevance.errors import NotFound
from relevance.media.reasons import SENTENCES
from relevance.media.verdict import Known, KnownClip, Reason, Verdict
from relevance.roles import SYSTEM, Act, Actor, require
from relevance.runtime import Runtime
from relevance.services import projects
from relevance.store.store import Store, Tx

Json = dict[str, Any]


def known(store: Store, project: int, sha256: str) -> Json | None:
    """What was said of a content in a project: names, paths, status, reasons, clips."""
    with store.reader(snapshot=True) as reader:
        row = reader.one(
            "select id, name, path, status, detail from source where project = ? and sha256 = ?", [project, sha256]
        )
        if row is None:
            return None
        aliases = reader.all("select name, path from source_alias where source = ? order by id", [row[0]])
        clips = reader.all(
            "select id, content_id, start_ms, end_ms from clip where source = ? and removed_at is null order by id",
            [row[0]],
        )
    return {
        "names": [row[1], *(name for name, _ in aliases)],
        "paths": [row[2], *(path for _, path in aliases)],
        "status": row[3],
        "reasons": json.loads(row[4])["reasons"],
        "clips": clips,
    }


def alias(store: Store, actor: Actor, project: int, sha256: str, name: str, path: str) -> None:
    """Keeps another name of a known content; the same name and path again is kept once."""
    require(actor, Act.INGEST, project)

    def act(tx: Tx) -> None:
        row = tx.one("select id, name, path from source where project = ? and sha256 = ?", [project, sha256])
        if row is None:
            raise NotFound("There is no source with this content.")
        if (row[1], row[2]) == (name, path) or tx.one(
            "select 1 from source_alias where source = ? and name = ? and path = ?", [row[0], name, path]
        ):
            return
        tx.new_act("source.alias", actor, project, source=row[0], name=name)
        tx.insert(
            "source_alias",
            id=tx.new_id("source_alias"),
            project=project,
            source=row[0],
            name=name,
            path=path,
            made_at=tx.now,
        )

    store.act(act)


def add(store: Store, actor: Actor, project: int, verdict: Json) -> int:
    """Keeps a verdict (see `packed`): the source, and its clip where there is one. The clip's id, 0 for none."""
    require(actor, Act.INGEST, project)

    def act(tx: Tx) -> int:
        if project not in tx.live.projects:
            raise NotFound("There is no project {project}.", project=project)
        detail = json.dumps(
            {"reasons": verdict["reasons"], "detail": verdict["detail"], "probe": verdict["probe"]}, ensure_ascii=False
        )
        reason = verdict["reasons"][0]["code"] if verdict["reasons"] else "ok"
        row = tx.one(
            "select id, status from source where project = ? and sha256 = ? and (sha256 <> '' or path = ?)",
            [project, verdict["sha256"], verdict["path"]],
        )
        act_id = tx.new_act("source.add", actor, project, name=verdict["name"], status=verdict["status"])
        if row is None:
            source = tx.new_id("source")
            tx.insert(
                "source",
                id=source,
                project=project,
                sha256=verdict["sha256"],
                name=verdict["name"],
                path=verdict["path"],
                bytes=verdict["bytes"],
                status=verdict["status"],
                reason=reason,
                detail=detail,
                received_at=tx.now,
                act=act_id,
            )
        else:
            source = row[0]
            if row[1] in ("rejected", "skipped"):
                tx.execute(
                    "update source set status = ?, reason = ?, detail = ? where id = ?",
                    [verdict["status"], reason, detail, source],
                )
        made = verdict["clip"]
        if made is None:
            return 0
        there = tx.one(
            """select id from clip where source = ? and start_ms is not distinct from ? and end_ms is not distinct from ?
               and removed_at is null""",
            [source, made["start_ms"], made["end_ms"]],
        )
        if there is not None:
            return int(there[0])
        clip = tx.new_id("clip")
        tx.insert("clip", id=clip, project=project, source=source, made_at=tx.now, act=act_id, **made)
        return clip

    return store.act(act)


def packed(verdict: Verdict) -> Json:
    """A verdict as JSON, the clip with the columns of its table."""
    made, said = verdict.clip, verdict.described
    clip: Json | None = None
    if made is not None:
        clip = {
            "content_id": made.content_id,
            "name": verdict.name if verdict.cut is None else f"{verdict.name} [{_span(made.start_ms, made.end_ms)}]",
            "start_ms": made.start_ms,
            "end_ms": made.end_ms,
            "duration_ms": made.duration_ms,
            "width": made.width,
            "height": made.height,
            "fps": made.fps,
            "frames": made.frames,
            "bytes": made.bytes,
            "has_audio": made.has_audio,
            "fingerprint": made.fingerprint,
            "strip": json.dumps(asdict(made.strip)),
            "title": said.title if said else None,
            "description": said.description if said else None,
            "uploader": said.uploader if said else None,
            "captions": made.captions.vtt if made.captions else None,
            "captions_text": made.captions.text if made.captions else None,
            "facts": json.dumps(
                {"copied": made.copied, "how": made.how, "reasons": _reasons(verdict)}, ensure_ascii=False
            ),
        }
    return {
        "status": verdict.status,
        "name": verdict.name,
        "path": verdict.path,
        "sha256": verdict.sha256,
        "bytes": verdict.bytes,
        "reasons": _reasons(verdict),
        "detail": verdict.detail,
        "probe": dict(verdict.probe) if verdict.probe is not None else None,
        "clip": clip,
    }


def _reasons(verdict: Verdict) -> list[Json]:
    return [{"code": reason.code, "values": dict(reason.values)} for reason in verdict.reasons]


def _span(start_ms: int | None, end_ms: int | None) -> str:
    return f"{(start_ms or 0) / 1000:g}-{'' if end_ms is None else f'{end_ms / 1000:g}'}"


def unpacked(sha256: str, told: Json) -> Known:
    """What `known` told, as the ingest wants it."""
    return Known(
        sha256=sha256,
        names=tuple(told["names"]),
        paths=tuple(told["paths"]),
        status=told["status"],
        reasons=tuple(
            Reason(one["code"], SENTENCES.get(one["code"], one["code"]), one["values"]) for one in told["reasons"]
        ),
        clips=tuple(KnownClip(*clip) for clip in told["clips"]),
    )


class Calling(Protocol):
    """What runs acts by name: a command's door."""

    def call(self, act: str, **arguments: Any) -> Any:
        """Runs an act and returns its JSON result."""
        ...


class ProjectRegister:
    """A project's sources and clips as `media/ingest.py` wants them, through a door."""

    def __init__(self, door: Calling, project: int) -> None:
        self._door = door
        self._project = project

    def known(self, sha256: str) -> Known | None:
        """The source of the same content that was judged before."""
        told = self._door.call("ingest.known", project=self._project, sha256=sha256)
        return None if told is None else unpacked(sha256, told)

    def alias(self, sha256: str, name: str, path: str) -> None:
        """Keeps another name of a known content."""
        self._door.call("ingest.alias", project=self._project, sha256=sha256, name=name, path=path)

    def add(self, verdict: Verdict) -> int:
        """Keeps a source with its clip, or its rejection."""
        return int(self._door.call("ingest.add", project=self._project, verdict=packed(verdict)))


@command_act("ingest.begin")
def _begin(rt: Runtime, project: str, create: bool) -> Json:
    return {"project": projects.ensure(rt.store, SYSTEM, project, create), "clips": str(rt.library.root)}


@command_act("ingest.known")
def _known(rt: Runtime, project: int, sha256: str) -> Json | None:
    return known(rt.store, project, sha256)


@command_act("ingest.alias")
def _alias(rt: Runtime, project: int, sha256: str, name: str, path: str) -> None:
    alias(rt.store, SYSTEM, project, sha256, name, path)


@command_act("ingest.add")
def _add(rt: Runtime, project: int, verdict: Json) -> int:
    return add(rt.store, SYSTEM, project, verdict)
