"""A week of grading, lived through the real services: graders claim and answer, leads decide, with a clock that is moved.

Seven days that end now. A grader works in two short bursts a day at his own pace; the leads look at the disputes in the
late afternoon. The last burst ends at the clock's last moment, so that the demo opens with people at work.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from relevance.clock import ManualClock
from relevance.demo.arguments import ANSWERS, ASKS, REASONS, SEND_BACK, SLIP_REASON
from relevance.demo.crowd import SimAnswer, SimGrader, behave
from relevance.demo.keywords import DemoItem
from relevance.roles import Actor
from relevance.services import asks, disputes, grading, questions
from relevance.services.leased import Work
from relevance.store.store import Store

DAYS = 7
DAY_BEGINS = 9  # o'clock, in the project's time zone
BURSTS = (timedelta(minutes=10), timedelta(hours=5))  # from the beginning of the day
LEADS_LOOK = timedelta(hours=7, minutes=30)
BETWEEN_MS = (250, 900)  # from one answer to the next item's decision


@dataclass(frozen=True, slots=True)
class SimLead:
    """A lead at work: who acts, and in which language he writes."""

    actor: Actor
    language: str = "zh"


@dataclass(frozen=True, slots=True)
class _Look:
    """An item in a grader's hands, and what he is going to say of it."""

    work: Work
    item: DemoItem
    said: SimAnswer


@dataclass(slots=True)
class Done:
    """What happened in the week."""

    answers: int = 0
    corrections: int = 0
    flags: int = 0
    decisions: int = 0
    returns: int = 0
    questions: int = 0
    asks: int = 0


@dataclass(slots=True)
class Week:
    """The week's stage. `items` by the store's item id; `graders` with the account that each acts as."""

    store: Store
    clock: ManualClock
    project: int
    time_zone: str
    items: Mapping[int, DemoItem]
    graders: Sequence[tuple[SimGrader, Actor]]
    leads: Sequence[SimLead]
    rng: random.Random
    done: Done = field(default_factory=Done)
    _asked: set[str] = field(default_factory=set)

    def day(self, number: int, now: datetime) -> datetime:
        """When day `number` (0 the first, 6 today) begins; today begins so that the last burst ends now."""
        zone = ZoneInfo(self.time_zone)
        at = (now.astimezone(zone) - timedelta(days=DAYS - 1 - number)).replace(
            hour=DAY_BEGINS, minute=0, second=0, microsecond=0
        )
        return at.astimezone(now.tzinfo)

    def burst(self, begins: datetime, each: float, until: datetime | None = None) -> None:
        """Everybody grades about `each` items, from about `begins` on; nothing happens after `until`."""
        # Claims and answers as they come, so that many work at once: (when, grader, items left, what he looks at).
        turns: list[tuple[datetime, int, int, _Look | None]] = []
        for number in range(len(self.graders)):
            late = timedelta(seconds=self.rng.uniform(0, 1_500 if until is None else 40))
            # So that a share of an item a day comes out right over the team and the week.
            if mine := int(each) + (self.rng.random() < each % 1):
                heapq.heappush(turns, (begins + late, number, mine, None))
        while turns:
            at, number, left, look = heapq.heappop(turns)
            if until is not None and at > until:
                continue  # what he has claimed he still looks at when the week ends
            self.clock.at = max(self.clock.at, at)
            if look is None:
                look = self._claim(number)
                if look is not None:
                    spent = look.said.decision_ms + look.said.first_frame_ms
                    heapq.heappush(turns, (self.clock.at + timedelta(milliseconds=spent), number, left, look))
                continue
            self._answer(number, look, correct=until is None)
            if left > 1:
                pause = timedelta(milliseconds=self.rng.randint(*BETWEEN_MS))
                heapq.heappush(turns, (self.clock.at + pause, number, left - 1, None))
            elif until is None:
                grading.release(self.store, self.graders[number][1])

    def _claim(self, number: int) -> _Look | None:
        """A grader gets his next item and makes up his mind; None if there is none for him."""
        grader, actor = self.graders[number]
        claimed = grading.claim(self.store, actor, self.project, f"demo-{grader.login}", want=1)
        if not claimed.work:
            return None
        work = claimed.work[0]
        item = self.items[work.item]
        return _Look(work, item, behave(grader, item, self.rng, clip_ms=work.duration_ms))

    def _answer(self, number: int, look: _Look, correct: bool) -> None:
        """He answers, and where he slipped he may take it back at once."""
        grader, actor = self.graders[number]
        work, item, said = look.work, look.item, look.said
        self._ask(grader, actor, item, work.assignment)
        grading.answer(self.store, actor, answer_of(work.assignment, work.seq, said))
        self.done.answers += 1
        self.done.flags += said.flag is not None
        slip = item.kind == "clear" and said.level is not None and said.level != item.level
        if correct and slip and self.rng.random() < 0.15 + 0.3 * grader.skill.care:
            self.clock.advance(3)
            better = SimAnswer(
                item.level, decision_ms=2_400, watched_ms=said.watched_ms, watched_share=said.watched_share
            )
            grading.answer(self.store, actor, answer_of(work.assignment, work.seq + 1, better))
            self.done.corrections += 1

    def _ask(self, grader: SimGrader, actor: Actor, item: DemoItem, assignment: int) -> None:
        asked = next((ask for ask in ASKS if (ask.scene, ask.keyword) == (item.scene, item.keyword.key)), None)
        if asked is None or asked.scene in self._asked or grader.skill.care < 0.2:
            return
        self._asked.add(asked.scene)
        grading.ask(self.store, actor, assignment, asked.text, f"demo-ask-{self.project}-{asked.scene}")
        self.done.asks += 1

    def leads_look(self, share: float) -> None:
        """The leads decide this share of the open disputes, answer what they can, and reply to their graders.

        What no rule decides they leave to the meeting.
        """
        page = disputes.page(self.store, self.leads[0].actor, self.project, limit=1_000)
        rows = [row for row in page.rows if self.items[row.item].kind != "gap" and self.rng.random() < share]
        for at, row in enumerate(rows):
            lead = self.leads[at % len(self.leads)]
            self.clock.advance(self.rng.uniform(25, 110))
            item = self.items[row.item]
            if item.kind == "boundary" and len(row.levels) < 4 and self.rng.random() < 0.12:
                disputes.send_back(self.store, lead.actor, row.item, 1, SEND_BACK[lead.language == "en"])
                self.done.returns += 1
                continue
            reasons = REASONS.get(item.scene) or (REASONS.get(item.rule or "") if item.kind == "boundary" else None)
            zh, en = self.rng.choice(reasons) if reasons else SLIP_REASON
            rule = item.rule if item.kind == "boundary" else None
            disputes.decide(self.store, lead.actor, row.item, item.level, en if lead.language == "en" else zh, rule)
            self.done.decisions += 1
        self._reply()

    def answer_clip_questions(self) -> None:
        """The leads answer the questions about clips; those about keywords wait for the client."""
        lead = self.leads[0]
        for question in questions.of(self.store, lead.actor, self.project):
            if question.kind == "clip":
                self.clock.advance(40)
                questions.answer(
                    self.store, lead.actor, question.id, "withdraw", ANSWERS["clip"][lead.language == "en"]
                )
                self.done.questions += 1

    def _reply(self) -> None:
        lead = self.leads[-1]
        for ask in asks.of(self.store, lead.actor, self.project, open_only=True):
            known = next((one for one in ASKS if one.text == ask.text), None)
            if known is not None and known.reply is not None:
                self.clock.advance(30)
                asks.reply(self.store, lead.actor, ask.id, known.reply)


