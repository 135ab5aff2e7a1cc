"""Sitting an exam: items drawn for one person, answered in his order, handed in.

Nothing of an exam's known levels leaves this module before the attempt is over.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from relevance.errors import BadInput, NotAllowed, NotFound, Stale
from relevance.qualification import Turn, turn
from relevance.roles import Act, Actor, require
from relevance.services import attempts, exams, marking, training
from relevance.services.attempts import GRACE, Result
from relevance.services.exams import LONGEST_TEXT
from relevance.services.shown import COLUMNS, Shown
from relevance.store.store import Reader, Store, Tx
from relevance.training import Cell, draw


@dataclass(frozen=True, slots=True)
class Question:
    """One place of an attempt as the person sees it: an item, or a question in words. Its known level is not in it."""

    place: int
    item: int | None
    shown: Shown | None
    text: str | None
    points: int
    said: int | None
    wrote: str | None

    @property
    def done(self) -> bool:
        """It has been answered."""
        return self.said is not None or bool(self.wrote)


@dataclass(frozen=True, slots=True)
class Paper:
    """An attempt that is under way, or over."""

    attempt: int
    exam: str
    started_at: datetime
    ends_at: datetime
    ended: str | None
    questions: tuple[Question, ...]


def start(store: Store, actor: Actor, project: int, exam: int) -> int:
    """Begins an attempt: draws this person's items, in his order. Returns the attempt.

    Raises:
        NotAllowed: he is no grader here, or must wait, train first, or has no attempt left.
        BadInput: there are too few items that he has not had.
        Stale: the exam is not offered any more.
    """
    require(actor, Act.GRADE, project)
    marking.close_over(store, project)
    with store.reader() as reader:
        found = exams.find(reader, "id = ? and project = ? and id not in (select exam from exam_end)", [exam, project])
        if not found:
            raise Stale("This exam is not offered any more.")
        offered = found[0]
        pool = exams.candidates(reader, project)
        trained = training.is_trained(reader, project, actor.account)
        own = {item for (item,) in reader.all("select distinct item from assignment where grader = ?", [actor.account])}
        lately = {
            item
            for (item,) in reader.all(
                """select item from attempt_item join attempt on attempt.id = attempt_item.attempt
                   where account = ? and project = ? and started_at > ?""",
                [actor.account, project, store.clock.now() - timedelta(days=offered.rules.window_days)],
            )
        }

    def act(tx: Tx) -> int:
        running = attempts.running(tx, project, actor.account)
        if running is not None:
            return running
        past = attempts.past(tx, project, actor.account, offered.kind)
        _may(turn(past, offered.rules, tx.now, trained))
        attempt = tx.new_id("attempt")
        if offered.fixed:
            chosen = {one.item: one for one in pool}
            drawn = draw(
                [Cell(len(offered.fixed))], [chosen[item] for item in offered.fixed if item in chosen], attempt
            )
        else:
            drawn = draw(offered.cells, pool, attempt, own | lately)
        act_id = tx.new_act("exam.start", actor, project, exam=exam, attempt=attempt)
        tx.insert(
            "attempt", id=attempt, exam=exam, project=project, account=actor.account, number=len(past) + 1,
            guideline=_version(tx, project), started_at=tx.now, ends_at=tx.now + timedelta(minutes=offered.minutes),
            act=act_id,
        )  # fmt: skip
        for place, one in enumerate(drawn):
            tx.insert("attempt_item", attempt=attempt, place=place, item=one.item, level=one.level, rule=one.rule)
        if (line := tx.live.projects[project].gold) is not None:
            line.person(actor.account).seen.update(one.item for one in drawn)  # not once more in the stream
        return attempt

    return store.act(act)


def _may(next_turn: Turn) -> None:
    match next_turn.why:
        case "waiting":
            raise NotAllowed("The next attempt may begin at {after}.", after=next_turn.after)
        case "none_left":
            raise NotAllowed("There is no attempt left. Talk to your lead.")
        case "unmarked":
            raise NotAllowed("Your last attempt is not marked yet.")
        case "untrained":
            raise NotAllowed("Go through the training first.")


def _version(reader: Reader, project: int) -> int:
    return int(reader.value("select coalesce(max(version), 0) from guideline where project = ?", [project]))


def paper(store: Store, actor: Actor, attempt: int) -> Paper:
    """An attempt as its own person sees it.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    marking.close_if_over(store, attempt)
    with store.reader() as reader:
        row = attempts.one(reader, attempt)
        if row["account"] != actor.account:
            raise NotFound("There is no attempt {attempt}.", attempt=attempt)
        said = {
            place: (level, text)
            for place, level, text in reader.all(
                """select place, arg_max(level, seq), arg_max(text, seq) from attempt_answer where attempt = ?
                   group by place""",
                [attempt],
            )
        }
        items = reader.rows(
            f"""select place, item.id as item, {COLUMNS}
               from attempt_item join item on item.id = attempt_item.item join clip on clip.id = item.clip
               join keyword on keyword.id = item.keyword where attempt = ? order by place""",
            [attempt],
        )
    asked = [
        Question(**rest, shown=clip, text=None, points=0, said=said.get(rest["place"], (None,))[0], wrote=None)
        for clip, rest in (Shown.taken(row) for row in items)
    ]
    for offset, one in enumerate(json.loads(row["written"])):
        place = len(items) + offset
        asked.append(Question(place, None, None, one["text"], one["points"], None, said.get(place, (None, None))[1]))
    return Paper(attempt, row["name"], row["started_at"], row["ends_at"], row["why"], tuple(asked))


