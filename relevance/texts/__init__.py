"""Screen and command texts: gettext catalogues, read once.

The English sentence in the code is the key. `zh/*.po` hold the Chinese, one catalogue a part of the product, merged at
start; a test (tests/test_texts.py) holds them complete. `_` translates now, in the language of the running page or
command; `N_` only marks a sentence that is translated later (an error, a table of labels).
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

LANGUAGES = {"zh": "中文", "en": "English"}
DEFAULT_LANGUAGE = "zh"

_language: ContextVar[str] = ContextVar("language", default="en")


@cache
def _catalogue(language: str) -> dict[str, str]:
    texts: dict[str, str] = {}
    for file in sorted((Path(__file__).parent / language).glob("*.po")):
        with file.open("rb") as stream:
            for message in read_po(stream, locale=language, abort_invalid=True):
                if message.id and message.string and not message.fuzzy:
                    texts[str(message.id)] = str(message.string)
    return texts


def translator(language: str) -> Callable[[str], str]:
    """The function that says a sentence in a language; what has no translation is said in English."""
    texts = _catalogue(language) if language != "en" else {}
    return lambda sentence: texts.get(sentence, sentence)


def speak(language: str) -> None:
    """Sets the language of the running context (a page's script run, a request, a command)."""
    _language.set(language if language in LANGUAGES else "en")


def language() -> str:
    """The language of the running context."""
    return _language.get()


def _(sentence: str) -> str:
    """The sentence in the language of the running context."""
    return translator(_language.get())(sentence)


def N_(sentence: str) -> str:  # noqa: N802  (gettext's own name for it)
    """Marks a sentence for the catalogue; it is translated where it is shown."""
    return sentence
