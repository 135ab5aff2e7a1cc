"""The exams page for who makes them: offering, marking in words, results, items, gold, training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import streamlit as st

from relevance.qualification import Rules
from relevance.quality.proportion import wilson
from relevance.services.attempts import Result
from relevance.services.exams import ExamRow, Written
from relevance.services.gold_list import GoldRow, Supply
from relevance.services.guidelines import Guideline
from relevance.services.item_analysis import ItemRow
from relevance.services.marking import ToMark
from relevance.services.training import Step
from relevance.texts import _
from relevance.training import Cell, spread
from relevance.web import blueprint_form, exam_view, learn_view, page
from relevance.web import format as fmt
from relevance.web.blueprint_form import difficulty


@dataclass(frozen=True, slots=True)
class Wish:
    """An exam as somebody wants it."""

    name: str
    kind: str
    cells: tuple[Cell, ...]
    written: tuple[Written, ...]
    minutes: int
    rules: Rules


def offered(rows: Sequence[ExamRow], guideline: Guideline, keywords: Mapping[int, str]) -> int | None:
    """The exams that are offered. Returns the one that somebody wants to withdraw."""
    gone = None
    for row in rows:
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"offered_{row.id}"):
            drawn = blueprint_form.said(row.cells, guideline, keywords)
            kind = _("short") if row.kind == "short" else _("full")
            st.markdown(
                f"**{page.plain(row.name)}** · {kind} · {_('{n} clips').format(n=fmt.number(row.n))} · "
                f"{_('{n} minutes').format(n=fmt.number(row.minutes))}"
                + (f"  \n:gray[{page.plain(drawn)}]" if drawn else ""),
                width="stretch",
            )
            if st.button(_("Withdraw"), icon=":material/block:", key=f"withdraw_{row.id}"):
                gone = row.id
    return gone


def form(guideline: Guideline, pool: int, keywords: Mapping[int, str]) -> Wish | None:
    """Offering an exam: spread over rules and level boundaries, or drawn by a blueprint of kinds of clips."""
    st.markdown(f"**{_('Offer an exam')}**")
    many = blueprint_form.kinds()
    with st.form("exam", border=True):
        st.caption(_("Drawn for each person from gold and decided items: there are {n}.").format(n=fmt.number(pool)))
        one, two, three, four = st.columns(4)
        name = one.text_input(_("Name"), max_chars=100, key="exam_name")
        kinds = {"full": _("full"), "short": _("short, for a new guideline")}
        kind = two.selectbox(_("Kind"), list(kinds), key="exam_kind", format_func=lambda kind: kinds[kind])
        n = three.number_input(
            _("Clips"), 1, 200, min(20, max(1, pool)), key="exam_n", disabled=many > 0,
            help=_("With kinds of clips, each says how many."),
        )  # fmt: skip
        minutes = four.number_input(_("Minutes"), 1, 480, 30, key="exam_minutes")
        blueprint = [blueprint_form.cell(at, guideline, keywords) for at in range(many)]
        rules = not many and st.checkbox(
            _("At least one clip a rule"), key="exam_rules",
            help=_("Needs gold or decisions that cite every rule."),
        )  # fmt: skip
        words = st.text_area(
            _("Questions in words, one a line (5 points each)"), height=80, max_chars=4000, key="exam_words"
        )
        cells = st.columns(4)
        exact = cells[0].number_input(_("Exact (%)"), 0, 100, 75, key="exam_exact")
        near = cells[1].number_input(_("Within one level (%)"), 0, 100, 95, key="exam_near")
        pair = cells[2].number_input(_("At each boundary (%)"), 0, 100, 60, key="exam_pair")
        written = cells[3].number_input(_("Points in words (%)"), 0, 100, 50, key="exam_written")
        cells = st.columns(4)
        attempts = cells[0].number_input(_("Attempts"), 1, 100, 3, key="exam_attempts")
        wait = cells[1].number_input(_("Hours between attempts"), 0, 8760, 24, key="exam_wait")
        valid = cells[2].number_input(_("Valid for (days; 0: for ever)"), 0, 3650, 180, key="exam_valid")
        window = cells[3].number_input(_("Days until an item may come again"), 0, 3650, 90, key="exam_window")
        trained = st.checkbox(_("Only after the training"), True, key="exam_training")
        if not st.form_submit_button(_("Offer it"), type="primary", icon=":material/quiz:"):
            return None
    made = Rules(
        exact / 100, near / 100, pair / 100, written / 100, int(attempts), float(wait), int(window), int(valid), trained
    )
    ids = [rule.id for rule in guideline.rules] if rules else []
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    wanted = tuple(blueprint) or tuple(spread(int(n), ids))
    return Wish(name, kind, wanted, tuple(Written(line) for line in lines), int(minutes), made)


def gate(settings: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a project asks before work, and how much gold it gives. Returns what is to be changed."""
    with st.form("gate", border=True):
        st.markdown(f"**{_('Before and during work')}**")
        one, two, three, four = st.columns(4, vertical_alignment="bottom")
        required = one.checkbox(
            _("No work without a pass"), bool(settings["exam_required"]), key="gate_required",
            help=_("Held at the server: who has not passed gets no item, whatever program asks."),
        )  # fmt: skip
        since = two.number_input(
            _("Passed under guideline version … or later"), 0, 100_000, int(settings["exam_since"]), key="gate_since",
            help=_("0: under any version. Raise it when the guideline changes in substance."),
        )  # fmt: skip
        share = three.number_input(
            _("Gold among the items (%)"), 0.0, 15.0, float(settings["gold_share"]) * 100, 0.5, key="gate_share",
            help=_("On average over the team: more for who is new or gives cause for doubt, less for who has proved himself."),
        )  # fmt: skip
        told = four.checkbox(
            _("Tell the answer to gold at once"), bool(settings["gold_feedback"]), key="gate_told",
            help=_("Teaches, and shows afterwards which item was gold."),
        )  # fmt: skip
        renewed = st.checkbox(
            _("A guideline that changes in substance asks for a new pass"), bool(settings["exam_renewed"]), key="gate_renewed"
        )  # fmt: skip
        if not st.form_submit_button(_("Save"), icon=":material/save:"):
            return None
    wanted = {
        "exam_required": required, "exam_since": int(since), "exam_renewed": renewed, "gold_share": share / 100, "gold_feedback": told,
    }  # fmt: skip
    changed = {name: value for name, value in wanted.items() if value != settings[name]}
    if not changed:
        st.caption(_("Nothing was changed."))
    return changed or None


