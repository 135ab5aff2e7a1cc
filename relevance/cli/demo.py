"""`demo`: a project that shows the product, made on the spot."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from relevance import door
from relevance.settings import Settings, load
from relevance.texts import _

GRADERS = 18


@click.command("demo", help=_("Makes a demo project: clips drawn on the spot, items, people, a week of grading."))
@click.option("--videos", type=click.IntRange(1, 10_000), help=_("How many clips; else each scene once."))
@click.option(
    "--items", type=click.IntRange(1, 1_000_000), help=_("How many items; else those the clips were drawn for.")
)
@click.option(
    "--graders", type=click.IntRange(2, 1000), default=GRADERS, show_default=True, help=_("How many graders.")
)
@click.option("--seed", type=int, default=0, show_default=True, help=_("The same seed, the same demo."))
@click.option("--name", help=_("The project's name, where a demo is there already."))
@click.option("--if-missing", is_flag=True, help=_("Only where there is no demo project yet."))
def demo(videos: int | None, items: int | None, graders: int, seed: int, name: str | None, if_missing: bool) -> None:
    """Makes the demo project."""
    if not if_missing:
        click.echo(_("Making the demo project. This takes about a minute ..."))
    _make(load(), videos=videos, items=items, graders=graders, seed=seed, name=name, if_missing=if_missing)


def ensure(settings: Settings) -> None:
    """Makes the demo project as the command does by itself, where there is none, and tells its accounts."""
    import_module("relevance.demo.act")  # offers the act: looking for it would import all that offer one
    _make(settings, videos=None, items=None, graders=GRADERS, seed=0, name=None, if_missing=True)


def _make(settings: Settings, **wanted: Any) -> None:
    with door.session(settings) as at:
        made = at.call("demo.load", **wanted)
    if made["made"]:
        click.echo(_("{name}: {clips} clips, {items} items, a week of grading.").format(**made))
    tell(made["people"], made["password"])


def tell(people: list[dict[str, Any]], password: str) -> None:
    """Prints the demo's accounts, one of each role and how many more."""
    if not people:
        return
    click.echo(_("Demo accounts (password: {password}; they work on this machine only):").format(password=password))
    by_role: dict[str, list[str]] = {}
    for person in people:
        by_role.setdefault(person["role"], []).append(f"{person['login']} ({person['name']})")
    for role, logins in by_role.items():
        more = _(" and {n} more").format(n=len(logins) - 2) if len(logins) > 2 else ""
        click.echo(f"  {role:<11} {', '.join(logins[:2])}{more}")


COMMANDS = [demo]
