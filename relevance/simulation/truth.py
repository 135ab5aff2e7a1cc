"""What is true in the simulated world, and how it looks to graders. The rules of triage never see this module's arrays.

A *situation* is whatever one rule would settle: a gap of the guideline, a family's boundary between two levels, a keyword
with two readings. It has two levels, one of which is the client's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relevance.cases import FLAG_KINDS, LEVELS, Codes, Floats
from relevance.simulation.parameters import World

CLEAR, GAP, BOUNDARY, KEYWORD, CLIP, ERROR = range(6)
RIGHT_FLAG = {GAP: "no_rule", BOUNDARY: "other", KEYWORD: "unclear_keyword", CLIP: "bad_clip", ERROR: "other"}
MOST_GRADES = 10  # the cap of five, two more after each of two returns, one for the sample


def zipf(n: int, exponent: float) -> Floats:
    """Shares that fall as 1 / rank ** exponent.

    >>> zipf(2, 1.0).round(3).tolist()
    [0.667, 0.333]
    """
    raw = 1 / np.arange(1, n + 1) ** exponent
    return np.asarray(raw / raw.sum())


@dataclass(slots=True)
class Day:
    """A day's items as they truly are, with the grades that they would get one after the other.

    Attributes:
        keyword, family, kind, situation (-1: none), truth, twin: (N,).
        grader, level: (N, MOST_GRADES).
        flag_at: (N,) which grader flags, or -1; flag: (N,) what, a place in FLAG_KINDS.
        rules, words: rows (item, grade's place, code).
    """

    keyword: Codes
    family: Codes
    kind: Codes
    situation: Codes
    truth: Codes
    twin: Codes
    grader: Codes
    level: Codes
    flag_at: Codes
    flag: Codes
    rules: Codes
    words: Codes


class Truth:
    """The world: keywords, situations, graders; grows by new situations, changes by published rules."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.random = np.random.default_rng(seed)
        r = self.random
        self.frequency = zipf(world.keywords, world.zipf)
        self.weight = zipf(world.keywords, world.keyword_worth) * world.keywords
        self.family = r.permutation(np.arange(world.keywords) % world.families)
        shape = world.accuracy * (1 - world.accuracy) / world.accuracy_sd**2 - 1
        self.accuracy = r.beta(world.accuracy * shape, (1 - world.accuracy) * shape, world.graders)
        self.accuracy[r.choice(world.graders, world.careless, replace=False)] = world.careless_accuracy
        self.family_rule = r.integers(0, world.rules, world.families)
        self.kind = np.zeros(0, dtype=np.int64)
        self.low = self.high = self.truth = self.rule = self.home = self.kind
        self.words = np.zeros((0, world.situation_words), dtype=np.int64)
        self.reads_high = np.zeros((0, world.graders), dtype=bool)
        self.follows = np.zeros((0, world.graders), dtype=bool)
        self.ruled = np.zeros(0, dtype=np.int64)  # the published rule's level; -1: none
        self._add(GAP, world.gap_situations, r.integers(0, world.families, world.gap_situations))
        boundaries = r.choice(world.families * (LEVELS - 1), world.boundary_situations, replace=False)
        self._add(BOUNDARY, world.boundary_situations, boundaries // (LEVELS - 1), low=boundaries % (LEVELS - 1))
        self._add(KEYWORD, world.ambiguous_keywords, r.choice(world.keywords, world.ambiguous_keywords, replace=False))

    def _add(self, kind: int, n: int, home: Codes, low: Codes | None = None) -> None:
        r, world = self.random, self.world
        if kind == KEYWORD:  # the two readings may lie any distance apart
            both = np.sort(r.random((n, LEVELS)).argsort(axis=1)[:, :2], axis=1)
            low, high = both[:, 0], both[:, 1]
        else:
            low = r.integers(0, LEVELS - 1, n) if low is None else low
            high = low + 1
        words = r.random((n, world.vocabulary)).argsort(axis=1)[:, : world.situation_words]
        self.kind = np.concatenate([self.kind, np.full(n, kind)])
        self.low, self.high = np.concatenate([self.low, low]), np.concatenate([self.high, high])
        self.truth = np.concatenate([self.truth, np.where(r.random(n) < 0.5, low, high)])
        self.rule = np.concatenate([self.rule, r.integers(0, world.rules, n)])
        self.home = np.concatenate([self.home, home])
        self.words = np.concatenate([self.words, words])
        self.reads_high = np.concatenate([self.reads_high, r.random((n, world.graders)) < 0.5])
        self.follows = np.concatenate([self.follows, r.random((n, world.graders)) < world.follows])
        self.ruled = np.concatenate([self.ruled, np.full(n, -1)])

    def new_week(self) -> None:
        """New situations turn up."""
        n = self.world.new_situations_a_week
        self._add(GAP, n, self.random.integers(0, self.world.families, n))

    def publish(self, situation: int, level: int) -> None:
        """A rule for a situation, followed from the next day on."""
        self.ruled[situation] = level

    def withdraw(self, situation: int) -> None:
        """The rule is taken back."""
        self.ruled[situation] = -1

    def decide(self, truth: Codes, right: float, low: Codes, high: Codes) -> Codes:
        """What a person of that skill says: the truth, or else the other level of the two."""
        other = np.where(truth == low, high, low)
        return np.where(self.random.random(len(truth)) < right, truth, other)

    def day(self) -> Day:
        """A day's items."""
        r, world = self.random, self.world
        n = world.items_a_day
        keyword = r.choice(world.keywords, n, p=self.frequency)
        shares = np.array([world.gap, world.boundary, world.ambiguous, world.bad_clip, world.error])
        kind = np.where(
            r.random(n) < world.unclear, r.choice([GAP, BOUNDARY, KEYWORD, CLIP, ERROR], n, p=shares / shares.sum()), CLEAR
        )  # fmt: skip
        situation = np.full(n, -1)
        self._situations(kind, situation, keyword)
        truth = r.choice(LEVELS, n, p=world.level_shares)
        within = situation >= 0
        s = situation[within]
        other = np.where(self.truth[s] == self.low[s], self.high[s], self.low[s])
        differs = (self.kind[s] == BOUNDARY) & (r.random(len(s)) >= world.boundary_settled)
        truth[within] = np.where(differs, other, self.truth[s])
        grader = r.random((n, world.graders)).argsort(axis=1)[:, :MOST_GRADES]
        level = self._grades(kind, situation, truth, grader)
        flag_at, flag = self._flags(kind, situation, grader)
        rules, words = self._said(kind, situation, keyword)
        twin = np.full(n, -1)
        self._duplicates(kind, situation, keyword, twin)
        return Day(
            keyword, self.family[keyword], kind, situation, truth, twin, grader, level, flag_at, flag, rules, words
        )

    def _situations(self, kind: Codes, situation: Codes, keyword: Codes) -> None:
        r, world = self.random, self.world
        gaps = np.flatnonzero(self.kind == GAP)
        at = np.flatnonzero(kind == GAP)
        situation[at] = gaps[r.choice(len(gaps), len(at), p=zipf(len(gaps), world.zipf))]
        if world.gap_within_family:
            self._keyword_of_family(at, self.home[situation[at]], keyword)
        bounds = np.flatnonzero(self.kind == BOUNDARY)
        at = np.flatnonzero(kind == BOUNDARY)
        size = np.bincount(self.family, weights=self.frequency, minlength=world.families)[self.home[bounds]]
        situation[at] = bounds[r.choice(len(bounds), len(at), p=size / size.sum())]
        self._keyword_of_family(at, self.home[situation[at]], keyword)
        doubles = np.flatnonzero(self.kind == KEYWORD)
        at = np.flatnonzero(kind == KEYWORD)
        share = self.frequency[self.home[doubles]]
        situation[at] = doubles[r.choice(len(doubles), len(at), p=share / share.sum())]
        keyword[at] = self.home[situation[at]]

    def _keyword_of_family(self, at: NDArray[np.int64], family: Codes, keyword: Codes) -> None:
        for one in np.unique(family):
            mine = at[family == one]
            words = np.flatnonzero(self.family == one)
            share = self.frequency[words]
            keyword[mine] = self.random.choice(words, len(mine), p=share / share.sum())

    def _grades(self, kind: Codes, situation: Codes, truth: Codes, grader: Codes) -> Codes:
        r, world = self.random, self.world
        n, wide = grader.shape
        meant = np.repeat(truth[:, None], wide, axis=1)
        within = np.flatnonzero(situation >= 0)
        s, who = situation[within], grader[within]
        reads_high = self.reads_high[s[:, None], who]
        at_random = r.random(who.shape) < 0.5  # at a boundary nobody has a reading of his own
        reads_high = np.where((self.kind[s] == BOUNDARY)[:, None], at_random, reads_high)
        read = np.where(reads_high, self.high[s][:, None], self.low[s][:, None])
        follows = self.follows[s[:, None], who] & (self.ruled[s] >= 0)[:, None]
        meant[within] = np.where(follows, self.ruled[s][:, None], read)
        accuracy = self.accuracy[grader]
        accuracy = np.where((kind == CLIP)[:, None], world.bad_clip_accuracy, accuracy)
        wrong = r.random((n, wide)) >= accuracy
        careless = np.flatnonzero(kind == ERROR)
        wrong[careless, :2] = False
        wrong[careless, r.integers(0, 2, len(careless))] = True
        return np.where(wrong, self._off(meant), meant)

    def _off(self, meant: Codes) -> Codes:
        """A wrong level for each: a neighbour mostly, else one further away where there is one."""
        r = self.random
        up = r.random(meant.shape) < 0.5
        step = np.where(meant == 0, 1, np.where(meant == LEVELS - 1, -1, np.where(up, 1, -1)))
        near = meant + step
        # The levels two away and more, one of them at random.
        far = np.where(meant == 0, 2 + up, np.where(meant == LEVELS - 1, up * 1, np.where(meant == 1, 3, 0)))
        return np.where(r.random(meant.shape) < self.world.near_errors, near, far)

    def _flags(self, kind: Codes, situation: Codes, grader: Codes) -> tuple[Codes, Codes]:
        r, world = self.random, self.world
        n = len(kind)
        by = r.integers(0, 2, n)
        flagged = (kind != CLEAR) & (r.random(n) < world.flagged)
        who = grader[np.arange(n), by]
        # Who follows a rule has no reason to flag.
        knows = (situation >= 0) & (self.ruled[situation] >= 0) & self.follows[situation, who]
        flagged &= ~knows
        right = np.array([FLAG_KINDS.index(RIGHT_FLAG.get(one, "other")) for one in range(6)])[kind]
        wrong = (right + r.integers(1, len(FLAG_KINDS), n)) % len(FLAG_KINDS)
        return np.where(flagged, by, -1), np.where(r.random(n) < world.flag_right, right, wrong)

    def _said(self, kind: Codes, situation: Codes, keyword: Codes) -> tuple[Codes, Codes]:
        r, world = self.random, self.world
        n = len(kind)
        if world.said_by_item:  # said once, by one of the first two
            place = r.integers(0, 2, (2, n, 1))
            item = np.arange(n)[:, None]
        else:
            place = np.broadcast_to(np.arange(MOST_GRADES), (2, n, MOST_GRADES))
            item = np.repeat(np.arange(n)[:, None], MOST_GRADES, axis=1)
        cites = r.random(item.shape) < world.cited
        right = np.where(situation >= 0, self.rule[situation], self.family_rule[self.family[keyword]])[item]
        any_rule = r.integers(0, world.rules, item.shape)
        rule = np.where(r.random(item.shape) < world.cited_right, right, any_rule)
        rules = np.stack([item[cites], place[0][cites], rule[cites]], axis=1)
        notes = (kind != CLEAR)[item] & (r.random(item.shape) < world.noted)
        at, spot = item[notes], place[1][notes]
        rows = []
        of = situation[at]
        for one in range(world.words_of_situation + world.words_of_anyone):
            anyone = r.integers(0, len(self.kind), len(at))
            whose = np.where((of >= 0) & (one < world.words_of_situation), of, anyone)
            word = self.words[whose, r.integers(0, world.situation_words, len(at))]
            rows.append(np.stack([at, spot, word], axis=1))
        return rules, np.concatenate(rows)

    def _duplicates(self, kind: Codes, situation: Codes, keyword: Codes, twin: Codes) -> None:
        """A share of the items are near-duplicates of another item of the same keyword and situation."""
        r = self.random
        chosen = np.flatnonzero(r.random(len(kind)) < self.world.duplicates)
        key = (situation + 1) * 10_000_000 + keyword * 10 + kind
        order = np.argsort(key, kind="stable")
        place = np.empty(len(key), dtype=np.int64)
        place[order] = np.arange(len(key))
        before = order[np.maximum(place[chosen] - 1, 0)]
        same = (key[before] == key[chosen]) & (before != chosen)
        for one, other in zip(chosen[same].tolist(), before[same].tolist(), strict=True):
            group = twin[other] if twin[other] >= 0 else other
            twin[one] = twin[other] = group
