"""A project's guideline: published as versions, each kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from relevance.errors import BadInput, NotFound, Place, Stale
from relevance.guideline import GuidelineText, parse, with_examples, without_examples
from relevance.roles import Act, Actor, require
from relevance.services import rule_examples
from relevance.store.load import add_project
from relevance.store.store import Store, Tx


@dataclass(frozen=True, slots=True)
class Level:
    """A level as a screen shows it."""

    level: int
    percent: int
    name_zh: str | None
    name_en: str | None
    definition_zh: str | None
    definition_en: str | None


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in both languages; a language that is missing is None."""

    id: str
    number: str
    heading_zh: str | None
    heading_en: str | None
    title_zh: str | None
    title_en: str | None
    text_zh: str | None
    text_en: str | None


@dataclass(frozen=True, slots=True)
class Guideline:
    """One version of a guideline; version 0: the project has none yet (levels bear plain names)."""

    id: int
    version: int
    title_zh: str | None
    title_en: str | None
    note: str | None
    made_at: datetime | None
    levels: tuple[Level, ...]
    rules: tuple[Rule, ...]


PLAIN = {
    3: ("完全相关", "Fully relevant", "片段完全符合关键词", "The clip fully shows the keyword"),
    2: ("大部分相关", "Mostly relevant", "片段大部分符合关键词", "The clip mostly shows the keyword"),
    1: ("少部分相关", "Slightly relevant", "片段只有少部分符合关键词", "The clip shows the keyword in part"),
    0: ("不相关", "Not relevant", "片段与关键词无关", "The clip does not show the keyword"),
}


def import_markdown(
    store: Store, actor: Actor, project: int, zh: str | None = None, en: str | None = None, note: str = "",
    names: tuple[str, str] = ("guideline.zh.md", "guideline.en.md"), base: int | None = None,
    after: Callable[[Tx, int, int], None] | None = None,
) -> int:  # fmt: skip
    """Publishes a new version from Markdown in one or both languages, and returns its number.

    The same text again publishes nothing and returns the version there is. `base`: the id of the version that the text
    was made from. `after`: called in the same act with the new version's id and the act's.

    Raises:
        BadInput: the texts have faults (each with its row), or differ in their rules.
        NotAllowed: the actor may not publish.
        Stale: another version than `base` is in force.
    """
    require(actor, Act.PUBLISH_GUIDELINE, project)
    at = store.live.projects.get(project)
    if at is None:
        raise NotFound("There is no project {project}.", project=project)
    if not (zh or en):
        raise BadInput("A guideline needs a text in Chinese, English or both.")
    texts = _read(zh, en, names, at.policy.percents)
    zh, en = (without_examples(text) if text else None for text in (zh, en))
    first = texts.get("zh") or texts["en"]
    by_language = {language: {rule.id: rule for rule in text.rules} for language, text in texts.items()}

    def act(tx: Tx) -> int:
        last = tx.rows("select * from guideline where project = ? order by version desc limit 1", [project])
        if base is not None and base != (last[0]["id"] if last else 0):
            raise Stale("Somebody has published another version meanwhile. Compare with it, then publish anew.")
        if last and (last[0]["source_zh"], last[0]["source_en"]) == (zh or None, en or None):
            _examples(tx, actor, project, texts)
            return int(last[0]["version"])
        version = last[0]["version"] + 1 if last else 1
        row = tx.new_id("guideline")
        act_id = tx.new_act("guideline.publish", actor, project, version=version, note=note)
        titles = {f"title_{language}": text.title for language, text in texts.items()}
        tx.insert(
            "guideline",
            id=row,
            project=project,
            version=version,
            title_zh=titles.get("title_zh"),
            title_en=titles.get("title_en"),
            source_zh=zh or None,
            source_en=en or None,
            note=note,
            made_at=tx.now,
            made_by=actor.account,
            act=act_id,
        )
        for level in first.levels:
            said = {lang: next(one for one in text.levels if one.level == level.level) for lang, text in texts.items()}
            tx.insert(
                "guideline_level",
                guideline=row,
                level=level.level,
                **{f"name_{lang}": said[lang].name if lang in said else None for lang in ("zh", "en")},
                **{f"definition_{lang}": said[lang].definition if lang in said else None for lang in ("zh", "en")},
            )
        for position, rule in enumerate(first.rules):
            texts_of = {lang: by_language[lang][rule.id] for lang in texts}
            columns: dict[str, Any] = {}
            for lang in ("zh", "en"):
                for name in ("heading", "title", "text"):
                    columns[f"{name}_{lang}"] = getattr(texts_of[lang], name) if lang in texts_of else None
            tx.insert("guideline_rule", guideline=row, rule=rule.id, position=position, number=rule.number, **columns)
        _examples(tx, actor, project, texts)
        if after is not None:
            after(tx, row, act_id)
        live = tx.live.projects[project]
        old = live.guideline_id
        tx.live.journal.append(lambda: setattr(live, "guideline_id", old))
        add_project(tx, tx.live, project)
        return version

    return store.act(act)


def _examples(tx: Tx, actor: Actor, project: int, texts: Mapping[str, GuidelineText]) -> None:
    """Takes in the examples that the texts name; of an item that both name, the Chinese one's note."""
    found = [(rule.id, one) for text in texts.values() for rule in text.rules for one in rule.examples]
    if found:
        act = tx.new_act("guideline.examples", actor, project, named=len(found))
        rule_examples.take_in(tx, actor, project, found, act)


