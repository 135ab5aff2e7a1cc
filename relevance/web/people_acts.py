"""What the users page does with what its forms return: passwords are hashed here, outside the store's writer."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import streamlit as st

from relevance.roles import Actor, Role
from relevance.services import accounts, passwords, people_sheet
from relevance.services.accounts import Joining, NewPerson
from relevance.services.people_sheet import SheetPerson
from relevance.store.store import Store
from relevance.texts import _, ngettext
from relevance.web import people_forms as forms
from relevance.web import session


def change(store: Store, actor: Actor, wish: forms.Change, login: str) -> None:
    """Does what was asked for one user and runs the page again."""
    if wish.what == "password":
        word = passwords.generate()
        accounts.set_password(store, actor, wish.account, passwords.hashed(word), keep=actor.session)
        forms.hand_over({login: word})
        forms.done(_("The password is changed; the user's sessions have ended."))
    if wish.what == "disable":
        accounts.disable(store, actor, wish.account)
        forms.done(_("Disabled; all sessions have ended."))
    if wish.what == "enable":
        accounts.enable(store, actor, wish.account)
        forms.done(_("The user can sign in again."))
    accounts.set_admin(store, actor, wish.account, wish.what == "admin")
    forms.done(_("Saved."))


def add(store: Store, actor: Actor, wish: forms.Wish) -> None:
    """Makes the user and runs the page again."""
    shortest = session.runtime().settings.password_length
    word, made = forms.made(wish.password, wish.login, shortest)
    admin = wish.role == people_sheet.ADMIN
    joining = [Joining(wish.project, Role(wish.role), wish.lead)] if wish.project is not None and not admin else []
    person = NewPerson(wish.login, wish.name, passwords.hashed(word), admin=admin, language=wish.language)
    accounts.add(store, actor, person, joining)
    if made:
        forms.hand_over({wish.login: word})
    forms.done(_("{name} can sign in.").format(name=wish.login))


def import_rows(store: Store, actor: Actor, rows: Sequence[SheetPerson], file: str) -> None:
    """Makes the users of a sheet and runs the page again."""
    people_sheet.write(store, actor, rows, {}, file, dry_run=True)  # before half a minute of hashing is spent on it
    words = {login: passwords.generate() for login in people_sheet.new_logins(store, rows)}
    with (
        st.spinner(ngettext("Making {n} account", "Making {n} accounts", len(words)).format(n=len(words))),
        ThreadPoolExecutor(2) as pool,
    ):
        hashes = dict(zip(words, pool.map(passwords.hashed, words.values()), strict=True))
    done = people_sheet.write(store, actor, rows, hashes, file)
    if words:
        forms.hand_over(words)
    forms.done(_("Users added: {n}, roles given: {m}.").format(n=len(done.added), m=done.roles))
