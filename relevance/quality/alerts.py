"""When a grader is no longer the grader that he was: six sequential tests that may be looked at after every answer.

Each test is a bet against "he works as usual". An answer multiplies the stake by the likelihood ratio L of a change to no
change; the time of the change is not known, so that the stake is spread evenly over the days of the window,

    E_t = sum over days s <= t of (1 / D) prod_{i = s..t} L_i  +  (D - days so far) / D,      D = 31

Under no change E is a supermartingale that begins at 1, and P(E ever reaches 1 / a) <= a (Ville 1939): it may be looked
at as often as one likes. With a = f / (team x kinds) a whole team has at most f false alarms a month, all kinds together;
by default one for a team of 18. Shafer (2021) doi:10.1111/rssa.12647; tests by betting: Ramdas et al. (2023)
doi:10.1214/23-STS894; mixtures over the time of change: Shin, Ramdas & Rinaldo (2024) doi:10.51387/23-NEJSDS51.

*As usual* has to be known. It is what the team says of items that look alike from the other grades of the item (a
table of frequencies by week, so that a hard batch is nobody's fault), times what his own first answers say of him,
taken a little too high (`own_error`), since his past is known from few answers. How far that keeps what Ville promises, and
how many answers a drop of ten points takes, `python -m tests.bench.quality alerts` shows in docs/quality.md.

| kind | looks at | a change is |
|---|---|---|
| accuracy | wrong against gold, decisions, else the other grades | ten points, or twenty-five, more errors |
| one_level | each level | every seventh answer goes to one level whatever is shown |
| unseen | share of the clip watched | more than one answer in twenty without having looked |
| streak | the answer before | three in ten answers repeat the last one |
| copying | who answered the item before him | every second answer, or nearly all, are somebody else's |
| shift | answers since a guideline version | lenient or strict by exp(0.7) a level |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp, log, sqrt

import numpy as np
from numpy.typing import NDArray

from relevance.errors import BadInput
from relevance.quality.table import Floats, Ints

KINDS = ("accuracy", "one_level", "unseen", "copying", "streak", "shift")
TEAM = 18
DAYS = 31  # of the window; days after that begin no further bet
DROPS = (0.10, 0.25)  # more errors, as shares
ONE_LEVEL = 0.15
REPEATS = 0.30
COPIES = (0.50, 0.95)  # of what is not equal anyway: who copies half of what he can, and who copies all
LIKE = 0.20  # of what is not expected to be equal; two people may see alike, and copy nothing
TILT = 0.7  # per level, natural logarithm of odds
UNSEEN_USUAL = 0.05  # of answers; the null is at most this
UNSEEN = (0.15, 0.40)
TRUST = 20.0  # answers that a week's cell needs to speak for itself
OWN = 5.0  # errors' worth of trust in the team's rate, where a grader is new
CAUTION = 1.28  # standard errors by which his usual error rate is taken too high
LEAST, GREATEST = 0.005, 0.95  # no chance is taken as smaller or greater


@dataclass(frozen=True, slots=True)
class Alarm:
    """One test that rang.

    Attributes:
        kind: one of KINDS.
        at: number of the answer (in the given order) at which it rang.
        since: number of the answer from which the change is most likely.
        n: answers that bear on it from there to the newest.
        share: what was seen since then: the share of hits (wrong, unseen ...); for a shift the mean levels above usual.
        usual: the same as it should have been.
        odds: the evidence, as odds against "as usual", at its highest.
        hits: numbers of the answers that speak for it.
        level: the level that he drifts to, for one_level; else None.
        partner: whom he copies, for copying; else None.
    """

    kind: str
    at: int
    since: int
    n: int
    share: float
    usual: float
    odds: float
    hits: Ints
    level: int | None = None
    partner: int | None = None


def bar(team: int = TEAM, a_month: float = 1.0) -> float:
    """The logarithm of the evidence at which a test rings, so that a team has `a_month` false alarms a month at most.

    >>> round(exp(bar()))      # 18 graders x 6 kinds
    108
    """
    if team < 1 or a_month <= 0:
        raise BadInput("A team has at least one grader, and some false alarm must be borne.")
    return max(0.0, log(team * len(KINDS) / a_month))


# The bets ---------------------------------------------------------------------------------------------------------------


def hit_gain(hit: Floats, usual: Floats, more: float, of_rest: bool = False) -> Floats:
    """(n,) log L of a yes-or-no answer: `more` likelier than usual; with `of_rest` a share of what was not usual.

    NaN in either is no evidence: 0.

    >>> hit_gain(np.array([1., 0.]), np.array([.1, .1]), .1).round(3).tolist()      # ln 2, ln(.8/.9)
    [0.693, -0.118]
    """
    q = np.clip(usual, LEAST, GREATEST)
    other = np.clip(q + more * (1 - q if of_rest else 1.0), LEAST, 0.99)
    gain = hit * np.log(other / q) + (1 - hit) * np.log((1 - other) / (1 - q))
    return np.asarray(np.nan_to_num(gain, nan=0.0))


def tilt_gain(level: Ints, usual: Floats, tilt: float) -> Floats:
    """(n,) log L of a level when all levels are tilted by exp(tilt) a step; 0 where usual is not known (NaN).

    >>> tilt_gain(np.array([1]), np.array([[.5, .5]]), log(3)).round(4).tolist()      # (3/4) / (1/2)
    [0.4055]
    """
    steps = np.arange(usual.shape[1])
    gain = tilt * level - np.log(np.maximum(usual @ np.exp(tilt * steps), 1e-12))
    return np.asarray(np.nan_to_num(gain, nan=0.0))


def evidence(gain: Floats, day: Ints, days: int = DAYS) -> Floats:
    """(n,) log E: the mixture of bets that begin with the first answer of each day.

    Args:
        gain: (n,) log L, in the order of the answers.
        day: (n,) numbers that do not fall.
        days: D.

    On one day out of two: half the stake is on it, half waits. 3/2 + 1/2.

    >>> np.exp(evidence(np.array([log(3)]), np.array([0]), days=2)).round(3).tolist()
    [2.0]
    """
    if len(gain) == 0:
        return np.zeros(0)
    total = np.cumsum(gain)
    begins = np.r_[True, day[1:] != day[:-1]]
    begins &= np.cumsum(begins) <= days
    stakes = np.where(begins, -log(days) - (total - gain), -np.inf)
    bets = total + np.logaddexp.accumulate(stakes)
    waiting = 1 - np.cumsum(begins) / days
    return np.asarray(np.logaddexp(bets, np.log(np.maximum(waiting, 1e-300))))


def mixed(*evidences: Floats) -> Floats:
    """(n,) log of the mean of several E: of changes of two sizes, of all levels, of all colleagues."""
    return np.asarray(np.logaddexp.reduce(np.stack(evidences), axis=0) - log(len(evidences)))


def began(gain: Floats, day: Ints, at: int) -> int:
    """The answer from which the change is most likely, as seen at answer `at`: the first of the best day.

    >>> began(np.array([-1., 1., 1.]), np.array([0, 1, 1]), 2)
    1
    """
    total = np.cumsum(gain[: at + 1])
    begins = np.flatnonzero(np.r_[True, day[1 : at + 1] != day[:at]])
    return int(begins[np.argmax(total[at] - (total[begins] - gain[begins]))])


def _alarm(
    kind: str, log_e: Floats, gain: Floats, day: Ints, hit: Floats, usual: Floats, height: float,
    level: int | None = None, partner: int | None = None,
) -> Alarm | None:  # fmt: skip
    over = np.flatnonzero(log_e >= height)
    if len(over) == 0:
        return None
    top = int(np.argmax(log_e))
    since = began(gain, day, top)
    bears = np.flatnonzero(~np.isnan(hit) & ~np.isnan(usual) & (np.arange(len(hit)) >= since))
    hits = bears[hit[bears] > 0].astype(np.int32)
    odds = exp(min(float(log_e[top]), 700.0))
    return Alarm(
        kind, int(over[0]), since, len(bears), float(hit[bears].mean()), float(usual[bears].mean()), odds, hits,
        level, partner,
    )  # fmt: skip


# The tests --------------------------------------------------------------------------------------------------------------


def accuracy(wrong: Floats, usual: Floats, day: Ints, height: float) -> Alarm | None:
    """More errors than usual. wrong: (n,) 1, 0, or NaN where nothing tells; usual: (n,) chance of an error.

    >>> gone = accuracy(np.repeat([0., 1.], [30, 10]), np.full(40, .1), np.arange(40) // 10, bar())
    >>> gone.since, gone.n, gone.share
    (30, 10, 1.0)
    """
    gains = [hit_gain(wrong, usual, more) for more in DROPS]
    log_e = mixed(*(evidence(gain, day) for gain in gains))
    return _alarm("accuracy", log_e, _best(gains), day, wrong, usual, height)


def one_level(level: Ints, usual: Floats, day: Ints, height: float, base: float = np.inf) -> Alarm | None:
    """One level more often than usual.

    Args:
        usual: (n, K) chances, rows of NaN where nothing is known.
        base: answers that `usual` rests on; each chance is taken `CAUTION` standard errors too high.
    """
    levels = range(usual.shape[1])
    met = np.maximum(np.nanmean(usual, axis=0) * base, 1) if (~np.isnan(usual[:, 0])).any() else np.ones(len(levels))
    usual = usual * (1 + CAUTION / np.sqrt(met))
    gains = [hit_gain((level == k).astype(float), usual[:, k], ONE_LEVEL, of_rest=True) for k in levels]
    each = [evidence(gain, day) for gain in gains]
    best = int(np.argmax([one.max(initial=-np.inf) for one in each]))
    hit = (level == best).astype(float)
    return _alarm("one_level", mixed(*each), gains[best], day, hit, usual[:, best], height, level=best)


def unseen(seen: Floats, day: Ints, height: float, least: float = 0.25) -> Alarm | None:
    """More than one answer in twenty after less than `least` of the clip. seen: (n,) share watched, NaN not known."""
    hit = np.where(np.isnan(seen), np.nan, (seen < least).astype(float))
    usual = np.where(np.isnan(seen), np.nan, UNSEEN_USUAL)
    gains = [hit_gain(hit, usual, share - UNSEEN_USUAL) for share in UNSEEN]
    log_e = mixed(*(evidence(gain, day) for gain in gains))
    return _alarm("unseen", log_e, _best(gains), day, hit, usual, height)


def streak(level: Ints, usual: Floats, day: Ints, height: float) -> Alarm | None:
    """The last answer again, more often than the items give reason to. Counted within a day."""
    if len(level) < 2:
        return None
    last = np.r_[0, level[:-1]]
    same_day = np.r_[False, day[1:] == day[:-1]]
    chance = np.where(same_day, usual[np.arange(len(level)), last], np.nan)
    hit = np.where(same_day, (level == last).astype(float), np.nan)
    gain = hit_gain(hit, chance, REPEATS, of_rest=True)
    return _alarm("streak", evidence(gain, day), gain, day, hit, chance, height)


def shift(level: Ints, usual: Floats, version: Ints, height: float, slack: float = 0.0) -> Alarm | None:
    """More lenient or strict since a new version of the guideline.

    Args:
        usual: (n, K) chances, rows of NaN where nothing is known.
        version: (n,) numbers that do not fall.
        slack: levels by which the mean may lie off without a change, since his past is known from few answers.

    `share` and `usual` of the alarm are mean levels: above usual is lenient.
    """
    if len(level) == 0 or version[0] == version[-1]:
        return None
    gains = []
    after = version != version[0]
    for tilt in (TILT, -TILT):
        gains.append(np.where(after, tilt_gain(level, _moved(usual, slack if tilt > 0 else -slack), tilt), 0.0))
    each = [evidence(gain, version, days=int(version[-1] - version[0]) + 1) for gain in gains]
    best = int(np.argmax([one.max() for one in each]))
    found = _alarm("shift", mixed(*each), gains[best], version, level.astype(float), usual @ np.arange(usual.shape[1]), height)  # fmt: skip
    if found is None:
        return None
    # Before the first change there was no bet, and nothing to begin there.
    since = max(found.since, int(np.argmax(after)))
    rows = np.arange(since, len(level))
    off = level[rows] - usual[rows] @ np.arange(usual.shape[1])
    hits = rows[np.nan_to_num(off if best == 0 else -off, nan=0.0) > 0.5].astype(np.int32)
    expected = usual[rows] @ np.arange(usual.shape[1])
    seen = ~np.isnan(expected)
    return replace(
        found, since=since, hits=hits, n=int(seen.sum()), share=float(level[rows][seen].mean()),
        usual=float(expected[seen].mean()),
    )  # fmt: skip


def _moved(usual: Floats, by: float) -> Floats:
    """Chances tilted so that their mean level moves by about so much."""
    steps = np.arange(usual.shape[1])
    mean = usual @ steps
    spread = float(np.nanmean(usual @ (steps * steps) - mean * mean)) if (~np.isnan(mean)).any() else 1.0
    rows = usual * np.exp(by / max(spread, 0.05) * steps)
    return np.asarray(rows / rows.sum(axis=1, keepdims=True))


def copying(pairs: Sequence[tuple[int, Ints, Floats, Floats]], day: Ints, height: float) -> Alarm | None:
    """He answers what one colleague answered before him, wrong answers too.

    The stake is spread evenly over the colleagues; the one with the most evidence is named.

    Args:
        pairs: a colleague's code; the numbers of the answers that came after his on the same item; whether they are
            equal (1 or 0); the chance that they would be.
        day: (n,) of all answers.
    """
    best: Alarm | None = None
    for partner, rows, equal, usual in pairs:
        usual = np.asarray(usual + LIKE * (1 - usual))
        gains = [hit_gain(equal, usual, share, of_rest=True) for share in COPIES]
        log_e = mixed(*(evidence(gain, day[rows]) for gain in gains)) - log(len(pairs))
        found = _alarm("copying", log_e, _best(gains), day[rows], equal, usual, height, partner=partner)
        if found is not None and (best is None or found.odds > best.odds):
            at, since = int(rows[found.at]), int(rows[found.since])
            best = replace(found, at=at, since=since, hits=rows[found.hits].astype(np.int32))
    return best


def _best(gains: Sequence[Floats]) -> Floats:
    return max(gains, key=lambda gain: float(np.sum(gain)))


# As usual ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Habits:
    """How often a grader says a level when none, less than half, half, more, or all of the others say it. table: (K, 5).

    Not by how many others there are: an item that he disagreed on is given to more people, so that their number tells
    what he said, and a grader in trouble would seem to have only hard items.
    """

    table: Floats

    def of(self, others: Floats) -> Floats:
        """(n, K) chances for votes of others (n, K); NaN where there are none."""
        raw = self.table[np.arange(others.shape[1])[None, :], _part(others)]
        rows = raw / raw.sum(axis=1, keepdims=True)
        rows[others.sum(axis=1) == 0] = np.nan
        return np.asarray(rows)


def _part(others: Floats) -> NDArray[np.int64]:
    """(n, K) none, less than half, half, more, all: 0 to 4."""
    share = others / np.maximum(others.sum(axis=1, keepdims=True), 1)
    return np.asarray((share > 0) + (share >= 0.5) + (share > 0.5) + (share >= 1), dtype=np.int64)


def others(item: Ints, level: Ints, levels: int, witness: NDArray[np.bool_] | None = None) -> Floats:
    """(n, K) the votes of an answer's item without this answer; of the witnesses only, where some are none.

    >>> others(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).tolist()
    [[0.0, 1.0], [1.0, 0.0], [0.0, 0.0]]
    """
    weight = np.ones(len(item)) if witness is None else witness.astype(float)
    votes = np.zeros((int(item.max(initial=-1)) + 1, levels))
    np.add.at(votes, (item, level), weight)
    rest = votes[item]
    rest[np.arange(len(item)), level] -= weight
    return np.asarray(rest)


def habits(rest: Floats, level: Ints, before: Habits | None = None) -> Habits:
    """The table from a team's answers; with `before` (of a longer time) shrunk to it, cell by cell.

    Args:
        rest: (n, K) votes of others.
        level: (n,).
    """
    size = rest.shape[1]
    known = rest.sum(axis=1) > 0
    part, said = _part(rest[known]), level[known]
    hits, met = np.zeros((size, 5)), np.zeros((size, 5))
    for k in range(size):
        met[k] = np.bincount(part[:, k], minlength=5)
        hits[k] = np.bincount(part[:, k], weights=said == k, minlength=5)
    if before is None:
        # A cell that nobody met yet: between the level's share and what the others say.
        share = (np.bincount(level, minlength=size) + 1) / (len(level) + size)
        prior, trust = 0.8 * np.array([0, 0.25, 0.5, 0.75, 1])[None] + 0.2 * share[:, None], 4.0
    else:
        prior, trust = before.table, TRUST
    return Habits((hits + trust * prior) / (met + trust))


def own_levels(usual: Floats, level: Ints, base: NDArray[np.bool_], strength: float = 30.0) -> Floats:
    """(n, K) a grader's usual chances: the team's, tilted by how his first answers (`base`) differed from them."""
    known = base & ~np.isnan(usual[:, 0])
    size = usual.shape[1]
    share = np.nanmean(usual, axis=0) if (~np.isnan(usual[:, 0])).any() else np.full(size, 1 / size)
    seen = np.bincount(level[known], minlength=size) + strength * share
    rows = usual * (seen / (usual[known].sum(axis=0) + strength * share))
    return np.asarray(rows / rows.sum(axis=1, keepdims=True))


def own_error(usual: Floats, wrong: Floats, base: NDArray[np.bool_]) -> Floats:
    """(n,) a grader's usual chance of an error: the team's, times his own ratio, taken `CAUTION` standard errors too high.

    20 expected, 20 made: (25 + 1.28 * 5) / 25 = 1.256 times.

    >>> round(float(own_error(np.full(200, .1), np.repeat([1., 0.], [20, 180]), np.ones(200, bool))[0]), 4)
    0.1256
    """
    known = base & ~np.isnan(usual) & ~np.isnan(wrong)
    made, expected = float(wrong[known].sum()) + OWN, float(usual[known].sum()) + OWN
    return np.asarray(np.clip(usual * (made + CAUTION * sqrt(made)) / expected, LEAST, 0.85))
