"""What a draft of an amendment rests on: the decision that left it, and the one that took that decision's place since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from relevance.roles import Act, Actor, require
from relevance.store.store import Reader, Store, marks


@dataclass(frozen=True, slots=True)
class Corrected:
    """The decision that stands in the place of a draft's own: by whom, and the draft that it left itself, if any."""

    decision: int
    level: int
    reason: str
    made_at: datetime
    name: str
    amendment: int | None


def corrected(reader: Reader, decisions: Sequence[int]) -> dict[int, Corrected]:
    """Of these decisions those that hold no more, each with what took its place.

    That is the newest ruling on its item, where it was made as a correction or says another level. A ruling that an
    undoing took back counts for nothing.
    """
    if not decisions:
        return {}
    rows = reader.all(
        f"""with newest as (
                select old.id as origin, max(new.id) as now from decision old
                join decision new on new.item = old.item and new.id > old.id and new.kind = 'level'
                where old.id in ({marks(decisions)}) and new.id not in (select decision from ruling_undone)
                group by old.id)
            select origin, new.id, new.level, new.reason, new.made_at, coalesce(person.name, '-'), outcome.amendment
            from newest join decision new on new.id = now join decision old on old.id = origin
            left join outcome on outcome.decision = new.id left join person on person.account = new.made_by
            where new.level <> old.level or outcome.corrects is not null""",
        list(decisions),
    )
    return {origin: Corrected(*row) for origin, *row in rows}


def gone(store: Store, actor: Actor, project: int, decisions: Sequence[int]) -> dict[int, Corrected]:
    """`corrected`, for who works on the drafts of a project."""
    require(actor, Act.SEE_DISPUTES, project)
    with store.reader() as reader:
        return corrected(reader, decisions)
