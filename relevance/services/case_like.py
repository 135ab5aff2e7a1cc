"""The like of a case that a meeting decided: the other items that wait for the same rule, settled with it, and taken back.

What is settled so is carried on as any decision is (services.propagation): one act, a sample, undone any time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from relevance.errors import BadInput, NotFound, Stale
from relevance.services import agendas, ballots, meetings, propagation, rooms, second_look
from relevance.services.seats import Seat
from relevance.services.second_look import Basis, Earlier
from relevance.store.store import Reader, Store, marks


@dataclass(frozen=True, slots=True)
class Like:
    """An item that waits for the same rule. `apart`: mean distance of its grades from the decision, in levels."""

    item: int
    content_id: str
    clip_name: str
    levels: tuple[int, ...]
    apart: float


def of(store: Store, seat: Seat, outcome: int) -> list[Like]:
    """The other items of a decided case that are still disputed: those that disagree most with the decision first.

    Without those that were looked at on this day and given another level: they are not like it. A single case has no like:
    whoever said so left no rule that would settle it.

    Raises:
        NotFound: the outcome is not of this meeting.
    """
    with store.reader() as reader:
        row, items = _case_items(reader, seat, outcome)
    if row["kind"] != "decided" or row["level"] is None or row["binds"] == "single":
        return []
    waiting = {
        item: tuple(sorted(live.levels()))
        for item in items - second_look.earlier(store, row["project"], _basis(row)).otherwise(row["level"])
        if (live := store.live.items.get(item)) is not None and live.standing.state == "disputed"
    }
    if not waiting:
        return []
    with store.reader() as reader:
        clips = {
            item: (content_id, name)
            for item, content_id, name in reader.all(
                f"""select item.id, content_id, clip.name from item join clip on clip.id = item.clip
                    where item.id in ({marks(list(waiting))})""",
                list(waiting),
            )
        }
    level = row["level"]
    found = [
        Like(item, *clips[item], levels, sum(abs(one - level) for one in levels) / len(levels) if levels else 0.0)
        for item, levels in waiting.items()
    ]
    return sorted(found, key=lambda one: (-one.apart, one.item))


def settle(
    store: Store, seat: Seat, outcome: int, items: Sequence[int], looks: Sequence[tuple[int, int]] = ()
) -> int:  # fmt: skip
    """Gives like items the decision's level, as one act in pieces. Returns how many were settled.

    `looks`: what was said of further clips, where there are many (`second_look.looked`).

    Raises:
        BadInput: an item is not of the case, or that is a single one; too few clips of many were judged, or most of them
            otherwise.
        Stale: somebody else drives, or the meeting is closed.
    """
    actor = meetings.may_run(seat.actor, seat.project)
    store.act(lambda tx: ballots.driven(tx, seat, "end"))
    with store.reader() as reader:
        row, known = _case_items(reader, seat, outcome)
    for item in items:
        if item not in known:
            raise BadInput("Item {item} is not of this case.", item=item)
    if row["kind"] != "decided":
        raise BadInput("Only a decision settles the like.")
    if row["binds"] == "single":
        raise BadInput("A single case settles nothing else: leave a precedent or an amendment for that.")
    before = second_look.earlier(store, row["project"], _basis(row))
    least = second_look.check_from(store, row["project"])
    chosen = second_look.looked(row["level"], looks, items, least, row["item"], before)
    act = propagation.apply(
        store, actor, row["project"], chosen, row["level"], row["reason"], row["rule"], row["precedent"],
        row["decision"], looks=looks, check=second_look.alone(row["project"], _basis(row), before),
    )  # fmt: skip
    with store.reader() as reader:
        done = int(reader.value("select count(*) from propagation_item where propagation = ?", [act]))
    rooms.changed(store, seat.meeting)
    return done


def _basis(row: Mapping[str, Any]) -> Basis:
    return Basis(row["level"], row["reason"], row["rule"], row["decision"], row["precedent"])


def earlier(store: Store, seat: Seat, outcome: int) -> Earlier:
    """What a decision settled before on this day, with what the room said of further clips.

    Raises:
        NotFound: the outcome is not of this meeting.
    """
    with store.reader() as reader:
        row, _ = _case_items(reader, seat, outcome)
    return second_look.NOTHING if row["level"] is None else second_look.earlier(store, row["project"], _basis(row))


def undo(store: Store, seat: Seat, outcome: int) -> int:
    """Takes back what a decision settled with it, its newest carrying-on first. Returns how many items went back.

    Raises:
        Stale: there is nothing (any more) to take back.
    """
    actor = meetings.may_run(seat.actor, seat.project)
    with store.reader() as reader:
        row, _ = _case_items(reader, seat, outcome)
        act = reader.one(
            """select max(id) from propagation where decision = ? and id not in (select propagation from propagation_undo)""",
            [row["decision"]],
        )
    if act is None or act[0] is None:
        raise Stale("There is nothing to take back.")
    undone = propagation.undo(store, actor, act[0])
    rooms.changed(store, seat.meeting)
    return undone.back


def _case_items(reader: Reader, seat: Seat, outcome: int) -> tuple[dict[str, Any], set[int]]:
    rows = reader.rows("select * from outcome where id = ? and meeting = ?", [outcome, seat.meeting])
    if not rows:
        raise NotFound("There is no such outcome.")
    return rows[0], set(agendas.items_of(reader, rows[0]["case_id"])) - {rows[0]["item"]}
