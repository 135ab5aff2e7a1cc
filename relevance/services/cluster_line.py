"""What holds a cluster together, in one line, in its reader's language.

An agenda keeps what the line is made of and no sentence: the client reads it in English, the lead in Chinese, and the
minutes are written in both. What people wrote themselves (notes, a family's name, a lead's own words) stands as they wrote it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from relevance.services.guidelines import Guideline
from relevance.texts import N_, translator

FLAGS = {
    "bad_clip": N_("Bad clip"),
    "unclear_keyword": N_("Unclear keyword"),
    "no_rule": N_("No rule for this"),
    "other": N_("Other reason"),
    "handed_back": N_("Handed back unseen"),
}


@dataclass(frozen=True, slots=True)
class Holds:
    """What the line is made of.

    Attributes:
        pair: the two levels between which the grades stand.
        shared: (kind, text, items) of what the items share, the strongest first; of a rule and a flag its id.
        said: what a person wrote when he made the cluster.
    """

    pair: tuple[int, int] | None = None
    shared: tuple[tuple[str, str, int], ...] = ()
    said: str = ""

    def kept(self) -> str:
        """As it stands on an agenda; empty where nothing holds it together.

        >>> Holds((0, 2), (("rule", "car", 3),)).kept()
        '{"pair":[0,2],"shared":[["rule","car",3]],"said":""}'
        >>> Holds.read(Holds((0, 2), (("rule", "car", 3),)).kept()).shared
        (('rule', 'car', 3),)
        """
        if self == Holds():
            return ""
        parts = {"pair": self.pair, "shared": self.shared, "said": self.said}
        return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))

    @staticmethod
    def read(kept: str) -> Holds:
        """From an agenda. One that was made before the line had parts kept a sentence: it stands as it was said.

        >>> Holds.read("0/33 % · toys"), Holds.read("")
        (Holds(pair=None, shared=(), said='0/33 % · toys'), Holds(pair=None, shared=(), said=''))
        """
        if not kept.startswith('{"pair":'):
            return Holds(said=kept)
        parts = json.loads(kept)
        low_high = parts["pair"]
        shared = tuple((str(kind), str(text), int(n)) for kind, text, n in parts["shared"])
        return Holds(None if low_high is None else (low_high[0], low_high[1]), shared, parts["said"])


def line(holds: Holds, book: Guideline, language: str, percents: Sequence[int] | None = None) -> str:
    """The line; empty where nothing holds it together. `percents`: those of its time; None: the guideline's."""
    say = translator(language)
    shown = dict(enumerate(percents)) if percents is not None else {one.level: one.percent for one in book.levels}
    rules = {
        rule.id: f"{rule.number} {_in(language, rule.title_zh, rule.title_en)}".strip() for rule in book.rules
    }  # fmt: skip
    parts = [holds.said] if holds.said else []
    if holds.pair is not None:
        low, high = (f"{shown[level]}%" for level in holds.pair)
        parts.append(say(N_("between {low} and {high}")).format(low=low, high=high))
    for kind, text, n in holds.shared:
        if kind == "keyword":
            parts.append(say(N_("{n} of one keyword")).format(n=n))
        elif kind == "family":
            parts.append(say(N_("{n} of the family {family}")).format(n=n, family=text))
        elif kind == "rule":
            parts.append(say(N_("{n} cite rule {rule}")).format(n=n, rule=rules.get(text, text)))
        elif kind == "flag":
            parts.append(say(N_("{n} flagged: {flag}")).format(n=n, flag=say(FLAGS.get(text, text))))
    words = joined([text for kind, text, _n in holds.shared if kind == "word"])
    if words:
        parts.append(say(N_("notes say: {words}")).format(words=", ".join(words)))
    return " · ".join(parts)


def _in(language: str, zh: str | None, en: str | None) -> str:
    return (zh or en or "") if language == "zh" else (en or zh or "")


def joined(words: Sequence[str]) -> list[str]:
    """Words of notes for the eye: Chinese ones are kept by two characters, and those that overlap are put together.

    >>> joined(["有实", "logo", "实物"])
    ['有实物', 'logo']
    """
    found: list[str] = []
    for word in words:
        for place, other in enumerate(found):
            if word in other or word.isascii() or other.isascii():
                continue
            if other[-1] == word[0] or word[-1] == other[0]:
                found[place] = other + word[1:] if other[-1] == word[0] else word + other[1:]
                break
        else:
            found.append(word)
    return found
