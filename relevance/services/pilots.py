"""A draft's pilot: who grades which items blind, each alone; what they agree on is seen once it is closed.

Its answers stand in a table of their own and never count as grades of items. Gold is not drawn: whoever had met it here
would know it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from relevance import pilot as rule
from relevance.errors import BadInput, NotAllowed, NotFound, Stale
from relevance.pilot import Candidate, Result, Said
from relevance.roles import TABLE, Act, Actor, allowed, require
from relevance.services import amendments, guidelines
from relevance.services.guidelines import Guideline
from relevance.services.shown import COLUMNS, Shown
from relevance.store.store import Reader, Store, Tx, marks

NAMED = -1  # the seed of a pilot whose items were named, not drawn


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one person is; nothing of what he says."""

    account: int
    name: str
    done: int


@dataclass(frozen=True, slots=True)
class Pilot:
    """A pilot in a list. `mine`: how many places the asking person has answered; None: he does not take part."""

    id: int
    project: int
    amendment: int
    base: int
    seed: int
    mark: float
    made_at: datetime
    closed_at: datetime | None
    items: int
    people: tuple[Progress, ...]
    mine: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One place of a pilot: the clip and its keyword, and what the person himself has said. Nothing of its label."""

    place: int
    shown: Shown
    said: int | None
    rule: str | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A person's pilot: the draft that he grades under and all its places."""

    pilot: Pilot
    guideline: Guideline
    questions: tuple[Question, ...]

    @property
    def next(self) -> int | None:
        """The first place without an answer; None where all have one."""
        return next((one.place for one in self.questions if one.said is None), None)


# Beginning one ---------------------------------------------------------------------------------------------------------


def candidates(store: Store, actor: Actor, project: int, base: int) -> list[Candidate]:
    """What can be drawn: items with a label, not gold, their clip still there; by keyword and the levels they were given."""
    require(actor, Act.MAKE_RULE, project)
    with store.reader() as reader:
        rows = reader.all(
            """with last as (select item, max_by(state, id) as state from item_event group by item),
                   given as (
                       select item, assignment, arg_max(level, seq) as level, arg_max(guideline, seq) as guideline from answer
                       where purpose = 'work' and counts
                         and assignment not in (select assignment from exclusion_answer) group by item, assignment),
                   graded as (
                       select item, min(level) as low, max(level) as high, count(*) filter (guideline = ?) as n from given
                       where level is not null group by item)
               select item.id, item.keyword, low, high, coalesce(n, 0) >= 2 from last
               join item on item.id = last.item join clip on clip.id = item.clip
               left join graded on graded.item = item.id
               where item.project = ? and state in ('settled', 'decided') and clip.removed_at is null
                 and item.id not in (select item from gold where id not in (select gold from gold_end))""",
            [base, project],
        )
    return [Candidate(item, (keyword, low, high), compared) for item, keyword, low, high, compared in rows]


def people(store: Store, actor: Actor, project: int) -> list[tuple[int, str, str]]:
    """Who can take part: (account, name, role), members of the project alone."""
    require(actor, Act.MAKE_RULE, project)
    roles = sorted(TABLE[Act.PILOT])
    with store.reader() as reader:
        return [
            (account, name, role)
            for account, name, role in reader.all(
                f"""select member.account, any_value(person.name), min(role) from member
                    join person on person.account = member.account
                    where project = ? and (until is null or until > ?) and role in ({marks(roles)})
                    group by member.account order by 3, 2""",
                [project, store.clock.now(), *roles],
            )
        ]


def mark_of(store: Store, project: int) -> float:
    """The project's mark, as its policy sets it: a rule on which the people of a pilot agree less is named."""
    return float(store.live.projects[project].settings.get("pilot_mark", rule.MARK))


