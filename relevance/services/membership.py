"""Who belongs to a project, in which role and team, from when to when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from relevance.errors import BadInput, NotFound
from relevance.roles import Act, Actor, Role, require
from relevance.store.store import Store, Tx, marks


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A person's part in a project."""

    id: int
    account: int
    login: str
    name: str
    role: str
    lead: int | None
    lead_name: str | None
    since: datetime
    until: datetime | None


def of(store: Store, project: int, past: bool = False) -> list[MemberRow]:
    """Who belongs to a project now (with `past`: ever), by role and name."""
    with store.reader() as reader:
        rows = reader.rows(
            f"""select member.id, member.account, person.login, person.name, role, lead,
                       (select name from person where account = member.lead) as lead_name, since, until
                from member join person on person.account = member.account
                where project = ? {"" if past else "and (until is null or until > ?)"} order by role, person.name, member.id""",
            [project] if past else [project, store.clock.now()],
        )
    return [MemberRow(**row) for row in rows]


def lead_of(store: Store, project: int, account: int) -> str | None:
    """The name of the lead in whose team a grader is now; None without a team."""
    with store.reader() as reader:
        name: str | None = reader.value(
            """select name from person where account = (
                   select lead from member where project = ? and account = ? and role = 'grader'
                   and (until is null or until > ?) order by since desc limit 1)""",
            [project, account, store.clock.now()],
        )
    return name


def put(
    store: Store, actor: Actor, project: int, account: int, role: str, lead: int | None = None,
    until: datetime | None = None,
) -> int:  # fmt: skip
    """Gives a person a role (and a team) in a project from now on; an earlier entry for the same role ends.

    Raises:
        BadInput: the role is unknown, or the team's lead is no lead of the project.
    """
    require(actor, Act.MANAGE_MEMBERS, project)
    if role not in {r.value for r in Role}:
        raise BadInput(
            "There is no role {role}; there are: {roles}.", role=role, roles=", ".join(r.value for r in Role)
        )

    def act(tx: Tx) -> int:
        if tx.one("select 1 from project where id = ?", [project]) is None:
            raise NotFound("There is no project {project}.", project=project)
        if tx.one("select 1 from account where id = ?", [account]) is None:
            raise NotFound("There is no account {account}.", account=account)
        if lead is not None and not tx.one(
            "select 1 from member where project = ? and account = ? and role = 'lead' and (until is null or until > ?)",
            [project, lead, tx.now],
        ):
            raise BadInput("Account {lead} is no lead of this project.", lead=lead)
        tx.new_act("project.member", actor, project, account=account, role=role, lead=lead, until=until)
        tx.execute(
            """update member set until = ? where project = ? and account = ? and role = ?
               and (until is null or until > ?)""",
            [tx.now, project, account, role, tx.now],
        )
        member = tx.new_id("member")
        tx.insert(
            "member", id=member, project=project, account=account, role=role, lead=lead, since=tx.now, until=until
        )
        return member

    return store.act(act)


def end(store: Store, actor: Actor, project: int, account: int, role: str | None = None) -> int:
    """Ends a person's part in a project (all roles, or one). Returns how many entries ended."""
    require(actor, Act.MANAGE_MEMBERS, project)

    def act(tx: Tx) -> int:
        found = tx.all(
            """select id from member where project = ? and account = ? and (? is null or role = ?)
               and (until is null or until > ?)""",
            [project, account, role, role, tx.now],
        )
        if found:
            tx.new_act("project.member.end", actor, project, account=account, role=role)
            tx.execute(
                f"update member set until = ? where id in ({marks(found)})", [tx.now, *(row[0] for row in found)]
            )
        return len(found)

    return store.act(act)
