"""Users: who can sign in and as what; add, disable, new password, import a sheet."""

import streamlit as st

from relevance.roles import Act, require
from relevance.services import accounts, projects
from relevance.texts import _
from relevance.web import page, people_acts, session
from relevance.web import people_forms as forms

store, actor = session.store(), session.actor()
forms.head()
with page.door():
    require(actor, Act.MANAGE_USERS)
    forms.show_passwords()
    rows, now = accounts.people(store, actor), store.clock.now()
    left, right = st.columns([2.2, 1], gap="medium")
    with left, page.door():
        chosen = forms.table(rows, now)
        if chosen is not None and (change := forms.one(chosen, actor.account)) is not None:
            people_acts.change(store, actor, change, chosen.login)
    with right:
        new, sheet = st.tabs([_("New user"), _("Import a sheet")])
        with new, page.door():
            if (wish := forms.add(projects.of(store, actor), accounts.leads(store))) is not None:
                people_acts.add(store, actor, wish)
        with sheet, page.door():
            row = session.current()
            if (brought := forms.sheet(row.name if row else None)) is not None:
                file, people = brought
                people_acts.import_rows(store, actor, people, file)