@dataclass(frozen=True, slots=True)
class Points:
    """What a written answer gets."""

    attempt: int
    place: int
    points: float
    comment: str


def written(rows: Sequence[ToMark]) -> Points | None:
    """The written answers that wait, without names; returns the points that were given."""
    given = None
    for row in rows:
        with st.form(f"mark_{row.attempt}_{row.place}", border=True):
            st.markdown(f"**{page.plain(row.question)}**")
            st.caption(page.plain(row.exam))
            st.markdown(f"> {page.plain(row.text)}")
            one, two = st.columns([1, 3])
            points = one.number_input(
                _("Points (0 to {most})").format(most=row.points), 0.0, float(row.points), 0.0, 0.5,
                key=f"points_{row.attempt}_{row.place}",
            )  # fmt: skip
            comment = two.text_input(_("Comment"), max_chars=500, key=f"comment_{row.attempt}_{row.place}")
            if st.form_submit_button(_("Give the points")):
                given = Points(row.attempt, row.place, points, comment)
    return given


def results(rows: Sequence[Result], zone: str, now: datetime) -> tuple[int, str] | None:
    """All attempts with marks and intervals. Returns a pass to take back, and why."""
    if not rows:
        page.empty(_("Nobody has taken an exam yet"), _("Results come here with their intervals."), ":material/quiz:")
        return None
    st.dataframe(
        [
            {
                _("Person"): row.name,
                _("Exam"): row.exam,
                _("Attempt"): row.number,
                _("When"): fmt.moment(row.ended_at or row.started_at, zone, now),
                _("Outcome"): exam_view.outcome(row),
                _("Exact"): _share(row.marks.exact, row.marks.n) if row.marks else fmt.UNKNOWN,
                _("Within one level"): _share(row.marks.near, row.marks.n) if row.marks else fmt.UNKNOWN,
                **{
                    exam_view.boundary(low): fmt.of(row.marks.pairs[low].right, row.marks.pairs[low].n)
                    if row.marks
                    else fmt.UNKNOWN
                    for low in range(3)
                },
                _("In words"): fmt.percent(row.marks.points) if row.marks else fmt.UNKNOWN,
                _("Valid until"): fmt.moment(row.expires_at, zone, now),
            }
            for row in rows
        ],
        hide_index=True,
        key="results",
        column_config={
            _("Outcome"): st.column_config.TextColumn(width=250 if any(row.marks is None for row in rows) else None)
        },
    )
    standing = {
        row.qualification: row
        for row in rows
        if row.qualification and row.marks and row.marks.passed and not row.taken_back
    }
    if not standing:
        return None
    with st.form("take_back", border=True, clear_on_submit=True):
        st.markdown(f"**{_('Take a pass back')}**")
        one, two = st.columns([1, 2])
        chosen = one.selectbox(
            _("Whose"), list(standing), index=None, key="take_back_who", placeholder=_("choose"),
            format_func=lambda key: f"{standing[key].name} · {standing[key].exam}",
        )  # fmt: skip
        reason = two.text_input(_("Why? The person reads this."), max_chars=500, key="take_back_why")
        if st.form_submit_button(_("Take it back"), icon=":material/person_off:") and chosen is not None:
            return int(chosen), reason
    return None


