"""Stores of any size with a plausible history, made by SQL: what the benches of scale measure on.

Of a hundred touched items eighty-five settle by their grades (some after a split, some after a correction, one audited),
fourteen are disputed (too far apart, at the cap, by a flag) and decided, one is withdrawn. The newest `started` of them
have one grade and want more, the newest `disputed` of the disputes wait for a decision. Behind them stand `open` items
that nobody has had. A store with grades is one that was at work: it has the model's labels, its second copy and its copy
for analysts. What was built is kept in the temporary folder under its parameters.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from relevance.roles import SYSTEM
from relevance.services import truth
from relevance.store.files import NEWEST
from relevance.store.history import FOLDER
from relevance.store.history_writer import History
from relevance.store.snapshot import publish
from relevance.store.store import Store, Tx
from tests.traffic import build

GRADES_OF_100 = 234  # answers that a hundred touched items have
PIECE = 400_000  # touched items written in one transaction
KEPT = Path(tempfile.gettempdir()) / f"relevance-bench-stores-{os.getuid()}"
PROJECT = 1


@dataclass(frozen=True, slots=True)
class Size:
    """What a store holds. `grades` is met to within a hundred items' worth."""

    grades: int = 0
    open: int = 10_000
    graders: int = 200
    keywords: int = 2_000
    batches: int = 20
    started: int = 300
    disputed: int = 2_000
    days: int = 250

    @property
    def touched(self) -> int:
        """Items that somebody has had."""
        return self.grades * 100 // GRADES_OF_100

    @property
    def name(self) -> str:
        """The folder that it is kept in; another schema is another store."""
        parts = (self.grades, self.open, self.graders, self.keywords, self.batches, self.started, self.disputed)
        return f"v2-s{NEWEST}-" + "-".join(str(part) for part in (*parts, self.days))


def kept(size: Size) -> Path:
    """The data folder of a store of this size, built unless it is there. Not to be written to: see `copy_of`."""
    folder = KEPT / size.name
    if not folder.exists():
        KEPT.mkdir(mode=0o700, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix="building-", dir=KEPT))
        _build(part, size)
        if size.grades:
            _put_to_work(part)
        part.rename(folder)
    return folder


BIG = Size(grades=10_000_000, open=1_000_000, graders=400, disputed=20_000, started=2_000)


@contextmanager
def copy_of(size: Size) -> Iterator[Path]:
    """A store of this size for one measurement, in a folder of its own that goes away afterwards."""
    source = kept(size)
    with tempfile.TemporaryDirectory(prefix="relevance-bench-", dir=KEPT) as folder:
        data = Path(folder) / "data"
        data.mkdir()
        for path in source.iterdir():
            if path.is_dir():
                shutil.copytree(path, data / path.name)
            elif path.suffix != ".lock":
                shutil.copy2(path, data / path.name)
        yield data


def _build(data: Path, size: Size) -> None:
    build(data, 0, size.graders, keywords=size.keywords)
    store = Store.open(data)
    try:
        for start in range(0, size.touched, PIECE):
            store.act(lambda tx, start=start: _touched(tx, size, start, min(size.touched, start + PIECE)))  # type: ignore[misc]
        store.act(lambda tx: _items(tx, size, size.touched, size.touched + size.open))
    finally:
        store.close()


def _put_to_work(data: Path) -> None:
    """What a server makes behind in its first minutes, so that no bench measures a first start."""
    store = Store.open(data)
    try:
        truth.refresh(store, PROJECT)
        history = History(store, data / FOLDER)  # names the store, as a server's start does: a copy is of a named one
        publish(store)
        history.stop()  # with its last round
    finally:
        store.close()


