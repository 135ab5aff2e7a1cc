"""A meeting's minutes, from its records alone: as a Word document or as Markdown, in Chinese or English.

Graders have letters, as in the room. Votes stand in them where they were revealed, and nowhere else.
"""

from __future__ import annotations

import base64
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast
from urllib.parse import quote
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from docx import Document
from docx.document import Document as Doc
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.table import Table, _Cell

from relevance.errors import BadInput, Stale
from relevance.media.library import Library
from relevance.meeting import spent
from relevance.roles import SYSTEM
from relevance.services import agendas, attendees, ballots, disputes, guidelines, meetings, outcomes, room_case
from relevance.services.agendas import CaseRow
from relevance.services.attendees import Attendee
from relevance.services.cluster_line import line
from relevance.services.guidelines import Guideline
from relevance.services.meetings import MeetingRow
from relevance.services.outcomes import Outcome
from relevance.services.seats import Seat
from relevance.services.stills import still
from relevance.store.store import Store
from relevance.texts import LANGUAGES, N_, NN_, counter, translator

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
KINDS = {
    "decided": N_("Decided"),
    "deferred": N_("Deferred"),
    "returned": N_("Returned"),
    "withdrawn": N_("Keyword withdrawn"),
    "no_rule": N_("Can't be settled by rule"),
}
PARTS = {
    "chair": N_("Chair"),
    "lead": N_("Lead"),
    "client": N_("Client"),
    "specialist": N_("Specialist"),
    "guest": N_("Guest"),
}
BINDS = {
    "precedent": N_("A precedent"),
    "amendment": N_("An amendment of the guideline"),
    "single": N_("Single case, no rule"),
}
ITEMS = NN_("{n} item", "{n} items")


@dataclass(frozen=True, slots=True)
class File:
    """The minutes as a file."""

    name: str
    data: bytes
    media_type: str

    @property
    def quoted(self) -> str:
        """The name for a header."""
        return quote(self.name)


@dataclass(frozen=True, slots=True)
class Case:
    """One case as the minutes tell it. `picture`: JPEG at `picture_ms`, the first evidence time. `percents`: what the
    levels were shown as when it ended, the lowest first."""

    row: CaseRow
    clip_name: str
    seconds: float
    grades: tuple[dict[str, Any], ...]
    votes: tuple[tuple[str, int, str, tuple[int, ...]], ...]
    outcomes: tuple[Outcome, ...]
    rule: str | None
    picture: bytes | None
    picture_ms: int
    percents: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Minutes:
    """All that the minutes hold."""

    meeting: MeetingRow
    project: str
    zone: str
    people: tuple[Attendee, ...]
    cases: tuple[Case, ...]
    guideline: Guideline
    corrected: tuple[tuple[int, datetime], ...] = ()  # cases (from 1) that were corrected after the close, and when


def collect(store: Store, library: Library | None, meeting: int, program: str | None = None) -> Minutes:
    """The minutes' content. Without a library it has no pictures.

    A closed meeting's minutes stay as they were at its close: its grades, the rules in force, what was settled with a
    decision. Corrections made since are named, not told: they are decisions of their own.
    """
    with store.reader(snapshot=True) as reader:
        row = meetings.known(reader, meeting)
        people = attendees.of(reader, meeting)
        cases = agendas.cases(reader, meeting)
        ends = outcomes.of(reader, meeting)
        votes = {case.id: ballots.shown(reader, case.id) for case in cases}
        steps = reader.all("select made_at, case_id from meeting_step where meeting = ? order by id", [meeting])
        carried = dict(
            reader.all(
                """select o.id, count(*) from outcome o join propagation g on g.decision = o.decision
                   join propagation_item i on i.propagation = g.id join decision d on d.id = i.decision
                   left join propagation_undo u on u.propagation = g.id and u.made_at <= ?
                   where o.meeting = ? and d.made_at <= ? and u.propagation is null group by o.id""",
                [row.closed_at, meeting, row.closed_at],
            )
        )
        gone = dict(
            reader.all(
                """select a.id, coalesce(person.name, guest.name, '-') from meeting_attendee a
                   left join person on person.account = a.account left join meeting_guest guest on guest.attendee = a.id
                   where a.meeting = ?""",
                [meeting],
            )
        )
    late = {end.id: end.made_at for end in ends if row.closed_at is not None and end.made_at > row.closed_at}
    order = {case.id: number for number, case in enumerate(cases, 1)}
    corrected = tuple(
        (order[end.case_id], late[end.corrected_by])
        for end in ends
        if end.id not in late and end.corrected_by in late and end.case_id in order
    )
    ends = [
        replace(
            end,
            corrected_by=None if end.corrected_by in late else end.corrected_by,
            settled=carried.get(end.id, 0) if row.closed_at is not None else end.settled,
        )
        for end in ends
        if end.id not in late
    ]
    times = spent(steps, row.closed_at or store.clock.now())
    live = store.live.projects[row.project]
    told = []
    for case in cases:
        detail = disputes.one(store, SYSTEM, case.item, row.closed_at)
        grades = room_case.grades_of(detail)
        evidence = [ms for vote in votes[case.id] for ms in vote.evidence_ms] or [
            ms for grade in grades for ms in grade["evidence"]
        ]
        start, end = detail.start_ms or 0, detail.end_ms or detail.duration_ms
        at = evidence[0] if evidence else (start + end) // 2
        ended = max((one.made_at for one in ends if one.case_id == case.id), default=row.closed_at)
        told.append(
            Case(
                row=case,
                clip_name=detail.clip_name,
                seconds=times.get(case.id, 0.0),
                grades=tuple(grades),
                votes=tuple(
                    (gone.get(vote.attendee, "-"), vote.level, vote.reason, vote.evidence_ms) for vote in votes[case.id]
                ),
                outcomes=tuple(end for end in ends if end.case_id == case.id),
                rule=room_case.applies(detail, ends, case.id),
                picture=still(library, detail.content_id, at, program) if library is not None else None,
                picture_ms=at,
                percents=guidelines.percents_at(store, row.project, ended or store.clock.now()),
            )
        )
    book = guidelines.of_meeting(store, row.project, row.closed_at)
    return Minutes(row, live.name, live.time_zone, tuple(people), tuple(told), book, corrected)


