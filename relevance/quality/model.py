"""Our model: the truth where grades are few, by anchored confusions and several views of the grades.

What it answers: how probable each level is for each item, how each grader confuses levels, and how sure one may be.

Dawid and Skene's model learns a K x K confusion for each grader; with two or three grades an item there is too little
to learn it from, and the estimate drifts below the majority. Here a grader starts from *anchors* that no data move, and
is moved off them by his own grades only as far as these go. For an item i, grader j, true level k, grade l:

- A kernel G gives the true level with probability r = 1/K + (1 - 1/K) a, a being skill above chance, and any other in
  proportion to exp(-|k - l|) (levels without an order: evenly). A grader's base is a mixture of four people: one who
  grades by G, a harsh one (the row of k - 1), a lenient one (k + 1), and one who follows a habit b_j whatever is shown.

      M_jkl = w_j0 G_kl + w_j1 G_(k-1)l + w_j2 G_(k+1)l + w_j3 b_jl

- theta_jkl = (C_jkl + s M_jkl) / (C_jk + s),  C_jkl = sum of q_ik over j's grades l: s = 12 grades' worth of trust in M.
- q_ik  ~  p_k^(2/3) * product of theta_j,k,y over the item's grades.
- In the rounds p stands to the power max(2/3, 1 - 1/n) instead (n being the item's): the more an item's
  grades say, the less p can drift, and confusions learned with a flattened p take common items for rare ones.
- p is estimated with its full power, p_k ~ 0.9 mean of (p_k * product) + 0.1 the share of all grades at k: were it
  estimated from q, each round would flatten it again, and a crowd with one common level would lose to its majority.
- Nobody knows beforehand how good a crowd is. So two anchors stand side by side, a doubtful crowd (a = 0.45) and a good
  one (a = 0.95), and q is the mean of what they say.

Started from the vote shares, at most 20 rounds: run to convergence, it drifts as well. (A table of 100,000 items or more
has its first rounds on a sample of them, and goes on with all where these ended.) What is *reported* is a mean of
several views. q alone is too sure of itself where graders err alike; the shares of votes v do not know who is good; and
two equal grades are no certainty. So q and v weigh the same, and half a grade's weight goes to the opinion pool o, what
each grade by itself would make one believe (the mean over the item's grades of theta_j,k,y p_k^(2/3), each summing to 1):

    mixed = (1 - e) (q + v) / 2 + e o,    e = 0.5 / (n + 1),  n = the item's grades

A fourth view g has no confusions at all: a grader sees the level, or answers by habit (`relevance.quality.guessing`). It is
worse alone, errs on other items than the rest, and so gets a fifth of the weight where there are grades to tell the one from the other by:

    mixed <- (1 - c) mixed + c g,    c = 0.2 (1 - 1 / n)

Where the grades bear out a *plain crowd* (no habits, errors beside the truth; `relevance.quality.plain`) rather than this, q
and o are the plain crowd's by as much, w, as their evidence says, v weighs a tenth: it is no rival view of graders
who have one skill each, and g as much less. With one level in most items, all of the above would lose to the majority.

Last, what few grades can't tell: two people who agree may both have missed the point, and no sum over them shows it.
A quarter of an even vote is left standing against n squared; it moves no label, only how sure one may be of it.

    reported = (n^2 mixed + 0.25 / K) / (n^2 + 0.25)

Sources: Dawid & Skene (1979) doi:10.2307/2346806; mixtures of kinds of grader after Kim & Ghahramani (2012, PMLR 22)
and Venanzi et al. (2014) doi:10.1145/2566486.2567989; linear pooling after Genest & Zidek (1986)
doi:10.1214/ss/1177013825. The anchors, the few rounds and the mean of the views are ours; docs/quality.md shows what each is worth.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relevance.quality.guessing import Guessers, guessing, view
from relevance.quality.majority import vote_shares
from relevance.quality.pieces import Piece, believe, pieces
from relevance.quality.plain import GO_ON, Plain, entropy, evidence, plain, skills
from relevance.quality.sparse import by_items, incidence
from relevance.quality.table import Floats, Grades, Ints

SURE = 30.0  # nats of evidence after which the other account is not looked at
SAMPLE = 32_768  # items that are asked first, of a table that has many more
EACH = 100  # grades of each grader, on average, that must be among them
FOLDS = 5  # gold is used in fifths, so that no gold item is judged by its own gold


@dataclass(frozen=True, slots=True)
class Prior:
    """What is believed before the first grade; one set for all data. Counts are grades, shares are 0 to 1."""

    skill: tuple[float, ...] = (0.45, 0.95)  # a of each anchor
    trust: float = 12.0  # s
    people: tuple[float, ...] = (0.5, 0.1, 0.1, 0.3)  # w of an unknown grader: by G, harsh, lenient, by habit
    people_unordered: tuple[float, ...] = (0.7, 0.3)  # by G, by habit
    own: float = 4.0  # grades until a grader's mixture is his own rather than the crowd's
    habit: float = 2.0  # grades until his habit is his own rather than the overall shares
    crowd: float = 20.0  # graders (of weight near 1) until the crowd's mixture is its own
    temper: float = 2 / 3  # power of p in what is reported, and the least in the rounds
    steady: float = 0.1  # weight of the overall shares of the grades in p
    rounds: int = 20
    tolerance: float = 1e-3  # mean L1 change of q
    votes: float = 0.5  # weight of the vote shares beside q
    plain_votes: float = 0.1  # the same in a plain crowd
    opinions: float = 0.5  # grades' worth of weight on the opinion pool
    guesses: float = 0.2  # weight of the guessing crowd's view, where an item has many grades
    doubt: float = 0.25  # weight of an even distribution, against the grades' number squared


@dataclass(frozen=True, slots=True)
class Crowd:
    """What is known of the graders under one anchor: mixture (J, H + 1), habit (J, K), the crowd's mixture (H + 1,)."""

    mixture: Floats
    habit: Floats
    common: Floats


