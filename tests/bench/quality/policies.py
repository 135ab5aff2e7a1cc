"""Adaptive overlap against the fixed ones."""

from __future__ import annotations

import numpy as np

from relevance.quality.replay import replay
from tests.bench.quality.common import (
    FOUR,
    goal,
    load_crowd,
    table,
)


def replayed() -> str:
    """Adaptive overlap replayed on past grades, 12 draws."""
    rows, verdicts = [], []
    for name in FOUR:
        found = load_crowd(name)
        outcome = {one.policy: one for one in replay(found.grades, found.gold, draws=12)}
        five, plain = outcome["model-5"], outcome["majority-5"]
        seven, capped = outcome["adaptive-7"], outcome["adaptive-5"]
        for one in outcome.values():
            left = "" if one.unsure is None else f"{one.unsure:.1%}"
            rows.append(
                [
                    name,
                    one.policy,
                    f"{one.grades_per_item:.2f}",
                    f"{100 * one.accuracy:.1f}",
                    f"{one.distance:.3f}",
                    left,
                ]
            )
        verdicts.append(
            (name, 1 - seven.grades_per_item / five.grades_per_item, seven.accuracy - five.accuracy,
             1 - capped.grades_per_item / plain.grades_per_item, capped.accuracy - plain.accuracy)
        )  # fmt: skip
    text = "Grades are dealt out in random order as each policy asks for them. Cost and accuracy are those of the gold items (adult4's 333 are easier than the rest; over all of its 11,040 items, a third of which have fewer than five grades, less is saved: see the last column). The web sets have at most six grades an item.\n\n"
    text += (
        table(
            ["set", "policy", "grades an item", "right %", "levels off", "left to people", "grades an item, all items"],
            rows,
        )
        + "\n"
    )
    text += table(
        ["set", "cap 7: fewer grades than model-5", "points to model-5", "cap 5: fewer than majority-5", "points to majority-5"],
        [[n, f"{a:.1%}", f"{100 * b:+.2f}", f"{c:.1%}", f"{100 * d:+.2f}"] for n, a, b, c, d in verdicts],
    ) + "\n"  # fmt: skip
    mean = np.mean([[a, b, c, d] for _, a, b, c, d in verdicts], axis=0)
    text += goal(
        f"cap 7, on average: 27 % fewer grades, at most 0.5 points under fixed five with the model ({mean[0]:.1%}, {100 * mean[1]:+.2f})",
        mean[0] >= 0.27 and mean[1] >= -0.005,
    )
    text += goal("cap 7, on every set", all(a >= 0.27 and b >= -0.005 for _, a, b, _, _ in verdicts))
    text += goal(
        f"cap 5, on average: 30 % fewer than fixed five with majority ({mean[2]:.1%}), and on every set at a higher accuracy",
        mean[2] >= 0.30 and all(d > 0 for *_, d in verdicts),
    )
    return text + goal("cap 5, 30 % fewer on every set", all(c >= 0.30 for _, _, _, c, _ in verdicts))
