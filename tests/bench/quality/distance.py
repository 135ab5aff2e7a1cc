"""How far off the reported label is, in levels."""

from __future__ import annotations

import numpy as np

from relevance.quality.bootstrap import paired
from relevance.quality.labels import median
from relevance.quality.table import Floats, Ints
from tests.bench.quality.common import (
    METHODS,
    drawn,
    draws,
    goal,
    load_crowd,
    table,
)


def distance() -> str:
    """How far off a label is, in levels: the model's median against what the others report, and against their best."""
    text = "Mean distance of the reported label from gold, in levels; of m tied levels each counts 1/m. *near* reports the median of the model's distribution, *exact* its mode. The others report their mode, and in brackets stands their median where that is nearer: nobody publishes it, but it is the harder comparison. The last column is *near* less the nearest other (modes and medians), with its 95 % paired bootstrap interval over items.\n"
    for n, title in ((0, "all grades"), (3, "three an item"), (2, "two an item")):
        rows, least, least_of_all = [], True, True
        for name in ("adult3_5x", "adult4", "web4", "web5"):
            found = load_crowd(name)
            gold = found.gold[found.known]
            off: dict[str, Floats] = {}
            for d in range(draws(n)):
                for method, shares in drawn(name, n, d).items():
                    for way, value in (("mode", off_modes(shares, gold)), ("median", off_medians(shares, gold))):
                        off[f"{method} {way}"] = off.get(f"{method} {way}", 0) + value / draws(n)
            mean = {key: float(each.mean()) for key, each in off.items()}
            others = [m for m in METHODS if m != "model"]
            near = mean["model median"]
            least &= near <= min(mean[f"{m} mode"] for m in others) + 1e-9
            rival = min((key for key in mean if not key.startswith("model")), key=lambda key: mean[key])
            least_of_all &= near <= mean[rival] + 1e-9
            apart = paired(off["model median"], off[rival])
            rows.append(
                [
                    name,
                    *(
                        f"{mean[m + ' mode']:.3f}" + (f" ({mean[m + ' median']:.3f})" if mean[m + ' median'] < mean[m + ' mode'] - 5e-4 else "")
                        for m in others
                    ),
                    f"{mean['model mode']:.3f}",
                    f"**{near:.3f}**",
                    f"{apart[0]:+.3f} [{apart[1]:+.3f}, {apart[2]:+.3f}] {rival}",
                ]
            )  # fmt: skip
        text += f"\n### {title}\n\n"
        text += table(["set", *others, "model, exact", "model, near", "near less the nearest other"], rows) + "\n"
        text += goal("nearest of all reported labels on every ordered set", least)
        text += goal("nearest even of the others' modes and medians on every ordered set", least_of_all)
    return text


def off_medians(shares: Floats, gold: Ints) -> Floats:
    """(n,) distance of the median."""
    return np.abs(median(shares).level - gold).astype(np.float64)


def off_modes(shares: Floats, gold: Ints) -> Floats:
    """(n,) distance of the mode; of tied levels the mean."""
    top = shares >= shares.max(axis=1, keepdims=True) - 1e-9
    apart = np.abs(np.arange(shares.shape[1]) - gold[:, None])
    return np.asarray((top * apart).sum(axis=1) / top.sum(axis=1))
