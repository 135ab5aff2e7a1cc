"""A sheet of people: all of it, or none with every fault's place."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from relevance.errors import BadInput, NotAllowed
from relevance.roles import SYSTEM, Role
from relevance.services import accounts, passwords, people_sheet, projects
from tests.world import World

HASH = passwords.hashed("a long enough word")
SHEET = "账号,姓名,角色,组长,项目\nli,李雷,标注员,zhao,test\nzhao,赵敏,组长,,test\nzhao,赵敏,分析师,,other\nroot,Root,管理员,,\n"


def sheet(folder: Path, text: str, encoding: str = "utf-8", name: str = "people.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def load(world: World, path: Path, dry_run: bool = False) -> people_sheet.Imported:
    rows = people_sheet.read(path)
    hashes = dict.fromkeys(people_sheet.new_logins(world.store, rows), HASH)
    return people_sheet.write(world.store, SYSTEM, rows, hashes, path.name, dry_run)


def counts(world: World) -> tuple[int, int, int]:
    with world.store.reader() as reader:
        return tuple(reader.value(f"select count(*) from {name}") for name in ("account", "person", "member"))  # type: ignore[return-value]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_accounts_roles_and_teams_are_made_whatever_the_encoding(world: World, tmp_path: Path, encoding: str) -> None:
    projects.add(world.store, SYSTEM, "other")
    done = load(world, sheet(tmp_path, SHEET, encoding))
    assert (sorted(done.added), done.kept, done.roles) == (["li", "root", "zhao"], [], 3)
    people = {row.login: row for row in accounts.people(world.store, SYSTEM)}
    assert people["root"].admin
    assert [(part.project_name, part.role, part.lead) for part in people["li"].parts] == [("test", Role.GRADER, "赵敏")]
    assert {(part.project_name, part.role) for part in people["zhao"].parts} == {
        ("test", Role.LEAD),
        ("other", Role.ANALYST),
    }


def test_a_workbook_is_read_as_well(world: World, tmp_path: Path) -> None:
    projects.add(world.store, SYSTEM, "other")
    book = openpyxl.Workbook()
    for line in SHEET.strip().split("\n"):
        book.active.append([cell or None for cell in line.split(",")])
    book.save(tmp_path / "people.xlsx")
    assert len(load(world, tmp_path / "people.xlsx").added) == 3


def test_the_same_sheet_again_changes_nothing(world: World, tmp_path: Path) -> None:
    projects.add(world.store, SYSTEM, "other")
    path = sheet(tmp_path, SHEET)
    load(world, path)
    before = counts(world)
    again = load(world, path)
    assert (again.added, again.kept, again.roles) == ([], ["li", "root", "zhao"], 0)
    assert counts(world) == before


def test_every_fault_of_the_sheet_is_told_with_row_and_column(tmp_path: Path) -> None:
    path = sheet(
        tmp_path,
        "账号,角色,项目,语言\nli,标注,test,zh\nwang,boss,test,zh\n,组长,test,zh\nzhao,组长,,zh\nli,标注员,test,fr\n",
    )
    with pytest.raises(BadInput) as caught:
        people_sheet.read(path)
    said = [place.say() for place in caught.value.places]
    assert said == [
        'people.csv, row 3, column 角色: there is no role "boss". There are: grader, lead, client, specialist, analyst, admin.',
        "people.csv, row 4, column 账号: the name to sign in with is missing or longer than 64 characters.",
        "people.csv, row 5, column 项目: a project is missing: a column, or --project for all rows.",
        'people.csv, row 6, column 语言: the language is "fr"; allowed are zh, en, 中文, English.',
        'people.csv, row 6, column 账号: the same person and role stand in row 2 already ("li").',
    ]


def test_an_unknown_project_or_lead_stops_all_of_it(world: World, tmp_path: Path) -> None:
    before = counts(world)
    path = sheet(tmp_path, "login,role,team,project\nli,grader,nobody,test\nwang,grader,,tset\nzhao,lead,,test\n")
    for dry_run in (True, False):
        with pytest.raises(BadInput) as caught:
            load(world, path, dry_run)
        assert [(place.row, place.column, place.value) for place in caught.value.places] == [
            (2, "lead", "nobody"),
            (3, "project", "tset"),
        ]
        assert "Nearest: test" in caught.value.places[1].say()
    assert counts(world) == before


def test_a_dry_run_changes_nothing(world: World, tmp_path: Path) -> None:
    projects.add(world.store, SYSTEM, "other")
    before = counts(world)
    done = load(world, sheet(tmp_path, SHEET), dry_run=True)
    assert sorted(done.added) == ["li", "root", "zhao"]
    assert counts(world) == before


def test_only_an_administrator_imports_people(world: World, tmp_path: Path) -> None:
    rows = people_sheet.read(sheet(tmp_path, "login,role,project\nli,grader,test\n"))
    with pytest.raises(NotAllowed):
        people_sheet.write(world.store, world.person("lead", Role.LEAD), rows, {})
