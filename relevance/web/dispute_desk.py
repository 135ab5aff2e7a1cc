"""What stands around the viewer on the disputes page: filters, the list's pages, the item's head, the ruling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from relevance.errors import NotFound
from relevance.services.disputes import DisputeDetail, DisputeFilter, DisputePage, RulingSeen
from relevance.services.facets import Facets
from relevance.services.guidelines import Guideline
from relevance.services.projects import ProjectRow
from relevance.texts import _
from relevance.web import charts, page, query
from relevance.web import dispute_view as view
from relevance.web import format as fmt

PAGE = 50
FLAGS = ("no_rule", "other", "handed_back", "bad_clip", "unclear_keyword")


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a lead rules on an item: a level, or `extra` more grades."""

    kind: Literal["level", "return"]
    reason: str
    level: int | None = None
    rule: str | None = None
    extra: int = 0
    expects: int = 0  # the version of the item that the lead looked at


_SEEN = "dispute.seen"
_ASKED = "dispute.asked"
FILTERS = ("batch", "keyword", "spread", "flag", "grader", "age", "search")


def wanted() -> DisputeFilter:
    """The filter as the address and the widgets have it. Nonsense in the address filters nothing."""
    flag = query.value("flag")
    return DisputeFilter(
        batch=query.whole("batch"),
        keyword=query.whole("keyword"),
        spread=query.whole("spread"),
        flag=flag if flag in FLAGS else None,
        grader=query.whole("grader"),
        older_than_h=query.whole("age"),
        text=query.value("search"),
    )


def _named(names: Mapping[int, str], counts: Mapping[int, int]) -> dict[str, str]:
    return {str(key): f"{name} ({fmt.number(counts[key])})" for key, name in names.items()}


def filters(found: DisputePage, names: Facets) -> None:
    """The filters, with how many disputes each would leave on its own."""
    keywords = {key: fmt.in_language(*texts) for key, texts in names.keywords.items()}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="filters"):
        query.search(_("Search keywords"), "search", _("keyword or family"))
        query.choose(_("Batch"), "batch", _named(names.batches, found.batches), _("all batches"))
        query.choose(_("Keyword"), "keyword", _named(keywords, found.keywords), _("all keywords"))
        query.choose(
            _("Spread"),
            "spread",
            {"1": _("one level or more"), "2": _("two levels or more"), "3": _("three levels")},
            _("any spread"),
        )
        query.choose(
            _("Flag"),
            "flag",
            {
                flag: f"{view.flag_name(flag)} ({fmt.number(found.flags[flag])})"
                for flag in FLAGS
                if flag in found.flags
            },
            _("any flag"),
        )
        query.choose(_("Grader"), "grader", _named(names.graders, found.graders), _("all graders"))
        query.choose(
            _("Age"),
            "age",
            {"4": _("over 4 hours"), "24": _("over a day"), "72": _("over three days"), "168": _("over a week")},
            _("any age"),
        )


def places(listed: bool) -> list[DeltaGenerator]:
    """Where the list, the clip and the ruling stand: beside each other, so that a ruling needs no scrolling."""
    if listed:
        return list(st.columns([1, 1.75, 1.5], gap="medium"))
    top = st.container()
    return [top, *st.columns([1.2, 1], gap="medium")]


def offset() -> int:
    """Where the shown part of the list begins."""
    return max(0, query.number("page", 1) - 1) * PAGE


