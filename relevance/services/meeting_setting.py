"""Who decides in a project's meetings, and whether its guests' clips carry a mark: the project's setting.

It holds for the meetings that are made from then on; each keeps the one under which it was made.
"""

from __future__ import annotations

from dataclasses import dataclass

from relevance.ballot import Decides
from relevance.errors import BadInput
from relevance.roles import Act, Actor, require
from relevance.store.store import Store, Tx


@dataclass(frozen=True, slots=True)
class Setting:
    """The project's: who decides in its meetings, and whether guests' clips carry a mark of who watches."""

    decides: Decides = "client"
    watermark: bool = True


def of(store: Store, project: int) -> Setting:
    """Who decides in a project's meetings."""
    with store.reader() as reader:
        row = reader.one(
            "select decides, watermark from meeting_setting where project = ? order by id desc limit 1", [project]
        )
    return Setting(*row) if row else Setting()


def change(store: Store, actor: Actor, project: int, decides: str, watermark: bool) -> None:
    """Changes it for the meetings that are made from now on.

    Raises:
        BadInput: nobody decides so.
    """
    require(actor, Act.MANAGE_PROJECT, project)
    if decides not in ("client", "chair", "majority"):
        raise BadInput("{decides} can't decide; one of client, chair, majority can.", decides=decides)

    def act(tx: Tx) -> None:
        made = tx.new_act("meeting.setting", actor, project, decides=decides, watermark=watermark)
        tx.insert(
            "meeting_setting", id=tx.new_id("meeting_setting"), project=project, decides=decides, watermark=watermark,
            made_at=tx.now, made_by=actor.account, act=made,
        )  # fmt: skip

    store.act(act)
