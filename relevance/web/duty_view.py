"""What is asked of graders before their next item, as their lead sees it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from relevance.services.duties import Duty
from relevance.services.guidelines import Guideline
from relevance.texts import _
from relevance.web import format as fmt
from relevance.web import learn_view, page


def rules(guideline: Guideline, key: str) -> list[str]:
    """Which rules' examples somebody walks through once more; none chosen: all."""
    names = {rule.id: learn_view.rule_text(guideline, rule.id) for rule in guideline.rules}
    return st.multiselect(
        _("Rules to train"), list(names), key=key, format_func=lambda one: names[one], placeholder=_("all")
    )


def duties(rows: Sequence[Duty], guideline: Guideline, zone: str, now: datetime, may: bool) -> int | None:
    """The open ones. Returns the one that is to be taken back."""
    gone = None
    for row in rows:
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"duty_{row.id}"):
            what = _("goes through the training before the next item") if row.kind == "retrain" else _(
                "passes the exam before the next item"
            )  # fmt: skip
            of = ", ".join(learn_view.rule_text(guideline, rule) for rule in row.rules)
            said = f"**{page.plain(row.name)}** {what}" + (f" ({page.plain(of)})" if of else "")
            since = fmt.moment(row.made_at, zone, now)
            st.markdown(f":material/school: {said} · {since}  \n:gray[{page.plain(row.reason)}]", width="stretch")
            if may and st.button(_("Take back"), icon=":material/undo:", key=f"duty_back_{row.id}"):
                gone = row.id
    return gone