def make(
    store: Store, actor: Actor, amendment: int, accounts: Sequence[int], n: int = rule.LEAST, seed: int = 1,
    mark: float = rule.MARK, items: Sequence[int] | None = None,
) -> int:  # fmt: skip
    """Begins a pilot of a draft. Returns its number.

    Args:
        accounts: who grades, members of the project.
        n, seed: how many items are drawn, and the draw's seed.
        mark: the least share of agreeing pairs of grades for each rule, 0 to 1.
        items: the items themselves, instead of a draw.

    Raises:
        Stale: the draft is done with, another version came into force since, or a pilot of it is under way.
        BadInput: too few people or items, somebody is no member, an item that can't be piloted, or the text has faults.
    """
    with store.reader() as reader:
        draft = amendments.known(reader, amendment)
    project = draft.project
    there = candidates(store, actor, project, draft.base)
    drafted(store, amendment)  # a text with faults is told now, not when it is published
    if not 0 <= mark <= 1:
        raise BadInput("The mark is a share from 0 to 100 %.")
    if not 0 <= seed < 2**31:
        raise BadInput("A seed is a whole number from 0 on.")
    members = {account for account, _, _ in people(store, actor, project)}
    chosen = list(dict.fromkeys(accounts))
    for account in chosen:
        if account not in members:
            raise BadInput("Account {account} can't take part: it is no member of this project.", account=account)
    if len(chosen) < rule.PEOPLE:
        raise BadInput("A pilot needs at least {n} people.", n=rule.PEOPLE)
    if items is None:
        drawn = rule.draw(there, n, seed)
    else:
        drawn, known = list(dict.fromkeys(items)), {one.item for one in there}
        rule.check(len(drawn))
        for item in drawn:
            if item not in known:
                raise BadInput(
                    "Item {item} can't be piloted: it has no label, is gold, or its clip is gone.", item=item
                )

    def act(tx: Tx) -> int:
        now = amendments.known(tx, amendment)
        amendments.still_open(now)
        if now.base != tx.live.projects[project].guideline_id:
            raise Stale("Another version has come into force since this draft was made. Draft it anew.")
        if tx.one("select 1 from pilot where amendment = ? and id not in (select pilot from pilot_end)", [amendment]):
            raise Stale("A pilot of this draft is under way already.")
        made = tx.new_id("pilot")
        act_id = tx.new_act("pilot.make", actor, project, pilot=made, amendment=amendment, items=len(drawn))
        tx.insert(
            "pilot", id=made, project=project, amendment=amendment, base=now.base, mark=mark, made_at=tx.now,
            seed=NAMED if items is not None else seed, made_by=actor.account, act=act_id,
        )  # fmt: skip
        for place, item in enumerate(drawn):
            tx.insert("pilot_item", pilot=made, place=place, item=item)
        for account in chosen:
            tx.insert("pilot_person", pilot=made, account=account)
        return made

    return store.act(act)


def close(store: Store, actor: Actor, pilot: int) -> None:
    """Ends a pilot: its answers can be seen from now on, and nobody answers any more.

    Raises:
        Stale: it is closed already.
    """

    def act(tx: Tx) -> None:
        one = _known(tx, pilot)
        require(actor, Act.MAKE_RULE, one.project)
        if one.closed_at is not None:
            raise Stale("This pilot is closed already.")
        made = tx.new_act("pilot.close", actor, one.project, pilot=pilot)
        tx.insert("pilot_end", pilot=pilot, made_by=actor.account, made_at=tx.now, act=made)

    store.act(act)


def drafted(store: Store, amendment: int) -> Guideline:
    """The guideline as a draft would make it.

    Raises:
        BadInput: its text has faults.
    """
    with store.reader() as reader:
        project = amendments.known(reader, amendment).project
    return guidelines.as_text(store, project, *amendments.texts_of(store, amendment))


# Taking part -----------------------------------------------------------------------------------------------------------


def waiting(store: Store, actor: Actor, project: int) -> list[Pilot]:
    """The open pilots that the actor takes part in, with how far he is."""
    if not allowed(actor, Act.PILOT, project):
        return []
    with store.reader() as reader:
        return [one for one in _list(reader, project, actor) if one.closed_at is None and one.mine is not None]


def sheet(store: Store, actor: Actor, pilot: int) -> Sheet:
    """A person's places, with what he said himself and nothing else.

    Raises:
        NotFound: there is no such pilot, or he does not take part: the two look the same.
        Stale: it is closed.
    """
    with store.reader() as reader:
        one = _mine(reader, actor, pilot)
        rows = reader.rows(
            f"""select place, said.level as said, said.rule, {COLUMNS}
               from pilot_item join item on item.id = pilot_item.item join clip on clip.id = item.clip
               join keyword on keyword.id = item.keyword
               left join (select place, level, rule from pilot_answer where pilot = ? and account = ?
                          qualify row_number() over (partition by place order by seq desc) = 1) said using (place)
               where pilot_item.pilot = ? order by place""",
            [pilot, actor.account, pilot],
        )
    parted = (Shown.taken(row) for row in rows)
    questions = tuple(Question(shown=clip, **rest) for clip, rest in parted)
    return Sheet(one, drafted(store, one.amendment), questions)


