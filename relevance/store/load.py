"""Rebuilding what is kept in memory from the records, at start."""

from __future__ import annotations

import itertools
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from relevance.adaptive import Verdict
from relevance.assignment import Line
from relevance.consensus import Policy
from relevance.items import Ruling, Standing
from relevance.qualification import Held
from relevance.scale import check_percents
from relevance.store.known import OUT
from relevance.store.live import Given, Live, LiveBatch, LiveItem, LiveProject
from relevance.store.load_gold import load_gold

if TYPE_CHECKING:
    from relevance.store.store import Reader

DEFAULTS: dict[str, Any] = {
    "run_length": 20,
    "goal": 2000,
    "least_watched": 0.0,
    "gold_share": 0.02,  # of a team's items, where the project has gold
    "gold_feedback": False,
    "exam_required": False,
    "exam_since": 0,  # guideline version since which an exam must have been passed; 0: any
    "exam_renewed": False,  # a version that changes the guideline in substance asks for a new pass
}

# Items whose audit was drawn and graded.
AUDITED = f"""select item from answer where purpose = 'audit' and level is not null
    and assignment not in (select assignment from ({OUT}))"""

# Items that a rule settled and that wait to be graded once more, unless the rule was taken back.
SAMPLED = """select s.item from propagation_sample s
    where s.propagation not in (select propagation from propagation_undo)
      and not exists (select 1 from answer a where a.item = s.item and a.purpose = 'audit' and a.level is not null
                      and a.made_at >= s.made_at)"""

# Every touched item with the state that its newest event told. What is built from it groups the events once, not thrice.
TOUCHED = """
    create or replace temp table touched as
    select item, max_by(state, id) as state from item_event group by item"""
UNTOLD = "insert into touched select distinct item, 'open' from assignment where item not in (select item from touched)"

# Items that must be at hand: touched, and not final; settled ones only while they wait for their audit.
AT_HAND = f"""
    create or replace temp table at_hand as
    select item from touched
    where state in ('open', 'disputed')
       or (state = 'settled' and item in (select item from audit_draw where item not in ({AUDITED})))
       or (state = 'decided' and item in ({SAMPLED}))
"""

# The day that each quarter of an hour is in, by time zone: so many conversions, not one an answer. Every zone's day begins
# on a quarter of an hour.
QUARTER = "epoch_us({}) // 900_000_000"
DAYS = f"""
    create or replace temp table day_of_quarter as
    select time_zone, quarter, (to_timestamp(quarter * 900) at time zone time_zone)::date as day
    from (select distinct time_zone from project) cross join
         (select {QUARTER.format("made_at")} as quarter from answer
          union select {QUARTER.format("made_at")} from item_event)"""


def policy_of(row: dict[str, Any]) -> Policy:
    """The policy that a row of its table holds."""
    return Policy(
        overlap=row["overlap"],
        margin=row["margin"],
        cap=row["cap"],
        far=row["far"],
        audit_share=row["audit_share"],
        percents=check_percents(json.loads(row["percents"])),
        sure=float(json.loads(row["settings"]).get("sure", 0.0)),
    )


# Rulings in their order: decisions that were not taken back, with what they rest on, and what reopened an item after one.
RULINGS = """
    select d.id, d.item, d.kind, d.level, d.n, d.extra, d.flags, d.round, 0 as later, 0 as nth,
           case when p.decision is null then 'decision' when d.kind = 'return' then 'regrade' else 'precedent' end as why
    from decision d left join propagation_item p on p.decision = d.id
    where d.item in {which} and d.id not in (select decision from ruling_undone)
    union all
    select r.after_decision, r.item, 'reopen', null, 0, 0, 0, r.round, 1, r.id, r.why from reopening r
    where r.item in {which} and r.after_decision not in (select decision from ruling_undone)
    union all
    select r.after_decision, r.item, 'reopen', null, 0, 0, 0, r.round, 1, r.id, 'exam' from item_doubt r
    where r.item in {which} and r.after_decision not in (select decision from ruling_undone)
    order by 1, 9, 10"""


