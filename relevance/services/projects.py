"""Projects: made, listed, found by name, paused and resumed."""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass
from datetime import datetime

from relevance.consensus import Policy
from relevance.errors import BadInput, NotFound
from relevance.roles import Act, Actor, require
from relevance.services import policies
from relevance.services.names import fold, nearest
from relevance.store.load import add_project, renew
from relevance.store.store import Store, Tx


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """A project as lists show it."""

    id: int
    name: str
    time_zone: str
    is_demo: bool
    paused_at: datetime | None
    pause_reason: str | None


_COLUMNS = "id, name, time_zone, is_demo, paused_at, pause_reason"


def add(
    store: Store, actor: Actor, name: str, time_zone: str = "Asia/Shanghai", demo: bool = False
) -> int:  # fmt: skip
    """Makes a project with the default policy and returns its id.

    Raises:
        NotAllowed: only an administrator may.
        BadInput: the name is empty, too long or taken, or the time zone is unknown.
    """
    require(actor, Act.ADD_PROJECT, None)
    clean = " ".join(name.split())
    if not 1 <= len(clean) <= 100:
        raise BadInput("A project's name has 1 to 100 characters.")
    if time_zone not in zoneinfo.available_timezones():
        raise BadInput(
            "There is no time zone {zone}; nearest: {nearest}.",
            zone=time_zone,
            nearest=", ".join(nearest(time_zone, zoneinfo.available_timezones())) or "Asia/Shanghai",
        )

    def act(tx: Tx) -> int:
        if any(fold(other) == fold(clean) for (other,) in tx.all("select name from project")):
            raise BadInput("There is a project called {name} already.", name=clean)
        project = tx.new_id("project")
        act_id = tx.new_act("project.add", actor, project, name=clean)
        tx.insert(
            "project",
            id=project,
            name=clean,
            time_zone=time_zone,
            is_demo=demo,
            created_at=tx.now,
            created_by=actor.account,
        )
        policies.write(tx, actor, project, 1, Policy(), {}, act_id)
        add_project(tx, tx.live, project)
        tx.live.journal.append(lambda: tx.live.projects.__delitem__(project))
        return project

    return store.act(act)


def every(store: Store) -> list[ProjectRow]:
    """All projects, by name."""
    with store.reader() as reader:
        return [ProjectRow(**row) for row in reader.rows(f"select {_COLUMNS} from project order by name")]


def of(store: Store, actor: Actor) -> list[ProjectRow]:
    """The projects that an actor has a part in (an administrator: all)."""
    return [row for row in every(store) if actor.admin or actor.roles.get(row.id)]


def by_name(store: Store, name: str) -> ProjectRow:
    """The project of a name.

    Raises:
        NotFound: there is none; the nearest names are listed.
    """
    rows = every(store)
    for row in rows:
        if fold(row.name) == fold(name):
            return row
    near = nearest(name, [row.name for row in rows])
    if near:
        raise NotFound("There is no project called {name}. Nearest: {nearest}.", name=name, nearest=", ".join(near))
    raise NotFound(
        "There is no project called {name}. There are: {names}.",
        name=name,
        names=", ".join(row.name for row in rows) or "-",
    )


def ensure(store: Store, actor: Actor, name: str, create: bool) -> int:
    """The id of a project, made first where `create` allows it."""
    try:
        return by_name(store, name).id
    except NotFound:
        if not create:
            raise
        return add(store, actor, name)


def pause(store: Store, actor: Actor, project: int, reason: str) -> None:
    """Gives out no more items until `resume`; answers on their way are still taken."""
    _set_pause(store, actor, project, reason.strip() or "-")


def resume(store: Store, actor: Actor, project: int) -> None:
    """Gives out items again."""
    _set_pause(store, actor, project, None)


def _set_pause(store: Store, actor: Actor, project: int, reason: str | None) -> None:
    require(actor, Act.MANAGE_PROJECT, project)

    def act(tx: Tx) -> None:
        tx.new_act("project.pause" if reason else "project.resume", actor, project, reason=reason)
        tx.execute(
            "update project set paused_at = ?, pause_reason = ? where id = ?",
            [tx.now if reason else None, reason, project],
        )
        renew(tx, tx.live, project)

    store.act(act)
