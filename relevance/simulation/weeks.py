"""Week after week: disputes come in, each tier settles what it has time for, rules are followed, samples look back."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from relevance.cases import Cases, Codes, Flags, stacked
from relevance.causes import Cause
from relevance.clusters import Codebook, Component
from relevance.consensus import Policy, Return
from relevance.simulation.grading import (
    DISPUTED,
    OPEN,
    SETTLED,
    Graded,
    Skill,
    codebook,
    disputes,
    grade,
    judged,
)  # fmt: skip
from relevance.simulation.parameters import World
from relevance.simulation.people import Decision, Known, Propagated, decide, decide_items
from relevance.simulation.triaged import Group, known, triage
from relevance.simulation.truth import MOST_GRADES, Day, Truth
from relevance.tiers import Tier, Tiers, tier_of

# Whose work somebody with time left takes over, in this order. Graders come last: what goes back to them costs no person's
# hours, and most of it agrees; what waits for the lead waits until somebody decides it.
TAKEN_OVER = (Tier.LEAD, Tier.SPECIALIST, Tier.GRADERS)
# Who takes over what another has no time for, in this order.
HELPED = {
    Tier.LEAD: (Tier.SPECIALIST, Tier.MEETING, Tier.CLIENT), Tier.SPECIALIST: (Tier.MEETING, Tier.CLIENT),
    Tier.GRADERS: (Tier.MEETING, Tier.CLIENT, Tier.SPECIALIST),
}  # fmt: skip
LOOKS_AT_PRECEDENT = 3
BACK_AT, BACK_LEAST = 0.5, 4  # a rule comes back when so much of so large a sample contradicts it


@dataclass(slots=True)
class Week:
    """One week's account. Counts are items, `grader_h` and `used` hours; `accuracy` is of all labels of the week's items."""

    week: int
    items: int = 0
    disputes: int = 0
    settled: dict[str, int] = field(default_factory=lambda: {str(tier): 0 for tier in Tier} | {"precedent": 0})
    backlog: int = 0
    backlog_by_tier: dict[str, int] = field(default_factory=dict)
    accuracy: float = 0.0
    accuracy_before: float = 0.0
    grader_h: float = 0.0
    used: dict[str, float] = field(default_factory=dict)
    rules: int = 0
    came_back: int = 0


@dataclass(slots=True)
class Precedent:
    """A decided cluster: what holds it together, its level, and whose situation it rules."""

    component: Component
    level: int
    situation: int
    sampled: int = 0
    against: int = 0
    live: bool = True
    settled: list[int] = field(default_factory=list)  # item ids that it settled by propagation


class Weeks:
    """The run. All labels stand in `label`, by item id; what persons see by looking in `truth`, `situation`, `kind`."""

    def __init__(self, world: World, seed: int, tiers: Tiers | None = None, policy: Policy | None = None) -> None:
        self.world, self.tiers, self.policy = world, tiers or Tiers(), policy or Policy()
        self.truth = Truth(world, seed)
        self.skill = Skill(np.zeros(world.graders), np.zeros(world.graders))
        self.days: list[Day] = []
        self.label = np.zeros(0, dtype=np.int64)
        self.first = np.zeros(0, dtype=np.int64)  # the label before any person looked
        self.known = Known(self.label, self.label, self.label)
        self.votes = np.zeros((0, 4), dtype=np.int64)
        self.grader = np.zeros((0, 0), dtype=np.int64)
        self.level = np.zeros((0, 0), dtype=np.int64)
        self.pending: Cases | None = None
        self.day_of = np.zeros(0, dtype=np.int64)  # of each pending case
        self.returned = np.zeros(0, dtype=np.int64)  # how often each was sent back
        self.apart: Flags = np.zeros(0, dtype=bool)  # looked at, and found not to be of its cluster
        self.precedents: list[Precedent] = []
        self.propagated = Propagated()
        self.by_precedent: set[int] = set()
        self.today = 0

    def run(self, weeks: int) -> list[Week]:
        """So many weeks."""
        done = []
        for number in range(1, weeks + 1):
            if number > 1:
                self.truth.new_week()
            week = Week(number)
            start = len(self.label)
            for day in range(self.world.days_a_week):
                self._day(week, meeting=day == 0)
            ours = slice(start, len(self.label))
            week.accuracy_before = float((self.first[ours] == self.known.truth[ours]).mean())
            done.append((week, ours))
        for week, ours in done:  # at the end, so that what was settled later counts for the week's items
            week.accuracy = float((self.label[ours] == self.known.truth[ours]).mean())
        return [week for week, _ in done]

    def _day(self, week: Week, meeting: bool) -> None:
        world = self.world
        self.today += 1
        day = self.truth.day()
        graded = grade(day, self.policy)
        self.skill.add(day, graded)
        self.days = [*self.days[-4:], day]
        cases, rows = disputes(day, graded, self.skill, self.truth.weight, len(self.label))
        self._keep(day, graded)
        week.items += len(day.keyword)
        week.disputes += len(rows)
        week.grader_h += float(graded.n.sum()) * world.grade_s / 3600
        self.pending = cases if self.pending is None else stacked(self.pending, cases)
        self.day_of = np.concatenate([self.day_of, np.full(len(cases), self.today)])
        self.returned = np.concatenate([self.returned, np.zeros(len(cases), dtype=np.int64)])
        self.apart = np.concatenate([self.apart, np.zeros(len(cases), dtype=bool)])
        book = codebook(world, self.days)
        left = {
            Tier.LEAD: world.lead_h * 3600, Tier.SPECIALIST: world.specialist_h * 3600,
            Tier.CLIENT: float(world.questions_a_day), Tier.MEETING: world.meeting_s if meeting else 0.0,
        }  # fmt: skip
        before = dict(left)
        self._by_precedent(week, book, left)
        self._by_tier(week, book, left, meeting)
        for tier, what in left.items():
            hours = (before[tier] - what) / (1 if tier is Tier.CLIENT else 3600)
            week.used[str(tier)] = week.used.get(str(tier), 0.0) + hours
        week.backlog = len(self.pending) if self.pending is not None else 0

    def _keep(self, day: Day, graded: Graded) -> None:
        self.label = np.concatenate([self.label, graded.label])
        self.first = np.concatenate([self.first, graded.label])
        self.known = Known(
            np.concatenate([self.known.truth, day.truth]), np.concatenate([self.known.situation, day.situation]),
            np.concatenate([self.known.kind, day.kind]),
        )  # fmt: skip
        self.grader = day.grader if not self.grader.size else np.concatenate([self.grader, day.grader])
        self.level = day.level if not self.level.size else np.concatenate([self.level, day.level])

    # What a precedent decides -----------------------------------------------------------------------------------------

    def _by_precedent(self, week: Week, book: Codebook, left: dict[Tier, float]) -> None:
        """A lead lets a precedent settle what it plainly decides: one look at the least alike, then all of them."""
        cases = self.pending
        live = [one for one in self.precedents if one.live]
        if cases is None or not live or not self.world.propagate:
            return
        claimed = known(cases, book, tuple(one.component for one in live))
        fits = cases.votes[np.arange(len(cases)), [live[max(at, 0)].level for at in claimed.of]] > 0
        gone: list[NDArray[np.int64]] = []
        for place in np.argsort(-np.bincount(claimed.of[claimed.of >= 0], minlength=len(live)), kind="stable"):
            rows = np.flatnonzero((claimed.of == place) & fits)
            rows = rows[np.argsort(claimed.fit[rows], kind="stable")]
            # He looks at those that fit least, deciding each by itself, until one is the precedent's: the rest follows it.
            for _ in range(LOOKS_AT_PRECEDENT):
                if not len(rows) or left[Tier.LEAD] < self.world.lead_item_s:
                    break
                left[Tier.LEAD] -= self.world.lead_item_s
                item = int(cases.item[rows[0]])
                if int(self.known.situation[item]) == live[place].situation:
                    self._apply(live[place], cases, rows)
                    week.settled["precedent"] += len(rows)
                    gone.append(rows)
                    break
                self.label[item] = decide_items(np.array([item]), self.known, self.truth, self.world.lead_right)[0]
                week.settled[str(Tier.LEAD)] += 1
                gone.append(rows[:1])
                rows = rows[1:]
        if gone:
            self._settle(np.concatenate(gone))

    def _apply(self, precedent: Precedent, cases: Cases, rows: NDArray[np.int64]) -> None:
        items = cases.item[rows]
        self.label[items] = precedent.level
        self.propagated.add(self.known.truth[items], self.label[items], 1 - cases.shares[rows, precedent.level])
        precedent.settled.extend(items.tolist())
        self._sample(precedent, items)

    def _sample(self, precedent: Precedent, items: Codes) -> None:
        """A random sample of what was settled so is graded once more; a rule that it contradicts comes back."""
        r, world = self.truth.random, self.world
        n = min(len(items), max(world.sample_least, round(world.sample * len(items))))
        drawn = r.choice(items, n, replace=False)
        for item in drawn.tolist():
            said = self._later(item, MOST_GRADES - 1)  # somebody who has not had it
            precedent.sampled += 1
            self.propagated.sampled += 1
            if said != precedent.level:
                precedent.against += 1
                wrong = int(self.label[item]) != int(self.known.truth[item])
                self.propagated.found += wrong
        if precedent.sampled >= BACK_LEAST and precedent.against >= BACK_AT * precedent.sampled:
            precedent.live = False
            self.propagated.came_back += 1

    def _later(self, item: int, place: int) -> int:
        """The grade that a further person gives now, following the rules that are published by now."""
        at = int(self.known.situation[item])
        who = int(self.grader[item, place])
        follows = at >= 0 and self.truth.ruled[at] >= 0 and self.truth.follows[at, who]
        if follows and self.truth.random.random() < self.truth.accuracy[who]:
            return int(self.truth.ruled[at])
        return int(self.level[item, place])

    # What is new -------------------------------------------------------------------------------------------------------

    def _by_tier(self, week: Week, book: Codebook, left: dict[Tier, float], meeting: bool) -> None:
        cases = self.pending
        if cases is None or not len(cases):
            return
        window = max(1, min(self.today, self.world.days_a_week))
        inflow = (self.day_of > self.today - window) / window
        found = triage(cases, self.world, book, inflow, self.apart)
        asked = 0
        gone: list[NDArray[np.int64]] = []
        waiting: list[tuple[Tier, Group]] = []
        for group in found.groups:
            returned = int(self.returned[group.rows].min())
            tier = tier_of(group.cause, len(group.rows), self.tiers, asked=asked, returned=returned)
            if tier is Tier.GRADERS and group.cause is not Cause.ERROR and self.tiers.spare:
                waiting.append((tier, group))  # better a person's word, if somebody has time left after the clusters
                continue
            made = self._decided(tier, group, cases, left, week)
            if made is None and tier is Tier.CLIENT:
                made = self._decided(Tier.MEETING, group, cases, left, week)
            elif made is not None and tier is Tier.CLIENT:
                asked += 1
            if made is None:
                waiting.append((tier, group))
            else:
                gone.append(made)
        waits: dict[str, int] = {}
        # What only persons can settle comes before what graders may still settle by themselves.
        waiting.sort(key=lambda one: TAKEN_OVER.index(one[0]) if one[0] in TAKEN_OVER else len(TAKEN_OVER))
        for tier, group in waiting:
            made = None
            if self.tiers.spare and tier in HELPED:
                for helper in HELPED[tier]:
                    made = made if made is not None else self._decided(helper, group, cases, left, week)
            if made is None and tier is Tier.GRADERS:
                made = self._decided(tier, group, cases, left, week)
            if made is None:
                waits[str(tier)] = waits.get(str(tier), 0) + len(group.rows)
            else:
                gone.append(made)
        week.backlog_by_tier = waits
        if gone:
            self._settle(np.concatenate(gone))

    def _decided(
        self, tier: Tier, group: Group, cases: Cases, left: dict[Tier, float], week: Week
    ) -> NDArray[np.int64] | None:
        """The rows that a tier settles of a group, None if it has no time for it."""
        world = self.world
        if tier is Tier.GRADERS:
            return self._return(group, cases, week)
        cluster = group.component is not None and world.propagate
        twice = cluster and len(group.rows) >= self.tiers.check_from
        if tier is Tier.CLIENT:
            cost = 3.0 if twice else 1.0
        elif tier is Tier.LEAD:
            cost = world.lead_item_s * len(group.rows)  # he sees each of them: there is no rule in it
        else:
            cost = (world.cluster_s if cluster else world.item_s) + (2 * world.item_s if twice else 0)
        if left[tier] < cost:
            return None
        left[tier] -= cost
        right = {Tier.LEAD: world.lead_right, Tier.SPECIALIST: world.specialist_right}.get(tier, world.client_right)
        if tier is Tier.LEAD:
            items = cases.item[group.rows]
            self.label[items] = decide_items(items, self.known, self.truth, right)
            week.settled[str(tier)] += len(items)
            return group.rows
        made = decide(group, self._seen(cases), self.truth, right, world.propagate, self.tiers)
        if tier is Tier.CLIENT:
            left[tier] += cost - made.asked
        elif cluster:  # where one item was decided, no rule was written
            left[tier] += cost - (world.item_s if made.said < 0 else world.cluster_s + (made.asked - 1) * world.item_s)
        self.label[cases.item[made.rows]] = made.level
        week.settled[str(tier)] += len(made.rows)
        self.apart[np.setdiff1d(group.rows, made.rows)] = True
        self._rule(made, group, cases, week)
        return made.rows

    def _seen(self, cases: Cases) -> Known:
        at = cases.item
        return Known(self.known.truth[at], self.known.situation[at], self.known.kind[at])

    def _rule(self, made: Decision, group: Group, cases: Cases, week: Week) -> None:
        """The decision's rule: published, kept as a precedent, and looked back at."""
        if made.said < 0 or group.component is None:
            return
        week.rules += 1
        self.truth.publish(made.situation, made.said)
        precedent = Precedent(group.component, made.said, made.situation)
        self.precedents.append(precedent)
        spread = made.rows[~made.looked]
        if len(spread):
            self._apply(precedent, cases, spread)
        if not precedent.live:
            week.came_back += 1

    def _return(self, group: Group, cases: Cases, week: Week) -> NDArray[np.int64]:
        """Sent back for more grades: what then agrees is settled by the policy, the rest stays disputed and is the lead's."""
        done = []
        for row in group.rows.tolist():
            self.returned[row] += 1
            item = int(cases.item[row])
            n = int(cases.votes[row].sum())
            more = [self._later(item, n + one) for one in range(self.tiers.extra)]
            np.add.at(cases.votes[row], more, 1)
            week.grader_h += len(more) * self.world.grade_s / 3600
            votes = cases.votes[[row]].astype(np.int64)
            back = Return(n, self.tiers.extra)
            state, level = judged(votes, self.policy, back)
            if state[0] == SETTLED:
                self.label[item] = level[0]
                week.settled[str(Tier.GRADERS)] += 1
                done.append(row)
            else:
                assert state[0] in (OPEN, DISPUTED)
        return np.array(done, dtype=np.int64)

    def _settle(self, rows: NDArray[np.int64]) -> None:
        """These cases are pending no more."""
        assert self.pending is not None
        keep = np.ones(len(self.pending), dtype=bool)
        keep[rows] = False
        self.pending = self.pending.only(np.flatnonzero(keep))
        self.day_of, self.returned, self.apart = self.day_of[keep], self.returned[keep], self.apart[keep]
