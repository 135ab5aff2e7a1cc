"""By what a version's touched items can be chosen: the keywords that have items. What they touch: `amendments.touches`."""

from __future__ import annotations

from relevance.roles import Act, Actor, require
from relevance.store.store import Store

MOST = 2000  # keywords to choose from


def keywords(store: Store, actor: Actor, project: int) -> list[tuple[int, str | None, str | None]]:
    """The project's keywords that have items: (id, Chinese, English), those with most items first, at most 2,000."""
    require(actor, Act.SEE_DISPUTES, project)
    with store.reader() as reader:
        return [
            (number, zh, en)
            for number, zh, en in reader.all(
                """select keyword.id, any_value(text_zh), any_value(text_en) from item
                   join keyword on keyword.id = item.keyword where item.project = ?
                   group by keyword.id order by count(*) desc, keyword.id limit ?""",
                [project, MOST],
            )
        ]
