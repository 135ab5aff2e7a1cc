"""A day's grading by the product's own rules: the policy says of each item when grades are enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from relevance.cases import FLAG_KINDS, LEVELS, Cases, Codes, Flags, Floats, standing_alone
from relevance.clusters import Codebook
from relevance.consensus import Disputed, Open, Policy, Return, Settled, consensus
from relevance.quality.model import fit
from relevance.quality.table import Grades, coded
from relevance.simulation.parameters import World
from relevance.simulation.truth import MOST_GRADES, Day

OPEN, SETTLED, DISPUTED = range(3)


@dataclass(slots=True)
class Graded:
    """What the grades say.

    Attributes:
        n: (N,) grades taken.
        state: (N,) SETTLED or DISPUTED.
        label: (N,) the consensus' level, or the model's where disputed.
        shares: (N, 4) the model's.
        flagged: (N,) whether its flag was raised before the grades were enough.
    """

    n: Codes
    state: Codes
    label: Codes
    shares: Floats
    flagged: Flags


def judged(votes: Codes, policy: Policy, returned: Return | None = None) -> tuple[Codes, Codes]:
    """State and level of each row of votes (N, 4), by `relevance.consensus`, each combination asked once."""
    if not len(votes):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    different, which = np.unique(votes, axis=0, return_inverse=True)
    state, level = np.zeros(len(different), dtype=np.int64), np.full(len(different), -1)
    for place, row in enumerate(different):
        levels = [one for one in range(LEVELS) for _ in range(int(row[one]))]
        match consensus(levels, policy, returned=returned):
            case Settled(said, _):
                state[place], level[place] = SETTLED, said
            case Disputed():
                state[place] = DISPUTED
            case Open():
                state[place] = OPEN
    return state[which.ravel()], level[which.ravel()]


def grade(day: Day, policy: Policy) -> Graded:
    """Grades come in one after the other until each item is settled or disputed."""
    n = len(day.keyword)
    votes = np.zeros((n, LEVELS), dtype=np.int64)
    taken, state, label = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64), np.full(n, -1)
    flagged = np.zeros(n, dtype=bool)
    for place in range(policy.cap):
        rows = np.flatnonzero(state == OPEN)
        if not len(rows):
            break
        votes[rows, day.level[rows, place]] += 1
        taken[rows] += 1
        flagged[rows] |= day.flag_at[rows] == place
        now, level = judged(votes[rows], policy)
        now[flagged[rows]] = DISPUTED  # a flag makes it a dispute, or a question that holds it, at once
        state[rows], label[rows] = now, np.where(now == SETTLED, level, -1)
    grades = table_of(day, taken, np.arange(n))
    shares = fit(grades).shares
    label = np.where(state == SETTLED, label, shares.argmax(axis=1))
    return Graded(taken, state, label, shares, flagged)


def table_of(day: Day, taken: Codes, rows: Codes) -> Grades:
    """The grades of some items as the statistics take them, items numbered as in `rows`."""
    use = np.arange(MOST_GRADES) < taken[rows][:, None]
    item = np.repeat(np.arange(len(rows))[:, None], MOST_GRADES, axis=1)[use].astype(np.int32)
    return coded(
        item, day.grader[rows][use].astype(np.int32), day.level[rows][use].astype(np.int32),
        levels=LEVELS, items=len(rows), graders=int(day.grader.max()) + 1,
    )  # fmt: skip


@dataclass(slots=True)
class Skill:
    """How often each grader said what the label says: counted over what was settled, shrunk towards 0.9."""

    same: Floats
    n: Floats

    def add(self, day: Day, graded: Graded) -> None:
        """Counts a day's settled items."""
        rows = np.flatnonzero(graded.state == SETTLED)
        use = np.arange(MOST_GRADES) < graded.n[rows][:, None]
        who = day.grader[rows][use]
        same = (day.level[rows] == graded.label[rows][:, None])[use]
        self.n += np.bincount(who, minlength=len(self.n))
        self.same += np.bincount(who, weights=same, minlength=len(self.n))

    @property
    def value(self) -> Floats:
        """(J,) the share."""
        return np.asarray((self.same + 9) / (self.n + 10))


def codebook(world: World, days: Sequence[Day]) -> Codebook:
    """The project's codes, with the frequencies of the days' items."""
    keyword = np.concatenate([day.keyword for day in days])
    family = np.concatenate([day.family for day in days])
    return Codebook(
        np.bincount(keyword, minlength=world.keywords).astype(np.float64),
        np.bincount(family, minlength=world.families).astype(np.float64),
        world.rules,
        world.vocabulary,
    )


def disputes(day: Day, graded: Graded, skill: Skill, weight: Floats, first_id: int) -> tuple[Cases, Codes]:
    """The day's disputes as triage sees them, and their rows in the day, in the order in which they came."""
    rows = np.flatnonzero(graded.state == DISPUTED)
    n = len(rows)
    use = np.arange(MOST_GRADES) < graded.n[rows][:, None]
    case = np.repeat(np.arange(n)[:, None], MOST_GRADES, axis=1)[use]
    who, level = day.grader[rows][use], day.level[rows][use]
    votes = np.zeros((n, LEVELS))
    np.add.at(votes, (case, level), 1)
    flags = np.zeros((n, len(FLAG_KINDS)))
    marked = graded.flagged[rows]
    flags[np.flatnonzero(marked), day.flag[rows][marked]] = 1
    odd, mine, theirs = standing_alone(case, who, level, skill.value, n)
    cases = Cases(
        item=first_id + rows, keyword=day.keyword[rows], family=day.family[rows], votes=votes, flags=flags,
        rules=_said(day.rules, rows, graded.n), words=_said(day.words, rows, graded.n),
        twin=np.where(day.twin[rows] >= 0, first_id + day.twin[rows], -1), shares=graded.shares[rows],
        odd=odd, odd_skill=mine, other_skill=theirs, weight=weight[day.keyword[rows]],
    )  # fmt: skip
    return cases, rows


def _said(said: Codes, rows: Codes, taken: Codes) -> Codes:
    """(M, 2) (case, code), each once, of what had been said when the item became a dispute."""
    place = np.full(len(taken), -1)
    place[rows] = np.arange(len(rows))
    there = (place[said[:, 0]] >= 0) & (said[:, 1] < taken[said[:, 0]])
    kept = np.stack([place[said[there, 0]], said[there, 2]], axis=1)
    return np.unique(kept, axis=0) if len(kept) else np.zeros((0, 2), dtype=np.int64)
