"""A guideline's next version on its page: drafts, the comparison of two versions, publishing."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from relevance.pilot import PAIRS
from relevance.revision import RuleChange
from relevance.services.amendments import LONGEST, Card, Choice, Draft, Scope, Touched
from relevance.services.draft_basis import Corrected
from relevance.services.guidelines import Guideline
from relevance.services.precedents import PrecedentRow
from relevance.services.rule_examples import RuleExample
from relevance.texts import _
from relevance.web import dispute_view, guideline_view, page, precedent_desk
from relevance.web import format as fmt


@dataclass(frozen=True, slots=True)
class NewDraft:
    """What somebody drafted: of a rule (None: a new one), its heading, its text in both languages."""

    rule: str | None
    heading: str
    text_zh: str
    text_en: str


@dataclass(frozen=True, slots=True)
class ToPublish:
    """A draft that shall be published."""

    draft: int
    note: str
    card: Card | None
    choice: Choice
    level: int | None = None  # of "precedent"
    despite: int | None = None  # the decision that corrected the draft's own: the text holds all the same


def compare(versions: Sequence[dict[str, object]]) -> tuple[int, int] | None:
    """Which two versions shall be compared (their ids), the older one first."""
    if len(versions) < 2:
        return None
    names = {int(str(one["id"])): _("Version {n}").format(n=one["version"]) for one in versions}
    ids = list(names)
    old, new = st.columns(2)
    one = old.selectbox(_("From"), ids, index=1, format_func=lambda number: names[number], key="diff_old")
    two = new.selectbox(_("To"), ids, index=0, format_func=lambda number: names[number], key="diff_new")
    return (one, two) if one != two else None


def changes(found: Sequence[RuleChange], guideline: Guideline) -> None:
    """What changed, word by word: what is gone struck out, what is new underlined. `guideline`: whose rules have these names."""
    shown = [one for one in found if one.kind != "same"]
    numbers = {rule.id: rule.number for rule in guideline.rules}
    if not shown:
        st.caption(_("No rule differs."))
    for one in shown:
        tag = {"same": "span", "gone": "del", "new": "ins"}
        text = "".join(f"<{tag[piece.kind]}>{html.escape(piece.text)}</{tag[piece.kind]}>" for piece in one.pieces)
        st.html(
            "<style>.rv del{background:#fde2e1;color:#8a1c12} .rv ins{background:#d9f2e0;color:#0b5a2b}"
            f'</style><p class="rv" style="white-space:pre-wrap"><b>{html.escape(numbers.get(one.rule) or one.rule)}</b> {text}</p>'
        )


def new_draft(guideline: Guideline) -> NewDraft | None:
    """A form for one rule's new text."""
    names = {rule.id: dispute_view.rule_name(rule) for rule in guideline.rules}
    with st.expander(_("Draft an amendment"), icon=":material/edit_note:"):
        # Before the form: the rule's text of now is what one changes.
        rule = st.selectbox(
            _("Rule"), [None, *names], format_func=lambda one: names[one] if one else _("A new rule"), key="draft_rule"
        )
        with st.form("draft", border=False):
            heading, zh, en = text_fields(guideline, rule, "draft_{name}", LONGEST)
            if st.form_submit_button(_("Keep the draft"), icon=":material/save:"):
                return None if unchanged(guideline, rule, zh, en) else NewDraft(rule, heading, zh, en)
    return None


def text_fields(guideline: Guideline, rule: str | None, key: str, most: int) -> tuple[str, str, str]:
    """Heading and texts of a new rule, or a rule's texts as they are, to be changed. `key`: of the fields, with a `{name}`."""
    heading = ""
    if rule is None:
        heading = st.text_input(_("Number and title of a new rule"), max_chars=200, key=key.format(name="heading"))
    zh, en = texts_of(guideline, rule)
    end = f"_{rule}" if rule else ""
    one, two = st.columns(2)
    said = one.text_area(
        _("Text in Chinese"), zh, max_chars=max(most, len(zh)), height=140, key=key.format(name="zh") + end
    )
    other = two.text_area(
        _("Text in English"), en, max_chars=max(most, len(en)), height=140, key=key.format(name="en") + end
    )
    return heading, said, other


def texts_of(guideline: Guideline, rule: str | None) -> tuple[str, str]:
    """A rule's texts in force, in Chinese and English; empty for one that there is not."""
    found = next((one for one in guideline.rules if one.id == rule), None)
    return ("", "") if found is None else (found.text_zh or "", found.text_en or "")


def unchanged(guideline: Guideline, rule: str | None, zh: str, en: str) -> bool:
    """Whether a rule's new text is its old one; that is said."""
    if rule is None or (zh.strip(), en.strip()) != tuple(text.strip() for text in texts_of(guideline, rule)):
        return False
    st.warning(_("The rule says exactly this already: change its text."), icon=":material/edit:")
    return True


