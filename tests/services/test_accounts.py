"""People and their sessions, on a real store."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

import pytest

from relevance.errors import BadInput, NotAllowed, NotFound
from relevance.roles import SYSTEM, Act, Actor, Role, allowed
from relevance.services import accounts, membership, passwords, preferences, sessions, signing
from relevance.services.accounts import Joining, NewPerson
from tests import quick_hash
from tests.world import World

WORD = "a long enough word"
HASH = passwords.hashed(WORD)


@pytest.fixture
def keeper(world: World) -> sessions.Sessions:
    found = sessions.of(world.store)
    found.secret = b"x" * 32
    return found


def make(world: World, login: str, **more: object) -> int:
    return accounts.add(world.store, SYSTEM, NewPerson(login, password_hash=HASH, **more))  # type: ignore[arg-type]


def test_a_token_is_stored_as_its_hmac_alone(world: World, keeper: sessions.Sessions) -> None:
    make(world, "li")
    signed_in = signing.sign_in(world.store, "li", WORD)
    assert len(signed_in.token) == 43  # 32 bytes in base64
    with world.store.reader() as reader:
        stored = reader.all("select token_hash from session")
        everything = str(reader.all("select * from session")) + str(reader.all("select * from act"))
    assert stored == [(hmac.new(b"x" * 32, signed_in.token.encode(), hashlib.sha256).hexdigest(),)]
    assert signed_in.token not in everything
    assert signed_in.token not in repr(signed_in)


def test_passwords_are_argon2id_and_stored_nowhere_in_words(world: World) -> None:
    account = make(world, "li")
    with world.store.reader() as reader:
        stored = reader.value("select password_hash from person where account = ?", [account])
        everything = str(reader.all("select * from person")) + str(reader.all("select * from act"))
    assert stored.startswith("$argon2id$")
    assert quick_hash.REAL.hash(WORD).startswith("$argon2id$v=19$m=65536,t=3,p=4$")  # RFC 9106, low memory
    assert WORD not in everything


@pytest.mark.parametrize("login", ["li", "LI", " Ｌi ", "nobody", ""])
def test_unknown_wrong_and_disabled_say_the_same(world: World, keeper: sessions.Sessions, login: str) -> None:
    account = make(world, "li")
    with pytest.raises(NotAllowed) as wrong:
        signing.sign_in(world.store, login, "not the word")
    accounts.disable(world.store, SYSTEM, account)
    with pytest.raises(NotAllowed) as disabled:
        signing.sign_in(world.store, login, WORD)
    assert disabled.value.sentence == wrong.value.sentence
    assert wrong.value.sentence == "The name or the password is not right."


def test_an_account_that_there_is_not_costs_a_hash_too(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords.verify(None, "warm")
    asked: list[str] = []
    real = passwords._hasher.verify
    monkeypatch.setattr(passwords, "_hasher", _Watched(asked, real))
    assert not passwords.verify(None, "x")
    assert not passwords.verify(HASH, "x")
    assert len(asked) == 2


class _Watched:
    def __init__(self, asked: list[str], verify: object) -> None:
        self._asked, self._verify = asked, verify

    def verify(self, stored: str, password: str) -> bool:
        self._asked.append(stored[:10])
        return bool(self._verify(stored, password))  # type: ignore[operator]


def test_a_session_ends_after_idle_time_and_after_its_longest_in_any_case(
    world: World, keeper: sessions.Sessions
) -> None:
    keeper.idle, keeper.longest = timedelta(minutes=30), timedelta(hours=2)
    make(world, "li")
    one = signing.sign_in(world.store, "li", WORD).session.id
    world.clock.advance(29 * 60)
    keeper.touch(one)
    world.clock.advance(29 * 60)
    assert keeper.actor(one) is not None  # 58 minutes, but touched after 29
    world.clock.advance(2 * 60)
    assert keeper.actor(one) is None  # 31 idle
    two = signing.sign_in(world.store, "li", WORD).session.id
    for _ in range(5):
        world.clock.advance(25 * 60)
        keeper.touch(two)
    assert keeper.actor(two) is None  # 125 minutes, never idle for long


def test_sessions_outlive_a_restart_with_their_last_sign_of_life_and_revoked_ones_do_not(
    world: World, keeper: sessions.Sessions
) -> None:
    keeper.idle = timedelta(minutes=60)
    account = make(world, "li")
    kept = signing.sign_in(world.store, "li", WORD)
    gone = signing.sign_in(world.store, "li", WORD)
    signing.sign_out(world.store, Actor(account, gone.session.id))
    world.clock.advance(50 * 60)
    keeper.touch(kept.session.id)
    world.reopen()
    again = sessions.of(world.store)
    again.secret = b"x" * 32
    world.clock.advance(50 * 60)  # 100 minutes after sign-in, 50 after the touch
    assert again.actor(again.name(kept.token)) is not None
    assert again.actor(again.name(gone.token)) is None


def test_disabling_ends_every_session_at_once_and_closes_what_hangs_on_them(
    world: World, keeper: sessions.Sessions
) -> None:
    account = make(world, "li")
    ids = [signing.sign_in(world.store, "li", WORD).session.id for _ in range(3)]
    closed: list[str] = []
    for one in ids:
        keeper.watch(one, lambda one=one: closed.append(one))  # type: ignore[misc]
    accounts.disable(world.store, SYSTEM, account)
    assert [keeper.actor(one) for one in ids] == [None, None, None]
    assert sorted(closed) == sorted(ids)
    with pytest.raises(NotAllowed):
        signing.sign_in(world.store, "li", WORD)
    accounts.enable(world.store, SYSTEM, account)
    signing.sign_in(world.store, "li", WORD)
    assert [keeper.actor(one) for one in ids] == [None, None, None]  # the old ones stay ended


def test_signing_out_ends_one_session_and_not_the_persons_others(world: World, keeper: sessions.Sessions) -> None:
    account = make(world, "li")
    one, two = (signing.sign_in(world.store, "li", WORD).session.id for _ in range(2))
    signing.sign_out(world.store, Actor(account, one))
    assert keeper.actor(one) is None
    assert keeper.actor(two) is not None


def test_the_last_sign_out_gives_leases_back_an_earlier_one_does_not(world: World, keeper: sessions.Sessions) -> None:
    world.items(3)
    account = accounts.add(
        world.store, SYSTEM, NewPerson("li", password_hash=HASH), [Joining(world.project, Role.GRADER)]
    )
    one, two = (signing.sign_in(world.store, "li", WORD).session.id for _ in range(2))
    who = keeper.actor(one)
    assert who is not None
    world.claim(who, want=2)
    signing.sign_out(world.store, Actor(account, one))
    assert len(world.store.live.held_by(account)) == 2
    signing.sign_out(world.store, Actor(account, two))
    assert world.store.live.held_by(account) == []


def test_signing_in_over_an_old_session_ends_it(world: World, keeper: sessions.Sessions) -> None:
    make(world, "li")
    old = signing.sign_in(world.store, "li", WORD).session.id
    new = signing.sign_in(world.store, "li", WORD, instead_of=old).session.id
    assert keeper.actor(old) is None
    assert keeper.actor(new) is not None


def test_another_password_ends_all_other_sessions(world: World, keeper: sessions.Sessions) -> None:
    account = make(world, "li")
    here, there = (signing.sign_in(world.store, "li", WORD).session.id for _ in range(2))
    accounts.change_password(world.store, Actor(account, here), WORD, "quite another word", 8)
    assert keeper.actor(here) is not None
    assert keeper.actor(there) is None
    signing.sign_in(world.store, "li", "quite another word")
    with pytest.raises(NotAllowed):
        signing.sign_in(world.store, "li", WORD)


def test_the_old_password_is_asked_for(world: World) -> None:
    account = make(world, "li")
    with pytest.raises(NotAllowed, match="present password"):
        accounts.change_password(world.store, Actor(account), "wrong", "quite another word", 8)


@pytest.mark.parametrize("word", ["short", "li", "aaaaaaaaaaaa", "x" * 300])
def test_a_password_that_will_not_do_is_refused(word: str) -> None:
    with pytest.raises(BadInput):
        passwords.check(word, "li")


def test_a_role_that_was_given_or_ended_counts_at_once(world: World, keeper: sessions.Sessions) -> None:
    account = make(world, "li")
    one = signing.sign_in(world.store, "li", WORD).session.id

    def may() -> bool:
        who = keeper.actor(one)
        return who is not None and allowed(who, Act.GRADE, world.project)

    assert not may()
    membership.put(world.store, SYSTEM, world.project, account, "grader")
    assert may()
    membership.end(world.store, SYSTEM, world.project, account)
    assert not may()


def test_a_membership_ends_on_its_date_though_no_record_changes_then(world: World, keeper: sessions.Sessions) -> None:
    account = make(world, "li")
    ends = world.clock.now() + timedelta(hours=1)
    membership.put(world.store, SYSTEM, world.project, account, "grader", until=ends)
    session = signing.sign_in(world.store, "li", WORD).session.id
    world.clock.advance(59 * 60)
    actor = keeper.actor(session)
    assert actor is not None and actor.roles == {world.project: {Role.GRADER}}
    world.clock.advance(60)
    actor = keeper.actor(session)
    assert actor is not None and actor.roles == {}


def test_rights_follow_the_records_even_where_nobody_said_that_they_changed(
    world: World, keeper: sessions.Sessions
) -> None:
    account = make(world, "li")
    assert (rights := keeper.rights(account)) is not None and not rights.actor.admin
    assert keeper.rights(account) is rights  # kept, not read again
    world.store.act(lambda tx: tx.execute("update person set is_admin = true where account = ?", [account]))
    assert (rights := keeper.rights(account)) is not None and rights.actor.admin


def test_commits_that_are_about_nobody_leave_the_rights_as_they_were_read(
    world: World, keeper: sessions.Sessions
) -> None:
    account = make(world, "li")
    rights = keeper.rights(account)
    world.items(3)
    world.store.act(lambda tx: tx.execute("update clip set title = 'seen' where id = 1"))
    world.store.act(lambda tx: tx.execute("update session set expires_at = ? where account = ?", [tx.now, account]))
    assert rights is not None and keeper.rights(account) is rights
    other = make(world, "wang")
    assert keeper.rights(account) == rights and keeper.rights(other) is not None


def test_a_demo_account_is_let_in_only_where_the_demo_may_be(world: World, keeper: sessions.Sessions) -> None:
    make(world, "demo", demo=True)
    with pytest.raises(NotAllowed, match="name or the password"):
        signing.sign_in(world.store, "demo", WORD, demo=False)
    session = signing.sign_in(world.store, "demo", WORD, demo=True).session.id
    assert keeper.actor(session, demo=True) is not None
    assert keeper.actor(session, demo=False) is None  # the server was opened to others meanwhile


def test_the_last_administrator_can_be_neither_disabled_nor_taken_away(world: World) -> None:
    first, second = make(world, "a", admin=True), make(world, "b", admin=True)
    accounts.disable(world.store, SYSTEM, first)
    with pytest.raises(BadInput, match="last administrator"):
        accounts.disable(world.store, SYSTEM, second)
    with pytest.raises(BadInput, match="last administrator"):
        accounts.set_admin(world.store, SYSTEM, second, False)


def test_a_login_is_taken_whatever_its_case_and_width(world: World) -> None:
    make(world, "Wang Fang")
    with pytest.raises(BadInput, match="already"):
        make(world, "ｗａｎｇ  fang")
    assert accounts.by_login(world.store, "WANG FANG") > 0
    with pytest.raises(NotFound, match="Wang Fang"):
        accounts.by_login(world.store, "wang fan")


def test_only_an_administrator_manages_users(world: World) -> None:
    lead = world.person("lead", Role.LEAD)
    for act in (
        lambda: accounts.add(world.store, lead, NewPerson("x")),
        lambda: accounts.people(world.store, lead),
        lambda: accounts.disable(world.store, lead, 1),
        lambda: accounts.enable(world.store, lead, 1),
        lambda: accounts.set_admin(world.store, lead, lead.account, True),
        lambda: accounts.set_password(world.store, lead, lead.account + 1, HASH),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_the_first_administrator_is_made_once(world: World) -> None:
    assert accounts.nobody_yet(world.store)
    accounts.first_admin(world.store, "root", "", WORD, "en", 8)
    assert not accounts.nobody_yet(world.store)
    with pytest.raises(NotAllowed):
        accounts.first_admin(world.store, "other", "", WORD, "en", 8)


def test_old_sessions_are_deleted_with_their_addresses(world: World, keeper: sessions.Sessions) -> None:
    make(world, "li")
    signing.sign_in(world.store, "li", WORD, "10.1.2.3", "Firefox")
    world.clock.advance(29 * 86400)
    keeper.purge()
    with world.store.reader() as reader:
        assert reader.value("select address from session") == "10.1.2.3"
    world.clock.advance(3 * 86400)
    keeper.purge()
    with world.store.reader() as reader:
        assert reader.value("select count(*) from session") == 0


def test_every_change_is_in_the_audit_log(world: World, keeper: sessions.Sessions) -> None:
    account = make(world, "li")
    session = signing.sign_in(world.store, "li", WORD).session.id
    who = Actor(account, session)
    preferences.set_language(world.store, who, "en")
    preferences.change(world.store, who, speed=2)
    accounts.change_password(world.store, who, WORD, "quite another word", 8)
    signing.sign_out(world.store, who)
    with world.store.reader() as reader:
        names = [row[0] for row in reader.all("select name from act where actor = ? order by id", [account])]
    assert names == ["sign-in", "account.language", "account.preferences", "users.password", "sign-out"]
