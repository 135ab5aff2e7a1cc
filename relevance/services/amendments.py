"""A guideline's next version: drafted, reviewed, published as an editorial or a substantive change.

A substantive one shows what it touches before it is published, and asks graders to acknowledge it before their next item.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from relevance.errors import BadInput, NotFound, Stale
from relevance.revision import RuleChange, compare, with_rule
from relevance.roles import Act, Actor, allowed, require
from relevance.services import draft_basis, gold_stream, guidelines, propagation
from relevance.store.store import Reader, Store, Tx

LONGEST = 20_000
SECONDS_A_GRADE = 13.5  # where a project has no answers yet
Choice = Literal["none", "reopen", "precedent", "sample", "leave"]
CHOICES: tuple[Choice, ...] = ("reopen", "precedent", "sample", "leave")


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft: of one rule, or of the whole text. state: draft, review, published, dropped."""

    id: int
    project: int
    base: int
    rule: str | None
    heading: str
    text_zh: str | None
    text_en: str | None
    source_zh: str | None
    source_en: str | None
    decision: int | None
    made_by: int
    made_at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class Card:
    """What graders acknowledge: what changed, one example, one question with the answers to choose from.

    Attributes:
        question, options: in the one language that they were written in, or in Chinese where `in_english` is there too.
        right: the place of the right answer, in both languages.
        in_english: the same question and answers in English.
    """

    what_zh: str = ""
    what_en: str = ""
    example: int | None = None
    question: str = ""
    options: tuple[str, ...] = ()
    right: int = 0
    in_english: tuple[str, tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Touched:
    """The labels that a change bears on, and what grading them anew costs. by_level: how many now have each level."""

    items: tuple[int, ...]
    by_level: tuple[int, int, int, int] = (0, 0, 0, 0)
    decided: int = 0
    grader_hours: float = 0.0


@dataclass(frozen=True, slots=True)
class Scope:
    """Which items a change touches: any of these."""

    keywords: tuple[int, ...] = ()
    rules: tuple[str, ...] = ()
    pair: tuple[int, int] | None = None
    precedent: int | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """A published version and what was done with the items that it touches."""

    version: int
    propagation: int | None = field(default=None)


def from_decision(
    tx: Tx, actor: Actor, project: int, rule: str | None, heading: str, text_zh: str, text_en: str,
    decision: int | None = None,
) -> int:  # fmt: skip
    """Drafts one rule's new text, or a new rule, within the act that decides. Returns the draft's number.

    Raises:
        BadInput: no text.
        NotFound: the guideline in force has no such rule.
    """
    require(actor, Act.MAKE_RULE, project)
    zh, en = text_zh.strip(), text_en.strip()
    if not (zh or en) or max(len(zh), len(en)) > LONGEST:
        raise BadInput("An amendment needs a text of 1 to {most} characters.", most=LONGEST)
    base = tx.live.projects[project].guideline_id
    if rule is not None and not tx.one("select 1 from guideline_rule where guideline = ? and rule = ?", [base, rule]):
        raise NotFound("The guideline in force has no rule {rule}.", rule=rule)
    return kept(tx, actor, project, base, rule, heading.strip(), zh or None, en or None, decision=decision)


def kept(
    tx: Tx, actor: Actor, project: int, base: int, rule: str | None, heading: str, text_zh: str | None = None,
    text_en: str | None = None, source_zh: str | None = None, source_en: str | None = None, decision: int | None = None,
) -> int:  # fmt: skip
    """Keeps a draft within the caller's act, which has checked it: of one rule (texts), or of the whole (sources)."""
    made = tx.new_id("amendment")
    act = tx.new_act("guideline.draft", actor, project, amendment=made, rule=rule, decision=decision)
    tx.insert(
        "amendment", id=made, project=project, base=base, rule=rule, heading=heading, text_zh=text_zh, text_en=text_en,
        source_zh=source_zh, source_en=source_en, decision=decision, made_by=actor.account, made_at=tx.now, act=act,
    )  # fmt: skip
    return made


def draft(
    store: Store, actor: Actor, project: int, rule: str | None, heading: str, text_zh: str, text_en: str
) -> int:  # fmt: skip
    """`from_decision` as an act of its own, without a decision."""
    return store.act(lambda tx: from_decision(tx, actor, project, rule, heading, text_zh, text_en))


_DRAFTS = """
    select a.id, a.project, a.base, a.rule, a.heading, a.text_zh, a.text_en, a.source_zh, a.source_en, a.decision,
           a.made_by, a.made_at,
           coalesce((select case max_by(step, s.id) when 'back' then 'draft' else max_by(step, s.id) end
                     from amendment_step s where s.amendment = a.id), 'draft')
    from amendment a where """


def drafts(store: Store, actor: Actor, project: int) -> list[Draft]:
    """A project's drafts, the newest first, with what became of them."""
    require(actor, Act.SEE_DISPUTES, project)
    with store.reader() as reader:
        return [Draft(*row) for row in reader.all(_DRAFTS + "a.project = ? order by a.id desc limit 200", [project])]


def known(reader: Reader, amendment: int) -> Draft:
    """A draft by its number, whoever asks.

    Raises:
        NotFound: there is none.
    """
    row = reader.one(_DRAFTS + "a.id = ?", [amendment])
    if row is None:
        raise NotFound("There is no draft {id}.", id=amendment)
    return Draft(*row)


def step(store: Store, actor: Actor, amendment: int, to: Literal["review", "back", "dropped"], note: str = "") -> None:
    """Hands a draft in for review, gives it back, or drops it.

    Raises:
        Stale: it is published or dropped already.
    """

    def act(tx: Tx) -> None:
        one = known(tx, amendment)
        if not allowed(actor, Act.PUBLISH_GUIDELINE, one.project):  # administrators publish what they brought
            require(actor, Act.MAKE_RULE, one.project)
        still_open(one)
        _step(tx, actor, one, to, note, None, tx.new_act(f"guideline.{to}", actor, one.project, amendment=amendment))

    store.act(act)


def carry_over(store: Store, actor: Actor, amendment: int) -> int:
    """Brings one rule's draft to the version in force, where another was published since it was made.

    The same text becomes a new draft on that version, which is looked at, reviewed and piloted anew; the old one is
    dropped. Returns the new draft's number.

    Raises:
        Stale: it is published or dropped, stands on the version in force already, or its rule is gone from it.
        BadInput: it is a draft of the whole text: only whoever wrote it can say what becomes of the other's changes.
    """

    def act(tx: Tx) -> int:
        one = known(tx, amendment)
        require(actor, Act.MAKE_RULE, one.project)
        still_open(one)
        base = tx.live.projects[one.project].guideline_id
        if one.base == base:
            raise Stale("Draft {id} stands on the version in force already.", id=one.id)
        if one.source_zh or one.source_en:
            raise BadInput("A whole text can't be carried over: take the version in force and change it anew.")
        if one.rule is not None and not tx.one(
            "select 1 from guideline_rule where guideline = ? and rule = ?", [base, one.rule]
        ):
            raise Stale("The guideline in force has no rule {rule} any more.", rule=one.rule)
        made = kept(
            tx, actor, one.project, base, one.rule, one.heading, one.text_zh, one.text_en, decision=one.decision
        )
        number = tx.new_act("guideline.carry-over", actor, one.project, amendment=amendment, made=made)
        _step(tx, actor, one, "dropped", f"-> #{made}", None, number)
        return made

    return store.act(act)


def still_open(one: Draft) -> None:
    """Lets a draft be worked on.

    Raises:
        Stale: it is published or dropped already.
    """
    if one.state in ("published", "dropped"):
        raise Stale("Draft {id} is {state} already.", id=one.id, state=one.state)


def _step(tx: Tx, actor: Actor, one: Draft, to: str, note: str, guideline: int | None, act: int) -> None:
    for (pilot,) in tx.all(
        "select id from pilot where amendment = ? and id not in (select pilot from pilot_end)", [one.id]
    ):
        if to == "published":
            raise Stale("A pilot of this draft is under way. Close it first, and look at its result.")
        if to == "dropped":
            tx.insert("pilot_end", pilot=pilot, made_by=actor.account, made_at=tx.now, act=act)
    tx.insert(
        "amendment_step", id=tx.new_id("amendment_step"), amendment=one.id, step=to, note=note.strip(),
        guideline=guideline, made_by=actor.account, made_at=tx.now, act=act,
    )  # fmt: skip


def texts_of(store: Store, amendment: int) -> tuple[str | None, str | None]:
    """The whole Markdown, Chinese and English, that a draft would publish.

    Raises:
        BadInput: it changes one rule of a project that has no guideline yet.
    """
    with store.reader() as reader:
        one = known(reader, amendment)
        if one.source_zh or one.source_en:
            return one.source_zh, one.source_en
        base = reader.one("select source_zh, source_en from guideline where id = ?", [one.base])
    if base is None:
        raise BadInput("This project has no guideline yet. Publish a whole one first, then amend it.")
    rule, add = one.rule or f"amendment-{one.id}", one.rule is None
    texts = (one.text_zh or one.text_en or "", one.text_en or one.text_zh or "")
    heading = one.heading or rule
    zh, en = (
        with_rule(source, rule, heading, text, add) if source else None
        for source, text in zip(base, texts, strict=True)
    )
    return zh, en


def diff(store: Store, actor: Actor, project: int, old: int, new: int, language: str = "zh") -> list[RuleChange]:
    """Two versions (by their ids; 0: none) compared word by word, in one language."""
    require(actor, Act.SEE_GUIDELINE, project)
    column = {"zh": ("zh", "en"), "en": ("en", "zh")}[language]

    def texts(version: int) -> dict[str, str]:
        book = guidelines.by_id(store, project, version)
        return {
            rule.id: "\n".join(
                str(getattr(rule, f"{name}_{column[0]}") or getattr(rule, f"{name}_{column[1]}") or "")
                for name in ("title", "text")
            )
            for rule in book.rules
        }

    return compare(texts(old), texts(new))


def touches(store: Store, actor: Actor, project: int, scope: Scope) -> Touched:
    """The items with a label that a change bears on: by keyword, rule cited, pair of levels graded, precedent."""
    require(actor, Act.SEE_DISPUTES, project)
    with store.reader(snapshot=True) as reader:
        low, high = scope.pair if scope.pair else (None, None)
        rows = reader.all(
            """with last as (
                   select item, max_by(state, id) as state, max_by(level, id) as level from item_event group by item),
                 found as (
                   select id as item from item where list_contains(?::bigint[], keyword)
                   union select item from answer where list_contains(?::varchar[], rule)
                   union select item from decision where list_contains(?::varchar[], rule)
                   union select i.item from propagation_item i join propagation g on g.id = i.propagation
                       where g.precedent = ?
                   union select item from answer where level is not null and counts group by item
                       having bool_or(level = ?) and bool_or(level = ?))
               select item.id, last.state, last.level from found join item on item.id = found.item
               join last on last.item = item.id
               where item.project = ? and last.state in ('settled', 'decided') order by 1""",
            [
                list(scope.keywords), list(scope.rules), list(scope.rules), scope.precedent, low, high, project,
            ],
        )  # fmt: skip
        seconds = reader.value(
            """select median(decision_ms) / 1000 from answer join item on item.id = answer.item
               where project = ? and decision_ms is not null""",
            [project],
        )
    levels = [0, 0, 0, 0]
    for _, _, level in rows:
        levels[level] += 1
    settled = tuple(item for item, state, _ in rows if state == "settled")
    overlap = store.live.projects[project].policy.overlap
    hours = len(settled) * overlap * float(seconds or SECONDS_A_GRADE) / 3600
    return Touched(
        settled, (levels[0], levels[1], levels[2], levels[3]), sum(state == "decided" for _, state, _ in rows), hours
    )


def publish(
    store: Store, actor: Actor, amendment: int, note: str, card: Card | None = None, choice: Choice = "none",
    items: Sequence[int] = (), level: int | None = None, precedent: int | None = None, despite: int | None = None,
) -> Published:  # fmt: skip
    """Publishes a draft. With a card it is a substantive change, else an editorial one.

    choice: what becomes of the items that it touches: reopen (so many more grades as the overlap), precedent (they get
    `level`), sample (a twentieth of them reopens), leave. What is done is a propagation, which can be undone.

    despite: the decision that took the place of the draft's own, where there is one: who publishes has seen it, and the
    text holds all the same.

    The version, its card and what shall become of the items are recorded in one act; the items follow in pieces, and what
    a crash cuts off is finished at the next start.

    Raises:
        Stale: the draft is published already, another version came into force since it was made, or its decision was
            corrected and the correction was not seen.
        BadInput: a substantive change without what changed, question or choice; the text has faults.
    """
    with store.reader() as reader:
        one = known(reader, amendment)
    require(actor, Act.PUBLISH_GUIDELINE, one.project)
    if card is not None:
        _check(card, choice, items, level)
        if choice != "leave":
            require(actor, Act.DECIDE, one.project)
    zh, en = texts_of(store, amendment)
    chosen = list(items) if card is not None and choice != "leave" else []
    if choice == "sample" and chosen:
        chosen = sorted(propagation.draw(chosen))
    overlap = store.live.projects[one.project].policy.overlap
    carried: int | None = None

    def after(tx: Tx, guideline: int, act: int) -> None:
        now = known(tx, amendment)
        still_open(now)
        _still_founded(tx, now, despite)
        _step(tx, actor, now, "published", note, guideline, act)
        nonlocal carried
        carried = None
        if chosen:
            carried = propagation.plan(
                tx, actor, one.project, chosen, level if choice == "precedent" else None, note, rule=one.rule,
                precedent=precedent, amendment=amendment, extra=overlap,
            )  # fmt: skip
        tx.insert(
            "guideline_change", guideline=guideline, project=one.project, substantive=card is not None,
            what_zh=card.what_zh if card else None, what_en=card.what_en if card else None,
            example=card.example if card else None, check_question=card.question if card else None,
            check_options=json.dumps(list(card.options) if card else [], ensure_ascii=False),
            check_right=card.right if card else None, choice=choice if card else "none", propagation=carried, act=act,
        )  # fmt: skip
        if card is not None and card.in_english is not None:
            for language, (question, options) in (("zh", (card.question, card.options)), ("en", card.in_english)):
                tx.insert(
                    "guideline_check", guideline=guideline, language=language, question=question,
                    options=json.dumps(list(options), ensure_ascii=False), act=act,
                )  # fmt: skip
        if card is not None:
            gold_stream.rules_changed(tx, one.project, one.base, guideline, act)
            before = tx.live.cards.get(one.project)
            tx.live.cards[one.project] = guideline

            def restore() -> None:
                if before is None:
                    tx.live.cards.pop(one.project, None)
                else:
                    tx.live.cards[one.project] = before

            tx.live.journal.append(restore)

    version = guidelines.import_markdown(store, actor, one.project, zh, en, note, base=one.base, after=after)
    with store.reader() as reader:
        if known(reader, amendment).state != "published":  # the text in force already: no version was made
            raise BadInput("This draft says what the version in force says. Change it, or drop it.")
    if carried is not None:
        propagation.carry(store, carried)
    return Published(version, carried)


def _still_founded(tx: Tx, one: Draft, despite: int | None) -> None:
    """Refuses a draft whose decision was corrected, unless the correction was seen."""
    if one.decision is None:
        return
    newer = draft_basis.corrected(tx, [one.decision]).get(one.decision)
    if newer is not None and newer.decision != despite:
        percent = tx.live.projects[one.project].policy.percents[newer.level]
        raise Stale(
            "The decision that left draft {id} was corrected by {name}: {percent} %. Look at the draft again; publish it "
            "only if its text holds all the same.",
            id=one.id, name=newer.name, percent=percent,
        )  # fmt: skip


def _check(card: Card, choice: Choice, items: Sequence[int], level: int | None) -> None:
    if not (card.what_zh.strip() or card.what_en.strip()):
        raise BadInput("A substantive change says what changed, for graders to read.")
    if not card.question.strip() or len(card.options) < 2 or not 0 <= card.right < len(card.options):
        raise BadInput("A substantive change has one question with at least two answers, one of them right.")
    if card.in_english is not None:
        question, options = card.in_english
        if not question.strip() or len(options) != len(card.options):
            raise BadInput(
                "The question stands in both languages with the same answers, line by line: {zh} and {en} now.",
                zh=len(card.options),
                en=len(options),
            )
    if choice not in CHOICES:
        raise BadInput("Choose what becomes of the items that it touches: {known}.", known=", ".join(CHOICES))
    if choice == "precedent" and items and level not in (0, 1, 2, 3):
        raise BadInput("The level {level} is none of 0, 1, 2, 3.", level=level)


@dataclass(frozen=True, slots=True)
class CardToRead:
    """The card of a version that a grader has not acknowledged, in the languages that it was written in. The right answer is not in it."""

    guideline: int
    what_zh: str | None
    what_en: str | None
    example: int | None
    content_id: str | None
    start_ms: int | None
    end_ms: int | None
    question: str
    options: tuple[str, ...]
    checks: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)

    def check(self, language: str) -> tuple[str, tuple[str, ...]]:
        """The question and its answers in a language; as they were written where they are not in that one."""
        return self.checks.get(language, (self.question, self.options))


