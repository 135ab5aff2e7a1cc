"""A dispute's cause from the records alone: each kind of evidence moves the proposal as it says."""

from __future__ import annotations

import numpy as np
import pytest

from relevance.cases import FLAG_KINDS, Cases
from relevance.causes import CAUSES, EVIDENCE, PRIOR, Cause, propose
from relevance.clusters import Clusters, Component


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


def test_a_cluster_of_one_keyword_speaks_for_the_keyword_one_of_a_family_for_the_boundary() -> None:
    cases = case([1, 0, 0, 1])
    component = Component(np.zeros(1, dtype=np.float32), 0.0, (0, 3), 3)
    inside = Clusters(np.array([0]), np.array([2.0]), (component,))
    assert CAUSES[int(propose(cases, inside).cause[0])] is Cause.KEYWORD


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
