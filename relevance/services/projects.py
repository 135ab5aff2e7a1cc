"""Projects: their policy, their people, their batches."""

from __future__ import annotations

import json
import zoneinfo
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from relevance.consensus import Policy
from relevance.errors import BadInput, NotFound, Stale
from relevance.items import state_of
from relevance.roles import Act, Actor, Role, require
from relevance.scale import check_percents
from relevance.services import sessions
from relevance.services.names import fold, nearest
from relevance.services.states import restate
from relevance.store.live import LiveItem
from relevance.store.load import DEFAULTS, add_project, items, load_items, policy_of
from relevance.store.store import Reader, Store, Tx, marks

PIECE = 2000  # items judged anew in one act, so that graders hardly wait


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """A project as lists show it."""

    id: int
    name: str
    time_zone: str
    is_demo: bool
    paused_at: datetime | None
    pause_reason: str | None


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One version of a project's policy, with its settings."""

    id: int
    version: int
    policy: Policy
    settings: dict[str, Any]
    made_at: datetime
    made_by: int


@dataclass(frozen=True, slots=True)
class PolicyPreview:
    """What a change of policy would do to items that no person has decided."""

    reopens: int
    settles: int
    disputes: int
    relabels: int


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A person's part in a project."""

    id: int
    account: int
    login: str
    name: str
    role: str
    lead: int | None
    lead_name: str | None
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch and how far it is. `counts` is by state; `open` is what is left."""

    id: int
    name: str
    deadline: datetime | None
    overlap: int | None
    items: int
    counts: dict[str, int]


_COLUMNS = "id, name, time_zone, is_demo, paused_at, pause_reason"


def add(
    store: Store, actor: Actor, name: str, time_zone: str = "Asia/Shanghai", demo: bool = False
) -> int:  # fmt: skip
    """Makes a project with the default policy and returns its id.

    Raises:
        NotAllowed: only an administrator may.
        BadInput: the name is empty, too long or taken, or the time zone is unknown.
    """
    require(actor, Act.ADD_PROJECT, None)
    clean = " ".join(name.split())
    if not 1 <= len(clean) <= 100:
        raise BadInput("A project's name has 1 to 100 characters.")
    if time_zone not in zoneinfo.available_timezones():
        raise BadInput(
            "There is no time zone {zone}; nearest: {nearest}.",
            zone=time_zone,
            nearest=", ".join(nearest(time_zone, zoneinfo.available_timezones())) or "Asia/Shanghai",
        )

    def act(tx: Tx) -> int:
        if any(fold(other) == fold(clean) for (other,) in tx.all("select name from project")):
            raise BadInput("There is a project called {name} already.", name=clean)
        project = tx.new_id("project")
        act_id = tx.new_act("project.add", actor, project, name=clean)
        tx.insert(
            "project",
            id=project,
            name=clean,
            time_zone=time_zone,
            is_demo=demo,
            created_at=tx.now,
            created_by=actor.account,
        )
        _write_policy(tx, actor, project, 1, Policy(), {}, act_id)
        add_project(tx, tx.live, project)
        tx.live.journal.append(lambda: tx.live.projects.__delitem__(project))
        return project

    return store.act(act)


def every(store: Store) -> list[ProjectRow]:
    """All projects, by name."""
    with store.reader() as reader:
        return [ProjectRow(**row) for row in reader.rows(f"select {_COLUMNS} from project order by name")]


def of(store: Store, actor: Actor) -> list[ProjectRow]:
    """The projects that an actor has a part in (an administrator: all)."""
    return [row for row in every(store) if actor.admin or actor.roles.get(row.id)]


def by_name(store: Store, name: str) -> ProjectRow:
    """The project of a name.

    Raises:
        NotFound: there is none; the nearest names are listed.
    """
    rows = every(store)
    for row in rows:
        if fold(row.name) == fold(name):
            return row
    near = nearest(name, [row.name for row in rows])
    if near:
        raise NotFound("There is no project called {name}. Nearest: {nearest}.", name=name, nearest=", ".join(near))
    raise NotFound(
        "There is no project called {name}. There are: {names}.",
        name=name,
        names=", ".join(row.name for row in rows) or "-",
    )


def ensure(store: Store, actor: Actor, name: str, create: bool) -> int:
    """The id of a project, made first where `create` allows it."""
    try:
        return by_name(store, name).id
    except NotFound:
        if not create:
            raise
        return add(store, actor, name)


def pause(store: Store, actor: Actor, project: int, reason: str) -> None:
    """Gives out no more items until `resume`; answers on their way are still taken."""
    _set_pause(store, actor, project, reason.strip() or "-")


def resume(store: Store, actor: Actor, project: int) -> None:
    """Gives out items again."""
    _set_pause(store, actor, project, None)


def _set_pause(store: Store, actor: Actor, project: int, reason: str | None) -> None:
    require(actor, Act.MANAGE_PROJECT, project)

    def act(tx: Tx) -> None:
        tx.new_act("project.pause" if reason else "project.resume", actor, project, reason=reason)
        tx.execute(
            "update project set paused_at = ?, pause_reason = ? where id = ?",
            [tx.now if reason else None, reason, project],
        )
        _renew(tx, project)

    store.act(act)


def _renew(tx: Tx, project: int) -> None:
    """Brings what the hot path knows of a project up to its records, also if the act is taken back."""
    at = tx.live.projects[project]
    old = (at.name, at.time_zone, at.paused, at.policy, at.policy_id, at.guideline_id, at.settings)

    def restore() -> None:
        at.name, at.time_zone, at.paused, at.policy, at.policy_id, at.guideline_id, at.settings = old

    tx.live.journal.append(restore)
    add_project(tx, tx.live, project)


# Policy -----------------------------------------------------------------------------------------------------------

_POLICY_FIELDS = tuple(field.name for field in fields(Policy))
SETTINGS: Mapping[str, tuple[type, float, float]] = {
    "run_length": (int, 1, 1000),  # items of one keyword in a row
    "goal": (int, 1, 100_000),  # items a day
    "least_watched": (float, 0, 1),  # share of the clip before the level keys act
    "show_source": (bool, 0, 1),  # title, description, uploader beside the player
    "gold_share": (float, 0, 0.15),  # gold among a team's items
    "gold_feedback": (bool, 0, 1),  # a grader is told at once what gold should have been
    "exam_required": (bool, 0, 1),  # nobody gets work before he has passed
    "exam_since": (int, 0, 100_000),  # guideline version since which an exam must have been passed
    "exam_renewed": (bool, 0, 1),  # a version that changes the guideline in substance asks for a new pass
}


def _write_policy(
    tx: Tx, actor: Actor, project: int, version: int, policy: Policy, settings: dict[str, Any], act: int
) -> int:  # fmt: skip
    row = tx.new_id("policy")
    settings = {name: value for name, value in settings.items() if name != "sure"}
    if policy.sure > 0:
        settings["sure"] = policy.sure
    tx.insert(
        "policy",
        id=row,
        project=project,
        version=version,
        overlap=policy.overlap,
        margin=policy.margin,
        cap=policy.cap,
        far=policy.far,
        audit_share=policy.audit_share,
        percents=json.dumps(list(policy.percents)),
        settings=json.dumps(settings),
        made_at=tx.now,
        made_by=actor.account,
        act=act,
    )
    return row


def policies(store: Store, project: int) -> list[PolicyRow]:
    """All versions of a project's policy, the newest first."""
    with store.reader() as reader:
        rows = reader.rows("select * from policy where project = ? order by version desc", [project])
    if not rows:
        raise NotFound("There is no project {project}.", project=project)
    return [
        PolicyRow(
            row["id"],
            row["version"],
            policy_of(row),
            {**DEFAULTS, **json.loads(row["settings"])},
            row["made_at"],
            row["made_by"],
        )
        for row in rows
    ]