def load(reader: Reader, live: Live, now: datetime) -> None:
    """Fills an empty `Live` from the records. Assignments of the last lease time are live again."""
    load_projects(reader, live)
    reader.run(TOUCHED)
    reader.run(UNTOLD)
    _fresh(reader, live)
    reader.run(AT_HAND)
    at_hand = items(reader, live, "(select item from at_hand)")
    as_told(reader, at_hand, "(select item from at_hand)")
    for item in at_hand:
        for given in item.given.values():
            if not given.answered and given.expires is not None and given.expires > now:
                live.lease_to(item, given, given.tab, given.expires - live.lease)
            else:
                given.expires = None
        live.file(item)
        live.place(item)
    reader.run("drop table at_hand")
    load_gold(reader, live, now)
    _count(reader, live)
    reader.run("drop table touched")
    live.journal.clear()


def load_projects(reader: Reader, live: Live) -> None:
    """Projects with their policies, batches, weights and open questions; no items."""
    for row in reader.rows("select * from project order by id"):
        add_project(reader, live, row["id"])
    for row in reader.rows("select id, project, name, deadline, overlap from batch order by id"):
        live.batches[row["id"]] = LiveBatch(**row)
        line_of = live.projects[row["project"]]
        line_of.line.deadline(row["id"], row["deadline"])
        line_of.audits.deadline(row["id"], row["deadline"])
    for project, keyword, weight in reader.all("select project, id, weight from keyword where weight <> 1"):
        live.projects[project].weights[keyword] = weight
    for project, kind, subject, question in reader.all(
        "select project, kind, subject, id from question where id not in (select question from question_answer)"
    ):
        live.projects[project].held[kind, subject] = question
    live.cards.update(
        reader.all("select project, max(guideline) from guideline_change where substantive group by project")
    )
    live.read.update(reader.all("select guideline, account from guideline_read where acknowledged"))
    for project, account, kinds in reader.all(
        "select project, account, list(kind) from duty where id not in (select duty from duty_end) group by all"
    ):
        live.duties[project, account] = frozenset(kinds)
    for project, account, guideline, expires_at in reader.all(
        """select project, account, guideline, expires_at from qualification
           where passed and id not in (select qualification from qualification_end) order by id"""
    ):
        live.passes[project, account] = Held(guideline, expires_at)


def add_project(reader: Reader, live: Live, project: int) -> LiveProject:
    """Makes (or renews, keeping its line) what the hot path knows of a project."""
    row = reader.rows("select * from project where id = ?", [project])[0]
    policy = reader.rows("select * from policy where project = ? order by version desc limit 1", [project])[0]
    guideline = reader.value("select id from guideline where project = ? order by version desc limit 1", [project])
    settings = {**DEFAULTS, **json.loads(policy["settings"])}
    settings["exam_from"] = int(settings["exam_since"])
    if settings["exam_renewed"]:
        newest = reader.value(
            """select max(version) from guideline join guideline_change on guideline_change.guideline = guideline.id
               where guideline.project = ? and substantive""",
            [project],
        )
        settings["exam_from"] = max(settings["exam_from"], newest or 0)
    known = live.projects.get(project)
    if known is None:
        known = live.projects[project] = LiveProject(
            id=project,
            name=row["name"],
            time_zone=row["time_zone"],
            policy=policy_of(policy),
            policy_id=policy["id"],
            guideline_id=guideline or 0,
            paused=row["paused_at"] is not None,
            settings=settings,
            line=Line(),
            audits=Line(),
        )
        known.line.holds = known.audits.holds = known
    known.name, known.time_zone, known.paused = row["name"], row["time_zone"], row["paused_at"] is not None
    known.policy, known.policy_id, known.guideline_id = policy_of(policy), policy["id"], guideline or 0
    known.settings = settings
    known.line.run_length = int(settings["run_length"])
    return known


def renew(reader: Reader, live: Live, project: int) -> None:
    """Brings what the hot path knows of a project up to its records, also if the act is taken back."""
    at = live.projects[project]
    old = (at.name, at.time_zone, at.paused, at.policy, at.policy_id, at.guideline_id, at.settings)

    def restore() -> None:
        at.name, at.time_zone, at.paused, at.policy, at.policy_id, at.guideline_id, at.settings = old

    live.journal.append(restore)
    add_project(reader, live, project)


