"""Adaptive overlap in a project: the verdicts, refreshed behind; what each rests on; the replay before it is switched on.

The hot path reads none of this: a grade that comes is judged by the verdict in memory, and where there is none for just
these grades the item waits for the next refresh.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from relevance.adaptive import WAITING, Verdict, key, verdicts, why
from relevance.errors import BadInput
from relevance.quality import model, replay
from relevance.quality.overlap import CAP, LEAST, SURE, Want
from relevance.quality.replay import Outcome
from relevance.quality.table import Grades
from relevance.roles import SYSTEM, Act, Actor, require
from relevance.services import policies
from relevance.services.policies import PolicyPreview
from relevance.services.states import restate
from relevance.services.truth import table_of
from relevance.store.known import KNOWN, grades_of
from relevance.store.load import load_items
from relevance.store.store import Reader, Store, Tx

PIECE = 500  # verdicts written in one act
ENOUGH = 30  # items with a known level before a replay's accuracy is said
NAMES = {Want.GRADE: "grade", Want.NOTHING: "nothing", Want.PERSON: "person"}

WORK = grades_of("work")  # what the consensus rests on


@dataclass(frozen=True, slots=True)
class Look:
    """One refresh: grades that the model knew, verdicts that were new, items whose state they changed."""

    grades: int
    verdicts: int
    moved: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Line:
    """An item with what was said of it last. `sentence` is to be translated, `values` fill its places."""

    item: int
    keyword_zh: str | None
    keyword_en: str | None
    clip_name: str
    state: str
    said: str
    level: int | None
    sentence: str
    values: dict[str, Any]
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Replayed:
    """What each policy would have cost, and how right it would have been, on a project's own past grades.

    known: items with a known level (gold, a person's decision), on which accuracy is measured; by_model: there were too
    few, and the label from all grades of items with three or more stands in for the truth.
    """

    items: int
    grades: int
    known: int
    by_model: bool
    outcomes: tuple[Outcome, ...]


def _grades(reader: Reader, project: int) -> Grades:
    found = {name: np.ma.filled(values, -1) for name, values in reader.run(WORK, [project]).fetchnumpy().items()}
    return table_of(found["item"], found["grader"], found["level"])


def _known(reader: Reader, project: int, grades: Grades) -> NDArray[np.int32]:
    """(N,) gold and decided levels, -1 where nobody knows."""
    found = reader.all(f"{KNOWN} where item.project = ?", [project])
    sure = {item: gold if gold is not None else decided for item, gold, decided, _ in found}
    return np.array([-1 if (level := sure.get(int(item))) is None else level for item in grades.items], dtype=np.int32)


def refresh(store: Store, project: int) -> Look:
    """Gives every item of a project that nobody decided its verdict, where that is new; for who runs it behind."""
    began = time.perf_counter()
    policy = store.live.projects[project].policy
    if policy.sure <= 0:
        return Look(0, 0, 0, 0.0)
    with store.reader(snapshot=True) as reader:
        grades = _grades(reader, project)
        if len(grades) == 0:
            return Look(0, 0, 0, time.perf_counter() - began)
        gold = _known(reader, project, grades)
        final = {
            item
            for (item,) in reader.all("select item from decision where project = ? and kind <> 'return'", [project])
        }
        machines = {one for (one,) in reader.all("select id from account where kind = 'machine'")}
        before = {
            item: row
            for item, *row in reader.all(
                """select item, max_by(said, id), max_by(want, id), max_by({v: level}, id).v, max_by(ground, id),
                          max_by(sure, id)
                   from verdict where item in (select id from item where project = ?) group by item""",
                [project],
            )
        }
    found = model.fit(grades, gold=gold if (gold >= 0).sum() >= model.FOLDS else None)
    people = np.array([int(one) not in machines for one in grades.graders], dtype=bool)
    said = verdicts(found, grades, policy, people)
    start = np.searchsorted(grades.item, np.arange(len(grades.items) + 1))
    fresh: list[tuple[int, str, str, int | None, float, str]] = []
    for code, number in enumerate(grades.items.tolist()):
        levels = grades.level[start[code] : start[code + 1]].tolist()
        if number in final or len(levels) < LEAST:
            continue
        want = NAMES[Want(int(said.want[code]))]
        level = int(said.level[code]) if want == "nothing" else None
        if before.get(number) == [key(levels), want, level, said.ground[code], policy.sure]:
            continue
        fresh.append((number, key(levels), want, level, float(said.off[code]), said.ground[code]))
    moved = 0
    for at in range(0, len(fresh), PIECE):
        moved += store.act(_writes(project, policy.sure, len(grades), fresh[at : at + PIECE]))
    return Look(len(grades), len(fresh), moved, time.perf_counter() - began)


def _writes(
    project: int, sure: float, grades: int, part: list[tuple[int, str, str, int | None, float, str]]
) -> Callable[[Tx], int]:
    def act(tx: Tx) -> int:
        if tx.live.projects[project].policy.sure != sure:
            return 0  # the policy was changed while the model thought
        known = {number: item for number, *_ in part if (item := tx.live.get(number)) is not None}
        known |= load_items(tx, tx.live, [number for number, *_ in part if number not in known])
        act_id, moved = 0, 0
        for number, said, want, level, off, ground in part:
            item = known.get(number)
            if item is None or key(item.levels()) != said:
                continue  # a grade came meanwhile: the next look's
            act_id = act_id or tx.new_act("overlap.look", SYSTEM, project, grades=grades)
            tx.live.touch(item)
            tx.insert(
                "verdict", id=tx.new_id("verdict"), item=number, round=item.round, said=said, want=want, level=level,
                off=off, sure=sure, ground=ground, grades=grades, made_at=tx.now, act=act_id,
            )  # fmt: skip
            before = item.standing
            item.verdict = Verdict(said, want, level)
            after = restate(tx, item, act_id)
            moved += (before.state, before.level) != (after.state, after.level)
        return moved

    return act


_SEEN: WeakKeyDictionary[Store, dict[int, tuple[int, float]]] = WeakKeyDictionary()


def look(store: Store) -> None:
    """Refreshes the projects that are adaptive, where anything was written since; takes at most a tenth of the time."""
    seen = _SEEN.setdefault(store, {})
    for project, at in list(store.live.projects.items()):
        if at.policy.sure <= 0:
            continue
        changes, not_before = seen.get(project, (-1, 0.0))
        if store.changes == changes or time.monotonic() < not_before:
            continue
        changes = store.changes  # of before: what comes while the model thinks is the next look's
        done = refresh(store, project)
        seen[project] = (changes, time.monotonic() + 9 * done.seconds)


def switch(store: Store, actor: Actor, project: int, sure: float, cap: int = CAP) -> int:
    """Puts adaptive overlap in force (`sure` 0.5 to 0.99), or takes it out (0). Returns the policy's version.

    Raises:
        BadInput: a number is out of its range.
    """
    if sure and not 0.5 <= sure <= 0.99:
        raise BadInput("A label must be sure by 50 to 99 %; {sure} % was asked for.", sure=round(sure * 100))
    version = policies.change(store, actor, project, sure=float(sure), cap=cap)
    if sure:
        refresh(store, project)
    return version


def preview(store: Store, actor: Actor, project: int, sure: float, cap: int = CAP) -> PolicyPreview:
    """What switching it on would do at once, before the first look."""
    return policies.preview(store, actor, project, {"sure": float(sure), "cap": cap})


def line_of(store: Store, item: int) -> tuple[str, dict[str, Any]] | None:
    """The line that explains where an item stands; None where overlap is fixed or nobody has graded it.

    A sentence to translate, and what stands in its places.
    """
    known = store.live.get(item)
    with store.reader() as reader:
        project = reader.value("select project from item where id = ?", [item])
        if project is None or store.live.projects[project].policy.sure <= 0:
            return None
        row = reader.one(
            "select said, want, ground, off, sure, grades from verdict where item = ? order by id desc limit 1", [item]
        )
    if row is None or (known is not None and row[0] != key(known.levels())):
        n = known.counted() if known is not None else 0
        return (WAITING, {"n": n}) if n >= LEAST else None
    return why(row[1], row[2]), _values(row[0], row[3], row[4], row[5])


def _values(said: str, off: float, sure: float, grades: int) -> dict[str, Any]:
    return {"n": len(said), "off": off, "allowed": 1 - sure, "grades": grades}


def lines(store: Store, actor: Actor, project: int, limit: int = 200) -> list[Line]:
    """The newest verdicts of a project, each with its line."""
    require(actor, Act.SEE_OVERVIEW, project)
    with store.reader() as reader:
        rows = reader.rows(
            """with newest as (select item, max(id) as id from verdict
                               where item in (select id from item where project = ?) group by item),
                    last as (select item, max_by(state, id) as state from item_event group by item)
               select verdict.item, text_zh, text_en, clip.name, coalesce(last.state, 'open') as state, said, want,
                      verdict.level, ground, off, sure, grades, verdict.made_at
               from newest join verdict on verdict.id = newest.id join item on item.id = verdict.item
               join keyword on keyword.id = item.keyword join clip on clip.id = item.clip
               left join last on last.item = verdict.item order by verdict.id desc limit ?""",
            [project, limit],
        )
    return [
        Line(
            row["item"], row["text_zh"], row["text_en"], row["name"], row["state"], row["said"], row["level"],
            why(row["want"], row["ground"]), _values(row["said"], row["off"], row["sure"], row["grades"]), row["made_at"],
        )
        for row in rows
    ]  # fmt: skip


def played(
    store: Store, actor: Actor, project: int, sure: float = SURE, draws: int = 6, most: int = 20_000
) -> Replayed:
    """Each policy on the project's own past grades: cost and accuracy.

    Only items with three grades or more can tell policies apart; the newest `most` of them are dealt out.

    Raises:
        BadInput: there are too few of them.
    """
    require(actor, Act.MANAGE_PROJECT, project)
    with store.reader(snapshot=True) as reader:
        grades = _grades(reader, project)
        known = _known(reader, project, grades) if len(grades) else np.zeros(0, dtype=np.int32)
    there = np.bincount(grades.item, minlength=len(grades.items))
    use = np.flatnonzero(there >= 3)[-most:]
    if len(use) < ENOUGH:
        raise BadInput(
            "A replay needs {least} items with three grades or more; this project has {n}. Send items back for more "
            "grades, or raise the overlap of a batch.",
            least=ENOUGH,
            n=len(use),
        )
    keep = np.isin(grades.item, use)
    n_known = int((known[use] >= 0).sum())
    by_model = n_known < ENOUGH
    if by_model:
        label = model.fit(grades).shares.argmax(axis=1).astype(np.int32)
        known = np.where(np.isin(np.arange(len(grades.items)), use), label, -1).astype(np.int32)
    some = table_of(grades.items[grades.item[keep]], grades.graders[grades.grader[keep]], grades.level[keep])
    outcomes = replay.replay(some, known[use], draws=draws, level=sure)
    return Replayed(len(use), int(keep.sum()), n_known, by_model, tuple(outcomes))
