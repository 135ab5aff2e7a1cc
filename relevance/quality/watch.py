"""A team's answers, watched: all six tests of `alerts` for everybody, with what is usual taken from the team and his past.

Of a grader's answers the first third (60 at least, 1,000 at most) tells what is usual for him; the tests look at the rest.
Whoever has fewer than 90 answers is not tested, but for having looked at the clips. After something was done about an
alert, the test of that kind begins anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from relevance.quality import alerts
from relevance.quality.alerts import Alarm, Habits
from relevance.quality.table import Floats, Ints

FEWEST = 90
BASE = (60, 1000)
FEWEST_TOGETHER = 20  # items that two have both answered, before copying is looked for
IN_COMMON = 0.05  # share of one's items; two of a team of eighteen have more
LEVELS = 4


@dataclass(frozen=True, slots=True)
class Answers:
    """A team's answers (with a level), in the order in which they were made.

    Attributes:
        item, grader: (n,) codes 0..N-1, 0..J-1. level: (n,) 0..K-1.
        day, week, version: (n,) numbers that do not fall; version is the guideline's.
        known: (n,) the item's level by gold or a person's decision, -1 where neither says it.
        by_gold: (n,) whether it is known by gold.
        watched: (n,) share of the clip seen, NaN not known.
    """

    item: Ints
    grader: Ints
    level: Ints
    day: Ints
    week: Ints
    version: Ints
    known: Ints
    by_gold: NDArray[np.bool_]
    watched: Floats
    levels: int = LEVELS


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual of each answer. levels: (n, K) chances by the team; wrong, error: (n,) what happened and its chance."""

    levels: Floats
    wrong: Floats
    error: Floats
    rest: Floats
    habits: Habits


def usual(answers: Answers, witness: NDArray[np.bool_] | None = None) -> Usual:
    """What the team says of items that look alike, week by week; of the witnesses only, where some answers are none."""
    rest = alerts.others(answers.item, answers.level, answers.levels, witness)
    overall = alerts.habits(rest, answers.level)
    chances = overall.of(rest)
    for week in np.unique(answers.week):
        at = answers.week == week
        chances[at] = alerts.habits(rest[at], answers.level[at], overall).of(rest[at])
    rows = np.arange(len(answers.level))
    most = rest.max(axis=1, initial=0)
    clear = (most > 0) & ((rest == most[:, None]).sum(axis=1) == 1)
    mode = rest.argmax(axis=1)
    wrong = np.where(clear, (answers.level != mode).astype(float), np.nan)
    error = np.where(clear, 1 - chances[rows, mode], np.nan)
    for by_gold in (True, False):
        at = (answers.known >= 0) & (answers.by_gold == by_gold)
        miss = (answers.level[at] != answers.known[at]).astype(float)
        wrong[at], error[at] = miss, (miss.sum() + 2) / (len(miss) + 4) if len(miss) >= 20 else np.nan
    return Usual(chances, wrong, error, rest, overall)


def watch(
    answers: Answers, height: float | None = None, *, least_watched: float = 0.25,
    after: Mapping[tuple[int, str], int] | None = None, base_until: int | None = None,
) -> list[tuple[int, Alarm]]:  # fmt: skip
    """Whose tests ring: (grader's code, alarm), the strongest evidence first; the alarm's numbers are rows of `answers`.

    Args:
        height: the evidence at which a test rings; by default that of a team of this size with one false alarm a month.
        least_watched: share of a clip below which it was not looked at.
        after: (grader, kind) -> row from which that test begins anew.
        base_until: row before which answers tell only what is usual (the month before); by default each grader's first third.
    """
    graders = np.unique(answers.grader)
    height = alerts.bar(max(len(graders), 1)) if height is None else height
    witness = np.ones(len(answers.item), dtype=bool)
    # Nor is he with what he answered before something was done about him: that his alarm is over makes it no truer.
    row = np.arange(len(witness))
    for (grader, _), done in (after or {}).items():
        witness &= (answers.grader != grader) | (row < (base_until or 0)) | (row >= done)
    told: list[tuple[int, Alarm]] = []
    while len(graders):
        # Who rang loudest is no witness against the others from then on: they would seem to err where he does. Those who
        # have hardly an item in common with him can't seem to, and go with him: three hundred people are not three
        # hundred rounds.
        named = {grader for grader, _ in told}
        rung = [one for one in _once(answers, height, witness, least_watched, after, base_until) if one[0] not in named]
        if not rung:
            break
        if len(named) >= len(graders) // 3:
            told += rung
            break
        loudest = _loudest(answers, rung)
        told += [one for one in rung if one[0] in loudest]
        for one in loudest:
            since = min(alarm.since for grader, alarm in rung if grader == one)
            witness &= (answers.grader != one) | (row < since)
    return sorted(told, key=lambda one: (-one[1].odds, one[0], one[1].kind))


def _loudest(answers: Answers, rung: list[tuple[int, Alarm]]) -> list[int]:
    """Who rang loudest, and after him whoever has hardly an item in common with those before."""
    theirs = np.zeros(int(answers.item.max()) + 1, dtype=bool)
    loudest: list[int] = []
    for grader in dict.fromkeys(grader for grader, _ in rung):
        mine = answers.item[answers.grader == grader]
        if theirs[mine].mean() <= IN_COMMON:
            loudest.append(grader)
            theirs[mine] = True
    return loudest


