"""A dispute's cause from the records alone: each kind of evidence moves the proposal as it says."""

from __future__ import annotations

import numpy as np
import pytest

from relevance.cases import FLAG_KINDS, Cases
from relevance.causes import CAUSES, EVIDENCE, PRIOR, Cause, Proposed, cluster_cause, propose
from relevance.clusters import Clusters, Codebook, Component


def case(votes: list[int], flag: str | None = None, odd: tuple[float, float] | None = None) -> Cases:
    flags = np.zeros((1, 4))
    if flag:
        flags[0, FLAG_KINDS.index(flag)] = 1
    none = np.zeros((0, 2), dtype=np.int64)
    return Cases(
        item=np.array([1]), keyword=np.array([0]), family=np.array([0]), votes=np.array([votes], dtype=float), flags=flags,
        rules=none, words=none, twin=np.array([-1]), shares=np.full((1, 4), 0.25), odd=np.array([-1 if odd is None else 0]),
        odd_skill=np.array([np.nan if odd is None else odd[0]]), other_skill=np.array([np.nan if odd is None else odd[1]]),
        weight=np.ones(1),
    )  # fmt: skip


ALONE = Clusters(np.array([-1]), np.array([-np.inf]), ())


@pytest.mark.parametrize(
    ("votes", "flag", "odd", "expected"),
    [
        ([0, 1, 1, 0], "no_rule", None, Cause.GAP),
        ([1, 0, 0, 0], "bad_clip", None, Cause.CLIP),
        ([0, 0, 0, 1], "unclear_keyword", None, Cause.KEYWORD),
        ([1, 0, 0, 3], None, (0.75, 0.93), Cause.ERROR),  # one of less skill far from three
    ],
)
def test_plain_evidence_gives_its_cause(
    votes: list[int], flag: str | None, odd: tuple[float, float] | None, expected: Cause
) -> None:
    found = propose(case(votes, flag, odd), ALONE)
    assert CAUSES[int(found.cause[0])] is expected
    assert found.probability[0].sum() == pytest.approx(1)


def test_the_score_is_the_prior_and_the_weights_of_what_was_met() -> None:
    # One grade of 0, nothing like it: met are no_cluster alone. exp(score) / sum over the causes.
    found = propose(case([1, 0, 0, 0]), ALONE)
    score = {cause: PRIOR[cause] * np.exp(EVIDENCE["no_cluster"][at]) for at, cause in enumerate(CAUSES)}
    total = sum(score.values())
    assert found.probability[0] == pytest.approx([score[cause] / total for cause in CAUSES])
    assert found.said(0) == ("no_cluster",)


def test_a_cluster_of_one_keyword_is_the_keywords() -> None:
    cases = case([1, 0, 0, 1])
    component = Component(np.zeros(1, dtype=np.float32), 0.0, (0, 3), 3)
    inside = Clusters(np.array([0]), np.array([2.0]), (component,))
    found, at = propose(cases, inside), CAUSES.index(Cause.KEYWORD)
    assert cluster_cause(found, np.array([0])) is Cause.KEYWORD
    assert found.probability[0, at] > propose(cases, ALONE).probability[0, at]


@pytest.mark.parametrize("flag", FLAG_KINDS[:3])
def test_a_flag_never_lowers_its_own_cause(flag: str) -> None:
    cause = {"bad_clip": Cause.CLIP, "unclear_keyword": Cause.KEYWORD, "no_rule": Cause.GAP}[flag]
    at = CAUSES.index(cause)
    for votes in ([1, 1, 0, 0], [2, 1, 1, 0], [0, 0, 1, 0], [3, 0, 0, 2]):
        without = propose(case(votes), ALONE).probability[0, at]
        assert propose(case(votes, flag), ALONE).probability[0, at] > without


def test_the_evidence_table_has_a_weight_for_every_cause() -> None:
    assert all(len(weights) == len(CAUSES) for weights in EVIDENCE.values())
    assert sum(PRIOR.values()) == pytest.approx(1)