def _share(hits: int, n: int) -> str:
    low, high = wilson(hits, n)
    return f"{fmt.of(hits, n)} [{fmt.percent(low)}–{fmt.percent(high)}]"


def items(rows: Sequence[ItemRow], guideline: Guideline) -> tuple[ItemRow, str] | None:
    """The items of exams: how hard they are, and whether they tell good people from others.

    Returns a doubtful one that is to become a dispute, and why.
    """
    if not rows:
        page.empty(
            _("No exam is marked yet"), _("What the answers say of the clips comes here."), ":material/query_stats:"
        )
        return None
    st.caption(
        _(
            "Easiness is the share of right answers. Discrimination is the correlation of a right answer with the rest of "
            "the exam (point-biserial, −1 to 1): near 0 an item tells nothing, below 0 it misleads."
        )
    )
    st.dataframe(
        [
            {
                _("Item"): row.figures.item,
                _("Keyword"): fmt.in_language(row.keyword_zh, row.keyword_en),
                _("Clip"): row.clip_name,
                _("Level"): learn_view.level_text(guideline, row.level),
                _("Easiness"): _share(row.figures.right, row.figures.n),
                _("Discrimination"): fmt.number(row.figures.discrimination, 2),
                _("Good people who failed it"): fmt.of(row.figures.good_failed, row.figures.good),
                _("Doubtful"): row.figures.doubtful,
            }
            for row in rows
        ],
        hide_index=True,
        key="exam_items",
    )
    doubtful = {row.figures.item: row for row in rows if row.figures.doubtful and row.labelled}
    if not doubtful:
        return None
    with st.container(border=True):
        st.markdown(f"**{_('Good people fail it: is it the guideline?')}**")
        one, two = st.columns([1, 2], vertical_alignment="bottom")
        chosen = one.selectbox(
            _("Item"), list(doubtful), key="doubt_item",
            format_func=lambda key: f"#{key} · {fmt.in_language(doubtful[key].keyword_zh, doubtful[key].keyword_en)}",
        )  # fmt: skip
        row = doubtful[chosen]
        reason = two.text_input(
            _("Reason"), _failed(row, guideline), max_chars=500, key=f"doubt_why_{chosen}"
        )  # fmt: skip
        if st.button(_("Make it a dispute"), icon=":material/gavel:", shortcut="d", key="doubt", type="primary"):
            return row, reason
    return None


