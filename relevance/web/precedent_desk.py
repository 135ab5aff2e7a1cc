"""Precedents as a list, what rests on one and what takes its place, the preview of what one would settle, and what was carried on before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from relevance.precedents import FEW, SCOPES, Precedent, overlap
from relevance.services.guidelines import Guideline
from relevance.services.precedents import LONGEST, PrecedentRow
from relevance.services.propagation import PreviewRow, PropagationRow, Undone
from relevance.services.second_look import Looks
from relevance.texts import _, ngettext
from relevance.web import dispute_view, page
from relevance.web import format as fmt
from relevance.web.frame import PAGES

LINE, WRAPPED = 40, 76  # characters of a line in the table, pixels of a row of three lines
MOST = 60  # links to items that stand in one place


def _level(guideline: Guideline, level: int | None) -> str:
    return next((dispute_view.level_name(one) for one in guideline.levels if one.level == level), "–")


def _rule(guideline: Guideline, rule: str | None) -> str:
    """A rule's number and title; its id where the guideline has it no more."""
    return next((dispute_view.rule_name(one) for one in guideline.rules if one.id == rule), rule or "")


def scope_name(scope: str) -> str:
    """How far a precedent reaches, in the reader's words."""
    return {
        "pair": _("This pair"),
        "keyword": _("Keyword"),
        "family": _("Family"),
        "general": _("General"),
    }[scope]


def table(rows: Sequence[PrecedentRow], guideline: Guideline, zone: str, now: datetime) -> None:
    """All of them, the newest first; those that contradict each other are named."""
    if not rows:
        page.empty(_("No precedent yet"), _("A decision in a meeting leaves one for its like."), ":material/balance:")
        return
    st.dataframe(
        [
            {
                "#": row.precedent.id,
                _("Keyword"): fmt.in_language(row.precedent.keyword_zh, row.precedent.keyword_en),
                _("Level"): _level(guideline, row.precedent.level),
                _("Reason"): row.precedent.reason,
                _("Rule"): _rule(guideline, row.precedent.rule),
                _("Scope"): scope_name(row.precedent.scope),
                _("Since"): fmt.moment(row.precedent.made_at, zone, now),
                _("Settled"): row.settled,
                _("Superseded by"): f"#{row.superseded_by}" if row.superseded_by else "",
                _("Contradicts"): _few(row.contradicts),
            }
            for row in rows
        ],
        hide_index=True,
        # A reason is read whole: its cell wraps where one of them is longer than a line.
        row_height=WRAPPED if any(len(row.precedent.reason) > LINE for row in rows) else None,
        column_config={_("Reason"): st.column_config.TextColumn(width=480)},
    )


def _few(numbers: Sequence[int]) -> str:
    """The newest few of some precedents, and how many more there are."""
    shown = ", ".join(f"#{one}" for one in sorted(numbers, reverse=True)[:FEW])
    return shown + (f" (+{len(numbers) - FEW})" if len(numbers) > FEW else "")


def _name(row: PrecedentRow) -> str:
    return f"#{row.precedent.id} {fmt.in_language(row.precedent.keyword_zh, row.precedent.keyword_en)}"


def chosen(rows: Sequence[PrecedentRow]) -> PrecedentRow | None:
    """The precedent that shall be looked at, those that are superseded among them."""
    there = {row.precedent.id: row for row in rows}
    if not there:
        return None
    gone = " · " + _("superseded")
    names = {number: _name(row) + (gone if row.superseded_by else "") for number, row in there.items()}
    number = st.selectbox(
        _("Precedent"), list(there), index=None, format_func=lambda one: names[one], key="like",
        placeholder=_("Choose one to look at it"),
    )  # fmt: skip
    return there.get(number) if number is not None else None


def rests(items: Sequence[int]) -> None:
    """How many labels rest on a precedent now, with the way to each."""
    st.markdown(_("Labels that rest on it: {n}").format(n=fmt.number(len(items))))
    if items:
        with st.container(key="rests"):
            links(items)


