"""Gold in the stream: made from decided items, given out unseen, judged when its answer comes.

What `claim` and `answer` call works in memory alone; only making and ending gold asks the database.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from relevance.errors import BadInput, NotFound, Stale
from relevance.gold import DIFFICULTIES, Difficulty, GoldLine, Piece, difficulty_of, is_doubtful, lasts
from relevance.items import Standing
from relevance.roles import SYSTEM, Act, Actor, require
from relevance.store.known import IN_FORCE
from relevance.store.live import Given, LiveItem, LiveProject
from relevance.store.load_gold import pin
from relevance.store.store import Store, Tx, marks

LONGEST_REASON = 2000
PIECE = 500  # items that become gold in one act

# What comes next must not follow from anything that a grader sees.
_chance = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a grader is told about gold that he has graded, where the policy says so."""

    right: bool
    level: int
    reason: str
    rule: str | None


@dataclass(frozen=True, slots=True)
class GoldRow:
    """One piece of gold, as a list shows it. `n` and `right`: the answers of all graders; `good` and `failed`: of those
    who have proved themselves."""

    gold: int
    item: int
    level: int
    difficulty: Difficulty
    keyword_zh: str | None
    keyword_en: str | None
    clip_name: str
    content_id: str
    reason: str
    rule: str | None
    n: int
    right: int
    good: int
    failed: int
    ended: str | None
    because: str | None
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Supply:
    """How much gold there is, and for how many days of work it will do for the person who has least left of it.

    imported: pieces whose level came with an import. out: difficulties of which somebody has nothing left.
    """

    pieces: int
    by_difficulty: dict[Difficulty, int]
    least_left: int
    days: float | None
    doubted: int
    imported: int = 0
    out: tuple[Difficulty, ...] = ()


# In the stream ------------------------------------------------------------------------------------------------------


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
        _end(tx, line, piece, "doubted", 0, act)


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
    _retire(tx, line, piece, "other level" if labelled else "reopened", act, item.project)


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
        _retire(tx, line, piece, "rule changed", act, project)
    return len(pieces)


def _retire(tx: Tx, line: GoldLine, piece: Piece, because: str, act: int, project: int) -> None:
    """Takes a piece out since what it rests on is gone; what people answered to it proves nothing from now on."""
    act = act or tx.new_act("gold.touched", SYSTEM, project, gold=piece.gold, because=because)
    _end(tx, line, piece, "retired", 0, act)
    tx.insert("gold_touched", gold=piece.gold, because=because, act=act)


def _end(tx: Tx, line: GoldLine, piece: Piece, why: str, by: int, act: int) -> None:
    tx.insert(
        "gold_end", gold=piece.gold, why=why, n=piece.good, failed=piece.failed, made_by=by, made_at=tx.now, act=act
    )

    def back() -> None:
        piece.ended = False
        line.by_item[piece.item] = piece

    line.end(piece)
    tx.live.journal.append(back)


# Making and ending it -----------------------------------------------------------------------------------------------


def make(store: Store, actor: Actor, item: int, reason: str = "", level: int | None = None) -> int:
    """Makes gold of an item that has its label (decided, or settled), and returns the gold's id.

    Args:
        reason: why this level, as graders may read it; a decision's reason where left empty.
        level: another level than the label's (a specialist knows better); the label's if left out.

    Raises:
        BadInput: the item has no label yet, or is gold already.
    """
    return make_many(store, actor, [item], reason, level)[0]


def make_many(
    store: Store, actor: Actor, items: Sequence[int], reason: str = "", level: int | None = None
) -> list[int]:  # fmt: skip
    """The same for many items, in pieces under one act each; those that are gold already or have no label are left out.

    Raises:
        BadInput: none of them can become gold.
    """
    if level is not None and level not in (0, 1, 2, 3):
        raise BadInput("The level {level} is none of 0, 1, 2, 3.", level=level)
    if len(reason) > LONGEST_REASON:
        raise BadInput("A reason has at most {most} characters.", most=LONGEST_REASON)
    made: list[int] = []
    for start in range(0, len(items), PIECE):
        part = list(dict.fromkeys(items[start : start + PIECE]))
        made.extend(store.act(lambda tx, part=part: _make(tx, actor, part, reason.strip(), level)))  # type: ignore[misc]
    if not made:
        raise BadInput("Gold is made of items that have their label and are not gold yet; none of these is one.")
    return made


