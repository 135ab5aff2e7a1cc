"""How a project goes: progress, forecast, keywords, days, people.

Read from the counters that the writer keeps (`store.live.counts`), so that a screen may ask every few seconds while
graders work; only a single batch's keywords and days are counted from its records.
"""

from __future__ import annotations

import heapq
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from relevance.clock import day_of
from relevance.errors import NotFound
from relevance.forecast import Forecast, forecast
from relevance.roles import Act, Actor, require
from relevance.services.my_work import FEWEST_SECONDS
from relevance.store.store import Reader, Store, marks

MARK = 0.8  # the share of items that the standard itself should settle
HERE = timedelta(minutes=2)  # a sign of life this recent: the page is open before somebody
STUCK = timedelta(minutes=5)  # before an item without an answer for so long: stuck
DEAR = 0.02  # seconds that adding up may take before its sum is shared
KEYWORDS = 100  # shown at most, those with most disputes
QUARTER = 900  # seconds; every zone's day begins on a quarter of an hour

Condition = Literal["working", "waiting", "stuck", "idle", "away"]
CONDITIONS: tuple[Condition, ...] = ("stuck", "waiting", "working", "idle", "away")


@dataclass(frozen=True, slots=True)
class States:
    """How many items stand where. What is in no other state is open."""

    items: int = 0
    settled: int = 0
    disputed: int = 0
    decided: int = 0
    withdrawn: int = 0

    @property
    def open(self) -> int:
        """Items that want grades, touched or not."""
        return max(0, self.items - self.settled - self.disputed - self.decided - self.withdrawn)

    @property
    def finished(self) -> int:
        """Items that have their label, or will get none."""
        return self.settled + self.decided + self.withdrawn

    @property
    def remaining(self) -> int:
        """Items that somebody still has to work on."""
        return self.open + self.disputed

    @property
    def judged(self) -> int:
        """Items on which the grades have spoken: they settled it, or a person has to (had to) decide."""
        return self.settled + self.disputed + self.decided

    @property
    def settled_share(self) -> float | None:
        """Of the judged items, the share that the grades settled; None where none is judged."""
        return self.settled / self.judged if self.judged else None


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """One batch. `ahead` is what remains in it and in the batches that are due before it."""

    id: int
    name: str
    deadline: datetime | None
    states: States
    ahead: int
    forecast: Forecast | None
    due: Literal["", "done", "fine", "tight", "late", "missed"]


@dataclass(frozen=True, slots=True)
class KeywordProgress:
    """One keyword; its texts may be missing in one of the languages."""

    id: int
    zh: str | None
    en: str | None
    weight: float
    states: States


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the project: how often an item came into each state, and the answers of the day."""

    day: date
    settled: int = 0
    disputed: int = 0
    decided: int = 0
    withdrawn: int = 0
    answers: int = 0

    @property
    def judged(self) -> int:
        """How often the grades spoke that day: they settled an item, or made it a dispute."""
        return self.settled + self.disputed

    @property
    def settled_share(self) -> float | None:
        """Of these, the share that the grades settled; None on a day without any."""
        return self.settled / self.judged if self.judged else None

    @property
    def finished(self) -> int:
        """Items that got their label that day, or were withdrawn."""
        return self.settled + self.decided + self.withdrawn


@dataclass(frozen=True, slots=True)
class Progress:
    """A project, or one batch of it, at a moment. `keywords`: those with most disputes first, at most a hundred."""

    at: datetime
    today: date
    time_zone: str
    total: States
    batches: list[BatchProgress]
    keywords: list[KeywordProgress]
    days: list[Day]


@dataclass(frozen=True, slots=True)
class Person:
    """One grader today. `since` is when the condition began, as far as records tell."""

    account: int
    name: str
    lead: int | None
    condition: Condition
    since: datetime | None
    answers: int = 0
    flags: int = 0
    worked_seconds: float = 0.0
    asks: int = 0  # questions to the lead that have no reply

    @property
    def per_hour(self) -> float | None:
        """Answers in an hour of work; None before five minutes of work."""
        return self.answers / self.worked_seconds * 3600 if self.worked_seconds >= FEWEST_SECONDS else None


@dataclass(frozen=True, slots=True)
class _Counted:
    """One project's part of the counters, by batch, keyword, day, and (today's) grader. `changes`: the store's then."""

    batches: Mapping[int, Counter[str]]
    keywords: Mapping[int, Counter[str]]
    days: Mapping[date, Counter[str]]
    graders: Mapping[int, Counter[str]]
    today: date
    changes: int
    until: float  # by the monotonic clock: what took long to add up serves everybody for a while


_NONE: Counter[str] = Counter()
_known: WeakKeyDictionary[Store, dict[int, _Counted]] = WeakKeyDictionary()


