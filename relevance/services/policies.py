"""A project's policy: its versions, what a change would do, and the change itself."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from relevance.consensus import Policy
from relevance.errors import BadInput, NotFound, Stale
from relevance.items import state_of
from relevance.roles import Act, Actor, require
from relevance.scale import check_percents
from relevance.services.names import nearest
from relevance.services.states import restate
from relevance.store.live import LiveItem
from relevance.store.load import DEFAULTS, items, load_items, policy_of, renew
from relevance.store.store import Reader, Store, Tx, marks
from relevance.tiers import Tiers, from_settings

PIECE = 2_000  # items judged anew in one act, so that graders hardly wait


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


_POLICY_FIELDS = tuple(field.name for field in fields(Policy))
SETTINGS: Mapping[str, tuple[type, float, float]] = {
    "run_length": (int, 1, 1000),  # items of one keyword in a row
    "goal": (int, 1, 100_000),  # items a day
    "least_watched": (float, 0, 1),  # share of the clip before the level keys act
    "show_source": (bool, 0, 1),  # title, description, uploader beside the player
    "gold_share": (float, 0, 0.15),  # gold among a team's items
    "gold_feedback": (bool, 0, 1),  # a grader is told at once what gold should have been
    "pilot_mark": (float, 0, 1),  # a rule of a draft on which people agree less is named
    "appeals_a_week": (int, 0, 1000),  # appeals that a grader may make within seven days
    "exam_required": (bool, 0, 1),  # nobody gets work before he has passed
    "exam_since": (int, 0, 100_000),  # guideline version since which an exam must have been passed
    "exam_renewed": (bool, 0, 1),  # a version that changes the guideline in substance asks for a new pass
}


def write(
    tx: Tx, actor: Actor, project: int, version: int, policy: Policy, settings: dict[str, Any], act: int
) -> int:  # fmt: skip
    """Writes one version of a policy in the caller's act and returns its id."""
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


def versions(store: Store, project: int) -> list[PolicyRow]:
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


def now(store: Store, project: int) -> PolicyRow:
    """The policy in force."""
    return versions(store, project)[0]


def changed(now: PolicyRow, change: Mapping[str, Any]) -> tuple[Policy, dict[str, Any]]:
    """The policy and settings that a change would give.

    Raises:
        BadInput: an unknown name (the nearest is given) or a value out of range.
    """
    known = (*_POLICY_FIELDS, *SETTINGS, "tiers")
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
    if "tiers" in change:
        tiers = from_settings({"tiers": change["tiers"]})  # who decides which dispute; says what is wrong with it
        settings["tiers"] = {name: value for name, value in asdict(tiers).items() if value != getattr(Tiers(), name)}
    return Policy(**values).checked(), settings


def preview(store: Store, actor: Actor, project: int, change: Mapping[str, Any]) -> PolicyPreview:
    """What a change of policy would reopen, settle, dispute and relabel; nothing is changed."""
    require(actor, Act.MANAGE_PROJECT, project)
    policy, _ = changed(now(store, project), change)
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


def change(store: Store, actor: Actor, project: int, **values: Any) -> int:
    """Puts a new version of the policy in force and judges all undecided items by it. Returns the version.

    Graders go on meanwhile: the items are judged in pieces under one act id.
    """
    require(actor, Act.MANAGE_PROJECT, project)
    known = now(store, project)
    policy, settings = changed(known, values)

    def act(tx: Tx) -> tuple[int, int]:
        version = tx.value("select max(version) from policy where project = ?", [project]) + 1
        if version != known.version + 1:
            raise Stale("Somebody else has just changed this policy. Look again.")
        act_id = tx.new_act("project.policy", actor, project, version=version, change=dict(values))
        own = {key: value for key, value in settings.items() if value != DEFAULTS.get(key)}
        write(tx, actor, project, version, policy, own, act_id)
        renew(tx, tx.live, project)
        return version, act_id

    version, act_id = store.act(act)
    rejudge(store, project, act_id)
    store.act(
        lambda tx: tx.insert("receipt", request=f"policy:{project}:{version}", digest="", result="", made_at=tx.now)
    )
    return version


def finish(store: Store) -> list[int]:
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
