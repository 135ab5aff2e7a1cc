"""Making gold of items whose label is known, and taking it out again.

It is given out and judged in `gold_stream`; what came with an import joins in `gold_import`; lists are `gold_list`.
"""

from __future__ import annotations

from collections.abc import Sequence

from relevance.errors import BadInput, NotFound, Stale
from relevance.gold import GoldLine, Piece, difficulty_of
from relevance.roles import Act, Actor, require
from relevance.services import gold_ends
from relevance.store.load_gold import pin
from relevance.store.store import Store, Tx, marks

LONGEST_REASON = 2000
PIECE = 500  # items that become gold in one act


def make(store: Store, actor: Actor, item: int, reason: str = "", level: int | None = None) -> int:
    """Makes gold of an item that has its label (decided, or settled), and returns the gold's id.

    Args:
        reason: why this level, as graders may read it; a decision's reason where left empty.
        level: another level than the label's (a specialist knows better); the label's if left out.

    Raises:
        BadInput: the item has no label yet, is gold already, an example of the guideline, or in a pilot under way.
    """
    return make_many(store, actor, [item], reason, level)[0]


def make_many(
    store: Store, actor: Actor, items: Sequence[int], reason: str = "", level: int | None = None
) -> list[int]:  # fmt: skip
    """The same for many items, in pieces under one act each. Left out: those that are gold already or have no label, and
    those that people see elsewhere and would know again: examples of the guideline, items of a pilot under way.

    Raises:
        BadInput: none of them can become gold.
    """
    if level is not None and level not in (0, 1, 2, 3):
        raise BadInput("The level {level} is none of 0, 1, 2, 3.", level=level)
    if len(reason) > LONGEST_REASON:
        raise BadInput("A reason has at most {most} characters.", most=LONGEST_REASON)
    made: list[int] = []
    for start in range(0, len(items), PIECE):
        part = list(dict.fromkeys(items[start : start + PIECE]))
        made.extend(store.act(lambda tx, part=part: _make(tx, actor, part, reason.strip(), level)))  # type: ignore[misc]
    if not made:
        raise BadInput(
            "Gold is made of items that have their label, are not gold yet, and are neither an example of the guideline nor "
            "in a pilot under way (whoever saw them there would know them); none of these is one."
        )
    return made


def _make(tx: Tx, actor: Actor, numbers: list[int], reason: str, level: int | None) -> list[int]:
    which, made = f"({marks(numbers)})", []
    owners = [project for (project,) in tx.all(f"select distinct project from item where id in {which}", numbers)]
    if not owners:
        raise NotFound("There is no item {item}.", item=numbers[0])
    for project in sorted(owners):
        require(actor, Act.SET_GOLD, project)
    rows = tx.rows(
        f"""with last as (select item, max_by(state, id) as state, max_by(level, id) as level from item_event
                          where item in {which} group by item),
            said as (select item, max_by(reason, id) as reason, max_by(rule, id) as rule from decision
                     where kind = 'level' and item in {which} group by item),
            graded as (select item, list(level) as levels from (
                           select item, assignment, max_by(level, seq) as level from answer
                           where item in {which} and purpose = 'work' and counts group by item, assignment)
                       where level is not null group by item)
            select item.id, item.project, keyword, last.level, said.reason, said.rule, graded.levels
            from item join last on last.item = item.id left join said on said.item = item.id
            left join graded on graded.item = item.id
            where last.state in ('settled', 'decided')
              and item.id not in (select item from gold where id not in (select gold from gold_end))
              and item.id not in (select item from guideline_example
                                  where id not in (select example from guideline_example_end))
              and item.id not in (select item from pilot_item where pilot not in (select pilot from pilot_end))
            order by item.id""",
        [*numbers, *numbers, *numbers],
    )
    if not rows:
        return []
    for project in sorted({row["project"] for row in rows}):
        at = tx.live.projects[project]
        if at.gold is None:
            at.gold = GoldLine()
            tx.live.journal.append(lambda at=at: setattr(at, "gold", None))  # type: ignore[misc]
        mine = [row for row in rows if row["project"] == project]
        act = tx.new_act("gold.make", actor, project, items=[row["id"] for row in mine])
        for row in mine:
            known = row["level"] if level is None else level
            difficulty = difficulty_of(row["levels"] or [], known)
            gold = tx.new_id("gold")
            tx.insert(
                "gold", id=gold, project=project, item=row["id"], level=known, difficulty=difficulty,
                reason=reason or row["reason"] or "", rule=row["rule"], made_by=actor.account, made_at=tx.now, act=act,
            )  # fmt: skip
            piece = Piece(gold, row["id"], row["keyword"], known, difficulty)
            at.gold.add(piece)
            tx.live.journal.append(lambda line=at.gold, piece=piece: line.forget(piece))  # type: ignore[misc]
            made.append(gold)
    at_hand(tx, [row["id"] for row in rows])
    return made


def retire(store: Store, actor: Actor, gold: int) -> None:
    """Takes a piece out of the stream.

    Raises:
        NotFound: there is no such gold.
        Stale: it is out already.
    """

    def act(tx: Tx) -> None:
        row = tx.one("select project from gold where id = ?", [gold])
        if row is None:
            raise NotFound("There is no gold {gold}.", gold=gold)
        require(actor, Act.SET_GOLD, row[0])
        line = tx.live.projects[row[0]].gold
        piece = line.ever.get(gold) if line is not None else None
        if line is None or piece is None or piece.ended:
            raise Stale("This piece is out of the stream already.")
        act_id = tx.new_act("gold.retire", actor, row[0], gold=gold)
        gold_ends.end(tx, line, piece, "retired", actor.account, act_id)

    store.act(act)


def keep(store: Store, actor: Actor, gold: int, level: int | None = None, reason: str = "") -> int:
    """Puts a doubted piece back after a person looked at it: the same level, or another. Returns the new gold's id."""
    with store.reader() as reader:
        row = reader.one("select project, item, level, reason from gold where id = ?", [gold])
    if row is None:
        raise NotFound("There is no gold {gold}.", gold=gold)
    require(actor, Act.SET_GOLD, row[0])
    return make(store, actor, row[1], reason or row[3], row[2] if level is None else level)


def at_hand(tx: Tx, items: list[int]) -> None:
    """Keeps new gold's items at hand; whoever has had one never gets it as gold."""
    pin(tx, tx.live, "(select unnest(?))", [items])  # one value: five hundred marks cost DuckDB half a second
    had = "select distinct item, grader from assignment where item in (select unnest(?))"
    for number, grader in tx.all(had, [items]):
        item = tx.live.get(number)
        line = tx.live.projects[item.project].gold if item is not None else None
        if line is not None:
            line.person(grader).seen.add(number)
