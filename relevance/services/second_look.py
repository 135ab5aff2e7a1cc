"""Further clips of what a decision settles, judged before it is carried on to many (relevance.propagation has the rule).

What one decision settles on one day counts together, however many acts it took: who settles a cluster in parts is asked
as he would be for the whole, once, and what was said of further clips on that day stands.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from relevance.errors import BadInput, Stale
from relevance.propagation import holds, looks_wanted
from relevance.store.store import Reader, Store, Tx
from relevance.tiers import from_settings

Looks = tuple[tuple[int, int], ...]  # item, level


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the same decision settled before on this day, as far as it stands: how many items, what was said of clips.

    last: the act that did so last; 0: none did.
    """

    items: int = 0
    looks: Looks = ()
    last: int = 0

    @property
    def levels(self) -> tuple[int, ...]:
        """What the clips were given."""
        return tuple(level for _item, level in self.looks)

    def otherwise(self, level: int) -> set[int]:
        """The clips that were given another level than the decision's: they stay as they are."""
        return {item for item, one in self.looks if one != level}


NOTHING = Earlier()


@dataclass(frozen=True, slots=True)
class Basis:
    """What is carried on: a decision, a precedent, or, where it rests on neither alone, a level with its reason and rule."""

    level: int
    reason: str
    rule: str | None = None
    decision: int | None = None
    precedent: int | None = None


def check_from(store: Store, project: int) -> int:
    """How many items a decision settles from which on it is asked for on a second clip, by the project's setting."""
    return from_settings(store.live.projects[project].settings).check_from


def earlier(store: Store, project: int, basis: Basis) -> Earlier:
    """What the same decision, precedent or reason settled before on the project's day, and was not taken back."""
    since = _day_begins(store.clock.now(), store.live.projects[project].time_zone)
    with store.reader() as reader:
        acts = _acts(reader, project, basis, since)
        if not acts:
            return NOTHING
        items = reader.value(
            "select count(*) from propagation_item where list_contains(?::bigint[], propagation)",
            [[act for act, _detail in acts]],
        )
    said = {item: level for _act, detail in acts for item, level in json.loads(detail).get("looks", [])}
    return Earlier(int(items), tuple(said.items()), acts[-1][0])


def alone(project: int, basis: Basis, before: Earlier) -> Callable[[Tx], None]:
    """A check for within the act that carries on: nobody else carried the same on since `before` was read.

    Two who settle a half each at the same moment would else both stay under the number from which on they are asked.
    It raises Stale where somebody did.
    """

    def check(tx: Tx) -> None:
        acts = _acts(tx, project, basis, _day_begins(tx.now, tx.live.projects[project].time_zone))
        if acts and acts[-1][0] != before.last:
            raise Stale("Somebody else has just settled items by the same decision. Look again, then try again.")

    return check


def _acts(records: Reader | Tx, project: int, basis: Basis, since: datetime) -> list[tuple[int, str]]:
    """The acts that carried this on since then and stand: act, its detail as JSON text. In their order."""
    return records.all(
        """select id, (select detail from act where act.id = propagation.id) from propagation
           where project = ? and made_at >= ? and level = ? and amendment is null
             and id not in (select propagation from propagation_undo)
             and (decision = ? or precedent = ? or (?::bigint is null and ?::bigint is null
                  and decision is null and precedent is null and reason = ? and rule is not distinct from ?))
           order by id""",
        [
            project, since, basis.level, basis.decision, basis.precedent, basis.decision, basis.precedent,
            basis.reason.strip(), basis.rule,
        ],
    )  # fmt: skip


def _day_begins(now: datetime, time_zone: str) -> datetime:
    return now.astimezone(ZoneInfo(time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)


def looked(
    level: int, looks: Sequence[tuple[int, int]], items: Sequence[int], least: int, own: int | None = None,
    before: Earlier = NOTHING,
) -> list[int]:  # fmt: skip
    """The items that a decision is carried on to, once enough clips of a large cluster were judged.

    Args:
        looks: what was said of further clips: item, level. One that was given another level stays as it is.
        own: the item that the decision is of, where it is settled by the same act or was just before; it is not looked at
            again. None: the decision is an earlier one.
        before: what the same decision settled on this day already.

    Raises:
        BadInput: too few clips of so many items were judged, or most of them otherwise; a look at no item of these.
    """
    others = [one for one in dict.fromkeys(items) if one != own]
    new = dict(looks)
    if not new.keys() <= set(others) or len(new) != len(looks):
        raise BadInput("A further look is at another clip of the cluster that the decision would settle.")
    said = dict(before.looks) | new
    there = {*others, *said}
    if looks_wanted(before.items + len(others) + (own is not None), least, [level, *said.values()], len(there)):
        raise BadInput(
            "A decision that settles so many items (from {n} on) is asked for on a second clip, and on a third where they differ.",
            n=least,
        )
    if not holds(level, list(said.values())):
        raise BadInput("Most of the clips were given another level. Decide on one of those, or split the cluster.")
    return [one for one in others if said.get(one, level) == level]
