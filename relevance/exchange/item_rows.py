"""Checks an items file row by row and hands the good rows to a staging area. Nothing here touches the store.

Every fault is told with its place and what would be right. The same cell is judged once: files repeat themselves, and a
million rows must take seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from relevance.errors import Place
from relevance.exchange.catalogue import Catalogue
from relevance.exchange.faults import Faults, values
from relevance.exchange.fold import fold, squash
from relevance.exchange.keywords import Ambiguous, Clash, Keywords
from relevance.exchange.nearest import Nearest
from relevance.exchange.staging import PIECE, STAGED, Staging
from relevance.exchange.tables import Table
from relevance.exchange.values import clock_text, level_of, milliseconds, moment, number, whole
from relevance.texts import N_

NEED = (("keyword", "keyword_zh", "keyword_en"), ("clip",))
LONGEST_KEYWORD = 500
LONGEST_TEXT = 10_000
MOST_OVERLAP = 10
MOST_KNOWN = 200_000  # texts of a column that are remembered


@dataclass(slots=True)
class BatchDraft:
    """A batch that the file names. id: None where it is new. changed: the file gives it another deadline."""

    name: str
    id: int | None = None
    deadline: datetime | None = None
    deadline_row: int = 0
    changed: bool = False


@dataclass(slots=True)
class Checked:
    """What a file says, once every row of it was found right."""

    rows: int
    keywords: Keywords
    batches: list[BatchDraft]
    repeats: int = 0
    notes: list[Place] = field(default_factory=list)


class _Wrong(Exception):
    def __init__(self, column: str, sentence: str, value: str, **named: Any) -> None:
        super().__init__(sentence)
        self.column, self.sentence, self.value, self.named = column, sentence, value, named


class _Cells:
    """Judges cells of one column, each text once."""

    def __init__(self, judge: Callable[[str], Any]) -> None:
        self._judge = judge
        self.known: dict[str, Any] = {}  # what was judged right, by its text

    def __call__(self, text: str) -> Any:
        known = self.known.get(text)
        if known is None:
            known = self._judge(text)
            self.keep(text, known)
        return known

    def keep(self, text: str, found: Any) -> None:
        """Remembers what a text was judged to say."""
        if len(self.known) < MOST_KNOWN:
            self.known[text] = found


def _columns(rows: Sequence[tuple[Any, ...]]) -> dict[str, Sequence[Any]]:
    """Checked rows, column by column."""
    return dict(zip(STAGED, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(STAGED, ())


class RowCheck:
    """One run over one file."""

    def __init__(self, table: Table, catalogue: Catalogue, staging: Staging, batch: str) -> None:
        self.table, self.catalogue, self.staging = table, catalogue, staging
        self.zone = ZoneInfo(catalogue.time_zone)
        self.faults = Faults(table.file)
        self.keywords = Keywords.of(catalogue.keywords)
        self.batches = [BatchDraft(known.name, known.id, known.deadline) for known in catalogue.batches]
        self._batch_at = {fold(draft.name): at for at, draft in enumerate(self.batches)}
        self._default_name = squash(batch)
        self._nearest: Nearest | None = None
        self._clip = _Cells(self._judge_clip)
        self._time = {"start": _Cells(self._judge_time("start")), "end": _Cells(self._judge_time("end"))}
        self._weight = _Cells(self._judge_weight)
        self._overlap = _Cells(self._judge_overlap)
        self._gold = _Cells(self._judge_gold)
        self._deadline = _Cells(self._judge_deadline)
        self._spans: dict[tuple[int, str, str], tuple[int | None, int | None]] = {}
        self._keyword_at: dict[tuple[str, str, str], int] = {}
        self._said: set[tuple[int, str, str, str]] = set()
        self._batch_said: dict[tuple[str, str], int] = {}

    def run(self) -> Checked:
        """Checks every row.

        Raises:
            BadInput: with all faults, if there is any.
        """
        rows = self._rows()
        self._afterwards()
        self.faults.check()
        return Checked(rows, self.keywords, self.batches, self.repeat_count, self._notes())

    def _rows(self) -> int:
        position = self.table.position
        columns = ("keyword", "keyword_zh", "keyword_en", "clip", "start", "end", "weight", "family", "external_id",
                   "keyword_note", "batch", "deadline", "overlap", "gold")  # fmt: skip
        places = [position.get(name, -1) for name in columns]
        pick, width, last = itemgetter(*places), self.table.width, max(places)
        good: list[tuple[Any, ...]] = []
        rows = 0
        for line, cells in self.table.rows():
            rows += 1
            if len(cells) > width and any(cells[width:]):
                self._fault(
                    line, None, str(len(cells)),
                    N_("the row has {value} cells, the header {width}. Is a text with a comma not in quotation marks?"),
                    width=width,
                )  # fmt: skip
                continue
            if len(cells) <= last:
                cells = [*cells, *[None] * (last + 1 - len(cells))]
            cells.append(None)  # what a column that the file has not is read from, at -1
            texts = [cell or "" for cell in pick(cells)]
            item = self._known_row(line, texts) or self._row(line, texts)
            if item is None or self.faults.count:
                continue
            good.append(item)
            if len(good) >= PIECE:
                self.staging.add(_columns(good))
                good = []
        if not self.faults.count:
            self.staging.add(_columns(good))
        return rows

    def _known_row(self, line: int, cells: Sequence[str]) -> tuple[Any, ...] | None:
        """The checked row where each of its cells was judged before and found right; None: it has to be looked at.

        A file says the same few thousand things a million times: this is the way that nearly every row takes.
        """
        word, zh, en, clip, start, end, weight, family, external, note, batch, deadline, overlap, gold = cells
        keyword = self._keyword_at.get((word, zh, en))
        batch_at = self._batch_said.get((batch, deadline))
        if keyword is None or batch_at is None or (keyword, weight, family, note) not in self._said:
            return None
        clip_at = self._clip.known.get(clip)
        if clip_at is None:  # most of what is new in a row of a file with many clips
            clip_at = self._only_clip(clip)
            if clip_at is None:
                return None
            self._clip.keep(clip, clip_at)
        start_ms = end_ms = overlap_n = gold_level = None
        if start or end:
            span = self._spans.get((clip_at, start, end))
            if span is None:
                try:
                    span = self._span(clip_at, start, end)
                except _Wrong:
                    return None
            start_ms, end_ms = span
        if overlap and (overlap_n := self._overlap.known.get(overlap)) is None:
            return None
        if gold and (gold_level := self._gold.known.get(gold)) is None:
            return None
        return (
            line, keyword, clip_at, start_ms, end_ms, batch_at, squash(external)[:LONGEST_KEYWORD] or None,
            None if overlap_n == -1 else overlap_n, None if gold_level == -1 else gold_level,
        )  # fmt: skip

    def _row(self, line: int, cells: Sequence[str]) -> tuple[Any, ...] | None:
        """The checked row, or None after its faults were noted. Each cell is judged, so that all faults are told."""
        word, zh, en, clip, start, end, weight, family, external, note, batch, deadline, overlap, gold = cells
        good = True

        def judged(judge: Callable[..., Any], *args: Any) -> Any:
            nonlocal good
            try:
                return judge(*args)
            except _Wrong as wrong:
                good = False
                self._fault(line, wrong.column, wrong.value, wrong.sentence, **wrong.named)
                return None

        keyword = self._keyword_at.get((word, zh, en))
        if keyword is None:
            keyword = judged(self._judge_keyword, word, zh, en, line)
        clip_at = judged(self._clip, clip)
        start_ms = end_ms = None
        if start or end:
            start_ms = judged(self._time["start"], start)
            end_ms = judged(self._time["end"], end)
            if good and clip_at is not None:
                start_ms, end_ms = judged(self._span, clip_at, start, end) or (None, None)
        if keyword is not None:
            judged(self._say_keyword, keyword, weight, family, note, line)
        batch_at = self._batch_said.get((batch, deadline))
        if batch_at is None:
            batch_at = judged(self._judge_batch, batch, deadline, line)
        overlap_n = judged(self._overlap, overlap) if overlap else None
        gold_level = judged(self._gold, gold) if gold else None
        if not good:
            return None
        return (
            line, keyword, clip_at, start_ms, end_ms, batch_at, squash(external)[:LONGEST_KEYWORD] or None,
            None if overlap_n in (None, -1) else overlap_n, None if gold_level in (None, -1) else gold_level,
        )  # fmt: skip

    # Cells --------------------------------------------------------------------------------------------------------

    def _judge_keyword(self, word: str, zh: str, en: str, line: int) -> int:
        for column, text in (("keyword", word), ("keyword_zh", zh), ("keyword_en", en)):
            if len(text) > LONGEST_KEYWORD:
                raise _Wrong(
                    column, N_("a keyword of {length} characters; the longest allowed is {longest}."), text[:40],
                    length=len(text), longest=LONGEST_KEYWORD,
                )  # fmt: skip
        found = self.keywords.resolve(word, zh, en, line)
        if found is None:
            column = next((c for c in NEED[0] if c in self.table.titles), "keyword")
            raise _Wrong(column, N_("the keyword is missing."), "")
        if isinstance(found, Ambiguous):
            raise _Wrong(
                "keyword_en" if en else "keyword",
                N_('several keywords are called "{value}": {candidates}. Give the text in the other language too.'),
                zh or en or word, candidates=", ".join(found.candidates),
            )  # fmt: skip
        if isinstance(found, Clash):
            raise self._clash(found, en if found.column == "keyword_en" else zh or word, line)
        self._keyword_at[word, zh, en] = found
        return found

    def _clash(self, clash: Clash, value: str, line: int) -> _Wrong:
        if clash.row == line:
            return _Wrong(
                clash.column, N_('the row gives two different texts for its keyword: "{value}" and "{other}".'),
                value, other=clash.said,
            )  # fmt: skip
        return _Wrong(
            clash.column,
            N_('"{value}" contradicts row {other_row}, which says "{other}" of the same keyword. Make them equal.'),
            value, other=clash.said, other_row=clash.row,
        )  # fmt: skip

    def _say_keyword(self, keyword: int, weight: str, family: str, note: str, line: int) -> None:
        said = (keyword, weight, family, note)
        if said in self._said:
            return
        if len(note) > LONGEST_TEXT:
            raise _Wrong(
                "keyword_note", N_("a note of {length} characters; the longest allowed is {longest}."), note[:40],
                length=len(note), longest=LONGEST_TEXT,
            )  # fmt: skip
        clash = self.keywords.say(
            keyword, line, family=squash(family) or None, note=note.strip() or None,
            weight=self._weight(weight) if weight.strip() else None,
        )  # fmt: skip
        if clash is not None:
            given = {"family": family, "keyword_note": note, "weight": weight}[clash.column]
            raise self._clash(clash, given, line)
        self._said.add(said)

    def _only_clip(self, text: str) -> int | None:
        """The clip that is called so, where there is one, one only, and it was not removed."""
        clips = self.catalogue.clips
        found = clips.find(text) if text.strip() else []
        return found[0] if len(found) == 1 and found[0] not in clips.removed else None

    def _judge_clip(self, text: str) -> int:
        if not text.strip():
            raise _Wrong("clip", N_("the clip is missing."), "")
        clips = self.catalogue.clips
        found = clips.find(text)
        if len(found) == 1:
            if found[0] in clips.removed:
                raise _Wrong("clip", N_('the clip "{value}" was removed; its video can be graded no more.'), text)
            return found[0]
        if found:
            candidates = ", ".join(f"{clips.label[clip]} (id {clip})" for clip in found[:10])
            more = len(found) - 10
            raise _Wrong(
                "clip", N_('several clips are called "{value}": {candidates}. Give the path or the id of one.'),
                text, candidates=candidates + (f" ... +{more}" if more > 0 else ""),
            )  # fmt: skip
        if self.faults.full:
            near: list[str] = []  # it will only be counted
        else:
            self._nearest = self._nearest or Nearest(clips.names())
            near = clips.nearest(text, self._nearest)
        if near:
            raise _Wrong(
                "clip", N_('no clip is called "{value}". Ingest it first, or correct the name (nearest: {near}).'),
                text, near=", ".join(f'"{name}"' for name in near),
            )  # fmt: skip
        raise _Wrong("clip", N_('no clip is called "{value}". Ingest it first, or correct the name.'), text)

    @staticmethod
    def _judge_time(column: str) -> Callable[[str], int]:
        def judge(text: str) -> int:
            if not text.strip():
                return -1
            ms = milliseconds(text)
            if ms is None:
                raise _Wrong(
                    column, N_('"{value}" is no time. Give seconds (12.5) or hh:mm:ss.mmm (00:00:12.500).'), text
                )
            return ms

        return judge

    def _span(self, clip: int, start: str, end: str) -> tuple[int | None, int | None]:
        """The range that is played, ms; remembered."""
        found = self._range(clip, start, end, self._time["start"](start), self._time["end"](end))
        if len(self._spans) < MOST_KNOWN:
            self._spans[clip, start, end] = found
        return found

    def _range(self, clip: int, start: str, end: str, start_ms: int, end_ms: int) -> tuple[int | None, int | None]:
        duration = self.catalogue.clips.duration[clip]
        first = max(start_ms, 0)
        last = duration if end_ms < 0 else end_ms
        if last > duration:
            raise _Wrong(
                "end", N_('"{value}" lies beyond the end of the clip, which lasts {duration}.'),
                end, duration=clock_text(duration),
            )  # fmt: skip
        if first >= last:
            raise _Wrong("start", N_('"{value}" is not before the end ({end}).'), start or "0", end=clock_text(last))
        # The whole clip has one way of being written, so that the same item is always the same.
        return (None, None) if (first, last) == (0, duration) else (first, last)

    @staticmethod
    def _judge_weight(text: str) -> float:
        found = number(text)
        if found is None:
            raise _Wrong("weight", N_('"{value}" is no weight. Give a number of 0 or more, such as 120 or 0.5.'), text)
        return found

    @staticmethod
    def _judge_overlap(text: str) -> int:
        if not text.strip():
            return -1
        found = whole(text)
        if found is None or not 1 <= found <= MOST_OVERLAP:
            raise _Wrong(
                "overlap", N_('"{value}" is no overlap. Give a whole number from 1 to {most}.'), text, most=MOST_OVERLAP
            )
        return found

    def _judge_gold(self, text: str) -> int:
        if not text.strip():
            return -1
        scale = self.catalogue.scale
        found = level_of(text, scale.percents, scale.names)
        if found is None:
            percents = ", ".join(f"{percent} %" for percent in scale.percents)
            names = ", ".join(scale.shown)
            index = whole(text)
            if index is not None and index < len(scale.percents):
                raise _Wrong(
                    "gold",
                    N_('"{value}" is not a percentage of this project\'s scale ({percents}). A level is never given by its '
                    "index: write the percentage or the level's name ({names})."),
                    text, percents=percents, names=names or "-",
                )  # fmt: skip
            raise _Wrong(
                "gold", N_('"{value}" is no grade of this project. Give a percentage ({percents}) or a level\'s name ({names}).'),
                text, percents=percents, names=names or "-",
            )  # fmt: skip
        return found

    def _judge_deadline(self, text: str) -> datetime:
        found = moment(text, self.zone)
        if found is None:
            raise _Wrong(
                "deadline", N_('"{value}" is no date. Give 2026-11-30 or 2026-11-30 18:00 (time zone {zone}).'),
                text, zone=self.catalogue.time_zone,
            )  # fmt: skip
        return found

    def _judge_batch(self, batch: str, deadline: str, line: int) -> int:
        name = squash(batch) or self._default_name
        if len(name) > LONGEST_KEYWORD:
            raise _Wrong(
                "batch", N_("a name of {length} characters; the longest allowed is {longest}."), name[:40],
                length=len(name), longest=LONGEST_KEYWORD,
            )  # fmt: skip
        at = self._batch_at.get(fold(name))
        if at is None:
            at = self._batch_at[fold(name)] = len(self.batches)
            self.batches.append(BatchDraft(name))
        if deadline.strip():
            due, draft = self._deadline(deadline), self.batches[at]
            if draft.deadline_row and draft.deadline != due:
                raise _Wrong(
                    "deadline", N_('"{value}" contradicts row {other_row}: one batch ("{batch}") has one deadline.'),
                    deadline, other_row=draft.deadline_row, batch=draft.name,
                )  # fmt: skip
            draft.changed = draft.changed or draft.deadline != due
            draft.deadline, draft.deadline_row = due, draft.deadline_row or line
        self._batch_said[batch, deadline] = at
        return at

    # Together -----------------------------------------------------------------------------------------------------

    def _afterwards(self) -> None:
        for row, text, ambiguous in self.keywords.ambiguous_after_all():
            self._fault(
                row, "keyword_en" if "keyword_en" in self.table.titles else "keyword", text,
                N_('several keywords are called "{value}": {candidates}. Give the text in the other language too.'),
                candidates=", ".join(ambiguous.candidates),
            )  # fmt: skip
        self.repeats: list[Place] = []
        self.repeat_count = 0
        if self.faults.count:
            return
        repeats, clashes, count = self.staging.merge_repeats()
        self.repeat_count = count
        for clash in clashes:
            percents = self.catalogue.scale.percents
            shown = [f"{percents[int(v)]} %" if clash.differs == "gold" else v for v in clash.values]
            self._fault(
                clash.row, clash.differs, shown[0],
                N_('"{value}" contradicts row {other_row}, which is the same item and says "{other}". Make them equal.'),
                other_row=clash.first, other=shown[1],
            )  # fmt: skip
        if count:
            shown_rows = ", ".join(f"{repeat.row}={repeat.first}" for repeat in repeats[:10])
            self.repeats.append(
                Place(
                    "rows that repeat the keyword and clip of an earlier row and become one item with it: {count} "
                    "(row=earlier row: {rows}).",
                    file=self.table.file,
                    values=values(count=count, rows=shown_rows + (" ..." if count > 10 else "")),
                )
            )

    def _notes(self) -> list[Place]:
        notes = list(self.repeats)
        for draft in self.keywords.split():
            notes.append(
                Place(
                    N_('"{value}" is taken for a keyword of its own, since other rows call {chinese} otherwise in English.'),
                    file=self.table.file, row=draft.en_row, column="keyword_en", value=draft.en,
                    values=values(chinese=draft.zh or ""),
                )
            )  # fmt: skip
        for title in self.table.unknown:
            near = self._near_column(title)
            sentence = (
                N_('this column is not known and was not used. Was "{near}" meant?')
                if near
                else N_("this column is not known and was not used.")
            )
            notes.append(
                Place(
                    sentence, file=self.table.file, row=self.table.header_row or None, column=title, value=title,
                    values=values(near=near),
                )
            )  # fmt: skip
        return notes

    def _near_column(self, title: str) -> str:
        from relevance.exchange.columns import ITEM_COLUMNS

        return next(iter(ITEM_COLUMNS.nearest(title)), "")

    def _fault(self, row: int, column: str | None, value: str, sentence: str, **named: Any) -> None:
        title = self.table.title(column) if column else None
        self.faults.add(
            Place(
                sentence, file=self.table.file, row=row, column=title, value=squash(value)[:200] if value else value,
                values=values(**named),
            )
        )  # fmt: skip


def check_rows(table: Table, catalogue: Catalogue, staging: Staging, batch: str) -> Checked:
    """Checks an items file against a project; the good rows are in the staging area afterwards, repeats merged.

    batch: the name of the batch for rows that name none.

    Raises:
        BadInput: there are faults: the first hundred with their places, and the count of all.
    """
    return RowCheck(table, catalogue, staging, batch).run()