def card_for(store: Store, actor: Actor, project: int) -> CardToRead | None:
    """The card that stands before the actor's next item; None: there is none."""
    guideline = store.live.cards.get(project)
    if guideline is None or (guideline, actor.account) in store.live.read:
        return None
    with store.reader() as reader:
        row = reader.one(
            """select c.guideline, what_zh, what_en, example, content_id, item.start_ms, item.end_ms, check_question, check_options
               from guideline_change c left join item on item.id = c.example left join clip on clip.id = item.clip
               where c.guideline = ?""",
            [guideline],
        )
        checks = reader.all("select language, question, options from guideline_check where guideline = ?", [guideline])
    said = {language: (question, tuple(json.loads(options))) for language, question, options in checks}
    whole: list[Any] = [*row[:8], tuple(json.loads(row[8])), said] if row else []
    return CardToRead(*whole) if row else None


def acknowledge(store: Store, actor: Actor, guideline: int, answer: int) -> bool:
    """Answers a card's question. True: right, the next item comes; False: read it once more."""

    def act(tx: Tx) -> bool:
        row = tx.one(
            "select project, check_right from guideline_change where guideline = ? and substantive", [guideline]
        )
        if row is None:
            raise NotFound("There is no such card.")
        require(actor, Act.GRADE, row[0])
        key = (guideline, actor.account)
        if key in tx.live.read:
            return True
        if answer != row[1]:
            return False
        tx.new_act("guideline.acknowledge", actor, row[0], guideline=guideline)
        tx.insert("guideline_read", guideline=guideline, account=actor.account, acknowledged=True, made_at=tx.now)
        tx.live.read.add(key)
        tx.live.journal.append(lambda: tx.live.read.discard(key))
        return True

    return store.act(act)