def answer_of(assignment: int, seq: int, said: SimAnswer) -> grading.Answer:
    """What a simulated grader says, as the services take it."""
    return grading.Answer(
        assignment=assignment,
        seq=seq,
        level=said.level,
        flag=said.flag,
        flag_text=said.flag_text,
        note=said.note,
        rule=said.rule,
        evidence_ms=said.evidence_ms,
        shown_ms_ago=said.decision_ms,
        first_frame_ms=said.first_frame_ms,
        decision_ms=said.decision_ms,
        watched_ms=said.watched_ms,
        watched_share=said.watched_share,
        speed=said.speed,
        client="demo",
    )


def live(
    week: Week, now: datetime, quota: Callable[[int], float], arrive: Callable[[int], None],
    evening: Callable[[int], None] = lambda day: None,
) -> Done:  # fmt: skip
    """Lives the seven days up to now.

    Args:
        quota: how many items each grader answers on a day (0 to 6), on average.
        arrive: called when a day begins, with its number: imports what comes that day.
        evening: called when the leads have looked, on all days but today.
    """
    for number in range(DAYS):
        begins = week.day(number, now)
        each = quota(number)
        if number == DAYS - 1:
            # Today's work lies right before now, whatever the hour: 15 s an item, and everybody has a minute's start.
            begins = max(week.clock.at, now - timedelta(seconds=60 + 15 * (each + 1)))
            week.clock.at = max(week.clock.at, begins)
            arrive(number)
            week.burst(begins, each, until=now)
            break
        week.clock.at = max(week.clock.at, begins)
        arrive(number)
        for after in BURSTS:
            week.burst(begins + after, each / len(BURSTS))
        week.clock.at = max(week.clock.at, begins + LEADS_LOOK)
        week.leads_look(0.85 if number < 4 else 0.3)
        if number == 5:
            week.answer_clip_questions()
        evening(number)
    week.clock.at = max(week.clock.at, now)
    return week.done
