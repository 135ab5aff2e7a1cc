"""Who is signed in: server-side sessions, kept in memory as well, so that the gate asks no database for a request.

The records are the truth: all live sessions are read at start, and every change goes through an act. A cookie holds a
token of 256 random bits; the store holds its HMAC under the installation's secret, and that HMAC is the session's name
everywhere else.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from relevance.roles import Actor, Role
from relevance.store.store import Store, Tx

KEEP_ENDED = timedelta(days=30)  # then a session's address and browser are deleted
_WRITE_SHARE = 20  # the idle deadline is written when a twentieth of it has passed


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in. `id` is the HMAC of its token, safe to log and to hand to scripts."""

    id: str
    account: int
    created_at: datetime
    expires_at: datetime  # by the last request; never past created_at + the longest that a sign-in lasts


@dataclass(slots=True)
class _Known:
    session: Session
    seen: datetime
    writing: bool = False
    enders: list[Callable[[], None]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Rights:
    actor: Actor
    demo: bool
    disabled: bool


@dataclass(frozen=True, slots=True)
class _Everybody:
    """All accounts' rights, as they were read at a version of the store's people."""

    of: dict[int, _Rights]
    version: int
    since: datetime
    until: datetime | None  # when a membership begins or ends next

    def holds(self, version: int, now: datetime) -> bool:
        """Whether nothing was changed, and no membership has begun or ended, since they were read."""
        return self.version == version and self.since <= now and (self.until is None or now < self.until)


class Sessions:
    """The live sessions of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.RLock()
        self._known: dict[str, _Known] = {}
        self._everybody: _Everybody | None = None
        self.secret = b""
        self.idle = timedelta(minutes=120)
        self.longest = timedelta(hours=16)
        now = store.clock.now()
        with store.reader(graded=False) as reader:
            for row in reader.all(
                """select token_hash, account, created_at, expires_at from session
                   where revoked_at is null and expires_at > ?""",
                [now],
            ):
                self._known[row[0]] = _Known(Session(*row), seen=row[2])

    def name(self, token: str) -> str:
        """The session's id of a cookie's token."""
        return hmac.new(self.secret, token.encode(), hashlib.sha256).hexdigest()

    def start(self, tx: Tx, account: int, address: str, agent: str) -> tuple[str, Session]:
        """Writes a new session within an act; call `begun` with it once the act is durable."""
        token = secrets.token_urlsafe(32)
        session = Session(self.name(token), account, tx.now, tx.now + min(self.idle, self.longest))
        tx.insert(
            "session",
            token_hash=session.id,
            account=account,
            created_at=session.created_at,
            expires_at=session.expires_at,
            revoked_at=None,
            address=address[:64],
            agent=agent[:200],
        )
        return token, session

    def begun(self, session: Session) -> None:
        """Takes a durable session into memory."""
        with self._lock:
            self._known[session.id] = _Known(session, seen=session.created_at)

    # Asking ---------------------------------------------------------------------------------------------------------

    def get(self, session: str) -> Session | None:
        """The session of an id, if it is live."""
        with self._lock:
            known = self._known.get(session)
            return known.session if known is not None and self._alive(known, self._store.clock.now()) else None

    def _deadline(self, known: _Known) -> datetime:
        return min(max(known.session.expires_at, known.seen + self.idle), known.session.created_at + self.longest)

    def _alive(self, known: _Known, now: datetime) -> bool:
        return now < self._deadline(known)

    def actor(self, session: str, demo: bool = True) -> Actor | None:
        """Who acts under a session, with the rights of now; None where it has ended or the account is disabled.

        `demo` says whether accounts of the demo are let in.
        """
        found = self.get(session)
        if found is None:
            return None
        rights = self.rights(found.account)
        if rights is None or rights.disabled or (rights.demo and not demo):
            return None
        return replace(rights.actor, session=session)

    def rights(self, account: int) -> _Rights | None:
        """An account's rights of now. All are read anew, at once, when a commit may have changed some, or a membership's date
        has come: asked for one by one by two hundred graders, they kept everybody waiting.
        """
        known, version, now = self._everybody, self._store.people, self._store.clock.now()
        if known is None or not known.holds(version, now):
            known = self._read(version, now)
            with self._lock:
                self._everybody = known
        return known.of.get(account)

    def _read(self, version: int, now: datetime) -> _Everybody:
        roles: dict[int, dict[int, set[Role]]] = {}
        changes: list[datetime] = []
        with self._store.reader(graded=False, snapshot=True) as reader:
            people = reader.all(
                "select account, is_admin, is_demo, language, disabled_at from person join account on id = account"
            )
            members = reader.all("select account, project, role, since, until from member")
        for account, project, role, since, until in members:
            changes += [moment for moment in (since, until) if moment is not None and moment > now]
            if since <= now and (until is None or until > now):
                roles.setdefault(account, {}).setdefault(project, set()).add(Role(role))
        of = {
            account: _Rights(
                Actor(
                    account, None, is_admin,
                    {project: frozenset(held) for project, held in roles.get(account, {}).items()}, language,
                ),
                is_demo, disabled_at is not None,
            )
            for account, is_admin, is_demo, language, disabled_at in people
        }  # fmt: skip
        return _Everybody(of, version, now, min(changes, default=None))

    # Keeping --------------------------------------------------------------------------------------------------------

    def touch(self, session: str) -> None:
        """A sign of life. It is written now and then, so that a restart does not sign anybody out."""
        now = self._store.clock.now()
        with self._lock:
            known = self._known.get(session)
            if known is None or not self._alive(known, now):
                return
            known.seen = now
            expires = self._deadline(known)
            if known.writing or expires - known.session.expires_at < self.idle / _WRITE_SHARE:
                return
            known.writing = True

        def act(tx: Tx) -> None:
            tx.execute("update session set expires_at = ? where token_hash = ?", [expires, session])

        def written(future: Future[None]) -> None:
            with self._lock:
                known.writing = False
                # A store that is closing or full: memory still knows, and the next request writes again.
                if future.exception() is None:
                    known.session = replace(known.session, expires_at=expires)

        self._store.submit(act).add_done_callback(written)

    def watch(self, session: str, end: Callable[[], None]) -> Callable[[], None]:
        """Calls `end` (from any thread) when the session ends. Returns what takes the watch off again."""
        with self._lock:
            known = self._known.get(session)
            if known is None:
                end()
                return lambda: None
            known.enders.append(end)

        def off() -> None:
            with self._lock:
                if end in known.enders:
                    known.enders.remove(end)

        return off

    # Ending ---------------------------------------------------------------------------------------------------------

    def live_of(self, account: int) -> list[Session]:
        """An account's live sessions."""
        now = self._store.clock.now()
        with self._lock:
            return [
                k.session for k in self._known.values() if k.session.account == account and self._alive(k, now)
            ]  # fmt: skip

    def revoke(self, tx: Tx, ids: list[str]) -> None:
        """Ends sessions within an act; call `ended` once it is durable."""
        for one in ids:
            tx.execute("update session set revoked_at = ? where token_hash = ? and revoked_at is null", [tx.now, one])

    def ended(self, ids: list[str]) -> None:
        """Lets sessions go from memory and closes what hangs on them."""
        enders: list[Callable[[], None]] = []
        with self._lock:
            for one in ids:
                known = self._known.pop(one, None)
                if known is not None:
                    enders.extend(known.enders)
        for end in enders:
            end()

    def sweep(self) -> int:
        """Closes what hangs on sessions whose time is over, or whose account may not be in. Returns how many."""
        now = self._store.clock.now()
        with self._lock:
            over = [one for one, known in self._known.items() if not self._alive(known, now)]
        self.ended(over)
        return len(over)

    def purge(self) -> None:
        """Deletes the records of sessions that ended long ago: addresses are not kept for ever."""
        before = self._store.clock.now() - KEEP_ENDED

        def act(tx: Tx) -> None:
            if tx.one("select 1 from session where expires_at < ? limit 1", [before]):
                tx.execute("delete from session where expires_at < ?", [before])

        self._store.act(act)


_LOCK = threading.Lock()
_BY_STORE: WeakKeyDictionary[Store, Sessions] = WeakKeyDictionary()


def of(store: Store) -> Sessions:
    """The sessions of a store."""
    with _LOCK:
        found = _BY_STORE.get(store)
        if found is None:
            found = _BY_STORE[store] = Sessions(store)
        return found
