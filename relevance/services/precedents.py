"""A project's precedents: made with a decision, superseded, never deleted; the closest beside each item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from relevance.errors import BadInput, NotFound, Stale
from relevance.precedents import SCOPES, Precedent, Scope, contradict, overlap
from relevance.roles import Act, Actor, require
from relevance.store.known import IN_FORCE, OUT, PRECEDENTS, REPLACED
from relevance.store.rows import marks
from relevance.store.store import Reader, Store, Tx

LONGEST = 2000
_ALL = f"{PRECEDENTS} where p.project = ?"
_IN_FORCE = f" and {IN_FORCE}"


@dataclass(frozen=True, slots=True)
class PrecedentRow:
    """A precedent in the list. superseded_by: the one in its place. contradicts: those that say otherwise."""

    precedent: Precedent
    made_by: int
    decision: int | None
    superseded_by: int | None
    contradicts: tuple[int, ...]
    settled: int  # items that it settled and that were not given back


def make(
    tx: Tx, actor: Actor, project: int, item: int, level: int, reason: str, rule: str | None, scope: str,
    decision: int | None = None, supersedes: int | None = None,
) -> int:  # fmt: skip
    """A precedent, as a part of the act that decides. Those that it contradicts are noted with it. Returns its number.

    Raises:
        NotAllowed: the actor makes no rules.
        BadInput: no such level or scope, or no reason.
        NotFound: no such item or precedent in this project.
        Stale: the one that it should take the place of has been superseded already.
    """
    require(actor, Act.MAKE_RULE, project)
    reason = reason.strip()
    if level not in (0, 1, 2, 3):
        raise BadInput("The level {level} is none of 0, 1, 2, 3.", level=level)
    if scope not in SCOPES:
        raise BadInput("The scope {scope} is none of {known}.", scope=scope, known=", ".join(SCOPES))
    if not 1 <= len(reason) <= LONGEST:
        raise BadInput("A precedent needs a reason of 1 to {most} characters.", most=LONGEST)
    row = _subject(tx, project, item)
    if row is None:
        raise NotFound("There is no item {item}.", item=item)
    if supersedes is not None:
        if tx.one("select 1 from precedent where id = ? and project = ?", [supersedes, project]) is None:
            raise NotFound("There is no precedent {id}.", id=supersedes)
        _held(tx, supersedes)
    made = tx.new_id("precedent")
    new = Precedent(made, project, item, row[0], row[1], row[2], level, reason, rule, scope, tx.now)
    others = [other for other in _against(tx, new) if other.id != supersedes]
    act = tx.new_act("precedent.make", actor, project, precedent=made, item=item, level=level, supersedes=supersedes)
    tx.insert(
        "precedent", id=made, project=project, item=item, keyword=new.keyword, clip=new.clip, level=level,
        reason=reason, rule=rule, scope=scope, decision=decision, supersedes=supersedes, made_by=actor.account,
        made_at=tx.now, act=act,
    )  # fmt: skip
    for other in others:
        tx.insert("precedent_contradiction", precedent=made, other=other.id, act=act)
    return made


def _held(reader: Reader, precedent: int) -> None:
    """Lets a precedent in force be replaced.

    Raises:
        Stale: another one has taken its place already.
    """
    if reader.one(f"select 1 from ({REPLACED}) where old = ?", [precedent]):
        raise Stale("Precedent {id} has been superseded already. Look at the newer one.", id=precedent)


def replaced(store: Store, actor: Actor, old: int, new: int, reason: str) -> int:
    """Puts a precedent that is there already in another's place. Returns the act's number.

    The old one stays on record, with what it settled; from now on it stands beside no clip and settles nothing.

    Raises:
        NotFound: there is no such precedent.
        NotAllowed: the actor decides nothing here.
        BadInput: no reason; the same one, one of another project, or one that reaches nothing that the old one reaches.
        Stale: one of the two has been superseded already.
    """
    reason = reason.strip()

    def act(tx: Tx) -> int:
        one, other = _known(tx, old), _known(tx, new)
        require(actor, Act.SUPERSEDE, one.project)
        if other.project != one.project:
            raise NotFound("There is no precedent {id}.", id=new)
        if not 1 <= len(reason) <= LONGEST:
            raise BadInput("Say in 1 to {most} characters why another precedent takes its place.", most=LONGEST)
        _held(tx, old)
        _held(tx, new)
        if old == new or overlap(one, other) is None:
            raise BadInput("Precedent {new} reaches nothing that precedent {old} reaches.", new=new, old=old)
        made = tx.new_act("precedent.replace", actor, one.project, old=old, new=new)
        tx.insert(
            "precedent_replaced", old=old, new=new, project=one.project, reason=reason, made_by=actor.account,
            made_at=tx.now, act=made,
        )  # fmt: skip
        return made

    return store.act(act)


def withdrawn(
    store: Store, actor: Actor, old: int, level: int, reason: str, rule: str | None, scope: str
) -> int:  # fmt: skip
    """Withdraws a precedent by a new one of the same clip and keyword. Returns the new one's number.

    Raises:
        NotFound: there is no such precedent.
        NotAllowed: the actor decides nothing here.
        BadInput: no such level or scope, or no reason.
        Stale: it has been superseded already.
    """

    def act(tx: Tx) -> int:
        one = _known(tx, old)
        require(actor, Act.SUPERSEDE, one.project)
        return make(tx, actor, one.project, one.item, level, reason, rule, scope, supersedes=old)

    return store.act(act)


def _known(reader: Reader, precedent: int) -> Precedent:
    row = reader.one(f"{PRECEDENTS} where p.id = ?", [precedent])
    if row is None:
        raise NotFound("There is no precedent {id}.", id=precedent)
    return Precedent(*row)


def resting(store: Store, actor: Actor, project: int, precedent: int) -> list[int]:
    """The items whose label rests on a precedent now: its own decision's, and those that it settled and that nothing has
    changed since."""
    require(actor, Act.SEE_DISPUTES, project)
    with store.reader(snapshot=True) as reader:
        rows = reader.all(
            """with said as (
                   select i.item, i.decision from propagation_item i join propagation g on g.id = i.propagation
                       where g.precedent = $1 and g.project = $2
                   union select item, decision from precedent where id = $1 and project = $2 and decision is not null),
                 newest as (
                   select item, max(id) as decision from decision where item in (select item from said)
                       and id not in (select decision from ruling_undone) group by item),
                 last as (
                   select item, max_by(state, id) as state from item_event where item in (select item from said)
                       group by item)
               select item from said join newest using (item, decision) join last using (item)
               where state = 'decided' order by 1""",
            [precedent, project],
        )
    return [item for (item,) in rows]


def _subject(reader: Reader, project: int, item: int) -> tuple[Any, ...] | None:
    """What a precedent made of an item is about: keyword, family, clip."""
    return reader.one(
        """select item.keyword, keyword.family, item.clip from item join keyword on keyword.id = item.keyword
           where item.id = ? and item.project = ?""",
        [item, project],
    )


def would_contradict(
    reader: Reader, project: int, item: int, level: int, rule: str | None, scope: Scope, now: datetime
) -> list[Precedent]:
    """Which precedents in force would say otherwise than one made of this item, before it is made."""
    row = _subject(reader, project, item)
    if row is None:
        return []
    new = Precedent(0, project, item, row[0], row[1], row[2], level, "", rule, scope, now)
    return _against(reader, new)


def _against(reader: Reader, new: Precedent) -> list[Precedent]:
    """Those in force that say otherwise, the closest first. What graders gave to the examples is asked only where it decides."""
    where = """ and p.level <> ? and ((p.keyword = ? and p.clip = ?) or p.rule = ?
        or (? is null and p.rule is null and (p.keyword = ? or k.family = ?)))"""
    asked = [new.project, new.level, new.keyword, new.clip, new.rule, new.rule, new.keyword, new.family]
    found = [Precedent(*row) for row in reader.all(_ALL + _IN_FORCE + where, asked)]
    found = [one for one in found if contradict(new, one)]
    if not found:
        return []
    seen = _seen(reader, [new.item, *(one.item for one in found)])
    new = replace(new, seen=seen.get(new.item))
    left = [one for one in found if contradict(new, replace(one, seen=seen.get(one.item)))]
    return sorted(left, key=lambda one: (overlap(new, one) or 0, -one.id))


def _seen(reader: Reader, items: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Of each item the lowest and the highest grade that counts, as its graders last gave them."""
    numbers = list(dict.fromkeys(items))
    rows = reader.all(
        f"""select item, min(said.v), max(said.v) from (
                select item, assignment, max_by({{v: level}}, seq) as said, max_by(counts, seq) as counts from answer
                where item in ({marks(numbers)}) and purpose in ('work', 'audit') group by item, assignment)
            where said.v is not null and counts and assignment not in (select assignment from ({OUT})) group by item""",
        numbers,
    )
    return {item: (low, high) for item, low, high in rows}


