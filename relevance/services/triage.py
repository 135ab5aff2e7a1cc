"""Triage: the disputes of a project as clusters, each with its cause, its worth by the minute and who decides it.

What is proposed stands on the board (`board`). What persons said (causes, splits, merges) is on record and goes before it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import numpy as np

from relevance.causes import CAUSES, EVERY, Cause
from relevance.errors import BadInput, NotFound
from relevance.roles import Act, Actor, require
from relevance.services import board, disputes, propagation, second_look
from relevance.services.board import TIERS
from relevance.services.cluster_rows import ClusterRow, rows_of
from relevance.services.second_look import Basis
from relevance.store.store import Store, Tx, marks

PIECE = 1000  # items a piece: the writer is never held for long
LONGEST_WHY = 200


@dataclass(frozen=True, slots=True)
class BoardPage:
    """The first clusters that fit a filter, and what can be filtered by.

    Attributes:
        rows: the first clusters, the most valuable per minute first.
        clusters: how many there are, whatever the filter; disputes: in how many disputes.
        tiers, causes: clusters by who decides them and by cause.
        as_of: when the disputes were arranged; None: they are being arranged for the first time.
        behind: disputes that came, changed or went since.
    """

    rows: tuple[ClusterRow, ...]
    clusters: int
    disputes: int
    tiers: dict[str, int]
    causes: dict[str, int]
    as_of: datetime | None
    behind: int


@dataclass(frozen=True, slots=True)
class Telling:
    """One of a cluster's items, for looking at before deciding."""

    item: int
    content_id: str
    clip_name: str
    levels: tuple[int, ...]
    flags: tuple[str, ...]
    rules: tuple[str, ...]
    notes: tuple[str, ...]


def page(
    store: Store, actor: Actor, project: int, tier: str | None = None, cause: str | None = None, limit: int = 200
) -> BoardPage:  # fmt: skip
    """The first clusters of a project's disputes, of one tier and cause if these are named.

    Raises:
        NotAllowed: the actor may not see the project's disputes.
    """
    require(actor, Act.SEE_DISPUTES, project)
    mine = board.of(store, project)
    with mine.lock:
        shown = mine.look(store)
        behind = mine.behind(store)
        if shown is None:
            return BoardPage((), 0, behind, {}, {}, None, behind)
        order = shown.ranked.order
        if tier is not None:
            order = order[shown.tier[order] == (list(map(str, TIERS)).index(tier) if tier in TIERS else -1)]
        if cause is not None:
            order = order[shown.cause[order] == (list(map(str, EVERY)).index(cause) if cause in EVERY else -1)]
        by_tier = np.bincount(shown.tier, minlength=len(TIERS)).tolist()
        by_cause = np.bincount(shown.cause, minlength=len(EVERY)).tolist()
        return BoardPage(
            tuple(rows_of(store, mine, shown, order[:limit].tolist())), len(shown.tier), len(shown.cases),
            {str(one): n for one, n in zip(TIERS, by_tier, strict=True) if n},
            {str(one): n for one, n in zip(EVERY, by_cause, strict=True) if n}, shown.as_of, behind,
        )  # fmt: skip


def clusters(
    store: Store, actor: Actor, project: int, limit: int = 200, tiers: Collection[str] | None = None
) -> list[ClusterRow]:
    """The clusters of a project's disputes, the most valuable per minute first; of these tiers, if some are named.

    Raises:
        NotAllowed: the actor may not see the project's disputes.
    """
    require(actor, Act.SEE_DISPUTES, project)
    mine = board.of(store, project)
    with mine.lock:
        shown = mine.look(store)
        if shown is None:
            return []
        order = shown.ranked.order
        if tiers is not None:
            order = order[np.isin(shown.tier[order], [at for at, one in enumerate(TIERS) if str(one) in tiers])]
        return rows_of(store, mine, shown, order[:limit].tolist())


def cluster(store: Store, actor: Actor, project: int, name: str) -> ClusterRow:
    """One cluster by its id.

    Raises:
        NotFound: it is no more: it was decided, or its items are elsewhere now.
    """
    require(actor, Act.SEE_DISPUTES, project)
    mine = board.of(store, project)
    with mine.lock:
        shown = mine.look(store)
        at = None if shown is None else shown.find(name)
        if shown is None or at is None:
            raise NotFound("The cluster {name} is no more: its items were decided or stand elsewhere now.", name=name)
        return rows_of(store, mine, shown, [at])[0]


