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
               where id not in (select gold from gold_end where why = 'doubted') group by item) golden
        on golden.item = item.id"""
# Of each item the label of the newest finished run that wrote one.
NEWEST = """
    select model_label.* from model_label join (
        select item, max(run) as run from model_label where run in (select id from model_run) group by item
    ) latest using (item, run)"""
# Of each assignment the newest answer.
STANDING = """
    select answer.* from answer left join (
        select assignment, max(seq) as seq from answer where seq > 0 group by assignment
    ) redone on redone.assignment = answer.assignment where answer.seq = coalesce(redone.seq, 0)"""

Z = 1.959963984540054


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