def write(store: Store, library: Library | None, seat: Seat, language: str, kind: str) -> File:
    """The minutes for somebody who belongs to the meeting.

    Raises:
        BadInput: an unknown language or format.
        Stale: the meeting has not begun.
    """
    if language not in LANGUAGES:
        raise BadInput("The language {language} is none of zh, en.", language=language)
    if kind not in ("docx", "md"):
        raise BadInput("Minutes are written as docx or md, not as {kind}.", kind=kind)
    found = collect(store, library, seat.meeting)
    if found.meeting.state == "before":
        raise Stale("This meeting has not begun yet. Its chair opens it.")
    page = _Page(found, language)
    day = _local(found.meeting.opened_at or found.meeting.starts_at, found.zone).strftime("%Y-%m-%d")
    name = re.sub(r"[^\w.-]+", "_", f"{day}_{found.meeting.title}_{language}").strip("_") + f".{kind}"
    if kind == "docx":
        return File(name, page.docx(), DOCX)
    return File(name, page.markdown().encode(), "text/markdown; charset=utf-8")


def _local(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone))


def _time(ms: int) -> str:
    return f"{ms // 60000}:{ms % 60000 / 1000:04.1f}"


def _plain(text: str) -> str:
    """A text that somebody typed, safe in Markdown and in one line."""
    text = " ".join(text.split())
    return "".join(f"\\{char}" if char in "\\`*_{}[]()<>#+|~!" else char for char in text)


