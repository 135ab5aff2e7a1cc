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

from relevance.cases import FLAG_KINDS, LEVELS, Cases, Codes, Flags, Floats

PAIRS = [(low, high) for low in range(LEVELS) for high in range(low + 1, LEVELS)]
BLOCKS = ("keyword", "family", "rule", "word", "flag", "level")


@dataclass(frozen=True, slots=True)
class Growing:
    """How clusters are grown. Counts are cases, shares are 0 to 1."""

    least: int = 3  # members without which it is no cluster
    smooth: float = 6.0  # s
    excess: float = 2.0  # (seen - expected) / sqrt(expected + 1) of a seed
    most: int = 400  # clusters at a time
    two_levels: float = 0.75  # of a cluster's grades, the share that stands at its two levels
    belongs: float = 0.6  # least log-odds
    keyword: float = 0.7  # a_t of keywords and families: each says a part of what the other says
    shares: float = 0.25  # of a cluster's cases, those that have its strongest keyword, family, rule or word
    rounds: int = 3
    unseen: float = 25.0  # cases that a cluster is taken to have beyond those that were found
    far_keyword: float = 0.6  # of a cluster two levels apart and more, the share of its strongest keyword
    few: int = 60  # among fewer cases nothing can be told from chance: keyword and levels alone make clusters


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
    from scipy import sparse  # a tenth of a second that a server's start need not wait for

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


def _plain(said: Tokens, background: Floats, cases: Cases, pair: Codes, how: Growing) -> Clusters:
    """Among few cases: those of one keyword that were flagged alike, or whose grades stand between the same two levels."""
    of, components = np.full(len(cases), -1, dtype=np.int64), list[Component]()
    total = np.bincount(said.block, minlength=len(BLOCKS))
    no_rule = cases.flags[:, FLAG_KINDS.index("no_rule")] > 0
    flagged = np.where(no_rule, cases.keyword, -1)  # few of them have been graded to the end: their levels say little
    between = np.where(pair >= 0, cases.keyword * len(PAIRS) + pair, -1)
    for key in (flagged, between):
        for one in np.unique(key[key >= 0]):
            rows = np.flatnonzero((key == one) & (of < 0))
            levels = _two_levels(cases.votes[rows].sum(axis=0), how)
            if len(rows) < how.least or levels is None:
                continue
            of[rows] = len(components)
            count = np.asarray(said.matrix[rows].sum(axis=0)).ravel()
            share = (count + 1) / (np.bincount(said.block, weights=count)[said.block] + total[said.block])
            gain = np.log(share / background).astype(np.float32)
            gain[int(said.start["keyword"] + cases.keyword[rows[0]])] = max(1.0, gain.max())
            components.append(Component(gain, float(np.log(len(rows) / len(cases))), levels, len(rows)))
    return Clusters(of, np.where(of >= 0, 1.0, -np.inf), tuple(components))


def _two_levels(votes: Floats, how: Growing) -> tuple[int, int] | None:
    """The two levels at which grades stand, the lower first; where they stand at one, it and its neighbour. None: at no two.

    >>> _two_levels(np.array([0.0, 4, 1, 5]), Growing()), _two_levels(np.array([0.0, 0, 0, 2]), Growing())
    ((1, 3), (2, 3))
    """
    low, high = sorted(np.argsort(-votes, kind="stable")[:2].tolist())
    if not votes.any() or votes[low] + votes[high] < how.two_levels * votes.sum():
        return None
    if not votes[low] or not votes[high]:
        only = low if votes[low] else high
        return (only, only + 1) if only < LEVELS - 1 else (only - 1, only)
    return low, high


@dataclass(frozen=True, slots=True)
class Codebook:
    """The codes of a project, and how often each is met among all its items, disputed or not.

    Attributes:
        keyword: (K,) items of each keyword, 0 included.
        family: (F,) items of each family.
        rules, words: how many codes there are.
    """

    keyword: Floats
    family: Floats
    rules: int
    words: int

    @property
    def sizes(self) -> dict[str, int]:
        """How many codes there are of each kind."""
        return {"keyword": len(self.keyword), "family": len(self.family), "rule": self.rules, "word": self.words}


def grow(cases: Cases, book: Codebook, how: Growing | None = None) -> Clusters:
    """The clusters of the cases, none of which belongs to a known rule; see the module.

    Args:
        cases: the disputes.
        book: the codes, with how frequent keywords and families are among all items: a frequent keyword has many
            disputes and need not be ambiguous.
        how: the thresholds.
    """
    how = how or Growing()
    n = len(cases)
    alone = Clusters(np.full(n, -1, dtype=np.int64), np.full(n, -np.inf), ())
    if n < how.least:
        return alone
    said = tokens(cases, book.sizes)
    pair = pair_of(cases.votes)
    background = _background(said, book)
    if n < how.few:
        return _plain(said, background, cases, pair, how)
    weights = np.where(said.block < 2, how.keyword, 1.0)
    seeds = _Seeds(said, pair, background)
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


