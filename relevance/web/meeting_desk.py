"""The parts of the meetings page: list, agenda, people with guests' links, invitations and minutes."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from relevance.agenda import CASE_MINUTES
from relevance.meeting import State
from relevance.roles import Actor
from relevance.services import (
    agendas,
    attendees,
    cluster_line,
    guests,
    guidelines,
    invitations,
    meeting_setting,
    meetings,
    notify,
    outcomes,
)
from relevance.services.meetings import MeetingRow
from relevance.services.projects import ProjectRow
from relevance.store.store import Store
from relevance.texts import LANGUAGES, N_, _, language, ngettext
from relevance.web import correction_desk, page, precedent_desk, query, session
from relevance.web import format as fmt

MOST_SHOWN = 20  # cases of an agenda that are shown without a scroll bar
STATES: dict[State, tuple[str, str]] = {
    "before": (N_("Being prepared"), "blue"),
    "open": (N_("In session"), "green"),
    "closed": (N_("Closed"), "gray"),
}
PARTS = {
    "chair": N_("Chair"),
    "lead": N_("Lead"),
    "client": N_("Client"),
    "specialist": N_("Specialist"),
    "guest": N_("Guest"),
}
DECIDES = {
    "client": N_("The client, where he is present; else the chair"),
    "chair": N_("The chair"),
    "majority": N_("More than half of the votes; else the chair"),
}
KINDS = {"invitation": N_("Invitation"), "reminder": N_("Reminder"), "minutes": N_("Minutes of the meeting")}
CHANNELS = {"smtp": N_("by mail"), "webhook": N_("to the chat"), "file": N_("as a file on the server")}


def choose(rows: list[MeetingRow], project: ProjectRow) -> MeetingRow | None:
    """The meeting in the address, else the one in session, else the next, else the last."""
    number = query.number("meeting")
    found = next((row for row in rows if row.id == number), None)
    order = {"open": 0, "before": 1, "closed": 2}
    return found or min(rows, key=lambda row: order[row.state], default=None)


def listed(rows: list[MeetingRow], chosen: MeetingRow | None, project: ProjectRow) -> None:
    """The list: a meeting a line, the chosen one marked."""
    now = session.store().clock.now()
    for row in rows:
        name, color = STATES[row.state]
        with st.container(border=True, gap="xsmall"):
            if st.button(
                page.plain(row.title), key=f"meeting.{row.id}", width="stretch",
                type="primary" if chosen is not None and row.id == chosen.id else "tertiary",
            ):  # fmt: skip
                query.put("meeting", row.id)
                st.rerun()
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.badge(_(name), color=color)  # type: ignore[arg-type]
                st.caption(fmt.moment(row.starts_at, project.time_zone, now))


def new(store: Store, actor: Actor, project: ProjectRow) -> None:
    """The form of a new meeting. It fills its agenda at once."""
    with st.expander(_("New meeting"), icon=":material/add:"):
        people = attendees.inviteable(store, actor, project.id)
        names = {account: f"{name} · {_(PARTS[role])}" for account, name, role in people if account != actor.account}
        zone = ZoneInfo(project.time_zone)
        soon = store.clock.now().astimezone(zone) + timedelta(days=1)
        with st.form("meeting.new", border=False):
            title = st.text_input(_("Title"), max_chars=meetings.LONGEST_TITLE)
            day = st.date_input(_("Day"), soon.date())
            at = st.time_input(_("Begins at"), time(14, 0))
            minutes = st.number_input(_("Minutes"), 5, 480, 60, 5)
            asked = st.multiselect(
                _("People"), list(names), default=[a for a, _name, role in people if role == "client" and a in names],
                format_func=lambda account: names[account], placeholder=_("Choose somebody"),
            )  # fmt: skip
            sent = st.form_submit_button(_("Make the meeting"), type="primary")
    if sent:
        when = datetime.combine(day, at, zone)
        made = meetings.make(store, actor, project.id, title, when, int(minutes), asked)
        added = agendas.fill(store, actor, made)
        query.put("meeting", made)
        page.done(
            ngettext(
                "The meeting is made; one case is on its agenda.",
                "The meeting is made; {n} cases are on its agenda.",
                added,
            ).format(n=fmt.number(added))
        )


def setting(store: Store, actor: Actor, project: ProjectRow) -> None:
    """Who decides in this project's meetings."""
    now = meeting_setting.of(store, project.id)
    with st.expander(_("Who decides"), icon=":material/gavel:"), st.form("meeting.setting", border=False):
        words = {kind: _(text) for kind, text in DECIDES.items()}
        kinds = list(words)
        decides = st.radio(
            _("Whose word ends a case"), kinds, index=kinds.index(now.decides), format_func=words.__getitem__
        )
        mark = st.checkbox(_("Guests' clips carry a mark of who watches"), value=now.watermark)
        st.caption(_("This holds for meetings that are made from now on. Votes advise."))
        sent = st.form_submit_button(_("Save"))
    if sent:
        meeting_setting.change(store, actor, project.id, decides, mark)
        page.done(_("Saved."))


