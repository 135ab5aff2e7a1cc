"""A team as its lead sees it: each grader's card, alerts with what can be done, the items behind every figure.

Read from the records by a cursor of its own and kept for half a minute, since a month of a team is a million answers. A
grader sees his own card by the same sums, and nobody else's.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from relevance.clock import day_of
from relevance.errors import BadInput, NotFound
from relevance.quality import scorecards, watch
from relevance.quality.alerts import KINDS, Alarm, bar
from relevance.quality.confusion import Share, certain
from relevance.quality.scorecards import Card
from relevance.roles import SYSTEM, Act, Actor, allowed, require
from relevance.services import duties, membership, regrade, truth
from relevance.services.truth import Delivered
from relevance.store.known import KNOWN, NEWEST, OUT, STANDING
from relevance.store.rows import marks
from relevance.store.store import Reader, Store, Tx

LEVELS = 4
DAYS = 31
FRESH = 30.0  # seconds that what was read is shown again, at least
MANY = 40.0  # times what reading it took, where that is more: it is read anew behind, at a twentieth of a core
ITEMS = 500  # items listed behind a figure at most
FIGURES = (
    "gold", "decided", "model", "together", "overturned", "lenient", "strict", "fast", "unseen", "answers",
)  # fmt: skip
WHAT = ("talk", "retrain", "re_examine", "pause", "regrade", "nothing")
OWN = ("overturned", "answers")  # figures whose items a grader may see of himself
UNSEEN = 0.25  # of a clip, below which it was not looked at, where the policy says nothing

_ANSWERS = f"""
    with known as ({KNOWN} where item.project = ?), label as ({NEWEST}), a as ({STANDING})
    select a.assignment, a.item, a.grader, a.level, epoch(a.made_at) as at,
           datediff('day', date '1970-01-01', (a.made_at at time zone ?)::date) as day,
           coalesce(a.decision_ms, -1) as decision_ms, coalesce(a.watched_share, -1) as watched,
           coalesce(guideline.version, 0) as version, coalesce(known.gold, -1) as gold,
           coalesce(known.decided, -1) as decided, coalesce(known.label, -1) as label,
           coalesce(p0, 0) as p0, coalesce(p1, 0) as p1, coalesce(p2, 0) as p2, coalesce(p3, 0) as p3,
           coalesce(label.n, 0) as n, a.counts and purpose = 'work' as counts,
           purpose = 'repeat' as repeated, a.assignment in (select assignment from ({OUT})) as excluded
    from a join known on known.item = a.item left join label on label.item = a.item
    left join guideline on guideline.id = a.guideline
    where a.level is not null and purpose <> 'exam' and a.made_at >= ? and a.made_at < ? and a.grader = coalesce(?, a.grader)
    order by a.made_at, a.assignment
