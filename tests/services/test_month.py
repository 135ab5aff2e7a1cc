"""The month's workbook: a row a person, the same in both languages, a grader's own row and no other."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from relevance.errors import BadInput, NotAllowed
from relevance.roles import Actor, Role
from relevance.services import month
from tests.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.store.close()


def test_a_lead_gets_everybody_in_two_languages_and_a_grader_himself(world: World) -> None:
    world.items(2)
    lead, (a, b) = world.person("lead", Role.LEAD), world.graders(2)
    world.grade(a, 3, decision_ms=9_000)
    world.grade(b, 3, decision_ms=18_000)
    this = month.months(world.store, lead, world.project)[0]
    book = openpyxl.load_workbook(io.BytesIO(month.sheet(world.store, lead, world.project, this)))
    assert book.sheetnames == ["中文", "English"]
    zh, en = ([list(row) for row in page.iter_rows(min_row=2, values_only=True)] for page in book.worksheets)
    assert (zh[0][0], en[0][0], zh[0][8], en[0][8]) == ("姓名", "Person", "准确率", "Accuracy")
    assert zh[1:3] == en[1:3]
    assert [(row[0], row[4], row[7]) for row in en[1:3]] == [("G0", 1, 9), ("G1", 1, 18)]
    own = openpyxl.load_workbook(io.BytesIO(month.sheet(world.store, a, world.project, this)))
    names = [cell.value for page in own.worksheets for cell in page["A"]]
    assert "G0" in names and "G1" not in names
    assert [row.grader for row in month.rows(world.store, a, world.project, this)] == [a.account]


def test_strangers_get_nothing_and_a_month_that_is_none_is_named(world: World) -> None:
    lead = world.person("lead", Role.LEAD)
    for actor in (Actor(99), world.person("client", Role.CLIENT), world.person("analyst", Role.ANALYST)):
        with pytest.raises(NotAllowed):
            month.sheet(world.store, actor, world.project, "2026-01")
    with pytest.raises(BadInput, match="2026-13"):
        month.rows(world.store, lead, world.project, "2026-13")


def test_a_name_is_never_a_formula(world: World) -> None:
    world.items(1)
    lead, a = world.person("lead", Role.LEAD), world.person("=1+1")
    world.grade(a, 3)
    this = month.months(world.store, lead, world.project)[0]
    book = openpyxl.load_workbook(io.BytesIO(month.sheet(world.store, lead, world.project, this)))
    assert book.worksheets[0]["A3"].value == "'=1+1"
