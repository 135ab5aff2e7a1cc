"""The team page's parts: what is delivered, alerts with what can be done, the board, a person, the items behind a figure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from relevance.quality.bootstrap import Estimate
from relevance.quality.confusion import Share
from relevance.quality.scorecards import differs
from relevance.services.guidelines import Guideline
from relevance.services.projects import ProjectRow
from relevance.services.regrade import Exclusion, Preview
from relevance.services.team import Alert, ItemRow, Member, Own, Team
from relevance.texts import _, ngettext
from relevance.web import charts, duty_view, page, query
from relevance.web import dispute_view as view
from relevance.web import format as fmt
from relevance.web import team_charts as pictures

FIGURES = ("together", "gold", "decided", "model", "overturned", "lenient", "strict", "fast", "unseen", "answers")
ITEM = "team.item"


def estimate(one: Estimate) -> str:
    """A figure of a sample with its interval."""
    if one.value is None or one.low is None or one.high is None:
        return fmt.UNKNOWN
    return _("{low} to {high}").format(low=fmt.percent(one.low), high=fmt.percent(one.high)) + f", n = {one.items}"


def figures(seen: Team, zone: str, now: datetime) -> None:
    """What the team delivers, by the audit sample, and how fresh the model is."""
    delivered = seen.delivered
    cells = st.columns(4, border=True)
    cells[0].metric(
        _("Delivered accuracy"), fmt.percent(delivered.accuracy.value), delta=estimate(delivered.accuracy),
        delta_color="off", delta_arrow="off",
        help=_("Of the labels that grades settled: how probably each is right, over the random audit sample. Only this sample is free of the bias that hard items get more grades."),
    )  # fmt: skip
    cells[1].metric(
        _("Confirmed by one more grade"), fmt.percent(delivered.confirmed.value), delta=estimate(delivered.confirmed),
        delta_color="off", delta_arrow="off",
        help=_("Share of the sampled labels that an independent grader gave again. He errs too: it lies below the accuracy."),
    )  # fmt: skip
    cells[2].metric(
        _("Audit sample"), fmt.number(delivered.drawn), delta=_("{n} still to be graded").format(n=delivered.waiting),
        delta_color="off", delta_arrow="off",
    )  # fmt: skip
    fresh = fmt.moment(seen.model[1], zone, now) if seen.model else fmt.UNKNOWN
    version = (
        _("model version {version}").format(version=seen.model[0]) if seen.model else _("no labels of the model yet")
    )
    cells[3].metric(_("Labels of the model from"), fresh, delta=version, delta_color="off", delta_arrow="off")


# Alerts -------------------------------------------------------------------------------------------------------------


def kind_name(kind: str) -> str:
    """An alert's kind in a few words."""
    return {
        "accuracy": _("Accuracy has dropped"),
        "one_level": _("Drifts to one level"),
        "unseen": _("Answers without having looked"),
        "copying": _("Same answers as a colleague"),
        "streak": _("Repeats the last answer"),
        "shift": _("Other standard since a guideline version"),
    }[kind]


def what_name(what: str) -> str:
    """What can be done about an alert."""
    return {
        "talk": _("Talk"),
        "retrain": _("Retrain: no more items before the training is gone through"),
        "re_examine": _("Re-examine: no more items before the exam is passed"),
        "pause": _("Pause: no more items until he is added again"),
        "regrade": _("Regrade the answers since then"),
        "nothing": _("Nothing: there is a reason for it"),
    }[what]


