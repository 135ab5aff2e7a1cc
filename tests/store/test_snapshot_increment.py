"""A copy that goes on from the last one says what one made from nothing says, whatever was done in between."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relevance.errors import RelevanceError
from relevance.roles import SYSTEM, Role
from relevance.services import disputes, gold, grading, policies, propagation, regrade, truth
from relevance.store import snapshot, snapshot_increment, snapshot_marks, snapshot_whole
from relevance.store.api_schema import VIEWS
from relevance.store.backup import back_up, restore
from relevance.store.files import DATABASE
from relevance.store.snapshot_marks import beside
from relevance.store.store import Tx
from tests.world import World

ROOT = Path(__file__).resolve().parents[2]
Said = dict[str, list[tuple[Any, ...]]]


def told(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows in an order of their own; sums of fractions may differ in their last digit by the order of adding."""
    return sorted(
        (tuple(round(one, 9) if isinstance(one, float) else one for one in row) for row in rows), key=repr
    )  # fmt: skip


def by_the_store(world: World) -> Said:
    """What the views' queries give when they are asked of the store itself."""
    with world.store.reader(snapshot=True) as reader:
        return {
            view.name: told(reader.all(f"select {', '.join(name for name, _ in view.columns)} from ({view.query})"))
            for view in VIEWS
            if view.query
        }


def by_the_copy(path: Path) -> Said:
    con = duckdb.connect(str(path), read_only=True)
    try:
        return {
            view.name: told(con.execute(f'select * from api."{view.name}"').fetchall()) for view in VIEWS if view.query
        }
    finally:
        con.close()


def differing(world: World, path: Path) -> list[str]:
    stored, copied = by_the_store(world), by_the_copy(path)
    return [name for name in stored if stored[name] != copied[name]]