def _failed(row: ItemRow, guideline: Guideline) -> str:
    figures = row.figures
    if figures.good_failed:
        return _("{failed} of {good} people who passed gave another level than {level}.").format(
            failed=fmt.number(figures.good_failed),
            good=fmt.number(figures.good),
            level=learn_view.level_text(guideline, row.level),
        )
    return _("The better a person is, the likelier he fails it.")


def supply(found: Supply) -> None:
    """How much gold there is, and when it runs out."""
    cells = st.columns(5, border=True)
    cells[0].metric(
        _("Gold in the stream"), fmt.number(found.pieces),
        delta=_("{n} imported").format(n=fmt.number(found.imported)) if found.imported else None, delta_color="off",
        delta_arrow="off",
    )  # fmt: skip
    for cell, (code, n) in zip(cells[1:4], found.by_difficulty.items(), strict=True):
        cell.metric(difficulty(code), fmt.number(n))
    cells[4].metric(
        _("Lasts"), fmt.UNKNOWN if found.days is None else _("{n} days").format(n=fmt.number(found.days, 1)),
        help=_("For the grader who has least left of it, at the policy's share and the day's goal"),
    )  # fmt: skip
    if found.pieces and found.days is not None and found.days < 5:
        st.warning(
            _("Gold runs out: somebody has {n} pieces left. Make more from decided items.").format(
                n=fmt.number(found.least_left)
            ),
            icon=":material/hourglass_bottom:",
        )
    if found.out:
        names = ", ".join(difficulty(one) for one in found.out)
        st.warning(
            _("Of this difficulty somebody has seen all: {names}. Others make up for it until there is more.").format(names=names),
            icon=":material/stacks:",
        )  # fmt: skip


def ended(code: str | None, because: str | None = None) -> str:
    """Where a piece of gold stands."""
    if because is not None:
        return {
            "reopened": _("out: its item was reopened"),
            "other level": _("out: its item has another level now"),
            "rule changed": _("out: its rule reads otherwise now"),
        }[because]
    return {"doubted": _("doubted: good graders fail it"), "retired": _("retired")}.get(code or "", _("in the stream"))


def gold(rows: Sequence[GoldRow], guideline: Guideline) -> tuple[str, int, int | None, str] | None:
    """The gold. Returns (what, gold, level, reason): retire a piece, or keep a doubted one."""
    st.dataframe(
        [
            {
                _("Item"): row.item,
                _("Keyword"): fmt.in_language(row.keyword_zh, row.keyword_en),
                _("Clip"): row.clip_name,
                _("Level"): learn_view.level_text(guideline, row.level),
                _("Difficulty"): difficulty(row.difficulty),
                _("Right"): fmt.of(row.right, row.n),
                _("Good graders who failed it"): fmt.of(row.failed, row.good),
                _("State"): ended(row.ended, row.because),
                _("Reason"): row.reason,
            }
            for row in rows
        ],
        hide_index=True,
        key="gold",
    )
    by_id = {row.gold: row for row in rows if row.ended != "retired" or row.because == "rule changed"}
    if not by_id:
        return None
    with st.form("gold_one", border=True, clear_on_submit=True):
        one, two, three = st.columns([2, 1, 2], vertical_alignment="bottom")
        pieces = {
            key: f"#{row.item} · {fmt.in_language(row.keyword_zh, row.keyword_en)} · {ended(row.ended, row.because)}"
            for key, row in by_id.items()
        }
        chosen = one.selectbox(
            _("Piece"), list(pieces), index=None, key="gold_piece", placeholder=_("choose"),
            format_func=lambda key: pieces[key],
        )  # fmt: skip
        names = {level.level: learn_view.level_text(guideline, level.level) for level in guideline.levels}
        level = two.selectbox(
            _("Level"), list(names), index=None, key="gold_level", placeholder=_("as it is"),
            format_func=lambda key: names[key],
        )  # fmt: skip
        reason = three.text_input(_("Reason"), max_chars=500, key="gold_reason")
        with st.container(horizontal=True):
            retire = st.form_submit_button(_("Take out of the stream"), icon=":material/remove_circle:")
            keep = st.form_submit_button(_("Keep a doubted one"), icon=":material/check_circle:")
    if chosen is None or not (retire or keep):
        return None
    return ("retire" if retire else "keep"), int(chosen), level, reason