def add(
    store: Store, actor: Actor, item: int, level: int, reason: str, rule: str | None = None, scope: str = "keyword",
    decision: int | None = None, supersedes: int | None = None,
) -> int:  # fmt: skip
    """`make` as an act of its own."""

    def act(tx: Tx) -> int:
        project = tx.value("select project from item where id = ?", [item])
        if project is None:
            raise NotFound("There is no item {item}.", item=item)
        return make(tx, actor, project, item, level, reason, rule, scope, decision, supersedes)

    return store.act(act)


def closest(store: Store, item: int, n: int = 3) -> list[Precedent]:
    """The few precedents closest to an item, from memory: the same pair, its keyword, its family, general."""
    row = store.recent.rows("item", [item]).get(item)
    if row is None:
        return []
    keyword = store.recent.rows("keyword", [row["keyword"]])[row["keyword"]]
    return store.recent.precedents().closest(row["project"], row["keyword"], keyword["family"], row["clip"], n)


def beside(store: Store, item: int, n: int = 3) -> list[dict[str, Any]]:
    """What a grade page shows beside an item: never who decided, nor what anybody else graded.

    What was decided about this very item is left out: it would tell the answer where the item comes as gold or anew.
    """
    percents: tuple[int, ...] = ()
    shown = []
    for one in [one for one in closest(store, item, n + 1) if one.item != item][:n]:
        percents = percents or tuple(store.live.projects[one.project].policy.percents)
        shown.append(
            {
                "id": one.id, "level": one.level, "percent": percents[one.level], "reason": one.reason,
                "rule": one.rule, "scope": one.scope, "keyword_zh": one.keyword_zh, "keyword_en": one.keyword_en,
            }
        )  # fmt: skip
    return shown


