"""Items: a file is checked first, its faults or what it would do are shown, then all of it is imported or nothing."""

import streamlit as st

from relevance.roles import Act, require
from relevance.services import item_import
from relevance.texts import _
from relevance.web import format as fmt
from relevance.web import import_form as forms
from relevance.web import page, session

store, actor, project = session.store(), session.actor(), session.project()
page.head(_("Import items"), project)
with page.door():
    require(actor, Act.IMPORT, project.id)
    if (file := forms.file()) is None:
        page.empty(
            _("Choose a file"),
            _("It is checked first; nothing is imported until you say so."),
            ":material/upload_file:",
        )
        st.stop()
    with st.spinner(_("Checking the file")):
        checked = item_import.import_file(
            store, actor, project.id, file.data, name=file.name, batch=file.batch, dry_run=True
        )
    if forms.would(checked):
        with st.spinner(_("Importing")):
            done = item_import.import_file(store, actor, project.id, file.data, name=file.name, batch=file.batch)
        page.done(_("Imported items: {n}.").format(n=fmt.number(done.items)))