def make_gold(pool: Mapping[int, str]) -> list[int] | None:
    """Decided items that are not gold: all of them by one key, or some. Returns the items."""
    if not pool:
        st.caption(_("Every decided item is gold already."))
        return None
    with st.form("gold_make", border=True, clear_on_submit=True):
        st.markdown(f"**{_('Make gold from decided items')}**")
        some = st.multiselect(
            _("Items"), list(pool), key="gold_items", format_func=lambda key: pool[key],
            placeholder=_("all {n}").format(n=fmt.number(len(pool))),
        )  # fmt: skip
        if st.form_submit_button(_("Make gold"), type="primary", icon=":material/stars:", shortcut="g"):
            return some or list(pool)
    return None


@dataclass(frozen=True, slots=True)
class ExampleWish:
    """An example of a rule as somebody wants it."""

    item: int
    rule: str
    level: int | None
    zh: str
    en: str


def examples(rows: Sequence[Step], guideline: Guideline) -> int | None:
    """The training's examples. Returns the one that somebody wants to take out."""
    for row in rows:
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"example_{row.example}"):
            rule = page.plain(learn_view.rule_text(guideline, row.rule))
            level = page.plain(learn_view.level_text(guideline, row.level))
            word = page.plain(fmt.in_language(row.shown.keyword_zh, row.shown.keyword_en))
            reason = page.plain(fmt.in_language(row.reason_zh, row.reason_en))
            st.markdown(f"**{rule}** · #{row.item} {word} · {level}  \n:gray[{reason}]", width="stretch")
            if st.button(_("Take out"), key=f"end_{row.example}", icon=":material/remove_circle:"):
                return row.example
    return None


def example(guideline: Guideline) -> ExampleWish | None:
    """Adding an example by its item number."""
    rules = {rule.id: learn_view.rule_text(guideline, rule.id) for rule in guideline.rules}
    if not rules:
        st.caption(_("Training needs a guideline with rules."))
        return None
    names = {level.level: learn_view.level_text(guideline, level.level) for level in guideline.levels}
    with st.form("example", border=True, clear_on_submit=True):
        st.markdown(f"**{_('Add an example')}**")
        one, two, three = st.columns([1, 2, 1])
        item = one.number_input(_("Item number"), 1, step=1, key="example_item")
        rule = two.selectbox(_("Rule"), list(rules), format_func=lambda key: rules[key], key="example_rule")
        level = three.selectbox(
            _("Level"), list(names), index=None, key="example_level", placeholder=_("its label"),
            format_func=lambda key: names[key],
        )  # fmt: skip
        zh = st.text_input(_("Reason in Chinese"), max_chars=500, key="example_zh")
        en = st.text_input(_("Reason in English"), max_chars=500, key="example_en")
        if st.form_submit_button(_("Add"), icon=":material/add:"):
            return ExampleWish(int(item), rule, level, zh, en)
    return None
