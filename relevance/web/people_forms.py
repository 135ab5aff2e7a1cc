"""The forms of the users page: each shows what is, and returns what the administrator wants, or None."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import NoReturn

import streamlit as st

from relevance.roles import Role
from relevance.services import passwords, people_sheet
from relevance.services.accounts import PersonRow
from relevance.services.names import fold
from relevance.services.people_sheet import SheetPerson
from relevance.services.projects import ProjectRow
from relevance.texts import LANGUAGES, _, language, ngettext
from relevance.web import format as fmt
from relevance.web import page
from relevance.web.project_forms import role_name

_SHOWN = "people.passwords"
_SAID = "people.said"


@dataclass(frozen=True, slots=True)
class Wish:
    """A new user as typed. `password` is empty where one is to be made."""

    login: str
    name: str
    role: str
    project: int | None
    lead: str | None
    language: str
    password: str


@dataclass(frozen=True, slots=True)
class Change:
    """What to do with one user: "disable", "enable", "admin", "no-admin" or "password"."""

    account: int
    what: str


def head() -> None:
    """The page's title, and what an earlier run has done."""
    st.markdown(f"#### {_('Users')}", anchors=False)
    if said := st.session_state.pop(_SAID, None):
        st.toast(said, icon=":material/check:")


def done(sentence: str) -> NoReturn:
    """Runs the page again and says there what was done."""
    st.session_state[_SAID] = sentence
    st.rerun()


def label(role: str) -> str:
    """A role in the reader's words, the administrator's included."""
    return _("Administrator") if role == people_sheet.ADMIN else role_name(role)


def table(rows: Sequence[PersonRow], now: datetime) -> PersonRow | None:
    """Who there is, as what. Returns the one that was chosen."""
    text = st.text_input(
        _("Search"), key="people.search", placeholder=_("name or project"), label_visibility="collapsed"
    )
    wanted = fold(text)
    shown = [row for row in rows if not wanted or wanted in fold(f"{row.login} {row.name} {_roles(row)}")]
    event = st.dataframe(
        [
            {
                _("Name"): row.name,
                _("Sign-in name"): row.login,
                _("Roles"): _roles(row),
                _("State"): _("Disabled") if row.disabled_at else _("Demo") if row.demo else _("Active"),
                _("Last sign-in"): fmt.ago(row.last_sign_in, now) if row.last_sign_in else _("never"),
                _("Language"): LANGUAGES.get(row.language, row.language),
            }
            for row in shown
        ],
        hide_index=True,
        key=f"people.table.{len(shown)}",
        on_select="rerun",
        selection_mode="single-row",
    )
    chosen = event["selection"]["rows"]
    return shown[chosen[0]] if chosen and chosen[0] < len(shown) else None


def _roles(row: PersonRow) -> str:
    parts = [_("Administrator")] if row.admin else []
    parts += [
        f"{role_name(part.role)} · {part.project_name}" + (f" ({part.lead})" if part.lead else "") for part in row.parts
    ]
    return ", ".join(parts)


def one(row: PersonRow, own: int) -> Change | None:
    """What can be done with the chosen user."""
    with st.container(border=True):
        st.markdown(f"**{page.plain(row.name)}** · {page.plain(row.login)}")
        if roles := _roles(row):
            st.caption(page.plain(roles))
        with st.container(horizontal=True):
            if st.button(_("New password"), icon=":material/key:", key="people.password"):
                return Change(row.account, "password")
            if row.account != own:
                if row.disabled_at is None:
                    if st.button(_("Disable"), icon=":material/block:", key="people.disable"):
                        return Change(row.account, "disable")
                elif st.button(_("Enable"), icon=":material/check:", key="people.enable"):
                    return Change(row.account, "enable")
                if st.button(
                    _("Take administrator away") if row.admin else _("Make administrator"),
                    icon=":material/shield_person:",
                    key="people.admin",
                ):
                    return Change(row.account, "no-admin" if row.admin else "admin")
        st.caption(
            _("Disabling ends all sessions at once; grades and decisions stay. Roles are given on the Project page.")
        )
    return None