def policy_now(store: Store, project: int) -> PolicyRow:
    """The policy in force."""
    return policies(store, project)[0]


def changed_policy(now: PolicyRow, change: Mapping[str, Any]) -> tuple[Policy, dict[str, Any]]:
    """The policy and settings that a change would give.

    Raises:
        BadInput: an unknown name (the nearest is given) or a value out of range.
    """
    known = (*_POLICY_FIELDS, *SETTINGS)
    for name in change:
        if name not in known:
            raise BadInput(
                "A policy has no {name}; it has: {known}.", name=name, known=", ".join(nearest(name, known) or known)
            )
    values = {**asdict(now.policy), **{key: value for key, value in change.items() if key in _POLICY_FIELDS}}
    values["percents"] = check_percents([int(percent) for percent in values["percents"]])
    settings = dict(now.settings)
    for name, (kind, low, high) in SETTINGS.items():
        if name in change:
            value = kind(change[name])
            if not low <= value <= high:
                raise BadInput(
                    "Policy: {name} is {value}; it must be from {low} to {high}.",
                    name=name,
                    value=value,
                    low=low,
                    high=high,
                )
            settings[name] = value
    return Policy(**values).checked(), settings


def preview_policy(store: Store, actor: Actor, project: int, change: Mapping[str, Any]) -> PolicyPreview:
    """What a change of policy would reopen, settle, dispute and relabel; nothing is changed."""
    require(actor, Act.MANAGE_PROJECT, project)
    policy, _ = changed_policy(policy_now(store, project), change)
    found: Counter[str] = Counter()
    with store.reader(snapshot=True) as reader:
        for item in _undecided(store, reader, project):
            before = store.live.projects[project].standing(item)
            after = state_of(item.records(), policy, item.overlap)
            if after.state != before.state:
                found[after.state] += 1
            elif after.state == "settled" and after.level != before.level:
                found["relabels"] += 1
    return PolicyPreview(found["open"], found["settled"], found["disputed"], found["relabels"])