def several(keywords: list[int], families: list[int], votes: list[list[int]], rules: list[tuple[int, int]]) -> Cases:
    n = len(keywords)
    return Cases(
        item=np.arange(n), keyword=np.array(keywords), family=np.array(families), votes=np.array(votes, dtype=float),
        flags=np.zeros((n, 4)), rules=np.array(rules, dtype=np.int64).reshape(-1, 2), words=np.zeros((0, 2), dtype=np.int64),
        twin=np.full(n, -1), shares=np.full((n, 4), 0.25), odd=np.full(n, -1), odd_skill=np.full(n, np.nan),
        other_skill=np.full(n, np.nan), weight=np.ones(n),
    )  # fmt: skip


def met(found: Proposed, name: str) -> list[bool]:
    return [bool(one) for one in found.evidence[:, list(EVIDENCE).index(name)]]


LOW, HIGH = [1, 1, 0, 0], [0, 0, 1, 1]


def test_other_keywords_of_the_family_speak_for_a_boundary_the_keywords_own_items_do_not() -> None:
    # Family 0 has keywords 0 and 1, family 1 has keyword 2; each keyword is a third of all items. Ten disputes stand at
    # the lower pair: of keyword 0 two, of keyword 1 none, of keyword 2 eight; then keyword 1 has three as well.
    book = Codebook(np.array([10.0, 10, 10]), np.array([20.0, 10]), 1, 1)
    keywords, families = [0, 0] + [2] * 8, [0, 0] + [1] * 8
    alone = Clusters(np.full(10, -1), np.full(10, -np.inf), ())
    found = propose(several(keywords, families, [LOW] * 10, []), alone, book)
    # Of keyword 0: others of its family 0, expected 1/3 x 10 = 3.3: (0 - 3.3) / sqrt(4.3) = -1.6. Keyword 2 has none
    # beside it in its family: 0 expected, 0 seen; it has itself 7 others, (7 - 3.3) / sqrt(4.3) = 1.8, not yet more than 2.
    assert met(found, "family_seldom") == [True] * 2 + [False] * 8
    assert not any(met(found, "family_alike")) and not any(met(found, "keyword_alike"))
    more = several([0, 0] + [1] * 8, [0] * 10, [LOW] * 10, [])
    found = propose(more, alone, book)
    # Of keyword 0: 8 others, (8 - 3.3) / 2.1 = 2.2; of keyword 1: 2 others, (2 - 3.3) / 2.1 = -0.6.
    assert met(found, "family_alike") == [True] * 2 + [False] * 8


def test_a_rule_is_usual_where_the_family_mostly_cites_it_and_alike_where_it_is_cited_between_the_same_levels() -> None:
    # Rule 0 is cited by twelve disputes of family 0 at the lower pair, rule 1 by twelve of family 1 at the upper one,
    # and rule 1 once in family 0. Of the lower pair there are 13 of 25: rule 0 has 11 others, expected 12 x 13/25 = 6.2,
    # (11 - 6.2) / sqrt(7.2) = 1.8: not more than 2. Without the stray one: 24 disputes, 12 x 12/24 = 6.0,
    # (11 - 6) / sqrt(7) = 1.9. With twenty each: 20 x 20/40 = 10, (19 - 10) / sqrt(11) = 2.7.
    few = several([0] * 12 + [1] * 12 + [0], [0] * 12 + [1] * 12 + [0], [LOW] * 12 + [HIGH] * 12 + [LOW], [(at, int(at >= 12)) for at in range(25)])  # fmt: skip
    found = propose(few, Clusters(np.full(25, -1), np.full(25, -np.inf), ()))
    assert met(found, "usual_rule") == [True] * 24 + [False]
    assert met(found, "unusual_rule") == [False] * 24 + [True]
    assert not any(met(found, "rule_alike"))
    many = several(
        [0] * 20 + [1] * 20, [0] * 20 + [1] * 20, [LOW] * 20 + [HIGH] * 20, [(at, at // 20) for at in range(40)]
    )
    found = propose(many, Clusters(np.full(40, -1), np.full(40, -np.inf), ()))
    assert all(met(found, "rule_alike"))


def test_without_a_family_pair_or_rule_nothing_of_them_is_met() -> None:
    found = propose(
        several([0, 0], [-1, -1], [LOW, [2, 0, 0, 0]], []), Clusters(np.full(2, -1), np.full(2, -np.inf), ())
    )
    for name in ("family_seldom", "family_alike", "usual_rule", "unusual_rule", "rule_alike"):
        assert met(found, name) == [False, False]
