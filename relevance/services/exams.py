"""Exams as they are offered: made by a specialist, drawn by blueprint or of fixed items, withdrawn."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from relevance.errors import BadInput, Stale
from relevance.gold import difficulty_of
from relevance.qualification import Rules, rules_data, rules_of
from relevance.roles import Act, Actor, require
from relevance.store.store import Reader, Store, Tx
from relevance.training import Candidate, Cell, cell_data, draw

LONGEST_TEXT = 4000


@dataclass(frozen=True, slots=True)
class Written:
    """A question that is answered in words and marked by a specialist."""

    text: str
    points: int = 5


@dataclass(frozen=True, slots=True)
class ExamRow:
    """An exam as it is offered now."""

    id: int
    name: str
    kind: str
    cells: tuple[Cell, ...]
    fixed: tuple[int, ...]
    written: tuple[Written, ...]
    minutes: int
    rules: Rules
    made_at: datetime

    @property
    def n(self) -> int:
        """How many items it asks."""
        return len(self.fixed) or sum(cell.n for cell in self.cells)


def offered(store: Store, project: int) -> list[ExamRow]:
    """The exams that are offered now, full ones first."""
    with store.reader() as reader:
        return find(reader, "project = ? and id not in (select exam from exam_end)", [project])


def find(reader: Reader, where: str, params: list[Any]) -> list[ExamRow]:
    """Exams by a condition on `exam`, full ones first."""
    return [
        ExamRow(
            row["id"], row["name"], row["kind"],
            tuple(Cell(**cell) for cell in json.loads(row["blueprint"])["cells"]),
            tuple(json.loads(row["blueprint"])["items"]),
            tuple(Written(**one) for one in json.loads(row["written"])),
            row["minutes"], rules_of(json.loads(row["rules"])), row["made_at"],
        )
        for row in reader.rows(f"select * from exam where {where} order by kind, id", params)
    ]  # fmt: skip


def save(
    store: Store, actor: Actor, project: int, name: str, *, kind: str = "full", cells: Sequence[Cell] = (),
    items: Sequence[int] = (), written: Sequence[Written] = (), minutes: int = 30, rules: Rules | None = None,
    instead: int | None = None,
) -> int:  # fmt: skip
    """Offers an exam: drawn by blueprint (`cells`), or of fixed items. Returns its id.

    Args:
        kind: full, or short (for those who must show a new guideline only).
        instead: an exam that it takes the place of; attempts under way go on by the old one.

    Raises:
        BadInput: no name, nothing to ask, items whose level is not known, or the blueprint can't be drawn.
        Stale: the exam that it should take the place of is not offered any more.
    """
    require(actor, Act.MANAGE_EXAMS, project)
    name, rules = name.strip(), (rules or Rules()).checked()
    if not 1 <= len(name) <= 100:
        raise BadInput("An exam's name has 1 to 100 characters.")
    if kind not in ("full", "short"):
        raise BadInput("An exam is full or short; {kind} is neither.", kind=kind)
    if not 1 <= minutes <= 480:
        raise BadInput("An exam takes 1 to 480 minutes; {minutes} were asked for.", minutes=minutes)
    n = len(items) or sum(cell.n for cell in cells)
    if not 1 <= n <= 200:
        raise BadInput("An exam asks 1 to 200 items; this one would ask {n}.", n=n)
    if any(not one.text.strip() or len(one.text) > LONGEST_TEXT or not 1 <= one.points <= 100 for one in written):
        raise BadInput("A written question has a text, and 1 to 100 points.")
    with store.reader() as reader:
        pool = candidates(reader, project)
    if items:
        unknown = sorted(set(items) - {one.item for one in pool})
        if unknown:
            raise BadInput(
                "The level of these items is not known: {items}. Decide them, or make gold of them.",
                items=", ".join(map(str, unknown)),
            )
    else:
        draw(cells, pool, 0)

    def act(tx: Tx) -> int:
        act_id = tx.new_act("exam.save", actor, project, name=name, instead=instead)
        if instead is not None:
            _end_exam(tx, actor, project, instead, act_id)
        exam = tx.new_id("exam")
        tx.insert(
            "exam", id=exam, project=project, name=name, kind=kind,
            blueprint=json.dumps({"cells": [cell_data(cell) for cell in cells], "items": list(items)}),
            written=json.dumps([{"text": one.text.strip(), "points": one.points} for one in written], ensure_ascii=False),
            minutes=minutes, rules=json.dumps(rules_data(rules)), made_by=actor.account, made_at=tx.now, act=act_id,
        )  # fmt: skip
        return exam

    return store.act(act)


def withdraw(store: Store, actor: Actor, project: int, exam: int) -> None:
    """Offers an exam no longer; passes stand."""
    require(actor, Act.MANAGE_EXAMS, project)
    store.act(lambda tx: _end_exam(tx, actor, project, exam, tx.new_act("exam.withdraw", actor, project, exam=exam)))


def _end_exam(tx: Tx, actor: Actor, project: int, exam: int, act: int) -> None:
    if not tx.one(
        "select 1 from exam where id = ? and project = ? and id not in (select exam from exam_end)", [exam, project]
    ):
        raise Stale("This exam is not offered any more.")
    tx.insert("exam_end", exam=exam, made_by=actor.account, made_at=tx.now, act=act)


def known(store: Store, project: int) -> tuple[int, dict[int, str]]:
    """How many items with a known level exams may be drawn from, and their keywords (in the reader's words, with n)."""
    with store.reader() as reader:
        pool = candidates(reader, project)
        n = Counter(one.keyword for one in pool)
        names = {
            keyword: (zh, en)
            for keyword, zh, en in reader.all("select id, text_zh, text_en from keyword where project = ?", [project])
        }
    return len(pool), {
        keyword: f"{' · '.join(text for text in names[keyword] if text)} ({count})"
        for keyword, count in n.most_common()
    }


def candidates(reader: Reader, project: int) -> list[Candidate]:
    """Items with a known level: gold in the stream, and items that a person decided. Training examples are left out."""
    found = reader.rows(
        """with known as (
               select item, level, rule, difficulty, 0 as place from gold
               where project = ? and id not in (select gold from gold_end)
               union all
               select item, max_by(level, id), max_by(rule, id), null, 1 from decision
               where project = ? and kind = 'level' and id not in (select decision from ruling_undone)
                 and item in (select item from item_event group by item having max_by(state, id) = 'decided')
                 and item not in (select item from gold where id not in (
                     select gold from gold_touched where because <> 'rule changed'))
               group by item),
           graded as (
               select item, list(level) as levels from (
                   select item, assignment, max_by(level, seq) as level from answer
                   where purpose = 'work' and counts and level is not null and item in (select item from known)
                   group by item, assignment)
               group by item)
           select known.item, any_value(known.level) as level, keyword, any_value(known.rule) as rule,
                  any_value(difficulty) as difficulty, any_value(graded.levels) as levels
           from known join item on item.id = known.item join clip on clip.id = item.clip
           left join graded on graded.item = known.item
           where removed_at is null
             and known.item not in (
                 select item from item_event group by item having max_by(state, id) not in ('settled', 'decided'))
             and known.item not in (select item from example where id not in (select example from example_end))
           group by known.item, keyword order by known.item""",
        [project, project],
    )
    return [
        Candidate(
            row["item"], row["level"], row["keyword"], row["rule"],
            row["difficulty"] or difficulty_of(row["levels"] or [], row["level"]),
        )
        for row in found
    ]  # fmt: skip
