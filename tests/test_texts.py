"""Every sentence that a person may read has its Chinese, and every Chinese sentence has its place in the code."""

from __future__ import annotations

import ast
import re
import string
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from relevance import errors
from relevance.texts import counter, translator

ROOT = Path(__file__).resolve().parent.parent
CATALOGUES = ROOT / "relevance" / "texts" / "zh"
COUNTED = {"ngettext", "NN_"}  # their sentences have a count: one form for one, one for many
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


@cache
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
            if name in COUNTED:
                for literal in literals(node.args[1]):
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
            if isinstance(message.id, tuple):  # with a count: known by its form for many
                found[message.id[1]][name] = "" if message.fuzzy else str(message.string[0])
            elif message.id:
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


@cache
def counted() -> dict[str, str]:
    """Of every sentence with a count the form for one by that for many."""
    found = {}
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", "") not in COUNTED:
                continue
            if all(isinstance(argument, ast.Constant) for argument in node.args[:2]):  # else it hands on what is marked
                (one,), (many,) = literals(node.args[0]), literals(node.args[1])
                assert found.setdefault(many, one) == one, f"two forms for one: {one!r}, {found[many]!r}"
    return found


# Counts of which there are always several.
SEVERAL = {
    "{n} earlier decisions on this keyword all say so",  # three at least (services.plainly.AGREEING)
    "{n} cite rule {rule}",  # what two at least share (clusters.why)
    "{name}: {n} answers from {since} to {until}: {reason}",
    "{shown} of {count} faults are shown.",  # more than are shown
    "{n} minutes",  # of a meeting: five at least
}
THINGS = "items|cases|faults|disputes|decisions|precedents|answers|accounts|rows|places|clips|votes|labels|people|cite"
SCREENS = ("pages/", "relevance/web/", "relevance/services/", "relevance/cli/verify.py", "relevance/guideline.py")
# Not looked through so: a grader's own, exams, the replay's and a week's evidence, whose counts are many.
OTHERS = ("player/", "exam_", "training_", "overlap_", "pilot", "adaptive", "team_desk", "items.py")


def test_a_count_in_a_sentence_has_its_form_for_one() -> None:
    known = counted().keys() | SEVERAL
    wrong = [
        sentence
        for sentence, files in sentences().items()
        if re.search(rf"\{{(?!most|least|level|id)\w+\}} (?:[a-z]+ )?({THINGS})\b", sentence)
        and any(file.startswith(SCREENS) and not any(name in file for name in OTHERS) for file in files)
        and sentence not in known
    ]
    assert not wrong, f"reads “1 items” for one: {wrong}"


def test_the_catalogue_has_the_form_for_one_too() -> None:
    known = {m.id[1]: m.id[0] for c in catalogues().values() for m in c if isinstance(m.id, tuple)}
    assert known == counted()


@pytest.mark.parametrize(("n", "en"), [(0, "0 items"), (1, "1 item"), (2, "2 items")])
def test_english_counts_one_by_its_own_form_and_chinese_has_one_for_all(n: int, en: str) -> None:
    said = [counter(language)("{n} item", "{n} items", n).format(n=n) for language in ("en", "zh")]
    assert said == [en, f"{n} 个条目"]


@pytest.mark.parametrize("sentence", ["There is no such sentence.", ""])
def test_what_has_no_translation_is_said_in_english(sentence: str) -> None:
    assert translator("zh")(sentence) == sentence
