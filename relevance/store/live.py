"""What the store keeps in memory, rebuilt from records at start: queues, leases, counters.

Only the writer's thread changes it, inside an act; every change leaves its undoing in the journal, so that an act that
fails takes its changes back. Readers on other threads may look at single values and copies (`counts`, `leases_of`).
"""

from __future__ import annotations

import heapq
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from relevance.adaptive import Verdict
from relevance.assignment import Bucket, Item, Line
from relevance.clock import day_of
from relevance.consensus import Policy
from relevance.gold import GoldLine
from relevance.items import FINAL, HANDED_BACK, QUESTION_FLAGS, Records, Ruling, Standing, state_of
from relevance.qualification import Held, bars
from relevance.store.disputed import Disputed
from relevance.store.pasts import Pasts

UNTOUCHED = Standing("open", None, "grades", 0, 0)
RECENTLY_SETTLED = 5_000  # settled items kept at hand, since corrections come soon after: half an hour of a centre


@dataclass(slots=True, eq=False)
class Given:
    """One assignment on an item: who has it, and his newest answer, if any."""

    id: int
    grader: int
    purpose: str
    tab: str = ""
    expires: datetime | None = None  # None: no live lease
    seq: int = -1  # of the newest answer; -1: none yet
    level: int | None = None
    flag: str | None = None
    counts: bool = False
    batch: int | None = None  # given out unseen (gold, repeat): the batch that it is shown as
    excluded: bool = False  # a lead took this grader's answers of that time out of the count

    @property
    def answered(self) -> bool:
        """An answer has come."""
        return self.seq >= 0


@dataclass(slots=True, eq=False)
class LiveItem:
    """An item that somebody has touched and that is not final, or was settled lately."""

    id: int
    project: int
    batch: int
    keyword: int
    clip: int
    overlap: int | None
    round: int = 1
    given: dict[int, Given] = field(default_factory=dict)  # by assignment
    rulings: tuple[Ruling, ...] = ()
    standing: Standing = UNTOUCHED
    since: datetime | None = None  # of the present state
    audit: bool = False  # drawn for the audit sample and not yet graded for it
    verdict: Verdict | None = None  # what the model said last of its grades, for adaptive overlap
    place: int | None = None
    sampled: bool = False  # settled by a rule and drawn to be graded once more, which nobody has done yet

    def levels(self) -> list[int]:
        """The grades that count for consensus, the newest of each assignment."""
        return [
            g.level
            for g in self.given.values()
            if g.counts and not g.excluded and g.level is not None and g.purpose == "work"
        ]

    def flags(self) -> int:
        """Flags that make it a dispute. One person who hands a clip back is replaced; a second one is a sign."""
        flags = [g.flag for g in self.given.values() if g.purpose == "work" and g.flag is not None and not g.excluded]
        handed_back = flags.count(HANDED_BACK)
        return max(0, handed_back - 1) + sum(flag not in QUESTION_FLAGS and flag != HANDED_BACK for flag in flags)

    def records(self) -> Records:
        """What `state_of` judges."""
        return Records(self.levels(), self.flags(), self.rulings, self.verdict)

    def leases(self, purpose: str = "work") -> int:
        """Live leases for a purpose."""
        return sum(1 for g in self.given.values() if g.expires is not None and g.purpose == purpose)

    def counted(self) -> int:
        """Grades that count."""
        return len(self.levels())

    def wants(self) -> bool:
        """More grades are wanted than there are counted grades and live leases."""
        return self.standing.state == "open" and self.standing.wanted - self.standing.n - self.leases() > 0

    def of(self, grader: int, purpose: str = "work") -> Given | None:
        """This person's assignment for a purpose in the present round."""
        return next((g for g in self.given.values() if g.grader == grader and g.purpose == purpose), None)

    def open_to(self, grader: int) -> bool:
        """This person has not had it, or let go of it unanswered (then he gets the same assignment again)."""
        mine = [g for g in self.given.values() if g.grader == grader and g.purpose != "audit"]
        return all(g.purpose == "work" and not g.answered and g.expires is None for g in mine)


