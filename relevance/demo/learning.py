"""How the demo's team came to work: training by the guideline's rules, an exam, and those who sat it.

Made through the services between the month and the week, so that courses, attempts, marks and item analysis are real.
Everybody goes through the training; the first half of the team has sat the exam, the rest may.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from functools import partial

from relevance.clock import ManualClock
from relevance.demo.arguments import REASONS
from relevance.demo.crowd import SimGrader, behave
from relevance.demo.keywords import DemoItem
from relevance.roles import Actor
from relevance.services import exams, marking, sitting, training
from relevance.services.exams import Written
from relevance.store.store import Store
from relevance.training import Cell

EXAM = "上岗考试 · Entrance exam"
ITEMS = 12  # that the exam asks
A_RULE = 2  # examples of each rule, of different scenes
QUESTION = Written(
    "一段视频只在背景里出现关键词所指的事物，该评几级？为什么？ What level, and why, if it is only in the background?",
    4,
)
WORDS = (
    "只在背景里出现，按指引评低一级。",
    "看它占画面多少，不是主体就不能评 100 %。",
    "Only in the background: not the subject, so low.",
)


def live(
    store: Store, clock: ManualClock, project: int, specialist: Actor,
    graders: Sequence[tuple[SimGrader, Actor]], items: Mapping[int, DemoItem], rng: random.Random,
) -> int:  # fmt: skip
    """Makes training and exam, lets the team go through them. Returns the exam."""
    _examples(store, specialist, project, items)
    exam = exams.save(store, specialist, project, EXAM, cells=[Cell(ITEMS)], written=[QUESTION], minutes=20)
    for step in training.examples(store, specialist, project):  # all at the same time, so that each step is one commit
        clock.advance(rng.uniform(8, 20))
        given = [
            store.submit(partial(
                training.take_answer, actor=actor, project=project, example=step.example, number=1,
                level=behave(grader, items[step.item], rng).level or 0,
            ))
            for grader, actor in graders
        ]  # fmt: skip
        for future in given:
            future.result()
    for grader, actor in graders[: len(graders) // 2]:
        _sit(store, clock, project, exam, grader, actor, items, rng)
    for one in marking.to_mark(store, specialist, project)[1:]:  # one is left for who looks at the page
        clock.advance(rng.uniform(20, 60))
        marking.give_points(store, specialist, project, one.attempt, one.place, rng.choice((2, 3, 4)))
    return exam


def _examples(store: Store, specialist: Actor, project: int, items: Mapping[int, DemoItem]) -> None:
    shown: dict[str, set[str]] = {}
    for number, item in sorted(items.items()):
        scenes = shown.setdefault(item.rule, set()) if item.rule else set()
        reasons = REASONS.get(item.scene) or REASONS.get(item.rule or "")
        if item.rule is None or not reasons or item.kind not in ("clear", "boundary"):
            continue
        if len(scenes) < A_RULE and item.scene not in scenes:
            scenes.add(item.scene)
            zh, en = reasons[0]
            training.add_example(store, specialist, project, number, item.rule, item.level, zh, en)


def _sit(
    store: Store, clock: ManualClock, project: int, exam: int, grader: SimGrader, actor: Actor,
    items: Mapping[int, DemoItem], rng: random.Random,
) -> None:  # fmt: skip
    attempt = sitting.start(store, actor, project, exam)
    for question in sitting.paper(store, actor, attempt).questions:
        clock.advance(rng.uniform(10, 30))
        if question.item is None:
            sitting.say(store, actor, attempt, question.place, text=rng.choice(WORDS))
        else:
            said = behave(grader, items[question.item], rng).level
            sitting.say(store, actor, attempt, question.place, level=0 if said is None else said)
    sitting.hand_in(store, actor, attempt)
