"""The weeks before the demo's week: a finished batch, so that the team page has a month of everybody's work to show.

Three graders get into trouble half-way, each in a way of his own (`TROUBLES`), and the alerts find them. The answers go
through the same acts as all others, many in one commit, with the clock moved.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from relevance.clock import ManualClock
from relevance.demo.arguments import REASONS, SLIP_REASON
from relevance.demo.crowd import SimAnswer, SimGrader, behave
from relevance.demo.keywords import BY_KEY, KEYWORDS, DemoBatch, DemoItem
from relevance.demo.scenes import DemoClip
from relevance.demo.scenes.scene import Truth
from relevance.demo.week import SimLead, answer_of
from relevance.roles import SYSTEM, Actor
from relevance.scale import PERCENTS
from relevance.services import disputes, grading, guidelines, item_import
from relevance.services.leased import Lease
from relevance.store.store import Store

GRADERS = 18  # a month is made for a whole team only
BEFORE = timedelta(days=30)  # the month begins so long before now
DAYS = 20  # of work
EACH = 170  # answers a grader
BATCH = DemoBatch("上月批次", -BEFORE, timedelta(days=-8), 0.0)
ITEMS = 1_400
CHANGE = 9  # the day on which the second version of the guideline is published, and trouble begins
CUTS = tuple((start, start + length) for length in (3.6, 2.9, 2.3) for start in (0.0, 0.1, 0.2, 0.3))  # seconds
SENTENCES = {"zh": "边界：目标虽小", "en": "Borderline: if it is small"}  # what the second version adds

Trouble = Literal["unseen", "lenient", "one_level"]
# By a grader's place in the team: he no longer looks; he grades one level higher since the new version; he says 67 when in doubt.
TROUBLES: Mapping[int, Trouble] = {11: "unseen", 4: "lenient", 8: "one_level"}


@dataclass(slots=True)
class Month:
    """The month's stage; `made` counts its answers."""

    store: Store
    clock: ManualClock
    project: int
    graders: Sequence[tuple[SimGrader, Actor]]
    leads: Sequence[SimLead]
    rng: random.Random
    made: int = 0


def month_items(clips: Sequence[DemoClip], seed: int, count: int = ITEMS) -> list[tuple[DemoItem, tuple[float, float]]]:
    """Items with the range that is graded: pieces of the clips whose truth is known, and plainly irrelevant pairs."""
    rng = random.Random(f"{seed}/month")
    known = [(clip, key, truth) for clip in clips for key, truth in clip.truth.items()]
    clear = [one for one in known if one[2].kind == "clear" and one[2].level > 0]
    argued = [one for one in known if one[2].kind in ("boundary", "gap")]
    zero = [(clip, word.key, Truth(0)) for clip in clips for word in KEYWORDS if word.key not in clip.truth]
    pool = [(*one, cut) for one in clear for cut in CUTS] + [(*one, cut) for one in argued for cut in CUTS[:4]]
    pool += [(*one, CUTS[0]) for one in rng.sample(zero, min(len(zero), max(0, count - len(pool))))]
    rng.shuffle(pool)
    return [
        (
            DemoItem(
                f"M{number + 1:05d}", clip.name, clip.scene, BY_KEY[key], BATCH, truth.level, truth.kind, truth.other,
                truth.rule, gold=truth.kind == "clear" and number % 8 == 3,
            ),
            cut,
        )
        for number, (clip, key, truth, cut) in enumerate(pool[:count])
    ]  # fmt: skip


def first_version(source: str, language: str) -> str:
    """The guideline as it was before its second version: without one sentence."""
    return "\n".join(line for line in source.splitlines() if not line.startswith(SENTENCES[language])) + "\n"


def troubled(trouble: Trouble, said: SimAnswer, rng: random.Random) -> SimAnswer:
    """An answer as somebody in trouble gives it."""
    if said.level is None:
        return said
    if trouble == "unseen" and rng.random() < 0.6:
        share = rng.uniform(0.03, 0.18)
        guess = said.level if rng.random() < 0.5 else rng.randrange(4)
        return replace(
            said, level=guess, watched_share=round(share, 3), watched_ms=round(5_000 * share), decision_ms=1_900,
            note=None, rule=None, evidence_ms=(),
        )  # fmt: skip
    if trouble == "lenient" and rng.random() < 0.6:
        return replace(said, level=min(3, said.level + 1))
    if trouble == "one_level" and rng.random() < 0.45:
        return replace(said, level=2)
    return said


