"""Agreement: against the reference packages, the published figures, and the cases where there is nothing to say."""

from __future__ import annotations

from pathlib import Path

import krippendorff
import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from relevance.exchange.grades import read
from relevance.quality.ac2 import ac2
from relevance.quality.bootstrap import interval, kinds, paired
from relevance.quality.kappa import kappa, pairs
from relevance.quality.krippendorff import alpha
from relevance.quality.percent import percent
from relevance.quality.table import Grades, table
from relevance.quality.weights import KINDS, weights

# Three graders, fifteen units (two of them ungraded), from Krippendorff's own example: u06 to u15 and three sparse ones.
A = [None, None, None, None, None, 3, 4, 1, 2, 1, 1, 3, 3, None, 3]
B = [1, None, 2, 1, 3, 3, 4, 3, None, None, None, None, None, None, None]
C = [None, None, 2, 1, 3, 4, 4, None, 2, 1, 1, 3, 3, None, 4]


@pytest.fixture
def published() -> Grades:
    rows = [
        (f"u{unit:02}", name, level - 1)
        for name, levels in (("A", A), ("B", B), ("C", C))
        for unit, level in enumerate(levels)
        if level is not None
    ]
    return table(*zip(*rows, strict=True), levels=4).grades  # type: ignore[arg-type]


def test_alpha_of_krippendorffs_own_example(published: Grades) -> None:
    # Printed: nominal 0.691, interval 0.811; package krippendorff 0.9: ordinal 0.8067.
    assert alpha(published.votes, "nominal").value == pytest.approx(0.691, abs=5e-4)
    assert alpha(published.votes, "interval").value == pytest.approx(0.811, abs=5e-4)
    assert alpha(published.votes, "ordinal").value == pytest.approx(0.8067214199413153, abs=1e-12)


@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval"])
def test_alpha_is_the_krippendorff_packages_on_random_tables_with_gaps(metric: str) -> None:
    random = np.random.default_rng(7)
    for _ in range(20):
        votes = random.multinomial(random.integers(1, 6, 40), [0.4, 0.3, 0.2, 0.1]).astype(float)
        expected = krippendorff.alpha(value_counts=votes, value_domain=[0, 1, 2, 3], level_of_measurement=metric)
        assert alpha(votes, metric).value == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", ["web4", "adult4", "anaesthesia_ds1979"])
def test_alpha_of_the_shared_crowds_is_what_the_reference_found(shared: Path, name: str) -> None:
    import json

    stats = json.loads((shared / "crowd" / name / "stats.json").read_text())
    votes = read(shared / "crowd" / name / "labels.csv").grades.votes
    for metric, key in (("nominal", "alpha_nom"), ("ordinal", "alpha_ord"), ("interval", "alpha_int")):
        assert alpha(votes, metric).value == pytest.approx(stats[key], abs=1e-9)


# irrCAC 0.4.4, CAC(ratings 1..4, weights, categories=[1, 2, 3, 4], digits=10).gwet(); it can't be installed beside
# pandas 3, so that its figures stand here.
IRRCAC = {
    "krippendorff": {"nominal": 0.709163918, "ordinal": 0.8154590126, "linear": 0.77342163, "quadratic": 0.8352385686},
    "anaesthesia": {"nominal": 0.652164012, "ordinal": 0.8787793553, "linear": 0.8089049953, "quadratic": 0.9097037666},
}