@dataclass(slots=True, eq=False)
class AuditPlace:
    """A settled item's place in the audit line: one more grade, by somebody who has not graded it."""

    item: LiveItem
    place: int | None = None

    @property
    def id(self) -> int:
        """The item."""
        return self.item.id

    @property
    def clip(self) -> int:
        """Its clip."""
        return self.item.clip

    def wants(self) -> bool:
        """Settled, not yet graded for the audit, nor leased for it."""
        item = self.item
        due = (item.audit and item.standing.state == "settled") or (item.sampled and item.standing.state == "decided")
        return due and not item.leases("audit")

    def open_to(self, grader: int) -> bool:
        """Only a person who has never had the item."""
        mine = [g for g in self.item.given.values() if g.grader == grader]
        return not mine or all(g.purpose == "audit" and not g.answered and g.expires is None for g in mine)


@dataclass(slots=True)
class LiveBatch:
    """What the queues need to know of a batch."""

    id: int
    project: int
    name: str
    deadline: datetime | None
    overlap: int | None


@dataclass(slots=True)
class LiveProject:
    """What the hot path needs to know of a project."""

    id: int
    name: str
    time_zone: str
    policy: Policy
    policy_id: int
    guideline_id: int
    paused: bool
    settings: dict[str, Any]
    line: Line
    audits: Line
    overlaps: dict[int, int] = field(default_factory=dict)  # items whose own overlap differs
    weights: dict[int, float] = field(default_factory=dict)
    held: dict[tuple[str, int], int] = field(default_factory=dict)  # (kind, clip or keyword) -> open question
    parked: dict[int, list[tuple[int, int, Item]]] = field(default_factory=dict)  # by clip: batch, keyword, item
    audit_places: dict[int, AuditPlace] = field(default_factory=dict)
    gold: GoldLine | None = None  # None: the project has never had any

    def holds_keyword(self, keyword: int) -> bool:
        """A question about the keyword is open."""
        return ("keyword", keyword) in self.held

    def park(self, bucket: Bucket, item: Item) -> bool:
        """Puts an item of a held clip aside."""
        clip = item[1] if isinstance(item, tuple) else item.clip
        if ("clip", clip) not in self.held:
            return False
        self.parked.setdefault(clip, []).append((bucket.batch, bucket.keyword, item))
        return True

    def standing(self, item: LiveItem) -> Standing:
        """Where the item's records put it under the present policy."""
        return state_of(item.records(), self.policy, item.overlap)


