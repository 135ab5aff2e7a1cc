"""Signing in and out.

Hashing a password takes 60 ms of work, so it is always done before an act, never in the writer.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from relevance.errors import NotAllowed
from relevance.roles import Actor
from relevance.services import accounts, passwords, sessions
from relevance.services.sessions import Session
from relevance.store.store import Store, Tx


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session: its token goes into the cookie and nowhere else."""

    token: str = field(repr=False)
    session: Session
    language: str


def sign_in(
    store: Store, login: str, password: str, address: str = "", agent: str = "", demo: bool = True,
    instead_of: str | None = None,
) -> SignedIn:  # fmt: skip
    """Checks a password and starts a session. Takes the same time whatever is wrong, and says the same.

    Args:
        store: the store.
        login: the name as typed.
        password: the password as typed.
        address: where from, kept with the session.
        agent: which browser, kept with the session.
        demo: whether accounts of the demo may come in here.
        instead_of: the session that this browser had before; it ends.

    Raises:
        NotAllowed: unknown, wrong, disabled, or a demo account where it may not come in.
    """
    keeper = sessions.of(store)
    with store.reader() as reader:
        account = accounts.find(reader, login)
        row = reader.one(
            """select password_hash, is_demo, disabled_at, language from person
               join account on account.id = person.account where account.id = ?""",
            [account],
        )
    stored, is_demo, disabled_at, language = row or (None, False, None, "zh")
    right = passwords.verify(stored, password[: passwords.LONGEST + 1])
    if not right or account is None or disabled_at is not None or (is_demo and not demo):
        raise NotAllowed("The name or the password is not right.")
    found: int = account
    renewed = passwords.hashed(password) if stored and passwords.outdated(stored) else None

    def act(tx: Tx) -> tuple[str, Session]:
        if accounts.known(tx, found)[1] is not None:
            raise NotAllowed("The name or the password is not right.")
        token, session = keeper.start(tx, found, address, agent)
        tx.new_act("sign-in", Actor(found, session.id), None)
        if renewed:
            tx.execute("update person set password_hash = ? where account = ?", [renewed, found])
        if instead_of:
            keeper.revoke(tx, [instead_of])
        return token, session

    token, session = store.act(act)
    keeper.begun(session)
    if instead_of:
        keeper.ended([instead_of])
    return SignedIn(token, session, language)


def sign_out(store: Store, actor: Actor) -> None:
    """Ends the actor's session in all its tabs; the items that he held go back to the line."""
    if actor.session is None:
        return
    keeper = sessions.of(store)
    ending = [actor.session]

    def act(tx: Tx) -> None:
        tx.new_act("sign-out", actor, None)
        keeper.revoke(tx, ending)

    store.act(act)
    keeper.ended(ending)
    accounts.let_go(store, actor.account)
