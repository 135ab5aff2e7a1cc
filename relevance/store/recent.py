"""Rows of tables that hardly change, kept at hand while nothing changes them.

What a player needs to know of an item stands in three tables; asked anew for every claim it cost more than the claim.
Any commit that may have changed one of them drops all that is kept. Precedents are only ever added, or put in another's
place: that changes what the book that there is says of their keywords and families alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from relevance.precedents import Book, Precedent
from relevance.store.known import IN_FORCE, PRECEDENTS, REPLACED
from relevance.store.rows import marks

if TYPE_CHECKING:
    from relevance.store.store import Store

MOST = 50_000  # rows of a table kept at most
# Where few rows are missing, they are read with their neighbours, since what came together is graded together: that spares
# the next ones' reading. Many are read by themselves: as many ranges would cost far more.
PAGE, PAGES = 64, 3

_QUERIES = {
    "item": "select id, start_ms, end_ms, clip, keyword, batch, project from item",
    "clip": """select id, content_id, name, duration_ms, width, height, fps, has_audio, strip, captions is not null as captions,
               title, description, uploader from clip""",
    "keyword": "select id, text_zh, text_en, note, family from keyword",
}
_TOLD = """
    select kind, subject, text from question_answer join question on question.id = question_answer.question
    where outcome = 'grade' and text <> '' order by question_answer.made_at desc
"""
PEOPLE = frozenset({"account", "person", "member"})  # kept by relevance.services.sessions
KEPT = frozenset({*_QUERIES, *PEOPLE, "question_answer"})
RULING = frozenset({"precedent", "precedent_replaced"})  # what changes the book of precedents


@dataclass(slots=True)
class _Kept:
    """What was read while the store was at a version; a reader that comes late puts nothing into a newer one."""

    version: int
    rows: dict[str, dict[int, dict[str, Any]]] = field(default_factory=lambda: {name: {} for name in _QUERIES})
    told: dict[tuple[str, int], tuple[str, ...]] | None = None
    book: Book | None = None
    ruled: int = -1  # commits with precedents that the book knows of


class Recent:
    """Rows by table and id."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept = _Kept(-1)

    def _fresh(self) -> _Kept:
        if self._kept.version != self._store.cold:
            self._kept = _Kept(self._store.cold)
        return self._kept

    def rows(self, table: str, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
        """The rows of these ids, as far as they exist. Not to be changed by the caller."""
        kept = self._fresh()
        known = kept.rows[table]
        wanted = set(ids)
        found = {one: known[one] for one in wanted if one in known}
        missing = sorted(wanted - found.keys())
        if missing:
            pages = sorted({one // PAGE for one in missing})
            if len(pages) <= PAGES:
                query = " union all ".join([f"{_QUERIES[table]} where id between ? and ?"] * len(pages))
                asked = [end for page in pages for end in (page * PAGE, page * PAGE + PAGE - 1)]
            else:
                query, asked = f"{_QUERIES[table]} where id in ({marks(missing)})", missing
            with self._store.reader(graded=False) as reader:
                fresh = {row["id"]: row for row in reader.rows(query, asked)}
            found |= {one: fresh[one] for one in missing if one in fresh}
            if len(known) + len(fresh) > MOST:
                # A day's work passes by once: what is at hand now matters, and is read again at once. Another dictionary,
                # since somebody may be reading this one.
                kept.rows[table] = known = {}
            known.update(fresh)
        return found

    def has(self, table: str, ids: Iterable[int]) -> bool:
        """Whether `rows` would find all of them at hand."""
        known = self._fresh().rows[table]
        return all(one in known for one in ids)

    @property
    def ruled(self) -> bool:
        """Whether `precedents` and `told` are at hand."""
        kept = self._fresh()
        return kept.told is not None and kept.book is not None and kept.ruled == self._store.ruled

    def precedents(self) -> Book:
        """All precedents in force, arranged so that the closest few are found without a search."""
        kept, ruled = self._fresh(), self._store.ruled
        book = kept.book
        if book is not None and kept.ruled == ruled:
            return book
        with self._store.reader(snapshot=True, graded=False) as reader:
            if book is None:
                book = Book(Precedent(*row) for row in reader.all(f"{PRECEDENTS} where {IN_FORCE} order by p.id desc"))
            else:
                since = [book.newest]
                new = [Precedent(*row) for row in reader.all(f"{PRECEDENTS} where p.id > ? and {IN_FORCE}", since)]
                gone = reader.all(f"select old from ({REPLACED}) where new > ?", since)
                gone += reader.all("select old from precedent_replaced where act > ?", [book.replaced])
                book = book.with_(new, [one for (one,) in gone])
            book.replaced = int(reader.value("select coalesce(max(act), 0) from precedent_replaced"))
        kept.book, kept.ruled = book, ruled
        return book

    def told(self, kind: str, subject: int) -> tuple[str, ...]:
        """What was answered to questions about a clip or keyword, for graders to read; the newest first."""
        kept = self._fresh()
        if kept.told is None:
            told: dict[tuple[str, int], tuple[str, ...]] = {}
            with self._store.reader(graded=False) as reader:
                for one, number, text in reader.all(_TOLD):
                    told[one, number] = (*told.get((one, number), ()), text)
            kept.told = told
        return kept.told.get((kind, subject), ())
