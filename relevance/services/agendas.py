"""The agenda of a meeting: cases put on it, taken off, ordered, and filled by value until the time is spent.

A disputed item stands on one agenda at most, until it is decided, taken off, or the meeting is closed. Which candidates fit
is the rule in relevance/agenda.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from relevance import agenda
from relevance.agenda import CASE_MINUTES, Candidate
from relevance.errors import BadInput, Stale
from relevance.roles import Act, Actor, require
from relevance.services import meetings, rooms, triage
from relevance.services.cluster_line import Holds
from relevance.services.cluster_rows import ClusterRow
from relevance.services.meetings import MeetingRow
from relevance.store.store import Reader, Store, Tx

MOST_CASES = 200


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case on the agenda. `items`: all that its decision would settle, the telling one among them."""

    id: int
    item: int
    items: int
    keyword: int
    keyword_zh: str | None
    keyword_en: str | None
    keyword_note: str | None
    cause: str | None
    why: Holds
    value: float
    minutes: float
    position: int


def cases(reader: Reader, meeting: int) -> list[CaseRow]:
    """A meeting's cases in their order."""
    return [
        CaseRow(**{**row, "why": Holds.read(row["why"])})
        for row in reader.rows(
            """select c.id, c.item, c.items, c.keyword, text_zh as keyword_zh,
                      text_en as keyword_en, keyword.note as keyword_note, cause, why, value, minutes, position
               from meeting_case c join keyword on keyword.id = c.keyword
               where meeting = ? and removed_at is null order by position, c.id""",
            [meeting],
        )
    ]


def of(store: Store, actor: Actor, meeting: int) -> list[CaseRow]:
    """The agenda of a meeting that the actor may know of."""
    meetings.one(store, actor, meeting)
    with store.reader() as reader:
        return cases(reader, meeting)


def items_of(reader: Reader, case: int) -> list[int]:
    """All items of a case."""
    return [item for (item,) in reader.all("select item from meeting_case_item where case_id = ? order by 1", [case])]


def taken(reader: Reader, project: int) -> dict[int, tuple[int, str]]:
    """Items that stand on an agenda where they may still be decided: item -> (meeting, its title)."""
    return {
        item: (meeting, title)
        for item, meeting, title in reader.all(
            """select i.item, m.id, m.title from meeting_case_item i join meeting_case c on c.id = i.case_id
               join meeting m on m.id = c.meeting
               where c.project = ? and c.removed_at is null and c.id not in (select case_id from outcome)
                 and m.id not in (select meeting from meeting_event where kind = 'closed')""",
            [project],
        )
    }


def candidates(store: Store, actor: Actor, project: int, limit: int = MOST_CASES) -> list[Candidate]:
    """What could be talked about: the clusters that triage leaves to the client and the meeting, then all its others.

    A cluster holds what one rule would settle; disputes that stand alone are clusters of one.
    """
    ours = triage.clusters(store, actor, project, limit, tiers=("client", "meeting")) or triage.clusters(
        store, actor, project, limit
    )
    return [_candidate(row) for row in ours]


def _candidate(row: ClusterRow) -> Candidate:
    return Candidate(
        key=row.id,
        telling=row.telling[0] if row.telling else row.items[0],
        items=row.items,
        value=row.value,
        minutes=max(row.minutes, 0.1),
        cause=row.cause,
        why=Holds(row.pair, row.shared, row.said).kept(),
    )


def fill(store: Store, actor: Actor, meeting: int) -> int:
    """Fills what is left of a meeting's time, by value per minute. Returns how many cases were added.

    Raises:
        Stale: the meeting is closed.
    """
    row = meetings.one(store, actor, meeting)
    require(actor, Act.RUN_MEETING, row.project)
    found = candidates(store, actor, row.project)

    def act(tx: Tx) -> int:
        now = meetings.runs(tx, actor, meeting, "edit")
        there = cases(tx, meeting)
        room = min(MOST_CASES - len(there), MOST_CASES)
        left = now.budget_minutes - sum(case.minutes for case in there)
        free = [_disputed(tx, one) for one in found]
        chosen = agenda.fill((one for one in free if one.items), left, taken(tx, now.project))[:room]
        if chosen:
            made = tx.new_act("meeting.fill", actor, now.project, meeting=meeting, cases=len(chosen))
            first = max((case.position for case in there), default=-1) + 1
            for at, one in enumerate(chosen):
                put(tx, now, one, first + at, made)
        return len(chosen)

    added = store.act(act)
    rooms.changed(store, meeting)
    return added


def _disputed(tx: Tx, one: Candidate) -> Candidate:
    """A candidate with those of its items that are disputed at this moment."""
    items = tuple(
        item for item in one.items if (live := tx.live.get(item)) is not None and live.standing.state == "disputed"
    )
    return replace(one, items=items)