def head(row: Draft, found: Sequence[RuleChange], guideline: Guideline) -> str | None:
    """A draft that is not done with, a whole one by what it changes. Returns the step that was asked for: hand in, or drop."""
    name = next((dispute_view.rule_name(rule) for rule in guideline.rules if rule.id == row.rule), row.rule or "")
    states = {"draft": _("Draft"), "review": _("In review")}
    st.markdown(f"**#{row.id} {page.plain(row.heading or name)}** {states.get(row.state, '')}")
    if row.source_zh or row.source_en:
        with st.expander(_("A whole new text: what it changes"), icon=":material/difference:"):
            changes(found, guideline)
    elif row.rule is not None and any(one.kind == "changed" for one in found):
        changes(found, guideline)
    else:
        st.markdown(fmt.in_language(row.text_zh, row.text_en))
    with st.container(horizontal=True):
        if row.state == "draft" and st.button(_("Hand in for review"), key=f"review_{row.id}"):
            return "review"
        if row.state == "review" and st.button(_("Back to drafting"), key=f"back_{row.id}"):
            return "back"
        if st.button(_("Drop"), key=f"drop_{row.id}"):
            return "dropped"
    return None


def corrected(newer: Corrected, guideline: Guideline, zone: str, now: datetime) -> None:
    """Says that the decision which left a draft was corrected, by whom and to what."""
    names = {one.level: dispute_view.level_name(one) for one in guideline.levels}
    said = _("The decision that left this draft was corrected {when} by {name}: {level}. {reason}").format(
        when=fmt.moment(newer.made_at, zone, now), name=page.plain(newer.name), level=page.plain(names[newer.level]),
        reason=page.plain(newer.reason),
    )  # fmt: skip
    more = (
        _("The correction left draft #{id} itself.").format(id=newer.amendment) if newer.amendment is not None else ""
    )
    st.warning(fmt.sentences(said, more), icon=":material/gavel:")


def overtaken(row: Draft) -> bool:
    """Says that another version came into force since the draft was made; true: it shall be brought to that one."""
    st.warning(_("Another version came into force since this draft was made."), icon=":material/update:")
    if row.source_zh or row.source_en:
        st.caption(_("A whole text can't be carried over: take the version in force and change it anew."))
        return False
    return st.button(_("Carry it over to the version in force"), key=f"carry_{row.id}", icon=":material/redo:")


def scope(
    row: Draft, found: Sequence[RuleChange], guideline: Guideline, keywords: Sequence[tuple[int, str | None, str | None]],
    there: Sequence[PrecedentRow],
) -> Scope:  # fmt: skip
    """Which labelled items the version bears on: the rules that it changes to begin with, and whatever is chosen beside."""
    rules = {rule.id: dispute_view.rule_name(rule) for rule in guideline.rules}
    words = {number: fmt.in_language(zh, en) for number, zh, en in keywords}
    names = {one.level: dispute_view.level_name(one) for one in guideline.levels}
    held = {one.precedent.id: one.precedent for one in there}
    st.caption(_("It touches items with a label that meet any of these:"))
    with st.container(horizontal=True):
        cited = st.multiselect(
            _("Rule cited"), list(rules), [one.rule for one in found if one.kind != "same" and one.rule in rules],
            lambda one: rules[one], key=f"touch_rules_{row.id}", placeholder="–",
        )  # fmt: skip
        chosen = st.multiselect(
            _("Keyword"), list(words), None, lambda one: words[one], key=f"touch_keywords_{row.id}", placeholder="–"
        )
        pair = st.selectbox(
            _("Graded at both levels"), PAIRS, None, lambda one: f"{names[one[0]]} / {names[one[1]]}",
            key=f"touch_pair_{row.id}", placeholder="–",
        )  # fmt: skip
        precedent = st.selectbox(
            _("Settled by the precedent"), list(held), None,
            lambda one: f"#{one} {fmt.in_language(held[one].keyword_zh, held[one].keyword_en)} · {held[one].reason[:40]}",
            key=f"touch_precedent_{row.id}", placeholder="–",
        )  # fmt: skip
    return Scope(tuple(chosen), tuple(cited), pair, precedent)


