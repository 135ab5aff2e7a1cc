"""Whether the confidence can be believed."""

from __future__ import annotations

import numpy as np

from relevance.quality.calibration import calibration
from relevance.quality.model import fit
from relevance.quality.replay import deal
from relevance.quality.triage import right
from tests.bench.quality.common import (
    SIX,
    drawn,
    draws,
    goal,
    load_crowd,
    table,
)


def calibrated() -> str:
    """Is a label said to be right with 0.9 right nine times in ten?"""
    text = "Said: mean confidence. Right: share of labels that equal gold, with Wilson's interval (items repeat over draws: the interval is of one draw's size). Sets count the same.\n"
    for n, title in ((0, "all grades"), (3, "three an item"), (2, "two an item")):
        pooled: list[tuple[float, float, float]] = []
        rows = []
        for name in SIX:
            found = load_crowd(name)
            gold = found.gold[found.known]
            each = {
                m: [calibration(drawn(name, n, d)[m], gold) for d in range(min(draws(n), 8))]
                for m in ("Dawid-Skene", "model")
            }
            taught = [
                calibration(
                    fit(found.grades if n == 0 else deal(found.grades, d).first(n), gold=found.gold).shares, found.gold
                )
                for d in range(min(draws(n), 3))
            ]
            for d in range(min(draws(n), 8)):
                shares = drawn(name, n, d)["model"]
                confidence, ok = shares.max(axis=1), right(shares, gold)
                pooled += [(c, r, 1 / len(gold) / min(draws(n), 8)) for c, r in zip(confidence, ok, strict=True)]
            rows.append(
                [
                    name,
                    *(
                        f"{np.mean([c.brier for c in cs if c]):.3f} / {100 * np.mean([c.over for c in cs if c]):+.1f}"
                        for cs in (*each.values(), taught)
                    ),
                ]
            )
        text += f"\n### {title}\n\n" + "Reliability of the model without gold, six sets together:\n\n"
        said, was, weight = (np.array(column) for column in zip(*pooled, strict=True))
        diagram = []
        for low, high in (
            (0.0, 0.4),
            (0.4, 0.5),
            (0.5, 0.6),
            (0.6, 0.7),
            (0.7, 0.8),
            (0.8, 0.85),
            (0.85, 0.95),
            (0.95, 1.01),
        ):
            here = (said >= low) & (said < high)
            if here.sum() >= 10:
                w = weight[here] / weight[here].sum()
                a, b = float((said[here] * w).sum()), float((was[here] * w).sum())
                diagram.append(
                    [
                        f"{low:g} to {min(high, 1):g}",
                        f"{weight[here].sum() / len(SIX):.1%}",
                        f"{a:.3f}",
                        f"{b:.3f}",
                        "#" * round(40 * b),
                    ]
                )
        text += table(["confidence", "of labels", "said", "right", ""], diagram)
        nine = (said >= 0.85) & (said < 0.95)
        w = weight[nine] / weight[nine].sum()
        apart = float(((said[nine] - was[nine]) * w).sum())
        text += "\n" + goal(
            f"of labels said to be right with 0.9 (0.85 to 0.95), 90 % are, within 4 points (said less right {100 * apart:+.1f})",
            abs(apart) <= 0.04,
        )
        text += (
            "\nBrier score / mean confidence less accuracy in points (above 0: too sure). With gold, its own excluded:\n\n"
            + table(["set", "Dawid-Skene", "model", "model with gold"], rows)
        )
    return text
