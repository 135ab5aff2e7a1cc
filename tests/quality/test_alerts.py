"""Alerts: the arithmetic of the bets, Ville's promise on a team that does nothing wrong, and changes that are found."""

from __future__ import annotations

import itertools
from dataclasses import replace
from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relevance.errors import BadInput
from relevance.quality import alerts
from relevance.quality import watch as watching
from relevance.quality.watch import Answers, watch


def test_a_team_shares_the_false_alarms_it_bears() -> None:
    assert alerts.bar(18, 1.0) == pytest.approx(log(18 * 6))
    assert alerts.bar(18, 2.0) == pytest.approx(log(18 * 3))
    with pytest.raises(BadInput):
        alerts.bar(0)


def test_the_stake_waits_until_its_day() -> None:
    # D = 2. Day 0: L = 2 -> 1/2 * 2 + 1/2 = 1.5. Day 1: L = 3 -> 1/2 * 6 + 1/2 * 3 = 4.5
    told = np.exp(alerts.evidence(np.log([2.0, 3.0]), np.array([0, 1]), days=2))
    assert told.tolist() == pytest.approx([1.5, 4.5])


def test_what_is_not_known_is_no_evidence() -> None:
    assert alerts.hit_gain(np.array([np.nan, 1.0]), np.array([0.1, np.nan]), 0.1).tolist() == [0.0, 0.0]
    assert alerts.tilt_gain(np.array([1]), np.array([[np.nan, np.nan]]), 0.7).tolist() == [0.0]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-3, 3), min_size=1, max_size=40), st.integers(1, 5))
def test_evidence_is_a_mean_of_bets_and_so_never_above_the_best_of_them(gains: list[float], each: int) -> None:
    gain, day = np.array(gains), np.arange(len(gains)) // each
    total = np.cumsum(gain)
    best = max(0.0, float(np.max(total[-1] - np.r_[0.0, total[:-1]])))
    assert alerts.evidence(gain, day, days=40)[-1] <= best + 1e-9


def test_by_ville_a_fair_bet_reaches_100_at_most_once_in_100() -> None:
    random = np.random.default_rng(7)
    day = np.arange(400) // 20
    rung = 0
    for _ in range(1000):
        hit = (random.random(400) < 0.1).astype(float)
        rung += bool((alerts.evidence(alerts.hit_gain(hit, np.full(400, 0.1), 0.1), day) >= log(100)).any())
    assert rung <= 20  # 10 expected at most; two standard errors and more above