def _undecided_ids(reader: Reader, project: int) -> list[int]:
    return [
        item
        for (item,) in reader.all(
            """select distinct answer.item from answer join item on item.id = answer.item where item.project = ?
               and answer.item not in (select item from decision where kind <> 'return') order by 1""",
            [project],
        )
    ]


def _undecided(store: Store, reader: Reader, project: int) -> list[LiveItem]:
    ids = _undecided_ids(reader, project)
    found: list[LiveItem] = []
    for start in range(0, len(ids), PIECE):
        part = ids[start : start + PIECE]
        found.extend(items(reader, store.live, f"({marks(part)})", list(part)))
    return found


def set_policy(store: Store, actor: Actor, project: int, **change: Any) -> int:
    """Puts a new version of the policy in force and judges all undecided items by it. Returns the version.

    Graders go on meanwhile: the items are judged in pieces under one act id.
    """
    require(actor, Act.MANAGE_PROJECT, project)
    now = policy_now(store, project)
    policy, settings = changed_policy(now, change)

    def act(tx: Tx) -> tuple[int, int]:
        version = tx.value("select max(version) from policy where project = ?", [project]) + 1
        if version != now.version + 1:
            raise Stale("Somebody else has just changed this policy. Look again.")
        act_id = tx.new_act("project.policy", actor, project, version=version, change=dict(change))
        own = {key: value for key, value in settings.items() if value != DEFAULTS.get(key)}
        _write_policy(tx, actor, project, version, policy, own, act_id)
        _renew(tx, project)
        return version, act_id

    version, act_id = store.act(act)
    rejudge(store, project, act_id)
    store.act(
        lambda tx: tx.insert("receipt", request=f"policy:{project}:{version}", digest="", result="", made_at=tx.now)
    )
    return version


def finish_policies(store: Store) -> list[int]:
    """Judges the items of projects whose change of policy was cut off by a crash. Returns the projects; run at start."""
    with store.reader() as reader:
        left = reader.all(
            """select project, max(version), max_by(act, version) from policy group by project
               having max(version) > 1
                  and 'policy:' || project || ':' || max(version) not in (select request from receipt)"""
        )
    for project, version, act_id in left:
        rejudge(store, project, act_id)
        store.act(
            lambda tx, key=f"policy:{project}:{version}": tx.insert(  # type: ignore[misc]
                "receipt", request=key, digest="", result="", made_at=tx.now
            )
        )
    return [project for project, _, _ in left]


def rejudge(store: Store, project: int, act_id: int) -> int:
    """Judges all undecided items of a project by the policy in force. Returns how many it looked at."""
    with store.reader() as reader:
        answered = _undecided_ids(reader, project)
    leased = [item.id for item in list(store.live.items.values()) if item.project == project]
    ids = sorted({*answered, *leased})

    def piece(part: list[int]) -> Callable[[Tx], None]:
        def act(tx: Tx) -> None:
            # Those at hand first: what is loaded may push them out.
            known = {number: item for number in part if (item := tx.live.get(number)) is not None}
            known |= load_items(tx, tx.live, [number for number in part if number not in known])
            for number in part:
                if (item := known.get(number)) is not None:
                    tx.live.touch(item)
                    restate(tx, item, act_id)

        return act

    for start in range(0, len(ids), PIECE):
        store.act(piece(ids[start : start + PIECE]))
    return len(ids)


# People -----------------------------------------------------------------------------------------------------------


def members(store: Store, project: int, past: bool = False) -> list[MemberRow]:
    """Who belongs to a project now (with `past`: ever), by role and name."""
    with store.reader() as reader:
        rows = reader.rows(
            f"""select member.id, member.account, person.login, person.name, role, lead,
                       (select name from person where account = member.lead) as lead_name, since, until
                from member join person on person.account = member.account
                where project = ? {"" if past else "and (until is null or until > ?)"} order by role, person.name, member.id""",
            [project] if past else [project, store.clock.now()],
        )
    return [MemberRow(**row) for row in rows]


