"""One run of the simulation: the first hour, then the weeks, as figures."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from relevance.cases import Cases, Codes
from relevance.consensus import Policy
from relevance.simulation.grading import Skill, codebook, disputes, grade
from relevance.simulation.hour import confusion, hour
from relevance.simulation.parameters import World
from relevance.simulation.people import Known
from relevance.simulation.truth import Day, Truth
from relevance.simulation.weeks import Weeks
from relevance.tiers import Tiers


def first_day(world: World, seed: int) -> tuple[Truth, Day, Cases, Codes]:
    """The first day as it is graded: the truth, the day's items, its disputes, and their rows among the items."""
    truth = Truth(world, seed)
    day = truth.day()
    graded = grade(day, Policy())
    skill = Skill(np.zeros(world.graders), np.zeros(world.graders))
    skill.add(day, graded)
    cases, rows = disputes(day, graded, skill, truth.weight, 0)
    return truth, day, cases, rows


def first_hour(world: World, seed: int, tiers: Tiers | None = None) -> dict[str, Any]:
    """The figures of the first meeting and of the proposed causes, on the first day's disputes."""
    truth, day, cases, rows = first_day(world, seed)
    known = Known(day.truth[rows], day.situation[rows], day.kind[rows])
    made, found = hour(cases, known, truth, world, codebook(world, [day]), tiers or Tiers())
    table = confusion(found, known)
    named = {kind: row for kind, row in table.items() if kind != "clear"}
    right = sum(row[kind] for kind, row in named.items())
    figures = {name: value for name, value in asdict(made).items() if name != "propagated"}
    return figures | {
        "propagation_in_the_hour": _account(asdict(made.propagated)),
        "clusters": len(found.clusters.components),
        "in_clusters": int((found.clusters.of >= 0).sum()),
        "causes": {
            "table": table,
            "right_of_unclear": right / max(sum(sum(row.values()) for row in named.values()), 1),
            "hit_rate": {kind: row[kind] / max(sum(row.values()), 1) for kind, row in named.items()},
        },
    }


def run(world: World, seed: int, weeks: int = 8, tiers: Tiers | None = None) -> dict[str, Any]:
    """All figures of one seed, ready for JSON."""
    figures: dict[str, Any] = {"seed": seed, "weeks_run": weeks, "world": asdict(world)}
    figures |= first_hour(world, seed, tiers)
    if weeks:
        model = Weeks(world, seed, tiers)
        figures["weeks"] = [asdict(week) for week in model.run(weeks)]
        figures["propagation"] = _account(asdict(model.propagated))
        figures["accuracy_of_all_labels"] = float((model.label == model.known.truth).mean())
        figures["accuracy_without_people"] = float((model.first == model.known.truth).mean())
        figures["bottleneck"] = bottleneck(figures["weeks"])
    return figures


def bottleneck(weeks: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The tier whose work is left over, if the backlog still grows after week four; None if it does not.

    It grows if the mean of the last two weeks lies more than a twentieth above week four's.
    """
    if len(weeks) < 6:
        return None
    last = (weeks[-1]["backlog"] + weeks[-2]["backlog"]) / 2
    if last <= 1.05 * weeks[3]["backlog"]:
        return None
    left = weeks[-1]["backlog_by_tier"]
    tier = max(left, key=lambda name: left[name]) if left else "graders"
    return {"tier": tier, "items_left_over": left.get(tier, 0), "grows_by_week": (last - weeks[3]["backlog"]) / (len(weeks) - 4.5)}  # fmt: skip


def _account(account: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in account.items() if name != "by_decision"}