def export_markdown(store: Store, actor: Actor, project: int, language: str) -> str | None:
    """The version in force as Markdown with its examples, as `import_markdown` takes it; None: not in this language."""
    require(actor, Act.SEE_GUIDELINE, project)
    with store.reader() as reader:
        row = reader.one(
            "select source_zh, source_en from guideline where id = ?", [store.live.projects[project].guideline_id]
        )
    source = None if row is None else row[0 if language == "zh" else 1]
    if not source:
        return None
    return with_examples(source, rule_examples.texts(rule_examples.of(store, project)), language)


def _read(
    zh: str | None, en: str | None, names: tuple[str, str], percents: Sequence[int]
) -> dict[str, GuidelineText]:  # fmt: skip
    """The texts that there are, by language; they have the same rules."""
    texts: dict[str, GuidelineText] = {}
    for language, source, name in (("zh", zh, names[0]), ("en", en, names[1])):
        if source:
            texts[language] = parse(source, name, percents)
    _check_pair(texts, names)
    return texts


def as_text(
    store: Store, project: int, zh: str | None, en: str | None,
    names: tuple[str, str] = ("guideline.zh.md", "guideline.en.md"),
) -> Guideline:  # fmt: skip
    """A text that is not published, as a version would show it (number 0).

    Raises:
        BadInput: the text has faults.
    """
    percents = store.live.projects[project].policy.percents
    texts = _read(zh, en, names, percents)
    first = texts.get("zh") or texts["en"]
    rules = {language: {one.id: one for one in text.rules} for language, text in texts.items()}
    levels = {language: {one.level: one for one in text.levels} for language, text in texts.items()}

    def said(of: Mapping[str, Mapping[Any, Any]], key: Any, name: str) -> list[str | None]:
        return [getattr(of[language][key], name) if language in of else None for language in ("zh", "en")]

    titles = [texts[language].title if language in texts else None for language in ("zh", "en")]
    return Guideline(
        0, 0, titles[0], titles[1], None, None,
        tuple(
            Level(one.level, percents[one.level], *said(levels, one.level, "name"), *said(levels, one.level, "definition"))
            for one in sorted(first.levels, key=lambda one: -one.level)
        ),
        tuple(
            Rule(one.id, one.number, *(text for name in ("heading", "title", "text") for text in said(rules, one.id, name)))
            for one in first.rules
        ),
    )  # fmt: skip


def _check_pair(texts: Mapping[str, GuidelineText], names: tuple[str, str]) -> None:
    if len(texts) < 2:
        return
    ids = {language: {rule.id: rule for rule in text.rules} for language, text in texts.items()}
    faults = []
    for here, there, file, other in (("zh", "en", names[0], names[1]), ("en", "zh", names[1], names[0])):
        for rule in ids[here].values():
            if rule.id not in ids[there]:
                faults.append(
                    Place("the rule {value} is not in {other}.", file, rule.row, None, rule.id, (("other", other),))
                )
    if faults:
        raise BadInput("The two languages do not have the same rules. Faults: {n}.", n=len(faults), places=faults)


def current(store: Store, project: int) -> Guideline:
    """The guideline in force; where there is none, plain level names and no rules."""
    return by_id(store, project, store.live.projects[project].guideline_id)


def at(store: Store, project: int, moment: datetime) -> Guideline:
    """The guideline that was in force at a moment; plain level names and no rules where there was none.

    Its levels have the percentages of that moment: a policy may move the two middle ones later.
    """
    with store.reader() as reader:
        found = reader.value(
            "select max_by(id, version) from guideline where project = ? and made_at <= ?", [project, moment]
        )
    return by_id(store, project, int(found or 0), percents_at(store, project, moment))


def of_meeting(store: Store, project: int, closed_at: datetime | None) -> Guideline:
    """The guideline that a meeting goes by: the one in force, of a closed meeting the one of its close."""
    return current(store, project) if closed_at is None else at(store, project, closed_at)


def percents_at(store: Store, project: int, moment: datetime) -> tuple[int, ...]:
    """What the levels were shown as at a moment, the lowest first."""
    with store.reader() as reader:
        said = reader.value(
            "select max_by(percents, version) from policy where project = ? and made_at <= ?", [project, moment]
        )
    return tuple(json.loads(said)) if said else tuple(store.live.projects[project].policy.percents)


def by_id(store: Store, project: int, guideline: int, percents: Sequence[int] | None = None) -> Guideline:
    """One version by its id (as stands on a grade), its levels with these percentages; None: today's."""
    percents = store.live.projects[project].policy.percents if percents is None else percents
    with store.reader() as reader:
        rows = reader.rows("select * from guideline where id = ? and project = ?", [guideline, project])
        levels = reader.rows("select * from guideline_level where guideline = ? order by level desc", [guideline])
        rules = reader.rows("select * from guideline_rule where guideline = ? order by position", [guideline])
    if not rows:
        plain = tuple(Level(level, percents[level], *texts) for level, texts in PLAIN.items())
        return Guideline(0, 0, None, None, None, None, plain, ())
    row = rows[0]
    return Guideline(
        row["id"],
        row["version"],
        row["title_zh"],
        row["title_en"],
        row["note"],
        row["made_at"],
        tuple(
            Level(
                level["level"],
                percents[level["level"]],
                level["name_zh"],
                level["name_en"],
                level["definition_zh"],
                level["definition_en"],
            )
            for level in levels
        ),
        tuple(
            Rule(
                rule["rule"],
                rule["number"] or "",
                *(rule[f"{name}_{lang}"] for name in ("heading", "title", "text") for lang in ("zh", "en")),
            )
            for rule in rules
        ),
    )


def versions(store: Store, project: int) -> list[dict[str, Any]]:
    """All versions, the newest first: id, version, note, made_at, made_by."""
    with store.reader() as reader:
        return reader.rows(
            "select id, version, note, made_at, made_by from guideline where project = ? order by version desc",
            [project],
        )
