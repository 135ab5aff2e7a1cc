"""What the `users` commands do, here or in the server. Passwords come hashed: the words never leave the command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from relevance.acts import command_act
from relevance.errors import BadInput
from relevance.roles import SYSTEM, Role
from relevance.runtime import Runtime
from relevance.services import accounts, people_sheet, projects
from relevance.services.accounts import Joining, NewPerson
from relevance.services.people_sheet import SheetPerson


@command_act("users.check")
def check(runtime: Runtime, login: str, role: str, project: str | None = None) -> None:
    """Whether such a user could be made, before anybody is asked for a password."""
    clean = accounts.clean_login(login)
    with runtime.store.reader() as reader:
        if accounts.find(reader, clean) is not None:
            raise BadInput("There is a user called {name} already.", name=clean)
    if role != people_sheet.ADMIN and project is not None:
        projects.by_name(runtime.store, project)


@command_act("users.add")
def add(
    runtime: Runtime, login: str, name: str, password_hash: str, role: str, language: str,
    project: str | None = None, team: str | None = None,
) -> int:  # fmt: skip
    """Makes an account with one role."""
    admin = role == people_sheet.ADMIN
    if not admin and project is None:
        raise BadInput("The role {role} is held in a project: add --project NAME.", role=role)
    joining = []
    if project is not None and not admin:
        joining.append(Joining(projects.by_name(runtime.store, project).id, Role(role), team))
    person = NewPerson(login, name, password_hash, admin=admin, language=language)
    return accounts.add(runtime.store, SYSTEM, person, joining)


@command_act("users.list")
def list_(runtime: Runtime) -> list[dict[str, Any]]:
    """All users with their roles."""
    return [asdict(row) for row in accounts.people(runtime.store, SYSTEM)]


@command_act("users.disable")
def disable(runtime: Runtime, login: str) -> None:
    """Shuts an account; its sessions end."""
    accounts.disable(runtime.store, SYSTEM, accounts.by_login(runtime.store, login))


@command_act("users.enable")
def enable(runtime: Runtime, login: str) -> None:
    """Opens it again."""
    accounts.enable(runtime.store, SYSTEM, accounts.by_login(runtime.store, login))


@command_act("users.find")
def find(runtime: Runtime, login: str) -> int:
    """The account of a login, or an error that lists the nearest."""
    return accounts.by_login(runtime.store, login)


@command_act("users.password")
def password(runtime: Runtime, login: str, password_hash: str) -> None:
    """Gives an account another password; its sessions end."""
    accounts.set_password(runtime.store, SYSTEM, accounts.by_login(runtime.store, login), password_hash)


def _rows(rows: Sequence[Mapping[str, Any]]) -> list[SheetPerson]:
    return [SheetPerson(**{**row, "role": Role(row["role"]) if row["role"] else None}) for row in rows]


@command_act("users.import.new")
def import_new(runtime: Runtime, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Which logins of a sheet need a password."""
    return people_sheet.new_logins(runtime.store, _rows(rows))


@command_act("users.import")
def import_(
    runtime: Runtime, rows: Sequence[Mapping[str, Any]], hashes: Mapping[str, str], file: str, dry_run: bool = False
) -> dict[str, Any]:  # fmt: skip
    """Makes the accounts and roles of a sheet, all or nothing."""
    return asdict(people_sheet.write(runtime.store, SYSTEM, _rows(rows), hashes, file, dry_run))
