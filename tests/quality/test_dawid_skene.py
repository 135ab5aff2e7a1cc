"""Dawid and Skene's estimate is theirs: the paper's anaesthetists, and crowd-kit's figures on the shared crowds."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from relevance.exchange.grades import read, read_gold
from relevance.quality.dawid_skene import dawid_skene
from relevance.quality.labels import mode
from relevance.quality.table import coded, table


def test_the_anaesthetists_of_1979(shared: Path) -> None:
    folder = shared / "crowd" / "anaesthesia_ds1979"
    # The first anaesthetist answered three times and has one confusion: repeats count here, so no checked table.
    rows = pd.read_csv(folder / "labels_with_repeats.csv")
    item, _ = pd.factorize(rows["item"], sort=True)
    grader, _ = pd.factorize(rows["grader"], sort=True)
    grades = coded(item, grader, rows["grade"].to_numpy(), levels=4)
    expected = json.loads((folder / "expected_ds.json").read_text())
    found = dawid_skene(grades, rounds=500, tolerance=1e-9)
    assert mode(found.shares).level.tolist() == expected["item_class"]
    assert found.prior == pytest.approx(expected["class_marginals"], abs=1e-4)
    for code, name in enumerate(["a1", "a2", "a3", "a4", "a5"]):
        assert found.confusion[code] == pytest.approx(np.array(expected["confusion"][name]), abs=1e-3)


@pytest.mark.parametrize("name", ["web4", "dog4_nominal", "adult3_5x"])
def test_it_is_as_right_as_crowd_kits_figures_on_the_shared_crowds(shared: Path, name: str) -> None:
    folder = shared / "crowd" / name
    grades = read(folder / "labels.csv").grades
    gold = read_gold(folder / "gold.csv", grades).level
    known = gold >= 0
    found = (dawid_skene(grades).shares.argmax(axis=1) == gold)[known].mean()
    expected = json.loads((folder / "stats.json").read_text())["ds_acc"]
    assert found == pytest.approx(expected, abs=0.01)  # the two stop at different moments


def test_after_as_many_rounds_it_is_crowd_kits_to_nine_digits(shared: Path) -> None:
    aggregation = pytest.importorskip("crowdkit.aggregation", reason="crowd-kit is not installed")
    file = shared / "crowd" / "web4" / "labels.csv"
    rows = pd.read_csv(file).rename(columns={"item": "task", "grader": "worker", "grade": "label"})
    # Its bound may fall from one round to the next, and it would stop there: -inf lets it do them all.
    theirs = aggregation.DawidSkene(n_iter=10, tol=-np.inf).fit_predict_proba(rows).sort_index()[[0, 1, 2, 3]]
    ours = dawid_skene(read(file).grades, rounds=10, tolerance=0).shares
    assert ours == pytest.approx(theirs.to_numpy(), abs=1e-9)


def test_an_item_of_one_grade_and_a_grader_of_one_answer_have_an_answer() -> None:
    found = dawid_skene(table(["a", "b", "b"], ["x", "y", "z"], [0, 1, 1], levels=3).grades)
    assert np.isfinite(found.shares).all()
    assert found.confusion.sum(axis=2) == pytest.approx(np.ones((3, 3)))
