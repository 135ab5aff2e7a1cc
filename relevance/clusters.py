"""Which disputes one rule would settle.

A cluster is found by what its cases say alike: keyword, family, rules cited, words of the notes, flags, and the levels
between which they stand. Each of these kinds is a block of tokens. With x_it how often case i holds token t, and for
a cluster c the smoothed share p_ct of its block that token t has, against the share b_t among all disputes,

    fit_ic = ln(n_c / N) + sum over t of x_it a_t ln(p_ct / b_t),      p_ct = (n_ct + s b_t) / (n_c,block + s)

is the log-odds that i belongs to c rather than to nothing (naive Bayes against the background; a_t halves tokens that
say the same twice, such as a keyword and its family). A case belongs where it fits best, if at least with even odds.
Clusters are grown one after the other from the combination (token, level pair) that is seen most beyond chance
among what is left, then all cases are given to the best cluster once more. A cluster whose grades do not stand between
two levels is none: one rule would not settle it. Near-duplicates of a member follow it.

Nothing here is random: the same records give the same clusters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from relevance.cases import FLAG_KINDS, LEVELS, Cases, Codes, Flags, Floats

PAIRS = [(low, high) for low in range(LEVELS) for high in range(low + 1, LEVELS)]
BLOCKS = ("keyword", "family", "rule", "word", "flag", "level")


@dataclass(frozen=True, slots=True)
class Growing:
    """How clusters are grown. Counts are cases, shares are 0 to 1."""

    least: int = 3  # members without which it is no cluster
    smooth: float = 3.0  # s
    excess: float = 2.5  # (seen - expected) / sqrt(expected + 1) of a seed
    most: int = 400  # clusters at a time
    two_levels: float = 0.82  # of a cluster's grades, the share that stands at its two levels
    belongs: float = 0.0  # least log-odds
    keyword: float = 0.7  # a_t of keywords and families: each says a part of what the other says
    rounds: int = 3


@dataclass(frozen=True, slots=True)
class Component:
    """What holds a cluster together, in a form that new cases can be held against (also after it was decided).

    Attributes:
        gain: (T,) a_t ln(p_ct / b_t) of every token.
        prior: ln(n_c / N).
        pair: its two levels, the lower first.
        size: members when it was grown.
    """

    gain: NDArray[np.float32]
    prior: float
    pair: tuple[int, int]
    size: int


@dataclass(frozen=True, slots=True)
class Tokens:
    """The cases as a sparse matrix of tokens (N, T), and where each block of columns begins."""

    matrix: Any
    start: dict[str, int]
    block: Codes  # (T,) which of BLOCKS
    twin: Codes


@dataclass(frozen=True, slots=True)
class Clusters:
    """The clusters of N cases.

    Attributes:
        of: (N,) the cluster's place in `components`, or -1: it stands by itself.
        fit: (N,) log-odds that it belongs there; -inf by itself.
        components: what holds each together.
    """

    of: Codes
    fit: Floats
    components: tuple[Component, ...]

    def members(self, cluster: int) -> NDArray[np.int64]:
        """Rows of a cluster's cases, those that fit best first."""
        rows = np.flatnonzero(self.of == cluster)
        return rows[np.argsort(-self.fit[rows], kind="stable")]


def tokens(cases: Cases, sizes: dict[str, int]) -> Tokens:
    """The cases' tokens. `sizes`: how many codes there are of keyword, family, rule and word."""
    wide = {**sizes, "flag": len(FLAG_KINDS), "level": LEVELS}
    start, at = {}, 0
    for name in BLOCKS:
        start[name] = at
        at += wide[name]
    n = len(cases)
    every = np.arange(n)
    has_family = cases.family >= 0
    flagged, flag = np.nonzero(cases.flags)
    graded, level = np.nonzero(cases.votes)
    rows = [every, every[has_family], cases.rules[:, 0], cases.words[:, 0], flagged, graded]
    columns = [
        start["keyword"] + cases.keyword, start["family"] + cases.family[has_family], start["rule"] + cases.rules[:, 1],
        start["word"] + cases.words[:, 1], start["flag"] + flag, start["level"] + level,
    ]  # fmt: skip
    data = np.concatenate([np.ones(sum(len(one) for one in rows[:-1])), cases.votes[graded, level]])
    matrix = sparse.csr_matrix(
        (data, (np.concatenate(rows), np.concatenate(columns))), shape=(n, at), dtype=np.float32
    )  # fmt: skip
    block = np.repeat(np.arange(len(BLOCKS)), [wide[name] for name in BLOCKS])
    return Tokens(matrix, start, block, cases.twin)


def pair_of(votes: Floats) -> Codes:
    """(N,) place in PAIRS of the two levels between which the grades stand; -1 where they are not exactly two.

    >>> pair_of(np.array([[1., 1, 0, 0], [0, 0, 2, 0], [1, 0, 0, 2]])).tolist()
    [0, -1, 2]
    """
    found = np.full(len(votes), -1, dtype=np.int64)
    exactly = (votes > 0).sum(axis=1) == 2
    for place, (low, high) in enumerate(PAIRS):
        found[exactly & (votes[:, low] > 0) & (votes[:, high] > 0)] = place
    return found


