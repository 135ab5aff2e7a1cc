"""The agenda: what any candidates give within any budget."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from relevance.agenda import Candidate, fill, moved

CANDIDATES = st.lists(
    st.builds(
        lambda items, value, minutes: Candidate("", items[0], tuple(items), value, minutes),
        st.lists(st.integers(1, 40), min_size=1, max_size=6, unique=True),
        st.integers(0, 100).map(float),
        st.integers(1, 16).map(lambda n: n / 2),
    ),
    max_size=12,
).map(
    lambda found: [
        Candidate(f"{at:02}", *(one.telling, one.items, one.value, one.minutes)) for at, one in enumerate(found)
    ]
)
MINUTES = st.integers(0, 60).map(float)


@given(CANDIDATES, MINUTES, st.sets(st.integers(1, 40)))
def test_the_budget_is_kept_no_item_comes_twice_and_what_is_taken_stays_out(candidates, minutes, taken) -> None:  # type: ignore[no-untyped-def]
    chosen = fill(candidates, minutes, taken)
    assert sum(one.minutes for one in chosen) <= minutes
    items = [item for one in chosen for item in one.items]
    assert len(items) == len(set(items)) and not taken & set(items)
    assert all(one.telling in one.items for one in chosen)


@given(CANDIDATES, MINUTES, st.randoms())
def test_the_order_depends_on_the_candidates_alone_most_value_per_minute_first(candidates, minutes, random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(candidates)
    random.shuffle(shuffled)
    chosen = fill(candidates, minutes)
    assert chosen == fill(shuffled, minutes)
    rates = [one.per_minute for one in chosen]
    assert rates == sorted(rates, reverse=True)


@given(CANDIDATES, MINUTES)
def test_what_still_fits_is_on_the_agenda(candidates, minutes) -> None:  # type: ignore[no-untyped-def]
    chosen = fill(candidates, minutes)
    used = {item for one in chosen for item in one.items}
    left = minutes - sum(one.minutes for one in chosen)
    for one in candidates:
        assert one.key in {c.key for c in chosen} or one.minutes > left or set(one.items) <= used


@given(st.lists(st.integers(0, 20), unique=True), st.integers(0, 20), st.integers(-3, 30))
def test_moving_a_case_changes_nothing_but_its_place(order, one, to) -> None:  # type: ignore[no-untyped-def]
    after = moved(order, one, to)
    assert sorted(after) == sorted(order)
    assert [case for case in after if case != one] == [case for case in order if case != one]
    if one in order:
        assert after.index(one) == max(0, min(to, len(order) - 1))