def nothing(runs: bool) -> None:
    """No meeting yet: what one is for, and who makes it."""
    hint = (
        _("Make one: its agenda fills itself with what is worth most for each minute.")
        if runs
        else _("Your lead asks you to come; the meeting then stands here.")
    )
    page.empty(_("No meeting yet"), hint, ":material/groups:")


def head(row: MeetingRow, project: ProjectRow) -> None:
    """Title, time, and the door to the room."""
    name, color = STATES[row.state]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"#### {page.plain(row.title)}", width="content", anchors=False)
        st.badge(_(name), color=color)  # type: ignore[arg-type]
        st.link_button(_("Open the room"), f"/room/{row.id}", icon=":material/meeting_room:", type="primary")
    now = session.store().clock.now()
    st.caption(
        " · ".join(
            (
                fmt.moment(row.starts_at, project.time_zone, now),
                _("{n} minutes").format(n=row.budget_minutes),
                _(DECIDES[row.decides]),
            )
        )
    )


def agenda(store: Store, actor: Actor, row: MeetingRow, runs: bool) -> None:
    """What is talked about, in order. It is ordered by drag or keys in the room."""
    cases = agendas.of(store, actor, row.id)
    minutes = sum(case.minutes for case in cases)
    said = ngettext(
        "{n} case, {minutes} of {budget} minutes", "{n} cases, {minutes} of {budget} minutes", len(cases)
    ).format(n=fmt.number(len(cases)), minutes=fmt.number(minutes, 1), budget=row.budget_minutes)
    st.markdown(f"##### {_('Agenda')}")
    st.caption(said)
    if cases:
        book = guidelines.of_meeting(store, row.project, row.closed_at)
        why = {case.id: cluster_line.line(case.why, book, language()) for case in cases}
        st.dataframe(
            [
                {
                    _("Keyword"): fmt.in_language(case.keyword_zh, case.keyword_en),
                    _("Items"): case.items,
                    _("Why together"): why[case.id] or fmt.UNKNOWN,
                    _("Worth"): round(case.value, 1),
                    _("Minutes"): case.minutes,
                }
                for case in cases
            ],
            hide_index=True,
            width="stretch",
            # The line is read whole: its cell wraps where one of them is longer than a line.
            row_height=precedent_desk.WRAPPED
            if any(len(said) > precedent_desk.LINE for said in why.values())
            else None,
            height="content" if len(cases) <= MOST_SHOWN else "auto",
            column_config={_("Why together"): st.column_config.TextColumn(width=480)},
        )
    if runs and row.state != "closed":
        left = row.budget_minutes - minutes
        if st.button(
            _("Fill what is left"), icon=":material/playlist_add:", disabled=left < CASE_MINUTES,
            help=_("By value per minute. Order and cases are changed in the room."),
        ):  # fmt: skip
            added = agendas.fill(store, actor, row.id)
            page.done(ngettext("One case was added.", "{n} cases were added.", added).format(n=fmt.number(added)))


