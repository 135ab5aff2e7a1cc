"""What persons do with what triage shows them: they look at the telling items, say a level, and propagate it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from relevance.cases import Codes, Floats
from relevance.clusters import reach
from relevance.propagation import looks_wanted, most_said
from relevance.simulation.triaged import Group
from relevance.simulation.truth import Truth
from relevance.tiers import Tiers

PREVIEW = 0.2  # of a preview's rows, the share that counts as shown first


@dataclass(slots=True)
class Known:
    """What persons can see by looking, which the rules cannot: by case."""

    truth: Codes
    situation: Codes
    kind: Codes


@dataclass(slots=True)
class Decision:
    """What was decided of a group.

    Attributes:
        rows: the cases that it settles.
        level: of each.
        looked: (k,) which of `rows` the person looked at himself; the others were settled by propagation.
        situation: the one that the rule is about; -1: single items, no rule.
        said: the rule's level.
        asked: how often it was asked for, each time on another clip.
    """

    rows: NDArray[np.int64]
    level: Codes
    looked: NDArray[np.bool_]
    situation: int
    said: int
    asked: int = 1


@dataclass(slots=True)
class Propagated:
    """Propagation's account: labels made, wrong ones, those that the preview's first fifth held, that the sample found."""

    made: int = 0
    wrong: int = 0
    shown_first: int = 0
    sampled: int = 0
    found: int = 0
    came_back: int = 0
    by_decision: list[tuple[int, int]] = field(default_factory=list)

    def add(self, truth: Codes, level: Codes, doubt: Floats) -> None:
        """Counts one propagation. `doubt`: how badly each row disagrees with the decision, the preview's order."""
        wrong = truth != level
        first = np.argsort(-doubt, kind="stable")[: int(np.ceil(PREVIEW * len(doubt)))]
        self.made += len(wrong)
        self.wrong += int(wrong.sum())
        self.shown_first += int(wrong[first].sum())


def decide(group: Group, known: Known, truth: Truth, right: float, propagate: bool, tiers: Tiers) -> Decision:
    """A person of that skill decides a group.

    He looks at the telling items and sees which are of the situation of the first. The ruling goes as far down the cluster
    as `clusters.reach` lets it; where only the first is of its kind, it alone is settled, and no rule is made. A ruling that would settle many is asked
    for a second time, on another of its clips, and a third time where the two differ.
    """
    first = group.telling[:1]
    situation = int(known.situation[first[0]])
    alike = [situation >= 0 and int(known.situation[row]) == situation for row in group.telling]
    if group.component is None or not propagate or sum(alike) < 2:
        low, high = _two(known, first, truth)
        return Decision(first, truth.decide(known.truth[first], right, low, high), np.array([True]), -1, -1)
    rows = reach(group.rows, alike)
    one = np.array([truth.truth[situation]])
    low, high = truth.low[[situation]], truth.high[[situation]]
    answers = [int(truth.decide(one, right, low, high)[0])]
    while looks_wanted(len(rows), tiers.check_from, answers):
        answers.append(int(truth.decide(one, right, low, high)[0]))
    said = most_said(answers)
    return Decision(rows, np.full(len(rows), said), np.isin(rows, group.telling), situation, said, len(answers))


def _two(known: Known, rows: NDArray[np.int64], truth: Truth) -> tuple[Codes, Codes]:
    """The two levels that a person who errs confuses: the situation's, else the true one and a neighbour."""
    at = known.situation[rows]
    true = known.truth[rows]
    neighbour = np.where(true == 0, 1, true - 1)
    low = np.where(at >= 0, truth.low[at], np.minimum(true, neighbour))
    high = np.where(at >= 0, truth.high[at], np.maximum(true, neighbour))
    return low, high


def decide_items(rows: NDArray[np.int64], known: Known, truth: Truth, right: float) -> Codes:
    """A person of that skill decides items one by one."""
    low, high = _two(known, rows, truth)
    return truth.decide(known.truth[rows], right, low, high)