def say(store: Store, actor: Actor, pilot: int, place: int, level: int, cited: str | None = None) -> None:
    """A person's grade of one place under the draft, with the rule he goes by; a later one takes its place.

    Raises:
        NotFound: no such pilot or place for him.
        Stale: the pilot is closed.
        BadInput: no such level or rule.
    """
    if level not in (0, 1, 2, 3):
        raise BadInput("The level {level} is none of 0, 1, 2, 3.", level=level)
    with store.reader() as reader:
        one = _mine(reader, actor, pilot)
    if cited is not None and cited not in {each.id for each in drafted(store, one.amendment).rules}:
        raise BadInput("The draft has no rule {rule}.", rule=cited)

    def act(tx: Tx) -> None:
        _mine(tx, actor, pilot)
        if not tx.one("select 1 from pilot_item where pilot = ? and place = ?", [pilot, place]):
            raise NotFound("This pilot has no place {place}.", place=place + 1)
        seq = tx.value(
            "select coalesce(max(seq) + 1, 0) from pilot_answer where pilot = ? and account = ? and place = ?",
            [pilot, actor.account, place],
        )
        tx.insert(
            "pilot_answer", pilot=pilot, account=actor.account, place=place, seq=seq, level=level, rule=cited,
            made_at=tx.now,
        )  # fmt: skip

    store.act(act)


# What came of it -------------------------------------------------------------------------------------------------------


def of(store: Store, actor: Actor, project: int) -> list[Pilot]:
    """A project's pilots, the newest first, with how far everybody is."""
    require(actor, Act.SEE_DISPUTES, project)
    with store.reader() as reader:
        return _list(reader, project, actor)


def result(store: Store, actor: Actor, pilot: int) -> Result:
    """What a closed pilot came to, beside the grades of the same items under the version it was compared with.

    Raises:
        NotAllowed: it is not closed: nobody sees another's answers before.
    """
    with store.reader(snapshot=True) as reader:
        one = _known(reader, pilot)
        require(actor, Act.SEE_DISPUTES, one.project)
        if one.closed_at is None:
            raise NotAllowed("Nobody sees a pilot's answers before it is closed.")
        items = [item for (item,) in reader.all("select item from pilot_item where pilot = ? order by place", [pilot])]
        now = [
            Said(*row)
            for row in reader.all(
                """select account, item, level, rule from pilot_answer a
                   join pilot_item i on i.pilot = a.pilot and i.place = a.place where a.pilot = ?
                   qualify row_number() over (partition by account, a.place order by seq desc) = 1""",
                [pilot],
            )
        ]
        before = [
            Said(*row)
            for row in reader.all(
                """select grader, item, level from (
                       select item, any_value(grader) as grader, arg_max(level, seq) as level,
                              arg_max(guideline, seq) as guideline from answer
                       where item in (select item from pilot_item where pilot = ?) and purpose = 'work' and counts
                         and assignment not in (select assignment from exclusion_answer) group by item, assignment)
                   where level is not null and guideline = ?""",
                [pilot, one.base],
            )
        ]
    return rule.result(now, before, items, one.mark)


def _list(reader: Reader, project: int, actor: Actor, pilot: int | None = None) -> list[Pilot]:
    names: dict[int, list[Progress]] = {}
    for number, account, name, done in reader.all(
        """select p.pilot, p.account, coalesce(any_value(person.name), '-'), count(distinct place) from pilot_person p
           join pilot on pilot.id = p.pilot left join person on person.account = p.account
           left join pilot_answer a on a.pilot = p.pilot and a.account = p.account
           where pilot.project = ? and (?::bigint is null or pilot.id = ?)
           group by p.pilot, p.account order by p.pilot, 3""",
        [project, pilot, pilot],
    ):
        names.setdefault(number, []).append(Progress(account, name, done))
    found = [
        Pilot(row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8], tuple(names.get(row[0], ())))
        for row in reader.all(
            """select p.id, p.project, amendment, base, seed, mark, p.made_at, e.made_at,
                      (select count(*) from pilot_item i where i.pilot = p.id)
               from pilot p left join pilot_end e on e.pilot = p.id
               where p.project = ? and (?::bigint is null or p.id = ?) order by p.id desc""",
            [project, pilot, pilot],
        )
    ]
    return [
        replace(one, mine=next((each.done for each in one.people if each.account == actor.account), None))
        for one in found
    ]


def _known(reader: Reader, pilot: int, actor: Actor | None = None) -> Pilot:
    project = reader.value("select project from pilot where id = ?", [pilot])
    if project is None:
        raise NotFound("There is no such pilot.")
    return _list(reader, project, actor or Actor(0), pilot)[0]


def _mine(reader: Reader, actor: Actor, pilot: int) -> Pilot:
    one = _known(reader, pilot, actor)
    if one.mine is None or not allowed(actor, Act.PILOT, one.project):
        raise NotFound("There is no such pilot.")
    if one.closed_at is not None:
        raise Stale("This pilot is closed already.")
    return one
