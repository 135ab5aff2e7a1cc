"""A project that asks for an exam, and whoever sits it: what tests of exams, training and duties begin with."""

from __future__ import annotations

from relevance.qualification import Rules
from relevance.roles import SYSTEM, Actor, Role
from relevance.services import (
    exams,
    gold,
    grading,
    guidelines,
    policies,
    sitting,
)  # fmt: skip
from relevance.services.exams import Written
from relevance.services.grading import Answer
from relevance.training import Cell
from tests.world import GUIDELINE, World


class School:
    """A project that asks for an exam, with 24 gold items of all levels."""

    def __init__(self, world: World, n: int = 24) -> None:
        self.world = world
        policies.change(world.store, SYSTEM, world.project, audit_share=0.0)
        guidelines.import_markdown(world.store, SYSTEM, world.project, en=GUIDELINE)
        self.specialist = world.person("specialist", Role.SPECIALIST)
        self.lead = world.person("lead", Role.LEAD)
        a, b = world.person("a"), world.person("b")
        self.known = world.items(n, keywords=2)
        self.level: dict[int, int] = {}
        for person in (a, b):
            for _ in self.known:
                work = world.claim(person).work[0]
                self.level[work.item] = work.item % 4
                grading.answer(world.store, person, Answer(work.assignment, 0, work.item % 4))
        gold.make_many(world.store, self.specialist, self.known, "it is so")
        policies.change(world.store, SYSTEM, world.project, exam_required=True)

    def exam(self, n: int = 8, written: tuple[Written, ...] = (), **rules: object) -> int:
        made = Rules(**{"training": False, **rules})  # type: ignore[arg-type]
        return exams.save(
            self.world.store, self.specialist, self.world.project, "Entry", cells=[Cell(n)], written=written, rules=made
        )

    def sit(self, who: Actor, exam: int, wrong: int = 0, hand_in: bool = True) -> int:
        """Takes an exam with so many answers two levels off."""
        store = self.world.store
        attempt = sitting.start(store, who, self.world.project, exam)
        for question in sitting.paper(store, who, attempt).questions:
            if question.item is None:
                sitting.say(store, who, attempt, question.place, text="since it is in the background")
                continue
            truth = self.level[question.item]
            said = truth if question.place >= wrong else (truth + 2) % 4
            sitting.say(store, who, attempt, question.place, level=said)
        if hand_in:
            sitting.hand_in(store, who, attempt)
        return attempt