def set_member(
    store: Store, actor: Actor, project: int, account: int, role: str, lead: int | None = None,
    until: datetime | None = None,
) -> int:  # fmt: skip
    """Gives a person a role (and a team) in a project from now on; an earlier entry for the same role ends.

    Raises:
        BadInput: the role is unknown, or the team's lead is no lead of the project.
    """
    require(actor, Act.MANAGE_MEMBERS, project)
    if role not in {r.value for r in Role}:
        raise BadInput(
            "There is no role {role}; there are: {roles}.", role=role, roles=", ".join(r.value for r in Role)
        )

    def act(tx: Tx) -> int:
        if tx.one("select 1 from project where id = ?", [project]) is None:
            raise NotFound("There is no project {project}.", project=project)
        if tx.one("select 1 from account where id = ?", [account]) is None:
            raise NotFound("There is no account {account}.", account=account)
        if lead is not None and not tx.one(
            "select 1 from member where project = ? and account = ? and role = 'lead' and (until is null or until > ?)",
            [project, lead, tx.now],
        ):
            raise BadInput("Account {lead} is no lead of this project.", lead=lead)
        tx.new_act("project.member", actor, project, account=account, role=role, lead=lead, until=until)
        tx.execute(
            """update member set until = ? where project = ? and account = ? and role = ?
               and (until is null or until > ?)""",
            [tx.now, project, account, role, tx.now],
        )
        member = tx.new_id("member")
        tx.insert(
            "member", id=member, project=project, account=account, role=role, lead=lead, since=tx.now, until=until
        )
        return member

    member = store.act(act)
    sessions.of(store).forget(account)  # whoever is signed in has his new rights at once
    return member


def end_member(store: Store, actor: Actor, project: int, account: int, role: str | None = None) -> int:
    """Ends a person's part in a project (all roles, or one). Returns how many entries ended."""
    require(actor, Act.MANAGE_MEMBERS, project)

    def act(tx: Tx) -> int:
        found = tx.all(
            """select id from member where project = ? and account = ? and (? is null or role = ?)
               and (until is null or until > ?)""",
            [project, account, role, role, tx.now],
        )
        if found:
            tx.new_act("project.member.end", actor, project, account=account, role=role)
            tx.execute(
                f"update member set until = ? where id in ({marks(found)})", [tx.now, *(row[0] for row in found)]
            )
        return len(found)

    ended = store.act(act)
    sessions.of(store).forget(account)
    return ended


# Batches ----------------------------------------------------------------------------------------------------------


def batches(store: Store, project: int) -> list[BatchRow]:
    """The batches of a project, the nearest deadline first, with their counts."""
    counts = store.live.counts
    rows = []
    for batch in sorted(
        (b for b in list(store.live.batches.values()) if b.project == project),
        key=lambda b: (b.deadline is None, b.deadline, b.id),
    ):
        total = counts["items", project, batch.id]
        states = {
            state: counts["state", project, batch.id, state]
            for state in ("settled", "disputed", "decided", "withdrawn")
        }
        states["open"] = total - sum(states.values())
        rows.append(BatchRow(batch.id, batch.name, batch.deadline, batch.overlap, total, states))
    return rows


def set_batch(
    store: Store, actor: Actor, batch: int, name: str | None = None, deadline: datetime | None = None,
    no_deadline: bool = False,
) -> None:  # fmt: skip
    """Renames a batch or moves its deadline; the order of work follows at once."""
    known = store.live.batches.get(batch)
    if known is None:
        raise NotFound("There is no batch {batch}.", batch=batch)
    require(actor, Act.MANAGE_BATCHES, known.project)

    def act(tx: Tx) -> None:
        at = tx.live.batches[batch]
        line, audits = tx.live.projects[at.project].line, tx.live.projects[at.project].audits
        old = (at.name, at.deadline)
        new_name = " ".join(name.split()) if name else at.name
        new_deadline = None if no_deadline else (deadline or at.deadline)
        if any(
            other.id != batch and other.project == at.project and fold(other.name) == fold(new_name)
            for other in tx.live.batches.values()
        ):
            raise BadInput("There is a batch called {name} already.", name=new_name)
        tx.new_act("batch.set", actor, at.project, batch=batch, name=new_name, deadline=new_deadline)
        tx.execute("update batch set name = ?, deadline = ? where id = ?", [new_name, new_deadline, batch])

        def put(values: tuple[str, datetime | None]) -> None:
            at.name, at.deadline = values
            line.deadline(batch, values[1])
            audits.deadline(batch, values[1])

        tx.live.journal.append(lambda: put(old))
        put((new_name, new_deadline))

    store.act(act)