def _items(tx: Tx, size: Size, start: int, end: int) -> None:
    """Items `start` to `end` (their numbers are one higher), four of each clip, in batches of equal size."""
    act = tx.new_act("bench", SYSTEM, PROJECT)
    if not tx.value("select count(*) from batch where id > 1"):
        for number in range(2, size.batches + 1):
            tx.execute(
                "insert into batch (id, project, name, made_at, act) values (?, ?, ?, ?, ?)",
                [number, PROJECT, f"bench {number}", tx.now, act],
            )
    clips = tx.value("select coalesce(max(id), 0) from clip")
    tx.execute(
        """insert into clip (id, project, source, content_id, name, duration_ms, width, height, fps, frames,
                             bytes, has_audio, made_at, act)
           select i, ?, 1, printf('%064x', i), 'c' || i || '.mp4', 5000, 640, 360, 25, 125, 1, false, ?, ?
           from range(?, ?) t(i)""",
        [PROJECT, tx.now, act, clips + 1, (end - 1) // 4 + 2],
    )
    a_batch = max(1, (size.touched + size.open) // size.batches + 1)
    tx.execute(
        """insert into item (id, project, batch, keyword, clip, import)
           select i + 1, ?, i // ? + 1, i % ? + 1, i // 4 + 1, 1 from range(?, ?) t(i)""",
        [PROJECT, a_batch, size.keywords, start, end],
    )


# One row a touched item: what kind of story it has (r), the level most say (a), its neighbour (b), one far from it (c).
STORIES = """
    create or replace temp table story as
    select *, case when waits then 'open' when r in (84, 85, 86, 87, 88, 89, 90, 91) then 'far'
                   when r in (92, 93, 94, 95) then 'cap' when r in (96, 97) then 'flag'
                   when r = 99 then 'withdrawn' else 'settled' end as ends,
           case when waits or r = 99 then [a] when r between 70 and 79 then [a, b, a, a]
                when r between 84 and 91 then [a, c] when r between 92 and 95 then [a, b, a, b, a]
                when r between 96 and 97 then [null] else [a, a] end as levels,
           timestamptz '2026-01-01 01:00:00+00' + to_seconds(i * $days * 86400.0 / $touched) as began
    from (select *, case when a = 3 then 2 else a + 1 end as b, case when a < 2 then a + 2 else a - 2 end as c
          from (select i, i % 100 as r, (hash(i) % 4)::smallint as a, i % 100 = 0 and i // 100 >= $first_started as waits,
                       hash(i) >> 8 as chance,
                       i % 100 between 84 and 97 and (i // 100) * 14 + i % 100 - 84 < $first_waiting as ruled
                from range($start, $end) t(i)))
"""

# One row an assignment; `nth` counts them in their item from 1, `purpose` is work or (for one story) audit.
ASSIGNED = """
    create or replace temp table assigned as
    select row_number() over (order by i, nth) + $last as id, i + 1 as item, r, nth, level, purpose,
           $grader + (chance + nth * 7) % $graders as grader, began + to_minutes(nth * 9) as answered_at
    from (select i, r, chance, began, unnest(levels) as level, generate_subscripts(levels, 1) as nth, 'work' as purpose
          from story
          union all select i, r, chance, began, a, 3, 'audit' from story where r = 98)
"""

ANSWERED = """
    insert into answer (assignment, seq, item, grader, purpose, round, level, flag, counts, why_not, policy, guideline,
                        shown_at, first_frame_ms, decision_ms, watched_ms, watched_share, speed, client, digest, made_at)
    select id, seq, item, grader, purpose, 1, case when seq < last then (level + 1) % 4 else level end,
           case when r in (96, 97) then 'no_rule' end, true, null, 1, 0, made_at - interval 8 seconds,
           40, 7000 + hash(id) % 9000, 7500, 0.9, 1.0, 'bench', md5(id || '.' || seq), made_at
    from (select *, unnest(range(last + 1)) as seq, answered_at + to_seconds(40 * unnest(range(last + 1))) as made_at
          from (select *, case when r in (80, 81, 82, 83) and nth = 1 then 1 else 0 end as last from assigned))
"""

EVENTS = """
    insert into item_event (id, item, made_at, state, level, why, n, round, policy, guideline, act)
    select row_number() over (order by i, nth) + $last, i + 1, began + to_minutes(9 * 6 * nth), state,
           case when state in ('settled', 'decided') then a end, why, n, 1, 1, 0, 0
    from (select i, a, began, 1 as nth, case when ends in ('far', 'cap', 'flag') then 'disputed' else ends end as state,
                 case ends when 'settled' then 'consensus' else ends end as why,
                 len(list_filter(levels, lambda one: one is not null)) as n
          from story where ends <> 'open'
          union all
          select i, a, began, 2, 'decided', 'decision', len(list_filter(levels, lambda one: one is not null))
          from story where ruled)
"""

DECISIONS = """
    insert into decision (id, item, project, kind, level, n, flags, round, reason, made_by, made_at, act)
    select row_number() over (order by i) + $last, i + 1, $project, case ends when 'withdrawn' then 'withdraw' else 'level' end,
           case when ends <> 'withdrawn' then a end, len(list_filter(levels, lambda one: one is not null)),
           (ends = 'flag')::smallint, 1, 'as the standard says', $lead, began + to_minutes(9 * 12),
           row_number() over (order by i) + $acts
    from story where ruled or ends = 'withdrawn'
"""


def _with(sql: str, **numbers: int) -> str:
    """A statement with its numbers in place of their names."""
    for name, number in sorted(numbers.items(), reverse=True):
        sql = sql.replace(f"${name}", str(number))
    return sql


def _touched(tx: Tx, size: Size, start: int, end: int) -> None:
    """The history of items `start` to `end`."""
    _items(tx, size, start, end)

    def last(table: str) -> int:
        return int(tx.value(f"select coalesce(max(id), 0) from {table}"))

    first, lead = tx.one("select min(id), max(id) from account where id > 0") or (1, 2)
    tx.execute(_with(
        STORIES, start=start, end=end, days=size.days, touched=max(1, size.touched),
        first_started=size.touched // 100 - size.started, first_waiting=size.touched * 14 // 100 - size.disputed,
    ))  # fmt: skip
    tx.execute(_with(ASSIGNED, last=last("assignment"), graders=size.graders, grader=first))
    tx.execute(
        """insert into assignment (id, item, grader, purpose, round, tab, leased_at)
           select id, item, grader, purpose, 1, 'bench', answered_at - interval 9 seconds from assigned"""
    )
    tx.execute(ANSWERED)
    tx.execute(_with(EVENTS, last=last("item_event")))
    tx.execute(
        """insert into audit_draw (item, event, share, made_at)
           select story.i + 1, event.id, 0.01, event.made_at from story join item_event event on event.item = story.i + 1
           where r = 98"""
    )
    rulings = int(tx.value("select count(*) from story where ruled or ends = 'withdrawn'"))
    acts = tx.new_ids("act", rulings).start - 1
    tx.execute(_with(DECISIONS, last=last("decision"), acts=acts, lead=lead, project=PROJECT))
    tx.execute(
        """insert into act (id, name, project, actor, made_at)
           select act, 'dispute.' || kind, project, made_by, made_at from decision where act > ?""",
        [acts],
    )
    for table in ("story", "assigned"):
        tx.execute(f"drop table {table}")