def opened(store: Store, actor: Actor, project: int, name: str | None, rows: Sequence[ClusterRow]) -> ClusterRow | None:
    """The cluster that is asked for, wherever it stands; without one, or if it is no more, the first of the rows."""
    if name is not None:
        try:
            return next((row for row in rows if row.id == name), None) or cluster(store, actor, project, name)
        except NotFound:
            pass  # decided meanwhile: the next one is shown in its place
    return rows[0] if rows else None


def asked_about(store: Store, actor: Actor, project: int, name: str | None, item: int) -> tuple[int, ...]:
    """The items that an answer about one of them settles: its cluster's as it stands now, or it alone."""
    found = opened(store, actor, project, name, ())
    return found.items if found is not None and item in found.items else (item,)


def cause_of(store: Store, actor: Actor, item: int) -> tuple[Cause, bool, tuple[str, ...]]:
    """A disputed item's cause, whether a person gave it, and the evidence that speaks for the proposal.

    An appeal is its own cause until a person says another: that is known, not proposed.

    Raises:
        NotFound: the item is not disputed.
    """
    live = store.live.get(item)
    if live is None or live.standing.state != "disputed":
        raise NotFound("Item {item} is not disputed.", item=item)
    require(actor, Act.SEE_DISPUTES, live.project)
    mine = board.of(store, live.project)
    with mine.lock:
        found = _proposed(store, mine, [item]).get(item)
        given = mine.said.causes.get(item)
        if found is None:
            raise NotFound("Item {item} is not disputed.", item=item)
    return (given or found[0]), given is not None, found[1]


def _proposed(store: Store, mine: board.Board, items: Sequence[int]) -> dict[int, tuple[Cause, tuple[str, ...]]]:
    """What the records alone say of these items, as far as they stand on the board."""
    shown = mine.look(store)
    if shown is None or not len(shown.cases):
        return {}
    found: dict[int, tuple[Cause, tuple[str, ...]]] = {}
    for item in items:
        row = int(np.searchsorted(shown.cases.item, item))
        if row == len(shown.cases) or int(shown.cases.item[row]) != item:
            continue
        if shown.facts[item].appealed:
            found[item] = (Cause.APPEAL, ())
        else:
            found[item] = (CAUSES[int(shown.proposed.cause[row])], shown.proposed.said(row))
    return found


def look(store: Store, actor: Actor, project: int, items: Sequence[int]) -> list[Telling]:
    """What is shown of items beside their clips: levels, flags, rules cited and notes, and never who said them."""
    require(actor, Act.SEE_DISPUTES, project)
    if not items:
        return []
    with store.reader() as reader:
        clips = {
            row[0]: row[1:]
            for row in reader.all(
                f"""select item.id, content_id, clip.name from item join clip on clip.id = item.clip
                    where item.project = ? and item.id in ({marks(list(items))})""",
                [project, *items],
            )
        }
        said: dict[int, list[tuple[Any, ...]]] = {}
        for row in reader.all(
            f"""select item, level, flag, rule, coalesce(nullif(note, ''), flag_text) from answer
                where item in ({marks(list(items))}) and purpose = 'work'
                qualify row_number() over (partition by assignment order by seq desc) = 1 order by made_at""",
            list(items),
        ):
            said.setdefault(row[0], []).append(row[1:])
    return [
        Telling(
            item, clips[item][0], clips[item][1], tuple(sorted(one[0] for one in said.get(item, []) if one[0] is not None)),
            tuple(sorted({one[1] for one in said.get(item, []) if one[1]})),
            tuple(sorted({one[2] for one in said.get(item, []) if one[2]})),
            tuple(one[3] for one in said.get(item, []) if one[3]),
        )
        for item in items
        if item in clips
    ]  # fmt: skip


# What persons say -------------------------------------------------------------------------------------------------------


def give_cause(store: Store, actor: Actor, project: int, items: Sequence[int], cause: str) -> int:
    """A person says the cause of these disputes. Returns the act's number.

    Raises:
        BadInput: no such cause, or no items.
        NotFound: an item is not disputed in this project.
    """
    require(actor, Act.TRIAGE, project)
    if cause not in set(map(str, CAUSES)):
        raise BadInput("There is no cause {cause}. Causes: {causes}.", cause=cause, causes=", ".join(CAUSES))
    mine = board.of(store, project)
    with mine.lock:
        before = {item: str(found[0]) for item, found in _proposed(store, mine, items).items()}

    def piece(tx: Tx, part: Sequence[int], act: int) -> None:
        for item in part:
            tx.insert(
                "cause_given", id=tx.new_id("cause_given"), item=item, project=project, cause=cause,
                proposed=before.get(item, ""), made_by=actor.account, made_at=tx.now, act=act,
            )  # fmt: skip

    act = _in_pieces(store, actor, project, "triage.cause", items, piece, cause=cause)
    mine.refresh(store)
    return act


