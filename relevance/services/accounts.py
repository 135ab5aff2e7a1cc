"""People and their sign-in: accounts, passwords, first administrator.

Hashing a password takes 60 ms of work, so it is always done before an act, never in the writer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from relevance.errors import BadInput, NotAllowed, NotFound
from relevance.roles import SYSTEM, Act, Actor, Role, require
from relevance.services import grading, passwords, sessions
from relevance.services.names import fold, nearest
from relevance.store.store import Reader, Store, Tx
from relevance.texts import LANGUAGES

LONGEST_LOGIN = 64


@dataclass(frozen=True, slots=True)
class Part:
    """A role that a person holds in a project now."""

    project: int
    project_name: str
    role: Role
    lead: str | None


@dataclass(frozen=True, slots=True)
class PersonRow:
    """An account as lists show it."""

    account: int
    login: str
    name: str
    admin: bool
    demo: bool
    language: str
    created_at: datetime
    disabled_at: datetime | None
    last_sign_in: datetime | None
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class NewPerson:
    """What is needed to make an account; `password_hash` None: nobody can sign in with it yet."""

    login: str
    name: str = ""
    password_hash: str | None = None
    admin: bool = False
    language: str = "zh"
    address: str | None = None
    demo: bool = False
    kind: str = "person"


@dataclass(frozen=True, slots=True)
class Joining:
    """A role in a project that an account gets when it is made; `lead` is the login of the team's lead."""

    project: int
    role: Role
    lead: str | None = None


# Names ------------------------------------------------------------------------------------------------------------


def clean_login(login: str) -> str:
    """A name to sign in with as it is kept: white space folded.

    Raises:
        BadInput: empty, too long, or with characters that nobody can type.
    """
    clean = " ".join(login.split())
    if not 1 <= len(clean) <= LONGEST_LOGIN or not clean.isprintable():
        raise BadInput("A user's name has 1 to {n} characters that can be typed.", n=LONGEST_LOGIN)
    return clean


def find(reader: Reader, login: str) -> int | None:
    """The account of a login, whatever its case, width and spaces; None where there is none."""
    wanted = fold(login)
    for account, other in reader.all("select account, login from person"):
        if fold(other) == wanted:
            return int(account)
    return None


def by_login(store: Store, login: str) -> int:
    """The account of a login.

    Raises:
        NotFound: there is none; the nearest logins are listed.
    """
    with store.reader() as reader:
        found = find(reader, login)
        if found is not None:
            return found
        logins = [row[0] for row in reader.all("select login from person")]
    raise NotFound(
        "There is no user called {name}. Nearest: {nearest}.",
        name=login,
        nearest=", ".join(nearest(login, logins)) or "-",
    )


def name_of(store: Store, account: int) -> str:
    """What a person is called on screens."""
    with store.reader() as reader:
        return str(reader.value("select name from person where account = ?", [account]) or account)


# Making -----------------------------------------------------------------------------------------------------------


def since(store: Store, account: int) -> datetime | None:
    """When an account was made; None if there is none."""
    with store.reader() as reader:
        made: datetime | None = reader.value("select created_at from account where id = ?", [account])
    return made


def add(store: Store, actor: Actor, person: NewPerson, joining: Sequence[Joining] = ()) -> int:
    """Makes an account, with its roles in projects, and returns its id.

    Raises:
        NotAllowed: only an administrator may.
        BadInput: the login is taken or no name, or a team's lead is no lead of the project.
    """
    require(actor, Act.MANAGE_USERS, None)
    return store.act(lambda tx: write(tx, actor, person, joining))


def write(tx: Tx, actor: Actor, person: NewPerson, joining: Sequence[Joining] = ()) -> int:
    """The same within an act; rights are the caller's business."""
    login = clean_login(person.login)
    if person.language not in LANGUAGES:
        raise BadInput("The language is {value}; allowed are zh and en.", value=person.language)
    if find(tx, login) is not None:
        raise BadInput("There is a user called {name} already.", name=login)
    account = tx.new_id("account")
    tx.new_act("users.add", actor, None, account=account, admin=person.admin)
    tx.insert("account", id=account, kind=person.kind, created_at=tx.now, disabled_at=None)
    tx.insert(
        "person",
        account=account,
        login=login,
        name=" ".join(person.name.split())[:100] or login,
        address=person.address,
        password_hash=person.password_hash,
        is_admin=person.admin,
        is_demo=person.demo,
        language=person.language,
        preferences="{}",
    )
    for one in joining:
        join(tx, actor, account, one)
    return account