def _make(tx: Tx, actor: Actor, numbers: list[int], reason: str, level: int | None) -> list[int]:
    which, made = f"({marks(numbers)})", []
    owners = [project for (project,) in tx.all(f"select distinct project from item where id in {which}", numbers)]
    if not owners:
        raise NotFound("There is no item {item}.", item=numbers[0])
    for project in sorted(owners):
        require(actor, Act.SET_GOLD, project)
    rows = tx.rows(
        f"""with last as (select item, max_by(state, id) as state, max_by(level, id) as level from item_event
                          where item in {which} group by item),
            said as (select item, max_by(reason, id) as reason, max_by(rule, id) as rule from decision
                     where kind = 'level' and item in {which} group by item),
            graded as (select item, list(level) as levels from (
                           select item, assignment, max_by(level, seq) as level from answer
                           where item in {which} and purpose = 'work' and counts group by item, assignment)
                       where level is not null group by item)
            select item.id, item.project, keyword, last.level, said.reason, said.rule, graded.levels
            from item join last on last.item = item.id left join said on said.item = item.id
            left join graded on graded.item = item.id
            where last.state in ('settled', 'decided')
              and item.id not in (select item from gold where id not in (select gold from gold_end))
            order by item.id""",
        [*numbers, *numbers, *numbers],
    )
    if not rows:
        return []
    for project in sorted({row["project"] for row in rows}):
        at = tx.live.projects[project]
        if at.gold is None:
            at.gold = GoldLine()
            tx.live.journal.append(lambda at=at: setattr(at, "gold", None))  # type: ignore[misc]
        mine = [row for row in rows if row["project"] == project]
        act = tx.new_act("gold.make", actor, project, items=[row["id"] for row in mine])
        for row in mine:
            known = row["level"] if level is None else level
            difficulty = difficulty_of(row["levels"] or [], known)
            gold = tx.new_id("gold")
            tx.insert(
                "gold", id=gold, project=project, item=row["id"], level=known, difficulty=difficulty,
                reason=reason or row["reason"] or "", rule=row["rule"], made_by=actor.account, made_at=tx.now, act=act,
            )  # fmt: skip
            piece = Piece(gold, row["id"], row["keyword"], known, difficulty)
            at.gold.add(piece)
            tx.live.journal.append(lambda line=at.gold, piece=piece: line.forget(piece))  # type: ignore[misc]
            made.append(gold)
    _at_hand(tx, [row["id"] for row in rows])
    return made


# Items that came with a known level and are not in the stream with it, but for those that a person has ruled on otherwise.
_IMPORTED = """
    select item.id, item.keyword, item.gold, graded.levels from item join import on import.id = item.import
    join clip on clip.id = item.clip
    left join (select item, max_by(state, id) as state, max_by({v: level}, id) as said from item_event group by item) last
      on last.item = item.id
    left join (select item, list(level) as levels from (
                   select item, assignment, max_by(level, seq) as level from answer
                   where purpose = 'work' and counts group by item, assignment)
               where level is not null group by item) graded on graded.item = item.id
    where item.project = ? and item.gold is not null and committed_at is not null and removed_at is null
      and coalesce(last.state, 'open') not in ('disputed', 'withdrawn')
      and (coalesce(last.state, 'open') <> 'decided' or last.said.v = item.gold)
      and not exists (select 1 from gold where gold.item = item.id and (gold.level = item.gold or gold.id not in (
              select gold from gold_end) and gold.made_by <> 0))
    order by item.id limit ?
"""


