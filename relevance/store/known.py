"""What is known of items: by gold, by a person's decision, by their label, by the model. SQL that services and views share."""

from __future__ import annotations

# One row an item: gold, decided, label (levels 0 to 3, null where not known). Add conditions on `item`.
KNOWN = """
    select item.id as item, coalesce(item.gold, golden.level) as gold,
           case when last.state = 'decided' then last.said.v end as decided,
           case when last.state in ('settled', 'decided') then last.said.v end as label
    from item
    left join (select item, max_by(state, id) as state, max_by({v: level}, id) as said from item_event group by item) last
        on last.item = item.id
    left join (select item, max_by(level, id) as level from gold
               where id not in (select gold from gold_end where why = 'doubted' union all select gold from gold_touched)
               group by item) golden
        on golden.item = item.id"""
# Of each assignment the newest answer.
STANDING = """
    select answer.* from answer left join (
        select assignment, max(seq) as seq from answer where seq > 0 group by assignment
    ) redone on redone.assignment = answer.assignment where answer.seq = coalesce(redone.seq, 0)"""

# Answers that a lead took out of the count and has not given back: assignment, item.
OUT = "select assignment, item from exclusion_answer anti join exclusion_return using (exclusion, assignment)"
# Precedents as relevance.precedents.Precedent has them, and those that no other one has taken the place of.
PRECEDENTS = """
    select p.id, p.project, p.item, p.keyword, k.family, p.clip, p.level, p.reason, p.rule, p.scope, p.made_at,
           k.text_zh, k.text_en, c.content_id
    from precedent p join keyword k on k.id = p.keyword join clip c on c.id = p.clip"""
# Those that another one took the place of, by being made (`supersedes`) or later: old, new.
REPLACED = """
    select supersedes as old, id as new from precedent where supersedes is not null
    union all select old, new from precedent_replaced"""
IN_FORCE = f"p.id not in (select old from ({REPLACED}))"

Z = 1.959963984540054


def newest(items: str = "") -> str:
    """Of each item the label of the newest finished run that wrote one; items: of those alone that this query gives."""
    theirs = f" and item in ({items})" if items else ""
    return f"""
    select model_label.* from model_label join (
        select item, max(run) as run from model_label where run in (select id from model_run){theirs} group by item
    ) latest using (item, run)"""


NEWEST = newest()


def grades_of(*purposes: str) -> str:
    """A project's grades that count (item, grader, level): the newest of each assignment, of its item's present round.

    Takes the project as its parameter. A grader's work on an item comes before his audit of it.
    """
    named = ", ".join(f"'{purpose}'" for purpose in purposes)
    return f"""
        with mine as (select id from item where project = ? and import in (
                          select id from import where committed_at is not null)),
        newest as (
            select assignment, max_by(item, seq) as item, max_by(grader, seq) as grader,
                   max_by({{v: level}}, seq) as said, max_by(round, seq) as round, max_by(counts, seq) as counts,
                   max_by(purpose, seq) as purpose
            from answer where purpose in ({named}) and item in (select id from mine) group by assignment),
        round as (select item, max(round) as round from item_event group by item)
        select newest.item, newest.grader, newest.said.v::smallint as level from newest left join round using (item)
        where newest.said.v is not null and counts and newest.round = coalesce(round.round, 1)
          and assignment not in (select assignment from ({OUT}))
        order by newest.item, newest.grader, purpose desc, assignment
    """


def wilson(hits: str, n: str, side: str) -> str:
    """One end of Wilson's 95 % interval of a share, as SQL; null where n is 0. See relevance/quality/proportion.py.

    >>> import duckdb
    >>> round(duckdb.execute(f"select {wilson('40', '50', 'low')}").fetchone()[0], 3)
    0.67
    """
    sign, least = {"low": ("-", "greatest(0,"), "high": ("+", "least(1,")}[side]
    p = f"({hits})::double / ({n})"
    return (
        f"case when ({n}) > 0 then {least} ({p} + {Z * Z / 2} / ({n}) {sign} {Z} * sqrt(greatest({p} * (1 - {p}), 0)"
        f" / ({n}) + {Z * Z / 4} / (({n}) * ({n})))) / (1 + {Z * Z} / ({n}))) end"
    )
