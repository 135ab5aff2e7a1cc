"""Skewed crowds: one level in most of the items, which flattened shares of the levels take for more than it is."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from relevance.quality.majority import vote_shares
from relevance.quality.model import fit
from relevance.quality.replay import deal
from relevance.quality.table import Grades, Ints, coded
from relevance.quality.triage import right
from tests.bench.quality.common import goal, table

SKILLS = {"careful": (0.8, 0.97), "average": (0.6, 0.9), "careless": (0.45, 0.85)}
PER_ITEM = (2, 3, 5, 7)
SEEDS = 3
UNDER = 0.5  # points under the majority that are borne: an item in 200


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of crowd: `share` of the items at the common level, which is the lowest, a middle one or the highest."""

    levels: int = 4
    ordered: bool = True
    share: float = 0.9
    common: str = "lowest"
    skill: str = "average"
    items: int = 1000
    graders: int = 30

    @property
    def level(self) -> int:
        """The common level."""
        return {"lowest": 0, "middle": self.levels // 2, "highest": self.levels - 1}[self.common]


def kinds() -> dict[str, list[Kind]]:
    """What is varied, each beside the same middle."""
    skills = tuple(SKILLS)
    return {
        **{f"{share:.0%} at one of four levels": [Kind(share=share, common=c, skill=s) for c, s in product(("lowest", "middle", "highest"), skills)] for share in (0.5, 0.7, 0.8, 0.9, 0.95)},
        **{f"{k} levels": [Kind(levels=k, skill=s, share=share) for s, share in product(skills, (0.8, 0.9))] for k in (2, 3, 5, 7)},
        **{f"{k} levels without an order": [Kind(levels=k, ordered=False, skill=s, share=share) for s, share in product(skills, (0.8, 0.9))] for k in (2, 3, 5, 7)},
        "5 graders": [Kind(graders=5, skill=s) for s in skills],
        "300 graders": [Kind(graders=300, skill=s) for s in skills],
        "100 items": [Kind(items=100, skill=s) for s in skills],
        "20,000 items": [Kind(items=20_000, skill=s) for s in skills[1:]],
    }  # fmt: skip


def skewed(kind: Kind, seed: int) -> tuple[Grades, Ints]:
    """Seven grades an item: a grader is right as often as his skill says, errs to a neighbour (or to any other level)."""
    random = np.random.default_rng([907, seed, kind.levels, int(100 * kind.share), kind.level, kind.graders])
    others = np.delete(np.arange(kind.levels), kind.level)
    truth = np.where(random.random(kind.items) < kind.share, kind.level, random.choice(others, kind.items))
    most = min(max(PER_ITEM), kind.graders)
    who = random.random((kind.items, kind.graders)).argsort(axis=1)[:, :most].ravel()
    item = np.repeat(np.arange(kind.items), most)
    ok = random.random(len(item)) < random.uniform(*SKILLS[kind.skill], kind.graders)[who]
    if kind.ordered:
        step = np.where(random.random(len(item)) < 0.5, -1, 1)
        wrong = truth[item] + step
        wrong = np.where((wrong < 0) | (wrong >= kind.levels), truth[item] - step, wrong)
    else:
        wrong = (truth[item] + random.integers(1, kind.levels, len(item))) % kind.levels
    level = np.where(ok, truth[item], wrong)
    grades = coded(
        item.astype(np.int32), who.astype(np.int32), level.astype(np.int32),
        levels=kind.levels, ordered=kind.ordered, items=kind.items, graders=kind.graders,
    )  # fmt: skip
    return grades, truth.astype(np.int32)


def skews() -> str:
    """The model less majority over all kinds of skewed crowds, and how sure it says it is."""
    rows, short = [], []
    for group, members in kinds().items():
        for skill in SKILLS:
            row, some = [group, skill], [kind for kind in members if kind.skill == skill]
            if not some:
                continue
            for n in PER_ITEM:
                gaps, sure = zip(*(gap(kind, n, seed) for kind in some for seed in range(SEEDS)), strict=True)
                row.append(f"{np.mean(gaps):+.1f} ({min(gaps):+.1f}; {np.mean(sure):+.0f})")
                # What so few items can't tell is no shortfall: two standard errors of the mean difference.
                noise = 2 * float(np.std(gaps)) / np.sqrt(len(gaps))
                if np.mean(gaps) < -UNDER - noise:
                    short.append(f"{group}, {skill}, {n}")
            rows.append(row)
    text = f"Crowds with known truth and one level in most of the items; 1,000 items, 30 graders, four ordered levels, nine items in ten at the lowest, if nothing else is said. *Careful*, *average* and *careless* graders are right 80 to 97, 60 to 90 and 45 to 85 times in 100 and err to a neighbour (without an order: anywhere). Points of the model above the majority, mean over {SEEDS} seeds; in brackets the worst crowd, and confidence less accuracy.\n\n"
    text += table(["crowd", "graders", *(f"{n} an item" for n in PER_ITEM)], rows) + "\n"
    return text + goal(
        f"nowhere more than {UNDER} points under the majority, beyond two standard errors"
        + (f" ({'; '.join(short)})" if short else ""),
        not short,
    )


def gap(kind: Kind, n: int, seed: int) -> tuple[float, float]:
    """Points of the model above the majority, and of its confidence above its accuracy."""
    grades, truth = skewed(kind, seed)
    grades = deal(grades, seed).first(n)
    shares = fit(grades).shares
    ours = right(shares, truth).mean()
    return 100 * float(ours - right(vote_shares(grades), truth).mean()), 100 * float(shares.max(axis=1).mean() - ours)