def publish(
    row: Draft, touched: Touched, guideline: Guideline, examples: Sequence[RuleExample], percents: Sequence[int],
    newer: Corrected | None = None,
) -> ToPublish | None:  # fmt: skip
    """The form that publishes a draft, as an editorial or a substantive change. `newer`: what corrected its decision."""
    names = {one.level: dispute_view.level_name(one) for one in guideline.levels}
    _items(touched, names)
    # Before the form: an editorial change asks for nothing but what is new in it.
    substantive = st.toggle(_("It changes what is right (substantive)"), key=f"publish_substantive_{row.id}")
    choice: Choice = "leave"
    if substantive:
        words: dict[Choice, str] = {
            "leave": _("Leave them"),
            "reopen": _("Reopen them"),
            "sample": _("Reopen a sample"),
            "precedent": _("Settle them at a level"),
        }
        choice = st.radio(
            _("What becomes of them"), list(words), format_func=lambda one: words[one], horizontal=True,
            key=f"publish_choice_{row.id}",
        )  # fmt: skip
    with st.form(f"publish_{row.id}", border=False):
        both = guideline_view.both_languages(guideline) or bool(row.source_zh and row.source_en)
        level = None
        if choice == "precedent":
            level = st.selectbox(
                _("The level that they get"), list(names), None, lambda one: names[one], placeholder="–",
                key=f"publish_level_{row.id}",
            )  # fmt: skip
        note = _in_both(_("What is new in it? Graders see this."), both, row.id, "note")
        made = _asked(row, note, both, examples, percents) if substantive else None
        holds = newer is None or st.checkbox(
            _("Its decision was corrected; the text holds all the same"), key=f"publish_despite_{row.id}"
        )
        if st.form_submit_button(_("Publish"), type="primary"):
            if not holds:
                st.warning(_("Its decision was corrected. Say that the text holds all the same, or drop the draft."))
                return None
            said = " / ".join(dict.fromkeys(text.strip() for text in note if text.strip()))
            return ToPublish(row.id, said, made, choice, level, None if newer is None else newer.decision)
    return None


def _items(touched: Touched, names: Mapping[int, str]) -> None:
    """What a change touches: how many, what grading them anew costs, which labels they have, and the way to each."""
    st.caption(
        _("Settled items that it touches: {n}; grading them anew takes graders {time}; decided by persons: {d}").format(
            n=fmt.number(len(touched.items)), time=fmt.span(touched.grader_hours * 3600), d=fmt.number(touched.decided)
        )
    )
    if not touched.items:
        return
    with st.expander(_("Which items these are"), icon=":material/list:"):
        st.caption(_("Labels, those that persons decided among them:"))
        st.markdown(
            " · ".join(f"{page.plain(names[at])}: {fmt.number(n)}" for at, n in enumerate(touched.by_level) if n)
        )
        precedent_desk.links(touched.items)


def _asked(
    row: Draft, note: tuple[str, str], both: bool, examples: Sequence[RuleExample], percents: Sequence[int]
) -> Card:  # fmt: skip
    """What a substantive change asks of graders: a question with its answers, and an example beside it."""
    question = _in_both(_("Check question for graders"), both, row.id, "question")
    options = _in_both(_("Its answers, one a line, the right one first"), both, row.id, "options")
    if both:
        st.caption(
            _("The English lines say the same in the same order. What is left empty is shown in the other language.")
        )
    clips = {one.item: guideline_view.example_name(one, percents) for one in examples}
    example = None
    if clips:
        example = st.selectbox(
            _("The card's example"), list(clips), None, lambda one: f"#{one} · {clips[one]}", placeholder="–",
            key=f"publish_example_{row.id}",
        )  # fmt: skip
    else:
        st.caption(_("The card shows an example where the changed rules have one: add it under Examples."))
    return _card(note, question, options, example)


def _in_both(label: str, both: bool, draft: int, name: str) -> tuple[str, str]:
    """A text in Chinese and, where the project's guideline is in both languages, in English beside it."""

    def ask(where: DeltaGenerator, said: str, code: str) -> str:
        key = f"publish_{name}_{code}_{draft}"
        return where.text_area(said, key=key, height=100) if name == "options" else where.text_input(
            said, max_chars=300, key=key
        )  # fmt: skip

    if not both:
        return ask(st.container(), label, "zh"), ""
    one, two = st.columns(2)
    return ask(one, f"{label} · {_('Chinese')}", "zh"), ask(two, f"{label} · {_('English')}", "en")


def _card(what: tuple[str, str], question: tuple[str, str], options: tuple[str, str], example: int | None) -> Card:
    """The card as it was typed, in Chinese and English: its answers in an order that does not give the right one away,
    the same in both. What was typed in one language only stands for both."""
    zh, en = ([line.strip() for line in text.splitlines() if line.strip()] for text in options)
    asked = [(text.strip(), lines) for text, lines in zip(question, (zh, en), strict=True) if text.strip() or lines]
    first, lines = asked[0] if asked else ("", [])
    order = sorted(range(len(lines)), key=lambda nth: lines[nth])
    second = None
    if len(asked) == 2:
        whole = len(en) == len(zh)  # else the service says what is wrong
        second = (asked[1][0], tuple(en[nth] for nth in order) if whole else tuple(en))
    return Card(
        what[0] or what[1], what[1] or what[0], example, first, tuple(lines[nth] for nth in order),
        order.index(0) if order else 0, second,
    )  # fmt: skip