@dataclass(frozen=True, slots=True)
class Fit:
    """What the model says of a table. Of a table that is a plain crowd's for sure, the anchors say nothing.

    Attributes:
        shares: (N, K) the reported distribution of each item's level; rows sum to 1.
        posterior: (N, K) q, one of the views.
        guessed: (N, K) g, another; q by as much as the plain crowd weighs.
        hands: (A, J, K grade, K truth) theta under each anchor; A is 0 where these say nothing.
        prior: (K,) p, the anchors' or, where these say nothing, the plain crowd's.
        counts: (J, K grade, K truth) C.
        crowds: one an anchor.
        rounds: how many were done, those on a sample of a large table's items included.
        plain: the plain crowd's account; None where it says nothing.
        weight: w, from 0 to 1, of the plain crowd.
        guessers: the guessing crowd's account; None where the anchors say nothing.
        sharpness: the power that gold put on the reported shares (1 without gold).
    """

    shares: Floats
    posterior: Floats
    guessed: Floats
    hands: Floats
    prior: Floats
    counts: Floats
    crowds: tuple[Crowd, ...]
    rounds: int
    plain: Plain | None = None
    weight: float = 0.0
    guessers: Guessers | None = None
    sharpness: float = 1.0

    @property
    def confusion(self) -> Floats:
        """(J, K truth, K grade) how each grader grades each true level; rows sum to 1."""
        mean = np.zeros_like(self.counts)
        if len(self.hands):
            mean += (1 - self.weight) * self.hands.mean(axis=0)
        if self.plain is not None:
            mean += self.weight * self.plain.hands
        return np.asarray(mean.transpose(0, 2, 1))


def kernel(levels: int, right: float, ordered: bool = True) -> Floats:
    """(K, K) row k: how a grader who is right with probability `right` grades the true level k.

    >>> kernel(3, 0.8, ordered=False).round(2).tolist()
    [[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]]
    >>> kernel(3, 0.8).round(3).tolist()[0]      # 0.2 split as e^-1 to e^-2
    [0.8, 0.146, 0.054]
    """
    k = np.arange(levels)
    off = np.exp(-np.abs(k[:, None] - k)) if ordered else np.ones((levels, levels))
    np.fill_diagonal(off, 0)
    rows = off / off.sum(axis=1, keepdims=True) * (1 - right)
    np.fill_diagonal(rows, right)
    return np.asarray(rows)