def pager(total: int, start: int, shown: int) -> None:
    """Which part of the list is shown, and the ways to the others."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        said = _("{first} to {last} of {total}") if total > shown else _("{total} in all")
        st.caption(
            said.format(first=fmt.number(start + 1), last=fmt.number(start + shown), total=fmt.number(total)),
            width="stretch",
        )
        if total > PAGE:
            at = start // PAGE + 1
            st.button(
                "",
                icon=":material/chevron_left:",
                key="page_back",
                disabled=at <= 1,
                help=_("Page before"),
                on_click=query.put,
                args=("page", at - 1),
            )
            st.button(
                "",
                icon=":material/chevron_right:",
                key="page_next",
                disabled=start + shown >= total,
                help=_("Next page"),
                on_click=query.put,
                args=("page", at + 1),
            )


def head(detail: DisputeDetail, guideline: Guideline, zone: str, now: datetime) -> None:
    """The keyword in both languages with its note, where the item belongs, and what was ruled or asked before."""
    words = [text for text in (detail.keyword_zh, detail.keyword_en) if text]
    first = fmt.in_language(detail.keyword_zh, detail.keyword_en)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"#### {page.plain(first)}", width="content", anchors=False)
        for other in (text for text in words if text != first):
            st.markdown(f":gray[{page.plain(other)}]", width="content")
        st.badge(
            view.why_name(detail.why) if detail.state == "disputed" else charts.state_name(detail.state),
            color="orange" if detail.state == "disputed" else "green",
        )
    if detail.keyword_note:
        st.markdown(f":material/info: {page.plain(detail.keyword_note)}")
    st.caption(
        " · ".join(
            page.plain(part)
            for part in (detail.clip_name, detail.title or "", detail.batch_name, f"#{detail.item}")
            if part
        )
    )
    for ruling in detail.rulings:
        when = fmt.moment(ruling.made_at, zone, now)
        st.info(
            f"**{page.plain(ruling.name)}** · {when} · {_ruled(ruling, guideline)}: {page.plain(ruling.reason)}",
            icon=":material/gavel:",
        )
    for name, text, at in detail.asks:
        st.info(
            _("{name} asked at {when}: {text}").format(
                name=page.plain(name), when=fmt.moment(at, zone, now), text=page.plain(text)
            ),
            icon=":material/contact_support:",
        )


def _ruled(ruling: RulingSeen, guideline: Guideline) -> str:
    if ruling.kind == "level":
        name = next((view.level_name(level) for level in guideline.levels if level.level == ruling.level), "")
        return page.plain(_("Decided: {level}").format(level=name))
    return {"return": _("sent back for more grades"), "withdraw": _("withdrew the item")}[ruling.kind]


def opened(found: DisputePage, project: int, filter_: DisputeFilter, start: int) -> int:
    """The item to show; 0: none. The one in the address, or the first of the list after another project, filter or page
    of it was chosen."""
    ids = [row.item for row in found.rows]
    item = query.number("item")
    asked = (project, filter_, start)
    changed = st.session_state.get(_ASKED, asked) != asked
    st.session_state[_ASKED] = asked
    if item not in ids and (changed or not item):
        item = ids[0] if ids else 0
        query.put("item", item or None)
    return item


def of_project(detail: DisputeDetail, project: ProjectRow) -> DisputeDetail:
    """The item, if it is one of this project.

    Raises:
        NotFound: it is another's; a link may lead there.
    """
    if detail.project != project.id:
        raise NotFound("Item {item} belongs to another project. Choose that project above.", item=detail.item)
    return detail


def after(found: DisputePage, item: int) -> int | None:
    """The item that comes after one that was just ruled on."""
    ids = [row.item for row in found.rows]
    rest = ids[ids.index(item) + 1 :] + ids[: ids.index(item)] if item in ids else ids
    return rest[0] if rest else None


def nothing(found: DisputePage) -> None:
    """No dispute in the list: because of the filter, or because there is none."""
    if found.batches:
        page.empty(_("No dispute fits these filters"), _("Take one away to see more."), ":material/filter_alt_off:")
        st.button(_("Show all disputes"), on_click=lambda: query.clear(FILTERS), key="clear_filters")
    else:
        page.empty(
            _("No disputes"), _("What graders can't settle comes here, the widest spread first."), ":material/task_alt:"
        )


def ruling(detail: DisputeDetail, guideline: Guideline) -> Ruling | None:
    """The form to rule with, and what was ruled.

    A ruling names the version of the item that was on the screen when it was made. Where somebody else was first, the
    form is drawn once more, so that what was pressed reaches the service and its answer says who was first.
    """
    item, version = st.session_state.get(_SEEN, (0, 0))
    shown_before = item == detail.item
    place = st.empty()
    found = None
    if detail.state == "disputed" or shown_before:
        with place.container():
            found = _form(detail, guideline)
    if detail.state == "disputed":
        st.session_state[_SEEN] = (detail.item, detail.version)
    else:
        st.session_state.pop(_SEEN, None)
        if found is None:
            place.caption(_("This item is no longer disputed."))
    return None if found is None else replace(found, expects=version if shown_before else detail.version)


def said(made: Ruling, guideline: Guideline) -> str:
    """What was done, for the message after it."""
    if made.kind == "return":
        return _("Sent back; more grades wanted: {n}.").format(n=made.extra)
    name = next(view.level_name(level) for level in guideline.levels if level.level == made.level)
    return _("Decided: {level}").format(level=name)


def _form(detail: DisputeDetail, guideline: Guideline) -> Ruling | None:
    """Decide with a level (keys 1 to 4, the lowest first) and a reason, or send the item back for more grades."""
    item = detail.item
    chosen = _level(detail, guideline)
    with st.form(f"ruling_{item}", border=False):
        hint = _("Why, in words that settle the next case too. Graders read this.")
        reason = st.text_area(
            _("Reason"), height=72, max_chars=2000, key=f"reason_{item}", placeholder=hint, label_visibility="collapsed"
        )
        rule = _rule(item, guideline)
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            decides = st.form_submit_button(_("Decide (Ctrl+Enter)"), type="primary", icon=":material/gavel:")
            more = {n: _("{n} more").format(n=n) for n in range(1, 6)}
            extra = st.selectbox(
                _("More grades"), list(more), index=1, key=f"extra_{item}", width=118, label_visibility="collapsed",
                format_func=lambda n: more[n],
            )  # fmt: skip
            returns = st.form_submit_button(_("Send back"), icon=":material/undo:")
    if not (decides or returns):
        return None
    if decides and chosen is None:
        st.error(_("Choose a level first: keys 1 to 4, the lowest first."))
    elif not reason.strip():
        st.error(_("Give a reason: graders and the next meeting read it."))
    elif decides:
        return Ruling("level", reason, chosen, rule)
    else:
        return Ruling("return", reason, extra=extra)
    return None


def _level(detail: DisputeDetail, guideline: Guideline) -> int | None:
    """The four levels as buttons, each with how many said it; the chosen one stays chosen while the reason is written."""
    key = f"level_{detail.item}"
    counts = view.counted([grade.level for grade in detail.grades if grade.level is not None and grade.counts])

    def choose(level: int) -> None:
        st.session_state[key] = level

    chosen: int | None = st.session_state.get(key)
    # Two rows of two, so that they stay in order where a narrow screen puts them below each other.
    cells = [*st.columns(2, gap="small"), *st.columns(2, gap="small")]
    for cell, level in zip(cells, sorted(guideline.levels, key=lambda one: one.level), strict=True):
        cell.button(
            _said_by(page.plain(view.level_name(level)), counts[level.level]),
            key=f"choose_{level.level}", shortcut=str(level.level + 1), on_click=choose, args=(level.level,),
            type="primary" if chosen == level.level else "secondary", width="stretch",
            help=page.plain(fmt.in_language(level.definition_zh, level.definition_en)),
        )  # fmt: skip
    return chosen


def _said_by(name: str, n: int) -> str:
    """A level's name with how many said it; nobody is no figure, since the key's digit stands beside it."""
    return _("{level} ({n})").format(level=name, n=fmt.number(n)) if n else name


def _rule(item: int, guideline: Guideline) -> str | None:
    """The rule of the guideline that decides it, if one does."""
    rules = {rule.id: view.rule_name(rule) for rule in guideline.rules}
    if not rules:
        return None
    chosen: str | None = st.selectbox(
        _("Rule that decides it"), list(rules), index=None, format_func=lambda key: rules[key], key=f"rule_{item}",
        placeholder=_("Rule that decides it"), label_visibility="collapsed",
    )  # fmt: skip
    return chosen
