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
        names = (
            reader.all(f"select account, name from person where account in ({marks(people)})", people) if people else []
        )
    texts = store.recent.rows("keyword", words)
    name_of = {row[0]: row[1] for row in names}
    return Facets(
        batches={batch: store.live.batches[batch].name for batch in page.batches},
        keywords={word: (texts[word]["text_zh"], texts[word]["text_en"]) for word in words if word in texts},
        graders={grader: name_of.get(grader, f"#{grader}") for grader in people},
    )
