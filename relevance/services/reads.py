"""Who has read which version of the guideline, and when: opened it, or acknowledged it where it is substantive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from relevance.roles import Act, Actor, Role, allowed, require
from relevance.store.store import Store, Tx

READERS = (Role.GRADER, Role.LEAD, Role.CLIENT, Role.SPECIALIST)


@dataclass(frozen=True, slots=True)
class Reading:
    """One person and one version. Both None: he has not read it."""

    account: int
    name: str
    role: str
    opened_at: datetime | None
    acknowledged_at: datetime | None

    @property
    def has(self) -> bool:
        """Has read it."""
        return self.opened_at is not None or self.acknowledged_at is not None


def opened(store: Store, actor: Actor, project: int) -> None:
    """Puts on record that a person opened the version in force, the first time that he does."""
    guideline = store.live.projects[project].guideline_id
    if not guideline or not any(role in actor.roles.get(project, ()) for role in READERS):
        return
    with store.reader() as reader:
        if reader.one(_OPENED, [guideline, actor.account]):
            return

    def act(tx: Tx) -> None:
        if not tx.one(_OPENED, [guideline, actor.account]):  # two tabs at once
            tx.insert("guideline_read", guideline=guideline, account=actor.account, acknowledged=False, made_at=tx.now)

    store.act(act)


_OPENED = "select 1 from guideline_read where guideline = ? and account = ? and not acknowledged"


def may(actor: Actor, project: int) -> bool:
    """Whether the actor may see who has read what."""
    return allowed(actor, Act.MAKE_RULE, project)


def of(store: Store, actor: Actor, project: int, guideline: int) -> list[Reading]:
    """The project's present members and what each did with a version: those who have not read it first.

    Raises:
        NotAllowed: the actor writes no rules of this project.
    """
    require(actor, Act.MAKE_RULE, project)
    with store.reader() as reader:
        rows = reader.all(
            """select m.account, any_value(person.name), min(m.role),
                      any_value(o.made_at), any_value(a.made_at)
               from member m join person on person.account = m.account
               left join guideline_read o on o.guideline = ? and o.account = m.account and not o.acknowledged
               left join guideline_read a on a.guideline = ? and a.account = m.account and a.acknowledged
               where m.project = ? and (until is null or until > ?)
                 and m.role in ('grader', 'lead', 'client', 'specialist')
                 and exists (select 1 from guideline where id = ? and project = m.project)
               group by m.account order by coalesce(any_value(o.made_at), any_value(a.made_at)) is not null, 3, 2""",
            [guideline, guideline, project, store.clock.now(), guideline],
        )
    return [Reading(*row) for row in rows]