def gather(store: Store, actor: Actor, project: int, items: Sequence[int], reason: str = "") -> int:
    """These disputes are one cluster: what they were in is split, or merged, so. Returns the act's number.

    The cluster's id is "h" and that number.
    """
    require(actor, Act.TRIAGE, project)
    reason = reason.strip()
    if len(reason) > LONGEST_WHY:
        raise BadInput("What holds a cluster together is said in at most {most} characters.", most=LONGEST_WHY)

    def piece(tx: Tx, part: Sequence[int], act: int) -> None:
        for item in part:
            tx.insert(
                "cluster_given", id=tx.new_id("cluster_given"), item=item, project=project, cluster=f"h{act}",
                why=reason, made_by=actor.account, made_at=tx.now, act=act,
            )  # fmt: skip

    act = _in_pieces(store, actor, project, "triage.gather", items, piece, reason=reason)
    board.of(store, project).refresh(store)
    return act


def give_back(store: Store, actor: Actor, project: int, items: Sequence[int]) -> int:
    """These disputes go back to where the rules put them. Returns the act's number."""
    require(actor, Act.TRIAGE, project)

    def piece(tx: Tx, part: Sequence[int], act: int) -> None:
        for item in part:
            tx.insert(
                "cluster_given", id=tx.new_id("cluster_given"), item=item, project=project, cluster=None, why=None,
                made_by=actor.account, made_at=tx.now, act=act,
            )  # fmt: skip

    act = _in_pieces(store, actor, project, "triage.give_back", items, piece)
    board.of(store, project).refresh(store)
    return act


def settle(
    store: Store, actor: Actor, project: int, items: Sequence[int], level: int, reason: str, rule: str | None,
    looks: Sequence[tuple[int, int]] = (), precedent: int | None = None,
) -> tuple[int, int]:  # fmt: skip
    """One level for these disputes, which something earlier plainly says, as one act in pieces. What is not disputed any
    more stays as it is.

    One dispute is decided like any other. Several are carried on (services.propagation): their labels say so, a random
    sample is graded once more, and all of it can be taken back as one act.

    Args:
        precedent: the one that plainly says so, if one does.
        looks: what was said of further ones, where there are many (`second_look.looked`).

    Returns the act's number and how many were settled.

    Raises:
        NotAllowed: the actor may not decide.
        BadInput: no such level, no reason, or no items; too few clips of many were judged, or most of them otherwise.
        Stale: the one dispute is none any more.
    """
    if len(items) != 1:
        require(actor, Act.DECIDE, project)
        basis = Basis(level, reason, rule, precedent=precedent)
        before = second_look.earlier(store, project, basis)
        chosen = second_look.looked(level, looks, items, second_look.check_from(store, project), before=before)
        act = propagation.apply(
            store, actor, project, chosen, level, reason, rule, precedent, states=disputes.DISPUTED, looks=looks,
            check=second_look.alone(project, basis, before),
        )  # fmt: skip
        board.of(store, project).refresh(store)
        with store.reader() as reader:
            return act, int(reader.value("select count(*) from propagation_item where propagation = ?", [act]))
    require(actor, Act.DECIDE, project)
    if level not in (0, 1, 2, 3):
        raise BadInput("The level {level} is none of 0, 1, 2, 3.", level=level)

    def decide(tx: Tx) -> int:
        act = tx.new_act("triage.settle", actor, project, items=1, level=level)
        disputes.rule_in(tx, actor, items[0], "level", level, 0, reason, rule, None, act)
        return act

    act = store.act(decide)
    board.of(store, project).refresh(store)
    return act, 1


def _in_pieces(
    store: Store, actor: Actor, project: int, name: str, items: Sequence[int], piece: Any, **detail: object
) -> int:
    if not items:
        raise BadInput("No item was named.")
    numbers = list(dict.fromkeys(items))

    def first(tx: Tx) -> int:
        for item in numbers:
            live = tx.live.items.get(item)
            if live is None or live.project != project or live.standing.state != "disputed":
                raise NotFound("Item {item} is not disputed.", item=item)
        act = tx.new_act(name, actor, project, items=len(numbers), **detail)
        piece(tx, numbers[:PIECE], act)
        return act

    act = store.act(first)
    for at in range(PIECE, len(numbers), PIECE):
        part = numbers[at : at + PIECE]
        store.act(partial(piece, part=part, act=act))
    return act
