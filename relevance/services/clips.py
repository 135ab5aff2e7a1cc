"""Who may see a clip: whoever's role includes all clips of its project, and a grader those of his own items."""

from __future__ import annotations

import time
from collections import OrderedDict
from datetime import timedelta
from weakref import WeakKeyDictionary

from relevance.errors import NotFound
from relevance.roles import Act, Actor, allowed
from relevance.store.store import Store

LATELY = timedelta(hours=12)  # an item that was leased so lately may still stand on its grader's screen
_REMEMBER_YES, _REMEMBER_NO, _REMEMBER_CLIP = 3600.0, 2.0, 30.0  # seconds
_BOUND = 50_000


class _Memory:
    """What was found out a moment ago: a video is asked for in many pieces."""

    def __init__(self) -> None:
        self.clips: OrderedDict[str, tuple[float, list[tuple[int, int]]]] = OrderedDict()
        self.own: OrderedDict[tuple[int, int], tuple[float, bool]] = OrderedDict()


_BY_STORE: WeakKeyDictionary[Store, _Memory] = WeakKeyDictionary()


def check(store: Store, actor: Actor, content_id: str) -> None:
    """Lets a clip be seen.

    Raises:
        NotFound: there is no such clip, it was removed, or this actor may not know of it: the three look the same.
    """
    memory = _BY_STORE.setdefault(store, _Memory())
    found = _clips(store, memory, content_id)
    if any(allowed(actor, Act.SEE_CLIP, project) for _, project in found):
        return
    for clip, project in found:
        if allowed(actor, Act.GRADE, project) and _own(store, memory, actor.account, clip):
            return
    raise NotFound("There is no such clip.")


def _clips(store: Store, memory: _Memory, content_id: str) -> list[tuple[int, int]]:
    """The clips (id, project) with these bytes: the same file may be in several projects."""
    now = time.monotonic()
    known = memory.clips.get(content_id)
    if known is not None and now < known[0]:
        return known[1]
    with store.reader(graded=False) as reader:
        rows = reader.all("select id, project from clip where content_id = ? and removed_at is null", [content_id])
    found = [(int(clip), int(project)) for clip, project in rows]
    memory.clips[content_id] = (now + (_REMEMBER_CLIP if found else _REMEMBER_NO), found)
    while len(memory.clips) > _BOUND:
        memory.clips.popitem(last=False)
    return found


def _own(store: Store, memory: _Memory, account: int, clip: int) -> bool:
    """Whether a grader has, had lately, or has answered an item with this clip, or meets it in exam, training, pilot or the guideline's examples."""
    now = time.monotonic()
    known = memory.own.get((account, clip))
    if known is not None and now < known[0] and known[1]:
        return True
    own = any(item.clip == clip for _, item in store.live.held_by(account))
    if not own:
        if known is not None and now < known[0]:
            return False
        with store.reader() as reader:
            own = reader.one(
                """select 1 from assignment join item on item.id = assignment.item
                   where item.clip = ? and assignment.grader = ? and (
                       assignment.leased_at > ?
                       or assignment.id in (select answer.assignment from answer where answer.grader = ?)
                   )
                   union all
                   select 1 from attempt_item join attempt on attempt.id = attempt_item.attempt
                   join item on item.id = attempt_item.item where attempt.account = ? and item.clip = ?
                   union all
                   select 1 from example join item on item.id = example.item
                   where item.clip = ? and example.id not in (select example from example_end)
                   union all
                   select 1 from guideline_example join item on item.id = guideline_example.item
                   where item.clip = ? and guideline_example.id not in (select example from guideline_example_end)
                   union all
                   select 1 from pilot_person join pilot_item using (pilot) join item on item.id = pilot_item.item
                   where pilot_person.account = ? and item.clip = ?
                     and pilot not in (select pilot from pilot_end) limit 1""",
                [clip, account, store.clock.now() - LATELY, account, account, clip, clip, clip, account, clip],
            ) is not None  # fmt: skip
    memory.own[account, clip] = (now + (_REMEMBER_YES if own else _REMEMBER_NO), own)
    while len(memory.own) > _BOUND:
        memory.own.popitem(last=False)
    return own