def take_imported(store: Store, project: int) -> int:
    """Items that were imported with their level come into the stream. Returns how many; what is in it stays as it is.

    Their labels come from grades like any other's: until then they stand in the line too, each person getting an item once,
    as work or as gold. A level that a newer import gives takes the place of an older import's.
    """
    total = 0
    while made := store.act(lambda tx: _take_imported(tx, project)):
        total += made
    return total


def _take_imported(tx: Tx, project: int) -> int:
    rows = tx.all(_IMPORTED, [project, PIECE])
    if not rows:
        return 0
    at = tx.live.projects[project]
    if at.gold is None:
        at.gold = GoldLine()
        tx.live.journal.append(lambda: setattr(at, "gold", None))
    act = tx.new_act("gold.import", SYSTEM, project, items=[row[0] for row in rows])
    for item, keyword, level, levels in rows:
        if (old := at.gold.by_item.get(item)) is not None:
            _retire(tx, at.gold, old, "other level", act, project)
        gold, difficulty = tx.new_id("gold"), difficulty_of(levels or [], level)
        tx.insert(
            "gold", id=gold, project=project, item=item, level=level, difficulty=difficulty, reason="", rule=None,
            made_by=0, made_at=tx.now, act=act,
        )  # fmt: skip
        piece = Piece(gold, item, keyword, level, difficulty, imported=True)
        at.gold.add(piece)
        tx.live.journal.append(lambda piece=piece, line=at.gold: line.forget(piece))  # type: ignore[misc]
    _at_hand(tx, [row[0] for row in rows])
    return len(rows)


def _at_hand(tx: Tx, items: list[int]) -> None:
    """Keeps new gold's items at hand; whoever has had one never gets it as gold."""
    pin(tx, tx.live, f"({marks(items)})", list(items))
    for number, grader in tx.all(f"select distinct item, grader from assignment where item in ({marks(items)})", items):
        item = tx.live.get(number)
        line = tx.live.projects[item.project].gold if item is not None else None
        if line is not None:
            line.person(grader).seen.add(number)


def retire(store: Store, actor: Actor, gold: int) -> None:
    """Takes a piece out of the stream.

    Raises:
        NotFound: there is no such gold.
        Stale: it is out already.
    """

    def act(tx: Tx) -> None:
        row = tx.one("select project from gold where id = ?", [gold])
        if row is None:
            raise NotFound("There is no gold {gold}.", gold=gold)
        require(actor, Act.SET_GOLD, row[0])
        line = tx.live.projects[row[0]].gold
        piece = line.ever.get(gold) if line is not None else None
        if line is None or piece is None or piece.ended:
            raise Stale("This piece is out of the stream already.")
        act_id = tx.new_act("gold.retire", actor, row[0], gold=gold)
        _end(tx, line, piece, "retired", actor.account, act_id)

    store.act(act)


def keep(store: Store, actor: Actor, gold: int, level: int | None = None, reason: str = "") -> int:
    """Puts a doubted piece back after a person looked at it: the same level, or another. Returns the new gold's id."""
    with store.reader() as reader:
        row = reader.one("select project, item, level, reason from gold where id = ?", [gold])
    if row is None:
        raise NotFound("There is no gold {gold}.", gold=gold)
    require(actor, Act.SET_GOLD, row[0])
    return make(store, actor, row[1], reason or row[3], row[2] if level is None else level)


# Looking at it ------------------------------------------------------------------------------------------------------