class _Page:
    """The minutes in one language, as lines that both formats share."""

    def __init__(self, minutes: Minutes, language: str) -> None:
        self.minutes = minutes
        self.language = language
        self.say = translator(language)
        self.counted = counter(language)
        self.levels = {level.level: level for level in minutes.guideline.levels}
        self.rules = {rule.id: rule for rule in minutes.guideline.rules}

    def pick(self, zh: str | None, en: str | None) -> str:
        return (zh or en or "") if self.language == "zh" else (en or zh or "")

    def level(self, level: int | None, case: Case) -> str:
        if level is None:
            return "–"
        found = self.levels[level]
        return f"{case.percents[level]}% {self.pick(found.name_zh, found.name_en)}"

    def items(self, n: int) -> str:
        return self.counted(*ITEMS, n).format(n=n)

    def rule(self, rule: str) -> str:
        found = self.rules.get(rule)
        return f"{found.number} {self.pick(found.title_zh, found.title_en)}".strip() if found else rule

    def when(self, moment: datetime | None) -> str:
        if moment is None:
            return "–"
        locale = {"zh": "zh_CN", "en": "en"}[self.language]
        return str(format_datetime(_local(moment, self.minutes.zone), "yyyy-MM-dd HH:mm", locale=locale))

    def facts(self) -> Iterator[tuple[str, str]]:
        """What stands at the top: (name, value)."""
        say, row = self.say, self.minutes.meeting
        yield say(N_("Project")), self.minutes.project
        yield say(N_("Time")), f"{self.when(row.opened_at)} – {self.when(row.closed_at)}"
        yield say(N_("People")), ", ".join(f"{one.name} ({say(PARTS[one.part])})" for one in self.minutes.people)
        counts = Counter(end.kind for case in self.minutes.cases for end in case.outcomes if end.corrected_by is None)
        open_ = sum(not case.outcomes for case in self.minutes.cases)
        said = [f"{say(KINDS[kind])} {counts[kind]}" for kind in KINDS if counts[kind]]
        yield say(N_("Cases")), ", ".join([*said, *([f"{say(N_('Left open'))} {open_}"] if open_ else [])]) or "–"
        if self.minutes.corrected:
            yield (
                say(N_("Corrected since")),
                ", ".join(
                    say(N_("case {n}, {when}")).format(n=number, when=self.when(when))
                    for number, when in self.minutes.corrected
                ),
            )

    def keyword(self, case: Case) -> str:
        row = case.row
        both = [text for text in (row.keyword_zh, row.keyword_en) if text]
        if self.language == "en":
            both.reverse()
        return " / ".join(dict.fromkeys(both))

    def lines(self, case: Case) -> Iterator[tuple[str, str]]:
        """What is told of a case besides votes and grades: (name, value); an empty name goes on from the line before."""
        say = self.say
        about = [case.clip_name]
        if case.row.items > 1:
            about.append(self.items(case.row.items))
        if case.seconds:
            about.append(f"{case.seconds / 60:.1f} min")
        yield say(N_("Clip")), " · ".join(about)
        if together := line(case.row.why, self.minutes.guideline, self.language, case.percents):
            yield say(N_("Why together")), together
        if case.row.keyword_note:
            yield say(N_("Note")), case.row.keyword_note
        if case.rule:
            found = self.rules.get(case.rule)
            text = self.pick(found.text_zh, found.text_en).replace("**", "") if found else ""
            yield say(N_("Rule")), f"{self.rule(case.rule)}{': ' if text else ''}{text}"
        for end in case.outcomes:
            yield from self.ending(end, case)
        if not case.outcomes:
            yield say(N_("Outcome")), say(N_("Left open"))

    def ending(self, end: Outcome, case: Case) -> Iterator[tuple[str, str]]:
        """How a case ended."""
        say = self.say
        head = say(KINDS[end.kind]) + (f": {self.level(end.level, case)}" if end.level is not None else "")
        if end.corrects:
            head = f"{say(N_('A correction'))}: {head}"
        if end.corrected_by:
            head += f" ({say(N_('Corrected later'))})"
        yield say(N_("Outcome")), head
        yield say(N_("Why")), end.reason
        for name, value in (
            (say(N_("Rule")), self.rule(end.rule) if end.rule else ""),
            (say(N_("What it leaves")), self.left(end)),
            (say(N_("Settled with it")), self.items(end.settled) if end.settled else ""),
            (say(N_("To whom")), end.defer_to),
            (say(N_("What is missing")), end.missing),
            (say(N_("Until when")), end.due),
            (say(N_("For what")), self.returned(end)),
            (say(N_("Evidence")), end.evidence),
            (say(N_("What the client answered")), end.client_answer),
            (say(N_("Whose word")), end.decided_by_name),
        ):
            if value:
                yield name, value
        for who, text in end.dissent:
            yield say(N_("Dissent")), f"{who}: {text}" if who else text

    def left(self, end: Outcome) -> str:
        if end.binds is None:
            return ""
        said = self.say(BINDS[end.binds])
        if end.binds == "single":
            return f"{said} ({end.single_why})"
        replaced = f" ({self.say(N_('In place of precedent #{id}')).format(id=end.replaces)})" if end.replaces else ""
        return f"{said} #{end.precedent or end.amendment}{replaced}"

    def returned(self, end: Outcome) -> str:
        if end.wants == "clip":
            return self.say(N_("a better clip"))
        return f"{self.say(N_('more grades'))}: {end.extra}" if end.wants == "grades" else ""

    def given(self, case: Case) -> Sequence[tuple[str, str, str, str]]:
        """Grades and votes as rows: (who, level, why, evidence)."""
        say = self.say
        rows = []
        for grade in case.grades:
            said = grade["note"] or grade["flag_text"]
            if grade["rule"]:
                said = f"{said} ({self.rule(grade['rule'])})".strip()
            rows.append(
                (
                    f"{say(N_('Grade'))} {grade['who']}",
                    self.level(grade["level"], case),
                    said,
                    _times(grade["evidence"]),
                )
            )
        for name, level, reason, evidence in case.votes:
            rows.append((f"{say(N_('Vote'))} {name}", self.level(level, case), reason, _times(evidence)))
        return rows

    def head(self) -> Sequence[str]:
        return [self.say(name) for name in (N_("Who"), N_("Level"), N_("Why"), N_("Evidence"))]

    # Markdown ---------------------------------------------------------------------------------------------------------

    def markdown(self) -> str:
        """The minutes as Markdown; pictures at its end, inside the file."""
        out = [f"# {_plain(self.minutes.meeting.title)}", ""]
        out += [f"- **{name}**: {_plain(value)}" for name, value in self.facts()]
        pictures = []
        for number, case in enumerate(self.minutes.cases, 1):
            out += ["", f"## {number}. {_plain(self.keyword(case))}", ""]
            if case.picture is not None:
                out += [f"![{_plain(case.clip_name)} {_time(case.picture_ms)}][p{number}]", ""]
                pictures.append(f"[p{number}]: data:image/jpeg;base64,{base64.b64encode(case.picture).decode()}")
            out += [f"- **{name}**: {_plain(value)}" for name, value in self.lines(case)]
            rows = self.given(case)
            if rows:
                out += ["", "| " + " | ".join(self.head()) + " |", "|---|---|---|---|"]
                out += ["| " + " | ".join(_plain(cell) for cell in row) + " |" for row in rows]
        return "\n".join([*out, "", *pictures]) + "\n"

    # Word -------------------------------------------------------------------------------------------------------------

    def docx(self) -> bytes:
        """The minutes as a Word document."""
        doc = Document()
        self._look(doc)
        doc.core_properties.title = self.minutes.meeting.title
        doc.core_properties.author = ""
        doc.add_heading(self.minutes.meeting.title, 0)
        for name, value in self.facts():
            _line(doc.add_paragraph(), name, value)
        for number, case in enumerate(self.minutes.cases, 1):
            self._case(doc, number, case)
        out = io.BytesIO()
        doc.save(out)
        return out.getvalue()

    def _look(self, doc: Doc) -> None:
        for section in doc.sections:
            section.page_width, section.page_height = Cm(21), Cm(29.7)
            section.left_margin = section.right_margin = Cm(2)
            section.top_margin = section.bottom_margin = Cm(1.8)
        for name, size in (("Normal", 10), ("Title", 20), ("Heading 1", 14)):
            style = cast(Any, doc.styles[name])
            style.font.name = "Arial"
            style.font.size = Pt(size)
            style.font.color.rgb = RGBColor(0x1C, 0x21, 0x28)
            fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
            # Word takes Chinese letters from another font than the rest; without its name it guesses.
            for kind in ("w:eastAsia", "w:ascii", "w:hAnsi"):
                fonts.set(qn(kind), "Microsoft YaHei" if kind == "w:eastAsia" else "Arial")
            for kind in ("w:asciiTheme", "w:eastAsiaTheme", "w:hAnsiTheme", "w:cstheme"):
                fonts.attrib.pop(qn(kind), None)
        normal = cast(Any, doc.styles["Normal"]).paragraph_format
        normal.space_after = Pt(3)

    def _case(self, doc: Doc, number: int, case: Case) -> None:
        doc.add_heading(f"{number}. {self.keyword(case)}", 1)
        table = doc.add_table(rows=1, cols=2)
        table.autofit = False
        left, right = table.rows[0].cells
        _widths(table, (Cm(6.6), Cm(10.4)))
        if case.picture is not None:
            left.paragraphs[0].add_run().add_picture(io.BytesIO(case.picture), width=Cm(6.2))
            caption = left.add_paragraph(f"{case.clip_name} · {_time(case.picture_ms)}")
            caption.alignment = WD_ALIGN_PARAGRAPH.CENTER
            caption.runs[0].font.size = Pt(8)
        first = right.paragraphs[0]
        for at, (name, value) in enumerate(self.lines(case)):
            _line(first if at == 0 else right.add_paragraph(), name, value)
        rows = self.given(case)
        if not rows:
            return
        given = doc.add_table(rows=1, cols=4)
        given.style = "Table Grid"
        given.autofit = False
        widths = (Cm(3.6), Cm(3.4), Cm(7.4), Cm(2.6))
        _widths(given, widths)
        _row(given.rows[0].cells, self.head(), widths, bold=True)
        for row in rows:
            _row(given.add_row().cells, row, widths)


def _times(evidence: Sequence[int]) -> str:
    return ", ".join(_time(ms) for ms in evidence)


def _line(paragraph: Any, name: str, value: str) -> None:
    paragraph.add_run(f"{name}: ").bold = True
    paragraph.add_run(value)


def _widths(table: Table, widths: Sequence[Cm]) -> None:
    """Sets the columns' widths: Word reads the cells', LibreOffice the columns'."""
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
        for cell in column.cells:
            cell.width = width


def _row(cells: Sequence[_Cell], texts: Sequence[str], widths: Sequence[Cm], bold: bool = False) -> None:
    for cell, text, width in zip(cells, texts, widths, strict=True):
        cell.width = width
        run = cell.paragraphs[0].add_run(text)
        run.font.size = Pt(9)
        run.bold = bold
