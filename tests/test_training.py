"""What an exam is made of, and what its answers say about its items."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from relevance.errors import BadInput
from relevance.training import Candidate, Cell, analyse, draw, point_biserial, spread

RULES = st.sampled_from(["a", "b", None])
POOL = st.lists(
    st.builds(
        Candidate, item=st.integers(1, 60), level=st.integers(0, 3), keyword=st.integers(1, 2), rule=RULES,
        difficulty=st.sampled_from(["easy", "middle", "hard"]),
    ),
    max_size=40, unique_by=lambda one: one.item,
)  # fmt: skip
CELLS = st.lists(
    st.builds(
        Cell, n=st.integers(1, 3), rule=RULES, level=st.one_of(st.none(), st.integers(0, 3)),
        keyword=st.one_of(st.none(), st.integers(1, 2)),
    ),
    max_size=4,
)  # fmt: skip


def fill(cells: list[Cell], pool: list[Candidate]) -> int:
    """How many places can be filled at most, by SciPy's matching: independent of `draw`."""
    slots = [cell for cell in cells for _ in range(cell.n)]
    if not slots or not pool:
        return 0
    fits = csr_array([[int(cell.takes(one)) for one in pool] for cell in slots])
    return int((maximum_bipartite_matching(fits, perm_type="column") >= 0).sum())


@given(CELLS, POOL, st.integers(0, 5), st.sets(st.integers(1, 60), max_size=10))
def test_a_draw_fills_every_cell_with_items_of_its_kind_and_none_twice(
    cells: list[Cell], pool: list[Candidate], seed: int, used: set[int]
) -> None:
    n = sum(cell.n for cell in cells)
    try:
        drawn = draw(cells, pool, seed, used)
    except BadInput:
        assert fill(cells, [one for one in pool if one.item not in used]) < n
        return
    items = [one.item for one in drawn]
    assert len(items) == len(set(items)) == n and not set(items) & used
    for cell in cells:
        assert sum(cell.takes(one) for one in drawn) >= cell.n
    assert items == [one.item for one in draw(cells, pool, seed, used)]


def test_an_item_that_fits_two_cells_goes_to_the_one_that_needs_it() -> None:
    pool = [Candidate(1, 0, 1, "a"), Candidate(2, 3, 1, "a")]
    for seed in range(20):
        assert len(draw([Cell(1, rule="a"), Cell(1, level=0)], pool, seed)) == 2


def test_order_and_items_differ_from_person_to_person() -> None:
    pool = [Candidate(n, n % 4, 1) for n in range(100)]
    drawn = {tuple(one.item for one in draw([Cell(10)], pool, seed)) for seed in range(20)}
    assert len(drawn) == 20


def test_what_is_missing_is_said() -> None:
    with pytest.raises(BadInput, match="2 items are missing of rule a, level 1"):
        draw([Cell(3, rule="a", level=1)], [Candidate(1, 1, 1, "a")], 0)


def test_a_spread_asks_every_boundary_and_rule() -> None:
    cells = spread(20, ["a", "b"])
    assert sum(cell.n for cell in cells) == 20
    assert {cell.pair for cell in cells if cell.pair is not None} == {0, 1, 2}


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9)), min_size=2, max_size=40))
def test_the_point_biserial_is_pearsons_correlation(both: list[tuple[bool, int]]) -> None:
    right, score = [one[0] for one in both], [float(one[1]) for one in both]
    found = point_biserial(right, score)
    if len(set(right)) == 1 or len(set(score)) == 1:
        assert found is None
    else:
        assert found == pytest.approx(np.corrcoef(np.array(right, float), score)[0, 1], abs=1e-9)


def test_an_item_that_good_people_fail_is_doubtful_and_stands_first() -> None:
    # Five people: item 9 is failed by the four who passed, and is right for the one who did not.
    good = ({1: True, 2: True, 3: True, 9: False}, True)
    poor = ({1: False, 2: False, 3: True, 9: True}, False)
    found = analyse([good, good, good, good, poor])
    assert found[0].item == 9 and found[0].doubtful
    nine, one = found[0], next(row for row in found if row.item == 1)
    assert (nine.n, nine.right, nine.good, nine.good_failed) == (5, 1, 4, 4)
    assert nine.difficulty == 0.2 and nine.discrimination == pytest.approx(-1.0)
    # Rest scores of item 1: 2/3 for the good (of 2, 3, 9 right, right, wrong), 2/3 for the poor one: no variation.
    assert one.difficulty == 0.8 and one.discrimination is None and not one.doubtful


def test_few_answers_say_no_correlation() -> None:
    found = analyse([({1: True, 2: False}, True)] * 4)
    assert all(one.discrimination is None for one in found)
