"""When two texts are one: Unicode NFKC, folded white space, folded case.

A keyword is stored as it was written (white space tidied); only its key is folded, so that full-width punctuation and
capitals stay on the screen as the client wrote them.
"""

from __future__ import annotations

import re
import unicodedata

_HAN = re.compile(r"[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_INVISIBLE = re.compile(r"[\u0000-\u0008\u000e-\u001f\u007f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\ufeff]")


def squash(text: str) -> str:
    r"""The text with white space folded to single spaces, its ends stripped, invisible characters left out.

    >>> squash("  red\u3000 panda\n")
    'red panda'
    """
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()  # as most codes and names are
    if _INVISIBLE.search(text):
        text = _INVISIBLE.sub("", text)
    return " ".join(text.split())


def fold(text: str) -> str:
    """What makes two texts the same: NFKC, white space and case folded.

    >>> fold("Ｒｅｄ　 Panda") == fold("red panda")
    True
    """
    return squash(unicodedata.normalize("NFKC", text)).casefold()


def has_han(text: str) -> bool:
    """Whether the text holds a Chinese character.

    >>> has_han("T恤"), has_han("T-shirt")
    (True, False)
    """
    return _HAN.search(text) is not None
