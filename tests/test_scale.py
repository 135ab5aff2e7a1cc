"""Levels and how they are shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relevance.errors import BadInput
from relevance.scale import LEVELS, PERCENTS, check_percents, level_of_percent

SCALES = st.lists(st.integers(1, 99), min_size=2, max_size=2, unique=True).map(lambda two: [0, *sorted(two), 100])


@given(SCALES)
def test_every_level_is_found_again_by_its_percentage(percents: list[int]) -> None:
    assert [level_of_percent(percent, check_percents(percents)) for percent in percents] == list(LEVELS)


@given(SCALES, st.integers(-10, 110))
def test_any_other_number_is_no_level(percents: list[int], percent: int) -> None:
    if percent not in percents:
        assert level_of_percent(percent, percents) is None


@pytest.mark.parametrize(
    "percents",
    [[], [0, 33, 67], [0, 67, 33, 100], [0, 50, 50, 100], [1, 33, 67, 100], [0, 33, 67, 99], [0, 0, 67, 100], [100, 67, 33, 0]],
)  # fmt: skip
def test_a_scale_that_does_not_rise_from_0_to_100_is_refused(percents: list[int]) -> None:
    with pytest.raises(BadInput):
        check_percents(percents)


def test_the_default_is_a_scale() -> None:
    assert check_percents(PERCENTS) == (0, 33, 67, 100)
