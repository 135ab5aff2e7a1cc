"""What the commands `project`, `guideline` and `verify` ask of the store: JSON in, JSON out."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from relevance.acts import command_act
from relevance.clock import local
from relevance.errors import NotFound
from relevance.roles import SYSTEM, Role
from relevance.runtime import Runtime
from relevance.services import batches, guidelines, membership, policies, projects, whole_drafts
from relevance.services.names import nearest
from relevance.services.verify import Fault, verify

Json = dict[str, Any]


@command_act("project.add")
def project_add(rt: Runtime, name: str, time_zone: str) -> int:
    """Makes a project; its id."""
    return projects.add(rt.store, SYSTEM, name, time_zone)


@command_act("project.list")
def project_list(rt: Runtime) -> list[Json]:
    """All projects, with their batches."""
    return [
        {**asdict(row), "batches": [asdict(batch) for batch in batches.of(rt.store, row.id)]}
        for row in projects.every(rt.store)
    ]


@command_act("project.pause")
def project_pause(rt: Runtime, project: str, reason: str) -> None:
    """Gives out no more items."""
    projects.pause(rt.store, SYSTEM, projects.by_name(rt.store, project).id, reason)


@command_act("project.resume")
def project_resume(rt: Runtime, project: str) -> None:
    """Gives out items again."""
    projects.resume(rt.store, SYSTEM, projects.by_name(rt.store, project).id)


@command_act("project.policy")
def project_policy(rt: Runtime, project: str, change: Json, apply: bool) -> Json:
    """The policy in force; with a change, what it would do; with `apply`, the change is made."""
    number = projects.by_name(rt.store, project).id
    answer: Json = {}
    if change:
        answer["preview"] = asdict(policies.preview(rt.store, SYSTEM, number, change))
        if apply:
            policies.change(rt.store, SYSTEM, number, **change)
            answer["applied"] = True
    now = policies.now(rt.store, number)
    return {**answer, "version": now.version, "policy": asdict(now.policy), "settings": now.settings}


@command_act("project.members")
def project_members(rt: Runtime, project: str, past: bool) -> list[Json]:
    """Who belongs to a project."""
    return [asdict(row) for row in membership.of(rt.store, projects.by_name(rt.store, project).id, past)]


def account_of(rt: Runtime, login: str) -> int:
    """The account of a login name.

    Raises:
        NotFound: there is none; the nearest are listed.
    """
    with rt.store.reader() as reader:
        known: dict[str, int] = dict(reader.all("select login, account from person"))
    for name, account in known.items():
        if name.casefold() == login.casefold():
            return account
    raise NotFound(
        "There is no account called {name}. Nearest: {nearest}.",
        name=login,
        nearest=", ".join(nearest(login, known)) or "-",
    )


@command_act("project.member.set")
def project_member_set(
    rt: Runtime, project: str, login: str, role: str, lead: str | None, until: str | None
) -> None:  # fmt: skip
    """Gives a person a role in a project."""
    number = projects.by_name(rt.store, project).id
    membership.put(
        rt.store,
        SYSTEM,
        number,
        account_of(rt, login),
        Role(role).value,
        account_of(rt, lead) if lead else None,
        local(datetime.fromisoformat(until), rt.store.live.projects[number].time_zone) if until else None,
    )


@command_act("project.member.end")
def project_member_end(rt: Runtime, project: str, login: str, role: str | None) -> int:
    """Ends a person's part in a project; how many entries ended."""
    return membership.end(rt.store, SYSTEM, projects.by_name(rt.store, project).id, account_of(rt, login), role)


@command_act("guideline.import")
def guideline_import(
    rt: Runtime, project: str, create: bool, zh: str | None, en: str | None, note: str, names: list[str],
    publish: bool = False,
) -> Json:  # fmt: skip
    """Publishes a project's first guideline; a later one becomes a draft, unless it shall be published at once.

    The version in force and what it holds; draft: the draft that was made, None where none was.
    """
    number = projects.ensure(rt.store, SYSTEM, project, create)
    files, draft = (names[0], names[1]), None
    if publish or not guidelines.current(rt.store, number).version:
        guidelines.import_markdown(rt.store, SYSTEM, number, zh, en, note, files)
    else:
        draft = whole_drafts.take(rt.store, SYSTEM, number, zh, en, note, files)
    now = guidelines.current(rt.store, number)
    return {"version": now.version, "rules": len(now.rules), "levels": len(now.levels), "draft": draft}


@command_act("guideline.show")
def guideline_show(rt: Runtime, project: str) -> Json:
    """The guideline in force, as it was imported."""
    number = projects.by_name(rt.store, project).id
    with rt.store.reader() as reader:
        rows = reader.rows(
            "select version, note, source_zh, source_en from guideline where project = ? order by version desc limit 1",
            [number],
        )
    if not rows:
        raise NotFound("The project {name} has no guideline yet.", name=project)
    return rows[0]


@command_act("verify")
def verify_now(rt: Runtime) -> list[Json]:
    """Everything that does not agree."""
    faults = verify(rt.store)
    if rt.history is not None and rt.history.failure is not None:
        faults.append(Fault("the second copy of the history is written", rt.history.as_of, rt.history.failure))
    if rt.history is not None and (behind := rt.history.behind()) > rt.history.promised:
        faults.append(Fault("the second copy is no older than a minute", rt.history.as_of, f"{behind:.0f} s behind"))
    return [asdict(fault) for fault in faults]
