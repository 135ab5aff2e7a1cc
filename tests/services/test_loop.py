"""The grade loop as a machine: any order of claims, answers, corrections, flags, expiries, restarts, rulings, changes
of policy and failing neighbours. After each step the records alone must tell the same as the memory.

`LOOP_EXAMPLES=500 pytest tests/services/test_loop.py` looks longer.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import relevance.store.live as live_module
from relevance.consensus import Policy
from relevance.errors import BadInput, Stale
from relevance.items import QUESTION_FLAGS, Records, Ruling, Standing, state_of
from relevance.roles import Actor, Role
from relevance.services import batches, disputes, grading, policies, projects, questions
from relevance.services.grading import Accepted, Answer
from relevance.store.live import Live
from relevance.store.load import count
from relevance.store.store import Store, Tx
from tests.world import World

GRADERS = 4
LEVELS = st.integers(0, 3)
FLAGS = st.sampled_from([None, None, None, None, "bad_clip", "unclear_keyword", "no_rule", "other", "handed_back"])
WHO = st.integers(0, GRADERS - 1)
TABS = st.sampled_from(["t1", "t2"])


@dataclass
class Seen:
    """An item as its rows tell it."""

    id: int
    batch: int
    keyword: int
    clip: int
    standing: Standing = field(init=False)
    last: str = "open"
    last_level: int | None = None
    graders: dict[int, int] = field(default_factory=dict)  # grader -> his work assignment
    any_grader: set[int] = field(default_factory=set)
    answered: set[int] = field(default_factory=set)


@dataclass
class Held:
    """A lease as the test believes it."""

    grader: int
    tab: str
    item: int
    purpose: str
    expires: datetime


class Loop(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.kept = live_module.RECENTLY_SETTLED
        live_module.RECENTLY_SETTLED = 2  # so that most settled items must be loaded from their records
        self.folder = Path(tempfile.mkdtemp(prefix="relevance-loop-"))
        self.world = World(self.folder)
        self.people: list[Actor] = self.world.graders(GRADERS)
        self.lead = self.world.person("lead", Role.LEAD)
        self.leases: dict[int, Held] = {}
        self.said: dict[tuple[int, int], tuple[int, Answer, Accepted]] = {}  # (assignment, seq) -> grader, answer, end
        self.paused = False

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None:
                self.drain()
        finally:
            self.world.store.close()
            shutil.rmtree(self.folder)
            live_module.RECENTLY_SETTLED = self.kept

    @property
    def store(self) -> Store:
        return self.world.store

    @initialize(run_length=st.integers(1, 4), share=st.sampled_from([0.0, 0.5]))
    def begin(self, run_length: int, share: float) -> None:
        policies.change(self.store, self.lead, self.world.project, run_length=run_length, audit_share=share)
        self.world.items(4, keywords=2, clips=3)
        self.world.items(3, keywords=2, clips=2, batch="urgent", deadline_h=2)

    # What the rows say ------------------------------------------------------------------------------------------------

    def policy(self) -> Policy:
        return self.store.live.projects[self.world.project].policy

    def rows(self) -> dict[int, Seen]:
        """Every item with the standing that its records give, read without the product's own loading."""
        with self.store.reader(snapshot=True) as reader:
            items = {row[0]: Seen(*row) for row in reader.all("select id, batch, keyword, clip from item order by id")}
            for item, state, level in reader.all(
                "select item, state, level from item_event qualify row_number() over (partition by item order by id desc) = 1"
            ):
                items[item].last, items[item].last_level = state, level
            for id_, item, grader, purpose in reader.all("select id, item, grader, purpose from assignment"):
                if purpose == "work":
                    assert grader not in items[item].graders, "an item was given twice to one person"
                    items[item].graders[grader] = id_
                items[item].any_grader.add(grader)
            levels: dict[int, list[int]] = {item: [] for item in items}
            flags: dict[int, int] = dict.fromkeys(items, 0)
            handed_back: dict[int, int] = dict.fromkeys(items, 0)
            for id_, item, purpose, level, flag, counts in reader.all(
                """select assignment, item, purpose, level, flag, counts from answer
                   qualify row_number() over (partition by assignment order by seq desc) = 1"""
            ):
                items[item].answered.add(id_)
                if purpose == "work" and counts and level is not None:
                    levels[item].append(level)
                if purpose == "work" and flag == "handed_back":
                    handed_back[item] += 1
                elif purpose == "work" and flag is not None and flag not in QUESTION_FLAGS:
                    flags[item] += 1
            for item, people in handed_back.items():
                flags[item] += max(0, people - 1)  # the second one makes it a dispute
            rulings: dict[int, list[Ruling]] = {item: [] for item in items}
            for item, kind, level, n, extra, flagged in reader.all(
                "select item, kind, level, n, extra, flags from decision order by id"
            ):
                rulings[item].append(Ruling(kind, level, n, extra, flagged))
        for item in items.values():
            item.standing = state_of(Records(levels[item.id], flags[item.id], rulings[item.id]), self.policy())
        return items

    def held_back(self) -> tuple[set[int], set[int]]:
        with self.store.reader() as reader:
            found = reader.all("select kind, subject from question anti join question_answer on question = question.id")
        return {s for kind, s in found if kind == "clip"}, {s for kind, s in found if kind == "keyword"}

    def leased(self, item: int, purpose: str = "work") -> int:
        return sum(held.item == item and held.purpose == purpose for held in self.leases.values())

    def may_have(self, who: int, item: Seen, held: tuple[set[int], set[int]]) -> bool:
        """Whether the rules of assignment let this person have this item now."""
        grader = self.people[who].account
        mine = item.graders.get(grader)
        return (
            item.standing.state == "open"
            and item.standing.wanted - item.standing.n - self.leased(item.id) > 0
            and item.clip not in held[0]
            and item.keyword not in held[1]
            and (mine is None or (mine not in item.answered and mine not in self.leases))
        )

    def reap(self) -> None:
        now = self.world.clock.now()
        self.leases = {id_: held for id_, held in self.leases.items() if held.expires > now}

    # Acts of graders --------------------------------------------------------------------------------------------------

    def check_given(self, who: int, tab: str, want: int, leases: list[grading.Lease], before: dict[int, Seen]) -> None:
        """That a claim gave what it should, no more and no less, in the right order."""
        now = self.world.clock.now()
        grader, held = self.people[who].account, self.held_back()
        deadlines = {batch.id: batch.deadline for batch in batches.of(self.store, self.world.project)}
        far = datetime.max.replace(tzinfo=now.tzinfo)
        mine = {id_ for id_, one in self.leases.items() if one.grader == grader and one.tab == tab}
        assert mine <= {lease.assignment for lease in leases}, "a live lease was not given again"
        for id_ in mine:
            self.leases[id_].expires = now + self.store.live.lease
        with self.store.reader() as reader:
            purposes = dict(reader.all("select id, purpose from assignment"))
        for lease in leases:
            if lease.assignment in mine:
                continue
            item, purpose = before[lease.item], purposes[lease.assignment]
            if purpose == "work":
                assert self.may_have(who, item, held), "an item was given that this person may not have"
                started = bool(item.any_grader)
                for other in before.values():
                    if other is item or not self.may_have(who, other, held):
                        continue
                    mine_due, other_due = deadlines[item.batch] or far, deadlines[other.batch] or far
                    assert mine_due <= other_due, "a batch that is due earlier had an item for this person"
                    if (other.batch, other.keyword) == (item.batch, item.keyword) and other.any_grader:
                        assert started, "an untouched item was given before a started one of its keyword"
                item.graders[grader] = lease.assignment
            else:
                assert purpose == "audit"
                assert item.standing.state == "settled", "only a settled item is audited"
                assert grader not in item.graders, "somebody who had graded an item audits it"
                assert self.leased(item.id, "audit") == 0
            item.any_grader.add(grader)
            self.leases[lease.assignment] = Held(grader, tab, item.id, purpose, now + self.store.live.lease)
        if len(leases) < min(want, 3) and not self.paused:
            left = [item.id for item in before.values() if self.may_have(who, item, held)]
            assert not left, f"person {who} was given {len(leases)} of {want}, though items {left} are open to him"

    @rule(who=WHO, tab=TABS, want=st.integers(1, 3))
    def claim(self, who: int, tab: str, want: int) -> None:
        self.reap()
        before = self.rows()
        got = grading.claim(self.store, self.people[who], self.world.project, tab, want)
        if self.paused:
            assert got.why_none == "paused" and not got.work
            return
        assert (got.why_none is None) == bool(got.work)
        self.check_given(who, tab, want, list(got.leases), before)

    @rule(who=WHO, other=WHO, tab=TABS)
    @precondition(lambda self: not self.paused)
    def claim_beside_acts_that_fail(self, who: int, other: int, tab: str) -> None:
        """One group: a claim, somebody's claim that fails after it wrote, and an answer's neighbour."""
        self.reap()
        before = self.rows()
        project, go, begun = self.world.project, threading.Event(), threading.Event()

        def wait(tx: Tx) -> None:
            begun.set()
            go.wait(10)

        def guilty(tx: Tx) -> None:
            grading.claim_in(tx, self.people[other], project, "guilty", 3)
            for given, item in tx.live.held_by(self.people[other].account):
                tx.live.touch(item)
                tx.live.end_lease(item, given)
                tx.live.file(item)
                tx.live.place(item)
            tx.one("select 1")
            raise BadInput("Guilty.")

        held = self.store.submit(wait)
        assert begun.wait(10)
        bad = self.store.submit(guilty)
        good = self.store.submit(lambda tx: grading.claim_in(tx, self.people[who], project, tab, 2))
        bad_too = self.store.submit(guilty)
        go.set()
        held.result(10)
        for one in (bad, bad_too):
            assert isinstance(one.exception(10), BadInput)
        leases, _ = good.result(10)
        self.check_given(who, tab, 2, leases, before)

    def answer(self, assignment: int, seq: int, level: int | None, flag: str | None) -> Accepted:
        grader = next(who for who, person in enumerate(self.people) if person.account == self.grader_of(assignment))
        said = Answer(assignment, seq, level if level is not None or flag else 0, flag, shown_ms_ago=1, decision_ms=900)
        end = grading.answer(self.store, self.people[grader], said)
        self.leases.pop(assignment, None)
        self.said[assignment, seq] = (grader, said, end)
        return end

    def grader_of(self, assignment: int) -> int:
        with self.store.reader() as reader:
            return reader.value("select grader from assignment where id = ?", [assignment])

    @precondition(lambda self: self.leases)
    @rule(data=st.data(), level=LEVELS, flag=FLAGS, both=st.booleans(), seq=st.sampled_from([0, 0, 0, 1]))
    def answer_what_is_held(self, data: st.DataObject, level: int, flag: str | None, both: bool, seq: int) -> None:
        assignment = data.draw(st.sampled_from(sorted(self.leases)))
        held, item = self.leases[assignment], self.rows()[self.leases[assignment].item]
        end = self.answer(assignment, seq, level if both or flag is None else None, flag)
        assert not end.again
        if held.purpose == "work":
            handed_back = flag == "handed_back" and not both
            assert end.counted == (item.standing.state == "open" and not handed_back)

    @rule(data=st.data(), level=LEVELS)
    def answer_too_late(self, data: st.DataObject, level: int) -> None:
        with self.store.reader() as reader:
            late = [
                id_
                for (id_,) in reader.all("select id from assignment where id not in (select assignment from answer)")
                if id_ not in self.leases
            ]
        if not late:
            return
        assignment = data.draw(st.sampled_from(sorted(late)))
        with self.store.reader() as reader:
            number, purpose = reader.one("select item, purpose from assignment where id = ?", [assignment]) or (0, "")
        item = self.rows()[number]
        room = item.standing.wanted - item.standing.n - self.leased(number)
        end = self.answer(assignment, 0, level, None)
        if purpose == "work":
            assert end.counted == (item.standing.state == "open" and room > 0)
            assert (end.why_not is None) == end.counted

    @precondition(lambda self: self.said)
    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.said)))
        grader, said, end = self.said[key]
        again = grading.answer(self.store, self.people[grader], said)
        assert again.again
        assert (again.counted, again.why_not) == (end.counted, end.why_not)

    @precondition(lambda self: self.said)
    @rule(data=st.data(), level=LEVELS, flag=FLAGS)
    def correct(self, data: st.DataObject, level: int, flag: str | None) -> None:
        assignment = data.draw(st.sampled_from(sorted({assignment for assignment, _ in self.said})))
        newest = max(seq for one, seq in self.said if one == assignment)
        self.answer(assignment, newest + 1, level, flag)

    @rule(who=WHO, tab=TABS)
    def heartbeat(self, who: int, tab: str) -> None:
        self.reap()
        kept = grading.heartbeat(self.store, self.people[who], self.world.project, tab)
        mine = [i for i, h in self.leases.items() if (h.grader, h.tab) == (self.people[who].account, tab)]
        assert sorted(kept) == sorted(mine)
        for assignment in mine:
            self.leases[assignment].expires = self.world.clock.now() + self.store.live.lease

    @rule(who=WHO, tab=st.none() | TABS)
    def release(self, who: int, tab: str | None) -> None:
        grader = self.people[who].account
        mine = [i for i, h in self.leases.items() if h.grader == grader and tab in (None, h.tab)]
        assert grading.release(self.store, self.people[who], tab) == len(mine)
        for assignment in mine:
            del self.leases[assignment]

    @rule(seconds=st.sampled_from([1, 60, 200]))
    def wait(self, seconds: int) -> None:
        self.world.clock.advance(seconds)

    # Acts of leads ----------------------------------------------------------------------------------------------------

    @rule(data=st.data(), level=LEVELS, back=st.booleans(), extra=st.integers(1, 2))
    def rule_on_any_item(self, data: st.DataObject, level: int, back: bool, extra: int) -> None:
        items = self.rows()
        item = items[data.draw(st.sampled_from(sorted(items)))]
        disputed = [one for one in items.values() if one.standing.state == "disputed"]
        if disputed and data.draw(st.booleans()):
            item = disputed[0]
        try:
            if back:
                disputes.send_back(self.store, self.lead, item.id, extra, "more")
            else:
                disputes.decide(self.store, self.lead, item.id, level, "because")
        except Stale:
            assert item.standing.state != "disputed"
        else:
            assert item.standing.state == "disputed"

    @rule(outcome=st.sampled_from(["grade", "withdraw", "level"]), level=LEVELS)
    def answer_a_question(self, outcome: str, level: int) -> None:
        found = questions.of(self.store, self.lead, self.world.project)
        if found:
            questions.answer(self.store, self.lead, found[-1].id, outcome, "so", level)

    @rule(overlap=st.integers(1, 3), margin=st.integers(1, 2), cap=st.integers(3, 5), far=st.integers(1, 3))
    def change_policy(self, overlap: int, margin: int, cap: int, far: int) -> None:
        policies.change(self.store, self.lead, self.world.project, overlap=overlap, margin=margin, cap=cap, far=far)

    @rule()
    def pause_or_resume(self) -> None:
        if self.paused:
            projects.resume(self.store, self.lead, self.world.project)
        else:
            projects.pause(self.store, self.lead, self.world.project, "lunch")
        self.paused = not self.paused

    @rule(n=st.integers(1, 3), deadline=st.none() | st.integers(1, 5))
    def import_more(self, n: int, deadline: int | None) -> None:
        self.world.items(n, keywords=min(n, 2), deadline_h=deadline)

    @rule(data=st.data(), hours=st.none() | st.integers(1, 5), east=st.booleans())
    def move_a_deadline(self, data: st.DataObject, hours: int | None, east: bool) -> None:
        batch = data.draw(st.sampled_from(sorted(self.store.live.batches)))
        if hours is None:
            batches.change(self.store, self.lead, batch, no_deadline=True)
        else:
            due = self.world.clock.now() + timedelta(hours=hours)
            if east:  # the same moment, said in another zone
                from zoneinfo import ZoneInfo

                due = due.astimezone(ZoneInfo("Asia/Shanghai"))
            batches.change(self.store, self.lead, batch, deadline=due)

    @rule()
    def restart(self) -> None:
        self.world.reopen()
        now, lease = self.world.clock.now(), self.store.live.lease
        with self.store.reader() as reader:
            found = reader.all(
                """select id, grader, tab, item, purpose, leased_at from assignment
                   where id not in (select assignment from answer)"""
            )
        items = self.rows()
        self.leases = {
            row[0]: Held(*row[1:5], row[5] + lease)
            for row in found
            if row[5] + lease > now
            # What is decided, or settled without an audit to come, is not kept at hand: its answer is surplus anyway.
            and (row[0] in self.store.live.leases or items[row[3]].standing.state in ("open", "disputed"))
        }

    # What must hold after each step -------------------------------------------------------------------------------------

    @invariant()
    def records_tell_the_states(self) -> None:
        live = self.store.live
        for item in self.rows().values():
            standing = item.standing
            assert (item.last, item.last_level) == (standing.state, standing.level), f"item {item.id}"
            known = live.get(item.id)
            if known is not None:
                assert known.standing == standing
            elif item.any_grader:
                assert standing.state not in ("open", "disputed"), "an unfinished item is not at hand"

    @invariant()
    def counters_are_what_counting_anew_gives(self) -> None:
        live = self.store.live
        fresh = Live(live.lease)
        fresh.projects, fresh.batches = live.projects, live.batches
        with self.store.reader(snapshot=True) as reader:
            count(reader, fresh)
        assert {key: n for key, n in live.counts.items() if n} == {key: n for key, n in fresh.counts.items() if n}
        assert live.last_answer == fresh.last_answer

    @invariant()
    def leases_are_as_believed(self) -> None:
        live = self.store.live
        now = self.world.clock.now()
        assert {i for i, (g, _) in live.leases.items() if g.expires and g.expires > now} == {
            i for i, held in self.leases.items() if held.expires > now
        }
        for (grader, tab), held in live.by_tab.items():
            assert held
            assert all(live.leases[i][0].grader == grader and live.leases[i][0].tab == tab for i in held)
        for item in live.items.values():
            for given in item.given.values():
                assert (given.expires is not None) == (given.id in live.leases)

    @invariant()
    def nothing_is_left_in_the_journal(self) -> None:
        assert self.store.live.journal == []

    def drain(self) -> None:
        """In the end everybody takes all that he may have: whatever is left wanted, nobody here may have."""
        if self.paused:
            self.pause_or_resume()
        for who in range(GRADERS):
            self.release(who, None)
        for round_ in range(40):
            busy = False
            self.reap()
            for who in range(GRADERS):
                self.claim(who, "last", 3)
                for assignment in [i for i, h in self.leases.items() if h.grader == self.people[who].account]:
                    self.answer(assignment, 0, (round_ + who) % 2, None)
                    busy = True
            self.records_tell_the_states()
            if not busy:
                return
        raise AssertionError("grading does not come to an end")


TestLoop = Loop.TestCase
TestLoop.settings = settings(
    max_examples=int(os.environ.get("LOOP_EXAMPLES", "8")),
    stateful_step_count=40,
    deadline=None,
    # A failing run of forty acts is told as it is: making it shorter takes minutes. LOOP_SHRINK=1 does it.
    phases=list(Phase) if os.environ.get("LOOP_SHRINK") else [Phase.explicit, Phase.reuse, Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