def join(tx: Tx, actor: Actor, account: int, joining: Joining) -> bool:
    """Gives an account a role within an act. False where it holds it already, in the same team."""
    lead = None
    if joining.lead:
        lead = find(tx, joining.lead)
        if lead is None or not tx.one(
            "select 1 from member where project = ? and account = ? and role = 'lead' and (until is null or until > ?)",
            [joining.project, lead, tx.now],
        ):
            raise BadInput("{lead} is no lead of this project.", lead=joining.lead)
    held = tx.one(
        """select lead from member where project = ? and account = ? and role = ?
           and (until is null or until > ?)""",
        [joining.project, account, joining.role.value, tx.now],
    )
    if held is not None:
        if held[0] == lead or lead is None:
            return False
        tx.execute(
            """update member set until = ? where project = ? and account = ? and role = ?
               and (until is null or until > ?)""",
            [tx.now, joining.project, account, joining.role.value, tx.now],
        )
    tx.new_act("project.member", actor, joining.project, account=account, role=joining.role.value, lead=lead)
    tx.insert(
        "member",
        id=tx.new_id("member"),
        project=joining.project,
        account=account,
        role=joining.role.value,
        lead=lead,
        since=tx.now,
        until=None,
    )
    return True


def nobody_yet(store: Store) -> bool:
    """Whether there is no person at all: then the server prints the way to make the first administrator."""
    with store.reader() as reader:
        return reader.one("select 1 from person limit 1") is None


def first_admin(store: Store, login: str, name: str, password: str, language: str, shortest: int) -> int:
    """Makes the first administrator; whoever calls has shown the server's one-time token.

    Raises:
        NotAllowed: there are people already.
        BadInput: the login or the password will not do.
    """
    passwords.check(password, clean_login(login), shortest)
    hashed = passwords.hashed(password)

    def act(tx: Tx) -> int:
        if tx.one("select 1 from person limit 1") is not None:
            raise NotAllowed("There are users already. An administrator can add more.")
        return write(tx, SYSTEM, NewPerson(login, name, hashed, admin=True, language=language))

    return store.act(act)


# Seeing -----------------------------------------------------------------------------------------------------------


def people(store: Store, actor: Actor) -> list[PersonRow]:
    """All people with their present roles, by name; those that are disabled last."""
    require(actor, Act.MANAGE_USERS, None)
    parts: dict[int, list[Part]] = {}
    with store.reader(snapshot=True) as reader:
        for account, project, project_name, role, lead in reader.all(
            """select member.account, project.id, project.name, role, lead_person.name
               from member join project on project.id = member.project
               left join person as lead_person on lead_person.account = member.lead
               where until is null or until > ? order by project.name, role""",
            [store.clock.now()],
        ):
            parts.setdefault(account, []).append(Part(project, project_name, Role(role), lead))
        rows = reader.rows(
            """select account.id as account, login, name, is_admin as admin, is_demo as demo, language,
                      account.created_at as created_at, disabled_at,
                      (select max(session.created_at) from session where session.account = account.id) as last_sign_in
               from person join account on account.id = person.account
               order by disabled_at is not null, lower(name), account.id"""
        )
    return [PersonRow(**row, parts=tuple(parts.get(row["account"], ()))) for row in rows]


def leads(store: Store) -> dict[int, list[tuple[str, str]]]:
    """The leads that a team may have, as (login, name), by project."""
    found: dict[int, list[tuple[str, str]]] = {}
    with store.reader() as reader:
        for project, login, name in reader.all(
            """select project, login, name from member join person on person.account = member.account
               where role = 'lead' and (until is null or until > ?) order by name""",
            [store.clock.now()],
        ):
            found.setdefault(project, []).append((login, name))
    return found


