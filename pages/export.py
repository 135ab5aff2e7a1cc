"""Export: labels, grades and disputes as files, and the copy that SQL reads."""

from datetime import UTC, datetime

import streamlit as st

from relevance.roles import Act, allowed, require
from relevance.services import batches, published
from relevance.texts import _
from relevance.web import export_form as forms
from relevance.web import page, session

store, actor, project = session.store(), session.actor(), session.project()
page.head(_("Export"), project)
with page.door():
    require(actor, Act.EXPORT, project.id)
    arrived = batches.of(store, project.id)
    with st.container(border=True):
        wanted = forms.wish(arrived)
        forms.download(store, actor, project, wanted, sum(row.items for row in arrived))
    if forms.copy(published.copy(store), datetime.now(UTC), allowed(actor, Act.SNAPSHOT, project.id)):
        with st.spinner(_("Publishing")):
            published.renew(store, actor, project.id)
        page.done(_("A new copy is published."))
