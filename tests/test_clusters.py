"""Disputes that one rule would settle: found by what they share, never by chance, the same for the same records."""

from __future__ import annotations

import numpy as np
import pytest

from relevance.cases import FLAG_KINDS, Cases, stacked
from relevance.clusters import (
    Codebook,
    Growing,
    assign,
    belongs,
    grow,
    reach,
    telling,
    why,
)

RULES, WORDS, KEYWORDS, FAMILIES = 20, 60, 80, 16
BOOK = Codebook(np.full(KEYWORDS, 100.0), np.full(FAMILIES, 500.0), RULES, WORDS)


def noise(n: int, seed: int = 0) -> Cases:
    """Disputes that have nothing in common."""
    random = np.random.default_rng(seed)
    votes = np.zeros((n, 4))
    pairs = random.random((n, 4)).argsort(axis=1)[:, :2]
    votes[np.arange(n), pairs[:, 0]] += 1
    votes[np.arange(n), pairs[:, 1]] += 1
    keyword = random.integers(0, KEYWORDS, n)
    said = np.flatnonzero(random.random(n) < 0.5)
    return Cases(
        item=np.arange(n) + 1000 * seed, keyword=keyword, family=keyword % FAMILIES, votes=votes, flags=np.zeros((n, 4)),
        rules=np.stack([said, random.integers(0, RULES, len(said))], axis=1),
        words=np.stack([said, random.integers(0, WORDS, len(said))], axis=1),
        twin=np.full(n, -1), shares=np.full((n, 4), 0.25), odd=np.full(n, -1), odd_skill=np.full(n, np.nan),
        other_skill=np.full(n, np.nan), weight=np.ones(n),
    )  # fmt: skip


def alike(n: int, *, keyword: int | None = None, pair: tuple[int, int] = (1, 2), seed: int = 5) -> Cases:
    """Disputes of one situation: between two levels, most of them citing rule 7 or noting words 50 to 52."""
    made = noise(n, seed)
    votes = np.zeros((n, 4))
    votes[:, list(pair)] = 2
    random = np.random.default_rng(seed)
    of = made.keyword if keyword is None else np.full(n, keyword)
    return Cases(
        item=made.item, keyword=of, family=of % FAMILIES, votes=votes, flags=made.flags,
        rules=np.stack([np.arange(n), np.where(random.random(n) < 0.8, 7, random.integers(0, RULES, n))], axis=1),
        words=np.stack([np.arange(n), random.integers(50, 53, n)], axis=1), twin=made.twin, shares=made.shares,
        odd=made.odd, odd_skill=made.odd_skill, other_skill=made.other_skill, weight=made.weight,
    )  # fmt: skip


def test_a_situation_over_many_keywords_is_found_by_its_rule_and_words() -> None:
    cases = stacked(noise(300), alike(60))
    found = grow(cases, BOOK)
    top = np.bincount(found.of[300:][found.of[300:] >= 0]).argmax()
    inside = found.of == top
    assert inside[300:].mean() > 0.6
    assert inside[:300].mean() < 0.03
    assert found.components[top].pair == (1, 2)


def test_an_ambiguous_keyword_is_found_by_itself() -> None:
    cases = stacked(noise(300), alike(30, keyword=3, pair=(0, 3)))
    found = grow(cases, BOOK)
    top = np.bincount(found.of[300:][found.of[300:] >= 0]).argmax()
    assert (found.of[300:] == top).mean() > 0.9
    said = why(cases, found.members(int(top)), found.components[top], BOOK)
    assert ("keyword", 3) in {(kind, code) for kind, code, _n in said.shared}


@pytest.mark.parametrize("seed", range(5))
def test_what_has_nothing_in_common_hardly_clusters(seed: int) -> None:
    found = grow(noise(400, seed), BOOK)
    assert (found.of >= 0).mean() < 0.12


@pytest.mark.parametrize("seed", range(5))
def test_every_case_stands_in_one_cluster_or_by_itself_and_none_is_too_small(seed: int) -> None:
    cases = stacked(noise(200, seed), alike(40, seed=seed + 10))
    found = grow(cases, BOOK)
    sizes = np.bincount(found.of[found.of >= 0], minlength=len(found.components))
    assert (sizes >= Growing().least).all()
    assert sum(len(found.members(place)) for place in range(len(found.components))) == (found.of >= 0).sum()
    assert np.isneginf(found.fit[found.of < 0]).all()
    assert ((belongs(found) > 0) & (belongs(found) <= 1)).all()


def test_the_same_records_give_the_same_clusters() -> None:
    cases = stacked(noise(200), alike(40))
    assert np.array_equal(grow(cases, BOOK).of, grow(cases, BOOK).of)


