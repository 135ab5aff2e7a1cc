"""Tables that pages show: rows in, one table out, numbers and dates as the reader writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import streamlit as st

from relevance.clock import day_of
from relevance.services.batches import BatchRow
from relevance.services.membership import MemberRow
from relevance.services.overview import BatchProgress, Condition, Person
from relevance.texts import _
from relevance.web import charts
from relevance.web import format as fmt
from relevance.web.project_forms import role_name

_MARKS: Mapping[Condition, str] = {"stuck": "🔴", "waiting": "🟠", "working": "🟢", "idle": "⚪", "away": "·"}


def condition_name(condition: Condition) -> str:
    """How somebody is getting on, in the reader's words."""
    return {
        "stuck": _("Stuck"),
        "waiting": _("Nothing to grade"),
        "working": _("At work"),
        "idle": _("Idle"),
        "away": _("Not here today"),
    }[condition]


def people(rows: Sequence[Person], now: datetime, goal: int) -> None:
    """Who is at work, idle or stuck, with today's count and pace; those who need somebody come first."""
    st.dataframe(
        [
            {
                _("Grader"): person.name,
                _("State"): f"{_MARKS[person.condition]} {condition_name(person.condition)}",
                _("How long"): fmt.ago(person.since, now) if person.condition != "away" else fmt.UNKNOWN,
                _("Answers today"): person.answers,
                _("Of goal"): min(100, round(100 * person.answers / goal)) if goal else None,
                _("An hour"): fmt.number(person.per_hour),
                _("Flags"): person.flags,
                _("Asks waiting"): person.asks,
            }
            for person in rows
        ],
        hide_index=True,
        placeholder=fmt.UNKNOWN,
        key="people",
        column_config={_("Of goal"): st.column_config.ProgressColumn(format="%d%%", min_value=0, max_value=100)},
    )


def members(rows: Sequence[MemberRow], zone: str) -> None:
    """Who belongs to the project, as what, in whose team."""
    st.dataframe(
        [
            {
                _("Person"): row.name,
                _("Sign-in name"): row.login,
                _("Role"): role_name(row.role),
                _("Team of"): row.lead_name or "",
                _("Since"): fmt.day(day_of(row.since, zone)),
                _("Until"): fmt.day(day_of(row.until, zone)) if row.until else "",
            }
            for row in rows
        ],
        hide_index=True,
    )


def batches(rows: Sequence[BatchRow], zone: str, now: datetime) -> None:
    """The batches with their deadlines and how far they are."""
    st.dataframe(
        [
            {
                _("Batch"): row.name,
                _("Due"): fmt.moment(row.deadline, zone, now) if row.deadline else "",
                _("Items"): row.items,
                **{
                    charts.state_name(state): row.counts[state]
                    for state in ("open", "disputed", "settled", "decided", "withdrawn")
                },
            }
            for row in rows
        ],
        hide_index=True,
    )


def late(rows: Sequence[BatchProgress]) -> list[BatchProgress]:
    """The batches that will not be, or were not, ready in time."""
    return [row for row in rows if row.due in ("late", "missed")]
