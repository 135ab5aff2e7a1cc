"""Makes the demo project in an open store: guideline, people, clips, items, and a week of grading that ends now."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from relevance.clock import ManualClock
from relevance.demo import learning, meeting
from relevance.demo import month as weeks_before
from relevance.demo.crowd import SimGrader
from relevance.demo.keywords import BATCHES, DemoBatch, DemoItem, make_items
from relevance.demo.people import DemoPerson, make_people
from relevance.demo.scenes import DemoClip, make_clips
from relevance.demo.week import DAYS, Done, SimLead, Week, live
from relevance.errors import BadInput, Unavailable
from relevance.media import ingest as media_ingest
from relevance.media.library import Library
from relevance.media.plan import PrepareOptions
from relevance.media.verdict import Known, Verdict
from relevance.roles import SYSTEM, Actor, Role
from relevance.scale import PERCENTS
from relevance.services import accounts, guidelines, ingest, item_import, projects, truth
from relevance.store.store import Store, Tx
from relevance.texts import N_

NAME = "演示项目 Demo"
TIME_ZONE = "Asia/Shanghai"
MOST_ANSWERS = 700  # so that the week of a demo of any size loads in about half a minute; what is left stays open
MEETING_DAY = 2  # of the week, in the evening
PRESET = "superfast"  # of x264: drawings are plain, and a first start waits for them
ANSWERS_AN_ITEM = 2.4  # of an item that is seen to its end

STEPS = (N_("drawing the clips"), N_("preparing the clips"), N_("a week of grading"))


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was made: the project, the accounts with the ids that they got, and what happened in the week."""

    project: int
    name: str
    people: tuple[tuple[DemoPerson, int], ...]
    clips: int
    items: int
    week: Done


class _Register:
    """The store as the ingest wants it."""

    def __init__(self, store: Store, project: int) -> None:
        self._store, self._project = store, project

    def known(self, sha256: str) -> Known | None:
        """The source of the same content that was judged before."""
        told = ingest.known(self._store, self._project, sha256)
        return None if told is None else ingest.unpacked(sha256, told)

    def alias(self, sha256: str, name: str, path: str) -> None:
        """Keeps another name of a known content."""
        ingest.alias(self._store, SYSTEM, self._project, sha256, name, path)

    def add(self, verdict: Verdict) -> int:
        """Keeps a source with its clip."""
        return ingest.add(self._store, SYSTEM, self._project, ingest.packed(verdict))


def load_demo(
    store: Store,
    library: Library,
    clock: ManualClock,
    *,
    name: str = NAME,
    videos: int | None = None,
    items: int | None = None,
    graders: int = 12,
    seed: int = 0,
    workers: int = 2,
    now: datetime | None = None,
    admin: bool = True,
    month: bool = False,
    hash_of: Callable[[DemoPerson], str | None] = lambda person: None,
    progress: Callable[[str], None] = lambda step: None,
) -> Loaded:
    """Makes the demo project. The clock goes back a week and ends at `now`; it must be the store's.

    Args:
        store: open, with `clock` as its clock.
        library: where prepared clips go.
        videos: how many clips; None for each scene once.
        items: how many items; None for those that the clips were drawn for.
        graders: how many, in two teams.
        seed: the same seed, the same demo (but for the audit sample, which is always left to chance).
        workers: processes that draw and prepare.
        now: when the week ends; the machine's time by default.
        admin: whether an administrator is among the people; not where real people administer the store.
        month: whether the weeks before are there too: a finished batch by the whole team, training and exam.
        hash_of: the password hash of an account; None leaves it without a password.
        progress: told each step (one of STEPS) as it begins.

    Raises:
        BadInput: a number out of range, or the project's name is taken.
        Unavailable: a clip could not be made or prepared.
    """
    if store.clock is not clock:
        raise BadInput("The demo needs a store that runs on its own clock.")
    now = now or datetime.now(UTC)
    rng = random.Random(f"{seed}/week")
    people = [person for person in make_people(graders) if admin or person.part != "admin"]
    with TemporaryDirectory(prefix="relevance-demo-") as folder:
        progress(STEPS[0])
        clips = make_clips(Path(folder) / "clips", count=videos, seed=seed, workers=workers)
        chosen = make_items(clips, count=items, seed=seed)
        clock.at = now - (weeks_before.BEFORE if month else timedelta(days=DAYS, hours=1))
        project = projects.add(store, SYSTEM, name, TIME_ZONE, demo=True)
        texts = {lang: (Path(__file__).parent / f"guideline.{lang}.md").read_text("utf-8") for lang in ("zh", "en")}
        began = {lang: weeks_before.first_version(text, lang) if month else text for lang, text in texts.items()}
        guidelines.import_markdown(store, SYSTEM, project, began["zh"], began["en"])
        known = _people(store, project, people, hash_of)
        progress(STEPS[1])
        _ingest(store, library, project, clips, Path(folder), workers)
        progress(STEPS[2])
        week = Week(
            store, clock, project, TIME_ZONE, {},
            [(SimGrader(person.login, person.style, person.language), _actor(project, account, Role.GRADER))
             for person, account in known if person.style is not None],
            [SimLead(_actor(project, account, Role.LEAD)) for person, account in known if person.part == "lead"],
            rng,
        )  # fmt: skip
        earlier: Mapping[int, DemoItem] = {}
        if month:
            stage = weeks_before.Month(store, clock, project, week.graders, week.leads, random.Random(f"{seed}/month"))
            earlier = weeks_before.live(stage, weeks_before.month_items(clips, seed), Path(folder), texts)
            specialist = next(account for person, account in known if person.part == "specialist")
            learning.live(
                store, clock, project, _actor(project, specialist, Role.SPECIALIST), week.graders, earlier,
                random.Random(f"{seed}/learning"),
            )  # fmt: skip
            clock.at = max(clock.at, now - timedelta(days=DAYS, hours=1))
        table = _table(week, known)
        done = live(
            week, now, _quotas(chosen, graders), lambda day: _arrive(week, day, chosen, now, Path(folder), earlier),
            lambda day: _meet(table, week) if day == MEETING_DAY else None,
        )  # fmt: skip
        meeting.appeal(table, week.graders, week.items)
        meeting.ask_client(table, week.items)
        meeting.prepare(table, week.items)
        truth.refresh(store, project)
    return Loaded(project, name, tuple(known), len(clips), len(chosen), done)


