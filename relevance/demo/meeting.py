"""The demo's meetings: one that was held, whose precedents stand beside the clips since, and one that is being prepared.

What no rule decides the leads leave to the meeting. Attendees vote before, each alone; the client decides; the like is
settled with it. Also an appeal that waits and a question that the client has not answered yet.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from relevance.clock import ManualClock
from relevance.demo.arguments import GAPS, HIGHER, LOWER
from relevance.demo.crowd import SimGrader
from relevance.demo.keywords import DemoItem
from relevance.meeting import Ending
from relevance.roles import Actor
from relevance.scale import PERCENTS
from relevance.services import (
    agendas,
    attendees,
    ballots,
    case_like,
    client_questions,
    disputes,
    inbox,
    meetings,
    outcomes,
    precedents,
    propagation,
    rooms,
    seats,
)
from relevance.services.client_questions import Choice
from relevance.store.store import Store

HELD = "第一次标准会 · First meeting"
NEXT = "第二批争议会 · Second meeting"
AT = 15  # o'clock, in the project's time zone, when meetings begin
CASE_S = (70, 200)  # what a case takes in the room, seconds

# How the meeting ends what no rule says, by scene.
ENDINGS: Mapping[str, Ending] = {
    "shadow-on-blind": Ending(
        "decided", "影子能肯定是猫，按被遮挡处理。 The shadow is certainly a cat's: as if partly hidden.", level=2,
        rule="partly-hidden", binds="precedent",
    ),
    "moon-in-the-pond": Ending(
        "decided", "倒影就是主体，搜月亮的人会接受。 The reflection is the subject; the searcher would take it.", level=2,
        binds="amendment", heading="倒影与影子 · Reflections and shadows",
        text_zh="倒影、影子是画面主体且认得出时给 67；认不出时给 0。",
        text_en="A reflection or a shadow that is the subject and can be told is 67; where it can't be told, 0.",
    ),
    "match-on-tv": Ending(
        "decided", "屏中的球赛是画面主体，片段要的内容都在。 The match on the screen is the subject; all that is wanted is there.",
        level=2, binds="precedent",
    ),
    "fire-on-tv": Ending(
        "deferred", "屏幕里的火要看下游怎么用。 What a fire on a screen is worth depends on its use.",
        defer_to="王磊", missing="客户确认侵权检索是否要屏中火焰 · whether the search wants fires on screens",
        due="第二次会议前 · before the second meeting",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """Who sits at it, on which stage. `chair` drives; `client` decides; `others` vote too."""

    store: Store
    clock: ManualClock
    project: int
    chair: Actor
    client: Actor
    others: Sequence[Actor]
    rng: random.Random

    @property
    def voters(self) -> list[Actor]:
        """All who vote."""
        return [self.client, *self.others]


def hold(table: Table, items: Mapping[int, DemoItem]) -> int | None:
    """Holds a meeting on what no rule decides. Returns it; None where there is no such dispute."""
    store, clock = table.store, table.clock
    meeting = _make(table, HELD, clock.now())
    agendas.fill(store, table.chair, meeting)
    seen: set[str] = set()
    for case in agendas.of(store, table.chair, meeting):
        scene = items[case.item].scene
        if scene in seen or scene not in ENDINGS:
            agendas.take_off(store, table.chair, meeting, case.id)
        seen.add(scene)
    cases = agendas.of(store, table.chair, meeting)
    if not cases:
        return None
    for case in cases:
        clock.advance(table.rng.uniform(*CASE_S))
        _vote(table, meeting, case.id, items[case.item], table.voters)
    clock.advance(30 * 60)
    meetings.open_(store, table.chair, meeting)
    seat, word = seats.of(store, table.chair, meeting), seats.of(store, table.client, meeting)
    for case in cases:
        rooms.seen(store, meeting, word.attendee)
        ballots.step(store, seat, case.id)
        clock.advance(table.rng.uniform(*CASE_S))
        ballots.reveal(store, seat, case.id)
        clock.advance(table.rng.uniform(*CASE_S) / 2)
        outcome = outcomes.end(store, seat, case.id, ENDINGS[items[case.item].scene])
        if like := [one.item for one in case_like.of(store, seat, outcome)]:
            case_like.settle(store, seat, outcome, like)
    meetings.close(store, table.chair, meeting)
    _carry_on(table, meeting, items)
    return meeting


def _carry_on(table: Table, meeting: int, items: Mapping[int, DemoItem]) -> None:
    """After the meeting the chair settles what waits for the same precedents, from the precedents page."""
    store, clock, left = (
        table.store,
        table.clock,
        {one.precedent for one in outcomes.all_of(table.store, table.chair, meeting)},
    )
    for row in precedents.of(store, table.chair, table.project):
        one = row.precedent
        if one.id not in left:
            continue
        like = propagation.like(store, table.chair, table.project, one)
        same = [item for item in like if items[item].scene == items[one.item].scene]
        if same:
            clock.advance(table.rng.uniform(*CASE_S))
            propagation.apply(
                store, table.chair, table.project, same, one.level, one.reason, one.rule, precedent=one.id
            )  # fmt: skip


def prepare(table: Table, items: Mapping[int, DemoItem]) -> int:
    """Prepares the next meeting from what is disputed now; some have voted already. Returns it."""
    meeting = _make(table, NEXT, table.clock.now() + timedelta(days=1))
    agendas.fill(table.store, table.chair, meeting)
    for at, case in enumerate(agendas.of(table.store, table.chair, meeting)[:3]):
        _vote(table, meeting, case.id, items[case.item], table.voters[at:])
    return meeting


def appeal(table: Table, graders: Sequence[tuple[SimGrader, Actor]], items: Mapping[int, DemoItem]) -> int | None:
    """A careful grader whose answer on an arguable item was overturned appeals. Returns the item; None where there is none."""
    for grader, actor in sorted(graders, key=lambda one: -one[0].skill.care):
        for one in inbox.overturned(table.store, actor, table.project):
            item = items.get(one.item)
            if item is None or item.kind != "boundary" or item.rule not in HIGHER or one.precedent is not None:
                continue
            zh, en = (HIGHER if one.mine > one.level else LOWER)[item.rule][0]
            words = en if grader.language == "en" else zh
            inbox.appeal(table.store, actor, one.assignment, one.decision, words, (1_200,))
            return one.item
    return None


def ask_client(table: Table, items: Mapping[int, DemoItem]) -> int | None:
    """One question goes to the client by link, about the dispute that has waited longest. Returns it; None: there is none."""
    page = disputes.page(table.store, table.chair, table.project, limit=50)
    rows = sorted((row for row in page.rows if len(set(row.levels)) == 2), key=lambda row: row.item)
    if not rows:
        return None
    row = rows[0]
    word = items[row.item].keyword
    choices = [Choice(level, f"{PERCENTS[level]} %") for level in sorted(set(row.levels), reverse=True)]
    number, _ = client_questions.ask(
        table.store, table.chair, table.project, row.item, f"搜“{word.zh}”的人会怎么看这个片段？", choices
    )
    return number


def _make(table: Table, title: str, day: datetime) -> int:
    zone = ZoneInfo(table.store.live.projects[table.project].time_zone)
    starts = day.astimezone(zone).replace(hour=AT, minute=0, second=0, microsecond=0).astimezone(UTC)
    with table.store.reader() as reader:
        coming = attendees.parts(reader, table.project, [one.account for one in table.voters])
    return meetings.make(table.store, table.chair, table.project, title, starts, 60, coming)


def _vote(table: Table, meeting: int, case: int, item: DemoItem, voters: Sequence[Actor]) -> None:
    for number, voter in enumerate(voters):
        other = item.level if item.other is None else item.other
        level = item.level if number == 0 or table.rng.random() < 0.7 else other
        texts = GAPS.get(item.scene) or (HIGHER if level >= max(item.level, other) else LOWER).get(item.rule or "", ())
        reason = texts[0][voter.language == "en"] if texts and table.rng.random() < 0.7 else ""
        seat = seats.of(table.store, voter, meeting)
        ballots.cast(table.store, seat, case, level, reason, (round(table.rng.uniform(500, 3_500)),))
