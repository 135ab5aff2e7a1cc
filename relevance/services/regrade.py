"""A grader's answers from a time on taken out of the count, and given back: what it would do, the act, the undo.

The answers stay; rows of `exclusion_answer` say that they do not count, and every item's state follows from the records
as before. An item that is left with too few grades stands in the line again, for somebody else. What a person decided stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from relevance.errors import BadInput, NotFound, Stale
from relevance.items import Standing
from relevance.roles import Act, Actor, require
from relevance.services.states import restate
from relevance.store.live import Live, LiveItem
from relevance.store.load import items, load_items, load_projects
from relevance.store.rows import marks
from relevance.store.store import Reader, Store, Tx

PIECE = 250  # answers in one act, since graders go on meanwhile
LOOK = 5_000  # items judged at once for a preview
LONGEST_REASON = 2000

# A grader's answers (by their first record) that bear on labels and still count.
THEIRS = """
    select answer.assignment, answer.item from answer join item on item.id = answer.item
    where item.project = ? and grader = ? and answer.seq = 0 and purpose in ('work', 'audit')
      and answer.made_at >= ? and answer.made_at <= ?
      and answer.assignment not in (
          select assignment from exclusion_answer anti join exclusion_return using (exclusion, assignment))
    order by answer.assignment
"""


@dataclass(frozen=True, slots=True)
class Preview:
    """What would happen: answers that change, their items, and where these would go.

    reopens: settled or disputed items that want grades again. settles: open or disputed ones that would be settled.
    disputes: items that would become disputes. changes: labels that would be another level. decided: stay as a person
    decided. grades: how many more grades the open ones among them would want.
    """

    answers: int
    items: int
    reopens: int
    settles: int
    disputes: int
    changes: int
    decided: int
    grades: int


@dataclass(frozen=True, slots=True)
class Exclusion:
    """One act of taking answers out. undone_at: since when they count again; None: they do not."""

    id: int
    grader: int
    name: str
    since: datetime
    until: datetime
    reason: str
    answers: int
    made_by: int
    made_at: datetime
    undone_at: datetime | None
    undo_reason: str | None


def last(store: Store, actor: Actor, project: int, grader: int, n: int) -> datetime | None:
    """The moment from which on are a grader's last n answers; None where he has none."""
    require(actor, Act.MANAGE_TEAM, project)
    if n < 1:
        raise BadInput("At least one answer is regraded; {n} were asked for.", n=n)
    with store.reader() as reader:
        found = reader.value(
            """select min(made_at) from (
                   select answer.made_at from answer join item on item.id = answer.item
                   where item.project = ? and grader = ? and answer.seq = 0 and purpose in ('work', 'audit')
                   order by answer.made_at desc limit ?)""",
            [project, grader, n],
        )
    return found if isinstance(found, datetime) else None


def preview(store: Store, actor: Actor, project: int, grader: int, since: datetime) -> Preview:
    """What taking a grader's answers since a moment out of the count would do; nothing is changed."""
    require(actor, Act.MANAGE_TEAM, project)
    now = store.clock.now()
    with store.reader(snapshot=True) as reader:
        return _look(reader, reader.all(THEIRS, [project, grader, since, now]), excluded=True)


def preview_undo(store: Store, actor: Actor, exclusion: int) -> Preview:
    """What giving the answers of an exclusion back would do; nothing is changed."""
    with store.reader(snapshot=True) as reader:
        row = _one(reader, exclusion)
        require(actor, Act.MANAGE_TEAM, row[0])
        return _look(reader, reader.all(_LEFT, [exclusion]), excluded=False)


_LEFT = """
    select assignment, item from exclusion_answer anti join exclusion_return using (exclusion, assignment)
    where exclusion = ? order by assignment
"""


def _look(reader: Reader, rows: Sequence[tuple[int, int]], excluded: bool) -> Preview:
    live = Live(timedelta(0))
    load_projects(reader, live)
    assignments = {assignment for assignment, _ in rows}
    numbers = sorted({item for _, item in rows})
    told: Counter[str] = Counter()
    for start in range(0, len(numbers), LOOK):
        part = numbers[start : start + LOOK]
        for item in items(reader, live, f"({marks(part)})", part):
            before = item.standing
            for given in item.given.values():
                if given.id in assignments:
                    given.excluded = excluded
            _tell(told, before, live.projects[item.project].standing(item))
    return Preview(
        len(rows), len(numbers), told["reopens"], told["settles"], told["disputes"], told["changes"], told["decided"],
        told["grades"],
    )  # fmt: skip


def _tell(told: Counter[str], before: Standing, after: Standing) -> None:
    if after.state in ("decided", "withdrawn"):
        told["decided"] += 1
        return
    if after.state == "open" and before.state != "open":
        told["reopens"] += 1
    if after.state == "open":
        told["grades"] += max(0, after.wanted - after.n)
    if after.state == "settled" and before.state != "settled":
        told["settles"] += 1
    if after.state == "settled" and before.state == "settled" and after.level != before.level:
        told["changes"] += 1
    if after.state == "disputed" and before.state != "disputed":
        told["disputes"] += 1


def exclude(store: Store, actor: Actor, project: int, grader: int, since: datetime, reason: str) -> int:
    """Takes a grader's answers from a moment on until now out of the count. Returns the exclusion's id.

    Graders go on meanwhile: the items are judged anew in pieces under one act id; an interrupted one is finished at start.

    Raises:
        NotAllowed: the actor does not lead the project.
        BadInput: no reason is given.
        NotFound: he has no such answers.
    """
    require(actor, Act.MANAGE_TEAM, project)
    _reason(reason)

    def act(tx: Tx) -> tuple[int, int]:
        n = len(tx.all(THEIRS, [project, grader, since, tx.now]))
        if not n:
            raise NotFound("This person has no answers from that time on that count.")
        act_id = tx.new_act("team.exclude", actor, project, grader=grader, since=since.isoformat(), answers=n)
        exclusion = tx.new_id("exclusion")
        tx.insert(
            "exclusion", id=exclusion, project=project, grader=grader, since=since, until=tx.now, reason=reason.strip(),
            made_by=actor.account, made_at=tx.now, act=act_id,
        )  # fmt: skip
        return exclusion, act_id

    exclusion, act_id = store.act(act)
    _apply(store, exclusion, act_id)
    return exclusion