def sentence(alert: Alert, guideline: Guideline, zone: str, now: datetime) -> str:
    """The evidence of an alert, in one sentence."""
    names = {level.level: view.level_name(level) for level in guideline.levels}
    values: dict[str, Any] = {
        "share": fmt.percent(alert.value), "usual": fmt.percent(alert.usual), "n": fmt.number(alert.n),
        "since": fmt.moment(alert.since, zone, now), "level": names.get(alert.level or 0, ""),
        "partner": alert.partner_name or "",
    }  # fmt: skip
    text = {
        "accuracy": _("Since {since}, {share} of {n} answers with a reference are wrong; {usual} is to be expected."),
        "one_level": _("Since {since}, {share} of {n} answers are {level}; by the other grades of the items, {usual} is to be expected."),
        "unseen": _("Since {since}, {share} of {n} answers came after less than a quarter of the clip; {usual} is tolerated."),
        "copying": _("Since {since}, {share} of {n} answers are those that {partner} had given before; {usual} is to be expected."),
        "streak": _("Since {since}, {share} of {n} answers repeat the one before; by the items, {usual} is to be expected."),
        "shift": _("Since {since} the mean of {n} answers is {mean} levels, more lenient than the {expected} to be expected.")
        if alert.value > alert.usual
        else _("Since {since} the mean of {n} answers is {mean} levels, stricter than the {expected} to be expected."),
    }[alert.kind]  # fmt: skip
    return text.format(**values, mean=fmt.number(alert.value, 2), expected=fmt.number(alert.usual, 2))


def alerts(
    seen: Team,
    guideline: Guideline,
    zone: str,
    now: datetime,
    may: bool,
    preview: Callable[[int, datetime], Preview],
) -> tuple[Sequence[Alert], str, str, Sequence[str]] | None:
    """A box a person with the evidence of each alert, its items, and what can be done.

    `preview(grader, since)` tells what taking a person's answers out would do, before it is done.
    Returns (the person's alerts, deed, note, rules to train) once something was done.
    """
    if not seen.alerts:
        st.success(_("No alerts: everybody works as usual."), icon=":material/check_circle:")
        return None
    done: tuple[Sequence[Alert], str, str, Sequence[str]] | None = None
    for grader in dict.fromkeys(alert.grader for alert in seen.alerts):
        mine = [alert for alert in seen.alerts if alert.grader == grader]
        with st.container(border=True, gap="xsmall"):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f":material/warning: **{page.plain(mine[0].name)}**", width="stretch")
                if may:
                    done = _deed(mine, guideline, preview) or done
            for alert in mine:
                _evidence(alert, guideline, zone, now)
    st.caption(
        _("Each test rings at odds of {needed} to 1: at most one false alarm a month in this team.").format(
            needed=fmt.number(seen.alerts[0].needed)
        )
    )
    return done


def _evidence(alert: Alert, guideline: Guideline, zone: str, now: datetime) -> None:
    code = f"{alert.grader}.{alert.kind}"
    odds = fmt.number(min(alert.odds, 1e6)) + ("+" if alert.odds > 1e6 else "")
    said, looked = st.columns((7, 1), vertical_alignment="center")  # in a row of its own the button would fall below
    said.markdown(
        f"**{kind_name(alert.kind)}** · "
        + fmt.sentences(
            page.plain(sentence(alert, guideline, zone, now)), f":gray[{_('Odds {odds} to 1.').format(odds=odds)}]"
        )
    )
    if looked.button(
        _("Items ({n})").format(n=len(alert.items)), key=f"alert.items.{code}", icon=":material/list:",
        type="primary" if query.value("alert") == code else "secondary", width="stretch",
    ):  # fmt: skip
        st.query_params["alert"] = code
        st.session_state.update(grader=str(alert.grader), figure=None)
        st.query_params.pop("week", None)
        st.session_state.pop(ITEM, None)
        st.rerun()


def _deed(
    mine: Sequence[Alert], guideline: Guideline, preview: Callable[[int, datetime], Preview]
) -> tuple[Sequence[Alert], str, str, Sequence[str]] | None:  # fmt: skip
    grader = mine[0].grader
    with st.popover(_("What can be done"), icon=":material/build:", width="content"):
        kinds = ["talk", "retrain", "re_examine", "pause", "regrade", "nothing"]
        what = st.radio(_("What was done"), kinds, key=f"alert.what.{grader}", format_func=what_name)
        text = st.text_area(_("Note"), key=f"alert.note.{grader}", max_chars=2000, height=80)
        rules = duty_view.rules(guideline, f"alert.rules.{grader}") if what == "retrain" else []
        if what == "regrade":
            would = preview(grader, min(alert.since for alert in mine))
            st.caption(
                _("Answers since then that leave the count: {n}. Items that reopen: {reopens}, grades they want: {grades}. New disputes: {disputes}. Labels that change: {changes}. It can be undone.").format(
                    n=fmt.number(would.answers), reopens=fmt.number(would.reopens), grades=fmt.number(would.grades),
                    disputes=fmt.number(would.disputes), changes=fmt.number(would.changes),
                )
            )  # fmt: skip
        if st.button(_("Done"), key=f"alert.done.{grader}", type="primary"):
            return mine, what, text, rules
    return None


