"""Ties are said as ties, and the two uses get their two answers."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from relevance.quality.labels import expected_distance, median, mode


def test_of_tied_levels_the_lower_median_is_reported() -> None:
    shares = np.array([[1, 0, 0, 1], [1, 1, 1, 1], [0, 1, 1, 1], [0, 0, 1, 1]]) / 1.0
    found = mode(shares)
    assert found.level.tolist() == [0, 1, 2, 2]
    assert found.tie.all()


def test_rounding_does_not_break_a_tie() -> None:
    assert mode(np.array([[0.1 + 0.2, 0.3]])).tie.tolist() == [True]


@settings(deadline=None)
@given(st.lists(st.floats(0.01, 1), min_size=2, max_size=6))
def test_no_level_is_nearer_than_the_median(weights: list[float]) -> None:
    shares = np.array([weights]) / sum(weights)
    least = min(expected_distance(shares, np.array([k], dtype=np.int32))[0] for k in range(len(weights)))
    assert expected_distance(shares, median(shares).level)[0] <= least + 1e-9
