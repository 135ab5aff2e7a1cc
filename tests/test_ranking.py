"""What a decision is worth by the minute: the arithmetic, and what must hold whatever the numbers."""

from __future__ import annotations

import numpy as np
import pytest

from relevance.ranking import rank


def test_each_factor_stands_beside_the_product() -> None:
    # Cluster 0: items (.7, .3, 0, 0) and (.5, 0, .5, 0). P(wrong) = (.3 + .5) / 2 = .4.
    # Off by .3 x 1 and .5 x 2 levels: 1.3 in all, of .8 wrong: 1.625 levels. Weights 1 and 3: 2.
    # Belonging .5 and 1: 1.5 items now, 2.5 to come. Value .4 x 1.625 x 4 x 2 = 5.2; in 4 minutes 1.3.
    shares = np.array([[0.7, 0.3, 0, 0], [0.5, 0, 0.5, 0]])
    found = rank(shares, np.array([0, 0]), np.array([1.0, 3.0]), np.array([4.0]), np.array([2.5]), np.array([0.5, 1.0]))
    assert found.wrong[0] == pytest.approx(0.4)
    assert found.distance[0] == pytest.approx(1.625)
    assert (found.now[0], found.coming[0], found.weight[0]) == pytest.approx((1.5, 2.5, 2.0))
    assert found.value[0] == pytest.approx(5.2)
    assert found.per_minute[0] == pytest.approx(1.3)


def test_what_nobody_doubts_is_worth_nothing() -> None:
    found = rank(np.array([[1.0, 0, 0, 0]]), np.array([0]), np.array([5.0]), np.array([1.0]))
    assert (found.wrong[0], found.distance[0], found.value[0]) == (0, 0, 0)


@pytest.mark.parametrize("seed", range(20))
def test_whatever_the_numbers_the_order_falls_and_does_not_depend_on_the_items_order(seed: int) -> None:
    random = np.random.default_rng(seed)
    m = int(random.integers(1, 30))
    cluster = np.concatenate([np.arange(m), random.integers(0, m, 100)])
    shares = random.dirichlet([0.5] * 4, len(cluster))
    weight, minutes = random.exponential(1, len(cluster)), random.uniform(0.5, 5, m)
    found = rank(shares, cluster, weight, minutes)
    ordered = found.per_minute[found.order]
    assert (np.diff(ordered) <= 1e-9).all()
    assert sorted(found.order.tolist()) == list(range(m))
    assert ((found.wrong >= 0) & (found.wrong <= 1)).all()
    assert (found.distance <= 3 + 1e-9).all()
    shuffled = random.permutation(len(cluster))
    again = rank(shares[shuffled], cluster[shuffled], weight[shuffled], minutes)
    assert np.allclose(again.per_minute, found.per_minute)


@pytest.mark.parametrize("seed", range(10))
def test_more_to_come_or_fewer_minutes_never_lowers_a_place(seed: int) -> None:
    random = np.random.default_rng(seed)
    m = 12
    cluster, shares = np.arange(m), random.dirichlet([1.0] * 4, m)
    minutes, coming = random.uniform(1, 5, m), random.uniform(0, 10, m)
    before = rank(shares, cluster, np.ones(m), minutes, coming).order.tolist().index(3)
    coming[3] += 5
    minutes[3] /= 2
    assert rank(shares, cluster, np.ones(m), minutes, coming).order.tolist().index(3) <= before