def supply(store: Store, actor: Actor, project: int, graders: Sequence[int]) -> Supply:
    """How much gold there is for these graders, and when it runs out."""
    require(actor, Act.SEE_GOLD, project)
    at = store.live.projects[project]
    line = at.gold
    if line is None:
        return Supply(0, dict.fromkeys(DIFFICULTIES, 0), 0, None, 0)
    pieces = list(line.by_item.values())
    left = min((line.left(grader) for grader in graders), default=len(pieces))
    with store.reader() as reader:
        doubted = reader.value(
            """select count(*) from gold join gold_end on gold_end.gold = gold.id where project = ? and why = 'doubted'
               and item not in (select item from gold where id not in (select gold from gold_end))""",
            [project],
        )
    return Supply(
        len(pieces),
        {one: sum(piece.difficulty == one for piece in pieces) for one in DIFFICULTIES},
        left,
        lasts(left, float(at.settings["gold_share"]), int(at.settings["goal"])),
        int(doubted or 0),
        sum(piece.imported for piece in pieces),
        tuple(
            one for one in DIFFICULTIES
            if any(piece.difficulty == one for piece in pieces) and any(not line.left(who, one) for who in graders)
        ),
    )  # fmt: skip


def rows(store: Store, actor: Actor, project: int, only: str = "all", limit: int = 500) -> list[GoldRow]:
    """The project's gold with how people answered it: doubted pieces first, then those most often failed.

    Args:
        only: all, live (in the stream), doubted or retired.
    """
    require(actor, Act.SEE_GOLD, project)
    line = store.live.projects[project].gold
    with store.reader() as reader:
        found = reader.rows(
            """with said as (
                   select unseen.gold, count(*) as n,
                          count(*) filter (last.level = gold.level) as is_right
                   from unseen join gold on gold.id = unseen.gold
                   join (select assignment, case when any_value(feedback) then min_by(level, seq)
                                                 else max_by(level, seq) end as level
                         from answer join unseen using (assignment) where level is not null group by assignment) last
                     on last.assignment = unseen.assignment
                   where gold.project = ? group by unseen.gold)
               select gold.id as gold, gold.item, gold.level, difficulty, text_zh as keyword_zh, text_en as keyword_en,
                      clip.name as clip_name, content_id, reason, rule, coalesce(said.n, 0) as n,
                      coalesce(is_right, 0) as right, gold_end.why as ended, because, gold.made_at
               from gold join item on item.id = gold.item join keyword on keyword.id = item.keyword
               join clip on clip.id = item.clip left join said on said.gold = gold.id
               left join gold_end on gold_end.gold = gold.id left join gold_touched on gold_touched.gold = gold.id
               where gold.project = ? and (? = 'all' or coalesce(gold_end.why, 'live') = ?)
               order by coalesce(gold_end.why, '') = 'doubted' desc, gold_end.why is not null,
                        coalesce(is_right / said.n, 1), gold.id desc limit ?""",
            [project, project, only, only, limit],
        )
    pieces = line.ever if line is not None else {}
    return [
        GoldRow(
            good=pieces[row["gold"]].good if row["gold"] in pieces else 0,
            failed=pieces[row["gold"]].failed if row["gold"] in pieces else 0,
            **row,
        )
        for row in found
    ]


def offered(store: Store, actor: Actor, project: int, limit: int = 1000) -> dict[int, str]:
    """Items that a person decided and that are not gold, the newest first: what each is called.

    Those that are a precedent themselves are left out: everybody may have read what was decided about them.
    """
    require(actor, Act.SET_GOLD, project)
    with store.reader() as reader:
        return {
            item: f"#{item} · {zh or en} · {clip}"
            for item, zh, en, clip in reader.all(
                f"""with last as (select item, max_by(state, id) as state, max(id) as id from item_event group by item)
                   select item.id, text_zh, text_en, clip.name from last join item on item.id = last.item
                   join keyword on keyword.id = item.keyword join clip on clip.id = item.clip
                   where item.project = ? and state = 'decided' and removed_at is null
                     and not exists (select 1 from precedent p where p.item = item.id and {IN_FORCE})
                     and item.id not in (select item from gold where id not in (
                         select gold from gold_end where why = 'retired'))
                   order by last.id desc limit ?""",
                [project, limit],
            )
        }


def is_gold(store: Store, item: int) -> bool:
    """Whether an item is in the stream as gold now."""
    known = store.live.pinned.get(item)
    line = store.live.projects[known.project].gold if known is not None else None
    return line is not None and item in line.by_item