def of(
    store: Store, actor: Actor, project: int, keyword: int | None = None, limit: int = 200, offset: int = 0
) -> list[PrecedentRow]:  # fmt: skip
    """A project's precedents, those in force and those superseded, the newest first."""
    require(actor, Act.SEE_DISPUTES, project)
    with store.reader() as reader:
        where = " and p.keyword = ?" if keyword is not None else ""
        rows = reader.all(
            _ALL + where + " order by p.id desc limit ? offset ?",
            [project, *([keyword] if keyword is not None else []), limit, offset],
        )
        more = {
            row[0]: row[1:]
            for row in reader.all(
                f"""select p.id, p.made_by, p.decision, n.new,
                       (select count(*) from propagation_item i join propagation g on g.id = i.propagation
                        where g.precedent = p.id and i.decision not in (select decision from ruling_undone))
                   from precedent p left join ({REPLACED}) n on n.old = p.id where p.project = ?""",
                [project],
            )
        }
        against: dict[int, list[int]] = {}
        for one, other in reader.all("select precedent, other from precedent_contradiction"):
            against.setdefault(one, []).append(other)
            against.setdefault(other, []).append(one)
    return [
        PrecedentRow(
            Precedent(*row),
            more[row[0]][0],
            more[row[0]][1],
            more[row[0]][2],
            tuple(sorted(against.get(row[0], ()))),
            more[row[0]][3],
        )
        for row in rows
    ]


def contradictions(store: Store, precedent: int) -> list[tuple[int, datetime]]:
    """Which precedents said otherwise when this one was made: number and since when."""
    with store.reader() as reader:
        return [
            (row[0], row[1])
            for row in reader.all(
                """select other, made_at from precedent_contradiction join precedent on precedent.id = other
                   where precedent_contradiction.precedent = ? order by other""",
                [precedent],
            )
        ]
