"""The act of the command `demo`: makes the demo project, in the running server or on a free store."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from relevance.acts import command_act
from relevance.clock import ManualClock
from relevance.runtime import Runtime
from relevance.services import passwords, projects

PASSWORD = "relevance-demo"  # no secret: such accounts are let in on this machine alone (relevance/web/gate.py)


def demo_of(rt: Runtime) -> list[dict[str, Any]]:
    """The demo's accounts, for telling: login, name, role; empty where there is no demo."""
    with rt.store.reader() as reader:
        return reader.rows(
            """select login, name, case when is_admin then 'admin' else coalesce(any_value(role), '-') end as role,
                      min(project) as project
               from person left join member on member.account = person.account
               join account on account.id = person.account
               where is_demo and disabled_at is null group by login, name, is_admin, person.account
               order by person.account"""
        )


def _real_people(rt: Runtime) -> bool:
    """Whether people work with this store: then no administrator with a public password is put among them."""
    with rt.store.reader() as reader:
        return bool(reader.value("select count(*) from person where not is_demo"))


@command_act("demo.load")
def load(
    rt: Runtime, videos: int | None, items: int | None, graders: int, seed: int, name: str | None, if_missing: bool
) -> dict[str, Any]:  # fmt: skip
    """Makes the demo project; with `if_missing` only where there is none yet."""
    if if_missing and any(row.is_demo for row in projects.every(rt.store)):
        return {"made": False, "people": demo_of(rt), "password": PASSWORD}
    # What draws and lives the demo takes half a second to import, and most starts find it made.
    from relevance.demo import load as loading
    from relevance.demo.month import GRADERS

    clock = ManualClock(datetime.now(UTC))
    hashed = passwords.hashed(PASSWORD)
    made = loading.load_demo(
        rt.store.on(clock),
        rt.library,
        clock,
        name=name or loading.NAME,
        videos=videos,
        items=items,
        graders=graders,
        seed=seed,
        month=graders >= GRADERS,
        admin=not _real_people(rt),
        hash_of=lambda person: hashed,
    )
    return {
        "made": True,
        "name": made.name,
        "clips": made.clips,
        "items": made.items,
        "people": demo_of(rt),
        "password": PASSWORD,
    }
