"""The guideline as Markdown: level definitions, headings, rules with stable ids. Pure.

    # Title
    ## Levels                      (or: ## 等级)
    - 100 % | Name: one-line definition
    ## Heading
    ### R1 Rule title {#stable-id}
    The rule's text.
    > example positive #123: why this item shows the rule      (or: 示例 正例; negative 反例, borderline 边界例)

Chinese and English are two files with the same stable ids. A rule without an id gets one from its number, or from its
title, so that the same rule keeps its id in the next version.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from relevance.errors import BadInput, Place
from relevance.scale import PERCENTS, level_of_percent

LEVEL_HEADINGS = {"levels", "grades", "等级", "级别", "评分等级", "相关性等级"}
_LEVEL = re.compile(r"^[-*]\s*(\d{1,3})\s*[%％]\s*[|｜]?\s*(.*)$")
_RULE = re.compile(r"^###\s+(?:([A-Za-z]{0,3}\d+(?:\.\d+)*)[.、)]?\s+)?(.*?)\s*(?:\{#([A-Za-z0-9_.-]+)\})?\s*$")

ExampleKind = Literal["positive", "negative", "borderline"]
KINDS: tuple[ExampleKind, ...] = ("positive", "negative", "borderline")
_WORDS: dict[str, ExampleKind] = {
    "正例": "positive",
    "反例": "negative",
    "边界例": "borderline",
    "positive": "positive",
    "negative": "negative",
    "borderline": "borderline",
}
_EXAMPLE = re.compile(r"^>\s*(?:example|示例)\s+(\S+?)\s+#(\d{1,18})\s*(?:[:：]\s*(.*))?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ExampleText:
    """An item that shows a rule (positive), what it does not reach (negative), or where its border lies."""

    kind: ExampleKind
    item: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class LevelText:
    """A level's name and one-line definition in one language."""

    level: int
    name: str
    definition: str


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule in one language. `id` stays the same from version to version and in both languages."""

    id: str
    number: str
    heading: str
    title: str
    text: str
    row: int = 0
    examples: tuple[ExampleText, ...] = ()


@dataclass(frozen=True, slots=True)
class GuidelineText:
    """A guideline in one language."""

    title: str
    levels: tuple[LevelText, ...]
    rules: tuple[RuleText, ...]
    source: str = field(repr=False, default="")


def parse(markdown: str, file: str = "guideline.md", percents: Sequence[int] = PERCENTS) -> GuidelineText:
    """Reads a guideline.

    Args:
        markdown: the whole text.
        file: its name, for the faults.
        percents: how the project shows its levels, lowest first.

    Raises:
        BadInput: with every fault and its row: no levels, a percentage that is no level, an id used twice, no rule.

    >>> text = "# G\\n## Levels\\n- 100 % | Full: all\\n- 67 % | Mostly: most\\n- 33 % | Partly: some\\n- 0 % | Not: none\\n"
    >>> parse(text + "## Main\\n### R1 The subject {#subject}\\nIt is seen.").rules[0].id
    'subject'
    """
    faults: list[Place] = []
    title, heading = "", ""
    levels: dict[int, LevelText] = {}
    rules: list[RuleText] = []
    body: list[str] = []
    shown: list[ExampleText] = []
    head: tuple[str, str, str, int] | None = None  # id, number, title, row

    def close() -> None:
        nonlocal head
        if head is not None:
            text = "\n".join(body).strip()
            rules.append(RuleText(head[0], head[1], heading, head[2], text, head[3], tuple(shown)))
        head = None
        body.clear()
        shown.clear()

    for row, line in enumerate(markdown.removeprefix("\ufeff").splitlines(), 1):
        if line.startswith("### "):
            close()
            found = _RULE.match(line)
            number, name, stable = (
                (found.group(1) or "", found.group(2), found.group(3)) if found else ("", line[4:], None)
            )
            if not name:
                faults.append(Place("the rule has no title.", file, row))
            head = (stable or _made_id(number, name), number, name, row)
        elif line.startswith("## "):
            close()
            heading = line[3:].strip()
        elif line.startswith("# "):
            close()
            title = title or line[2:].strip()
        elif heading.casefold() in LEVEL_HEADINGS and head is None:
            if (found := _LEVEL.match(line.strip())) is not None:
                _level(found, row, file, percents, levels, faults)
        elif head is not None and (named := _EXAMPLE.match(line.strip())) is not None:
            kind = _WORDS.get(named.group(1).casefold())
            if kind is None:
                faults.append(
                    Place(
                        "an example is positive, negative or borderline, not {value}.", file, row, None, named.group(1)
                    )
                )
            else:
                shown.append(ExampleText(kind, int(named.group(2)), (named.group(3) or "").strip()))
        elif head is not None:
            body.append(line)
    close()
    faults.extend(_missing(levels, rules, file, percents))
    if faults:
        raise BadInput("The guideline {file} was not imported. Faults: {n}.", file=file, n=len(faults), places=faults)
    return GuidelineText(title or file, tuple(levels[level] for level in sorted(levels)), tuple(rules), markdown)


def without_examples(markdown: str) -> str:
    """A guideline's text without its examples, which are kept as records of their own."""
    return "".join(line for line in markdown.splitlines(keepends=True) if not _EXAMPLE.match(line.strip()))


