"""`project`: add, list, policy, pause, resume, members."""

from __future__ import annotations

import json
from typing import Any

import click

from relevance import door
from relevance.errors import BadInput
from relevance.roles import Role
from relevance.settings import load
from relevance.texts import _


@click.group("project", help=_("Projects: add, list, policy, pause, resume, members."))
def project() -> None:
    """The group of project commands."""


@project.command("add", help=_("Makes a project with the default policy."))
@click.argument("name")
@click.option("--time-zone", default="Asia/Shanghai", show_default=True, help=_("Where the project's day begins."))
def add(name: str, time_zone: str) -> None:
    """Makes a project."""
    door.call(load(), "project.add", name=name, time_zone=time_zone)
    click.echo(_("Project {name} is there.").format(name=name))


@project.command("list", help=_("All projects with their batches."))
@click.option("--json", "as_json", is_flag=True, help=_("As JSON."))
def list_(as_json: bool) -> None:
    """Lists projects."""
    rows = door.call(load(), "project.list")
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    if not rows:
        click.echo(_("There is no project yet: python -m relevance project add NAME"))
    for row in rows:
        marks = [_("demo")] if row["is_demo"] else []
        if row["paused_at"]:
            marks.append(_("paused: {reason}").format(reason=row["pause_reason"]))
        click.echo(row["name"] + (f"  ({', '.join(marks)})" if marks else ""))
        for batch in row["batches"]:
            counts = batch["counts"]
            click.echo(
                "  "
                + _(
                    "{name}: {items} items, {open} open, {settled} settled, {disputed} disputed, {decided} decided"
                ).format(
                    name=batch["name"],
                    items=batch["items"],
                    **{k: counts[k] for k in ("open", "settled", "disputed", "decided")},
                )
            )


@project.command("pause", help=_("Gives out no more items; answers on their way are still taken."))
@click.argument("name")
@click.option("--reason", default="", help=_("What graders are told."))
def pause(name: str, reason: str) -> None:
    """Pauses a project."""
    door.call(load(), "project.pause", project=name, reason=reason)
    click.echo(_("Project {name} is paused.").format(name=name))


@project.command("resume", help=_("Gives out items again."))
@click.argument("name")
def resume(name: str) -> None:
    """Resumes a project."""
    door.call(load(), "project.resume", project=name)
    click.echo(_("Project {name} goes on.").format(name=name))


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


@project.command("policy", help=_("Shows the policy, or changes it: policy NAME overlap=3 audit_share=0.05"))
@click.argument("name")
@click.argument("changes", nargs=-1)
@click.option("--apply", "apply_", is_flag=True, help=_("Makes the change; without it you only see what it would do."))
def policy(name: str, changes: tuple[str, ...], apply_: bool) -> None:
    """Shows or changes the policy."""
    change = {}
    for text in changes:
        key, sign, value = text.partition("=")
        if not sign:
            raise BadInput("{text} is not written as name=value.", text=text)
        change[key.strip()] = _value(f"[{value}]" if key.strip() == "percents" and not value.startswith("[") else value)
    answer = door.call(load(), "project.policy", project=name, change=change, apply=apply_)
    if "preview" in answer:
        click.echo(
            _("Reopens {reopens}, settles {settles}, disputes {disputes}, relabels {relabels} items.").format(
                **answer["preview"]
            )
        )
        if "applied" not in answer:
            click.echo(_("Nothing was changed. Add --apply to make the change."))
    click.echo(_("Policy version {version}:").format(version=answer["version"]))
    for key, value in {**answer["policy"], **answer["settings"]}.items():
        click.echo(f"  {key} = {json.dumps(value)}")


@project.command("members", help=_("Who belongs to a project; --add and --end change it."))
@click.argument("name")
@click.option("--add", "add_", metavar="LOGIN", help=_("Gives this account a role."))
@click.option("--role", type=click.Choice([role.value for role in Role]), help=_("The role to give or to end."))
@click.option("--team", metavar="LEAD", help=_("The lead whose team the person joins."))
@click.option("--until", metavar="DATE", help=_("The last moment, in the project's time zone."))
@click.option("--end", metavar="LOGIN", help=_("Ends this account's part in the project."))
@click.option("--past", is_flag=True, help=_("Also those whose part has ended."))
def members(
    name: str, add_: str | None, role: str | None, team: str | None, until: str | None, end: str | None, past: bool
) -> None:
    """Lists or changes members."""
    with door.session(load()) as at:
        if add_:
            if role is None:
                raise BadInput("--add needs --role.")
            at.call("project.member.set", project=name, login=add_, role=role, lead=team, until=until)
        if end:
            at.call("project.member.end", project=name, login=end, role=role)
        for row in at.call("project.members", project=name, past=past):
            team_of = _(", team {lead}").format(lead=row["lead_name"]) if row["lead_name"] else ""
            ends = _(", until {until}").format(until=row["until"]) if row["until"] else ""
            click.echo(f"{row['role']:<10} {row['login']:<16} {row['name']}{team_of}{ends}")


COMMANDS = [project]