def test_a_cluster_stands_between_two_levels() -> None:
    cases = stacked(noise(300), alike(60))
    scattered = cases.votes.copy()
    scattered[300:] = 1  # every level once: no one rule would settle these
    spread = Cases(**{name: scattered if name == "votes" else getattr(cases, name) for name in Cases.__slots__})
    assert (grow(spread, BOOK).of[300:] >= 0).mean() < 0.1


def test_what_comes_later_goes_to_the_cluster_that_was_grown() -> None:
    found = grow(stacked(noise(300), alike(60)), BOOK)
    later = assign(alike(40, seed=9), BOOK, found.components)
    assert (later.of >= 0).mean() > 0.6
    assert (assign(noise(200, 8), BOOK, found.components).of >= 0).mean() < 0.06


def test_a_near_duplicate_follows_its_twin() -> None:
    cases = stacked(noise(300), alike(60))
    twin = cases.twin.copy()
    votes = cases.votes.copy()
    twin[[0, 300]] = 77
    votes[0] = [0, 1, 1, 0]
    same = Cases(**{name: {"twin": twin, "votes": votes}.get(name, getattr(cases, name)) for name in Cases.__slots__})
    found = grow(same, BOOK)
    assert found.of[0] == found.of[300] >= 0


def test_among_few_disputes_those_of_a_keyword_that_no_rule_decides_make_a_cluster() -> None:
    few = alike(3, keyword=3)
    few.votes[:] = [[0, 0, 0, 0], [1, 0, 0, 0], [1, 0, 2, 0]]  # flagged before many had graded them
    few.flags[:, FLAG_KINDS.index("no_rule")] = 1
    found = grow(stacked(few, noise(3, 2)), BOOK)
    assert found.of.tolist() == [0, 0, 0, -1, -1, -1]
    assert found.components[0].pair == (0, 2)  # two grades each
    few.flags[:] = 0
    assert set(grow(stacked(few, noise(3, 2)), BOOK).of.tolist()) == {-1}


def test_among_few_disputes_keyword_and_levels_alone_make_a_cluster() -> None:
    few = alike(4, keyword=3, pair=(0, 3))
    found = grow(stacked(few, noise(3, 2)), BOOK)
    assert set(found.of[:4].tolist()) == {0}
    assert grow(noise(2, 3), BOOK).of.tolist() == [-1, -1]  # too few to be a cluster


def flagged(keywords: list[int], votes: list[list[int]]) -> Cases:
    """Few disputes that somebody flagged as decided by no rule."""
    made = noise(len(keywords), 4)
    made.keyword[:], made.votes[:] = keywords, votes
    made.flags[:, FLAG_KINDS.index("no_rule")] = 1
    return made


def test_among_few_a_dispute_that_was_flagged_stays_with_the_flagged_ones() -> None:
    made = flagged([3] * 5, [[1, 0, 1, 0]] * 5)
    made.flags[3:] = 0  # two more of the same keyword and levels: too few by themselves
    assert grow(made, BOOK).of.tolist() == [0, 0, 0, -1, -1]


@pytest.mark.parametrize(
    ("keywords", "votes"),
    [
        ([3, 4, 5], [[1, 0, 1, 0]] * 3),  # of three keywords
        ([3, 3, 3], [[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 0, 1]]),  # at two levels 4 of 6 grades, 67 %; 75 % are asked
        ([3, 3, 3], [[0, 0, 0, 0]] * 3),  # nobody has graded them: no rule's levels are known
    ],
)
def test_among_few_what_is_of_several_keywords_or_of_no_two_levels_is_no_cluster(
    keywords: list[int], votes: list[list[int]]
) -> None:
    assert set(grow(flagged(keywords, votes), BOOK).of.tolist()) == {-1}


def test_among_few_a_new_dispute_of_the_keyword_joins_and_one_of_another_does_not() -> None:
    found = grow(flagged([3] * 3, [[1, 0, 1, 0]] * 3), BOOK)
    assert assign(flagged([3, 9], [[1, 0, 1, 0], [0, 1, 0, 1]]), BOOK, found.components).of.tolist() == [0, -1]


@pytest.mark.parametrize("n", [1, 2, 3, 4, 7, 50])
def test_a_decision_reaches_at_least_what_was_looked_at_and_at_most_the_cluster(n: int) -> None:
    members = np.arange(n)
    looked = telling(members)
    whole = reach(members, [True] * len(looked))
    assert len(whole) == n
    only = reach(members, [True, *[False] * (len(looked) - 1)])
    assert len(only) == 1