def put(tx: Tx, row: MeetingRow, one: Candidate, position: int, act: int) -> int:
    """Writes a case and its items on an agenda. Returns the case."""
    case = tx.new_id("meeting_case")
    live = tx.live.get(one.telling)
    tx.insert(
        "meeting_case", id=case, meeting=row.id, project=row.project, item=one.telling,
        keyword=live.keyword if live is not None else one.keyword,
        cluster=None if one.key.startswith("item:") else one.key, cause=one.cause, why=one.why, items=len(one.items),
        value=one.value, minutes=one.minutes, position=position, made_at=tx.now, act=act,
    )  # fmt: skip
    for item in one.items:
        tx.insert("meeting_case_item", case_id=case, item=item)
    return case


def add(store: Store, actor: Actor, meeting: int, item: int) -> int:
    """Puts one disputed item on the agenda, at its end. Returns the case.

    Raises:
        Stale: the item stands on a meeting's agenda already (which is told), or is not disputed.
    """

    def act(tx: Tx) -> int:
        row = meetings.runs(tx, actor, meeting, "edit")
        live = tx.live.get(item)
        if live is None or live.project != row.project or live.standing.state != "disputed":
            raise Stale("Item {item} is not disputed.", item=item)
        other = taken(tx, row.project).get(item)
        if other is not None:
            raise Stale("Item {item} is on the agenda of “{title}” already.", item=item, title=other[1])
        there = cases(tx, meeting)
        if len(there) >= MOST_CASES:
            raise BadInput("An agenda holds {most} cases at most.", most=MOST_CASES)
        made = tx.new_act("meeting.add", actor, row.project, meeting=meeting, item=item)
        one = Candidate(f"item:{item}", item, (item,), 1.0, CASE_MINUTES, live.keyword)
        return put(tx, row, one, max((case.position for case in there), default=-1) + 1, made)

    case = store.act(act)
    rooms.changed(store, meeting)
    return case


def add_cluster(store: Store, actor: Actor, meeting: int, cluster: str) -> int:
    """Puts a cluster of triage on the agenda, at its end: those of its items that stand on no agenda yet. Returns the case.

    Raises:
        NotFound: there is no such meeting or cluster.
        Stale: all of it stands on a meeting's agenda already (which is told), or is not disputed any more.
        BadInput: the agenda is full.
    """
    known = meetings.one(store, actor, meeting)
    require(actor, Act.RUN_MEETING, known.project)
    found = _candidate(triage.cluster(store, actor, known.project, cluster))

    def act(tx: Tx) -> int:
        row = meetings.runs(tx, actor, meeting, "edit")
        one, others = _disputed(tx, found), taken(tx, row.project)
        items = tuple(item for item in one.items if item not in others)
        if not one.items:
            raise Stale("Item {item} is not disputed.", item=found.telling)
        if not items:
            title = others[one.items[0]][1]
            raise Stale("Item {item} is on the agenda of “{title}” already.", item=one.items[0], title=title)
        there = cases(tx, meeting)
        if len(there) >= MOST_CASES:
            raise BadInput("An agenda holds {most} cases at most.", most=MOST_CASES)
        made = tx.new_act("meeting.add", actor, row.project, meeting=meeting, cluster=cluster, items=len(items))
        one = replace(one, items=items, telling=one.telling if one.telling in items else items[0])
        return put(tx, row, one, max((case.position for case in there), default=-1) + 1, made)

    case = store.act(act)
    rooms.changed(store, meeting)
    return case


def move(store: Store, actor: Actor, meeting: int, case: int, to: int) -> None:
    """Takes a case to another place on the agenda (0 is the first)."""

    def act(tx: Tx) -> None:
        row = meetings.runs(tx, actor, meeting, "edit")
        there = [one.id for one in cases(tx, meeting)]
        if case not in there:
            raise Stale("This case is not on the agenda any more.")
        tx.new_act("meeting.move", actor, row.project, meeting=meeting, case=case, to=to)
        for position, one in enumerate(agenda.moved(there, case, to)):
            tx.execute("update meeting_case set position = ? where id = ?", [position, one])

    store.act(act)
    rooms.changed(store, meeting)


def take_off(store: Store, actor: Actor, meeting: int, case: int) -> None:
    """Takes a case off the agenda: it is free for another meeting. What has ended stays.

    Raises:
        Stale: it is not on the agenda, or has ended.
    """

    def act(tx: Tx) -> None:
        row = meetings.runs(tx, actor, meeting, "edit")
        if case not in [one.id for one in cases(tx, meeting)]:
            raise Stale("This case is not on the agenda any more.")
        if tx.one("select 1 from outcome where case_id = ?", [case]):
            raise Stale("This case has ended; it stays in the minutes.")
        last = tx.one("select case_id from meeting_step where meeting = ? order by id desc limit 1", [meeting])
        if row.state == "open" and last is not None and last[0] == case:
            raise Stale("This case is on the screen. Go on to another one first.")
        tx.new_act("meeting.take-off", actor, row.project, meeting=meeting, case=case)
        tx.execute("update meeting_case set removed_at = ? where id = ?", [tx.now, case])

    store.act(act)
    rooms.changed(store, meeting)
