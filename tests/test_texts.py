"""Every sentence that a person may read has its Chinese, and every Chinese sentence has its place in the code."""

from __future__ import annotations

import ast
import string
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from relevance import errors
from relevance.texts import translator

ROOT = Path(__file__).resolve().parent.parent
CATALOGUES = ROOT / "relevance" / "texts" / "zh"
SOURCES = [*sorted((ROOT / "relevance").rglob("*.py")), *sorted((ROOT / "pages").glob("*.py")), ROOT / "app.py"]


def error_classes() -> set[str]:
    """The names whose first argument is a sentence: our errors, those derived from them anywhere, and Place."""
    names = {
        name for name, one in vars(errors).items() if isinstance(one, type) and issubclass(one, errors.RelevanceError)
    }
    trees = [ast.parse(path.read_text("utf-8")) for path in SOURCES if path.exists()]
    for _ in range(3):  # a class of a class of a class
        for tree in trees:
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef) and any(
                    isinstance(b, ast.Name) and b.id in names for b in node.bases
                ):
                    names.add(node.name)
    return names | {"Place"}


def sentences() -> dict[str, set[str]]:
    """Every sentence of the code, with the files that say it."""
    marks = {"_", "N_"} | error_classes()
    found: dict[str, set[str]] = defaultdict(set)
    for path in SOURCES:
        if not path.exists():
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in marks:
                for literal in literals(node.args[0]):
                    found[literal].add(str(path.relative_to(ROOT)))
    return found


def literals(node: ast.expr) -> Iterator[str]:
    """The texts that an argument may be: a literal, or either side of a choice."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)


def catalogues() -> dict[str, Catalog]:
    found = {}
    for path in sorted(CATALOGUES.glob("*.po")):
        with path.open("rb") as stream:
            found[path.name] = read_po(stream, locale="zh", abort_invalid=True)
    return found


def translations() -> dict[str, dict[str, str]]:
    """Sentence -> catalogue -> Chinese."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for name, catalogue in catalogues().items():
        for message in catalogue:
            if message.id:
                found[str(message.id)][name] = "" if message.fuzzy else str(message.string or "")
    return found


def places(text: str) -> set[str]:
    return {
        name.split("!")[0].split(":")[0].split(".")[0].split("[")[0]
        for _, name, _, _ in string.Formatter().parse(text)
        if name
    }


def test_every_sentence_of_the_code_has_its_chinese() -> None:
    known = {sentence for sentence, by_file in translations().items() if any(by_file.values())}
    missing: dict[str, list[str]] = defaultdict(list)
    for sentence, files in sentences().items():
        if sentence not in known:
            missing[min(files)].append(sentence)
    told = "\n".join(
        f"{file}\n" + "\n".join(f"    {one!r}" for one in sorted(some)) for file, some in sorted(missing.items())
    )
    assert not missing, (
        f"{sum(map(len, missing.values()))} sentences have no Chinese in relevance/texts/zh/*.po:\n{told}"
    )


def test_no_catalogue_holds_a_sentence_that_nobody_says() -> None:
    said = sentences()
    obsolete: dict[str, list[str]] = defaultdict(list)
    for sentence, by_file in translations().items():
        if sentence not in said:
            for file in by_file:
                obsolete[file].append(sentence)
    told = "\n".join(
        f"{file}\n" + "\n".join(f"    {one!r}" for one in sorted(some)) for file, some in sorted(obsolete.items())
    )
    assert not obsolete, f"these are nowhere in the code any more:\n{told}"


def test_a_sentence_has_the_same_places_to_fill_in_in_both_languages() -> None:
    wrong = []
    for sentence, by_file in translations().items():
        for file, chinese in by_file.items():
            if chinese and places(sentence) != places(chinese):
                wrong.append(
                    f"{file}: {sentence!r} has {sorted(places(sentence))}, {chinese!r} has {sorted(places(chinese))}"
                )
    assert not wrong, "\n".join(wrong)


def test_a_sentence_is_said_one_way_only() -> None:
    wrong = [
        f"{sentence!r}: {by_file}"
        for sentence, by_file in translations().items()
        if len({chinese for chinese in by_file.values() if chinese}) > 1
    ]
    assert not wrong, "different Chinese for one sentence:\n" + "\n".join(wrong)


def test_the_chinese_is_chinese() -> None:
    latin = [
        (file, sentence)
        for sentence, by_file in translations().items()
        for file, chinese in by_file.items()
        if chinese == sentence and sum(char.isalpha() for char in sentence) > 12
    ]
    assert not latin, f"left in English: {latin}"


@pytest.mark.parametrize("sentence", ["There is no such sentence.", ""])
def test_what_has_no_translation_is_said_in_english(sentence: str) -> None:
    assert translator("zh")(sentence) == sentence