def _fresh(reader: Reader, live: Live) -> None:
    """Items that nobody has touched, in the order of arrival."""
    committed = "import in (select id from import where committed_at is not null)"
    for project, item, overlap in reader.all(
        f"select project, id, overlap from item where overlap is not null and {committed}"
    ):
        live.projects[project].overlaps[item] = overlap
    found = reader.run(
        f"""select project, batch, keyword, id, clip from item
            where {committed} and id not in (select item from touched)
            order by project, batch, keyword, id"""
    ).fetchnumpy()
    ids = np.asarray(found["id"], dtype=np.int64)
    if not len(ids):
        return
    columns = [np.asarray(found[name], dtype=np.int64) for name in ("project", "batch", "keyword")]
    changes = np.zeros(len(ids), dtype=bool)
    for column in columns:
        changes[1:] |= column[1:] != column[:-1]
    clips = np.asarray(found["clip"], dtype=np.int64)
    edges = [0, *np.flatnonzero(changes).tolist(), len(ids)]
    for start, end in itertools.pairwise(edges):
        project, batch, keyword = (int(column[start]) for column in columns)
        at = live.projects[project]
        at.line.add(batch, keyword, at.weights.get(keyword, 1.0), ids[start:end].tolist(), clips[start:end].tolist())


def items(reader: Reader, live: Live, which: str, params: list[Any] | None = None) -> list[LiveItem]:
    """Live items made from their records. `which` is a SQL set of item ids, with its parameters.

    An assignment's `expires` is set as if its lease had begun when it was taken; the caller decides whether it lives.
    """
    params = params or []
    found: dict[int, LiveItem] = {}
    for row in reader.rows(f"select id, project, batch, keyword, clip, overlap from item where id in {which}", params):
        own = row["overlap"] if row["overlap"] is not None else live.batches[row["batch"]].overlap
        found[row["id"]] = LiveItem(row["id"], row["project"], row["batch"], row["keyword"], row["clip"], own)
    for item, round_, since in reader.all(
        f"select item, max(round), max(made_at) from item_event where item in {which} group by item", params
    ):
        found[item].round, found[item].since = round_, since
    for row in reader.rows(
        f"select id, item, grader, purpose, round, tab, leased_at from assignment where item in {which} order by id",
        params,
    ):
        item = found[row["item"]]
        if row["round"] == item.round:
            item.given[row["id"]] = Given(
                row["id"], row["grader"], row["purpose"], row["tab"], row["leased_at"] + live.lease
            )
    for assignment, item, seq, level, flag, counts in reader.all(
        f"""select assignment, any_value(item), max(seq), max_by(row(level), seq), max_by(row(flag), seq),
                   max_by(counts, seq)
            from answer where item in {which} group by assignment""",
        params,
    ):
        given = found[item].given.get(assignment)
        if given is not None:
            given.seq, given.counts, given.expires = seq, counts, None
            given.level, given.flag = next(iter(level)), next(iter(flag))
    for assignment, item in reader.all(f"select assignment, item from ({OUT}) where item in {which}", params):
        if (given := found[item].given.get(assignment)) is not None:
            given.excluded = True
    for row in reader.rows(RULINGS.format(which=which), [*params, *params, *params]):
        item = found[row["item"]]
        if row["round"] == item.round:
            item.rulings = (*item.rulings, ruling_of(row))
    for (item,) in reader.all(f"select item from ({SAMPLED}) where item in {which}", params):
        found[item].sampled = True
    for (item,) in reader.all(
        f"""select item from audit_draw where item in {which}
            and item not in ({AUDITED})""",
        params,
    ):
        found[item].audit = True
    for item, round_, said, want, level in reader.all(
        f"""select item, round, said, want, level from verdict where item in {which}
            qualify row_number() over (partition by item order by id desc) = 1""",
        params,
    ):
        if round_ == found[item].round:
            found[item].verdict = Verdict(said, want, level)
    for item in found.values():
        item.standing = live.projects[item.project].standing(item)
    return list(found.values())


def ruling_of(row: dict[str, Any]) -> Ruling:
    """The ruling that a row of `RULINGS` holds."""
    return Ruling(row["kind"], row["level"], row["n"], row["extra"], row["flags"], row["why"], row["id"])


