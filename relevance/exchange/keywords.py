"""Which keyword a row means, and what the file says of it.

A keyword may have a Chinese and an English text. A Chinese text decides; an English one alone means the keyword that
bears it, if there is just one. Where a file gives one Chinese text two English ones, it means two keywords (苹果, the
fruit and the brand), and says so. What a row leaves blank it does not say.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from relevance.exchange.catalogue import KnownKeyword
from relevance.exchange.fold import fold, has_han, squash


@dataclass(slots=True)
class Draft:
    """A keyword of the file. `id` is None where it is new. The `..._row` tell which row said it first."""

    key: str
    zh: str | None
    en: str | None
    id: int | None = None
    family: str | None = None
    note: str | None = None
    weight: float | None = None
    known: KnownKeyword | None = None
    zh_row: int = 0
    en_row: int = 0
    family_row: int = 0
    note_row: int = 0
    weight_row: int = 0

    def changes(self) -> bool:
        """Whether it exists and the file says something else of it than what is stored."""
        old = self.known
        return old is not None and (
            (self.zh is not None and self.zh != old.zh)
            or (self.en is not None and self.en != old.en)
            or (self.family is not None and self.family != old.family)
            or (self.note is not None and self.note != old.note)
            or (self.weight is not None and self.weight != old.weight)
        )


@dataclass(frozen=True, slots=True)
class Clash:
    """Two rows (or a row and the store) say different things of one keyword. column: ours; row 0: the store."""

    column: str
    said: str
    row: int


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A text that several keywords bear; their texts in the other language."""

    candidates: tuple[str, ...]


@dataclass(slots=True)
class Keywords:
    """The keywords of a project and of a file that is being read."""

    drafts: list[Draft] = field(default_factory=list)
    _zh: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    _en: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    _en_alone: dict[str, int] = field(default_factory=dict)  # folded English text -> the first row that gave it alone

    @classmethod
    def of(cls, known: list[KnownKeyword]) -> Keywords:
        """The keywords that exist already."""
        found = cls()
        for keyword in known:
            draft = Draft(
                keyword.key, keyword.zh, keyword.en, keyword.id, keyword.family, keyword.note, keyword.weight, keyword
            )
            found._index(draft)
        return found

    def _index(self, draft: Draft) -> int:
        at = len(self.drafts)
        self.drafts.append(draft)
        if draft.zh:
            self._zh[fold(draft.zh)].append(at)
        if draft.en:
            self._en[fold(draft.en)].append(at)
        return at

    def resolve(self, text: str, zh: str, en: str, row: int) -> int | Clash | Ambiguous | None:
        """The number of the keyword's draft; None where the row names no keyword.

        text: the cell of a column that may hold either language.
        """
        zh, en, text = squash(zh), squash(en), squash(text)
        if text:
            if has_han(text):
                if zh and fold(zh) != fold(text):
                    return Clash("keyword_zh", text, row)
                zh = zh or text
            elif not zh and (not en or fold(en) == fold(text)):
                en = en or text
            elif zh and not en:
                en = text
            elif en and fold(en) != fold(text):
                return Clash("keyword_en", text, row)
        if not fold(zh) and not fold(en):
            return None
        if zh:
            return self._by_chinese(zh, en, row)
        return self._by_english(en, row)

    def _by_chinese(self, zh: str, en: str, row: int) -> int | Ambiguous:
        there = self._zh.get(fold(zh), [])
        if not there:
            return self._new_chinese(zh, en, row)
        if not en:
            if len(there) > 1:
                return Ambiguous(tuple(self.drafts[at].en or "-" for at in there))
            return there[0]
        for at in there:
            draft = self.drafts[at]
            if draft.en is not None and fold(draft.en) == fold(en):
                draft.en_row = draft.en_row or row
                return at
        # The one that has no English text yet gains it; a stored one alone is corrected; else it is another keyword.
        bare = next((at for at in there if self.drafts[at].en is None), None)
        if bare is None and len(there) == 1 and not self.drafts[there[0]].en_row:
            bare = there[0]
        if bare is None:
            return self._index(Draft(f"{fold(zh)}|{fold(en)}", zh, en, zh_row=row, en_row=row))
        self.drafts[bare].en, self.drafts[bare].en_row = en, row
        self._en[fold(en)].append(bare)
        return bare

    def _new_chinese(self, zh: str, en: str, row: int) -> int:
        # An English-only keyword of this name gains its Chinese text, unless it would be one of several.
        bare = [number for number in self._en.get(fold(en), ()) if self.drafts[number].zh is None] if en else []
        if len(bare) == 1:
            self.drafts[bare[0]].zh, self.drafts[bare[0]].zh_row = zh, row
            self._zh[fold(zh)].append(bare[0])
            return bare[0]
        return self._index(Draft(fold(zh), zh, en or None, zh_row=row, en_row=row if en else 0))

    def split(self) -> list[Draft]:
        """Keywords of the file that share their Chinese text with an earlier one and differ in the English."""
        return [
            self.drafts[at] for there in self._zh.values() for at in there[1:] if self.drafts[at].id is None
        ]  # fmt: skip

    def _by_english(self, en: str, row: int) -> int | Ambiguous:
        folded = fold(en)
        there = [at for at in self._en.get(folded, ()) if fold(self.drafts[at].en or "") == folded]
        if len(there) > 1:
            bare = [at for at in there if self.drafts[at].zh is None]
            if len(bare) != 1:
                return Ambiguous(tuple(self.drafts[at].zh or en for at in there))
            there = bare
        self._en_alone.setdefault(folded, row)
        if there:
            return there[0]
        return self._index(Draft(folded, None, en, en_row=row))

    def ambiguous_after_all(self) -> list[tuple[int, str, Ambiguous]]:
        """English texts that stood alone in a row and that, by the end of the file, several keywords bear."""
        found = []
        for folded, row in self._en_alone.items():
            there = [at for at in self._en.get(folded, ()) if fold(self.drafts[at].en or "") == folded]
            if len(there) > 1 and not any(self.drafts[at].zh is None for at in there):
                texts = tuple(self.drafts[at].zh or "" for at in there)
                found.append((row, self.drafts[there[0]].en or folded, Ambiguous(texts)))
        return found

    def say(
        self, at: int, row: int, *, family: str | None = None, note: str | None = None, weight: float | None = None
    ) -> Clash | None:
        """Notes what a row says of a keyword; a clash where another row of the file said otherwise."""
        draft = self.drafts[at]
        if family is not None:
            if draft.family_row and draft.family != family:
                return Clash("family", draft.family or "", draft.family_row)
            draft.family, draft.family_row = family, draft.family_row or row
        if note is not None:
            if draft.note_row and draft.note != note:
                return Clash("keyword_note", draft.note or "", draft.note_row)
            draft.note, draft.note_row = note, draft.note_row or row
        if weight is not None:
            if draft.weight_row and draft.weight != weight:
                return Clash("weight", f"{draft.weight:g}", draft.weight_row)
            draft.weight, draft.weight_row = weight, draft.weight_row or row
        return None
