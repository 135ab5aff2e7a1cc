"""What a present precedent, or three earlier decisions alike, plainly say of a keyword's disputes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from relevance.cases import LEVELS, Cases, Codes
from relevance.store.known import IN_FORCE
from relevance.store.store import Reader

AGREEING = 3  # decisions on a keyword between the same two levels, all alike, that decide plainly
NEWEST = 20_000  # decisions that are looked at


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a present rule or decision plainly says of a cluster: the level, with where it was said."""

    level: int
    rule: str | None
    reason: str
    decisions: int
    precedent: int | None = None  # the precedent that says so; then no number of decisions is needed


@dataclass(frozen=True, slots=True)
class Plainly:
    """What is said of each keyword, the newest last.

    Attributes:
        until: the newest decision, precedent and replacement of one that it rests on.
        decided: (level, rule, reason) by keyword id.
        precedents: those in force for a whole keyword, by keyword id.
        said: proposals that were found, `of` names their places.
    """

    until: tuple[int, int, int]
    decided: dict[int, list[tuple[int, str | None, str]]]
    precedents: dict[int, list[Proposal]]
    said: list[Proposal] = field(default_factory=list)
    _known: dict[tuple[int, int], int] = field(default_factory=dict)

    @staticmethod
    def at(reader: Reader, project: int) -> tuple[int, int, int]:
        """The newest decision and precedent of a project, and the newest act that put a precedent in another's place."""
        row = reader.one(
            """select coalesce((select max(id) from decision where project = ?), 0),
                      coalesce((select max(id) from precedent where project = ?), 0),
                      coalesce((select max(act) from precedent_replaced where project = ?), 0)""",
            [project, project, project],
        )
        return (0, 0, 0) if row is None else (int(row[0]), int(row[1]), int(row[2]))

    @staticmethod
    def read(reader: Reader, project: int) -> Plainly:
        """All of it."""
        until = Plainly.at(reader, project)
        decided: dict[int, list[tuple[int, str | None, str]]] = {}
        for keyword, level, rule, reason in reader.all(
            f"""select keyword, level, rule, reason from decision join item on item.id = decision.item
                where decision.project = ? and kind = 'level' order by decision.id desc limit {NEWEST}""",
            [project],
        ):
            decided.setdefault(keyword, []).append((level, rule, reason))
        for rows in decided.values():
            rows.reverse()
        precedents: dict[int, list[Proposal]] = {}
        for number, keyword, level, rule, reason in reader.all(
            f"""select id, keyword, level, rule, reason from precedent p where project = ? and scope = 'keyword'
                and {IN_FORCE} order by id""",
            [project],
        ):
            precedents.setdefault(keyword, []).append(Proposal(level, rule, reason, 0, number))
        return Plainly(until, decided, precedents)

    def of(self, cases: Cases, numbers: Codes, place: Codes, clusters: int) -> Codes:
        """(M,) a place in `said` for each cluster of one keyword of which something is plainly said; -1 for the others.

        Args:
            cases: N disputes.
            numbers: keyword ids by code.
            place: (N,) each case's cluster.
            clusters: M.
        """
        found = np.full(clusters, -1, dtype=np.int64)
        if not clusters:
            return found
        low, high = np.full(clusters, np.iinfo(np.int64).max), np.full(clusters, -1)
        np.minimum.at(low, place, cases.keyword)
        np.maximum.at(high, place, cases.keyword)
        mask = np.zeros(clusters, dtype=np.int64)
        for level in range(LEVELS):
            mask |= (np.bincount(place, weights=cases.votes[:, level], minlength=clusters) > 0).astype(
                np.int64
            ) << level
        keyword = numbers[low]
        spoken = np.array(sorted({*self.decided, *self.precedents}), dtype=np.int64)
        rows = np.flatnonzero((low == high) & (mask > 0) & np.isin(keyword, spoken))
        kinds, at = np.unique(keyword[rows] * (1 << LEVELS) + mask[rows], return_inverse=True)
        answers = [self._place(kind >> LEVELS, kind % (1 << LEVELS)) for kind in kinds.tolist()]
        if len(rows):
            found[rows] = np.array(answers, dtype=np.int64)[at]
        return found

    def _place(self, keyword: int, mask: int) -> int:
        if (keyword, mask) not in self._known:
            proposal = self.proposal(keyword, {level for level in range(LEVELS) if mask >> level & 1})
            if proposal is not None:
                self.said.append(proposal)
            self._known[keyword, mask] = -1 if proposal is None else len(self.said) - 1
        return self._known[keyword, mask]

    def proposal(self, keyword: int, levels: set[int]) -> Proposal | None:
        """What is plainly said of disputes of a keyword that stand at these levels."""
        in_force = [one for one in self.precedents.get(keyword, []) if one.level in levels]
        if in_force:  # two that contradict each other decide nothing plainly
            return in_force[-1] if len({one.level for one in in_force}) == 1 else None
        said = [one for one in self.decided.get(keyword, []) if one[0] in levels]
        if len(said) < AGREEING or len({one[0] for one in said}) > 1:
            return None
        level, rule, reason = said[-1]
        return Proposal(level, rule, reason, len(said))
