"""Which precedents contradict each other, each case with the reason why a lead should see it or be left alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from relevance.precedents import Precedent, contradict, overlap, seen_apart

CAR, BUS, CAT = 1, 2, 3  # keywords: car and bus are of one family
ONE = Precedent(
    1, 1, 10, CAR, "vehicle", 100, 3, "seen all along", None, "keyword", datetime(2026, 3, 2, tzinfo=UTC)
)  # fmt: skip
OTHER = replace(ONE, id=2, item=11, clip=101, level=0, reason="not seen")


@pytest.mark.parametrize(
    ("one", "other", "said", "why"),
    [
        ({}, {}, True, "both speak of the whole keyword, and nothing tells its like apart"),
        ({"rule": "r1"}, {"rule": "r1"}, True, "one rule, one keyword, two levels"),
        ({"rule": "r1"}, {"rule": "r2"}, False, "each names what is to be seen: the car itself, or its badge"),
        ({"rule": "r1"}, {}, False, "the one with a rule is the special case of the one without"),
        ({}, {"level": 3}, False, "they say the same"),
        ({}, {"level": 2}, True, "the next level is another label too, and the like would get either"),
        ({}, {"keyword": BUS}, False, "two keywords of a family, each for itself"),
        ({"scope": "family"}, {"scope": "family", "keyword": BUS}, True, "both speak of the whole family"),
        ({"scope": "family"}, {"keyword": BUS}, True, "the keyword lies within the family"),
        ({"scope": "family"}, {"keyword": CAT, "family": "animal"}, False, "another family"),
        ({"scope": "family", "family": None}, {"scope": "family", "family": None, "keyword": CAT}, False, "no family"),
        ({"scope": "family", "family": None}, {}, True, "without a family it holds for its own keyword"),
        ({}, {"scope": "pair"}, True, "the one item falls in the keyword's scope"),
        ({}, {"scope": "pair", "keyword": BUS}, False, "the one item is of another keyword"),
        ({"scope": "family"}, {"scope": "pair", "keyword": BUS}, True, "the one item is of the family"),
        ({"scope": "pair"}, {"scope": "pair"}, False, "two items, each for itself alone"),
        ({"scope": "pair"}, {"scope": "pair", "clip": 100}, True, "the same item"),
        ({"rule": "r1"}, {"rule": "r2", "clip": 100}, True, "the same clip and keyword can't have two levels"),
        ({"scope": "general"}, {"keyword": CAT, "family": "animal"}, False, "without a rule, general says not of what"),
        ({"scope": "general"}, {"keyword": BUS}, True, "what is general was made in this family"),
        ({"scope": "general", "rule": "r1"}, {"keyword": CAT, "family": None, "rule": "r1"}, True, "the rule reaches it"),
        ({}, {"project": 2}, False, "another project"),
    ],
)  # fmt: skip
def test_two_contradict_where_nothing_tells_their_like_apart(one: dict, other: dict, said: bool, why: str) -> None:
    first, second = replace(ONE, **one), replace(OTHER, **other)
    assert contradict(first, second) is said, why
    assert contradict(second, first) is said, f"the other way round: {why}"


@pytest.mark.parametrize(
    ("high", "low", "apart", "why"),
    [
        ((2, 3), (0, 1), True, "everybody saw the car in the one and next to nothing in the other"),
        ((2, 3), (1, 2), True, "one level is given to both, but nobody put the lower clip above the higher"),
        ((3, 3), (3, 3), False, "the same grades, decided otherwise: only these decisions differ"),
        ((0, 3), (0, 3), False, "both were argued over from end to end"),
        ((2, 3), (2, 3), False, "the same border, decided once this way and once that way"),
        ((0, 1), (2, 3), False, "the graders saw it the other way round"),
        (None, (0, 1), False, "an example that nobody graded tells nothing apart"),
        ((2, 3), None, False, "an example that nobody graded tells nothing apart"),
    ],
)  # fmt: skip
def test_what_the_graders_told_apart_by_themselves_is_an_ordinary_pair_of_precedents(
    high: tuple[int, int] | None, low: tuple[int, int] | None, apart: bool, why: str
) -> None:
    one, other = replace(ONE, seen=high), replace(OTHER, seen=low)
    assert (seen_apart(one, other), seen_apart(other, one)) == (apart, apart), why
    assert contradict(one, other) is not apart, why
    # On one and the same clip no grades excuse two levels.
    assert contradict(one, replace(other, clip=one.clip)), why


def test_the_overlap_is_as_close_as_the_nearest_item_of_both() -> None:
    assert overlap(ONE, OTHER) == 1
    assert overlap(replace(ONE, scope="pair"), replace(OTHER, scope="pair", clip=100)) == 0
    assert overlap(replace(ONE, scope="family"), replace(OTHER, keyword=BUS)) == 2
    assert overlap(replace(ONE, scope="general"), replace(OTHER, keyword=CAT, family=None)) == 3
    assert overlap(ONE, replace(OTHER, keyword=BUS, scope="pair")) is None