def _once(
    answers: Answers, height: float, witness: NDArray[np.bool_], least_watched: float,
    after: Mapping[tuple[int, str], int] | None, base_until: int | None,
) -> list[tuple[int, Alarm]]:  # fmt: skip
    graders, found = np.unique(answers.grader), usual(answers, witness)
    pairs = _pairs(answers, found)
    rung: list[tuple[int, Alarm]] = []
    for grader in graders.tolist():
        rows = np.flatnonzero(answers.grader == grader)
        n = len(rows)
        first = int(np.clip(n // 3, *BASE)) if base_until is None else int((rows < base_until).sum())
        if first < BASE[0]:
            first = min(int(np.clip(n // 3, *BASE)), n)
        base = np.arange(n) < first
        levels = alerts.own_levels(found.levels[rows], answers.level[rows], base)
        off = (answers.level[rows] - levels @ np.arange(answers.levels))[base]
        off = off[~np.isnan(off)]
        slack = alerts.CAUTION * float(off.std()) / np.sqrt(len(off)) if len(off) else 1.0
        error = alerts.own_error(found.error[rows], found.wrong[rows], base)
        for kind in alerts.KINDS:
            begin = (after or {}).get((grader, kind), 0)
            tested = (np.ones(n, dtype=bool) if kind == "unseen" else ~base) & (rows >= begin)
            if n < FEWEST and kind != "unseen":
                continue
            at = rows[tested]
            if len(at) == 0:
                continue
            day, level = answers.day[at], answers.level[at]
            if kind == "accuracy":
                alarm = alerts.accuracy(found.wrong[at], error[tested], day, height)
            elif kind == "one_level":
                alarm = alerts.one_level(level, levels[tested], day, height, float(first))
            elif kind == "unseen":
                alarm = alerts.unseen(answers.watched[at], day, height, least_watched)
            elif kind == "streak":
                alarm = alerts.streak(level, levels[tested], day, height)
            elif kind == "shift":
                alarm = alerts.shift(level, levels[tested], answers.version[at], height, slack)
            else:
                mine = [(other, *_since(part, int(at[0]))) for other, part in pairs.get(grader, {}).items()]
                alarm = alerts.copying([one for one in mine if len(one[1]) >= FEWEST_TOGETHER], answers.day, height)
                if alarm is not None:
                    rung.append((grader, alarm))
                continue
            if alarm is not None:
                alarm = replace(
                    alarm, at=int(at[alarm.at]), since=int(at[alarm.since]), hits=at[alarm.hits].astype(np.int32)
                )
                rung.append((grader, alarm))
    return sorted(rung, key=lambda one: (-one[1].odds, one[0], one[1].kind))


Part = tuple[Ints, Floats, Floats]


def _since(part: Part, row: int) -> Part:
    keep = part[0] >= row
    return part[0][keep], part[1][keep], part[2][keep]


def _pairs(answers: Answers, found: Usual) -> dict[int, dict[int, Part]]:
    """later grader -> earlier grader -> (rows of the later one, equal, chance that they are)."""
    order = np.lexsort((np.arange(len(answers.item)), answers.item))
    item = answers.item[order]
    earlier, later = [], []
    for step in range(1, 5):
        same = np.flatnonzero(item[step:] == item[:-step])
        if len(same) == 0:
            break
        earlier.append(order[same])
        later.append(order[same + step])
    if not earlier:
        return {}
    one, other = np.concatenate(earlier), np.concatenate(later)
    differ = answers.grader[one] != answers.grader[other]
    one, other = one[differ], other[differ]
    said = answers.level[one]
    equal = (answers.level[other] == said).astype(float)
    # The earlier answer itself tells something of the item; who copies nobody agrees with it as often as the team does.
    chance = found.levels[other, said].copy()
    alone = found.rest[other, said] == found.rest[other].sum(axis=1)  # he and whoever else there was, all the same
    chance[alone] = _agreeing(answers, found, one, other, equal)[alone]
    result: dict[int, dict[int, Part]] = {}
    by = np.lexsort((other, answers.grader[one], answers.grader[other]))
    keys = np.stack([answers.grader[other][by], answers.grader[one][by]])
    edges = np.r_[0, np.flatnonzero((keys[:, 1:] != keys[:, :-1]).any(axis=0)) + 1, len(by)]
    for start, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        if end > start:
            at = by[start:end]
            part = (other[at].astype(np.int32), equal[at], chance[at])
            result.setdefault(int(keys[0, start]), {})[int(keys[1, start])] = part
    return result


def _agreeing(
    answers: Answers, found: Usual, one: NDArray[np.int64], other: NDArray[np.int64], equal: Floats
) -> Floats:
    """The chance that two agree who are alone on an item: two good graders agree more often than one of them with all."""

    def odds(share: Floats) -> Floats:
        return np.asarray(np.log(share / (1 - share)))

    graders = int(answers.grader.max()) + 1
    both = np.concatenate([answers.grader[one], answers.grader[other]])
    twice = np.concatenate([equal, equal])
    team = (equal.sum() + 1) / (len(equal) + 2)
    n, hits = np.bincount(both, minlength=graders), np.bincount(both, weights=twice, minlength=graders)
    own = odds((hits + 20 * team) / (n + 20)) - odds(np.asarray(team))
    level = odds(np.clip(found.habits.table[answers.level[one], 4], 0.05, 0.98))
    return np.asarray(1 / (1 + np.exp(-(level + own[answers.grader[one]] + own[answers.grader[other]]))))