def with_examples(markdown: str, examples: Mapping[str, Sequence[ExampleText]], language: str = "en") -> str:
    """A guideline's text with the examples of its rules, each as a line below its rule: what `parse` reads again.

    >>> text = "## Main\\n### R1 Car {#car}\\nseen\\n\\n### R2 Bus {#bus}\\n"
    >>> print(with_examples(text, {"car": [ExampleText("negative", 7, "a toy")]}))
    ## Main
    ### R1 Car {#car}
    seen
    > example negative #7: a toy
    <BLANKLINE>
    ### R2 Bus {#bus}
    <BLANKLINE>
    """
    words = {kind: word for word, kind in _WORDS.items() if (word in KINDS) == (language == "en")}
    head = "example" if language == "en" else "示例"
    out: list[str] = []
    rule: str | None = None

    def put() -> None:
        lines = [
            f"> {head} {words[one.kind]} #{one.item}" + (f": {one.note}" if one.note else "")
            for one in examples.get(rule or "", ())
        ]
        blank = 0
        while out and not out[-1].strip():
            blank += bool(out.pop() or True)
        out.extend([*lines, *[""] * blank])

    for line in without_examples(markdown).splitlines():
        if line.startswith("#"):
            put()
            found = _RULE.match(line)
            rule = (found.group(3) or _made_id(found.group(1) or "", found.group(2))) if found else None
        out.append(line)
    put()
    return "\n".join(out) + "\n"


def _level(
    found: re.Match[str],
    row: int,
    file: str,
    percents: Sequence[int],
    levels: dict[int, LevelText],
    faults: list[Place],
) -> None:
    level = level_of_percent(int(found.group(1)), percents)
    name, _, definition = found.group(2).replace("：", ":", 1).partition(":")
    if level is None:
        shown = ", ".join(f"{percent} %" for percent in reversed(percents))
        faults.append(
            Place(
                "{value} % is no level of this project; its levels are {shown}.",
                file,
                row,
                None,
                found.group(1),
                (("shown", shown),),
            )
        )
    elif level in levels:
        faults.append(Place("the level {value} % is defined twice.", file, row, None, found.group(1)))
    elif not name.strip() or not definition.strip():
        faults.append(Place("a level is written as '- 100 % | Name: definition'.", file, row))
    else:
        levels[level] = LevelText(level, name.strip(), definition.strip())


def _missing(levels: dict[int, LevelText], rules: list[RuleText], file: str, percents: Sequence[int]) -> list[Place]:
    faults = []
    for level, percent in enumerate(percents):
        if level not in levels:
            faults.append(
                Place(
                    "there is no definition of the level {value} % under '## Levels'.", file, None, None, str(percent)
                )
            )
    seen: dict[str, int] = {}
    for rule in rules:
        if rule.id in seen:
            faults.append(
                Place(
                    "the id {value} is used in row {first} already.",
                    file,
                    rule.row,
                    None,
                    rule.id,
                    (("first", seen[rule.id]),),
                )
            )
        seen.setdefault(rule.id, rule.row)
    if not rules:
        faults.append(Place("there is no rule ('### R1 Title {{#id}}').", file))
    return faults


def _made_id(number: str, title: str) -> str:
    return number.casefold() if number else "r-" + hashlib.sha256(title.encode()).hexdigest()[:8]