def add(projects: Sequence[ProjectRow], leads: Mapping[int, Sequence[tuple[str, str]]]) -> Wish | None:
    """A new user. `leads` are (login, name) by project."""
    role = st.selectbox(
        _("Role"), [*(r.value for r in Role), people_sheet.ADMIN], format_func=label, key=f"people.new.role.{language()}"
    )  # fmt: skip
    admin = role == people_sheet.ADMIN
    names = {row.id: row.name for row in projects}
    project = lead = None
    if not admin:
        if not names:
            st.info(_("Make a project first; only an administrator needs none."))
            return None
        project = st.selectbox(_("Project"), list(names), format_func=lambda n: names[n], key="people.new.project")
    team = dict(leads.get(project, ())) if project is not None and role == Role.GRADER else {}
    with st.form("people.new", border=False, clear_on_submit=True):
        if team:
            lead = st.selectbox(
                _("Team of"), list(team), index=None, placeholder=_("no team"), format_func=lambda key: team[key]
            )
        left, right = st.columns(2)
        login = left.text_input(_("Sign-in name"), max_chars=64)
        name = right.text_input(_("Name on screens"), max_chars=100, help=_("Empty: the sign-in name."))
        word = left.text_input(
            _("Password"), type="password", max_chars=256, help=_("Empty: one is made and shown once."),
            autocomplete="new-password",
        )  # fmt: skip
        tongue = right.selectbox(
            _("Language"), list(LANGUAGES), format_func=lambda code: LANGUAGES[code],
            index=list(LANGUAGES).index(language()),
        )  # fmt: skip
        if st.form_submit_button(_("Add the user"), type="primary", icon=":material/person_add:"):
            return Wish(login, name, role, project, lead, tongue, word)
    return None


def sheet(project: str | None) -> tuple[str, list[SheetPerson]] | None:
    """A sheet of users, checked: its name and rows, returned when its import is asked for."""
    st.caption(
        _("CSV or Excel with the columns login (账号), name (姓名), role (角色), project (项目), team (组长). "
          "All rows are imported, or none.")
    )  # fmt: skip
    file = st.file_uploader(_("Sheet"), type=["csv", "tsv", "xlsx"], key="people.sheet", label_visibility="collapsed")
    if file is None:
        return None
    with NamedTemporaryFile(suffix=Path(file.name).suffix) as kept:
        kept.write(file.getvalue())
        kept.flush()
        rows = people_sheet.read(Path(kept.name), project, language(), name=file.name)
    st.dataframe(
        [
            {
                _("Row"): row.row,
                _("Sign-in name"): row.login,
                _("Name"): row.name,
                _("Role"): label(row.role or people_sheet.ADMIN),
                _("Project"): row.project,
                _("Team of"): row.lead,
            }
            for row in rows
        ],
        hide_index=True,
        height="content" if len(rows) < 7 else 240,
    )
    if st.button(
        ngettext("Import {n} row", "Import {n} rows", len(rows)).format(n=fmt.number(len(rows))),
        type="primary",
        icon=":material/group_add:",
    ):
        return file.name, rows
    return None


def hand_over(words: Mapping[str, str]) -> None:
    """Keeps passwords that were just made for the next run, which shows them once."""
    st.session_state[_SHOWN] = dict(words)


def show_passwords() -> None:
    """Passwords that were just made: shown until the page is left, never stored."""
    words: dict[str, str] | None = st.session_state.get(_SHOWN)
    if not words:
        return
    with st.container(border=True):
        st.markdown(f"**{_('Shown once: hand these passwords over now')}**")
        st.code("\n".join(f"{login}\t{word}" for login, word in words.items()), language=None)
        if st.button(_("I have noted them"), key="people.noted"):
            del st.session_state[_SHOWN]
            st.rerun()


def made(word: str, login: str, shortest: int) -> tuple[str, bool]:
    """The password to use: the typed one, checked, or a new one; and whether it was made here."""
    if word:
        passwords.check(word, login, shortest)
        return word, False
    return passwords.generate(), True
