"""Minutes in both formats and languages: what is in them, and what must not be."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from docx import Document

from relevance.errors import BadInput, Stale
from relevance.media.library import Library
from relevance.meeting import Ending
from relevance.roles import SYSTEM, Actor, Role
from relevance.services import (
    agendas,
    ballots,
    case_like,
    disputes,
    grading,
    guidelines,
    meetings,
    minutes,
    outcomes,
    policies,
    room_view,
    seats,
)
from tests.meeting_table import SINGLE, Table, cluster
from tests.world import World

GUIDELINE = """# G
## Levels
- 100 % | Fully: all of it
- 67 % | Mostly: most
- 33 % | Slightly: some
- 0 % | Not: none
## Subject
### R1 The subject comes first {#subject}
It is the subject: 100 %.
"""
PICTURE = b"\xff\xd8" + b"not a real clip"


@pytest.fixture
def held(world: World) -> tuple[World, Actor, int]:
    """A closed meeting of three cases: decided after votes, deferred, left open. The second's clip has no bytes."""
    guidelines.import_markdown(world.store, SYSTEM, world.project, en=GUIDELINE)
    graders = [world.person(name) for name in ("secretname0", "secretname1")]
    lead, client = world.person("lead", Role.LEAD), world.person("client", Role.CLIENT)
    world.items(3)
    for _ in range(3):
        for grader, level in zip(graders, (3, 0), strict=True):
            work = world.claim(grader).work[0]
            said = grading.Answer(work.assignment, 0, level, note="line | one", rule="subject", evidence_ms=(1500,))
            grading.answer(world.store, grader, said)
    meeting = meetings.make(world.store, lead, world.project, "Friday *1*", world.clock.now(), 60, [client.account])
    for row in reversed(disputes.page(world.store, lead, world.project).rows):
        agendas.add(world.store, lead, meeting, row.item)
    for case in sorted(agendas.of(world.store, lead, meeting), key=lambda case: case.item):
        agendas.move(world.store, lead, meeting, case.id, 99)
    chair, seat = seats.of(world.store, lead, meeting), seats.of(world.store, client, meeting)
    cases = [case.id for case in agendas.of(world.store, lead, meeting)]
    ballots.cast(world.store, seat, cases[0], 3, "seen all along", [2400])
    ballots.cast(world.store, seat, cases[2], 1, "never-revealed")
    meetings.open_(world.store, lead, meeting)
    ballots.reveal(world.store, chair, cases[0])
    world.clock.advance(90)
    decided = Ending("decided", "it is the subject", level=3, rule="subject", binds="single", single_why="one film")
    outcome = outcomes.end(world.store, chair, cases[0], decided)
    outcomes.dissent(world.store, seat, outcome, "rather 67")
    outcomes.end(
        world.store, chair, cases[1], Ending("deferred", "unclear", defer_to="legal", missing="contract", due="May 1")
    )  # fmt: skip
    meetings.close(world.store, lead, meeting)
    return world, lead, meeting


def text_of(data: bytes) -> str:
    """All text of a Word document, tables too."""
    doc = Document(io.BytesIO(data))
    cells = [cell.text for table in doc.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in doc.paragraphs), *cells])