class Live:
    """All of it. `counts` is keyed by tuples: see `count`."""

    def __init__(self, lease: timedelta) -> None:
        self.lease = lease
        self.projects: dict[int, LiveProject] = {}
        self.batches: dict[int, LiveBatch] = {}
        self.items: dict[int, LiveItem] = {}
        self.settled: OrderedDict[int, LiveItem] = OrderedDict()
        self.passes: dict[tuple[int, int], Held] = {}  # (project, person) -> his newest pass that stands
        self.duties: dict[tuple[int, int], frozenset[str]] = {}  # (project, person) -> what must come before work
        self.cards: dict[int, int] = {}  # project -> its newest version that graders must acknowledge
        self.read: set[tuple[int, int]] = set()  # (version, person) acknowledged
        self.pinned: dict[int, LiveItem] = {}  # gold: at hand whatever its state
        self.leases: dict[int, tuple[Given, LiveItem]] = {}  # live ones, by assignment
        self.by_tab: dict[tuple[int, str], dict[int, LiveItem]] = {}  # (grader, tab) -> assignments, in order
        self.counts: Counter[tuple[Any, ...]] = Counter()
        self.seen: dict[tuple[int, int], datetime] = {}  # (project, grader) -> last sign of life
        self.last_answer: dict[tuple[int, int], datetime] = {}
        self._expiry: list[tuple[datetime, int]] = []
        self.journal: list[Callable[[], None]] = []
        self.disputed = Disputed(self.items)
        self.pasts = Pasts()
        self._touched: list[int] = []  # items that the acts of this commit have changed

    # Journal ----------------------------------------------------------------------------------------------------

    def undo_to(self, mark: int) -> None:
        """Takes back all changes since the journal was `mark` long, newest first."""
        while len(self.journal) > mark:
            self.journal.pop()()
        self.disputed.moved(self._touched)

    def committed(self) -> None:
        """What was done is durable: nothing of it is taken back any more."""
        self.journal.clear()
        self.disputed.moved(self._touched)
        self.pasts.committed()
        self._touched.clear()

    def count(self, key: tuple[Any, ...], by: int = 1) -> None:
        """Adds to a counter.

        Keys: ("items", project, batch), ("state", project, batch, state), ("keyword", project, keyword, state),
        ("keyword", project, keyword, "items"), ("day", project, day, state) for each arrival in a state, and
        ("grader", project, grader, day, what) with what = answers | flags | corrections | surplus | worked_ms.
        """
        self.counts[key] += by
        self.journal.append(lambda: self.counts.subtract({key: by}))

    def touch(self, item: LiveItem) -> None:
        """To be called before an item is changed: the journal restores it, and its place in the line."""
        given = {key: replace(value) for key, value in item.given.items()}
        round_, rulings, standing, since, audit = item.round, item.rulings, item.standing, item.since, item.audit

        verdict, sampled = item.verdict, item.sampled

        def restore() -> None:
            item.verdict, item.sampled = verdict, sampled
            for key, value in item.given.items():
                if key not in given or given[key].expires != value.expires:
                    self._unlease(value, item)
            # The objects stay the same ones, since leases point to them.
            kept = {}
            for key, old in given.items():
                now = item.given.get(key, old)
                now.tab, now.expires, now.seq = old.tab, old.expires, old.seq
                now.level, now.flag, now.counts, now.excluded = old.level, old.flag, old.counts, old.excluded
                kept[key] = now
                if now.expires is not None:
                    self._lease(now, item)
            item.given = kept
            item.round, item.rulings, item.standing, item.since, item.audit = round_, rulings, standing, since, audit
            self._leave_line(item)  # whoever took it in vain has walked past its place
            self.file(item)
            self.place(item)

        self._touched.append(item.id)
        self.pasts.touch(item)
        self.journal.append(restore)

    # Items --------------------------------------------------------------------------------------------------------

    def file(self, item: LiveItem) -> None:
        """Keeps an item where its state belongs: at hand while it is not final, a while longer when settled."""
        state = item.standing.state
        done = (state in FINAL and not item.sampled) or (state == "settled" and not item.audit)
        if done and not any(given.expires is not None for given in item.given.values()):
            self.items.pop(item.id, None)
            self.settled[item.id] = item
            self.settled.move_to_end(item.id)
            while len(self.settled) > RECENTLY_SETTLED:
                self.settled.popitem(last=False)
        else:
            self.settled.pop(item.id, None)
            self.items[item.id] = item

    def get(self, item: int) -> LiveItem | None:
        """An item at hand; None: it must be loaded from its records."""
        return self.items.get(item) or self.settled.get(item) or self.pinned.get(item)

    def place(self, item: LiveItem) -> None:
        """Puts an item into the line, or takes it out, as its wants are now."""
        project = self.projects[item.project]
        if item.wants():
            if ("clip", item.clip) in project.held:
                project.line.drop(item, item.batch, item.keyword)
                parked = project.parked.setdefault(item.clip, [])
                if not any(entry is item for _, _, entry in parked):
                    parked.append((item.batch, item.keyword, item))
            else:
                project.line.offer(item, item.batch, item.keyword, project.weights.get(item.keyword, 1.0))
        else:
            project.line.drop(item, item.batch, item.keyword)
        if item.audit or item.sampled:
            audit = project.audit_places.setdefault(item.id, AuditPlace(item))
            if audit.wants():
                project.audits.offer(audit, item.batch, item.keyword)
            else:
                project.audits.drop(audit, item.batch, item.keyword)
        elif (gone := project.audit_places.pop(item.id, None)) is not None:
            project.audits.drop(gone, item.batch, item.keyword)

    def add_items(
        self, project: int, batch: int, keyword: int, items: Sequence[int], clips: Sequence[int],
        overlaps: Iterable[tuple[int, int]] = (),
    ) -> None:  # fmt: skip
        """Untouched items of a committed import enter the line. `overlaps`: (item, overlap) where an item has its own."""
        at = self.projects[project]
        own = dict(overlaps)
        at.overlaps.update(own)
        at.line.add(batch, keyword, at.weights.get(keyword, 1.0), items, clips)

        def take_back() -> None:
            # The acts that took some of them meanwhile have been taken back before.
            vain = set(items)
            at.line.withdraw(batch, keyword, vain)
            for clip, parked in at.parked.items():
                at.parked[clip] = [one for one in parked if not (isinstance(one[2], tuple) and one[2][0] in vain)]
            for number in own:
                at.overlaps.pop(number, None)

        self.journal.append(take_back)
        self.count(("items", project, batch), len(items))
        self.count(("keyword", project, keyword, "items"), len(items))

    def overlap_of(self, project: int, batch: int, item: int) -> int | None:
        """An item's own overlap, else its batch's; None: the policy's."""
        own = self.projects[project].overlaps.get(item)
        return own if own is not None else self.batches[batch].overlap

    def untouched(self, project: int, batch: int, keyword: int, item: int, clip: int) -> LiveItem:
        """A live item for one that nobody has had yet."""
        fresh = LiveItem(item, project, batch, keyword, clip, self.overlap_of(project, batch, item))
        at = self.projects[project]
        fresh.standing = at.standing(fresh)
        self.items[item] = fresh

        def give_back() -> None:
            at.line.drop(fresh, batch, keyword)
            if clip in at.parked:
                at.parked[clip] = [one for one in at.parked[clip] if one[2] is not fresh]
            self.items.pop(item, None)
            at.line.give_back(batch, keyword, item, clip)

        self.journal.append(give_back)
        return fresh

    def bars(self, project: int, grader: int, now: datetime) -> str | None:
        """Why a person gets no work: a version to acknowledge, a duty, an exam to pass; None: he gets it."""
        settings = self.projects[project].settings
        card = self.cards.get(project)
        if card is not None and (card, grader) not in self.read:
            return "unread"
        duties = self.duties.get((project, grader))
        if duties:
            return "retrain" if "retrain" in duties else "re_examine"
        if not settings.get("exam_required"):
            return None
        return bars(self.passes.get((project, grader)), now, int(settings.get("exam_from", 0)))

    # Leases -------------------------------------------------------------------------------------------------------

    def _lease(self, given: Given, item: LiveItem) -> None:
        self.leases[given.id] = (given, item)
        self.by_tab.setdefault((given.grader, given.tab), {})[given.id] = item
        if given.expires is not None:
            heapq.heappush(self._expiry, (given.expires, given.id))

    def _unlease(self, given: Given, item: LiveItem) -> None:
        self.leases.pop(given.id, None)
        tab = self.by_tab.get((given.grader, given.tab))
        if tab is not None:
            tab.pop(given.id, None)
            if not tab:
                del self.by_tab[given.grader, given.tab]

    def lease_to(self, item: LiveItem, given: Given, tab: str, now: datetime) -> None:
        """Gives (or gives again) an assignment a live lease for a tab. Call `touch` first."""
        if given.expires is not None:
            self._unlease(given, item)
        given.tab, given.expires = tab, now + self.lease
        item.given[given.id] = given
        self._lease(given, item)

    def end_lease(self, item: LiveItem, given: Given) -> None:
        """Ends a live lease. Call `touch` first, `place` after."""
        self._unlease(given, item)
        given.expires = None

    def let_go(self, item: LiveItem, given: Given) -> None:
        """Ends a live lease that was not answered. The item takes a new place in its queue: its person has walked past
        the old one, and would never come by it again."""
        self.end_lease(item, given)
        self._leave_line(item)

    def _leave_line(self, item: LiveItem) -> None:
        """Gives up an item's place; `place` gives it a new one."""
        project = self.projects[item.project]
        project.line.drop(item, item.batch, item.keyword)
        if (audit := project.audit_places.get(item.id)) is not None:
            project.audits.drop(audit, item.batch, item.keyword)

    def extend(self, given: Given, now: datetime) -> None:
        """A sign of life: the lease runs from now. Not journalled: it harms nobody if the act fails."""
        if given.expires is not None:
            given.expires = now + self.lease

    def expire(self, now: datetime) -> int:
        """Ends the leases whose time is over; their items are wanted again. Returns how many."""
        ended = 0
        while self._expiry and self._expiry[0][0] <= now:
            _, assignment = heapq.heappop(self._expiry)
            held = self.leases.get(assignment)
            if held is None or held[0].expires is None:
                continue
            given, item = held
            if given.expires is not None and given.expires > now:
                heapq.heappush(self._expiry, (given.expires, assignment))
                continue
            self.touch(item)
            self.let_go(item, given)
            self.file(item)
            self.place(item)
            ended += 1
        return ended

    def held_by(self, grader: int, tab: str | None = None) -> list[tuple[Given, LiveItem]]:
        """A person's live leases, oldest first; of one tab, or of all."""
        tabs = [(grader, tab)] if tab is not None else [key for key in list(self.by_tab) if key[0] == grader]
        ids = [assignment for key in tabs for assignment in self.by_tab.get(key, {})]
        return [self.leases[assignment] for assignment in ids if assignment in self.leases]

    # Questions ------------------------------------------------------------------------------------------------------

    def hold(self, project: int, kind: str, subject: int, question: int) -> None:
        """A question opens: what hangs on its clip or keyword is given to nobody."""
        self.projects[project].held[kind, subject] = question
        self.journal.append(lambda: self._release(project, kind, subject))

    def unhold(self, project: int, kind: str, subject: int) -> None:
        """A question was answered: what was put aside stands in the line again."""
        held = self.projects[project].held
        question = held.get((kind, subject))
        if question is not None:
            self._release(project, kind, subject)
            self.journal.append(lambda: held.__setitem__((kind, subject), question))

    def _release(self, project: int, kind: str, subject: int) -> None:
        at = self.projects[project]
        at.held.pop((kind, subject), None)
        for batch, keyword, item in at.parked.pop(subject, []) if kind == "clip" else []:
            if isinstance(item, tuple):
                at.line.add(batch, keyword, at.weights.get(keyword, 1.0), [item[0]], [item[1]])
            elif isinstance(item, LiveItem):
                self.place(item)
            elif isinstance(item, AuditPlace):
                self.place(item.item)

    # Counting states ----------------------------------------------------------------------------------------------

    def moved(self, item: LiveItem, before: Standing, now: datetime) -> None:
        """Counts a change of state: by batch, by keyword and by the project's day."""
        project = self.projects[item.project]
        day = day_of(now, project.time_zone)
        for state, by in ((before.state, -1), (item.standing.state, 1)):
            if state != "open":
                self.count(("state", item.project, item.batch, state), by)
                self.count(("keyword", item.project, item.keyword, state), by)
        if item.standing.state != "open":
            self.count(("day", item.project, day, item.standing.state))