def grow(cases: Cases, sizes: dict[str, int], how: Growing | None = None) -> Clusters:
    """The clusters of the cases, none of which belongs to a known rule; see the module.

    Args:
        cases: the disputes.
        sizes: how many codes there are of keyword, family, rule and word.
        how: the thresholds.
    """
    how = how or Growing()
    n = len(cases)
    alone = Clusters(np.full(n, -1, dtype=np.int64), np.full(n, -np.inf), ())
    if n < how.least:
        return alone
    said = tokens(cases, sizes)
    pair = pair_of(cases.votes)
    background = _background(said)
    weights = np.where(said.block < 2, how.keyword, 1.0)
    seeds = _Seeds(said, pair)
    free = np.ones(n, dtype=bool)
    spent: set[int] = set()
    components: list[Component] = []
    while len(components) < how.most:
        seed = seeds.best(how, spent)
        if seed is None:
            break
        spent.add(seed[0])
        component, rows = _grown(said, background, weights, free, seed[1], how)
        if component is not None:
            components.append(component)
            free[rows] = False
            seeds.take(rows)
    if not components:
        return alone
    for _ in range(2):  # all cases to the best cluster, and the clusters anew from what they then hold
        of, fit = _best(said.matrix, components, how)
        components = [
            again
            for place in range(len(components))
            if (again := _component(said, background, weights, np.flatnonzero(of == place), how)) is not None
        ]
        if not components:
            return alone
    of, fit = _best(said.matrix, components, how)
    of, fit = _twins(said.twin, cases.votes, of, fit, components)
    size = np.bincount(of[of >= 0], minlength=len(components))
    of[(of >= 0) & (size[of] < how.least)] = -1
    kept = np.flatnonzero(np.bincount(of[of >= 0], minlength=len(components)) >= how.least)
    renumber = np.full(len(components) + 1, -1)
    renumber[kept] = np.arange(len(kept))
    of = renumber[of]
    return Clusters(of, np.where(of >= 0, fit, -np.inf), tuple(components[place] for place in kept))


def assign(
    cases: Cases, sizes: dict[str, int], components: tuple[Component, ...], how: Growing | None = None
) -> Clusters:
    """The cases held against clusters that are known already, such as those that were decided."""
    how = how or Growing()
    if not components or not len(cases):
        return Clusters(np.full(len(cases), -1, dtype=np.int64), np.full(len(cases), -np.inf), components)
    said = tokens(cases, sizes)
    wide = said.matrix.shape[1]
    of, fit = _best(said.matrix, [_widened(one, wide) for one in components], how)
    return Clusters(of, fit, components)


def _widened(one: Component, wide: int) -> Component:
    if len(one.gain) != wide:
        raise ValueError(f"A component of {len(one.gain)} tokens was held against cases of {wide}.")
    return one


def _background(said: Tokens) -> Floats:
    """(T,) each token's share of its block among all cases."""
    count = np.asarray(said.matrix.sum(axis=0)).ravel().astype(np.float64) + 0.5
    total = np.bincount(said.block, weights=count)
    return np.asarray(count / total[said.block])


class _Seeds:
    """How often each (token, pair) is seen among what is left, against what chance would give."""

    def __init__(self, said: Tokens, pair: Codes) -> None:
        words = said.block < BLOCKS.index("flag")
        self.tokens = np.flatnonzero(words)
        self.matrix = said.matrix[:, self.tokens].tocsr()
        self.by_token = self.matrix.tocsc()
        self.pair = pair
        self.seen = np.zeros((len(self.tokens), len(PAIRS)))
        for place in range(len(PAIRS)):
            self.seen[:, place] = np.asarray(self.matrix[pair == place].sum(axis=0)).ravel()
        # What chance gives is taken once, from all cases: what is left must not make its own rest look rare.
        total = max(self.seen.sum(), 1)
        block = said.block[self.tokens]
        per_block = np.stack([self.seen[block == one].sum(axis=0) for one in range(BLOCKS.index("flag"))])
        share = self.seen.sum(axis=1) / np.maximum(per_block[block].sum(axis=1), 1)
        self.expected = share[:, None] * per_block[block]
        # A token that says nothing but how frequent it is (a word, a rule) needs another measure: its like by chance.
        self.typical = np.stack([self._typical(per_block[one], int((block == one).sum())) for one in range(4)])[block]
        self.left = np.ones(len(pair), dtype=bool)
        del total

    @staticmethod
    def _typical(per_pair: Floats, wide: int) -> Floats:
        return np.asarray(per_pair / max(wide, 1))

    def best(self, how: Growing, spent: set[int]) -> tuple[int, NDArray[np.int64]] | None:
        """The seed seen most beyond chance, and its cases."""
        expected = np.minimum(self.expected, np.maximum(self.typical, self.expected / 4))
        beyond = (self.seen - expected) / np.sqrt(expected + 1)
        flat = beyond.ravel()
        if spent:
            flat[list(spent)] = -np.inf
        flat[self.seen.ravel() < how.least] = -np.inf
        at = int(np.argmax(flat))
        if flat[at] < how.excess:
            return None
        token, place = divmod(at, len(PAIRS))
        column = self.by_token.indices[self.by_token.indptr[token] : self.by_token.indptr[token + 1]]
        return at, column[(self.pair[column] == place) & self.left[column]].astype(np.int64)

    def take(self, rows: NDArray[np.int64]) -> None:
        """These cases have a cluster."""
        self.left[rows] = False
        for place in range(len(PAIRS)):
            mine = rows[self.pair[rows] == place]
            if len(mine):
                self.seen[:, place] -= np.asarray(self.matrix[mine].sum(axis=0)).ravel()


