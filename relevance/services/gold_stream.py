"""Gold in the stream: given out unseen, judged when its answer comes.

What `claim` and `answer` call works in memory alone.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from relevance.gold import GoldLine, Piece, is_doubtful
from relevance.items import Standing
from relevance.roles import SYSTEM
from relevance.services import gold_ends
from relevance.store.live import Given, LiveItem, LiveProject
from relevance.store.store import Tx

# What comes next must not follow from anything that a grader sees.
_chance = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a grader is told about gold that he has graded, where the policy says so."""

    right: bool
    level: int
    reason: str
    rule: str | None


def due(tx: Tx, at: LiveProject, grader: int, tab: str) -> tuple[Given, LiveItem] | None:
    """Leases a piece of gold to a person, or his own earlier item where gold is thin; None: ordinary work is next.

    Called for every item that is given out: it looks into memory alone.
    """
    line = at.gold
    share = float(at.settings["gold_share"])
    if line is None or share <= 0:
        return None
    person, run = line.person(grader), at.line.run_of(grader)
    if run is None or not person.working or not line.owes(grader, share, _chance.random()):
        return None
    batch, keyword, over = run
    again = next((item for item in person.open if _free(tx, item, grader)), None)
    piece = line.by_item.get(again) if again is not None else None
    if piece is None or (piece.keyword != keyword and not over) or _held(tx, at, piece):
        piece = line.next(grader, keyword, lambda one: not _held(tx, at, one))
        if piece is None and over:
            piece = line.next(grader, None, lambda one: not _held(tx, at, one))
    if piece is not None:
        item = tx.live.pinned.get(piece.item) or tx.live.get(piece.item)
        if item is None:
            return None
        back = line.give(grader, piece)
        at.line.lengthen(grader)
        tx.live.journal.append(back)
        tx.live.journal.append(lambda: at.line.lengthen(grader, -1))
        return _lease(tx, at, item, grader, tab, "gold", batch, piece.gold, None)
    own = line.repeats(grader, tx.now, lambda number: _fits(tx, line, number, grader, None if over else keyword))
    mine = tx.live.get(own) if own is not None else None
    if mine is None:
        return None
    earlier = mine.of(grader, "work")
    person.owed -= 1
    at.line.lengthen(grader)

    def untake() -> None:
        person.owed += 1
        at.line.lengthen(grader, -1)

    tx.live.journal.append(untake)
    return _lease(tx, at, mine, grader, tab, "repeat", batch, None, earlier.level if earlier else None)


def _free(tx: Tx, item: int, grader: int) -> bool:
    """A piece that this person let go of unanswered."""
    known = tx.live.get(item)
    given = known.of(grader, "gold") if known is not None else None
    return given is not None and not given.answered and given.expires is None


def _held(tx: Tx, at: LiveProject, piece: Piece) -> bool:
    """A question about its keyword or clip is open: all else of it is given to nobody."""
    item = tx.live.pinned.get(piece.item)
    return at.holds_keyword(piece.keyword) or (item is not None and ("clip", item.clip) in at.held)


def _fits(tx: Tx, line: GoldLine, number: int, grader: int, keyword: int | None) -> bool:
    item = tx.live.get(number)
    if item is None or number in line.by_item or item.standing.state not in ("settled", "decided"):
        return False
    mine = item.of(grader, "work")
    return (
        mine is not None
        and mine.level is not None
        and item.of(grader, "repeat") is None
        and (keyword is None or item.keyword == keyword)
    )


def _lease(
    tx: Tx, at: LiveProject, item: LiveItem, grader: int, tab: str, purpose: str, batch: int, gold: int | None,
    earlier: int | None,
) -> tuple[Given, LiveItem]:  # fmt: skip
    tx.live.touch(item)
    given = item.of(grader, purpose)
    if given is None:
        given = Given(tx.new_id("assignment"), grader, purpose)
        tx.insert(
            "assignment", id=given.id, item=item.id, grader=grader, purpose=purpose, round=item.round, tab=tab,
            leased_at=tx.now,
        )  # fmt: skip
        tx.insert(
            "unseen", assignment=given.id, gold=gold, batch=batch, earlier=earlier,
            feedback=bool(at.settings["gold_feedback"]),
        )  # fmt: skip
        given.batch = batch
    tx.live.lease_to(item, given, tab, tx.now)
    tx.live.file(item)
    return given, item


def took_work(at: LiveProject, grader: int, there: bool) -> None:
    """Ordinary work was (or was not) there: gold comes only among it."""
    if at.gold is not None:
        at.gold.person(grader).working = there