def undo(store: Store, actor: Actor, exclusion: int, reason: str) -> None:
    """Gives the answers of an exclusion back: they count again, and their items are judged anew.

    Raises:
        NotFound: there is no such exclusion.
        Stale: it was undone already.
    """
    with store.reader() as reader:
        project = _one(reader, exclusion)[0]
    require(actor, Act.MANAGE_TEAM, project)
    _reason(reason)

    def act(tx: Tx) -> int:
        if tx.one("select 1 from exclusion_undo where exclusion = ?", [exclusion]):
            raise Stale("Somebody has given these answers back already.")
        act_id = tx.new_act("team.exclude.undo", actor, project, exclusion=exclusion)
        tx.insert(
            "exclusion_undo", exclusion=exclusion, reason=reason.strip(), made_by=actor.account, made_at=tx.now,
            act=act_id,
        )  # fmt: skip
        return act_id

    act_id = store.act(act)
    _give_back(store, exclusion, act_id)


def exclusions(store: Store, actor: Actor, project: int) -> list[Exclusion]:
    """What was taken out of the count, the newest first."""
    require(actor, Act.SEE_TEAM, project)
    with store.reader() as reader:
        rows = reader.all(
            """select e.id, e.grader, coalesce(p.name, '#' || e.grader), e.since, e.until, e.reason,
                      (select count(*) from exclusion_answer o where o.exclusion = e.id), e.made_by, e.made_at,
                      u.made_at, u.reason
               from exclusion e left join person p on p.account = e.grader
               left join exclusion_undo u on u.exclusion = e.id where e.project = ? order by e.id desc""",
            [project],
        )
    return [Exclusion(*row) for row in rows]


def finish(store: Store) -> int:
    """Finishes what a crash cut off; run at start. Returns how many exclusions it went on with."""
    with store.reader() as reader:
        begun = reader.all(
            "select id, act from exclusion where 'exclusion:' || id not in (select request from receipt)"
        )
        undone = reader.all(
            "select exclusion, act from exclusion_undo"
            " where 'exclusion-undo:' || exclusion not in (select request from receipt)"
        )
    for exclusion, act_id in begun:
        _apply(store, exclusion, act_id)
    for exclusion, act_id in undone:
        _give_back(store, exclusion, act_id)
    return len(begun) + len(undone)


def _reason(reason: str) -> None:
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise BadInput("A reason has 1 to {most} characters.", most=LONGEST_REASON)


def _one(reader: Reader, exclusion: int) -> tuple[int, int, datetime, datetime]:
    row = reader.one("select project, grader, since, until from exclusion where id = ?", [exclusion])
    if row is None:
        raise NotFound("There is no exclusion {id}.", id=exclusion)
    return row[0], row[1], row[2], row[3]


def _apply(store: Store, exclusion: int, act_id: int) -> None:
    with store.reader() as reader:
        rows = reader.all(THEIRS, [*_one(reader, exclusion)])

    def write(tx: Tx, assignment: int, item: int) -> None:
        tx.insert("exclusion_answer", exclusion=exclusion, assignment=assignment, item=item, act=act_id)

    _pieces(store, rows, act_id, True, write)
    _done(store, f"exclusion:{exclusion}")


def _give_back(store: Store, exclusion: int, act_id: int) -> None:
    with store.reader() as reader:
        rows = reader.all(_LEFT, [exclusion])

    def write(tx: Tx, assignment: int, item: int) -> None:
        tx.insert("exclusion_return", exclusion=exclusion, assignment=assignment, act=act_id)

    _pieces(store, rows, act_id, False, write)
    _done(store, f"exclusion-undo:{exclusion}")


def _done(store: Store, key: str) -> None:
    store.act(lambda tx: tx.insert("receipt", request=key, digest="", result="", made_at=tx.now))


def _pieces(
    store: Store, rows: Sequence[tuple[int, int]], act_id: int, excluded: bool, write: Callable[[Tx, int, int], None]
) -> None:  # fmt: skip
    def piece(part: Sequence[tuple[int, int]]) -> Callable[[Tx], None]:
        def act(tx: Tx) -> None:
            numbers = sorted({item for _, item in part})
            known = {number: item for number in numbers if (item := tx.live.get(number)) is not None}
            known |= load_items(tx, tx.live, [number for number in numbers if number not in known])
            drawn = _drawn(tx, numbers)
            for item in known.values():
                tx.live.touch(item)
            for assignment, number in part:
                write(tx, assignment, number)
                given = known[number].given.get(assignment) if number in known else None
                if given is not None:
                    given.excluded = excluded
            for item in known.values():
                if item.id in drawn:
                    item.audit = not _audited(item)
                restate(tx, item, act_id)

        return act

    for start in range(0, len(rows), PIECE):
        store.act(piece(rows[start : start + PIECE]))


def _drawn(tx: Tx, numbers: Sequence[int]) -> set[int]:
    if not numbers:
        return set()
    return {item for (item,) in tx.all(f"select item from audit_draw where item in ({marks(numbers)})", numbers)}


def _audited(item: LiveItem) -> bool:
    return any(g.purpose == "audit" and g.level is not None and not g.excluded for g in item.given.values())
