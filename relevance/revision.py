"""What changed between two versions of a guideline, word by word. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Kind = Literal["same", "gone", "new"]
LIKE = 0.5  # the least share of words in common, by which a text counts as the other one changed
# A word of letters and digits, one Chinese character, or whatever else stands between.
_WORD = re.compile(r"[A-Za-z0-9_]+|\s+|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words that both versions have, or only the old or only the new one."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class RuleChange:
    """What became of one rule: added, removed, changed or same, with its text in pieces."""

    rule: str
    kind: Literal["added", "removed", "changed", "same"]
    pieces: tuple[Piece, ...]


def words(old: str, new: str) -> tuple[Piece, ...]:
    """The pieces of two texts, in order; joining "same" and "new" gives the new text, "same" and "gone" the old one.

    >>> [(p.kind, p.text) for p in words("a red car", "a blue car")]
    [('same', 'a '), ('gone', 'red'), ('new', 'blue'), ('same', ' car')]

    Texts with little in common are told one after the other: single words shared by chance tell nobody anything.

    >>> [(p.kind, p.text) for p in words("only the ears are seen", "half of a hidden car")]
    [('gone', 'only the ears are seen'), ('new', 'half of a hidden car')]
    """
    a, b = _WORD.findall(old), _WORD.findall(new)
    match = SequenceMatcher(None, a, b, autojunk=False)
    if old and new and match.ratio() < LIKE:
        return Piece("gone", old), Piece("new", new)
    pieces: list[Piece] = []
    for tag, i, j, k, m in match.get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", "".join(a[i:j])))
            continue
        if j > i:
            pieces.append(Piece("gone", "".join(a[i:j])))
        if m > k:
            pieces.append(Piece("new", "".join(b[k:m])))
    return tuple(pieces)


def compare(old: Mapping[str, str], new: Mapping[str, str]) -> list[RuleChange]:
    """Every rule of two versions (stable id -> text), in the new one's order, those that are gone last.

    >>> [(c.rule, c.kind) for c in compare({"a": "x", "b": "y"}, {"b": "y z", "c": "w"})]
    [('b', 'changed'), ('c', 'added'), ('a', 'removed')]
    """
    found = []
    for rule, text in new.items():
        before = old.get(rule)
        kind: Literal["added", "changed", "same"] = (
            "added" if before is None else "same" if before == text else "changed"
        )
        found.append(RuleChange(rule, kind, words(before or "", text)))
    found += [RuleChange(rule, "removed", words(text, "")) for rule, text in old.items() if rule not in new]
    return found


def with_rule(source: str, rule: str, number_and_title: str, text: str, add: bool) -> str:
    """A guideline's Markdown with one rule's text replaced, or (add) with a new rule at its end.

    >>> with_rule("## Main\\n### R1 Car {#car}\\nold\\n### R2 Bus {#bus}\\nbus\\n", "car", "", "new", add=False)
    '## Main\\n### R1 Car {#car}\\nnew\\n### R2 Bus {#bus}\\nbus\\n'
    """
    if add:
        return f"{source.rstrip()}\n\n### {number_and_title} {{#{rule}}}\n{text.strip()}\n"
    kept: list[str] = []
    inside = False
    for line in source.splitlines():
        if line.startswith("#"):
            inside = line.startswith("### ") and (
                f"{{#{rule}}}" in line or line[4:].split(" ", 1)[0].rstrip(".、)").casefold() == rule
            )
            kept.append(line)
            if inside:
                kept.append(text.strip())
        elif not inside:
            kept.append(line)
    return "\n".join(kept) + "\n"
