"""Examples of rules: an item with its label that shows a rule, what it does not reach, or where its border lies.

They stand with their rule on the guideline's page and beside the clip (G), for whatever version holds the rule. Gold is
no example: whoever has seen it here would know it in the stream.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from relevance.errors import BadInput, NotFound, Stale
from relevance.guideline import KINDS, ExampleKind, ExampleText
from relevance.roles import Act, Actor, require
from relevance.store.store import Reader, Store, Tx
from relevance.texts import N_

LONGEST = 300
NAMES: dict[ExampleKind, str] = {
    "positive": N_("Shows the rule"),
    "negative": N_("Not what it means"),
    "borderline": N_("Its border"),
}


@dataclass(frozen=True, slots=True)
class RuleExample:
    """An example of a rule. level: the item's label now; None: it has none at this moment."""

    id: int
    rule: str
    kind: ExampleKind
    item: int
    content_id: str
    start_ms: int | None
    end_ms: int | None
    keyword_zh: str | None
    keyword_en: str | None
    level: int | None
    note: str
    made_at: datetime


def of(store: Store, project: int) -> dict[str, list[RuleExample]]:
    """A project's examples by rule: positive, negative, borderline, each in the order they were added."""
    with store.reader() as reader:
        found = [
            RuleExample(*row)
            for row in reader.all(
                """with mine as (select * from guideline_example e where project = ?
                                 and id not in (select example from guideline_example_end)),
                       last as (select item, max_by(state, id) as state, max_by(level, id) as level from item_event
                                where item in (select item from mine) group by item)
                   select mine.id, rule, mine.kind, mine.item, content_id, item.start_ms, item.end_ms, text_zh, text_en,
                          case when state in ('settled', 'decided') then last.level end, mine.note, mine.made_at
                   from mine join item on item.id = mine.item join clip on clip.id = item.clip
                   join keyword on keyword.id = item.keyword left join last on last.item = mine.item
                   where clip.removed_at is null
                   order by list_position(['positive', 'negative', 'borderline'], mine.kind), mine.id""",
                [project],
            )
        ]
    by_rule: dict[str, list[RuleExample]] = {}
    for one in found:
        by_rule.setdefault(one.rule, []).append(one)
    return by_rule


def add(store: Store, actor: Actor, project: int, rule: str, item: int, kind: str, note: str = "") -> int:
    """Makes an item an example of a rule. Returns the example's number.

    Raises:
        NotFound: no such item or rule in the project.
        BadInput: no such kind, too long a note, the item has no label, is gold, or is this rule's example already.
    """

    def act(tx: Tx) -> int:
        require(actor, Act.MAKE_RULE, project)
        guideline = tx.live.projects[project].guideline_id
        if not tx.one("select 1 from guideline_rule where guideline = ? and rule = ?", [guideline, rule]):
            raise NotFound("The guideline in force has no rule {rule}.", rule=rule)
        if tx.one(_THERE, [project, rule, item]):
            raise BadInput("Item {item} is an example of this rule already.", item=item)
        act_id = tx.new_act("guideline.example", actor, project, rule=rule, item=item, kind=kind)
        return _put(tx, actor, project, rule, item, kind, note, act_id)

    return store.act(act)


_THERE = """select 1 from guideline_example where project = ? and rule = ? and item = ?
    and id not in (select example from guideline_example_end)"""


def _put(tx: Tx, actor: Actor, project: int, rule: str, item: int, kind: str, note: str, act: int) -> int:
    if kind not in KINDS:
        raise BadInput("An example is one of {known}, not {kind}.", known=", ".join(KINDS), kind=kind)
    note = " ".join(note.split())
    if len(note) > LONGEST:
        raise BadInput("A note has at most {most} characters.", most=LONGEST)
    if not tx.one("select 1 from item where id = ? and project = ?", [item, project]):
        raise NotFound("There is no item {item}.", item=item)
    if tx.value("select max_by(state, id) from item_event where item = ?", [item]) not in ("settled", "decided"):
        raise BadInput("Item {item} has no label yet: an example shows what is decided.", item=item)
    if tx.one("select 1 from gold where item = ? and id not in (select gold from gold_end)", [item]):
        raise BadInput("Item {item} is gold: whoever saw it as an example would know it.", item=item)
    number = tx.new_id("guideline_example")
    tx.insert(
        "guideline_example", id=number, project=project, rule=rule, item=item, kind=kind, note=note,
        made_by=actor.account, made_at=tx.now, act=act,
    )  # fmt: skip
    return number


def take_in(
    tx: Tx, actor: Actor, project: int, found: Iterable[tuple[str, ExampleText]], act: int
) -> int:  # fmt: skip
    """Adds the examples that a Markdown file names and that are not there yet, in the caller's act. Returns how many."""
    added = 0
    for rule, one in found:
        if not tx.one(_THERE, [project, rule, one.item]):
            _put(tx, actor, project, rule, one.item, one.kind, one.note, act)
            added += 1
    return added


def withdraw(store: Store, actor: Actor, example: int) -> None:
    """Takes an example away; what it was stays on record.

    Raises:
        NotFound: there is no such example.
        Stale: it was withdrawn already.
    """

    def act(tx: Tx) -> None:
        project = tx.value("select project from guideline_example where id = ?", [example])
        if project is None:
            raise NotFound("There is no example {id}.", id=example)
        require(actor, Act.MAKE_RULE, project)
        if tx.one("select 1 from guideline_example_end where example = ?", [example]):
            raise Stale("This example was withdrawn already.")
        made = tx.new_act("guideline.example-end", actor, project, example=example)
        tx.insert("guideline_example_end", example=example, made_by=actor.account, made_at=tx.now, act=made)

    store.act(act)


def offered(store: Store, actor: Actor, project: int, limit: int = 500) -> dict[int, str]:
    """Items that could become examples, those that a person decided first: what each is called."""
    require(actor, Act.MAKE_RULE, project)
    with store.reader() as reader:
        return dict(_offered(reader, project, limit))


def _offered(reader: Reader, project: int, limit: int) -> list[tuple[int, str]]:
    return [
        (item, f"#{item} · {zh or en} · {clip}")
        for item, zh, en, clip in reader.all(
            """with last as (select item, max_by(state, id) as state, max(id) as id from item_event group by item)
               select item.id, text_zh, text_en, clip.name from last join item on item.id = last.item
               join keyword on keyword.id = item.keyword join clip on clip.id = item.clip
               where item.project = ? and state in ('decided', 'settled') and removed_at is null
                 and item.id not in (select item from gold where id not in (select gold from gold_end))
               order by state = 'decided' desc, last.id desc limit ?""",
            [project, limit],
        )
    ]


def texts(by_rule: dict[str, list[RuleExample]]) -> dict[str, list[ExampleText]]:
    """Examples as the Markdown writes them."""
    return {rule: [ExampleText(one.kind, one.item, one.note) for one in some] for rule, some in by_rule.items()}