def links(items: Sequence[int]) -> None:
    """The way to each of these items, as far as they stand in one place."""
    with st.container(horizontal=True, gap="small"):
        for item in items[:MOST]:
            st.page_link(PAGES / "disputes.py", label=f"#{item}", query_params={"item": str(item)})
        if len(items) > MOST:
            st.caption(_("and {n} more").format(n=fmt.number(len(items) - MOST)))


@dataclass(frozen=True, slots=True)
class Replacement:
    """What takes a precedent's place: one that is there (`new`), or a new one of its clip and keyword (`level` and so on)."""

    reason: str
    new: int | None = None
    level: int = 0
    rule: str | None = None
    scope: str = "keyword"


def replacement(row: PrecedentRow, rows: Sequence[PrecedentRow], guideline: Guideline) -> Replacement | None:
    """Puts another precedent in this one's place: one that reaches the same items, or a new one."""
    old = row.precedent
    others = {
        one.precedent.id: one
        for one in rows
        if one.superseded_by is None and one.precedent.id != old.id and overlap(one.precedent, old) is not None
    }
    with st.expander(_("Put another in its place"), icon=":material/swap_horiz:"):
        st.caption(
            _(
                "It stays on record and stands beside no clip any more. What it settled stays settled; take that back "
                "under Carried on."
            )
        )
        ways = {"new": _("A new one, of the same clip and keyword"), "there": _("One that is there already")}
        # Before the form: which it is decides what the form asks for.
        way = st.radio(
            _("What takes its place"), list(ways) if others else ["new"], format_func=lambda one: ways[one],
            horizontal=True, key=f"instead_way_{old.id}",
        )  # fmt: skip
        with st.form(f"instead_{old.id}", border=False):
            new, level, rule, scope = None, None, old.rule, old.scope
            if way == "there":
                shown = {
                    number: f"{_name(one)} · {_level(guideline, one.precedent.level)} · {one.precedent.reason[:LINE]}"
                    for number, one in others.items()
                }
                new = st.selectbox(
                    _("The other precedent"), list(others), None, lambda one: shown[one],
                    key=f"instead_new_{old.id}", placeholder="–",
                )  # fmt: skip
            else:
                names = {one.level: dispute_view.level_name(one) for one in guideline.levels}
                rules: list[str | None] = [None, *(one.id for one in guideline.rules)]
                level = st.radio(
                    _("Level"), sorted(names, reverse=True), None, lambda one: names[one], horizontal=True,
                    key=f"instead_level_{old.id}",
                )  # fmt: skip
                one, two = st.columns(2)
                rule = one.selectbox(
                    _("Rule"), rules, rules.index(old.rule) if old.rule in rules else 0,
                    lambda one: _rule(guideline, one) or "–", key=f"instead_rule_{old.id}",
                )  # fmt: skip
                scope = two.selectbox(
                    _("Scope"), SCOPES, SCOPES.index(old.scope), scope_name, key=f"instead_scope_{old.id}"
                )
            reason = st.text_area(
                _("Reason (it stands beside the clip from now on)") if way == "new" else _("Why"),
                max_chars=LONGEST, height=80, key=f"instead_why_{old.id}",
            )  # fmt: skip
            if not st.form_submit_button(_("Put it in its place"), type="primary", icon=":material/swap_horiz:"):
                return None
            if way == "there":
                if new is None:
                    st.warning(_("Choose the precedent that takes its place."))
                    return None
                return Replacement(reason, new)
            if level is None:
                st.warning(_("Choose a level."))
                return None
            return Replacement(reason, None, level, rule, scope)