# Changing ---------------------------------------------------------------------------------------------------------


def known(tx: Tx, account: int) -> tuple[bool, datetime | None]:
    """Whether an account is an administrator's, and since when it is shut.

    Raises:
        NotFound: there is no such account.
    """
    row = tx.one(
        "select is_admin, disabled_at from person join account on account.id = person.account where account.id = ?",
        [account],
    )
    if row is None:
        raise NotFound("There is no account {account}.", account=account)
    return row[0], row[1]


def _not_the_last(tx: Tx, account: int) -> None:
    others = tx.value(
        """select count(*) from person join account on account.id = person.account
           where is_admin and disabled_at is null and account.id <> ?""",
        [account],
    )
    if not others:
        raise BadInput("This is the last administrator who can sign in. Make another one first.")


def disable(store: Store, actor: Actor, account: int) -> None:
    """Shuts an account: every session of it ends at once, its records stay.

    Raises:
        BadInput: it is the last administrator.
    """
    require(actor, Act.MANAGE_USERS, None)
    keeper = sessions.of(store)

    def act(tx: Tx) -> list[str]:
        admin, disabled_at = known(tx, account)
        if admin:
            _not_the_last(tx, account)
        ids = [one.id for one in keeper.live_of(account)]
        if disabled_at is None:
            tx.new_act("users.disable", actor, None, account=account)
            tx.execute("update account set disabled_at = ? where id = ?", [tx.now, account])
        keeper.revoke(tx, ids)
        return ids

    ended = store.act(act)
    keeper.ended(ended)
    let_go(store, account)


def enable(store: Store, actor: Actor, account: int) -> None:
    """Opens a shut account again."""
    require(actor, Act.MANAGE_USERS, None)

    def act(tx: Tx) -> None:
        if known(tx, account)[1] is not None:
            tx.new_act("users.enable", actor, None, account=account)
            tx.execute("update account set disabled_at = null where id = ?", [account])

    store.act(act)


def set_admin(store: Store, actor: Actor, account: int, admin: bool) -> None:
    """Makes an account an administrator, or one no longer.

    Raises:
        BadInput: it is the last administrator.
    """
    require(actor, Act.MANAGE_USERS, None)

    def act(tx: Tx) -> None:
        if known(tx, account)[0] == admin:
            return
        if not admin:
            _not_the_last(tx, account)
        tx.new_act("users.admin", actor, None, account=account, admin=admin)
        tx.execute("update person set is_admin = ? where account = ?", [admin, account])

    store.act(act)


def set_password(store: Store, actor: Actor, account: int, password_hash: str, keep: str | None = None) -> None:
    """Gives an account another password (already hashed); its sessions end, but for `keep`.

    Raises:
        NotAllowed: it is another's account, and the actor is no administrator.
    """
    if account != actor.account:
        require(actor, Act.MANAGE_USERS, None)
    keeper = sessions.of(store)

    def act(tx: Tx) -> list[str]:
        known(tx, account)
        tx.new_act("users.password", actor, None, account=account)
        tx.execute("update person set password_hash = ? where account = ?", [password_hash, account])
        ids = [one.id for one in keeper.live_of(account) if one.id != keep]
        keeper.revoke(tx, ids)
        return ids

    keeper.ended(store.act(act))


def change_password(store: Store, actor: Actor, old: str, new: str, shortest: int) -> None:
    """One's own password; all other sessions of the account end.

    Raises:
        NotAllowed: the old password is wrong.
        BadInput: the new one will not do.
    """
    with store.reader() as reader:
        row = reader.one("select password_hash, login from person where account = ?", [actor.account])
    if not passwords.verify(row[0] if row else None, old):
        raise NotAllowed("The present password is not right.")
    assert row is not None
    passwords.check(new, row[1], shortest)
    set_password(store, actor, actor.account, passwords.hashed(new), keep=actor.session)


def let_go(store: Store, account: int) -> None:
    """The items that a person held go back to the line, once nobody is signed in as him."""
    # Another browser of the same person may be grading still: its leases are not ours to end.
    if not sessions.of(store).live_of(account):
        grading.release(store, Actor(account))
