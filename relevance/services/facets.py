"""The names behind the numbers that disputes can be filtered by."""

from __future__ import annotations

from dataclasses import dataclass

from relevance.services.disputes import DisputePage
from relevance.store.store import Store, marks


@dataclass(frozen=True, slots=True)
class Facets:
    """Names by id, those with most disputes first. A keyword has a text in Chinese, English or both."""

    batches: dict[int, str]
    keywords: dict[int, tuple[str | None, str | None]]
    graders: dict[int, str]


def of(store: Store, page: DisputePage) -> Facets:
    """The names of a page's batches, keywords and graders."""
    words, people = list(page.keywords), list(page.graders)
    with store.reader() as reader:
        texts = (
            reader.all(f"select id, text_zh, text_en from keyword where id in ({marks(words)})", words) if words else []
        )
        names = (
            reader.all(f"select account, name from person where account in ({marks(people)})", people) if people else []
        )
    text_of = {row[0]: (row[1], row[2]) for row in texts}
    name_of = {row[0]: row[1] for row in names}
    return Facets(
        batches={batch: store.live.batches[batch].name for batch in page.batches},
        keywords={word: text_of[word] for word in words if word in text_of},
        graders={grader: name_of.get(grader, f"#{grader}") for grader in people},
    )