"""
Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Alert:
    """An alarm as a lead reads it. value, usual: what was seen and what was to be expected, over n answers since.

    needed: odds at which a test rings. since: when the change most likely began. answers: how many since then in all.
    """

    grader: int
    name: str
    kind: str
    at: datetime
    since: datetime
    n: int
    value: float
    usual: float
    odds: float
    needed: float
    answers: int
    items: tuple[int, ...]
    level: int | None
    partner: int | None
    partner_name: str | None


@dataclass(frozen=True, slots=True)
class Member:
    """One grader of the team. told: below (-1) or above (1) the rest beyond what chance explains, else 0, by figure.

    rank: place by accuracy, shared by all who can't be told apart; 0: nothing is known. then: his card of the span before.
    """

    grader: int
    name: str
    lead: int | None
    card: Card
    then: Card
    told: Mapping[str, int]
    rank: int
    alerts: int


@dataclass(frozen=True, slots=True)
class Team:
    """A team over a span of days: members, alerts (the strongest first), what is delivered, and how fresh the model is."""

    since: date
    until: date
    members: tuple[Member, ...]
    alerts: tuple[Alert, ...]
    delivered: Delivered
    model: tuple[str, datetime] | None


@dataclass(frozen=True, slots=True)
class Own:
    """A grader's own card, his span before, and the team's together accuracy to stand beside it."""

    card: Card
    then: Card
    team: Share


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item behind a figure: what he said, what is known, how he worked on it."""

    item: int
    assignment: int
    made_at: datetime
    keyword_zh: str | None
    keyword_en: str | None
    clip: str
    content_id: str
    level: int
    gold: int | None
    decided: int | None
    label: int | None
    model: int | None
    seconds: float | None
    watched: float | None
    excluded: bool


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was read, at which change of the store, and until when (monotonic seconds) it is shown again."""

    changes: int
    until: float
    team: Team


_kept: WeakKeyDictionary[Store, dict[tuple[int, int], _Kept]] = WeakKeyDictionary()


def _span(store: Store, days: int) -> tuple[datetime, datetime]:
    now = store.clock.now()
    return now - timedelta(days=days), now + timedelta(seconds=1)


def read(
    reader: Reader, store: Store, project: int, since: datetime, until: datetime, grader: int | None = None
) -> Columns:
    """Every answer of a span, or one grader's, with what is known of its item, in the order of time; what is not known is -1."""
    zone = store.live.projects[project].time_zone
    found = reader.run(_ANSWERS, [project, zone, since, until, grader]).fetchnumpy()
    return {name: np.ma.filled(values, -1) for name, values in found.items()}


