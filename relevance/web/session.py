"""What a page asks: who is there, in which project, with which store. Checked anew on every run, fragments included."""

from __future__ import annotations

from typing import NoReturn

import streamlit as st
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.scriptrunner import get_script_run_ctx

from relevance import runtime as product
from relevance.roles import Act, Actor, require
from relevance.runtime import Runtime
from relevance.services import preferences, projects, sessions
from relevance.services.projects import ProjectRow
from relevance.store.store import Store
from relevance.texts import _, speak
from relevance.web.gate import SIGN_IN

_CHOSEN = "session.project"
_LAST = "project"  # in the person's preferences


def runtime() -> Runtime:
    """The running product."""
    return product.current()


def store() -> Store:
    """Its store."""
    return runtime().store


def actor() -> Actor:
    """Who is there, with the rights of now; sets the language that the run speaks.

    Where the session has ended (signed out in another tab, disabled, too long without a request) the tab goes to the
    sign-in page and the run stops here.
    """
    named = st.user.get("sub")  # from the gate's header, which nobody else can write
    who = sessions.of(store()).actor(str(named)) if named else None
    if who is None:
        leave()
    speak(who.language)
    return who


def leave(path: str = f"{SIGN_IN}?ended=1") -> NoReturn:
    """Sends the tab to one of the server's own pages and ends the run."""
    context = get_script_run_ctx()
    if context is not None:
        message = ForwardMsg()
        message.auth_redirect.url = path
        context.enqueue(message)
    st.stop()


def choices() -> list[ProjectRow]:
    """The projects that one may choose from, by name."""
    return projects.of(store(), actor())


def current() -> ProjectRow | None:
    """The current project: the one chosen in this tab, else the last one chosen, else the first; None without any."""
    rows = choices()
    by_id = {row.id: row for row in rows}
    chosen = st.session_state.get(_CHOSEN)
    if chosen not in by_id:
        chosen = preferences.of(store(), actor()).get(_LAST)
        if chosen not in by_id:
            chosen = rows[0].id if rows else None
        st.session_state[_CHOSEN] = chosen
    return by_id.get(chosen) if chosen is not None else None


def project() -> ProjectRow:
    """The current project; where there is none the page says so and ends."""
    row = current()
    if row is None:
        st.markdown(f"### {_('No project yet')}")
        if actor().admin:
            st.markdown(_("Make one on the server:") + "\n\n```\npython -m relevance project add NAME\n```")
        else:
            st.markdown(_("You belong to no project yet. Your lead or an administrator can add you."))
        st.stop()
    return row


def choose(number: int) -> None:
    """Makes another project the current one, here and the next time."""
    st.session_state[_CHOSEN] = number
    preferences.change(store(), actor(), **{_LAST: number})


def need(act: Act) -> Actor:
    """The actor, if he may do this in the current project.

    Raises:
        NotAllowed: he may not.
    """
    who, row = actor(), current()
    require(who, act, row.id if row else None)
    return who