def fit(grades: Grades, *, gold: Ints | None = None, prior: Prior | None = None) -> Fit:
    """The model's account of a table.

    Args:
        grades: any table; an item without a grade gets p, a grader without one his anchor.
        gold: (N,) the known level of an item, or -1. It anchors the graders' confusions and the confidence, and is never
            evidence of itself: a gold item's own distribution is computed in a fit that did not see its gold.
        prior: for experiments.

    Two who agree, against one who always says 3 whatever he sees:

    >>> from relevance.quality.table import table
    >>> items = ["a", "b", "c", "d", "e"]
    >>> rows = [(i, g, level) for i, t in zip(items, [0, 1, 2, 0, 1]) for g, level in (("x", t), ("y", t), ("z", 3))]
    >>> found = fit(table(*zip(*rows), levels=4).grades)
    >>> found.shares.argmax(axis=1).tolist()
    [0, 1, 2, 0, 1]
    >>> found.confusion[2].argmax(axis=1).tolist()      # z, whatever the truth
    [3, 3, 3, 3]
    """
    prior = prior or Prior()
    if gold is None or not (gold >= 0).any():
        return _fit(grades, None, prior)
    known = np.flatnonzero(gold >= 0)
    fold = np.full(len(gold), -1)
    fold[known] = np.arange(len(known)) % FOLDS
    whole = _fit(grades, gold, prior)
    shares, posterior, guessed = whole.shares.copy(), whole.posterior.copy(), whole.guessed.copy()
    for part in range(min(FOLDS, len(known))):
        held = fold == part
        blind = _fit(grades, np.where(held, -1, gold).astype(np.int32), prior)
        shares[held], posterior[held], guessed[held] = blind.shares[held], blind.posterior[held], blind.guessed[held]
    honest = shares.copy()
    graded = (grades.votes.sum(axis=1) > 0) & (gold >= 0)
    for part in range(min(FOLDS, len(known))):
        held = fold == part
        shares[held] = _power(honest[held], _sharpness(honest, gold, graded & ~held))
    sharp = _sharpness(honest, gold, graded)
    rest = gold < 0
    shares[rest] = _power(honest[rest], sharp)
    return replace(whole, shares=shares, posterior=posterior, guessed=guessed, sharpness=sharp)


def report(
    posterior: Floats,
    votes: Floats,
    opinions: Floats,
    prior: Prior | None = None,
    weight: float = 0.0,
    guessed: Floats | None = None,
) -> Floats:
    """(N, K) the views put together; rows sum to 1.

    Args:
        posterior: (N, K) q; all that counts where an item has no grade.
        votes: (N, K) counts of grades.
        opinions: (N, K) sums, over the item's grades, of what each by itself would make one believe.
        prior: for experiments.
        weight: of the plain crowd; all of it takes the votes down to their `plain_votes`.
        guessed: (N, K) the guessing crowd's view; none of it where it is left out.

    Two equal grades: e = 0.5 / 3, so 5/6 of (0.9 + 1) / 2 and 1/6 of the pool's 0.75 is 0.9167; then
    (4 * 0.9167 + 0.125) / 4.25.

    >>> report(np.array([[.9, .1]]), np.array([[2., 0.]]), np.array([[1.5, .5]])).round(4).tolist()
    [[0.8922, 0.1078]]
    """
    prior = prior or Prior()
    n = votes @ np.ones((votes.shape[1], 1))  # counts: exact in any order, and cheaper than a sum over short rows
    some = np.maximum(n, 1)
    extra = prior.opinions / (n + 1)
    trust = (1 - weight) * prior.votes + weight * prior.plain_votes
    shares = (1 - extra) * ((1 - trust) * posterior + trust * votes / some) + extra * opinions / some
    if guessed is not None:
        part = (1 - weight) * prior.guesses * (1 - 1 / some)
        shares = (1 - part) * shares + part * guessed
    shares = (n * n * shares + prior.doubt / votes.shape[1]) / (n * n + prior.doubt)
    return np.asarray(np.where(n > 0, shares, posterior))