@pytest.mark.parametrize("kind", ["docx", "md"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_minutes_tell_votes_decisions_rules_deferrals_and_dissent(held, kind: str, language: str) -> None:  # type: ignore[no-untyped-def]
    world, lead, meeting = held
    made = minutes.write(world.store, None, seats.of(world.store, lead, meeting), language, kind)
    text = text_of(made.data) if kind == "docx" else made.data.decode()
    for said in (
        "seen all along",
        "it is the subject",
        "one film",
        "legal",
        "contract",
        "May 1",
        "rather 67",
        "0:02.4",
    ):
        assert said in text, said
    words = {"zh": ("已裁定", "延后", "个案", "未处理"), "en": ("Decided", "Deferred", "Single case", "Left open")}
    for word in words[language]:
        assert word in text, word
    assert "secretname" not in text.lower() and "never-revealed" not in text
    assert made.name.endswith(f"_{language}.{kind}")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_minutes_of_a_closed_meeting_stay_as_they_were(held, language: str) -> None:  # type: ignore[no-untyped-def]
    """Whatever is graded, published and taken back afterwards."""
    world, lead, meeting = held
    seat = seats.of(world.store, lead, meeting)
    before = minutes.write(world.store, None, seat, language, "md").data
    world.clock.advance(60)
    with world.store.reader() as reader:
        item, assignment, grader = reader.one(
            "select item, max(assignment), max_by(grader, assignment) from answer where item = "
            "(select item from meeting_case where id = (select min(case_id) from outcome where kind = 'deferred')) "
            "group by item"
        )
    again = Actor(grader, roles={world.project: frozenset({Role.GRADER})})
    grading.answer(world.store, again, grading.Answer(assignment, 1, 2, note="I was wrong"))
    newer = GUIDELINE.replace("R1 The subject comes first", "R7 Later on").replace("100 %.", "67 %.")
    guidelines.import_markdown(world.store, SYSTEM, world.project, en=newer)
    assert [grade.level for grade in disputes.one(world.store, lead, item).grades if grade.counts] != [3, 0]
    assert minutes.write(world.store, None, seat, language, "md").data == before


def test_levels_stand_in_the_minutes_and_in_a_closed_room_as_they_were_shown_when_the_case_ended(
    world: World, table: Table
) -> None:
    table.open()
    chair = table.seat(table.lead)
    low = replace(SINGLE, level=1)
    outcomes.end(world.store, chair, table.cases[0], low)
    for percents in ((0, 25, 75, 100), (0, 40, 60, 100)):
        world.clock.advance(60)
        policies.change(world.store, table.lead, world.project, percents=list(percents))
        if percents[1] == 25:
            outcomes.end(world.store, chair, table.cases[1], low)
            world.clock.advance(60)
            meetings.close(world.store, table.lead, table.meeting)
    text = minutes.write(world.store, None, chair, "en", "md").data.decode()
    shown = [line.split(": ")[-1] for line in text.splitlines() if line.startswith("- **Outcome**: Decided")]
    assert [one.split()[0] for one in shown] == ["33%", "25%"]
    assert "40%" not in text and "60%" not in text
    book = room_view.guideline(world.store, chair)
    assert sorted(one["percent"] for one in book["levels"]) == [0, 25, 75, 100]


def test_what_was_settled_with_a_decision_stays_in_the_minutes_when_it_is_taken_back_later(
    world: World, table: Table
) -> None:
    for case in table.cases:
        agendas.take_off(world.store, table.lead, table.meeting, case)
    case = cluster(world, table)
    table.open()
    chair = table.seat(table.lead)
    outcome = outcomes.end(world.store, chair, case, replace(SINGLE, binds="precedent", single_why="", scope="general"))
    like = [row.item for row in case_like.of(world.store, chair, outcome)]
    case_like.settle(world.store, chair, outcome, like)
    world.clock.advance(60)
    meetings.close(world.store, table.lead, table.meeting)
    before = minutes.write(world.store, None, chair, "en", "md").data
    assert b"3 items" in before
    world.clock.advance(60)
    outcomes.take_back(world.store, table.lead, outcome)
    assert minutes.write(world.store, None, chair, "en", "md").data == before


def test_markdown_holds_what_people_typed_as_they_typed_it(held) -> None:  # type: ignore[no-untyped-def]
    world, lead, meeting = held
    text = minutes.write(world.store, None, seats.of(world.store, lead, meeting), "en", "md").data.decode()
    assert "# Friday \\*1\\*" in text and "line \\| one" in text


def test_the_picture_is_the_clips_at_the_first_evidence_time_else_its_poster(held, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    world, lead, meeting = held
    library = Library(tmp_path / "clips")
    with world.store.reader() as reader:
        ids = [row[0] for row in reader.all("select content_id from clip order by id")]
    for part in ("clip", "poster"):
        path = library.path(ids[0], part)  # type: ignore[arg-type]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(PICTURE)
    found = minutes.collect(world.store, library, meeting)
    # A vote's evidence comes before the grades'. The bytes are no video: the poster stands for it.
    assert [(case.picture_ms, case.picture) for case in found.cases] == [(2400, PICTURE), (1500, None), (1500, None)]
    text = minutes.write(world.store, library, seats.of(world.store, lead, meeting), "zh", "md").data.decode()
    (data,) = re.findall(r"^\[p1\]: data:image/jpeg;base64,(\S+)$", text, re.MULTILINE)
    assert base64.b64decode(data) == PICTURE


def test_there_are_no_minutes_before_a_meeting_begins_and_none_in_another_format(world: World) -> None:
    lead = world.person("lead", Role.LEAD)
    meeting = meetings.make(world.store, lead, world.project, "m", world.clock.now())
    seat = seats.of(world.store, lead, meeting)
    with pytest.raises(Stale):
        minutes.write(world.store, None, seat, "zh", "docx")
    with pytest.raises(BadInput):
        minutes.write(world.store, None, seat, "zh", "pdf")