@pytest.mark.parametrize("kind", KINDS)
def test_ac2_is_irrcacs_with_gaps(published: Grades, kind: str) -> None:
    assert ac2(published.votes, kind).value == pytest.approx(IRRCAC["krippendorff"][kind], abs=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_ac2_is_irrcacs_on_the_anaesthetists(shared: Path, kind: str) -> None:
    votes = read(shared / "crowd" / "anaesthesia_ds1979" / "labels.csv").grades.votes
    assert ac2(votes, kind).value == pytest.approx(IRRCAC["anaesthesia"][kind], abs=1e-9)


@pytest.mark.parametrize(("kind", "theirs"), [("nominal", None), ("linear", "linear"), ("quadratic", "quadratic")])
def test_kappa_is_scikit_learns(kind: str, theirs: str | None) -> None:
    random = np.random.default_rng(3)
    first, noise = random.integers(0, 4, 200), random.integers(-1, 2, 200)
    second = np.clip(first + noise, 0, 3)
    both = np.zeros((4, 4))
    np.add.at(both, (first, second), 1)
    expected = cohen_kappa_score(first, second, weights=theirs, labels=[0, 1, 2, 3])
    assert kappa(both, kind).value == pytest.approx(expected, abs=1e-12)


def test_pairs_of_graders_count_their_common_items_only() -> None:
    grades = table(["a", "a", "b", "b", "c", "c"], ["x", "y", "x", "y", "x", "z"], [0, 0, 1, 1, 0, 1], levels=2).grades
    found = pairs(grades, "nominal", least=2)
    assert [(pair.first, pair.second, pair.estimate.items, pair.estimate.value) for pair in found] == [(0, 1, 2, 1.0)]


def test_weights_go_from_one_to_none() -> None:
    for kind in KINDS:
        w = weights(kind, 5)
        assert np.diag(w).tolist() == [1.0] * 5
        assert w[0, 4] == pytest.approx(0)


def test_percent_counts_pairs_within_items() -> None:
    # 0 0 0: 3 of 3 pairs; 0 1 2: none of 3; 3 alone: says nothing. (1 + 0) / 2.
    votes = np.array([[3.0, 0, 0, 0], [1, 1, 1, 0], [0, 0, 0, 1]])
    found = percent(votes)
    assert (found.value, found.items, found.grades) == (0.5, 2, 6)
    # Within one level: 0 1 and 1 2 of the three pairs. (1 + 2/3) / 2.
    assert percent(votes, within=1).value == pytest.approx(5 / 6)


@pytest.mark.parametrize("measure", [alpha, ac2, percent])
def test_one_grader_only_is_said_not_computed(measure: object) -> None:
    found = measure(np.array([[1.0, 0], [0, 1]]))  # type: ignore[operator]
    assert found.value is None
    assert found.why == "No item has grades by two graders."


def test_all_the_same_level_has_a_defined_answer() -> None:
    votes = np.array([[0.0, 3, 0]] * 5)
    assert alpha(votes).value is None
    assert "same level" in alpha(votes).why
    assert ac2(votes).value == 1
    assert percent(votes).value == 1
    assert kappa(np.diag([0.0, 5, 0])).value is None


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    # 200 samples of 60 items from a population whose pairs agree 70 %: about 190 intervals hold 0.7.
    random = np.random.default_rng(11)
    held = 0
    for _ in range(200):
        agree = random.random(60) < 0.7
        votes = np.where(agree[:, None], [2.0, 0.0], [1.0, 1.0])
        found = percent(votes)
        assert found.low is not None and found.high is not None
        held += found.low <= 0.7 <= found.high
    assert 180 <= held <= 199


def test_the_interval_is_the_plain_bootstraps() -> None:
    # Drawing kinds by multinomial is drawing items: compare with resampling the items themselves.
    random = np.random.default_rng(5)
    votes = random.multinomial(3, [0.5, 0.3, 0.2], size=80).astype(float)
    found = alpha(votes, "ordinal")
    plain = [alpha_plain(votes[random.integers(0, 80, 80)]) for _ in range(600)]
    low, high = np.percentile(plain, [2.5, 97.5])
    assert found.low == pytest.approx(low, abs=0.02)
    assert found.high == pytest.approx(high, abs=0.02)


def alpha_plain(votes: np.ndarray) -> float:
    return float(krippendorff.alpha(value_counts=votes, value_domain=[0, 1, 2], level_of_measurement="ordinal"))


def test_a_paired_difference_is_narrower_than_its_parts() -> None:
    random = np.random.default_rng(2)
    first = (random.random(500) < 0.8).astype(float)
    second = np.where(random.random(500) < 0.02, 0.0, first)
    mean, low, high = paired(first, second)
    assert low <= mean <= high
    assert high - low < 0.03  # each alone: +-3.5 points


def test_an_interval_leaves_undefined_resamples_out() -> None:
    kind, count = kinds(np.array([[2.0, 0.0], [0.0, 2.0]]))
    low, high = interval(lambda w: np.where(w.min(axis=1) > 0, 1.0, np.nan), count)
    assert (low, high) == (1.0, 1.0)
    assert len(kind) == 2