def _people(
    store: Store, project: int, people: Sequence[DemoPerson], hash_of: Callable[[DemoPerson], str | None]
) -> list[tuple[DemoPerson, int]]:  # fmt: skip
    """Everybody's account: an earlier demo's is used again, and a login that a real person has gets a suffix."""
    with store.reader() as reader:
        taken = {login for login, demo in reader.all("select login, is_demo from person") if not demo}
    own = {person.login: f"{person.login}-demo" for person in people if person.login in taken}
    known = []
    for plain in people:
        person = replace(plain, login=own.get(plain.login, plain.login), lead=own.get(plain.lead or "", plain.lead))
        known.append((person, store.act(partial(_person, project=project, person=person, hash_of=hash_of))))
    return known


def _person(tx: Tx, project: int, person: DemoPerson, hash_of: Callable[[DemoPerson], str | None]) -> int:
    joining = [] if person.part == "admin" else [accounts.Joining(project, Role(person.part), person.lead)]
    account = accounts.find(tx, person.login)
    if account is not None:
        for one in joining:
            accounts.join(tx, SYSTEM, account, one)
        return account
    new = accounts.NewPerson(
        person.login, person.name, hash_of(person), admin=person.part == "admin", language=person.language, demo=True
    )
    return accounts.write(tx, SYSTEM, new, joining)


def _table(week: Week, known: Sequence[tuple[DemoPerson, int]]) -> meeting.Table:
    """Who meets: the first lead in the chair, the client, the specialist and the other leads."""
    client, specialist = (
        _actor(week.project, next(account for person, account in known if person.part == part), Role(part))
        for part in ("client", "specialist")
    )
    chair, *leads = [lead.actor for lead in week.leads]
    return meeting.Table(week.store, week.clock, week.project, chair, client, [specialist, *leads], week.rng)


def _meet(table: meeting.Table, week: Week) -> None:
    meeting.hold(table, week.items)


def _actor(project: int, account: int, role: Role) -> Actor:
    return Actor(account, roles={project: frozenset({role})})


def _ingest(
    store: Store, library: Library, project: int, clips: Sequence[DemoClip], folder: Path, workers: int
) -> None:  # fmt: skip
    table = folder / "metadata.csv"
    with table.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["file", "title", "description", "uploader"])
        rows.writerows(
            [clip.name, f"{clip.title_zh} · {clip.title_en}", clip.description, clip.uploader] for clip in clips
        )
    summary = media_ingest.ingest(
        [clip.path for clip in clips], register=_Register(store, project), library=library, workers=workers,
        metadata=table, options=PrepareOptions(preset=PRESET),
    )  # fmt: skip
    if summary.new != len(clips):
        raise Unavailable(
            "{ready} of {clips} demo clips became ready; see that FFmpeg works here.",
            ready=summary.new,
            clips=len(clips),
        )


def _arrive(
    week: Week, day: int, items: Sequence[DemoItem], now: datetime, folder: Path, earlier: Mapping[int, DemoItem]
) -> None:  # fmt: skip
    """Imports the batches that arrive on a day."""
    for at, batch in enumerate(BATCHES):
        mine = [item for item in items if item.batch == batch]
        if day != _day_of(batch) or not mine:
            continue
        table = folder / f"items-{at + 1}.csv"
        _write_items(table, mine, now + batch.due)
        item_import.import_file(week.store, SYSTEM, week.project, table, batch=batch.name)
    with week.store.reader() as reader:
        ids = dict(reader.all("select external_id, id from item where project = ?", [week.project]))
    week.items = {**earlier} | {ids[item.external_id]: item for item in items if item.external_id in ids}


def _day_of(batch: DemoBatch) -> int:
    return DAYS + batch.arrives.days


def _write_items(table: Path, items: Sequence[DemoItem], deadline: datetime) -> None:
    with table.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(
            ["keyword_zh", "keyword_en", "clip", "weight", "family", "external_id", "keyword_note", "deadline", "gold"]
        )
        for item in items:
            word = item.keyword
            rows.writerow(
                [word.zh, word.en, item.clip, word.weight, word.family, item.external_id, word.note,
                 deadline.isoformat(timespec="minutes"), f"{PERCENTS[item.level]}%" if item.gold else ""]
            )  # fmt: skip


def _quotas(items: Sequence[DemoItem], graders: int) -> Callable[[int], float]:
    """How many items a grader answers on each day: the first batch is finished, of the second about three quarters."""
    wanted = [ANSWERS_AN_ITEM * sum(item.batch == batch for item in items) for batch in BATCHES]
    first = 1.05 * wanted[0]
    second = min(0.75 * wanted[1], MOST_ANSWERS - first)
    begins = _day_of(BATCHES[1])
    return lambda day: (first / begins if day < begins else second / (DAYS - begins)) / graders