def team(seed: int, graders: int = 18, days: int = 20, each: int = 20) -> tuple[Answers, np.ndarray]:
    """A team that works as usual: items of differing hardness, two to four grades, errors to a neighbour; and the truth."""
    random = np.random.default_rng(seed)
    n = graders * days * each
    count = random.choice([2, 3, 4], p=[0.78, 0.17, 0.05], size=n)
    item = np.repeat(np.arange(n), count)[:n]
    item = item[np.argsort(np.arange(n) + random.uniform(0, 60, n))]
    grader = np.concatenate([random.permutation(np.repeat(np.arange(graders), each)) for _ in range(days)])
    day = np.repeat(np.arange(days), graders * each)
    truth, hard = random.choice(4, size=n, p=[0.4, 0.15, 0.2, 0.25]), random.exponential(1.0, n)
    skill = random.normal(0, 0.35, graders)
    wrong = random.random(n) < 1 - np.exp(-0.1 * hard[item] * np.exp(-skill[grader]))
    level = np.clip(truth[item] + np.where(wrong, random.choice([-1, 1], n), 0), 0, 3)
    _, first = np.unique(item * 100 + grader, return_index=True)  # nobody has an item twice
    keep = np.sort(first)
    made = Answers(
        item=item[keep].astype(np.int32), grader=grader[keep].astype(np.int32), level=level[keep].astype(np.int32),
        day=day[keep].astype(np.int32), week=(day[keep] // 5).astype(np.int32),
        version=(day[keep] >= days // 2).astype(np.int32), known=np.full(len(keep), -1, np.int32),
        by_gold=np.zeros(len(keep), bool), watched=np.full(len(keep), 0.9),
    )  # fmt: skip
    return made, truth[made.item]


def test_a_team_that_does_nothing_wrong_has_at_most_one_false_alarm_a_month() -> None:
    rung = sum(len(watch(team(seed)[0])) for seed in range(12))
    assert rung <= 12


KIND = ("unseen", "one_level", "accuracy", "shift", "streak")


@pytest.mark.parametrize("kind", KIND)
def test_each_trouble_is_found_with_the_right_person_and_time(kind: str) -> None:
    made, _truth = team(5)
    random = np.random.default_rng(1)
    late = np.flatnonzero((made.grader == 4) & (made.day >= 12))
    level, watched = made.level.copy(), made.watched.copy()
    if kind == "unseen":
        watched[late] = np.where(random.random(len(late)) < 0.4, 0.1, 0.9)
    elif kind == "one_level":
        level[late] = np.where(random.random(len(late)) < 0.4, 2, level[late])
    elif kind == "accuracy":
        level[late] = np.where(random.random(len(late)) < 0.5, random.integers(0, 4, len(late)), level[late])
    elif kind == "shift":
        late = np.flatnonzero((made.grader == 4) & (made.version == 1))
        level[late] = np.where(random.random(len(late)) < 0.5, np.minimum(level[late] + 1, 3), level[late])
    else:
        for before, now in itertools.pairwise(late):
            if random.random() < 0.5:
                level[now] = level[before]
    rung = watch(replace(made, level=level.astype(np.int32), watched=watched))
    found = {alarm.kind: (grader, alarm) for grader, alarm in rung}
    assert kind in found
    grader, alarm = found[kind]
    assert grader == 4 and {who for who, _ in rung} == {4}
    assert made.day[alarm.since] >= 8 and made.day[alarm.at] >= 10
    assert alarm.n > 0 and (made.grader[alarm.hits] == 4).all()


def test_teams_without_items_in_common_are_told_together_what_each_is_told_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    random, teams = np.random.default_rng(1), []
    for seed in (5, 6, 7):
        made, _ = team(seed)
        late = np.flatnonzero((made.grader == 4) & (made.day >= 12))
        level = made.level.copy()
        level[late] = np.where(random.random(len(late)) < 0.5, random.integers(0, 4, len(late)), level[late])
        teams.append(replace(made, level=level.astype(np.int32), week=np.zeros(len(level), np.int32)))
    shift = np.cumsum([0, *(int(one.item.max()) + 1 for one in teams[:-1])])
    together = Answers(*(np.concatenate(parts) for parts in (
        [one.item + by for one, by in zip(teams, shift, strict=True)],
        [one.grader + 18 * at for at, one in enumerate(teams)],
        *([getattr(one, name) for one in teams]
          for name in ("level", "day", "week", "version", "known", "by_gold", "watched")),
    )))  # fmt: skip
    order = np.argsort(together.day, kind="stable")
    together = Answers(*(getattr(together, name)[order] for name in (
        "item", "grader", "level", "day", "week", "version", "known", "by_gold", "watched")))  # fmt: skip
    rounds, height = [], alerts.bar(18)
    once = watching._once
    monkeypatch.setattr(watching, "_once", lambda *args: rounds.append(1) or once(*args))
    assert {who for who, _ in watch(together, height)} == {4, 22, 40}
    assert all({who for who, _ in watch(one, height)} == {4} for one in teams)
    assert len(rounds) == 2 + 3 * 2  # one in which all three ring and one that is quiet; the same for each alone


def test_whoever_copies_a_colleague_is_named_with_him() -> None:
    random = np.random.default_rng(3)
    n = 1200  # items that both have had, and a third person beside them
    truth = random.integers(0, 4, n)

    def said(wrong: float) -> np.ndarray:
        return np.where(random.random(n) < wrong, np.clip(truth + random.choice([-1, 1], n), 0, 3), truth)

    first, third = said(0.25), said(0.25)
    second = np.where((np.arange(n) > n // 2) & (random.random(n) < 0.8), first, said(0.25))
    item = np.repeat(np.arange(n), 3)
    level = np.stack([first, second, third], axis=1).ravel()
    day = (item // 60).astype(np.int32)
    answers = Answers(
        item=item.astype(np.int32), grader=np.tile([0, 1, 2], n).astype(np.int32), level=level.astype(np.int32), day=day,
        week=day // 5, version=np.ones(3 * n, np.int32), known=np.full(3 * n, -1, np.int32),
        by_gold=np.zeros(3 * n, bool), watched=np.full(3 * n, 0.9),
    )  # fmt: skip
    copies = [(grader, alarm.partner) for grader, alarm in watch(answers) if alarm.kind == "copying"]
    assert (1, 0) in copies


def test_an_empty_team_and_a_team_of_one_are_quiet() -> None:
    made, _ = team(2, graders=3, days=4, each=5)
    none = np.zeros(len(made.item), dtype=bool)
    empty = Answers(*(getattr(made, name)[none] for name in (
        "item", "grader", "level", "day", "week", "version", "known", "by_gold", "watched")))  # fmt: skip
    assert watch(empty) == []
    one = made.grader == 0
    alone = Answers(*(getattr(made, name)[one] for name in (
        "item", "grader", "level", "day", "week", "version", "known", "by_gold", "watched")))  # fmt: skip
    assert watch(alone) == []


def test_whoever_copies_all_he_can_is_found_on_what_a_hundred_common_items_show() -> None:
    """Equal on all of 110 where .8 is usual: usual counts as .84, of the rest .95 more, .992; ln(.992 / .84) = .166.

    110 x .166 = 18.3, less ln 2 (sizes), ln 31 (days), ln 17 (colleagues): 11.3, over ln 108 = 4.7. The bet on every
    second one alone, ln(.92 / .84) = .091, comes to 10.0 - 6.3 = 3.7 and does not ring.
    """
    n = 110
    rows, day = np.arange(n, dtype=np.int32), np.repeat(np.arange(10), 11).astype(np.int32)

    def pairs(equal: np.ndarray) -> list[tuple[int, np.ndarray, np.ndarray, np.ndarray]]:
        nobody = np.zeros(0, np.int32), np.zeros(0), np.zeros(0)
        return [(0, rows, equal, np.full(n, 0.8)), *((other, *nobody) for other in range(1, 17))]

    found = alerts.copying(pairs(np.ones(n)), day, alerts.bar())
    assert found is not None and found.partner == 0
    alike = np.ones(n)
    alike[::7] = 0.0  # 16 of 110 differ: two who see alike
    assert alerts.copying(pairs(alike), day, alerts.bar()) is None
