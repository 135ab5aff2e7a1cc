"""Gold that was imported: items whose level came with them join the stream as soon as the import is committed."""

from __future__ import annotations

from relevance.gold import GoldLine, Piece, difficulty_of
from relevance.roles import SYSTEM
from relevance.services import gold_ends
from relevance.services.gold import at_hand
from relevance.store.store import Store, Tx

PIECE = 500  # items that become gold in one act, while graders wait for it

# Items that came with a known level and are not in the stream with it, but for those that a person has ruled on otherwise.
_IMPORTED = """
    select item.id, item.keyword, item.gold, graded.levels from item join import on import.id = item.import
    join clip on clip.id = item.clip
    left join (select item, max_by(state, id) as state, max_by({v: level}, id) as said from item_event group by item) last
      on last.item = item.id
    left join (select item, list(level) as levels from (
                   select item, assignment, max_by(level, seq) as level from answer
                   where purpose = 'work' and counts group by item, assignment)
               where level is not null group by item) graded on graded.item = item.id
    where item.project = ? and item.gold is not null and committed_at is not null and removed_at is null
      and coalesce(last.state, 'open') not in ('disputed', 'withdrawn')
      and (coalesce(last.state, 'open') <> 'decided' or last.said.v = item.gold)
      and not exists (select 1 from gold where gold.item = item.id and (gold.level = item.gold or gold.id not in (
              select gold from gold_end) and gold.made_by <> 0))
    order by item.id limit ?
"""


def take_imported(store: Store, project: int, at_once: int = PIECE) -> int:
    """Items that were imported with their level come into the stream. Returns how many; what is in it stays as it is.

    Their labels come from grades like any other's: until then they stand in the line too, each person getting an item once,
    as work or as gold. A level that a newer import gives takes the place of an older import's.

    at_once: so many in one act.
    """
    total = 0
    while made := store.act(lambda tx: _take_imported(tx, project, at_once)):
        total += made
    return total


def _take_imported(tx: Tx, project: int, at_once: int) -> int:
    rows = tx.all(_IMPORTED, [project, at_once])
    if not rows:
        return 0
    at = tx.live.projects[project]
    if at.gold is None:
        at.gold = GoldLine()
        tx.live.journal.append(lambda: setattr(at, "gold", None))
    act = tx.new_act("gold.import", SYSTEM, project, items=[row[0] for row in rows])
    for item, keyword, level, levels in rows:
        if (old := at.gold.by_item.get(item)) is not None:
            gold_ends.withdraw(tx, at.gold, old, "other level", act, project)
        gold, difficulty = tx.new_id("gold"), difficulty_of(levels or [], level)
        tx.insert(
            "gold", id=gold, project=project, item=item, level=level, difficulty=difficulty, reason="", rule=None,
            made_by=0, made_at=tx.now, act=act,
        )  # fmt: skip
        piece = Piece(gold, item, keyword, level, difficulty, imported=True)
        at.gold.add(piece)
        tx.live.journal.append(lambda piece=piece, line=at.gold: line.forget(piece))  # type: ignore[misc]
    at_hand(tx, [row[0] for row in rows])
    return len(rows)
