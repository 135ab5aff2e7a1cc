"""Project: whether work is given out, the policy, the people, the batches."""

import streamlit as st

from relevance.roles import Act, require
from relevance.services import accounts, batches, guidelines, membership, policies, projects
from relevance.texts import _
from relevance.web import dispute_settings, page, session, tables
from relevance.web import project_forms as forms

store, actor, project = session.store(), session.actor(), session.project()
page.head(_("Project"), project)
with page.door():
    require(actor, Act.MANAGE_PROJECT, project.id)
    now = store.clock.now()
    work, policy, people, arrivals = st.tabs([_("Work"), _("Policy"), _("People"), _("Batches")], key="tab", bind=None)
    with work, page.door():
        if (reason := forms.pause(project, now)) is not None:
            if reason:
                projects.pause(store, actor, project.id, reason)
            else:
                projects.resume(store, actor, project.id)
            page.done(_("Paused.") if reason else _("Work is given out again."))
    with policy, page.door():
        preview = st.container()
        rule = policies.now(store, project.id)
        asked = forms.policy(rule, guidelines.current(store, project.id).levels)
        if (disputed := dispute_settings.form(rule)) is not None:
            asked = disputed
        if (change := forms.pending(asked)) is not None:
            with preview:
                answer = forms.confirm(change, policies.preview(store, actor, project.id, change))
            if answer is not None:
                forms.forget()
                if answer:
                    version = policies.change(store, actor, project.id, **change)
                page.done(
                    _("Policy version {n} is in force.").format(n=version) if answer else _("Nothing was changed.")
                )
    with people, page.door():
        members = membership.of(store, project.id)
        tables.members(members, project.time_zone)
        if (wish := forms.member(members)) is not None:
            account = accounts.by_login(store, wish.login)
            if wish.role is None:
                membership.end(store, actor, project.id, account, wish.ends)
            else:
                membership.put(store, actor, project.id, account, wish.role, wish.lead)
            page.done(_("The people of the project were changed."))
    with arrivals, page.door():
        rows = batches.of(store, project.id)
        tables.batches(rows, project.time_zone, now)
        if rows and (moved := forms.batch(rows, project.time_zone)) is not None:
            batches.change(store, actor, moved.batch, moved.name, moved.deadline, moved.deadline is None)
            page.done(_("The batch was saved."))
