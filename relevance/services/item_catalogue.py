"""What a project has already, as an import compares its file with it: scale, batches, clips, keywords, items."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from relevance.errors import NotFound
from relevance.roles import Act, Actor, require
from relevance.store.store import Reader, Store

COMMITTED = "import in (select id from import where committed_at is not null)"


def catalogue(store: Store, actor: Actor, project: int) -> dict[str, Any]:
    """A project as an import needs it: time zone, scale, batches, how much there is of the rest, and a stamp.

    Raises:
        NotAllowed: the actor may not import here.
        NotFound: there is no such project.
    """
    require(actor, Act.IMPORT, project)
    at = store.live.projects.get(project)
    if at is None:
        raise NotFound("There is no project {project}.", project=project)
    with store.reader(snapshot=True) as reader:
        levels = reader.all(
            "select level, name_zh, name_en from guideline_level where guideline ="
            " (select max_by(id, version) from guideline where project = ?) order by level desc",
            [project],
        )
        batches = reader.all("select id, name, deadline from batch where project = ? order by id", [project])
        items = reader.value(f"select count(*) from item where project = ? and {COMMITTED}", [project])
        return {
            "project": project,
            "name": at.name,
            "time_zone": at.time_zone,
            "percents": list(at.policy.percents),
            "levels": [[level, zh, en] for level, zh, en in levels],
            "batches": [[batch, name, _iso(deadline)] for batch, name, deadline in batches],
            "items": int(items or 0),
            "stamp": stamp_of(reader, project),
        }


def stamp_of(reader: Reader, project: int) -> str:
    """Changes whenever an import of the project is committed."""
    row = reader.one(
        "select coalesce(max(id), 0), count(*) from import where project = ? and committed_at is not null", [project]
    )
    return "{}-{}".format(*(row or (0, 0)))


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def clips(store: Store, actor: Actor, project: int, after: int = 0, limit: int = 20_000) -> dict[str, list[Any]]:
    """The project's clips past an id, column by column, with every name and path that they may be called by."""
    require(actor, Act.IMPORT, project)
    with store.reader(snapshot=True) as reader:
        return _columns(
            reader,
            """with page as (select * from clip where project = ? and id > ? order by id limit ?),
            other as (
                select source, list(name) as names, list(path) as paths from source_alias
                where source in (select source from page) group by source)
            select page.id as clip, content_id, page.name, duration_ms, removed_at is not null as removed,
                   list_concat([source.name], coalesce(other.names, [])) as names,
                   list_concat([source.path], coalesce(other.paths, [])) as paths
            from page left join source on source.id = page.source left join other on other.source = page.source
            order by page.id""",
            [project, after, limit],
        )


def keywords(store: Store, actor: Actor, project: int, after: int = 0, limit: int = 20_000) -> dict[str, list[Any]]:
    """The project's keywords past an id, column by column."""
    require(actor, Act.IMPORT, project)
    with store.reader() as reader:
        return _columns(
            reader,
            """select id, key, text_zh, text_en, family, note, weight from keyword where project = ? and id > ?
               and act not in (select act from import where committed_at is null) order by id limit ?""",
            [project, after, limit],
        )


def existing(store: Store, actor: Actor, project: int, after: int = 0, limit: int = 10_000) -> dict[str, list[Any]]:
    """The project's items past an id, column by column."""
    require(actor, Act.IMPORT, project)
    with store.reader() as reader:
        return _columns(
            reader,
            f"""select id as item, keyword, clip, start_ms, end_ms, batch, external_id, overlap, gold from item
                where project = ? and id > ? and {COMMITTED} order by id limit ?""",
            [project, after, limit],
        )


def _columns(reader: Reader, sql: str, params: Sequence[Any]) -> dict[str, list[Any]]:
    result = reader.run(sql, params)
    names = [column[0] for column in result.description or ()]
    rows = result.fetchall()
    return {name: [row[at] for row in rows] for at, name in enumerate(names)}
