"""A pilot's draw and figures, the arithmetic written out."""

from __future__ import annotations

import pytest

from relevance.errors import BadInput
from relevance.pilot import Candidate, Said, draw, result


def test_the_same_seed_draws_the_same_items_and_another_one_others() -> None:
    found = [Candidate(n, n % 7) for n in range(300)]
    assert draw(found, 50, 1) == draw(list(reversed(found)), 50, 1)
    assert set(draw(found, 50, 1)) != set(draw(found, 50, 2))


def test_a_rare_stratum_comes_too_and_what_can_be_compared_comes_first() -> None:
    common = [Candidate(n, "common", compared=n >= 200) for n in range(300)]
    drawn = draw([*common, Candidate(1000, "rare"), Candidate(1001, "rare")], 50, 3)
    assert {1000, 1001} <= set(drawn)
    assert all(item >= 200 for item in drawn)  # 100 of the common ones can be compared, 48 are taken


@pytest.mark.parametrize("n", [49, 201])
def test_a_pilot_of_too_few_or_too_many_items_is_refused(n: int) -> None:
    with pytest.raises(BadInput):
        draw([Candidate(n, 0) for n in range(500)], n, 1)


def test_too_few_candidates_are_told() -> None:
    with pytest.raises(BadInput, match="There are 49"):
        draw([Candidate(n, 0) for n in range(49)], 50, 1)


def test_a_rule_is_measured_on_the_items_that_it_is_cited_for_beside_the_last_version() -> None:
    # Item 1: 3 3 1 -> one of three pairs agrees; item 2: 0 0 -> all; item 3: nobody cites "car".
    now = [
        Said(1, 1, 3, "car"), Said(2, 1, 3), Said(3, 1, 1),
        Said(1, 2, 0, "car"), Said(2, 2, 0),
        Said(1, 3, 2, "bus"), Said(2, 3, 3, "bus"),
    ]  # fmt: skip
    before = [Said(7, 1, 2), Said(8, 1, 2), Said(7, 2, 0), Said(8, 2, 3), Said(7, 3, 2), Said(8, 3, 2)]
    found = result(now, before, [1, 2, 3], mark=0.5)
    bus, car = found.rules
    assert car.exact.value == pytest.approx((1 / 3 + 1) / 2)
    assert (car.exact.items, car.exact.grades) == (2, 5)
    assert car.before.value == 0.5  # items 1 and 2 under the last version: 1 and 0
    assert (bus.exact.value, bus.before.value, bus.under) == (0.0, 1.0, True)
    assert found.under == ("bus",)
    assert found.exact.value == pytest.approx((1 / 3 + 1 + 0) / 3)
    # Within one level: item 1 still one pair of three, item 2 and 3 all.
    assert found.near.value == pytest.approx((1 / 3 + 1 + 1) / 3)
    # Levels 2/3 alone: item 1 has 3 3, item 3 has 2 3 -> one of two items agrees.
    pair = next(one for one in found.pairs if one.of == "2/3")
    assert (pair.exact.value, pair.exact.items) == (0.5, 2)
    assert pair.exact.low is not None and pair.exact.low <= 0.5 <= (pair.exact.high or 0)


def test_without_grades_under_the_last_version_that_is_said_and_not_guessed() -> None:
    found = result([Said(1, 1, 3), Said(2, 1, 3)], [], [1])
    assert found.exact_before.value is None and found.exact_before.why
    assert found.rules == ()


@pytest.mark.parametrize("agree", [True, False])
def test_a_perfect_share_of_few_clips_is_not_certain(agree: bool) -> None:
    now = [Said(person, item, 3 if person == 1 or agree else 2, "car") for item in range(10) for person in (1, 2)]
    (car,) = result(now, [], range(10)).rules
    # Wilson at 10 of 10: from n / (n + z^2) = 10 / (10 + 3.8415) = 0.7225 to 1; at 0 of 10 its mirror.
    low, high = (0.7225, 1.0) if agree else (0.0, 0.2775)
    assert car.exact.value == float(agree)
    assert (car.exact.low, car.exact.high) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))
