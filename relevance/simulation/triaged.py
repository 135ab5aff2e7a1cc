"""Disputes triaged by the product's rules: what is decided, in which order, by whom. Nothing here knows the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relevance.cases import Cases, Flags, Floats
from relevance.causes import CAUSES, Cause, Proposed, cluster_cause, propose
from relevance.clusters import Clusters, Codebook, Component, Growing, assign, belongs, grow, telling
from relevance.ranking import Ranked, rank
from relevance.simulation.parameters import World

PLAINLY = 2.0  # log-odds from which a precedent plainly decides a case


@dataclass(frozen=True, slots=True)
class Group:
    """What is decided at once: a cluster, or a dispute that stands alone.

    Attributes:
        rows: its cases, those that fit best first.
        telling: those that are looked at.
        cause: of all of them.
        component: what holds it together; None where it stands alone.
        per_minute: what it is worth.
    """

    rows: NDArray[np.int64]
    telling: NDArray[np.int64]
    cause: Cause
    component: Component | None
    per_minute: float


@dataclass(frozen=True, slots=True)
class Triaged:
    """Groups in their order, and what they were made from."""

    groups: list[Group]
    clusters: Clusters
    proposed: Proposed
    ranked: Ranked


def triage(
    cases: Cases,
    world: World,
    book: Codebook,
    inflow: Floats | None = None,
    apart: Flags | None = None,
    how: Growing | None = None,
) -> Triaged:
    """Clusters, causes, values, order.

    Args:
        cases: the disputes.
        world: for the costs and the numbers of codes.
        book: the codes and their frequencies.
        inflow: (N,) how much of each case's arrival counts towards the inflow a day; the cases are all of one day if left out.
        apart: (N,) cases that somebody took out of their cluster: they stand alone.
        how: the thresholds.
    """
    clusters = grow_among(cases, book, apart, how)
    proposed = propose(cases, clusters, book)
    m = len(clusters.components)
    alone = np.flatnonzero(clusters.of < 0)
    of = clusters.of.copy()
    of[alone] = m + np.arange(len(alone))
    minutes = np.full(m + len(alone), world.item_s / 60)
    minutes[:m] = world.cluster_s / 60
    a_day = np.bincount(of, weights=np.ones(len(of)) if inflow is None else inflow, minlength=len(minutes))
    coming = np.where(np.arange(len(minutes)) < m, a_day * world.horizon_days, 0)
    ranked = rank(cases.shares, of, cases.weight, minutes, coming, belongs(clusters))
    groups = []
    for place in ranked.order:
        worth = float(ranked.per_minute[place])
        if place >= m:
            row = alone[place - m : place - m + 1]
            groups.append(Group(row, row, CAUSES[int(proposed.cause[row[0]])], None, worth))
            continue
        rows = clusters.members(int(place))
        groups.append(Group(rows, telling(rows), cluster_cause(proposed, rows), clusters.components[place], worth))
    return Triaged(groups, clusters, proposed, ranked)


def grow_among(cases: Cases, book: Codebook, apart: Flags | None, how: Growing | None) -> Clusters:
    """Clusters of the cases that nobody took out of theirs."""
    if apart is None or not apart.any():
        return grow(cases, book, how)
    rows = np.flatnonzero(~apart)
    found = grow(cases.only(rows), book, how)
    of, fit = np.full(len(cases), -1, dtype=np.int64), np.full(len(cases), -np.inf)
    of[rows], fit[rows] = found.of, found.fit
    return Clusters(of, fit, found.components)


def known(cases: Cases, book: Codebook, decided: tuple[Component, ...]) -> Clusters:
    """The cases that a decided cluster claims."""
    return assign(cases, book, decided, Growing(belongs=PLAINLY))
