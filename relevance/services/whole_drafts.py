"""A whole guideline brought as Markdown: it becomes a draft, which is reviewed, piloted and published like any other."""

from __future__ import annotations

from relevance.errors import BadInput, NotFound
from relevance.guideline import without_examples
from relevance.revision import RuleChange, compare
from relevance.roles import Act, Actor, require
from relevance.services import amendments, guidelines
from relevance.services.guidelines import Guideline
from relevance.store.store import Store

LONGEST = 200  # characters of what is new, which names the draft


def take(
    store: Store, actor: Actor, project: int, zh: str | None = None, en: str | None = None, note: str = "",
    names: tuple[str, str] = ("guideline.zh.md", "guideline.en.md"),
) -> int | None:  # fmt: skip
    """Keeps Markdown in one or both languages as a draft of the next version, and returns the draft's number.

    The text that is in force already makes no draft (None): only the examples in it that are new are taken in.

    Raises:
        BadInput: the texts have faults (each with its row), or differ in their rules.
        NotAllowed: the actor may not publish.
        Stale: another version came into force within the same moment.
    """
    require(actor, Act.PUBLISH_GUIDELINE, project)
    if project not in store.live.projects:
        raise NotFound("There is no project {project}.", project=project)
    if not (zh or en):
        raise BadInput("A guideline needs a text in Chinese, English or both.")
    book = guidelines.as_text(store, project, zh, en, names)
    base = store.live.projects[project].guideline_id
    with store.reader() as reader:
        there = reader.one("select source_zh, source_en from guideline where id = ?", [base])
    bare = tuple(without_examples(text) if text else None for text in (zh, en))
    if there is not None and there == bare:
        guidelines.import_markdown(store, actor, project, zh, en, note, names, base)
        return None
    heading = note.strip()[:LONGEST] or book.title_zh or book.title_en or ""
    return store.act(
        lambda tx: amendments.kept(tx, actor, project, base, None, heading, source_zh=zh or None, source_en=en or None)
    )


def changes(store: Store, actor: Actor, draft: int, language: str = "zh") -> list[RuleChange]:
    """What a draft changes, rule by rule and word by word, against the version that it was made from.

    Raises:
        NotFound: there is no such draft.
    """
    with store.reader() as reader:
        one = amendments.known(reader, draft)
    require(actor, Act.SEE_GUIDELINE, one.project)
    old = guidelines.by_id(store, one.project, one.base)
    new = guidelines.as_text(store, one.project, *amendments.texts_of(store, draft))
    return compare(_words(old, language), _words(new, language))


def _words(book: Guideline, language: str) -> dict[str, str]:
    """Each rule's title and text in a language, or in the other one where it is missing."""
    first, second = ("en", "zh") if language == "en" else ("zh", "en")
    return {
        rule.id: "\n".join(
            str(getattr(rule, f"{name}_{first}") or getattr(rule, f"{name}_{second}") or "")
            for name in ("title", "text")
        )
        for rule in book.rules
    }
