"""MACE and GLAD as crowd-kit 1.4.2 computes them, on arrays: what the benchmark compares with, per draw, in seconds.

`tests/quality/test_baselines.py` holds them to crowd-kit's figures in ../shared/data/crowd/*/stats.json.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize
from scipy.special import digamma, expit

from relevance.quality.majority import vote_shares
from relevance.quality.sparse import incidence, softmax
from relevance.quality.table import Floats, Grades


def mace(grades: Grades, rounds: int = 50, seed: int = 0) -> Floats:
    """(N, K) Hovy et al. (2013), https://aclanthology.org/N13-1132; variational, crowd-kit's priors and start."""
    size, graders = grades.levels, len(grades.graders)
    by_item, by_hand = incidence(grades)
    random = np.random.default_rng(seed)
    spam = random.uniform(1, 2.5, (graders, 2))
    habit = random.uniform(1, 2.5, (graders, size))
    spam /= spam.sum(axis=1, keepdims=True)
    habit /= habit.sum(axis=1, keepdims=True)
    same = np.eye(size)
    for step in range(rounds + 1):
        hands = (spam[:, :1] * habit)[:, :, None] + spam[:, 1, None, None] * same
        shares = softmax(np.asarray(by_item @ np.log(hands).reshape(graders * size, size)))
        if step == rounds:
            break
        counts = np.asarray(by_hand @ shares).reshape(graders, size, size)
        by_habit = spam[:, :1] * habit * (counts / hands).sum(axis=2)
        diagonal = counts[:, range(size), range(size)]
        knowing = (diagonal * spam[:, 1:] / hands[:, range(size), range(size)]).sum(axis=1)
        both = np.column_stack([by_habit.sum(axis=1), knowing]) + 0.5
        spam = np.exp(digamma(both)) / np.exp(digamma(both.sum(axis=1, keepdims=True)))
        habit = np.exp(digamma(by_habit + 10)) / np.exp(digamma((by_habit + 10).sum(axis=1, keepdims=True)))
    return shares


def glad(grades: Grades, rounds: int = 100, tolerance: float = 1e-5) -> Floats:
    """(N, K) Whitehill et al. (2009), ability times ease; crowd-kit's priors, conjugate gradients and stopping rule."""
    size, graders, items = grades.levels, len(grades.graders), len(grades.items)
    item, grader, level = grades.item, grades.grader, grades.level
    point = np.ones(graders + items)
    at = np.arange(len(grades))
    last = None
    shares = vote_shares(grades)

    def expectation(point: Floats, said: Floats) -> tuple[float, Floats]:
        ability, ease = point[:graders], np.exp(point[graders:])
        x = ability[grader] * ease[item]
        log_right, log_wrong = -np.logaddexp(0, -x), -np.logaddexp(0, x) - np.log(size - 1)
        value = float((said * log_right + (1 - said) * log_wrong).sum() - 0.5 * ((point - 1) ** 2).sum())
        value -= len(point) * 0.5 * np.log(2 * np.pi)
        slope = said - expit(x)
        gradient = np.concatenate(
            [
                np.bincount(grader, weights=slope * ease[item], minlength=graders),
                np.bincount(item, weights=slope * x, minlength=items),
            ]
        ) - (point - 1)
        return -value, -gradient

    for _ in range(rounds):
        x = point[:graders][grader] * np.exp(point[graders:])[item]
        right, wrong = -np.logaddexp(0, -x), -np.logaddexp(0, x) - np.log(size - 1)
        logs = np.zeros((items, size))
        np.add.at(logs, item, wrong[:, None])
        np.add.at(logs, (item, level), right - wrong)
        shares = softmax(logs)
        said = shares[item, level]
        if last is None:
            last = -expectation(point, said)[0]
        found = minimize(expectation, point, args=(said,), jac=True, method="CG", tol=1e-2, options={"maxiter": 25})
        point = found.x
        value = -expectation(point, said)[0] / (len(at) * size)
        if value - last < tolerance:
            break
        last = value
    return shares