def _counted(store: Store, project: int, today: date) -> _Counted:
    """The counters of a project, added up anew only where something changed.

    A store with a hundred thousand counters takes tens of milliseconds; then all screens share one sum for twenty times
    as long, so that no number of watching leads takes more than a twentieth of a processor from the graders.
    """
    by_project = _known.setdefault(store, {})
    known, changes, began = by_project.get(project), store.changes, time.monotonic()
    if known is not None and known.today == today and (known.changes == changes or began < known.until):
        return known
    batches: dict[int, Counter[str]] = defaultdict(Counter)
    keywords: dict[int, Counter[str]] = defaultdict(Counter)
    days: dict[date, Counter[str]] = defaultdict(Counter)
    graders: dict[int, Counter[str]] = defaultdict(Counter)
    # dict() copies in one step that no other thread can come between.
    for key, n in dict(store.live.counts).items():
        if key[1] != project:
            continue
        kind = key[0]
        if kind == "keyword":
            keywords[key[2]][key[3]] += n
        elif kind == "grader":
            if key[4] == "answers":
                days[key[3]]["answers"] += n
            if key[3] == today:
                graders[key[2]][key[4]] += n
        elif kind == "state":
            batches[key[2]][key[3]] += n
        elif kind == "items":
            batches[key[2]]["items"] += n
        elif kind == "day":
            days[key[2]][key[3]] += n
    now = time.monotonic()
    until = now + 20 * (now - began) if now - began > DEAR else 0.0
    found = by_project[project] = _Counted(batches, keywords, days, graders, today, changes, until)
    return found


def _states(counts: Mapping[str, int]) -> States:
    return States(*(max(0, counts.get(name, 0)) for name in ("items", "settled", "disputed", "decided", "withdrawn")))


def _sum(parts: list[States]) -> States:
    return States(*(sum(getattr(part, name) for part in parts) for name in States.__dataclass_fields__))


def _days(counts: Mapping[date, Mapping[str, int]]) -> list[Day]:
    names = ("settled", "disputed", "decided", "withdrawn", "answers")
    return [Day(day, *(of.get(name, 0) for name in names)) for day, of in sorted(counts.items()) if any(of.values())]


def _due(states: States, deadline: datetime | None, at: Forecast | None, now: datetime) -> Any:
    if states.items and not states.remaining:
        return "done"
    if deadline is None:
        return ""
    if deadline < now:
        return "missed"
    if at is None:
        return ""
    if at.at > deadline:
        return "late"
    return "tight" if at.late is not None and at.late > deadline else "fine"


def progress(store: Store, actor: Actor, project: int, batch: int | None = None) -> Progress:
    """How far a project is, or one batch of it.

    Batches are worked on in the order of their deadlines, so a batch's forecast counts what remains in those before it.

    Raises:
        NotAllowed: the actor may not see the overview.
        NotFound: there is no such batch in the project.
    """
    require(actor, Act.SEE_OVERVIEW, project)
    now = store.clock.now()
    zone = store.live.projects[project].time_zone
    today = day_of(now, zone)
    counted = _counted(store, project, today)
    with store.reader() as reader:
        batches = reader.all("select id, name, deadline from batch where project = ?", [project])
        finished = {day.day: day.finished for day in _days(counted.days)}
        hours = (
            _hours_today(reader, project, now, zone)
            if not any(day < today and n > 0 for day, n in finished.items())
            else 0.0
        )
        if batch is not None:
            if all(known != batch for known, _, _ in batches):
                raise NotFound("There is no such batch in this project.")
            counted = replace(counted, keywords=_batch_keywords(reader, batch), days=_batch_days(reader, batch, zone))
        words = _keywords(reader, counted.keywords)
    rows, ahead = [], 0
    for known, name, deadline in sorted(batches, key=lambda row: (row[2] is None, row[2] or now, row[0])):
        states = _states(counted.batches.get(known, _NONE))
        ahead += states.remaining
        at = forecast(ahead, finished, now, today, hours) if states.remaining else None
        rows.append(BatchProgress(known, name, deadline, states, ahead, at, _due(states, deadline, at, now)))
    shown = [row for row in rows if batch is None or row.id == batch]
    return Progress(
        at=now,
        today=today,
        time_zone=zone,
        total=_sum([row.states for row in shown]),
        batches=shown,
        keywords=words,
        days=_days(counted.days),
    )