def instead(found: Sequence[Precedent], guideline: Guideline, key: str) -> int | None:
    """What says otherwise than a precedent that is about to be made, and the one whose place it takes, if any."""
    if not found:
        return None
    names = {one.level: dispute_view.level_name(one) for one in guideline.levels}
    for one in found[:FEW]:
        said = _("Precedent #{id} says otherwise:").format(id=one.id)
        st.warning(f"{said} {page.plain(names[one.level])} · {page.plain(one.reason)}", icon=":material/call_split:")
    if len(found) > FEW:
        more = ngettext(
            "And one more that stands farther away; the Precedents page lists it.",
            "And {n} more that stand farther away; the Precedents page lists them.",
            len(found) - FEW,
        )
        st.caption(more.format(n=fmt.number(len(found) - FEW)))
    stands: dict[int | None, str] = {None: _("Both stand beside each other")}
    stands |= {one.id: _("In place of precedent #{id}").format(id=one.id) for one in found[:FEW]}
    return st.selectbox(
        _("What becomes of the earlier precedent"), list(stands), format_func=lambda one: stands[one], key=key
    )


def preview(
    rows: Sequence[PreviewRow], guideline: Guideline, level: int, key: str,
    look: Callable[[Sequence[int], int, int, str], Looks | None],
) -> tuple[list[int], Looks]:  # fmt: skip
    """What it would meet, worst first, any of them taken out; the items where it is applied now, else none, with what was
    said of further clips (`look`: of these clips, beside this level, before so many are settled)."""
    st.markdown(f"**{_('Disputes like it')}**")
    picked = chosen_of(rows, guideline, "preview")
    looks = look(picked, level, len(picked), f"like_{key}") if picked else None
    if looks is None:
        return [], ()
    n = len(picked) - sum(one != level for _item, one in looks)
    said = ngettext("Settle {n} item", "Settle {n} items", n).format(n=fmt.number(n))
    return (picked, looks) if st.button(said, type="primary", key="apply") else ([], ())


def chosen_of(rows: Sequence[PreviewRow], guideline: Guideline, key: str) -> list[int]:
    """The items that a decision would meet, those that disagree most with it first; those that are not taken out."""
    open_ = [row for row in rows if row.stays is None]
    if not open_:
        st.caption(_("Nothing waits for it."))
        return []
    edited = st.data_editor(
        [
            {
                _("Take it"): True,
                _("Item"): row.item,
                _("Keyword"): fmt.in_language(row.keyword_zh, row.keyword_en),
                _("Grades"): ", ".join(_level(guideline, level) for level in row.levels),
                _("Apart"): round(row.apart, 2),
            }
            for row in open_
        ],
        disabled=[_("Item"), _("Keyword"), _("Grades"), _("Apart")],
        hide_index=True,
        key=key,
    )
    return [int(str(row[_("Item")])) for row in edited if row[_("Take it")]]


def carried(
    rows: Sequence[PropagationRow], guideline: Guideline, zone: str, now: datetime, may: Callable[[int], bool]
) -> int | None:  # fmt: skip
    """What was carried on, with its sample; the act that shall be undone. `may`: whether what this account did may be."""
    if not rows:
        page.empty(_("Nothing carried on yet"), _("What a rule settled stands here, and can be undone."))
    for row in rows:
        with st.container(border=True, key=f"carried_{row.id}"):
            head = _("Grades wanted anew") if row.level is None else _level(guideline, row.level)
            st.markdown(f"**{page.plain(head)}** {page.plain(row.reason)}")
            st.caption(
                _("{when} · items: {n} · sample graded: {a} of {s}, {d} differ").format(
                    when=fmt.moment(row.made_at, zone, now), n=row.items, a=row.answered, s=row.sampled, d=row.differ
                )
            )
            if row.undone_at is not None:
                st.caption(_("Undone {when}").format(when=fmt.moment(row.undone_at, zone, now)))
            elif may(row.made_by) and st.button(_("Undo"), key=f"undo_{row.id}", icon=":material/undo:"):
                return row.id
    return None


def undone(done: Undone) -> str:
    """What an undo did, in a sentence."""
    return _("Taken back: {n}. Decided anew since, and left so: {m}.").format(n=done.back, m=len(done.stayed))