class Centre:
    """A small centre in which anything may happen next."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder)
        self.world.items(40, keywords=3, clips=20)
        self.graders = self.world.graders(4)
        self.lead = self.world.person("lead", Role.LEAD)
        self.specialist = self.world.person("specialist", Role.SPECIALIST)
        self.given: list[tuple[int, int, int]] = []  # grader, assignment, newest seq
        self.acts: list[int] = []
        self.exclusions: list[int] = []
        self.waiting: list[int] = []  # imports whose items are there and not yet visible

    def do(self, what: str, n: int) -> None:
        """Does one thing; where there is nothing to do it to, or it may not be done, nothing happens."""
        self.world.clock.advance(3601 * (n + 1))
        try:
            getattr(self, what)(n)
        except RelevanceError:
            self.world.clock.advance(1)

    def _items(self, condition: str) -> list[int]:
        with self.world.store.reader() as reader:
            return [
                int(item)
                for (item,) in reader.all(
                    f"select item from (select item, max_by(state, id) as state from item_event group by item) where {condition}"
                    " order by item"
                )
            ]

    def grade(self, n: int) -> None:
        for turn, who in enumerate(self.graders):
            for work in self.world.claim(who, want=2).work[: 1 + n % 2]:
                level = (3, 3, n % 4, 0)[(turn + n) % 4]
                grading.answer(self.world.store, who, grading.Answer(work.assignment, 0, level))
                self.given.append((turn, work.assignment, 0))

    def flag(self, n: int) -> None:
        self.world.grade(self.graders[n % 4], flag="no_rule", flag_text="没有")

    def correct(self, n: int) -> None:
        if self.given:
            at = n % len(self.given)
            turn, assignment, seq = self.given[at]
            grading.answer(self.world.store, self.graders[turn], grading.Answer(assignment, seq + 1, n % 4))
            self.given[at] = turn, assignment, seq + 1

    def decide(self, n: int) -> None:
        for item in self._items("state = 'disputed'")[:1]:
            disputes.decide(self.world.store, self.lead, item, n % 4, "seen")

    def send_back(self, n: int) -> None:
        for item in self._items("state = 'disputed'")[:1]:
            disputes.send_back(self.world.store, self.lead, item, 1 + n % 2, "look again")

    def exclude(self, n: int) -> None:
        since = self.world.clock.now().replace(year=2020)
        self.exclusions.append(
            regrade.exclude(
                self.world.store, self.lead, self.world.project, self.graders[n % 4].account, since, "did not look"
            )
        )

    def give_back(self, n: int) -> None:
        if self.exclusions:
            regrade.undo(self.world.store, self.lead, self.exclusions.pop(n % len(self.exclusions)), "he did")

    def propagate(self, n: int) -> None:
        items = self._items("state in ('disputed', 'settled')")[: 1 + n]
        level = None if n == 3 else n % 4
        if items:
            self.acts.append(
                propagation.apply(self.world.store, self.lead, self.world.project, items, level, "so", share=0.5)
            )

    def take_back(self, n: int) -> None:
        if self.acts:
            propagation.undo(self.world.store, self.lead, self.acts.pop(n % len(self.acts)))

    def model(self, n: int) -> None:
        truth.refresh(self.world.store, self.world.project)

    def make_gold(self, n: int) -> None:
        for item in self._items("state in ('settled', 'decided')")[:1]:
            gold.make(self.world.store, self.specialist, item, "clear", level=n % 4)

    def retire_gold(self, n: int) -> None:
        with self.world.store.reader() as reader:
            found = reader.value("select max(id) from gold where id not in (select gold from gold_end)")
        if found:
            gold.retire(self.world.store, self.specialist, found)

    def begin_import(self, n: int) -> None:
        """Items that are written now and become visible later."""

        def act(tx: Tx) -> int:
            number = tx.new_id("import")
            row = {"id": number, "project": self.world.project, "file": "f", "digest": "d", "rows": 1}
            tx.insert("import", **row, started_at=tx.now, made_by=0, act=900 + number)
            tx.insert(
                "item",
                id=tx.new_id("item"),
                project=1,
                batch=1,
                keyword=1,
                clip=1,
                start_ms=number,
                **{"import": number},
            )
            tx.insert(
                "keyword", id=tx.new_id("keyword"), project=1, key=f"late{number}", made_at=tx.now, act=900 + number
            )
            return number

        self.waiting.append(self.world.store.act(act))

    def commit_import(self, n: int) -> None:
        if self.waiting:
            number = self.waiting.pop(n % len(self.waiting))
            self.world.store.act(
                lambda tx: tx.execute("update import set committed_at = ? where id = ?", [tx.now, number])
            )

    def change_items(self, n: int) -> None:
        """What an import of a file that was imported before changes."""

        def act(tx: Tx) -> None:
            tx.execute("update item set external_id = ?, gold = ? where id % 4 = ?", [f"e{n}", n % 4, n % 4])
            tx.execute("update clip set title = ? where id = ?", [f"t{n}", 1 + n])

        self.world.store.act(act)

    def change_policy(self, n: int) -> None:
        policies.change(self.world.store, SYSTEM, self.world.project, percents=(0, 30 + n, 60, 100))

    def join(self, n: int) -> None:
        self.world.items(2, keywords=1)
        self.world.person(f"new{n}")

    def restart(self, n: int) -> None:
        self.world.reopen()


OFTEN = ["grade", "grade", "grade", "correct", "decide", "exclude", "give_back", "propagate", "take_back", "model"]
SELDOM = ["flag", "send_back", "make_gold", "retire_gold", "begin_import", "commit_import", "change_items", "join"]
RARE = ["change_policy", "restart"]


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.lists(st.tuples(st.sampled_from(OFTEN + SELDOM + RARE), st.integers(0, 3)), min_size=1, max_size=4),
        min_size=2,
        max_size=4,
    )
)
def test_after_any_acts_it_says_what_the_store_says(
    tmp_path_factory: pytest.TempPathFactory, steps: list[list[tuple[str, int]]]
) -> None:
    centre = Centre(tmp_path_factory.mktemp("any"))
    try:
        for n in range(3):
            centre.do("grade", n)
        snapshot.publish(centre.world.store)
        for acts in steps:
            for what, n in acts:
                centre.do(what, n)
            done = snapshot.publish(centre.world.store)
            assert done.why in (None, "a policy or a project changed")
            assert differing(centre.world, done.path) == [], acts
    finally:
        centre.world.store.close()


def test_each_kind_of_act_is_taken_in_without_a_whole_copy(tmp_path: Path) -> None:
    centre = Centre(tmp_path)
    try:
        for n in range(4):
            centre.do("grade", n)
        snapshot.publish(centre.world.store)
        did = [
            "grade", "correct", "decide", "exclude", "give_back", "model", "propagate", "take_back", "make_gold",
            "retire_gold", "flag", "send_back", "begin_import", "join", "commit_import", "change_items", "restart", "grade",
        ]  # fmt: skip
        before = by_the_store(centre.world)
        for what in did:
            centre.do(what, 1)
            done, after = snapshot.publish(centre.world.store), by_the_store(centre.world)
            copied = by_the_copy(done.path)
            assert (done.why, [name for name in after if after[name] != copied[name]]) == (None, []), what
            assert after != before or what in ("begin_import", "restart"), f"{what} did nothing"
            before = after
    finally:
        centre.world.store.close()


def test_made_from_nothing_in_however_many_slices_it_says_what_the_store_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot_whole, "SLICE", 3)
    monkeypatch.setattr(snapshot_whole, "ANSWERS", 3)
    monkeypatch.setattr(snapshot_whole, "BLOCK", 2)
    centre = Centre(tmp_path)
    try:
        for n, what in enumerate(
            ["grade", "correct", "decide", "exclude", "model", "propagate", "make_gold", "flag", "grade"]
        ):
            centre.do(what, n)
            centre.world.clock.advance(86_400 * (n % 3))
        centre.do("correct", 0)  # an answer of an earlier day, said otherwise on a later one
        with centre.world.store.reader() as reader:
            assert len(snapshot_whole._items(reader)) > 3 and len(snapshot_whole._days(reader)) > 1
        assert differing(centre.world, snapshot.publish(centre.world.store, tmp_path / "whole.duckdb").path) == []
    finally:
        centre.world.store.close()


@pytest.fixture(scope="module")
def grades(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A store's file with eight answers, made once."""
    world = World(tmp_path_factory.mktemp("grades"))
    world.items(6)
    one, two = world.graders(2)
    for _ in range(4):
        world.grade_all((one, two), (3, 3))
    return world.kept()