# The board and a person ---------------------------------------------------------------------------------------------


def _picked(key: str) -> None:
    """A click on a picture chooses the person, the figure and the week."""
    state = st.session_state.get(key)
    points = state["selection"]["points"] if state else []
    data = points[0].get("customdata") if points else None
    if data:
        code = str(data[1])
        st.session_state["grader"] = str(int(data[0]))
        st.session_state["figure"] = "answers" if code == "bias" else code
        st.query_params.pop("alert", None)
        if key == "team.weeks":
            st.query_params["week"] = str(int(data[2]))
        else:
            st.query_params.pop("week", None)
        st.session_state.pop(ITEM, None)


def board(rows: Sequence[Member]) -> None:
    """Small multiples: figures by person, then weeks by person. Each point leads to its items."""
    if (figure := pictures.board(rows)) is not None:
        wide = st.container(key="team_board")  # as wide as it needs; scrolled sideways where the screen is narrower
        wide.plotly_chart(
            figure, key="team.board", on_select=lambda: _picked("team.board"), selection_mode="points",
            config=charts.CONFIG, alt=_("Figures by person"),
        )  # fmt: skip
        st.caption(
            _("Lines are 95 % intervals. Grey: no difference to the rest of the team beyond chance; blue better, orange worse. A click on a point shows its items.")
        )  # fmt: skip
    if (figure := pictures.weeks(rows)) is not None:
        st.markdown(f"##### {_('Accuracy week by week')}")
        wide = st.container(key="team_weeks")
        wide.plotly_chart(
            figure, key="team.weeks", on_select=lambda: _picked("team.weeks"), selection_mode="points",
            config=charts.CONFIG, alt=_("Accuracy week by week"),
        )  # fmt: skip
        st.caption(
            _("Each point is a week, the band its 95 % interval. A ring: a week of fewer than {few} answers, which says next to nothing.").format(few=pictures.FEW)
        )  # fmt: skip


def table(rows: Sequence[Member]) -> None:
    """The same as numbers, sortable by every column, with n."""
    made = []
    for row in rows:
        card = row.card
        same = sum(other.rank == row.rank for other in rows) > 1
        made.append(
            {
                _("Grader"): row.name,
                _("Place"): (f"{row.rank} =" if same else str(row.rank)) if row.rank else fmt.UNKNOWN,
                _("Accuracy"): _hundred(card.together.value),
                _("from"): _hundred(card.together.low) if card.together.n else None,
                _("to"): _hundred(card.together.high) if card.together.n else None,
                "n": card.together.n,
                _("On gold"): _hundred(card.gold.value),
                _("gold answers"): card.gold.n,
                _("On decided items"): _hundred(card.decided.value),
                _("decided answers"): card.decided.n,
                _("By the model"): _hundred(card.model.value),
                _("Overturned"): _hundred(card.overturned.value),
                _("answers with a label"): card.overturned.n,
                _("Bias (levels)"): None if card.bias.value is None else round(card.bias.value, 2),
                _("Seconds an item"): card.pace.median,
                _("Clip watched"): _hundred(card.watched.value),
                _("Hours"): round(card.hours, 1),
                _("Answers"): card.answers,
            }
        )
    shares = ("Accuracy", "from", "to", "On gold", "On decided items", "By the model", "Overturned", "Clip watched")
    st.dataframe(
        made, hide_index=True, key="team.table", placeholder=fmt.UNKNOWN,
        column_config={
            **{_(name): st.column_config.NumberColumn(format="%.1f%%") for name in shares},
            _("Seconds an item"): st.column_config.NumberColumn(format="%.1f"),
            **{_(name): st.column_config.NumberColumn(format="%.1f%%", width=70) for name in ("from", "to")},
        },
    )  # fmt: skip
    st.caption(_("People whose accuracy can't be told apart share a place (=)."))


