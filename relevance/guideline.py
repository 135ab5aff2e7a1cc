"""The guideline as Markdown: level definitions, headings, rules with stable ids. Pure.

    # Title
    ## Levels                      (or: ## 等级)
    - 100 % | Name: one-line definition
    ## Heading
    ### R1 Rule title {#stable-id}
    The rule's text.

Chinese and English are two files with the same stable ids. A rule without an id gets one from its number, or from its
title, so that the same rule keeps its id in the next version.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from relevance.errors import BadInput, Place
from relevance.scale import PERCENTS, level_of_percent

LEVEL_HEADINGS = {"levels", "grades", "等级", "级别", "评分等级", "相关性等级"}
_LEVEL = re.compile(r"^[-*]\s*(\d{1,3})\s*[%％]\s*[|｜]?\s*(.*)$")
_RULE = re.compile(r"^###\s+(?:([A-Za-z]{0,3}\d+(?:\.\d+)*)[.、)]?\s+)?(.*?)\s*(?:\{#([A-Za-z0-9_.-]+)\})?\s*$")


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
    head: tuple[str, str, str, int] | None = None  # id, number, title, row

    def close() -> None:
        nonlocal head
        if head is not None:
            rules.append(RuleText(head[0], head[1], heading, head[2], "\n".join(body).strip(), head[3]))
        head = None
        body.clear()

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
        elif head is not None:
            body.append(line)
    close()
    faults.extend(_missing(levels, rules, file, percents))
    if faults:
        raise BadInput("The guideline {file} was not imported: {n} faults.", file=file, n=len(faults), places=faults)
    return GuidelineText(title or file, tuple(levels[level] for level in sorted(levels)), tuple(rules), markdown)


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
