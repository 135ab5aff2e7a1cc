"""Simulated crowds with known truth, parts of the six, skewed ones, and graders."""

from __future__ import annotations

import numpy as np

from relevance.quality.attention import hands, hasty
from relevance.quality.confusion import certain, scorecards
from relevance.quality.dawid_skene import dawid_skene
from relevance.quality.majority import vote_shares
from relevance.quality.model import Prior, fit
from relevance.quality.replay import deal
from relevance.quality.simulate import CROWDS, crowd
from relevance.quality.table import Floats, Grades, Ints, coded
from relevance.quality.triage import right
from tests.bench.quality.common import (
    METHODS,
    SIX,
    load_crowd,
    table,
)


def crowds() -> str:
    """Three simulated crowds with known truth, and what watching adds."""
    rows = []
    for kind in CROWDS:
        for n in (2, 3, 5):
            value: dict[str, list[float]] = {}
            for seed in range(10):
                made = crowd(kind, per_item=n, seed=seed)
                split = hands(made.grades, hasty(made.grades, made.watched))
                for key, shares in {
                    "majority": vote_shares(made.grades), "Dawid-Skene": dawid_skene(made.grades).shares,
                    "model": fit(made.grades).shares, "model, hasty answers apart": fit(split).shares,
                }.items():  # fmt: skip
                    value.setdefault(key, []).append(float(right(shares, made.truth).mean()))
            rows.append([kind, str(n), *(f"{100 * np.mean(each):.2f}" for each in value.values())])
    text = "2,000 items, 18 graders, known truth; ten seeds. *Careless*: a third of the graders answers 40 % of the clips unseen. *Drifting*: half of them grow lenient half-way.\n\n"
    text += table(["crowd", "grades an item", "majority", "Dawid-Skene", "model", "model, hasty answers apart"], rows)
    text += (
        others()
        + "\n### Graders: which reference tells their accuracy\n\nMean absolute difference to accuracy against gold, points, over graders with enough gold items; sign of the mean difference in brackets.\n\n"
    )
    rows = []
    for name in SIX:
        found = load_crowd(name)
        for n in (0, 3):
            grades = found.grades if n == 0 else deal(found.grades, 0).first(n)
            made = fit(grades)
            at = found.gold[grades.item] >= 0
            truth = scorecards(grades, certain(found.gold, grades.levels)[grades.item])
            enough = [j for j, card in enumerate(truth) if card.n >= (20 if n == 0 else 10)]
            row = [name, "all" if n == 0 else str(n), str(len(enough))]
            for reference in (made.posterior[grades.item], left_out(made.confusion, made.prior, grades)):
                cards = scorecards(grades, reference * at[:, None])
                gap = [float(cards[j].accuracy.value or 0) - float(truth[j].accuracy.value or 0) for j in enough]
                row.append(f"{100 * np.mean(np.abs(gap)):.1f} ({100 * np.mean(gap):+.1f})" if gap else "-")
            rows.append(row)
    return text + table(["set", "grades an item", "graders", "model, own answer counted", "own answer left out"], rows)


def others() -> str:
    """Crowds that nothing was chosen on: parts of the six, and skewed ones."""
    rows = []
    for name in SIX:
        found = load_crowd(name)
        for n in (0, 3, 2):
            gaps: dict[str, list[float]] = {"majority": [], "Dawid-Skene": []}
            for seed in range(20):
                random = np.random.default_rng([9201, seed])
                some = random.random(len(found.grades.graders)) < 0.6
                kept = found.grades.only(some[found.grades.grader])
                grades = kept if n == 0 else deal(kept, seed).first(n)
                at = np.flatnonzero((found.gold >= 0) & (grades.votes.sum(axis=1) > 0))
                ours = right(fit(grades).shares[at], found.gold[at]).mean()
                for method in gaps:
                    gaps[method].append(100 * (ours - right(METHODS[method](grades)[at], found.gold[at]).mean()))
            rows.append([name, "all left" if n == 0 else str(n), *(
                f"{np.mean(each):+.1f} ({min(each):+.1f} to {max(each):+.1f}; {np.mean(np.array(each) < 0):.0%})" for each in gaps.values()
            )])  # fmt: skip
    text = "\n### Other crowds: six in ten of the graders of each set\n\nTwenty random parts of each set (seeds that nothing was chosen on). Points of the model above the method: mean, range, and the share of parts where it is under it.\n\n"
    text += table(["set", "grades an item", "above majority", "above Dawid-Skene"], rows)
    rows = []
    for common, levels in ((0.7, 4), (0.8, 4), (0.9, 2), (0.9, 4)):
        for n in (2, 3, 5):
            value: dict[str, list[float]] = {}
            for seed in range(6):
                grades, truth = skewed(levels, n, seed, common)
                for method in ("majority", "Dawid-Skene", "model"):
                    value.setdefault(method, []).append(float(right(METHODS[method](grades), truth).mean()))
            rows.append(
                [f"{common:.0%}", str(levels), str(n), *(f"{100 * np.mean(each):.2f}" for each in value.values())]
            )
    text += "\n### Skewed crowds: one level in seven to nine of ten items\n\n800 items, 30 graders who are right 5 to 9 times in 10, errors to a neighbour; six seeds.\n\n"
    return text + table(["at the common level", "levels", "grades an item", "majority", "Dawid-Skene", "model"], rows)


def skewed(levels: int, per_item: int, seed: int, common: float = 0.9) -> tuple[Grades, Ints]:
    """A crowd with level 0 in `common` of the items."""
    random = np.random.default_rng([90, levels, seed])
    truth = np.where(random.random(800) < common, 0, random.integers(1, levels, 800)).astype(np.int32)
    item = np.repeat(np.arange(800), per_item)
    who = random.random((800, 30)).argsort(axis=1)[:, :per_item].ravel()
    ok = random.random(len(item)) < random.uniform(0.5, 0.9, 30)[who]
    step = np.where(
        truth[item] == 0, 1, np.where(truth[item] == levels - 1, -1, np.where(random.random(len(item)) < 0.5, -1, 1))
    )
    level = np.where(ok, truth[item], truth[item] + step)
    return coded(item.astype(np.int32), who.astype(np.int32), level.astype(np.int32), levels=levels), truth


def left_out(confusion: Floats, prior: Floats, grades: Grades) -> Floats:
    """(n, K) for each grade what the item's other grades say."""
    logs = np.log(confusion.transpose(0, 2, 1)).reshape(-1, grades.levels)
    hand = grades.grader.astype(np.int64) * grades.levels + grades.level
    total = np.zeros((len(grades.items), grades.levels))
    np.add.at(total, grades.item, logs[hand])
    joint = total[grades.item] - logs[hand] + Prior().temper * np.log(prior)
    joint = np.exp(joint - joint.max(axis=1, keepdims=True))
    return np.asarray(joint / joint.sum(axis=1, keepdims=True))
