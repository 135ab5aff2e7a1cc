"""Gold as a specialist looks at it: how much there is, how people answered it, what could become it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from relevance.gold import DIFFICULTIES, Difficulty, lasts
from relevance.roles import Act, Actor, require
from relevance.store.known import IN_FORCE
from relevance.store.store import Store


@dataclass(frozen=True, slots=True)
class GoldRow:
    """One piece of gold, as a list shows it. `n` and `right`: the answers of all graders; `good` and `failed`: of those
    who have proved themselves."""

    gold: int
    item: int
    level: int
    difficulty: Difficulty
    keyword_zh: str | None
    keyword_en: str | None
    clip_name: str
    content_id: str
    reason: str
    rule: str | None
    n: int
    right: int
    good: int
    failed: int
    ended: str | None
    because: str | None
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Supply:
    """How much gold there is, and for how many days of work it will do for the person who has least left of it.

    imported: pieces whose level came with an import. out: difficulties of which somebody has nothing left.
    """

    pieces: int
    by_difficulty: dict[Difficulty, int]
    least_left: int
    days: float | None
    doubted: int
    imported: int = 0
    out: tuple[Difficulty, ...] = ()


def supply(store: Store, actor: Actor, project: int, graders: Sequence[int]) -> Supply:
    """How much gold there is for these graders, and when it runs out."""
    require(actor, Act.SEE_GOLD, project)
    at = store.live.projects[project]
    line = at.gold
    if line is None:
        return Supply(0, dict.fromkeys(DIFFICULTIES, 0), 0, None, 0)
    pieces = list(line.by_item.values())
    left = min((line.left(grader) for grader in graders), default=len(pieces))
    with store.reader() as reader:
        doubted = reader.value(
            """select count(*) from gold join gold_end on gold_end.gold = gold.id where project = ? and why = 'doubted'
               and item not in (select item from gold where id not in (select gold from gold_end))""",
            [project],
        )
    return Supply(
        len(pieces),
        {one: sum(piece.difficulty == one for piece in pieces) for one in DIFFICULTIES},
        left,
        lasts(left, float(at.settings["gold_share"]), int(at.settings["goal"])),
        int(doubted or 0),
        sum(piece.imported for piece in pieces),
        tuple(
            one for one in DIFFICULTIES
            if any(piece.difficulty == one for piece in pieces) and any(not line.left(who, one) for who in graders)
        ),
    )  # fmt: skip


def rows(store: Store, actor: Actor, project: int, only: str = "all", limit: int = 500) -> list[GoldRow]:
    """The project's gold with how people answered it: doubted pieces first, then those most often failed.

    Args:
        only: all, live (in the stream), doubted or retired.
    """
    require(actor, Act.SEE_GOLD, project)
    line = store.live.projects[project].gold
    with store.reader() as reader:
        found = reader.rows(
            """with said as (
                   select unseen.gold, count(*) as n,
                          count(*) filter (last.level = gold.level) as is_right
                   from unseen join gold on gold.id = unseen.gold
                   join (select assignment, case when any_value(feedback) then min_by(level, seq)
                                                 else max_by(level, seq) end as level
                         from answer join unseen using (assignment) where level is not null group by assignment) last
                     on last.assignment = unseen.assignment
                   where gold.project = ? group by unseen.gold)
               select gold.id as gold, gold.item, gold.level, difficulty, text_zh as keyword_zh, text_en as keyword_en,
                      clip.name as clip_name, content_id, reason, rule, coalesce(said.n, 0) as n,
                      coalesce(is_right, 0) as right, gold_end.why as ended, because, gold.made_at
               from gold join item on item.id = gold.item join keyword on keyword.id = item.keyword
               join clip on clip.id = item.clip left join said on said.gold = gold.id
               left join gold_end on gold_end.gold = gold.id left join gold_touched on gold_touched.gold = gold.id
               where gold.project = ? and (? = 'all' or coalesce(gold_end.why, 'live') = ?)
               order by coalesce(gold_end.why, '') = 'doubted' desc, gold_end.why is not null,
                        coalesce(is_right / said.n, 1), gold.id desc limit ?""",
            [project, project, only, only, limit],
        )
    pieces = line.ever if line is not None else {}
    return [
        GoldRow(
            good=pieces[row["gold"]].good if row["gold"] in pieces else 0,
            failed=pieces[row["gold"]].failed if row["gold"] in pieces else 0,
            **row,
        )
        for row in found
    ]


def offered(store: Store, actor: Actor, project: int, limit: int = 1000) -> dict[int, str]:
    """Items that a person decided and that are not gold, the newest first: what each is called.

    Those that are a precedent themselves are left out: everybody may have read what was decided about them.
    """
    require(actor, Act.SET_GOLD, project)
    with store.reader() as reader:
        return {
            item: f"#{item} · {zh or en} · {clip}"
            for item, zh, en, clip in reader.all(
                f"""with last as (select item, max_by(state, id) as state, max(id) as id from item_event group by item)
                   select item.id, text_zh, text_en, clip.name from last join item on item.id = last.item
                   join keyword on keyword.id = item.keyword join clip on clip.id = item.clip
                   where item.project = ? and state = 'decided' and removed_at is null
                     and not exists (select 1 from precedent p where p.item = item.id and {IN_FORCE})
                     and item.id not in (select item from gold where id not in (
                         select gold from gold_end where why = 'retired'))
                   order by last.id desc limit ?""",
                [project, limit],
            )
        }


def is_gold(store: Store, item: int) -> bool:
    """Whether an item is in the stream as gold now."""
    known = store.live.pinned.get(item)
    line = store.live.projects[known.project].gold if known is not None else None
    return line is not None and item in line.by_item