def load_item(reader: Reader, live: Live, item: int) -> LiveItem | None:
    """One item that is not at hand; see `load_items`."""
    return load_items(reader, live, [item]).get(item)


def load_items(reader: Reader, live: Live, numbers: list[int]) -> dict[int, LiveItem]:
    """Items that are not at hand, from their records; without those whose import is not committed.

    An item that nobody has touched is not kept at hand: it stands in the line, and would be given out twice.
    """
    if not numbers:
        return {}
    which = f"({', '.join('?' * len(numbers))})"
    there = [
        item
        for (item,) in reader.all(
            f"""select item.id from item join import on import.id = item.import
                where item.id in {which} and committed_at is not null""",
            numbers,
        )
    ]
    if not there:
        return {}
    which = f"({', '.join('?' * len(there))})"
    loaded = items(reader, live, which, there)
    as_told(reader, loaded, which, there)
    for item in loaded:
        for given in item.given.values():
            given.expires = None
        if item.given or item.rulings:
            live.file(item)
    return {item.id: item for item in loaded}


def as_told(reader: Reader, loaded: list[LiveItem], which: str, params: list[Any] | None = None) -> None:
    """Gives items the standing that their newest event told, where another policy or overlap in force gives another.

    Judged anew (`restate`), they then have something to differ from, and the event is written.
    """
    told = {
        item: (state, next(iter(level)), why)
        for item, state, level, why in reader.all(
            f"""select item, max_by(state, id), max_by(row(level), id), max_by(why, id) from item_event
                where item in {which} group by item""",
            params or [],
        )
    }
    for item in loaded:
        state, level, why = told.get(item.id, ("open", None, "grades"))
        if (state, level) != (item.standing.state, item.standing.level):
            item.standing = Standing(state, level, why, item.standing.n, item.standing.n)


def count(reader: Reader, live: Live) -> None:
    """All counters, from the records. `relevance verify` calls it too, on an empty `Live`."""
    reader.run(TOUCHED)
    _count(reader, live)
    reader.run("drop table touched")


def _count(reader: Reader, live: Live) -> None:
    """The same from `touched` as it stands.

    An answer's and an event's project is their policy's (verify proves it): a table of a few rows, not of millions.
    """
    committed = "import in (select id from import where committed_at is not null)"
    for project, batch, n in reader.all(f"select project, batch, count(*) from item where {committed} group by all"):
        live.counts["items", project, batch] = n
    for project, keyword, n in reader.all(
        f"select project, keyword, count(*) from item where {committed} group by all"
    ):
        live.counts["keyword", project, keyword, "items"] = n
    for project, batch, keyword, state, n in reader.all(
        """select project, batch, keyword, state, count(*) from touched join item on item.id = touched.item
           where state <> 'open' group by all"""
    ):
        live.counts["state", project, batch, state] += n
        live.counts["keyword", project, keyword, state] += n
    reader.run(DAYS)
    of_day = f"""join policy on policy.id = told.policy join project on project.id = policy.project
        join day_of_quarter day on day.time_zone = project.time_zone and day.quarter = {QUARTER.format("told.made_at")}"""
    for project, day, state, n in reader.all(
        f"""select policy.project, day.day, state, count(*) from item_event told {of_day}
            where state <> 'open' group by all"""
    ):
        live.counts["day", project, day, state] = n
    for project, grader, day, answers, flags, corrections, surplus, worked, last in reader.all(
        f"""select policy.project, grader, day.day,
                   count(*) filter (seq = 0), count(*) filter (seq = 0 and flag is not null),
                   count(*) filter (seq > 0), count(*) filter (seq = 0 and not counts and purpose = 'work'),
                   coalesce(sum(least(coalesce(decision_ms, 0), 600000)) filter (seq = 0), 0), max(told.made_at)
            from answer told {of_day} group by all"""
    ):
        numbers = {
            "answers": answers,
            "flags": flags,
            "corrections": corrections,
            "surplus": surplus,
            "worked_ms": worked,
        }
        for what, n in numbers.items():
            if n:
                live.counts["grader", project, grader, day, what] = n
        before = live.last_answer.get((project, grader))
        live.last_answer[project, grader] = last if before is None else max(before, last)
    reader.run("drop table day_of_quarter")