def has_had(tx: Tx, at: LiveProject, grader: int, item: int) -> None:
    """A person got an item as work or audit: where it is gold too (its level was imported), it never comes to him as gold."""
    if at.gold is not None and item in at.gold.by_item:
        seen = at.gold.person(grader).seen
        if item not in seen:
            seen.add(item)
            tx.live.journal.append(lambda: seen.discard(item))


def answered(
    tx: Tx, at: LiveProject, given: Given, item: LiveItem, level: int | None, before: int | None, first: bool
) -> Feedback | None:
    """An answer came: judges it where it is gold, remembers it where it is ordinary work.

    Args:
        before: the level that his earlier answer on this assignment had.
        first: it is his first answer on this assignment.
    """
    line = at.gold
    if line is None:
        return None
    if given.purpose == "work":
        if first and level is not None:
            line.remember(given.grader, item.id, tx.now)
        return None
    if given.purpose != "gold":
        return None
    line.person(given.grader).open.pop(item.id, None)
    piece = line.by_item.get(item.id)
    if piece is None or level is None:
        return None
    told = bool(at.settings["gold_feedback"])
    right = level == piece.level
    if before is None:
        _judge(tx, at, line, piece, given.grader, right, None)
    elif not told:
        _judge(tx, at, line, piece, given.grader, right, before == piece.level)
    return _feedback(tx, piece, right) if told and before is None else None


def told(tx: Tx, assignment: int, level: int | None) -> Feedback | None:
    """What was told of a first answer, once more: the same answer may be sent again."""
    row = tx.one(
        """select gold.level, reason, rule from unseen join gold on gold.id = unseen.gold
           where assignment = ? and feedback""",
        [assignment],
    )
    return None if row is None or level is None else Feedback(level == row[0], *row)


def _feedback(tx: Tx, piece: Piece, right: bool) -> Feedback:
    reason, rule = tx.one("select reason, rule from gold where id = ?", [piece.gold]) or ("", None)
    return Feedback(right, piece.level, reason, rule)


def _judge(
    tx: Tx, at: LiveProject, line: GoldLine, piece: Piece, grader: int, right: bool, before: bool | None
) -> None:  # fmt: skip
    person = line.person(grader)
    old = (person.proof, person.weight, piece.good, piece.failed)

    def back() -> None:
        person.proof, person.weight, piece.good, piece.failed = old

    tx.live.journal.append(back)
    good = line.is_good(grader)
    line.judged(grader, right, before)
    if not good:
        return
    if before is None:
        piece.good, piece.failed = piece.good + 1, piece.failed + (not right)
    elif before != right:
        piece.failed = max(0, piece.failed + (1 if not right else -1))
    if not piece.ended and is_doubtful(piece.good, piece.failed):
        act = tx.new_act("gold.doubt", SYSTEM, at.id, item=piece.item, good=piece.good, failed=piece.failed)
        gold_ends.end(tx, line, piece, "doubted", 0, act)


def touched(tx: Tx, item: LiveItem, after: Standing, act: int) -> None:
    """An item came to another standing: where that speaks against its gold, the piece leaves the stream in the same act.

    Made gold rests on its item's label, and goes with it. Imported gold rests on whoever gave it: grades never speak
    against it, only a person who decides.
    """
    line = tx.live.projects[item.project].gold
    piece = line.by_item.get(item.id) if line is not None else None
    if line is None or piece is None:
        return
    labelled = after.state in ("settled", "decided")
    if labelled and after.level == piece.level:
        return
    if piece.imported and after.state not in ("decided", "withdrawn") and after.why not in ("appeal", "exam"):
        return
    gold_ends.withdraw(tx, line, piece, "other level" if labelled else "reopened", act, item.project)


def rules_changed(tx: Tx, project: int, old: int, new: int, act: int) -> int:
    """A version changes the guideline in substance: gold that cites a rule which reads otherwise now leaves the stream.

    Call it in the act that publishes, after the new version's rules were written. Returns how many pieces left.

    Args:
        old, new: the two versions' ids.
    """
    line = tx.live.projects[project].gold
    if line is None:
        return 0
    gone = tx.all(
        """select gold.id from gold left join guideline_rule old on old.guideline = ? and old.rule = gold.rule
           left join guideline_rule new on new.guideline = ? and new.rule = gold.rule
           where project = ? and gold.rule is not null and gold.id not in (select gold from gold_end)
             and (new.title_zh, new.title_en, new.text_zh, new.text_en)
                 is distinct from (old.title_zh, old.title_en, old.text_zh, old.text_en)""",
        [old, new, project],
    )
    pieces = [line.ever[gold] for (gold,) in gone]
    for piece in pieces:
        gold_ends.withdraw(tx, line, piece, "rule changed", act, project)
    return len(pieces)