def _hundred(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)


def choose(seen: Team) -> tuple[Member | None, str, Alert | None]:
    """The person, the figure and the alert that are looked at; another person or figure leaves the alert."""
    names = {str(row.grader): row.name for row in seen.members}
    alert = next((one for one in seen.alerts if query.value("alert") == f"{one.grader}.{one.kind}"), None)
    if alert is not None and not query.value("grader"):
        st.session_state["grader"] = str(alert.grader)
    with st.container(horizontal=True, gap="small", width=560):
        chosen = query.choose(_("Grader"), "grader", names, _("choose a grader"))
        figure = query.choose(
            _("Figure"), "figure", {code: pictures.figure_name(code) for code in FIGURES}, _("all answers")
        )
    member = next((row for row in seen.members if str(row.grader) == chosen), None)
    if alert is not None and (figure or str(alert.grader) != chosen):
        st.query_params.pop("alert", None)
        st.rerun()  # its button above is no longer the chosen one
    if alert is not None:
        counted = ngettext("{n} item", "{n} items", len(alert.items)).format(n=fmt.number(len(alert.items)))
        st.caption(f":material/warning: {page.plain(alert.name)} · {kind_name(alert.kind)} · {counted}")
    return member, figure or "answers", alert


def compared(now: Share, then: Share) -> str:
    """A share against the same share of the span before."""
    if then.value is None:
        return _("no earlier month to compare with")
    if not differs(now, then):
        return _("before {share}: no difference beyond chance").format(share=fmt.percent(then.value))
    return _("before {share}").format(share=fmt.percent(then.value))


def own(card: Own) -> None:
    """A grader's own figures of the month, against himself and the team."""
    now, then = card.card, card.then
    cells = st.columns(4, border=True)
    value = pictures.value_of(now, "together")
    cells[0].metric(
        _("Accuracy"), fmt.percent(value.value), delta=compared(now.together, then.together), delta_color="off",
        delta_arrow="off", help=pictures.said(value, "share"),
    )  # fmt: skip
    cells[1].metric(
        _("Overturned"), fmt.percent(now.overturned.value), delta=compared(now.overturned, then.overturned),
        delta_color="off", delta_arrow="off", help=pictures.said(pictures.value_of(now, "overturned"), "share"),
    )  # fmt: skip
    bias = pictures.value_of(now, "bias")
    cells[2].metric(
        _("Bias (levels)"), pictures.written(bias.value, "levels"), delta=pictures.said(bias, "levels"),
        delta_color="off", delta_arrow="off", help=_("Above 0 lenient, below 0 strict."),
    )  # fmt: skip
    cells[3].metric(
        _("Hours"), fmt.number(now.hours, 1), delta=ngettext("{n} answer", "{n} answers", now.answers).format(n=fmt.number(now.answers)),
        delta_color="off", delta_arrow="off",
    )  # fmt: skip
    told = _("The team: {share}.").format(share=fmt.percent(card.team.value))
    if value.value is not None:
        equal = not differs(now.together, card.team)
        mine = _("You: {figure}.").format(figure=pictures.said(value, "share"))
        told = fmt.sentences(mine, told, _("That is no difference beyond chance.") if equal else "")
    st.caption(told)