@pytest.fixture
def graded(world: World, grades: bytes) -> World:
    world.become(grades)
    return world


def damage(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)


FAULTS: list[tuple[Callable[[Path], object], str]] = [
    (lambda path: beside(path).unlink(), "there are no marks"),
    (lambda path: beside(path).write_text("{"), "its marks can't be read (JSONDecodeError)"),
    (damage, "the last copy is missing or damaged"),
    (lambda path: path.unlink(), "the last copy is missing or damaged"),
]


def test_a_copy_that_can_not_be_trusted_is_made_from_nothing(graded: World) -> None:
    path = snapshot.publish(graded.store).path
    for fault, why in FAULTS:
        fault(path)
        done = snapshot.publish(graded.store)
        assert (done.why, differing(graded, path)) == (why, [])
        assert snapshot.publish(graded.store).why is None


def test_another_release_makes_it_from_nothing(graded: World, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot.publish(graded.store)
    monkeypatch.setattr(snapshot_marks, "__version__", "99")
    assert snapshot.publish(graded.store).why == "another release made it"


def test_a_restored_store_does_not_go_on_from_the_copy_of_the_lost_one(graded: World, tmp_path: Path) -> None:
    back_up(graded.store, tmp_path / "b")
    late = graded.person("late")
    graded.grade(late, 0)
    path = snapshot.publish(graded.store).path
    restore(tmp_path / "b", tmp_path / "again")
    graded.become((tmp_path / "again" / DATABASE).read_bytes())
    assert snapshot.publish(graded.store).why == "answer has other records"
    assert differing(graded, path) == []
    # Once more, and with as many other answers as were lost.
    graded.grade(graded.person("later"), 0)
    snapshot.publish(graded.store)
    graded.become((tmp_path / "again" / DATABASE).read_bytes())
    graded.grade(graded.person("other"), 2)
    assert snapshot.publish(graded.store).why == "answer has other records"
    assert differing(graded, path) == []


def test_too_much_at_once_is_made_from_nothing(graded: World, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot.publish(graded.store)
    monkeypatch.setattr(snapshot_increment, "FEW", 0)
    graded.grade(graded.person("late"), 1)
    assert snapshot.publish(graded.store).why == "1 items were touched"


def test_what_was_replaced_takes_no_room_for_ever(graded: World, monkeypatch: pytest.MonkeyPatch) -> None:
    path = snapshot.publish(graded.store).path
    monkeypatch.setattr(snapshot, "SMALL", 0)
    monkeypatch.setattr(snapshot, "GROWN", 0.9)
    assert snapshot.publish(graded.store).why is None
    assert not beside(path).exists()
    monkeypatch.undo()
    assert snapshot.publish(graded.store).why == "there are no marks"


def test_no_secret_is_in_what_lies_beside_it(graded: World) -> None:
    path = snapshot.publish(graded.store).path
    text = beside(path).read_text()
    assert "g0" not in text and "k1" not in text and str(graded.folder) not in text


def test_killed_in_the_middle_it_leaves_the_last_one_to_go_on_from(graded: World) -> None:
    path = snapshot.publish(graded.store).path
    before = path.read_bytes()
    graded.grade(graded.person("late"), 1)
    graded.store.close()
    program = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom relevance.store import snapshot\n"
        "from relevance.store.store import Store\n"
        "store = Store.open(Path(sys.argv[1]))\n"
        "snapshot.catch_up = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "snapshot.publish(store)\n"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(graded.folder)], cwd=ROOT, check=False)
    assert killed.returncode == -9
    assert path.read_bytes() == before
    graded.reopen()
    assert snapshot.publish(graded.store).why is None
    assert differing(graded, path) == []
    assert [one.name for one in path.parent.iterdir() if ".part" in one.name] == []
