"""The month by person as a workbook (XLSX), for pay and for a talk: one sheet a language, one row a person and month.

A lead gets his project; a grader gets the same of himself, and of nobody else.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from relevance.clock import day_of
from relevance.errors import BadInput
from relevance.quality.confusion import Share
from relevance.quality.scorecards import Card
from relevance.roles import Act, Actor, allowed, require
from relevance.services.team import card_of, graders, read
from relevance.store.store import Store
from relevance.texts import N_, translator

# Column, how it is shown. Texts are said in the sheet's language.
COLUMNS: tuple[tuple[str, str], ...] = (
    (N_("Person"), "@"),
    (N_("Number"), "0"),
    (N_("Month"), "@"),
    (N_("Days with work"), "0"),
    (N_("Answers"), "#,##0"),
    (N_("Hours"), "0.0"),
    (N_("Answers an hour"), "0"),
    (N_("Seconds an item (median)"), "0.0"),
    (N_("Accuracy"), "0.0%"),
    (N_("from"), "0.0%"),
    (N_("to"), "0.0%"),
    (N_("answers with a reference"), "#,##0"),
    (N_("Accuracy on gold"), "0.0%"),
    (N_("gold answers"), "#,##0"),
    (N_("Accuracy on decided items"), "0.0%"),
    (N_("decided answers"), "#,##0"),
    (N_("Accuracy by the model"), "0.0%"),
    (N_("model answers"), "#,##0"),
    (N_("Bias (levels)"), "+0.00;-0.00;0.00"),
    (N_("Overturned"), "0.0%"),
    (N_("answers with a label"), "#,##0"),
    (N_("Clip watched (mean)"), "0%"),
    (N_("Answers taken out of the count"), "#,##0"),
)
NOTES = (
    N_("Accuracy: share of answers that are right by gold, else by a person's decision, else by the model; from and to are"
       " its 95 % interval. Two people whose intervals overlap can hardly be told apart."),
    N_("Hours: time at items, an answer counting ten minutes at most; pauses are left out."),
    N_("Bias: above 0 lenient, below 0 strict."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One person's month."""

    name: str
    grader: int
    month: str
    days: int
    excluded: int
    card: Card


def months(store: Store, actor: Actor, project: int) -> list[str]:
    """The months (YYYY-MM, by the project's time zone) with answers, the newest first: all, or one's own."""
    alone = _alone(actor, project)
    zone = store.live.projects[project].time_zone
    found = {
        key[3].strftime("%Y-%m")
        for key, n in list(store.live.counts.items())
        if key[0] == "grader" and key[1] == project and key[4] == "answers" and n > 0
        and (alone is None or key[2] == alone)
    }  # fmt: skip
    return sorted(found | {day_of(store.clock.now(), zone).strftime("%Y-%m")}, reverse=True)


def _alone(actor: Actor, project: int) -> int | None:
    """None: everybody's rows may be seen; else the only account whose may.

    Raises:
        NotAllowed: neither.
    """
    if allowed(actor, Act.SEE_TEAM, project):
        return None
    require(actor, Act.GRADE, project)
    return actor.account


def rows(store: Store, actor: Actor, project: int, month: str) -> list[Row]:
    """Each person's month; a grader's own only.

    Raises:
        NotAllowed: the actor neither answers for the team nor grades.
        BadInput: the month is not written as YYYY-MM.
    """
    alone = _alone(actor, project)
    begin, end = _span(month, store.live.projects[project].time_zone)
    with store.reader(snapshot=True) as reader:
        names, _ = graders(reader, project)
        found = read(reader, store, project, begin, end)
    made = []
    for grader in np.unique(found["grader"]).tolist():
        if alone is not None and grader != alone:
            continue
        at = np.flatnonzero(found["grader"] == grader)
        made.append(
            Row(
                names.get(grader, f"#{grader}"), grader, month, len(np.unique(found["day"][at])),
                int(found["excluded"][at].sum()), card_of(found, at),
            )
        )  # fmt: skip
    return sorted(made, key=lambda row: (row.name, row.grader))


def _span(month: str, zone: str) -> tuple[datetime, datetime]:
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise BadInput("The month {month} is not written as YYYY-MM, for example 2026-11.", month=month) from None
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    begin, end = (datetime(day.year, day.month, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC) for day in (first, after))
    return begin, end


def sheet(store: Store, actor: Actor, project: int, month: str) -> bytes:
    """The workbook: a sheet in Chinese and one in English with the same rows. Raises what `rows` does."""
    made = rows(store, actor, project, month)
    name = store.live.projects[project].name
    book = Workbook()
    book.remove(book.active)
    for code, title in (("zh", "中文"), ("en", "English")):
        _fill(book.create_sheet(title), code, name, month, made)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _fill(page: Worksheet, code: str, name: str, month: str, made: Sequence[Row]) -> None:
    say = translator(code)
    page.append([f"{name} · {month}"])
    page["A1"].font = Font(bold=True, size=13)
    page.append([say(title) for title, _ in COLUMNS])
    for cell in page[2]:
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="E8EDF3")
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    for row in made:
        page.append(_cells(row))
    for column, (_, shown) in enumerate(COLUMNS, start=1):
        for cell in page[get_column_letter(column)][2:]:
            cell.number_format = shown
        page.column_dimensions[get_column_letter(column)].width = 14
    page.freeze_panes = "B3"
    page.append([])
    for note in NOTES:
        page.append([say(note)])


def _cells(row: Row) -> list[Any]:
    card = row.card
    per_hour = card.answers / card.hours if card.hours > 0 else None
    return [
        _text(row.name), row.grader, row.month, row.days, card.answers, round(card.hours, 2), per_hour, card.pace.median,
        card.together.value, *_ends(card.together), card.together.n, card.gold.value, card.gold.n, card.decided.value,
        card.decided.n, card.model.value, card.model.n, card.bias.value, card.overturned.value, card.overturned.n,
        card.watched.value, row.excluded,
    ]  # fmt: skip


def _ends(share: Share) -> tuple[float | None, float | None]:
    return (share.low, share.high) if share.n else (None, None)


def _text(value: str) -> str:
    """A name as text: a spreadsheet must not take it for a formula."""
    return f"'{value}" if value[:1] in "=+-@\t\r" else value