def items(
    rows: Sequence[ItemRow], guideline: Guideline, zone: str, now: datetime, own: bool = False
) -> int | None:  # fmt: skip
    """The items behind a figure. Returns the one that was clicked; on a grader's `own` page none can be, nor is gold named."""
    if not rows:
        st.caption(_("No items stand behind this."))
        return None
    names: dict[int | None, str] = {level.level: view.level_name(level) for level in guideline.levels}
    event: Any = st.dataframe(
        [
            {
                _("Time"): fmt.moment(row.made_at, zone, now),
                _("Keyword"): fmt.in_language(row.keyword_zh, row.keyword_en),
                _("Clip"): row.clip,
                _("Said"): names.get(row.level, ""),
                **({} if own else {_("Gold"): names.get(row.gold, "")}),
                _("Decided"): names.get(row.decided, ""),
                _("Label"): names.get(row.label, ""),
                _("By the model"): names.get(row.model, ""),
                _("Seconds"): row.seconds,
                _("Clip watched"): _hundred(row.watched),
                _("Counts"): "" if not row.excluded else _("taken out"),
            }
            for row in rows
        ],
        hide_index=True, height=360 if len(rows) > 9 else "content", on_select="ignore" if own else "rerun",
        selection_mode="single-row", key=f"team.items.{rows[0].assignment}.{len(rows)}",
        column_config={_("Clip watched"): st.column_config.NumberColumn(format="%.0f%%"),
                       _("Seconds"): st.column_config.NumberColumn(format="%.1f"),
                       # The grid goes by the first rows, which need not have been decided.
                       _("Decided"): st.column_config.TextColumn(width=150 if any(row.decided is not None for row in rows) else None)},
    )  # fmt: skip
    picked = [] if own else event["selection"]["rows"]
    return rows[picked[0]].item if picked and picked[0] < len(rows) else None


# Regrade ------------------------------------------------------------------------------------------------------------


def previewed(seen: Preview) -> None:
    """What taking answers out (or giving them back) would do."""
    cells = st.columns(4)
    cells[0].metric(_("Answers"), fmt.number(seen.answers))
    cells[1].metric(_("Items that reopen"), fmt.number(seen.reopens))
    cells[2].metric(_("More grades wanted"), fmt.number(seen.grades))
    cells[3].metric(_("New disputes"), fmt.number(seen.disputes))
    st.caption(
        _("Items: {items}. As a person decided: {decided}; that settle: {settles}. Labels that change: {changes}.").format(
            items=fmt.number(seen.items), decided=fmt.number(seen.decided), settles=fmt.number(seen.settles),
            changes=fmt.number(seen.changes),
        )
    )  # fmt: skip


def last_n(member: Member) -> int:
    """How many of a person's last answers are looked at for regrading."""
    return int(
        st.number_input(
            _("His last answers"), 1, 100_000, max(1, min(200, member.card.answers or 1)), key="regrade.n",
            help=_("They leave the count; what was settled by them is graded by somebody else. It can be undone."),
        )
    )  # fmt: skip


def reason(key: str, button: str) -> str | None:
    """A reason and the button; None until it is pressed."""
    with st.form(key, border=False):
        text = st.text_input(_("Reason"), key=f"{key}.reason", max_chars=2000)
        if st.form_submit_button(button, icon=":material/undo:"):
            return text
    return None


def exclusions(rows: Sequence[Exclusion], zone: str, now: datetime, may: bool) -> tuple[Exclusion, str] | None:
    """What was taken out, with an undo. Returns (exclusion, reason) once it was pressed."""
    pressed = None
    for row in rows:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            said = ngettext("{name}: {n} answer from {since} to {until}: {reason}", "{name}: {n} answers from {since} to {until}: {reason}", row.answers).format(
                name=row.name, n=fmt.number(row.answers), since=fmt.moment(row.since, zone, now),
                until=fmt.moment(row.until, zone, now), reason=row.reason,
            )  # fmt: skip
            st.markdown(page.plain(said))
            if row.undone_at is not None:
                back = _("given back {when}: {reason}")
                st.caption(
                    page.plain(back.format(when=fmt.moment(row.undone_at, zone, now), reason=row.undo_reason or ""))
                )
            elif may:
                with st.popover(_("Give back"), width="content"):
                    if (text := reason(f"undo.{row.id}", _("Give these answers back"))) is not None:
                        pressed = row, text
    return pressed


def sheet(months: Sequence[str], made: Any, project: ProjectRow) -> None:
    """The month's workbook; `made(month)` gives its bytes."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", width=420):
        month = st.selectbox(_("Month"), months, key="team.month", label_visibility="collapsed")
        if month:
            st.download_button(
                _("The month as a spreadsheet"), data=lambda: made(month), file_name=f"{project.name}-{month}.xlsx",
                icon=":material/table_view:", on_click="ignore",
                mime="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            )  # fmt: skip