def belongs(clusters: Clusters) -> Floats:
    """(N,) how probable it is that each case is of the cluster that it is in; 1 for one that stands by itself.

    >>> belongs(Clusters(np.array([0, 0, -1]), np.array([0., np.log(3), -np.inf]), ())).tolist()
    [0.5, 0.75, 1.0]
    """
    return np.where(clusters.of >= 0, 1 / (1 + np.exp(-np.clip(clusters.fit, -30, 30))), 1.0)


def assign(cases: Cases, book: Codebook, components: tuple[Component, ...], how: Growing | None = None) -> Clusters:
    """The cases held against clusters that are known already, such as those that were decided."""
    how = how or Growing()
    if not components or not len(cases):
        return Clusters(np.full(len(cases), -1, dtype=np.int64), np.full(len(cases), -np.inf), components)
    said = tokens(cases, book.sizes)
    of, fit = _best(said.matrix, list(components), how)
    return Clusters(of, fit, components)


def _background(said: Tokens, book: Codebook) -> Floats:
    """(T,) each token's share of its block: of keywords and families among all items, of the rest among the cases."""
    count = np.asarray(said.matrix.sum(axis=0)).ravel().astype(np.float64)
    count[: len(book.keyword)] = book.keyword
    count[said.start["family"] : said.start["rule"]] = book.family
    count += 0.5
    total = np.bincount(said.block, weights=count)
    return np.asarray(count / total[said.block])


class _Seeds:
    """How often each (token, pair) is seen among what is left, against what chance would give."""

    def __init__(self, said: Tokens, pair: Codes, background: Floats) -> None:
        words = said.block < BLOCKS.index("flag")
        self.tokens = np.flatnonzero(words)
        self.matrix = said.matrix[:, self.tokens].tocsr()
        self.by_token = self.matrix.tocsc()
        self.pair = pair
        self.seen = np.zeros((len(self.tokens), len(PAIRS)))
        for place in range(len(PAIRS)):
            self.seen[:, place] = np.asarray(self.matrix[pair == place].sum(axis=0)).ravel()
        # What chance gives is taken once, from all cases: what is left must not make its own rest look rare.
        block = said.block[self.tokens]
        per_block = np.stack([self.seen[block == one].sum(axis=0) for one in range(BLOCKS.index("flag"))])
        share = background[self.tokens].copy()
        # A rule or a word has no frequency apart from the disputes: its like are the others of its kind.
        for one in (BLOCKS.index("rule"), BLOCKS.index("word")):
            share[block == one] = np.minimum(share[block == one], 1 / max((block == one).sum(), 1))
        self.expected = share[:, None] * per_block[block]
        self.left = np.ones(len(pair), dtype=bool)

    def best(self, how: Growing, spent: set[int]) -> tuple[int, NDArray[np.int64]] | None:
        """The seed seen most beyond chance, and its cases."""
        beyond = (self.seen - self.expected) / np.sqrt(self.expected + 1)
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
    if high - low > 1 and count[: said.start["family"]].max() < how.far_keyword * len(rows):
        return None  # neither a gap nor a boundary lies so far apart: only two readings of a keyword do
    named = said.start["flag"]
    if not (count[:named][gain[:named] > 1] >= how.shares * len(rows)).any():
        return None  # nothing that could be said in a line holds it together
    return Component(
        gain.astype(np.float32), float(np.log((len(rows) + how.unseen) / said.matrix.shape[0])), (low, high), len(rows)
    )


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


LOOKS = (0.0, 0.25, 0.5, 0.75, 0.95)  # how far down a cluster, by fit, its telling cases stand


def telling(members: NDArray[np.int64]) -> NDArray[np.int64]:
    """The cases to look at before a cluster is decided: the one that fits best, and some further and further down.

    Args:
        members: as `Clusters.members` gives them.

    >>> telling(np.arange(100, 121)).tolist(), telling(np.array([7])).tolist()
    ([100, 105, 110, 115, 119], [7])
    """
    places = sorted({round(share * (len(members) - 1)) for share in LOOKS})
    return members[places]


def reach(members: NDArray[np.int64], alike: list[bool]) -> NDArray[np.int64]:
    """How far a decision on the telling cases may go: down to the last of them that is like the first, and no further.

    The rest of the cluster stays disputed. One that stands near the end speaks for the few behind it too.

    Args:
        members: as `Clusters.members` gives them.
        alike: of each telling case, whether the same rule settles it as the first.

    >>> members = np.arange(100, 121)
    >>> [len(reach(members, [True, *rest])) for rest in ([True] * 4, [True, True, False, False], [False] * 4)]
    [21, 11, 1]
    """
    places = sorted({round(share * (len(members) - 1)) for share in LOOKS})
    last = max((at for at, same in enumerate(alike) if same), default=0)
    return members if last == len(places) - 1 else members[: places[last] + 1]


@dataclass(frozen=True, slots=True)
class Why:
    """What holds a cluster together, strongest first: (kind, code, members that have it). `n`: its members."""

    n: int
    pair: tuple[int, int]
    shared: tuple[tuple[str, int, int], ...]


def why(cases: Cases, rows: NDArray[np.int64], component: Component, book: Codebook, most: int = 4) -> Why:
    """Names what a cluster's cases share, for the line that the screen shows."""
    said = tokens(cases.only(rows), book.sizes)
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
