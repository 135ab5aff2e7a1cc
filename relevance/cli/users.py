"""`users`: add, list, disable, enable, password, import. Passwords come from a prompt or from stdin, never as an argument."""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import click

from relevance import door
from relevance.errors import BadInput
from relevance.roles import Role
from relevance.services import passwords, people_sheet
from relevance.services.names import fold
from relevance.settings import load
from relevance.texts import LANGUAGES, _

ROLES = [*(role.value for role in Role), people_sheet.ADMIN]


@click.group("users", help=_("Users: add, list, disable, enable, password, import."))
def users() -> None:
    """The group of user commands."""


def ask_password(login: str, shortest: int, generate: bool = False) -> tuple[str, bool]:
    """A new password and whether it was made here: prompted twice on a terminal, else the first line of stdin."""
    if generate:
        return passwords.generate(), True
    if sys.stdin.isatty():
        word = str(click.prompt(_("Password"), hide_input=True, confirmation_prompt=_("Password once more"), err=True))
    else:
        word = sys.stdin.readline().rstrip("\r\n")
        if not word:
            raise BadInput("No password came. Type it when asked, or send it as one line on stdin.")
    passwords.check(word, login, shortest)
    return word, False


@users.command("add", help=_("Makes a user. The password is asked for, or read as one line from stdin."))
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True, help=_("The role; all but admin need --project."))
@click.option("--project", metavar="P", help=_("The project in which the role is held."))
@click.option("--team", metavar="LEAD", help=_("The lead whose team the person joins."))
@click.option("--display", metavar="NAME", default="", help=_("The name on screens, where it is not the same."))
@click.option("--language", type=click.Choice(list(LANGUAGES)), help=_("The language of the person's screens."))
@click.option("--generate", is_flag=True, help=_("Makes a password and prints it once."))
def add(
    name: str, role: str, project: str | None, team: str | None, display: str, language: str | None, generate: bool
) -> None:
    """Makes a user."""
    settings = load()
    if role != people_sheet.ADMIN and project is None:
        raise BadInput("The role {role} is held in a project: add --project NAME.", role=role)
    if role == people_sheet.ADMIN and (project or team):
        raise BadInput("An administrator belongs to no project: leave --project and --team out.")
    with door.session(settings) as at:
        at.call("users.check", login=name, role=role, project=project)
        word, made = ask_password(name, settings.password_length, generate)
        at.call(
            "users.add", login=name, name=display, password_hash=passwords.hashed(word), role=role,
            language=language or settings.language, project=project, team=team,
        )  # fmt: skip
    click.echo(_("User {name} can sign in.").format(name=name))
    if made:
        click.echo(_("Password (shown once): {word}").format(word=word))


@users.command("list", help=_("All users with their roles."))
@click.option("--json", "as_json", is_flag=True, help=_("As JSON."))
@click.option("--project", metavar="P", help=_("Only those of this project."))
def list_(as_json: bool, project: str | None) -> None:
    """Lists users."""
    with door.session(load()) as at:
        if project is not None:
            at.call("project.members", project=project, past=False)  # an unknown project is told with the nearest
        rows = at.call("users.list")
    if project is not None:
        wanted = fold(project)
        rows = [row for row in rows if any(fold(p["project_name"]) == wanted for p in row["parts"])]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    if not rows:
        click.echo(_("There is no user yet: python -m relevance users add NAME --role admin"))
    for row in rows:
        marks = [_("admin")] if row["admin"] else []
        marks += [
            f"{part['role']} @ {part['project_name']}" + (f" ({part['lead']})" if part["lead"] else "")
            for part in row["parts"]
        ]
        marks += [_("demo")] if row["demo"] else []
        marks += [_("disabled")] if row["disabled_at"] else []
        shown = row["name"] if row["name"] != row["login"] else ""
        click.echo(f"{row['login']:<20} {shown:<16} {', '.join(marks)}".rstrip())


@users.command("disable", help=_("Shuts an account: all its sessions end at once, its records stay."))
@click.argument("name")
def disable(name: str) -> None:
    """Shuts an account."""
    door.call(load(), "users.disable", login=name)
    click.echo(_("User {name} is disabled; all sessions have ended.").format(name=name))


@users.command("enable", help=_("Opens a disabled account again."))
@click.argument("name")
def enable(name: str) -> None:
    """Opens it again."""
    door.call(load(), "users.enable", login=name)
    click.echo(_("User {name} can sign in again.").format(name=name))


@users.command("password", help=_("Gives a user another password: asked for, or read as one line from stdin."))
@click.argument("name")
@click.option("--generate", is_flag=True, help=_("Makes a password and prints it once."))
def password(name: str, generate: bool) -> None:
    """Changes a password."""
    settings = load()
    with door.session(settings) as at:
        at.call("users.find", login=name)
        word, made = ask_password(name, settings.password_length, generate)
        at.call("users.password", login=name, password_hash=passwords.hashed(word))
    click.echo(_("The password of {name} is changed; all sessions have ended.").format(name=name))
    if made:
        click.echo(_("Password (shown once): {word}").format(word=word))


@users.command("import", help=_("Makes the users of a sheet (CSV, XLSX): all of them, or none where a row is wrong."))
@click.argument("sheet", type=click.Path(path_type=Path))
@click.option("--project", metavar="P", help=_("The project of rows that name none."))
@click.option(
    "--passwords", "out", type=click.Path(path_type=Path), help=_("Where to write the passwords (mode 0600).")
)
@click.option("--dry-run", is_flag=True, help=_("Checks the sheet and changes nothing."))
def import_(sheet: Path, project: str | None, out: Path | None, dry_run: bool) -> None:
    """Imports a sheet of people."""
    settings = load()
    rows = people_sheet.read(sheet, project, settings.language)
    given = [asdict(row) for row in rows]
    if out is not None and out.exists():
        raise BadInput("{file} is there already; passwords are not written over anything.", file=str(out))
    with door.session(settings) as at:
        if dry_run:
            done = at.call("users.import", rows=given, hashes={}, file=sheet.name, dry_run=True)
            words: dict[str, str] = {}
        else:
            # Checked before half a minute of hashing is spent on it.
            at.call("users.import", rows=given, hashes={}, file=sheet.name, dry_run=True)
            words = {login: passwords.generate() for login in at.call("users.import.new", rows=given)}
            with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
                hashes = dict(zip(words, pool.map(passwords.hashed, words.values()), strict=True))
            kept = _kept(out, words)  # first: passwords that are in force must not get lost on a full disk
            try:
                done = at.call("users.import", rows=given, hashes=hashes, file=sheet.name)
            except BaseException:
                if kept is not None:
                    kept.unlink()
                raise
    click.echo(
        _("{added} users added, {kept} were there already, {roles} roles given.").format(
            added=len(done["added"]), kept=len(done["kept"]), roles=done["roles"]
        )
    )
    if dry_run:
        click.echo(_("Nothing was changed (--dry-run)."))
    elif words and out is not None:
        click.echo(_("Their passwords are in {file} (only you can read it).").format(file=str(out)))
    elif words:
        click.echo(_("Their passwords, shown once:"))
        for login, word in words.items():
            click.echo(f"  {login}\t{word}")


def _kept(out: Path | None, words: dict[str, str]) -> Path | None:
    """Writes the passwords into a new file that only its owner can read."""
    if out is None or not words:
        return None
    with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.writelines(f"{login}\t{word}\n" for login, word in words.items())
        file.flush()
        os.fsync(file.fileno())
    return out


COMMANDS = [users]