def people(store: Store, actor: Actor, row: MeetingRow, runs: bool) -> None:
    """Who comes; guests by a link that is shown once."""
    st.markdown(f"##### {_('People')}")
    there = invitations.of(store, actor, row.id)
    for one in there:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(page.plain(one.name), width="content")
            st.caption(_(PARTS[one.part]), width="content")
            if (
                runs
                and row.state != "closed"
                and one.part != "chair"
                and st.button(_("Take out"), key=f"out.{one.id}", type="tertiary", icon=":material/person_remove:")
            ):
                invitations.take_back(store, actor, row.id, one.id)
                page.done(_("Taken out."))
    if not runs or row.state == "closed":
        return
    mine = {one.account for one in there}
    names = {a: f"{n} · {_(PARTS[r])}" for a, n, r in attendees.inviteable(store, actor, row.project) if a not in mine}
    if names:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            asked = st.selectbox(
                _("Ask somebody to come"), list(names), index=None, format_func=lambda a: names[a],
                placeholder=_("Choose somebody"),
            )  # fmt: skip
            if st.button(_("Invite"), disabled=asked is None) and asked is not None:
                invitations.invite(store, actor, row.id, asked)
                page.done(_("{name} belongs to the meeting now.").format(name=names[asked]))
    _guest(store, actor, row)


def _guest(store: Store, actor: Actor, row: MeetingRow) -> None:
    with st.expander(_("A guest's link"), icon=":material/link:"):
        with st.form("meeting.guest", border=False):
            name = st.text_input(_("Guest's name"), max_chars=guests.LONGEST_NAME)
            language = st.selectbox(_("Language"), list(LANGUAGES), format_func=lambda code: LANGUAGES[code])
            days = st.number_input(_("Days that it opens"), 1, int(guests.MOST_DAYS), 7)
            sent = st.form_submit_button(_("Make the link"))
        if sent:
            token = guests.invite(store, actor, row.id, name, language, float(days))
            st.session_state["meeting.link"] = (row.id, notify.base_url(session.runtime().settings) + f"/join/{token}")
        made = st.session_state.get("meeting.link")
        if made and made[0] == row.id:
            st.code(made[1], language=None, wrap_lines=True)
            st.caption(_("It is shown this once, and opens this meeting alone. Whoever has it comes in by that name."))


def after(store: Store, actor: Actor, row: MeetingRow) -> None:
    """Minutes to take along, and what goes out."""
    if row.state != "before":
        st.markdown(f"##### {_('Minutes of the meeting')}")
        with st.container(horizontal=True):
            for language, word in LANGUAGES.items():
                for kind, label in (("docx", "Word"), ("md", "Markdown")):
                    address = f"/meeting/minutes?meeting={row.id}&language={language}&format={kind}"
                    st.link_button(f"{label} · {word}", address, icon=":material/description:")
    if not meetings.allowed_to_run(actor, row.project):
        return
    settings = session.runtime().settings
    kinds = ["invitation", "reminder"] if row.state == "before" else ["minutes"]
    with st.container(horizontal=True, vertical_alignment="center"):
        for kind in kinds:
            if st.button(_(KINDS[kind]), key=f"send.{kind}", icon=":material/send:"):
                sent = notify.send(store, settings, session.runtime().library, actor, row.id, kind)
                page.done(notify_said(sent))
        st.caption(_("Goes out {how}.").format(how=", ".join(_(CHANNELS[one]) for one in notify.channels(settings))))
    for notice in notify.sent(store, actor, row.id)[:5]:
        failed = f" · {notice.failed}" if notice.failed else ""
        now = store.clock.now()
        when = fmt.moment(notice.made_at, session.project().time_zone, now)
        st.caption(
            page.plain(f"{when} · {_(KINDS[notice.kind])} · {_(CHANNELS[notice.channel])} · {notice.detail}{failed}")
        )


def corrections(store: Store, actor: Actor, row: MeetingRow, project: ProjectRow) -> None:
    """A closed meeting's decisions, and the new ones that took their place."""
    cases, ends = agendas.of(store, actor, row.id), outcomes.all_of(store, actor, row.id)
    said = correction_desk.corrections(
        cases, ends, guidelines.current(store, row.project), project.time_zone, store.clock.now(),
        meetings.allowed_to_run(actor, row.project),
    )  # fmt: skip
    if said is not None:
        outcomes.correct(store, actor, said.outcome, said.ending)
        if said.back:
            outcomes.take_back(store, actor, said.outcome)
        page.done(_("The correction is recorded; the minutes say that there is one."))


def notify_said(sent: list[notify.Notice]) -> str:
    """What became of a notice, in one sentence."""
    failed = [one for one in sent if one.failed]
    if failed:
        return _("It could not be sent: {why}").format(why=failed[0].failed)
    return _("Sent: {how}.").format(how=", ".join(_(CHANNELS[one.channel]) for one in sent))
