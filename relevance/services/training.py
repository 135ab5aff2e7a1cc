"""Training: the guideline walked through rule by rule, with clips, and the rule and reason told at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from relevance.errors import BadInput, NotFound, Stale
from relevance.roles import Act, Actor, allowed, require
from relevance.services import duties
from relevance.services.shown import COLUMNS, Shown
from relevance.store.store import Reader, Store, Tx
from relevance.texts import N_

LONGEST_TEXT = 2000
ENDED = N_("This example is no longer part of the training.")


@dataclass(frozen=True, slots=True)
class Step:
    """One example of a rule. `said`: what the person answered in this course; `level` and the reasons are told only then
    (or to who makes them)."""

    example: int
    rule: str
    item: int
    shown: Shown
    said: int | None
    level: int | None
    reason_zh: str | None
    reason_en: str | None


@dataclass(frozen=True, slots=True)
class Course:
    """A walk through all rules. `number` 1 is the first; `done` of the steps have been answered in it."""

    number: int
    steps: tuple[Step, ...]

    @property
    def done(self) -> int:
        """Steps that have been answered."""
        return sum(step.said is not None for step in self.steps)

    @property
    def right(self) -> int:
        """Steps with the right answer."""
        return sum(step.said is not None and step.said == step.level for step in self.steps)

    @property
    def next(self) -> int | None:
        """The place of the first step without an answer; None where all have one."""
        return next((place for place, step in enumerate(self.steps) if step.said is None), None)


def course(store: Store, actor: Actor, project: int, number: int | None = None) -> Course:
    """A person's walk: the one that he is on, or one by its number. Who makes the training sees all of it.

    Raises:
        NotAllowed: he is neither a grader of the project nor makes its training.
    """
    if not allowed(actor, Act.MANAGE_EXAMS, project):
        require(actor, Act.GRADE, project)
    with store.reader() as reader:
        rows, duty = _examples(reader, project), duties.mine(reader, actor, project, "retrain")
        said = reader.all(
            "select course, example, arg_max(level, id) from training_answer where project = ? and account = ? group by all",
            [project, actor.account],
        )
    if number is None:
        number = max((one for one, _, _ in said), default=1) if duty is None else duty.course
    if duty is not None and number == duty.course and duty.rules:
        rows = [row for row in rows if row["rule"] in duty.rules]
    mine = {example: level for one, example, level in said if one == number}
    return Course(number, tuple(_step(row, mine.get(row["example"]), tell=False) for row in rows))


def _examples(reader: Reader, project: int, only: int | None = None) -> list[dict[str, Any]]:
    """The examples that stand in the training now, or only one of them, in the order of the rules."""
    narrowed, given = ("", [project, project]) if only is None else ("and example.id = ?", [project, project, only])
    return reader.rows(
        f"""select example.id as example, example.rule, example.item, example.level, reason_zh, reason_en, {COLUMNS}
           from example join item on item.id = example.item join clip on clip.id = item.clip
           join keyword on keyword.id = item.keyword
           left join guideline_rule on guideline_rule.rule = example.rule and guideline_rule.guideline =
               (select max_by(id, version) from guideline where project = ?)
           where example.project = ? and removed_at is null and example.id not in (select example from example_end)
               {narrowed}
           order by coalesce(guideline_rule.position, 1000000), example.position, example.id""",
        given,
    )


def _step(row: dict[str, Any], said: int | None, tell: bool) -> Step:
    told = tell or said is not None
    hidden = {} if told else {"level": None, "reason_zh": None, "reason_en": None}
    clip, rest = Shown.taken(row)
    return Step(shown=clip, said=said, **{**rest, **hidden})


def answer(store: Store, actor: Actor, project: int, example: int, level: int, number: int) -> Step:
    """Answers an example in a course, and tells the rule and the reason. The first answer of a course stays.

    Raises:
        Stale: the example is no longer part of the training.
        BadInput: no such level or course.
    """
    with store.reader() as reader:
        rows = _examples(reader, project, example)
    if not rows:
        raise Stale(ENDED)
    said = store.act(lambda tx: take_answer(tx, actor, project, example, level, number))
    return _step(rows[0], said, tell=True)


def take_answer(tx: Tx, actor: Actor, project: int, example: int, level: int, number: int) -> int:
    """The act of an answer. Returns the level that stands; raises as `answer` does.

    It asks for single rows only: telling the example, with its clip and rule, is the reader's and three times as dear.
    """
    require(actor, Act.GRADE, project)
    if level not in (0, 1, 2, 3):
        raise BadInput("The level {level} is none of 0, 1, 2, 3.", level=level)
    if not 1 <= number <= 1000:
        raise BadInput("There is no course {number}.", number=number)
    if not tx.one(
        """select 1 from clip where removed_at is null and id = (select clip from item where id = (
               select item from example where id = ? and project = ?
               and id not in (select example from example_end)))""",
        [example, project],
    ):
        raise Stale(ENDED)
    earlier = tx.value(
        "select min_by(level, id) from training_answer where account = ? and example = ? and course = ?",
        [actor.account, example, number],
    )
    if earlier is not None:
        return int(earlier)
    tx.insert(
        "training_answer", id=tx.new_id("training_answer"), project=project, account=actor.account,
        example=example, course=number, level=level, made_at=tx.now,
    )  # fmt: skip
    duties.trained(tx, project, actor.account)
    return level


def examples(store: Store, actor: Actor, project: int) -> list[Step]:
    """The training as who makes it sees it: with levels and reasons."""
    require(actor, Act.MANAGE_EXAMS, project)
    with store.reader() as reader:
        return [_step(row, None, tell=True) for row in _examples(reader, project)]


def add_example(
    store: Store, actor: Actor, project: int, item: int, rule: str, level: int | None = None,
    reason_zh: str = "", reason_en: str = "",
) -> int:  # fmt: skip
    """Makes an item an example of a rule. Without a level, its label's; without reasons, the decision's.

    Raises:
        NotFound: no such item or rule in the project.
        BadInput: the item has no label and no level was given, or it is an example already.
    """
    require(actor, Act.MANAGE_EXAMS, project)
    if max(len(reason_zh), len(reason_en)) > LONGEST_TEXT:
        raise BadInput("A reason has at most {most} characters.", most=LONGEST_TEXT)

    def act(tx: Tx) -> int:
        if not tx.one("select 1 from item where id = ? and project = ?", [item, project]):
            raise NotFound("There is no item {item}.", item=item)
        if not tx.one(
            """select 1 from guideline_rule where rule = ? and guideline =
                   (select max_by(id, version) from guideline where project = ?)""",
            [rule, project],
        ):
            raise NotFound("The guideline has no rule {rule}.", rule=rule)
        if tx.one(
            """select 1 from example where project = ? and item = ? and rule = ?
               and id not in (select example from example_end)""",
            [project, item, rule],
        ):
            raise BadInput("Item {item} is an example of this rule already.", item=item)
        label = tx.one(
            "select max_by(state, id), max_by(row(level), id) from item_event where item = ?", [item]
        )  # fmt: skip
        known = level
        if known is None and label is not None and label[0] in ("settled", "decided"):
            known = next(iter(label[1]))
        if known not in (0, 1, 2, 3):
            raise BadInput("Item {item} has no label: say which level it is an example of.", item=item)
        why = tx.value("select max_by(reason, id) from decision where item = ? and kind = 'level'", [item]) or ""
        place = tx.value(
            "select coalesce(max(position) + 1, 0) from example where project = ? and rule = ?", [project, rule]
        )
        act_id = tx.new_act("training.add", actor, project, item=item, rule=rule)
        number = tx.new_id("example")
        tx.insert(
            "example", id=number, project=project, rule=rule, item=item, level=known,
            reason_zh=reason_zh.strip() or (why if not reason_en.strip() else None) or None,
            reason_en=reason_en.strip() or None, position=place, made_by=actor.account, made_at=tx.now, act=act_id,
        )  # fmt: skip
        return number

    return store.act(act)


def end_example(store: Store, actor: Actor, project: int, example: int) -> None:
    """Takes an example out of the training; what people answered to it stays."""
    require(actor, Act.MANAGE_EXAMS, project)

    def act(tx: Tx) -> None:
        if not tx.one(
            "select 1 from example where id = ? and project = ? and id not in (select example from example_end)",
            [example, project],
        ):
            raise Stale("This example is no longer part of the training.")
        act_id = tx.new_act("training.end", actor, project, example=example)
        tx.insert("example_end", example=example, made_by=actor.account, made_at=tx.now, act=act_id)
        duties.trained(tx, project)

    store.act(act)


def from_gold(store: Store, actor: Actor, project: int, a_rule: int = 2) -> int:
    """Fills the training with gold that cites a rule: up to so many examples a rule, of different levels first.

    Returns how many examples were added.
    """
    require(actor, Act.MANAGE_EXAMS, project)

    def act(tx: Tx) -> int:
        found = tx.all(
            """with ranked as (
                   select gold.item, gold.rule, gold.level, reason,
                          row_number() over (partition by gold.rule, gold.level order by gold.id) as turn
                   from gold join guideline_rule on guideline_rule.rule = gold.rule and guideline_rule.guideline =
                       (select max_by(id, version) from guideline where project = ?)
                   where gold.project = ? and gold.item not in (
                       select item from example where id not in (select example from example_end)))
               select item, rule, level, reason from ranked
               qualify row_number() over (partition by rule order by turn, level) <= ? - (
                   select count(*) from example where example.rule = ranked.rule and example.project = ?
                   and example.id not in (select example from example_end))
               order by rule, level""",
            [project, project, a_rule, project],
        )
        if not found:
            return 0
        act_id = tx.new_act("training.fill", actor, project, items=[row[0] for row in found])
        for place, (item, rule, level, reason) in enumerate(found):
            tx.insert(
                "example", id=tx.new_id("example"), project=project, rule=rule, item=item, level=level, reason_zh=reason,
                reason_en=None, position=place, made_by=actor.account, made_at=tx.now, act=act_id,
            )  # fmt: skip
        return len(found)

    return store.act(act)


def is_trained(reader: Reader, project: int, account: int) -> bool:
    """Whether a person has answered every training example there is (true where there are none)."""
    return not reader.one(
        """select 1 from example where project = ? and id not in (select example from example_end)
           and id not in (select example from training_answer where account = ?) limit 1""",
        [project, account],
    )