def update(found: Fit, grades: Grades, before: Grades, items: NDArray[np.int64], prior: Prior | None = None) -> Fit:
    """A fit after a few more grades, at the cost of these few: warm restart.

    Only the items with new grades, and all graders, are computed anew; the others wait for the next full fit.

    Args:
        found: the fit so far.
        grades: all grades of the touched items, new ones included; codes of graders as in `found` (new graders
            behind the old ones), items numbered 0..T-1.
        before: the grades of these items that `found` knew.
        items: (T,) where the touched items stand in `found` (new items behind the old ones, in order).
        prior: for experiments.
    """
    prior = prior or Prior()
    size, graders = grades.levels, len(grades.graders)
    counts = np.zeros((graders, size, size))
    counts[: len(found.counts)] = found.counts
    total = max(len(found.posterior), int(items.max()) + 1 if len(items) else 0)
    posterior, shares, views = (
        np.vstack([old, np.full((total - len(old), size), 1 / size)])
        for old in (found.posterior, found.shares, found.guessed)
    )
    _, old_hands = incidence(before)
    old = np.asarray(old_hands @ posterior[items])
    counts[: len(old) // size] -= old.reshape(-1, size, size)
    by_item, by_hand = incidence(grades)
    if found.guessers is not None:
        found = replace(found, guessers=found.guessers.grown(graders))
    crowds = tuple(_grown(crowd, graders, size) for crowd in found.crowds)
    now, learned = posterior[items], found
    for _ in range(2):
        added = counts + np.asarray(by_hand @ now).reshape(graders, size, size)
        share = added.sum(axis=(0, 2)) / max(added.sum(), 1)
        settled = [_people(added, added.sum(axis=(1, 2)), share, kern, crowd, prior)
                   for kern, crowd in zip(_kernels(size, grades.ordered, prior), crowds, strict=False)]  # fmt: skip
        hands = np.stack([theta for _, theta in settled]) if settled else np.zeros((0, graders, size, size))
        simple = found.plain and replace(found.plain, hands=skills(added, grades.ordered))
        learned = replace(found, hands=hands, plain=simple)
        now, opinions, guessed = _said(learned, by_item, prior)
    posterior[items], views[items] = now, guessed
    shares[items] = _power(report(now, grades.votes, opinions, prior, found.weight, guessed), found.sharpness)
    counts = np.maximum(counts, 0) + np.asarray(by_hand @ now).reshape(graders, size, size)
    return replace(
        learned,
        shares=shares,
        posterior=posterior,
        guessed=views,
        counts=counts,
        crowds=tuple(crowd for crowd, _ in settled),
    )


def shares_of(found: Fit, grades: Grades, prior: Prior | None = None) -> Floats:
    """(N, K) what a fit says of items that it may not have seen, at the cost of these alone. Nothing is learned from them.

    Args:
        found: the fit.
        grades: the items' grades; codes of graders as in `found`, new graders behind the old ones: they are taken to
            grade as the others do on average.
        prior: for experiments.
    """
    prior = prior or Prior()
    new = len(grades.graders) - found.hands.shape[1]
    if new > 0:
        simple = found.plain and replace(found.plain, hands=_more(found.plain.hands, new, axis=0))
        guessers = found.guessers and found.guessers.grown(len(grades.graders))
        found = replace(found, hands=_more(found.hands, new, axis=1), plain=simple, guessers=guessers)
    by_item, _ = incidence(grades)
    q, opinions, guessed = _said(found, by_item, prior)
    return _power(report(q, grades.votes, opinions, prior, found.weight, guessed), found.sharpness)


def _said(found: Fit, by_item: Any, prior: Prior) -> tuple[Floats, Floats, Floats]:
    """(N, K) q, the sums of opinions and g, of items whose grades are `by_item` (N, J*K)."""
    size = len(found.prior)
    accounts = [(1 - found.weight, found.hands, found.prior, prior.temper)] if len(found.hands) else []
    if found.plain is not None:
        accounts.append((found.weight, found.plain.hands[None], found.plain.prior, 1.0))
    q, opinions = np.zeros((by_item.shape[0], size)), np.zeros((by_item.shape[0], size))
    for weight, hands, p, power in accounts:
        sums = np.asarray(by_item @ np.hstack([_logs(hands), _opinions(hands, p, power)]))
        q += weight * believe(sums[:, :-size], p, np.power(p, power))[0]
        opinions += weight * sums[:, -size:]
    if found.guessers is None:
        return q, opinions, q
    return q, opinions, (1 - found.weight) * view(found.guessers, by_item) + found.weight * q


def _more(hands: Floats, new: int, axis: int) -> Floats:
    """Room for graders who are new: they grade as the others do on average."""
    return np.concatenate([hands, np.repeat(hands.mean(axis=axis, keepdims=True), new, axis=axis)], axis=axis)


def _fit(grades: Grades, gold: Ints | None, prior: Prior) -> Fit:
    """The accounts that the grades bear out, and what they say together."""
    n, size = len(grades.items), grades.levels
    asked = max(SAMPLE, EACH * len(grades.graders) * n // max(len(grades), 1))
    lead = 0.0  # of the anchors over the plain crowd, in nats
    first: tuple[Anchored, Plain] | tuple[None, None] = None, None
    begun: Guessers | None = None
    if n >= 3 * asked:
        rows = np.arange(asked) * n // asked  # spread evenly: ids often rise with time
        few, known = _some(grades, rows), None if gold is None else gold[rows]
        first = _accounts(few, known, prior)
        lead = _lead(*first)
        begun = guessing(few, _cut(few, known)[1]) if lead > -SURE else None
    by_item, parts, certain = _cut(grades, gold)
    anchored = _anchored(grades, by_item, parts, certain, prior, first[0]) if lead > -SURE else None
    simple = plain(grades, parts, certain, first[1]) if lead < SURE else None
    if anchored is not None and simple is not None:
        lead = _lead(anchored, simple)
        anchored, simple = anchored if lead > -SURE else None, simple if lead < SURE else None
    weight = 0.0 if simple is None else 1.0 if anchored is None else 1 / (1 + float(np.exp(lead)))
    found = _together(anchored, simple, weight)
    if anchored is not None:
        found = replace(found, guessers=guessing(grades, parts, begun))
    shares, posterior, guessed, votes = np.empty((n, size)), np.empty((n, size)), np.empty((n, size)), grades.votes
    for part in parts:
        at = part.rows
        posterior[at], opinions, guessed[at] = _said(found, by_item[at], prior)
        shares[at] = report(posterior[at], votes[at], opinions, prior, weight, guessed[at])
    return replace(found, shares=shares, posterior=posterior, guessed=guessed)


@dataclass(frozen=True, slots=True)
class Anchored:
    """The anchors' account of a table (see `Fit`) and its evidence in nats."""

    hands: Floats
    prior: Floats
    counts: Floats
    crowds: tuple[Crowd, ...]
    rounds: int
    evidence: float


def _accounts(grades: Grades, gold: Ints | None, prior: Prior) -> tuple[Anchored, Plain]:
    by_item, parts, certain = _cut(grades, gold)
    return _anchored(grades, by_item, parts, certain, prior), plain(grades, parts, certain)


def _lead(anchored: Anchored, simple: Plain) -> float:
    return float(np.clip(anchored.evidence - simple.evidence, -700, 700))


def _together(anchored: Anchored | None, simple: Plain | None, weight: float) -> Fit:
    none = np.zeros((0, 0))
    if anchored is None:
        assert simple is not None
        hands = np.zeros((0, *simple.hands.shape))
        return Fit(none, none, none, hands, simple.prior, simple.counts, (), simple.rounds, simple, weight)
    counts = anchored.counts if simple is None else (1 - weight) * anchored.counts + weight * simple.counts
    return Fit(
        none, none, none, anchored.hands, anchored.prior, counts, anchored.crowds, anchored.rounds, simple, weight
    )


def _some(grades: Grades, rows: NDArray[np.int64]) -> Grades:
    """Some of the items, and all graders."""
    place = np.full(len(grades.items), -1, dtype=np.int32)
    place[rows] = np.arange(len(rows))
    kept = np.flatnonzero(place[grades.item] >= 0)
    return Grades(
        place[grades.item[kept]], grades.grader[kept], grades.level[kept], grades.items[rows], grades.graders,
        grades.levels, grades.ordered,
    )  # fmt: skip


def _cut(grades: Grades, gold: Ints | None) -> tuple[Any, list[Piece], Floats]:
    """`by_items`, the pieces, and the levels of the gold items (n, K)."""
    by_item = by_items(grades)
    known = np.zeros(0, dtype=np.int64) if gold is None else np.flatnonzero(gold >= 0)
    certain = np.eye(grades.levels)[gold[known]] if gold is not None else np.zeros((0, grades.levels))
    return by_item, pieces(by_item, known, certain), certain


def _anchored(
    grades: Grades, by_item: Any, parts: list[Piece], certain: Floats, prior: Prior, begun: Anchored | None = None
) -> Anchored:
    size, n, graders = grades.levels, len(grades.items), len(grades.graders)
    answers = np.bincount(grades.grader, minlength=graders).astype(np.float64)
    overall = np.bincount(grades.level, minlength=size) / max(len(grades), 1)
    kernels = _kernels(size, grades.ordered, prior)
    people = np.array(prior.people if grades.ordered else prior.people_unordered)
    crowds = tuple(
        Crowd(np.tile(people, (graders, 1)), np.tile(overall, (graders, 1)), people.copy()) for _ in prior.skill
    )
    powers = np.array([_on_the_way(part, prior) for part in range(int(np.diff(by_item.indptr).max(initial=0)) + 1)])
    counts, total = np.zeros((graders * size, size)), certain.sum(axis=0)
    if begun is None:
        q = vote_shares(grades).astype(np.float32)  # seven digits do on the way; the last round has them all
        for part in parts:
            counts += part.hands(q[part.rows])
            votes = q[part.rows] if part.unknown is None else q[part.rows] * part.unknown[:, None]
            total = total + votes.sum(axis=0, dtype=np.float64)
    else:
        q = np.zeros((n, size), dtype=np.float32)
    done = 0 if begun is None else max(0, min(begun.rounds, prior.rounds - GO_ON))
    while done < prior.rounds:
        done += 1
        believed = counts.reshape(graders, size, size)
        if begun is None:
            p = (1 - prior.steady) * (total + 1) / (n + size) + prior.steady * overall
            settled = [
                _people(believed, answers, overall, kern, crowd, prior)
                for kern, crowd in zip(kernels, crowds, strict=True)
            ]
            crowds = tuple(crowd for crowd, _ in settled)
            hands = np.stack([theta for _, theta in settled])
        else:
            p, crowds, hands, believed, begun = begun.prior, begun.crowds, begun.hands, begun.counts, None
        logs, weak = _logs(hands).astype(np.float32), np.power(p, powers[:, None])
        counts, total, change = np.zeros((graders * size, size)), certain.sum(axis=0), 0.0
        for part in parts:
            moved, levels = believe(part.grades @ logs, p, weak[part.n], part.unknown)
            change += float(np.abs(moved - q[part.rows]).sum())
            q[part.rows] = moved
            counts += part.hands(moved)
            total = total + levels
        if change / max(n, 1) < prior.tolerance:
            break
    # The bound is taken at what is reported, p to the power of the report.
    last, total, unsure = np.zeros((graders * size, size)), certain.sum(axis=0), 0.0
    weak = np.power(p, prior.temper)
    for part in parts:
        said, _ = believe(part.grades @ logs, p, weak, part.unknown)
        last += part.hands(said)
        if part.unknown is not None:
            said = said * part.unknown[:, None]
        total = total + said.sum(axis=0, dtype=np.float64)
        unsure += entropy(said)
    bases = [_base(crowd.mixture, crowd.habit, kern) for crowd, kern in zip(crowds, kernels, strict=True)]
    by_hand = last.reshape(graders, size, size)
    best = max(evidence(by_hand, total, unsure, prior.trust * base) for base in bases)
    return Anchored(hands, p, believed, crowds, done, best)


def _on_the_way(n: int, prior: Prior) -> float:
    """The power of p in a round, for an item with n grades."""
    return max(prior.temper, 1 - 1 / n) if n else prior.temper


def _people(
    counts: Floats, answers: Floats, overall: Floats, kern: Floats, crowd: Crowd, prior: Prior
) -> tuple[Crowd, Floats]:
    """One anchor's graders after a round: their mixtures and habits, and theta (J, K grade, K truth)."""
    first = np.array(prior.people if len(kern) == 3 else prior.people_unordered)
    mixture, habit, common = crowd.mixture, crowd.habit, crowd.common
    weight = answers / (answers + 20)
    for _ in range(2):
        base = _base(mixture, habit, kern)
        ratio = counts / base
        by_habit = mixture[:, -1:] * habit * ratio.sum(axis=2)
        soft = np.column_stack(
            [mixture[:, :-1] * np.einsum("jlk,hlk->jh", ratio, kern), by_habit.sum(axis=1, keepdims=True)]
        )
        mixture = (soft + prior.own * common) / (answers + prior.own)[:, None]
        habit = by_habit + prior.habit * overall
        habit = habit / habit.sum(axis=1, keepdims=True)
        common = ((weight[:, None] * mixture).sum(axis=0) + prior.crowd * first) / (weight.sum() + prior.crowd)
    base = _base(mixture, habit, kern)
    theta = (counts + prior.trust * base) / (counts.sum(axis=1, keepdims=True) + prior.trust)
    return Crowd(mixture, habit, common), theta


def _base(mixture: Floats, habit: Floats, kern: Floats) -> Floats:
    return np.asarray(np.einsum("jh,hlk->jlk", mixture[:, :-1], kern) + (mixture[:, -1:] * habit)[:, :, None])


def _kernels(levels: int, ordered: bool, prior: Prior) -> list[Floats]:
    """An anchor's kinds of grader: (H, K grade, K truth)."""
    k = np.arange(levels)
    found = []
    for skill in prior.skill:
        rows = kernel(levels, 1 / levels + (1 - 1 / levels) * skill, ordered)
        kinds = [rows, rows[np.maximum(k - 1, 0)], rows[np.minimum(k + 1, levels - 1)]] if ordered else [rows]
        found.append(np.stack([kind.T for kind in kinds]))
    return found


def _grown(crowd: Crowd, graders: int, levels: int) -> Crowd:
    """Room for graders who are new: they start as the crowd is."""
    new = graders - len(crowd.mixture)
    if new <= 0:
        return crowd
    return Crowd(
        np.vstack([crowd.mixture, np.tile(crowd.common, (new, 1))]),
        np.vstack([crowd.habit, np.full((new, levels), 1 / levels)]),
        crowd.common,
    )


def _logs(hands: Floats) -> Floats:
    """(J*K, A*K) log theta, one row a hand, one block of columns an anchor."""
    anchors, graders, size, _ = hands.shape
    return np.log(hands).transpose(1, 2, 0, 3).reshape(graders * size, anchors * size)


def _opinions(hands: Floats, p: Floats, power: float) -> Floats:
    """(J*K, K) what one grade by itself would make one believe, one row a hand."""
    belief = hands * np.power(p, power)
    belief /= belief.sum(axis=3, keepdims=True)
    return np.asarray(belief.mean(axis=0).reshape(-1, hands.shape[3]))


def _power(shares: Floats, power: float) -> Floats:
    if power == 1:
        return shares
    raised = np.power(shares, power)
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def _sharpness(shares: Floats, gold: Ints, rows: NDArray[np.bool_], worth: float = 30.0) -> float:
    """The power of the shares that gold bears out best; `worth` gold items hold it at 1."""
    at = np.flatnonzero(rows)
    if len(at) == 0:
        return 1.0
    p, truth = np.maximum(shares[at], 1e-6), gold[at]
    powers = np.exp(np.linspace(np.log(0.3), np.log(3.0), 93))
    best, power = -np.inf, 1.0
    for candidate in powers:
        raised = _power(p, float(candidate))
        gain = float(np.log(raised[np.arange(len(at)), truth]).sum()) - worth * float(np.log(candidate)) ** 2
        if gain > best:
            best, power = gain, float(candidate)
    return power
