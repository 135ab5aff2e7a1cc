"""The proposed cause where it is known: on seeds that nobody tuned on, beside the commonest cause and a fitted classifier.

The weights of `relevance.causes.EVIDENCE` come from seeds 1 to 5; everything here is counted on 7001 to 7003. The
classifier is fitted to the truth of seeds 1 to 5 from the same evidence: what no weights could do better with it. The
proposal's weights are its own, rounded to tenths, so the two lie close together; "commonest" is the commonest cause of
the disputes that are counted, which is another among the unclear items than among all.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from relevance.causes import CAUSES, Cause, Proposed, propose
from relevance.clusters import grow
from relevance.simulation.grading import codebook
from relevance.simulation.parameters import World
from relevance.simulation.run import first_day
from relevance.simulation.truth import BOUNDARY, CLEAR, CLIP, ERROR, GAP, KEYWORD
from tests.bench.common import Row

FITTED, HELD_OUT = (1, 2, 3, 4, 5), (7001, 7002, 7003)
TRUE = {
    CLEAR: Cause.ERROR, GAP: Cause.GAP, BOUNDARY: Cause.BOUNDARY, KEYWORD: Cause.KEYWORD, CLIP: Cause.CLIP,
    ERROR: Cause.ERROR,
}  # fmt: skip


def _first_day(seed: int) -> tuple[Proposed, Any]:
    """What is proposed of the first day's disputes, and their true kinds."""
    world = World()
    _, day, cases, rows = first_day(world, seed)
    book = codebook(world, [day])
    return propose(cases, grow(cases, book), book), day.kind[rows]


def run() -> list[Row]:
    """The shares that are right, in per cent."""
    fitted, held = [_first_day(seed) for seed in FITTED], [_first_day(seed) for seed in HELD_OUT]
    place = np.array([CAUSES.index(TRUE[kind]) for kind in range(6)])
    kinds, learned = (np.concatenate([kind for _, kind in days]) for days in (held, fitted))
    x, known = (np.concatenate([found.evidence for found, _ in days]).astype(float) for days in (held, fitted))
    unclear, true = kinds != CLEAR, place[kinds]
    rows = [Row("disputed unclear items, held-out seeds", int(unclear.sum()), "items")]

    def counted(name: str, said: Any) -> None:
        right = said == true
        rows.append(Row(f"{name}: unclear items right", round(float(right[unclear].mean()) * 100, 1), "%"))
        rows.append(Row(f"{name}: boundaries right", round(float(right[kinds == BOUNDARY].mean()) * 100, 1), "%"))
        rows.append(Row(f"{name}: all disputes right", round(float(right.mean()) * 100, 1), "%"))

    proposed = np.concatenate([found.cause for found, _ in held])
    regression = LogisticRegression(C=0.3, max_iter=1000).fit(known, place[learned]).predict(x)
    counted("proposed", proposed)
    counted("logistic regression", regression)
    # The proposal's weights are such a regression's, rounded: this says how little the rounding changes.
    rows.append(Row("disputes of which the two say another cause", int((proposed != regression).sum()), "items"))
    for name, among in (("unclear items", true[unclear]), ("all disputes", true)):
        common = np.bincount(among, minlength=len(CAUSES))
        rows.append(
            Row(
                f"always {CAUSES[int(common.argmax())]}: {name} right",
                round(float(common.max() / len(among)) * 100, 1),
                "%",
            )
        )
    return rows