def say(
    store: Store, actor: Actor, attempt: int, place: int, level: int | None = None, text: str | None = None
) -> None:  # fmt: skip
    """Answers one place, or answers it anew; the last answer in time counts.

    Raises:
        NotFound: it is somebody else's attempt, or there is no such place.
        Stale: the attempt is over.
        BadInput: neither a level nor a text, or a value out of range.
    """
    if (level is None) == (text is None) or (level is not None and level not in (0, 1, 2, 3)):
        raise BadInput("An exam's item is answered with a level, a written question with a text.")
    if text is not None and len(text) > LONGEST_TEXT:
        raise BadInput("{name} is longer than {most} characters.", name="text", most=LONGEST_TEXT)

    def act(tx: Tx) -> bool:
        row = attempts.one(tx, attempt)
        if row["account"] != actor.account:
            raise NotFound("There is no attempt {attempt}.", attempt=attempt)
        if row["why"] is not None:
            raise Stale("This attempt is over.")
        if tx.now > row["ends_at"] + GRACE:
            marking.close(tx, row, "time over")
            return False
        items = tx.value("select count(*) from attempt_item where attempt = ?", [attempt])
        last = items + len(json.loads(row["written"]))
        if not (0 <= place < items if level is not None else items <= place < last):
            raise NotFound("The exam has no place {place} of this kind.", place=place)
        seq = tx.value(
            "select coalesce(max(seq) + 1, 0) from attempt_answer where attempt = ? and place = ?", [attempt, place]
        )
        tx.insert(
            "attempt_answer", attempt=attempt, place=place, seq=seq, level=level, text=text, made_at=tx.now
        )  # fmt: skip
        return True

    if not store.act(act):
        raise Stale("The time is over. What was answered before it counts.")


def hand_in(store: Store, actor: Actor, attempt: int) -> Result:
    """Ends one's attempt before its time, and marks it."""

    def act(tx: Tx) -> None:
        row = attempts.one(tx, attempt)
        if row["account"] != actor.account:
            raise NotFound("There is no attempt {attempt}.", attempt=attempt)
        if row["why"] is None:
            marking.close(tx, row, "handed in" if tx.now <= row["ends_at"] + GRACE else "time over")

    store.act(act)
    with store.reader() as reader:
        return attempts.results(reader, "attempt.id = ?", [attempt])[0]