def card_of(rows: Columns, at: NDArray[Any]) -> Card:
    """The card of the answers with these row numbers."""
    level = rows["level"][at].astype(np.int32)
    model = np.stack([rows[f"p{k}"][at] for k in range(LEVELS)], axis=1)
    model[rows["n"][at] < 2] = 0  # alone with the item: the model has only his own word
    labelled = rows["counts"][at].astype(bool) & (rows["label"][at] >= 0)
    seconds, watched = rows["decision_ms"][at] / 1000.0, rows["watched"][at].astype(float)
    return scorecards.card(
        level,
        certain(rows["gold"][at].astype(np.int32), LEVELS),
        certain(rows["decided"][at].astype(np.int32), LEVELS),
        model,
        seconds=np.where(seconds < 0, np.nan, seconds),
        watched=np.where(watched < 0, np.nan, watched),
        overturned=np.where(labelled, (rows["label"][at] != level).astype(float), np.nan),
        week=((rows["day"][at] + 3) // 7).astype(np.int32),  # 1 January 1970 was a Thursday
    )


def team(store: Store, actor: Actor, project: int, days: int = DAYS) -> Team:
    """The project's graders over the last days, with alerts.

    Raises:
        NotAllowed: the actor does not answer for the team.
        NotFound: there is no such project.
    """
    require(actor, Act.SEE_TEAM, project)
    if project not in store.live.projects:
        raise NotFound("There is no project {project}.", project=project)
    known = _kept.setdefault(store, {}).get((project, days))
    if known is not None and (known.changes == store.changes or time.monotonic() < known.until):
        return known.team
    return keep(store, project, days)


def keep(store: Store, project: int, days: int = DAYS) -> Team:
    """The same read anew and kept for the next who asks; for who runs it behind, so that no screen waits for it."""
    changes, began = store.changes, time.monotonic()
    made = _team(store, SYSTEM, project, days)
    ended = time.monotonic()
    fresh = max(FRESH, MANY * (ended - began))
    _kept.setdefault(store, {})[project, days] = _Kept(changes, ended + fresh, made)
    return made


def forget(store: Store) -> None:
    """What was read is read anew; called after an act of one's own, so that its effect is seen at once."""
    _kept.pop(store, None)


def _team(store: Store, actor: Actor, project: int, days: int) -> Team:
    since, until = _span(store, days)
    names, leads, rows, start, alerts = _known(store, project, days)
    count = {grader: sum(one.grader == grader for one in alerts) for grader in names}
    present = sorted(set(rows["grader"][start:].tolist()) | {g for g in leads if g in names})
    cards, before = {}, {}
    for grader in present:
        mine = rows["grader"] == grader
        now_, then = mine.copy(), mine
        now_[:start] = False
        then = mine & (np.arange(len(mine)) < start)
        cards[grader], before[grader] = card_of(rows, np.flatnonzero(now_)), card_of(rows, np.flatnonzero(then))
    told = {
        figure: scorecards.against([getattr(cards[grader], figure) for grader in present])
        for figure in ("gold", "decided", "model", "together", "near", "overturned")
    }
    ranks = scorecards.alike([cards[grader].together for grader in present])
    members = tuple(
        Member(
            grader, names.get(grader, f"#{grader}"), leads.get(grader), cards[grader], before[grader],
            {figure: signs[place] for figure, signs in told.items()}, int(ranks[place]), count.get(grader, 0),
        )
        for place, grader in enumerate(present)
    )  # fmt: skip
    zone = store.live.projects[project].time_zone
    return Team(
        day_of(since, zone), day_of(until, zone), members, alerts, truth.delivered(store, actor, project),
        truth.newest(store, project),
    )  # fmt: skip


def _known(
    store: Store, project: int, days: int
) -> tuple[dict[int, str], dict[int, int | None], Columns, int, tuple[Alert, ...]]:
    """Names and leads, the answers of this span and the one before, where this one begins among them, and what rings."""
    since, until = _span(store, days)
    with store.reader(snapshot=True) as reader:
        names, leads = graders(reader, project)
        rows = read(reader, store, project, since - timedelta(days=days), until)
        done = {
            (grader, kind): made_at
            for grader, kind, made_at in reader.all(
                "select grader, kind, max(made_at) from alert_act where project = ? group by all", [project]
            )
        }
    start = int(np.searchsorted(rows["at"], since.timestamp()))
    alerts = _alerts(store, project, rows, start, done, names)
    return names, leads, rows, start, alerts


def graders(reader: Reader, project: int) -> tuple[dict[int, str], dict[int, int | None]]:
    """Names of everybody who has graded here or may, and the lead of each who may now."""
    names = dict(
        reader.all(
            """select account.id, coalesce(person.name, '#' || account.id) from account
               left join person on person.account = account.id
               where account.id in (select account from member where project = ? and role = 'grader')
                  or account.id in (select distinct grader from assignment join item on item.id = assignment.item
                                    where item.project = ?)""",
            [project, project],
        )
    )
    leads = dict(
        reader.all(
            """select account, max(lead) from member where project = ? and role = 'grader'
               and until is null group by account""",
            [project],
        )
    )
    return names, leads


def _alerts(
    store: Store, project: int, rows: Columns, start: int, done: Mapping[tuple[int, str], datetime],
    names: Mapping[int, str],
) -> tuple[Alert, ...]:  # fmt: skip
    # His own repeat of an item is no colleague's word on it.
    keep = ~(rows["excluded"].astype(bool) | rows["repeated"].astype(bool))
    first = int(keep[:start].sum())
    rows = {name: values[keep] for name, values in rows.items()}
    if len(rows["item"]) == 0:
        return ()
    people, grader = np.unique(rows["grader"], return_inverse=True)
    _, item = np.unique(rows["item"], return_inverse=True)
    sure = np.where(rows["gold"] >= 0, rows["gold"], rows["decided"])
    watched = rows["watched"].astype(float)
    answers = watch.Answers(
        item=item.astype(np.int32), grader=grader.astype(np.int32), level=rows["level"].astype(np.int32),
        day=rows["day"].astype(np.int32), week=((rows["day"] + 3) // 7).astype(np.int32),
        version=np.maximum.accumulate(rows["version"]).astype(np.int32), known=sure.astype(np.int32),
        by_gold=rows["gold"] >= 0, watched=np.where(watched < 0, np.nan, watched),
    )  # fmt: skip
    code = {int(number): place for place, number in enumerate(people)}
    after = {
        (code[who], kind): int(np.searchsorted(rows["at"], at.timestamp(), side="right"))
        for (who, kind), at in done.items()
        if who in code
    }
    least = float(store.live.projects[project].settings.get("least_watched", 0) or UNSEEN)
    height = bar(max(len(people), 1))
    found = watch.watch(answers, height, least_watched=min(least, UNSEEN), after=after, base_until=first)
    return tuple(_alert(rows, people, names, one, alarm, height) for one, alarm in found)


def _alert(
    rows: Columns, people: NDArray[Any], names: Mapping[int, str], code: int, alarm: Alarm, height: float
) -> Alert:  # fmt: skip
    grader = int(people[code])
    partner = None if alarm.partner is None else int(people[alarm.partner])
    mine = (rows["grader"] == grader) & (np.arange(len(rows["at"])) >= alarm.since)
    return Alert(
        grader, names.get(grader, f"#{grader}"), alarm.kind,
        datetime.fromtimestamp(float(rows["at"][alarm.at]), UTC),
        datetime.fromtimestamp(float(rows["at"][alarm.since]), UTC),
        alarm.n, alarm.share, alarm.usual, alarm.odds, float(np.exp(height)), int(mine.sum()),
        tuple(int(one) for one in rows["assignment"][alarm.hits][::-1][:ITEMS]), alarm.level, partner,
        None if partner is None else names.get(partner, f"#{partner}"),
    )  # fmt: skip


def mine(store: Store, actor: Actor, project: int, days: int = DAYS) -> Own:
    """The actor's own card, and the team's accuracy as one figure; nobody else's.

    Raises:
        NotAllowed: the actor is no grader of the project.
    """
    require(actor, Act.GRADE, project)
    since, until = _span(store, days)
    with store.reader(snapshot=True) as reader:
        rows = read(reader, store, project, since - timedelta(days=days), until)
    start = int(np.searchsorted(rows["at"], since.timestamp()))
    own = rows["grader"] == actor.account
    place = np.arange(len(own))
    team_card = card_of(rows, np.flatnonzero(place >= start))
    return Own(
        card_of(rows, np.flatnonzero(own & (place >= start))), card_of(rows, np.flatnonzero(own & (place < start))),
        team_card.together,
    )  # fmt: skip


def items(
    store: Store, actor: Actor, project: int, grader: int, figure: str, days: int = DAYS, week: int | None = None
) -> list[ItemRow]:
    """The items behind one of a grader's figures, the newest first; of one week, or of all days.

    figure: one of FIGURES: those that he got wrong against a reference, that were overturned, where he was lenient or
    strict, the fastest, the least watched, or all. A grader may ask for his own overturned or all, without the gold among
    them, which colleagues may still meet.
    """
    whole = allowed(actor, Act.SEE_TEAM, project)
    if not whole:
        require(actor, Act.GRADE if grader == actor.account and figure in OWN else Act.SEE_TEAM, project)
    if figure not in FIGURES:
        raise BadInput("There is no figure {figure}; there are: {known}.", figure=figure, known=", ".join(FIGURES))
    since, until = _span(store, days)
    with store.reader(snapshot=True) as reader:
        rows = read(reader, store, project, since, until, grader)
        keep = np.ones(len(rows["item"]), dtype=bool)
        if week is not None:
            keep &= (rows["day"] + 3) // 7 == week
        rows = {name: values[keep] for name, values in rows.items()}
        chosen = _behind(rows, figure)[:ITEMS]
        found = _rows(reader, [int(one) for one in rows["assignment"][chosen]])
        return found if whole else [replace(row, gold=None) for row in found]


def _behind(rows: Columns, figure: str) -> NDArray[Any]:
    level, gold, decided, label = rows["level"], rows["gold"], rows["decided"], rows["label"]
    shares = np.stack([rows[f"p{k}"] for k in range(LEVELS)], axis=1)
    model = np.where(rows["n"] >= 2, shares.argmax(axis=1), -1)
    sure = np.where(gold >= 0, gold, np.where(decided >= 0, decided, model))
    wrong = {
        "gold": (gold >= 0) & (gold != level),
        "decided": (decided >= 0) & (decided != level),
        "model": (model >= 0) & (model != level),
        "together": (sure >= 0) & (sure != level),
        "overturned": rows["counts"].astype(bool) & (label >= 0) & (label != level),
        "lenient": (sure >= 0) & (level > sure),
        "strict": (sure >= 0) & (level < sure),
        "answers": np.ones(len(level), dtype=bool),
    }
    if figure in wrong:
        return np.flatnonzero(wrong[figure])[::-1]
    by = rows["decision_ms"] if figure == "fast" else rows["watched"]
    order = np.argsort(by, kind="stable")
    return order[by[order] >= 0]


def alert_items(store: Store, actor: Actor, project: int, alert: Alert) -> list[ItemRow]:
    """The items that speak for an alert, the newest first."""
    require(actor, Act.SEE_TEAM, project)
    with store.reader() as reader:
        return _rows(reader, list(alert.items))


def _rows(reader: Reader, assignments: list[int]) -> list[ItemRow]:
    if not assignments:
        return []
    found = reader.all(
        f"""with known as ({KNOWN} where item.id in (
                select item from assignment where id in ({marks(assignments)}))), label as ({NEWEST}), a as ({STANDING})
            select a.item, a.assignment, a.made_at, keyword.text_zh, keyword.text_en, clip.name, clip.content_id, a.level,
                   known.gold, known.decided, known.label, case when label.n >= 2 then label.level end,
                   a.decision_ms / 1000, a.watched_share, a.assignment in (select assignment from ({OUT}))
            from a join known on known.item = a.item join item on item.id = a.item
            join keyword on keyword.id = item.keyword join clip on clip.id = item.clip
            left join label on label.item = a.item
            where a.assignment in ({marks(assignments)})""",
        [*assignments, *assignments],
    )
    place = {assignment: at for at, assignment in enumerate(assignments)}
    return [ItemRow(*row) for row in sorted(found, key=lambda row: place[row[1]])]


def note(store: Store, actor: Actor, project: int, grader: int, kind: str, what: str, text: str = "") -> int:
    """Notes what was done about an alert; its test begins anew with the grader's next answer. Returns the note's id.

    Raises:
        NotAllowed: the actor does not lead the project.
        BadInput: an unknown kind or deed.
    """
    require(actor, Act.MANAGE_TEAM, project)
    if kind not in KINDS or what not in WHAT:
        raise BadInput("{kind}: {what} is not among {known}.", kind=kind, what=what, known=", ".join(WHAT))

    def act(tx: Tx) -> int:
        act_id = tx.new_act("team.alert", actor, project, grader=grader, kind=kind, what=what)
        number = tx.new_id("alert_act")
        tx.insert(
            "alert_act", id=number, project=project, grader=grader, kind=kind, what=what, note=text.strip()[:2000],
            made_by=actor.account, made_at=tx.now, act=act_id,
        )  # fmt: skip
        return number

    number = store.act(act)
    forget(store)
    return number


def act_on(
    store: Store, actor: Actor, project: int, alerts: Sequence[Alert], what: str, text: str = "",
    rules: Sequence[str] = (),
) -> None:  # fmt: skip
    """Does what a lead chose about a person's alerts and notes it at each of them.

    pause: his part as a grader ends (and may begin again); regrade: his answers since the first change leave the count.
    retrain (`rules`: of which rules; none: of all) and re_examine: he gets no item before it is done. Talking is noted.
    """
    require(actor, Act.MANAGE_TEAM, project)
    grader = alerts[0].grader
    if what == "pause":
        membership.end(store, actor, project, grader, "grader")
    elif what == "regrade":
        since = min(alert.since for alert in alerts)
        regrade.exclude(store, actor, project, grader, since, text or ", ".join(alert.kind for alert in alerts))
    elif what in duties.KINDS:
        duties.ask(store, actor, project, grader, what, text or ", ".join(alert.kind for alert in alerts), rules)
    for alert in alerts:
        note(store, actor, project, grader, alert.kind, what, text)
