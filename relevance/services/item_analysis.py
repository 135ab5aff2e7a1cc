"""What the answers of all marked attempts say about their items."""

from __future__ import annotations

from dataclasses import dataclass

from relevance.roles import Act, Actor, require
from relevance.store.store import Store, marks
from relevance.training import ItemFigures, analyse


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item of exams with what its answers say about it."""

    figures: ItemFigures
    keyword_zh: str | None
    keyword_en: str | None
    clip_name: str
    level: int
    labelled: bool = True  # it has a label that could be doubted


def of(store: Store, actor: Actor, project: int) -> list[ItemRow]:
    """What the answers of all marked attempts say about their items, the doubtful ones first."""
    require(actor, Act.MANAGE_EXAMS, project)
    with store.reader() as reader:
        rows = reader.all(
            """select attempt_item.attempt, attempt_item.item, said.level = attempt_item.level, qualification.passed
               from attempt_item join qualification on qualification.attempt = attempt_item.attempt
               left join (select attempt, place, arg_max(level, seq) as level from attempt_answer group by attempt, place)
                 said on said.attempt = attempt_item.attempt and said.place = attempt_item.place
               where qualification.project = ? order by 1, attempt_item.place""",
            [project],
        )
        attempts: dict[int, tuple[dict[int, bool], bool]] = {}
        for attempt, item, right, passed in rows:
            attempts.setdefault(attempt, ({}, passed))[0][item] = bool(right)
        figures = analyse(list(attempts.values()))
        if not figures:
            return []
        ids = [one.item for one in figures]
        names = {
            row[0]: row[1:]
            for row in reader.all(
                f"""select item.id, text_zh, text_en, clip.name,
                           (select max_by(level, attempt) from attempt_item where attempt_item.item = item.id),
                           coalesce((select max_by(state, item_event.id) from item_event where item_event.item = item.id)
                                    in ('settled', 'decided'), false)
                    from item join keyword on keyword.id = item.keyword join clip on clip.id = item.clip
                    where item.id in ({marks(ids)})""",
                ids,
            )
        }
    return [ItemRow(one, *names[one.item]) for one in figures if one.item in names]
