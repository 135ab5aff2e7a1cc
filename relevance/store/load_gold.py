"""Rebuilding the gold in the stream from the records, at start: pieces, who has had which, what his answers prove."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from relevance.gold import GoldLine, Piece, difficulty_of
from relevance.store.live import Given, Live

if TYPE_CHECKING:
    from relevance.store.store import Reader

RECENT = 200  # of a person's gold answers that say who he is; older ones weigh next to nothing

# A piece whose level came with its item's import.
IMPORTED = "coalesce(item.gold = gold.level, false)"

JUDGED = f"""
    select item.project, answer.grader, gold.id, last.level = gold.level as is_right
    from (select assignment, any_value(grader) as grader, any_value(item) as item, min(made_at) as made_at
          from answer where purpose = 'gold' and level is not null group by assignment) answer
    join unseen on unseen.assignment = answer.assignment
    join gold on gold.id = unseen.gold join item on item.id = answer.item
    join (select assignment, case when any_value(feedback) then min_by(level, seq) else max_by(level, seq) end as level
          from answer join unseen using (assignment) where level is not null group by assignment) last
      on last.assignment = answer.assignment
    where gold.id not in (select gold from gold_end where why = 'doubted' union all select gold from gold_touched)
    qualify row_number() over (partition by item.project, answer.grader
                               order by answer.made_at desc, answer.assignment desc) <= {RECENT}
    order by answer.made_at, answer.assignment
"""


def load_gold(reader: Reader, live: Live, now: datetime) -> None:
    """Gives each project that has gold its line, and leases what was given out unseen in the last lease time."""
    rows = reader.rows(
        f"""select gold.id as gold, item, gold.project, level, difficulty, gold_end.gold is not null as ended,
                   {IMPORTED} as imported
            from gold left join gold_end on gold_end.gold = gold.id join item on item.id = gold.item order by gold.id"""
    )
    if not rows:
        return
    keywords = dict(reader.all("select id, keyword from item where id in (select item from gold)"))
    for row in rows:
        project = live.projects[row.pop("project")]
        project.gold = project.gold or GoldLine()
        project.gold.add(Piece(keyword=keywords[row["item"]], **row))
    _harden(reader, live)
    pin(reader, live, "(select item from gold where id not in (select gold from gold_end))")
    for project_id, grader, item in reader.all(
        """select distinct item.project, grader, item from assignment join item on item.id = assignment.item
           where item in (select item from gold)
           union select project, account, item from attempt_item join attempt on attempt.id = attempt_item.attempt
           where item in (select item from gold)"""
    ):
        line = live.projects[project_id].gold
        if line is not None:
            line.person(grader).seen.add(item)
    for project_id, grader, difficulty, imported, n in reader.all(
        f"""select gold.project, grader, difficulty, {IMPORTED}, count(*) from assignment
            join unseen on unseen.assignment = assignment.id join gold on gold.id = unseen.gold
            join item on item.id = gold.item group by all"""
    ):
        line = live.projects[project_id].gold
        if line is not None:
            line.person(grader).used[difficulty, imported] = n
    for project_id, grader, gold, right in reader.all(JUDGED):
        line = live.projects[project_id].gold
        if line is not None:
            line.judged(grader, right)
            if line.is_good(grader):
                line.ever[gold].good += 1
                line.ever[gold].failed += not right
    _leases(reader, live, now)
    for project in live.projects.values():
        if project.gold is not None and project.gold.people:
            weights = [person.weight for person in project.gold.people.values()]
            project.gold.team = sum(weights) / len(weights)


def _harden(reader: Reader, live: Live) -> None:
    """Pieces that came with an import were of no known difficulty then; what people have said of them since tells it."""
    for project, item, levels in reader.all(
        """select project, said.item, list(level) from (
               select item, assignment, min_by(level, seq) as level from answer
               where purpose in ('work', 'gold') and level is not null group by item, assignment)
           said join item on item.id = said.item where item.gold is not null group by all"""
    ):
        line = live.projects[project].gold
        piece = line.by_item.get(item) if line is not None else None
        if line is not None and piece is not None and piece.imported:
            line.move(piece, difficulty_of(levels, piece.level))


def pin(reader: Reader, live: Live, which: str, params: list[Any] | None = None) -> None:
    """Keeps the items of gold at hand, so that giving one out asks nothing of the database."""
    from relevance.store.load import as_told, items

    found = items(reader, live, which, params)
    for item in found:
        if (there := live.get(item.id)) is not None:
            live.pinned[item.id] = there  # the same object: it may leave the place where it is kept now
    loaded = [item for item in found if item.id not in live.pinned]
    if loaded:
        as_told(reader, loaded, "(select unnest(?))", [[item.id for item in loaded]])
    for item in loaded:
        for given in item.given.values():
            given.expires = None
        live.pinned[item.id] = item
        if not item.given and not item.rulings and item.wants():
            # Nobody has had it (its level came with an import): it is given out as a started item from now on, since
            # only of such it is asked who has had them.
            live.projects[item.project].line.forget(item.batch, item.keyword, item.id)
            live.file(item)
            live.place(item)


def _leases(reader: Reader, live: Live, now: datetime) -> None:
    """What was given out unseen and is not answered: live again, or first in line for the same person."""
    waiting = reader.all(
        """select assignment.id, item, grader, purpose, tab, leased_at, unseen.batch, unseen.gold, round
           from assignment join unseen on unseen.assignment = assignment.id
           where assignment.id not in (select assignment from answer) order by assignment.id"""
    )
    absent = [row[1] for row in waiting if row[5] + live.lease > now and live.get(row[1]) is None]
    if absent:
        pin(reader, live, "(select unnest(?))", [absent])
    for number, item_id, grader, _purpose, tab, leased_at, batch, gold, _round in waiting:
        item = live.get(item_id)
        if item is None:
            continue
        given: Given | None = item.given.get(number)
        if given is None:
            continue
        given.batch = batch
        if leased_at + live.lease > now:
            live.lease_to(item, given, tab, leased_at)
            live.file(item)
        line = live.projects[item.project].gold
        if gold is not None and line is not None:
            line.person(grader).open[item_id] = None