def _component(
    said: Tokens, background: Floats, weights: Floats, rows: NDArray[np.int64], how: Growing
) -> Component | None:
    """What these rows have in common; None if they are too few or stand at more than two levels."""
    if len(rows) < how.least:
        return None
    count = np.asarray(said.matrix[rows].sum(axis=0)).ravel().astype(np.float64)
    level = count[said.start["level"] :]
    low, high = sorted(np.argsort(-level, kind="stable")[:2].tolist())
    if level[low] + level[high] < how.two_levels * level.sum():
        return None
    total = np.bincount(said.block, weights=count, minlength=len(BLOCKS))
    share = (count + how.smooth * background) / (total[said.block] + how.smooth)
    gain = weights * np.log(share / background)
    return Component(gain.astype(np.float32), float(np.log(len(rows) / said.matrix.shape[0])), (low, high), len(rows))


def _grown(
    said: Tokens, background: Floats, weights: Floats, free: Flags, rows: NDArray[np.int64], how: Growing
) -> tuple[Component | None, NDArray[np.int64]]:
    component = _component(said, background, weights, rows, how)
    open_rows = np.flatnonzero(free)
    among = said.matrix[open_rows]
    for _ in range(how.rounds):
        if component is None:
            return None, rows
        fit = among @ component.gain + component.prior
        found = open_rows[fit > how.belongs]
        if len(found) == len(rows) and np.array_equal(found, rows):
            break
        rows = found
        component = _component(said, background, weights, rows, how)
    return component, rows


def _best(matrix: Any, components: list[Component], how: Growing) -> tuple[Codes, Floats]:
    """Of each case the cluster that it fits best, and how well; -1 where none does."""
    of = np.full(matrix.shape[0], -1, dtype=np.int64)
    fit = np.full(matrix.shape[0], how.belongs)
    for at in range(0, len(components), 64):  # in blocks: 100,000 x 400 scores need not stand in memory at once
        part = components[at : at + 64]
        scores = matrix @ np.stack([one.gain for one in part]).T + np.array([one.prior for one in part])
        top = scores.argmax(axis=1)
        value = scores[np.arange(len(top)), top]
        better = value > fit
        of[better], fit[better] = top[better] + at, value[better]
    return of, np.where(of >= 0, fit, -np.inf)


def _twins(twin: Codes, votes: Floats, of: Codes, fit: Floats, components: list[Component]) -> tuple[Codes, Floats]:
    """A near-duplicate of a member that stands alone follows it, if a grade of it stands at the cluster's levels."""
    of, fit = of.copy(), fit.copy()
    for row in np.flatnonzero((twin >= 0) & (of >= 0)):
        for other in np.flatnonzero((twin == twin[row]) & (of < 0)):
            low, high = components[of[row]].pair
            if votes[other, low] + votes[other, high] > 0:
                of[other], fit[other] = of[row], 0.0
    return of, fit


def telling(members: NDArray[np.int64], cases: Cases, n: int = 3) -> NDArray[np.int64]:
    """The cases that show best what a cluster is about: of the third that fits best, those graded most evenly.

    Args:
        members: as `Clusters.members` gives them.
    """
    first = members[: max(n, -(-len(members) // 3))]
    votes = cases.votes[first]
    even = votes.min(axis=1, where=votes > 0, initial=np.inf)
    even = np.where((votes > 0).sum(axis=1) == 2, even, 0)
    return first[np.argsort(-even, kind="stable")[:n]]


@dataclass(frozen=True, slots=True)
class Why:
    """What holds a cluster together, strongest first: (kind, code, members that have it). `n`: its members."""

    n: int
    pair: tuple[int, int]
    shared: tuple[tuple[str, int, int], ...]


def why(cases: Cases, rows: NDArray[np.int64], component: Component, sizes: dict[str, int], most: int = 4) -> Why:
    """Names what a cluster's cases share, for the line that the screen shows."""
    said = tokens(cases.only(rows), sizes)
    count = np.asarray((said.matrix > 0).sum(axis=0)).ravel()
    worth = count * np.maximum(component.gain, 0)
    worth[said.block == BLOCKS.index("level")] = 0
    worth[count < max(2, 0.1 * len(rows))] = 0
    found = []
    for at in np.argsort(-worth, kind="stable")[:most]:
        if worth[at] > 0:
            kind = BLOCKS[said.block[at]]
            found.append((kind, int(at - said.start[kind]), int(count[at])))
    return Why(len(rows), component.pair, tuple(found))