def live(month: Month, items: Sequence[tuple[DemoItem, tuple[float, float]]], folder: Path, texts: Mapping[str, str]) -> Mapping[int, DemoItem]:  # fmt: skip
    """Lives the month: imports its batch, grades it to the end, decides its disputes. Returns the items by their id."""
    begin = month.clock.at
    table = folder / "month.csv"
    _write(table, items, begin)
    item_import.import_file(month.store, SYSTEM, month.project, table, batch=BATCH.name)
    with month.store.reader() as reader:
        ids = dict(reader.all("select external_id, id from item where project = ?", [month.project]))
    known = {ids[item.external_id]: item for item, _ in items}
    for day in range(DAYS):
        month.clock.at = max(month.clock.at, begin + timedelta(days=day))
        if day == CHANGE:
            guidelines.import_markdown(month.store, SYSTEM, month.project, texts["zh"], texts["en"], "R1 边界")
        for _ in range(EACH // DAYS + 1):
            _round(month, known, day)
        if day % 5 == 4:
            _decide(month, known)
    while _round(month, known, DAYS):  # what is left, audits too
        pass
    _decide(month, known)
    while _round(month, known, DAYS):
        pass
    return known


def _write(table: Path, items: Sequence[tuple[DemoItem, tuple[float, float]]], begin: Any) -> None:
    with table.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(
            ["keyword_zh", "keyword_en", "clip", "start", "end", "weight", "family", "external_id", "keyword_note",
             "deadline", "gold"]
        )  # fmt: skip
        for item, (start, end) in items:
            word = item.keyword
            rows.writerow(
                [word.zh, word.en, item.clip, start, round(end, 1), word.weight, word.family, item.external_id, word.note,
                 (begin + BEFORE + BATCH.due).isoformat(timespec="minutes"), f"{PERCENTS[item.level]}%" if item.gold else ""]
            )  # fmt: skip


def _round(month: Month, items: Mapping[int, DemoItem], day: int) -> int:
    """Everybody takes one item and answers it: two commits for the whole team. Returns how many had one."""
    store, now = month.store, month.clock
    taken: list[Future[tuple[list[Lease], str | None]]] = [
        store.submit(lambda tx, who=actor: grading.claim_in(tx, who, month.project, "month", 1))  # type: ignore[misc]
        for _, actor in month.graders
    ]
    leases = [future.result()[0] for future in taken]
    now.advance(month.rng.uniform(12, 18))
    given: list[Future[grading.Accepted]] = []
    for place, ((grader, actor), mine) in enumerate(zip(month.graders, leases, strict=True)):
        if not mine:
            continue
        said = behave(grader, items[mine[0].item], month.rng)
        if day >= CHANGE and place in TROUBLES:
            said = troubled(TROUBLES[place], said, month.rng)
        if said.flag in ("bad_clip", "unclear_keyword"):
            said = replace(said, flag=None, flag_text=None, level=items[mine[0].item].level)
        answer = answer_of(mine[0].assignment, mine[0].seq, said)
        given.append(store.submit(lambda tx, who=actor, one=answer: grading.take_answer(tx, who, one)))  # type: ignore[misc]
    for future in given:
        future.result()
    now.advance(1)
    month.made += len(given)
    return len(given)


def _decide(month: Month, items: Mapping[int, DemoItem]) -> None:
    """The leads decide what is disputed, as the truth has it; what no rule decides they leave to the meeting."""
    page = disputes.page(month.store, month.leads[0].actor, month.project, limit=1_000)
    for at, row in enumerate(row for row in page.rows if items[row.item].kind != "gap"):
        lead, item = month.leads[at % len(month.leads)], items[row.item]
        reasons = REASONS.get(item.scene) or REASONS.get(item.rule or "")
        zh, en = month.rng.choice(reasons) if reasons else SLIP_REASON
        month.clock.advance(month.rng.uniform(10, 30))
        disputes.decide(month.store, lead.actor, row.item, item.level, en if lead.language == "en" else zh, item.rule)
