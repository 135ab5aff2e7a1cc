"""The first meeting: one hour by triage against the same hour item by item, on the same day's disputes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relevance.cases import Cases, Codes
from relevance.causes import CAUSES
from relevance.clusters import Codebook
from relevance.simulation.parameters import World
from relevance.simulation.people import Known, Propagated, decide, decide_items
from relevance.simulation.triaged import Triaged, triage
from relevance.simulation.truth import Truth
from relevance.tiers import Tier, Tiers, tier_of


@dataclass(slots=True)
class Hour:
    """The two arms of one hour. Accuracies are over all the day's disputes."""

    disputes: int
    settled_by_meeting: int
    settled_one_by_one: int
    accuracy_by_meeting: float
    accuracy_one_by_one: float
    accuracy_of_settled_by_meeting: float
    accuracy_of_settled_one_by_one: float
    accuracy_before: float
    cases_by_meeting: int
    propagated: Propagated


def hour(cases: Cases, known: Known, truth: Truth, world: World, book: Codebook, tiers: Tiers) -> tuple[Hour, Triaged]:
    """Both arms. Whatever is not decided in the hour keeps the same model label in both."""
    model = cases.shares.argmax(axis=1)
    n = len(cases)

    label, done = model.copy(), np.zeros(n, dtype=bool)
    found = triage(cases, world, book)
    left, count, account = world.meeting_s, 0, Propagated()
    for group in found.groups:
        # The lead's are no matter for a meeting; the rest is, since no specialist and no question has seen it yet.
        if tier_of(group.cause, len(group.rows), tiers, returned=tiers.returns) is Tier.LEAD:
            continue
        cost = world.item_s if group.component is None else world.cluster_s
        if group.component is not None and len(group.rows) >= tiers.check_from:
            cost += 2 * world.item_s  # there must be time to ask three times
        if cost > left:
            if left < world.item_s:
                break
            continue
        made = decide(group, known, truth, world.client_right, world.propagate, tiers)
        # Where the first look shows that they do not belong together, one item is decided and no rule is written.
        left -= world.item_s if made.said < 0 else world.cluster_s + (made.asked - 1) * world.item_s
        count += 1
        label[made.rows], done[made.rows] = made.level, True
        spread = made.rows[~made.looked] if made.said >= 0 else made.rows[:0]
        if len(spread):
            account.add(known.truth[spread], label[spread], 1 - cases.shares[spread, made.said])

    plain, one = model.copy(), np.arange(min(n, int(world.meeting_s // world.item_s)))
    plain[one] = decide_items(one, known, truth, world.client_right)
    right = known.truth
    return Hour(
        n, int(done.sum()), len(one), _share(label, right), _share(plain, right), _share(label[done], right[done]),
        _share(plain[one], right[one]), _share(model, right), count, account,
    ), found  # fmt: skip


def _share(label: Codes, truth: Codes) -> float:
    return float((label == truth).mean()) if len(truth) else float("nan")


def confusion(found: Triaged, known: Known) -> dict[str, dict[str, int]]:
    """How often each cause was proposed (columns) of each true kind (rows), the clear items' own errors apart."""
    from relevance.simulation.truth import BOUNDARY, CLEAR, CLIP, ERROR, GAP, KEYWORD

    names = {
        CLEAR: "clear", GAP: "guideline_gap", BOUNDARY: "boundary", KEYWORD: "ambiguous_keyword", CLIP: "bad_clip",
        ERROR: "grader_error",
    }  # fmt: skip
    table = {name: {str(one): 0 for one in CAUSES} for name in names.values()}
    for kind, proposed in zip(known.kind.tolist(), found.proposed.cause.tolist(), strict=True):
        table[names[kind]][str(CAUSES[proposed])] += 1
    return table
