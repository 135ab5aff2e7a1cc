"""Screen and command texts: gettext catalogues, read once.

The English sentence in the code is the key. `zh/*.po` hold the Chinese, one catalogue a part of the product, merged at
start; a test (tests/test_texts.py) holds them complete. `_` translates now, in the language of the running page or
command; `N_` only marks a sentence that is translated later (an error, a table of labels). A sentence in which a count
stands has two English forms (one, many): `ngettext` says the right one, `NN_` only marks them.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import cache
from pathlib import Path

LANGUAGES = {"zh": "中文", "en": "English"}
DEFAULT_LANGUAGE = "zh"

_language: ContextVar[str] = ContextVar("language", default="en")


@cache
def _catalogue(language: str) -> dict[str, str]:
    from babel.messages.pofile import read_po  # not where a command speaks English

    texts: dict[str, str] = {}
    for file in sorted((Path(__file__).parent / language).glob("*.po")):
        with file.open("rb") as stream:
            for message in read_po(stream, locale=language, abort_invalid=True):
                if not message.id or not message.string or message.fuzzy:
                    continue
                if isinstance(
                    message.id, tuple
                ):  # with a count: Chinese has one form for all, under the English of many
                    texts[message.id[1]] = str(message.string[0])
                else:
                    texts[str(message.id)] = str(message.string)
    return texts


def translator(language: str) -> Callable[[str], str]:
    """The function that says a sentence in a language; what has no translation is said in English."""
    texts = _catalogue(language) if language != "en" else {}
    return lambda sentence: texts.get(sentence, sentence)


def counter(language: str) -> Callable[[str, str, int], str]:
    """The function that says a sentence with a count in a language: of the forms for one and for many the right one.

    >>> said = counter("en")
    >>> [said("{n} item", "{n} items", n) for n in (0, 1, 2)]
    ['{n} items', '{n} item', '{n} items']
    """
    texts = _catalogue(language) if language != "en" else {}
    return lambda one, many, n: texts.get(many, one if n == 1 else many)


def speak(language: str) -> None:
    """Sets the language of the running context (a page's script run, a request, a command)."""
    _language.set(language if language in LANGUAGES else "en")


def language() -> str:
    """The language of the running context."""
    return _language.get()


def _(sentence: str) -> str:
    """The sentence in the language of the running context."""
    return translator(_language.get())(sentence)


def ngettext(one: str, many: str, n: int) -> str:
    """The sentence for n of something, in the language of the running context. Its places are still to be filled in."""
    return counter(_language.get())(one, many, n)


def NN_(one: str, many: str) -> tuple[str, str]:  # noqa: N802
    """Marks a sentence with a count for the catalogue, as `N_` does one without."""
    return one, many


def N_(sentence: str) -> str:  # noqa: N802  (gettext's own name for it)
    """Marks a sentence for the catalogue; it is translated where it is shown."""
    return sentence