def _keywords(reader: Reader, counts: Mapping[int, Mapping[str, int]]) -> list[KeywordProgress]:
    """The keywords with most disputes, decided ones included; at most a hundred, since there may be twenty thousand."""
    ranked = heapq.nsmallest(
        KEYWORDS,
        (
            (-of.get("disputed", 0) - of.get("decided", 0), -of.get("settled", 0), known)
            for known, of in counts.items()
            if of.get("items", 0) > 0
        ),
    )
    ids = [known for _, _, known in ranked]
    if not ids:
        return []
    texts = {
        known: (zh, en, weight)
        for known, zh, en, weight in reader.all(
            f"select id, text_zh, text_en, weight from keyword where id in ({marks(ids)})", ids
        )
    }
    return [KeywordProgress(known, *texts[known], _states(counts[known])) for known in ids if known in texts]


def _hours_today(reader: Reader, project: int, now: datetime, zone: str) -> float:
    start = datetime.combine(day_of(now, zone), datetime.min.time(), ZoneInfo(zone)).astimezone(UTC)
    first = reader.value(
        "select min(answer.made_at) from answer join item on item.id = answer.item"
        " where item.project = ? and answer.made_at >= ?",
        [project, start],
    )
    return float((now - first).total_seconds() / 3600) if first is not None else 0.0


_OF_BATCH = """
    select item.id, item.keyword from item join import on import.id = item.import
    where item.batch = ? and import.committed_at is not null
"""


def _batch_keywords(reader: Reader, batch: int) -> dict[int, Counter[str]]:
    found: dict[int, Counter[str]] = defaultdict(Counter)
    rows = reader.all(
        f"""
        with mine as ({_OF_BATCH}),
             latest as (select item, arg_max(state, id) as state from item_event
                        where item in (select id from mine) group by item)
        select keyword, coalesce(state, 'open'), count(*) from mine left join latest on latest.item = mine.id
        group by all
        """,
        [batch],
    )
    for keyword, state, n in rows:
        found[keyword]["items"] += n
        found[keyword][state] += n
    return found


def _batch_days(reader: Reader, batch: int, zone: str) -> dict[date, Counter[str]]:
    found: dict[date, Counter[str]] = defaultdict(Counter)
    rows = reader.all(
        f"""
        with mine as ({_OF_BATCH})
        select cast(floor(epoch(made_at) / {QUARTER}) as bigint), state, count(*) from item_event
        where item in (select id from mine) group by all
        """,
        [batch],
    )
    for quarter, state, n in rows:
        found[day_of(datetime.fromtimestamp(quarter * QUARTER, UTC), zone)][state] += n
    return found


def people(store: Store, actor: Actor, project: int) -> list[Person]:
    """The project's graders today, those who need somebody first.

    working: answered lately. waiting: the page is open and there is nothing to grade. stuck: before one item for more
    than five minutes. idle: was here today, is not now. away: not seen today.
    """
    require(actor, Act.SEE_OVERVIEW, project)
    now = store.clock.now()
    zone = store.live.projects[project].time_zone
    counted = _counted(store, project, day_of(now, zone))
    with store.reader() as reader:
        members = reader.all(
            """
            select member.account, max(person.name), max(member.lead) from member
            join account on account.id = member.account left join person on person.account = member.account
            where member.project = ? and member.role = 'grader' and member.since <= ?
              and (member.until is null or member.until > ?) and account.disabled_at is null and account.kind = 'person'
            group by member.account
            """,
            [project, now, now],
        )
        asks = dict(
            reader.all(
                """
                select ask.grader, count(*) from ask left join ask_reply on ask_reply.ask = ask.id
                where ask.project = ? and ask_reply.ask is null group by ask.grader
                """,
                [project],
            )
        )
        found = []
        for account, name, lead in members:
            condition, since = _condition(store, reader, project, account, now, zone)
            day = counted.graders.get(account, _NONE)
            person = Person(account, name or f"#{account}", lead, condition, since, asks=asks.get(account, 0))
            worked = day["worked_ms"] / 1000
            found.append(replace(person, answers=day["answers"], flags=day["flags"], worked_seconds=worked))
    return sorted(found, key=lambda person: (CONDITIONS.index(person.condition), person.name))


def _condition(
    store: Store, reader: Reader, project: int, account: int, now: datetime, zone: str
) -> tuple[Condition, datetime | None]:
    live = store.live
    answered = live.last_answer.get((project, account))
    seen = max((at for at in (live.seen.get((project, account)), answered) if at is not None), default=None)
    if seen is None or day_of(seen, zone) < day_of(now, zone):
        return "away", seen
    if now - seen > HERE:
        return "idle", seen
    held = [given.id for given, item in live.held_by(account) if item.project == project]
    if not held:
        return "waiting", answered or seen
    if answered is not None and now - answered <= STUCK:
        return "working", answered
    leased = reader.value(f"select min(leased_at) from assignment where id in ({marks(held)})", held)
    since = max(at for at in (answered, leased, *(() if answered or leased else (seen,))) if at is not None)
    return ("stuck", since) if now - since > STUCK else ("working", since)
