"""Right labels: all grades, three and two an item."""

from __future__ import annotations

import numpy as np

from relevance.quality.bootstrap import paired
from relevance.quality.triage import right
from tests.bench.quality.common import (
    DRAWS,
    METHODS,
    SIX,
    STATS,
    drawn,
    goal,
    interval,
    load_crowd,
    table,
)


def labels() -> str:
    """Right labels: all grades, three and two an item."""
    text = "Share of gold items with the right label; of m tied levels each counts 1/m.\n\n"
    rows, differences = [], []
    within, means = True, {name: [] for name in METHODS}
    for name in SIX:
        found = load_crowd(name)
        gold = found.gold[found.known]
        ours = right(drawn(name, 0, 0)["model"], gold)
        theirs = {method: found.stats[key] for method, key in STATS.items()}
        best = max(theirs.values())
        within &= ours.mean() >= best - 0.011
        for method, value in {**theirs, "model": ours.mean()}.items():
            means[method].append(value)
        rows.append(
            [
                name,
                *(f"{100 * value:.1f}" for value in theirs.values()),
                f"**{100 * ours.mean():.2f}**",
                f"{100 * (ours.mean() - best):+.1f}",
            ]
        )
        for method in ("majority", "Dawid-Skene", "GLAD"):
            difference = paired(ours, right(drawn(name, 0, 0)[method], gold))
            differences.append([name, method, interval(difference)])
    mean = {method: float(np.mean(values)) for method, values in means.items()}
    rows.append(
        ["mean", *(f"{100 * mean[m]:.1f}" for m in METHODS if m != "model"), f"**{100 * mean['model']:.2f}**", ""]
    )
    text += (
        "### All grades (published methods: crowd-kit's figures)\n\n"
        + table(["set", *STATS, "model", "to the best"], rows)
        + "\n"
    )
    text += goal("within 1.1 points of the best of the four on every set", within)
    text += goal(
        f"83.5 % on average and above each of the four (model {100 * mean['model']:.2f})",
        mean["model"] >= 0.835 and mean["model"] > max(v for m, v in mean.items() if m != "model"),
    )
    text += "\nModel less method, points, 95 % paired bootstrap interval over items:\n\n" + table(
        ["set", "method", "difference"], differences
    )
    for n, least in ((3, 3.5), (2, 5.5)):
        text += f"\n### {n} grades an item, {DRAWS} random draws\n\n"
        text += "MACE and GLAD are recomputed on each draw (GLAD equals crowd-kit's to the digit; crowd-kit's MACE mixes up workers whose names are not in the order of their rows, ours does not and is the stronger).\n\n"
        rows, gains, over, share, never_under = [], [], [], [], True
        for name in SIX:
            found = load_crowd(name)
            gold = found.gold[found.known]
            each = {m: np.array([right(drawn(name, n, d)[m], gold) for d in range(DRAWS)]) for m in METHODS}
            accuracy = {m: value.mean() for m, value in each.items()}
            best = np.max([value.mean(axis=1) for m, value in each.items() if m != "model"], axis=0)
            lead = each["model"].mean(axis=1) - best
            gain = paired(each["model"].mean(axis=0), each["majority"].mean(axis=0))
            gains.append(gain[0])
            over.append(lead.mean())
            share.append((lead > 0).mean())
            never_under &= gain[0] >= 0
            rows.append(
                [
                    name,
                    *(f"{100 * accuracy[m]:.1f}" for m in METHODS),
                    interval(gain),
                    f"{100 * lead.mean():+.1f}",
                    f"{(lead > 0).mean():.0%}",
                ]
            )
        text += table(["set", *METHODS, "model less majority", "less best of four, per draw", "draws won"], rows) + "\n"
        text += goal("on no set under the majority", never_under)
        text += goal(
            f"at least {least} points above the majority on average (mean {100 * np.mean(gains):+.2f})",
            np.mean(gains) >= least / 100,
        )
        text += goal(
            f"above the best of the four per draw, on average (mean {100 * np.mean(over):+.2f}; {np.mean(share):.0%} of draws won)",
            np.mean(over) > 0,
        )
    return text
