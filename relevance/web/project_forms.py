"""The forms of the project page: each shows what is, and returns what somebody wants changed, or None."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from relevance.pilot import MARK
from relevance.roles import Role
from relevance.services.batches import BatchRow
from relevance.services.guidelines import Level
from relevance.services.membership import MemberRow
from relevance.services.policies import PolicyPreview, PolicyRow
from relevance.services.projects import ProjectRow
from relevance.texts import _, language
from relevance.web import format as fmt
from relevance.web import page


def role_name(role: str) -> str:
    """A role in the reader's words."""
    return {
        "grader": _("Grader"),
        "lead": _("Lead"),
        "client": _("Client"),
        "specialist": _("Specialist"),
        "analyst": _("Analyst"),
    }[role]


# Pause ------------------------------------------------------------------------------------------------------------


def pause(project: ProjectRow, now: datetime) -> str | None:
    """Whether work is given out. Returns a reason to pause, or "" to resume."""
    if project.paused_at is not None:
        since = fmt.moment(project.paused_at, project.time_zone, now)
        st.warning(
            _("Paused since {since}: {reason}").format(since=since, reason=page.plain(project.pause_reason or "")),
            icon=":material/pause:",
        )
        return (
            ""
            if st.button(_("Give out work again"), type="primary", icon=":material/play_arrow:", key="resume")
            else None
        )
    st.success(_("Work is given out. Graders get items as they come."), icon=":material/play_arrow:")
    with st.form("pause", border=False):
        reason = st.text_input(_("Why pause? Graders see this."), max_chars=200, key="pause_reason")
        if st.form_submit_button(_("Pause the project"), icon=":material/pause:"):
            if reason.strip():
                return reason.strip()
            st.error(_("Say why: a pause without a reason leaves graders guessing."))
    return None


# Policy -----------------------------------------------------------------------------------------------------------


def policy(now: PolicyRow, levels: Sequence[Level]) -> dict[str, Any] | None:
    """The policy as a form. Returns what differs from the one in force, when a preview is asked for."""
    rule = now.policy
    names = {level.level: level.name_zh if language() == "zh" else level.name_en for level in levels}
    with st.form("policy", border=False):
        one, two = st.columns(2, gap="medium")
        with one:
            st.markdown(f"**{_('When grades are enough')}**")
            overlap = st.number_input(_("Grades wanted first"), 1, 10, rule.overlap, key="overlap")
            margin = st.number_input(_("Lead that settles a split (grades)"), 1, 5, rule.margin, key="margin")
            cap = st.number_input(_("Most grades an item"), 1, 15, rule.cap, key="cap")
            far = st.number_input(
                _("Distance that disputes at once (levels)"),
                1,
                4,
                rule.far,
                key="far",
                help=_("Two grades so many levels apart go straight to a person; 4 turns this off."),
            )
            audit = st.number_input(
                _("Audit sample (% of settled items)"),
                0.0,
                100.0,
                rule.audit_share * 100,
                0.5,
                key="audit",
                help=_(
                    "Drawn at random and graded once more; only this sample measures the delivered accuracy without bias."
                ),
            )
        with two:
            st.markdown(f"**{_('Levels and the day')}**")
            low = st.number_input(
                _("{name}, shown as %").format(name=names[1] or "1"), 1, 98, rule.percents[1], key="low"
            )
            high = st.number_input(
                _("{name}, shown as %").format(name=names[2] or "2"), 2, 99, rule.percents[2], key="high"
            )
            run = st.number_input(
                _("Items of one keyword in a row"), 1, 1000, int(now.settings["run_length"]), key="run"
            )
            goal = st.number_input(_("Goal (items a person a day)"), 1, 100_000, int(now.settings["goal"]), key="goal")
            watched = st.number_input(
                _("Least share watched before a grade (%)"),
                0,
                100,
                round(now.settings["least_watched"] * 100),
                key="watched",
            )
            mark = st.number_input(
                _("Mark for each rule in a pilot (%)"),
                0,
                100,
                round(now.settings.get("pilot_mark", MARK) * 100),
                5,
                key="pilot_mark",
                help=_("Of two people's grades on a clip, how often they are the same at least."),
            )
            source = st.checkbox(
                _("Show title, description and uploader to graders"),
                bool(now.settings.get("show_source", True)),
                key="show_source",
            )
        asked = st.form_submit_button(_("See what this would change"), icon=":material/preview:")
    given = {
        "overlap": overlap, "margin": margin, "cap": cap, "far": far, "audit_share": audit / 100,
        "percents": (0, low, high, 100), "run_length": run, "goal": goal, "least_watched": watched / 100,
        "show_source": source, "pilot_mark": mark / 100,
    }  # fmt: skip
    return difference(now, given) if asked else None


def difference(now: PolicyRow, given: Mapping[str, Any]) -> dict[str, Any]:
    """What of a policy differs from the one in force."""
    before = {
        "overlap": now.policy.overlap, "margin": now.policy.margin, "cap": now.policy.cap, "far": now.policy.far,
        "audit_share": now.policy.audit_share, "percents": tuple(now.policy.percents),
        "show_source": True, "pilot_mark": MARK, **now.settings,
    }  # fmt: skip
    return {name: value for name, value in given.items() if value != before.get(name)}


