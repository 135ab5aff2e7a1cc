"""A guessing crowd: on each item a grader either sees the level or answers by his habit, whatever is shown.

It stands beside the account of `relevance.quality.model` as one more view, because it errs on other items: it has no
confusions and no shares of the levels, so that it neither drifts with them nor learns the crowd's common mistakes as skill.

    theta_jkl = s_j [l = k] + (1 - s_j) b_jl,    q_ik ~ product of theta_j,k,y over the item's grades

s_j is the share of j's grades that he saw, b_j his habit. Both are learned by mean-field variational rounds, with half a
grade's prior for seeing and for guessing, and ten for each level of a habit:

    s_j ~ exp psi(grades seen + 1/2),  1 - s_j ~ exp psi(grades guessed + 1/2),  b_jl ~ exp psi(guesses at l + 10)

so that the rows of theta sum to a little less than 1 where little is known of j: it weighs him down. Ten rounds from the shares of
the votes, s = 1/2 and the overall shares as habit: no random start, one answer.

Source: Hovy, Berg-Kirkpatrick, Vaswani & Hovy (2013), MACE, https://aclanthology.org/N13-1132 (with its priors); fixed start
and few rounds are ours. docs/quality.md shows what the view is worth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relevance.quality.majority import vote_shares
from relevance.quality.pieces import Piece, believe
from relevance.quality.table import Floats, Grades

EITHER, HABIT = 0.5, 10.0  # prior grades of seeing and of guessing, and of each level of a habit
ROUNDS, GO_ON = 10, 2


@dataclass(frozen=True, slots=True)
class Guessers:
    """What is known of the graders: seeing and guessing (J, 2), habits (J, K); both as exp psi, a little less than 1 in sum."""

    seen: Floats
    habit: Floats

    @property
    def hands(self) -> Floats:
        """(J, K grade, K truth) theta."""
        same = np.eye(self.habit.shape[1])
        return np.asarray((self.seen[:, 1:] * self.habit)[:, :, None] + self.seen[:, :1, None] * same)

    def grown(self, graders: int) -> Guessers:
        """Room for graders who are new: they grade as the others do on average."""
        new = graders - len(self.seen)
        if new <= 0:
            return self
        return Guessers(*(np.vstack([each, np.tile(each.mean(axis=0), (new, 1))]) for each in (self.seen, self.habit)))


def guessing(grades: Grades, parts: list[Piece], begun: Guessers | None = None) -> Guessers:
    """Learns a guessing crowd.

    Args:
        grades: any table.
        parts: its pieces; gold, where they have any, stands in for q.
        begun: what some of the items say: where they left off, all of them go on, instead of from the vote shares.
    """
    size, graders = grades.levels, len(grades.graders)
    found = begun
    if found is None:
        overall = (np.bincount(grades.level, minlength=size) + 1) / (len(grades) + size)
        found = Guessers(np.full((graders, 2), 0.5), np.tile(overall, (graders, 1)))
    q = vote_shares(grades).astype(np.float32) if begun is None else None
    for _ in range(ROUNDS if begun is None else GO_ON):
        counts = np.zeros((graders * size, size))
        for part in parts:
            counts += part.hands(view(found, part.grades, np.float32) if q is None else q[part.rows])
        q = None
        found = learned(found, counts.reshape(graders, size, size))
    return found


def learned(found: Guessers, counts: Floats) -> Guessers:
    """One round: what the graders' counts (J, K grade, K truth) say, seeing and guessing told apart by what was known.

    Ten grades on the diagonal. At even odds of seeing, and habits of 1/2, two thirds were seen: psi(7.17) - psi(11) is
    -0.45; and a third of five at each level was guessed: psi(11.67) - psi(23.33) is -0.72.

    >>> made = learned(Guessers(np.array([[.5, .5]]), np.array([[.5, .5]])), np.array([[[5., 0.], [0., 5.]]]))
    >>> made.seen.round(2).tolist(), made.habit.round(2).tolist()
    ([[0.64, 0.32]], [[0.49, 0.49]])
    """
    from scipy.special import digamma  # a tenth of a second that a server's start need not wait for

    hands, at = found.hands, range(counts.shape[1])
    guessed = found.seen[:, 1:] * found.habit * (counts / hands).sum(axis=2)
    saw = found.seen[:, :1] * counts[:, at, at] / hands[:, at, at]
    both = np.column_stack([saw.sum(axis=1), guessed.sum(axis=1)]) + EITHER
    own = guessed + HABIT
    return Guessers(
        np.exp(digamma(both) - digamma(both.sum(axis=1, keepdims=True))),
        np.exp(digamma(own) - digamma(own.sum(axis=1, keepdims=True))),
    )


def view(found: Guessers, by_item: Any, kind: Any = np.float64) -> NDArray[Any]:
    """(N, K) q of items whose grades are `by_item` (N, J*K), in the precision that is wanted.

    Seen nine times in ten, two levels, a habit of a half each: one grade is worth .95 to .05.

    >>> found = Guessers(np.array([[.9, .1]]), np.array([[.5, .5]]))
    >>> view(found, np.array([[1., 0.]])).round(2).tolist()
    [[0.95, 0.05]]
    """
    size = found.habit.shape[1]
    even = np.full(size, 1 / size)
    return believe(np.asarray(by_item @ np.log(found.hands).reshape(-1, size).astype(kind)), even, even)[0]