_PENDING = "policy.pending"


def pending(asked: dict[str, Any] | None) -> dict[str, Any] | None:
    """The change that waits for a yes or no: kept while the page runs again. A change of nothing says so."""
    if asked is not None:
        st.session_state[_PENDING] = asked
        if not asked:
            st.info(_("This is the policy in force; nothing would change."))
    return st.session_state.get(_PENDING) or None


def forget() -> None:
    """The change was answered."""
    st.session_state.pop(_PENDING, None)


def confirm(change: Mapping[str, Any], preview: PolicyPreview) -> bool | None:
    """What a change would do, before it is done. True: do it; False: leave it; None: not yet said."""
    with st.container(border=True):
        st.markdown(f"**{_('This change would')}**")
        cells = [
            (_("reopen"), preview.reopens), (_("settle"), preview.settles), (_("dispute"), preview.disputes),
            (_("give another level"), preview.relabels),
        ]  # fmt: skip
        for column, (name, n) in zip(st.columns(4), cells, strict=True):
            column.metric(name, fmt.number(n), help=_("items"))
        if not any(n for _name, n in cells):
            st.caption(_("No item changes its state; the change holds for the grades to come."))
        else:
            st.caption(_("Items that a person decided stay as they are. Grades are never changed."))
        with st.container(horizontal=True):
            if st.button(_("Put it in force"), type="primary", key="policy_yes"):
                return True
            if st.button(_("Leave it as it is"), key="policy_no"):
                return False
    return None


# People -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MemberChange:
    """A person's part as somebody wants it; role None ends `ends`."""

    login: str
    role: str | None
    lead: int | None = None
    ends: str | None = None


def member(rows: Sequence[MemberRow]) -> MemberChange | None:
    """Adding a person, or changing what he is."""
    roles = {role.value: role_name(role.value) for role in Role}
    leads = {row.account: row.name for row in rows if row.role == "lead"}
    with st.form("member", border=True, clear_on_submit=True):
        st.markdown(f"**{_('Give somebody a part')}**")
        one, two, three = st.columns(3)
        login = one.text_input(_("Sign-in name"), key="member_login")
        role = two.selectbox(_("Role"), list(roles), format_func=lambda role: roles[role], key="member_role")
        lead = three.selectbox(
            _("Team of"),
            list(leads),
            index=None,
            placeholder=_("no team"),
            format_func=lambda account: leads[account],
            key="member_lead",
        )
        if st.form_submit_button(_("Give this part"), icon=":material/person_add:"):
            return MemberChange(login.strip(), role, lead)
    current = {f"{row.account}:{row.role}": row for row in rows}
    with st.form("member_end", border=True, clear_on_submit=True):
        st.markdown(f"**{_('End a part')}**")
        chosen = st.selectbox(
            _("Who"),
            list(current),
            index=None,
            placeholder=_("choose"),
            format_func=lambda key: f"{current[key].name} · {roles[current[key].role]}",
            key="member_end_who",
        )
        if st.form_submit_button(_("End it now"), icon=":material/person_remove:") and chosen:
            return MemberChange(current[chosen].login, None, ends=current[chosen].role)
    return None


# Batches ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BatchChange:
    """A batch's name and deadline as somebody wants them; None: no deadline."""

    batch: int
    name: str
    deadline: datetime | None


def deadline_of(day: date | None, hour: time, zone: str) -> datetime | None:
    """A deadline said in the project's own time, as UTC.

    >>> deadline_of(date(2026, 1, 5), time(18), "Asia/Shanghai")
    datetime.datetime(2026, 1, 5, 10, 0, tzinfo=datetime.timezone.utc)
    """
    return None if day is None else datetime.combine(day, hour, ZoneInfo(zone)).astimezone(UTC)


def batch(rows: Sequence[BatchRow], zone: str) -> BatchChange | None:
    """Renaming a batch, moving its deadline."""
    by_id = {row.id: row for row in rows}
    chosen = st.selectbox(_("Batch"), list(by_id), format_func=lambda number: by_id[number].name, key="batch_id")
    row = by_id[chosen]
    due = row.deadline.astimezone(ZoneInfo(zone)) if row.deadline else None
    with st.form(f"batch_{row.id}"):
        one, two, three = st.columns([2, 1, 1])
        name = one.text_input(_("Name"), row.name, max_chars=100, key=f"batch_name_{row.id}")
        day = two.date_input(_("Due on"), due.date() if due else None, format="YYYY-MM-DD", key=f"batch_day_{row.id}")
        hour = three.time_input(
            _("Time"), due.time() if due else time(18), step=timedelta(minutes=30), key=f"batch_hour_{row.id}"
        )
        st.caption(_("Times are {zone}. Without a day the batch has no deadline and comes last.").format(zone=zone))
        if st.form_submit_button(_("Save the batch")):
            return BatchChange(row.id, name, deadline_of(day, hour, zone))
    return None
