"""The parts of the triage page: the ranked list, a cluster with its clips, its worth, its cause, and what to do with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import streamlit as st

from relevance.causes import CAUSES, EVERY, Cause
from relevance.services import cluster_line
from relevance.services.client_questions import Choice
from relevance.services.cluster_line import Holds
from relevance.services.cluster_rows import ClusterRow
from relevance.services.guidelines import Guideline
from relevance.services.meetings import MeetingRow
from relevance.services.plainly import Proposal
from relevance.services.triage import BoardPage, Telling
from relevance.texts import _, language, ngettext
from relevance.tiers import Tier
from relevance.web import dispute_view as view
from relevance.web import format as fmt
from relevance.web import page, query

SHOWN = 200
KEYS = {one: str(place + 1) for place, one in enumerate(CAUSES)}  # Streamlit keeps C for itself


def cause_name(cause: str) -> str:
    """A cause in the reader's words."""
    return {
        "guideline_gap": _("Guideline gap"),
        "boundary": _("Boundary between two levels"),
        "ambiguous_keyword": _("Ambiguous keyword"),
        "bad_clip": _("Bad clip"),
        "grader_error": _("One grader's error"),
        "appeal": _("Appeal"),
    }[str(cause)]


def tier_name(tier: str) -> str:
    """Who decides, in the reader's words."""
    return {
        "graders": _("More grades"),
        "lead": _("Lead"),
        "specialist": _("Specialist"),
        "client": _("Question to the client"),
        "meeting": _("Meeting"),
    }[str(tier)]


def evidence_name(name: str) -> str:
    """What speaks for a cause, in the reader's words."""
    return {
        "flag_bad_clip": _("flagged: bad clip"),
        "flag_unclear_keyword": _("flagged: unclear keyword"),
        "flag_no_rule": _("flagged: no rule for this"),
        "flag_other": _("flagged: other reason"),
        "neighbours": _("grades at two neighbouring levels"),
        "even": _("as many grades on either side"),
        "far": _("grades two levels or more apart"),
        "scattered": _("grades at three levels or more"),
        "weaker_alone": _("one of less skill against the others"),
        "alone": _("one against the others"),
        "keyword_cluster": _("other items of the keyword are disputed alike"),
        "family_cluster": _("other items of the keyword's family are disputed alike"),
        "topic_cluster": _("like notes and rules over several keywords"),
        "no_cluster": _("nothing like it among the disputes"),
        "family_seldom": _("other keywords of the family are seldom disputed so"),
        "family_alike": _("other keywords of the family are often disputed between these levels"),
        "keyword_alike": _("the keyword is often disputed between these levels"),
        "usual_rule": _("cites the family's usual rule"),
        "unusual_rule": _("cites another rule than the family's usual one"),
        "rule_alike": _("the rule cited is often cited between these levels"),
    }[name]


def number_of(row: ClusterRow) -> int:
    """A cluster's id as the number that stands in the address: negative where a person made it."""
    return int(row.id[1:]) if row.id.startswith("c") else -int(row.id[1:])


def keyword_of(row: ClusterRow) -> str:
    """A cluster's keyword, and how many more it has."""
    first = fmt.in_language(*row.keywords[0])
    return first if len(row.keywords) == 1 else _("{keyword} and others").format(keyword=first)


def why(row: ClusterRow, guideline: Guideline) -> str:
    """Why a cluster holds together, in one line."""
    if row.cause is Cause.APPEAL:
        return _("A grader appeals against what was decided.")
    if len(row.items) == 1 and not row.said:
        return _("Stands by itself: no other dispute would be settled by the same rule.")
    return cluster_line.line(Holds(row.pair, row.shared, row.said), guideline, language())


def wanted() -> tuple[str | None, str | None]:
    """The tier and cause that the address asks for; nonsense asks for nothing."""
    tier, cause_ = query.value("tier"), query.value("cause")
    return (tier if tier in set(map(str, Tier)) else None), (cause_ if cause_ in set(map(str, EVERY)) else None)


def filters(found: BoardPage) -> None:
    """The tiers and causes to choose from, with their counts."""
    tiers = {
        str(tier): f"{tier_name(tier)} ({fmt.number(found.tiers[str(tier)])})"
        for tier in Tier
        if str(tier) in found.tiers
    }
    causes = {
        str(one): f"{cause_name(one)} ({fmt.number(found.causes[str(one)])})"
        for one in EVERY
        if str(one) in found.causes
    }
    with st.container(horizontal=True, gap="small"):
        query.choose(_("Who decides"), "tier", tiers, _("Whoever decides"))
        query.choose(_("Cause"), "cause", causes, _("Every cause"))


def age(found: BoardPage, now: datetime) -> None:
    """How old what is shown is, where disputes came or went since."""
    if found.as_of is None and found.behind:
        st.info(
            ngettext("One dispute is being put in order for the first time. Look again in a minute.", "{n} disputes are being put in order for the first time. Look again in a minute.", found.behind).format(n=fmt.number(found.behind)),
            icon=":material/hourglass_top:",
        )  # fmt: skip
    elif found.as_of is not None and found.behind:
        seconds = max(1, round((now - found.as_of).total_seconds()))
        st.caption(
            ngettext(
                "As of {seconds} s ago; one dispute has come, changed or gone since.",
                "As of {seconds} s ago; {n} disputes have come, changed or gone since.",
                found.behind,
            ).format(seconds=fmt.number(seconds), n=fmt.number(found.behind))
        )


def rows_of(rows: Sequence[ClusterRow]) -> list[dict[str, Any]]:
    """The clusters as the list draws them."""
    return [
        {
            "id": number_of(row),
            "title": keyword_of(row),
            "tag": cause_name(row.cause),
            "sub": _("items: {n} · {minutes} min · {worth} a minute · {tier}").format(
                n=fmt.number(len(row.items)), minutes=fmt.number(row.minutes, 1), worth=fmt.number(row.per_minute, 2),
                tier=tier_name(row.tier),
            ),
        }
        for row in rows[:SHOWN]
    ]  # fmt: skip


def asked_for() -> str | None:
    """The cluster in the address, by its id."""
    text = st.query_params.get("cluster", "")
    number = int(text) if text.lstrip("-").isdecimal() and len(text) < 19 else 0
    return None if number == 0 else f"c{number}" if number > 0 else f"h{-number}"


def head(row: ClusterRow, guideline: Guideline) -> None:
    """Keyword, cause, who decides, and the line that says why it holds together."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"#### {page.plain(keyword_of(row))}", width="content", anchors=False)
        st.badge(cause_name(row.cause) + ("" if not row.given else " ✓"), color="violet")
        st.badge(tier_name(row.tier), color="blue", icon=":material/person:")
        st.badge(_("items: {n}").format(n=fmt.number(len(row.items))), color="gray")
    st.markdown(f":material/join_inner: {page.plain(why(row, guideline))}")


def telling(row: ClusterRow, items: Sequence[Telling], guideline: Guideline) -> Telling | None:
    """The most telling items, one of which is chosen."""
    if not items:
        return None
    percents = {level.level: f"{level.percent}%" for level in guideline.levels}
    by_item = {one.item: one for one in items}
    label = {one.item: " ".join(percents[level] for level in one.levels) or _("no grades") for one in items}
    item = st.segmented_control(
        _("Telling clips"), list(by_item), default=items[0].item, required=True,
        format_func=lambda number: f"{list(by_item).index(number) + 1} · {label[number]}", key=f"telling_{row.id}",
    )  # fmt: skip
    return by_item[item]


def said_of(one: Telling, guideline: Guideline) -> None:
    """What was said of an item: flags, rules, notes, and not by whom."""
    rules = {rule.id: view.rule_name(rule) for rule in guideline.rules}
    parts = [view.flag_name(flag) for flag in one.flags] + [rules.get(rule, rule) for rule in one.rules]
    if parts:
        st.caption(page.plain(" · ".join(parts)))
    for note in one.notes:
        st.markdown(f":material/chat_bubble: {page.plain(note)}")
    st.page_link(
        "disputes.py", label=_("Look at the item"), icon=":material/open_in_new:", query_params={"item": str(one.item)}
    )


def appeals(made: Sequence[tuple[str, str, datetime]]) -> None:
    """What graders say against the decision of an item: their words and the times that they point at, and no name."""
    for text, times, _when in made:
        at = ", ".join(fmt.number(ms / 1000, 1) + " s" for ms in json.loads(times))
        st.markdown(f":material/undo: **{_('Appeal')}**: {page.plain(text)}" + (f" ({at})" if at else ""))


def worth(row: ClusterRow) -> None:
    """Every factor of the order, and how they make it."""
    st.markdown(f"**{_('What deciding it is worth')}**")
    st.dataframe(
        [
            {_("Factor"): _("Probability that a label is wrong"), _("Value"): fmt.percent(row.wrong)},
            {_("Factor"): _("Levels off, if it is"), _("Value"): fmt.number(row.distance, 2)},
            {_("Factor"): _("Items settled now"), _("Value"): fmt.number(row.now, 1)},
            {_("Factor"): _("Items to come in 5 days"), _("Value"): fmt.number(row.coming, 1)},
            {_("Factor"): _("Weight of the keyword"), _("Value"): fmt.number(row.weight, 2)},
            {_("Factor"): _("Minutes that it takes"), _("Value"): fmt.number(row.minutes, 1)},
        ],
        hide_index=True,
    )
    st.caption(
        _("{wrong} × {distance} × ({now} + {coming}) × {weight} = {value}; ÷ {minutes} min = {worth} a minute").format(
            wrong=fmt.number(row.wrong, 2), distance=fmt.number(row.distance, 2), now=fmt.number(row.now, 1),
            coming=fmt.number(row.coming, 1), weight=fmt.number(row.weight, 2), value=fmt.number(row.value, 2),
            minutes=fmt.number(row.minutes, 1), worth=fmt.number(row.per_minute, 2),
        )
    )  # fmt: skip


def cause(row: ClusterRow, may: bool) -> str | None:
    """The cause with its evidence; the one that a person chooses instead, by click or by its key."""
    st.markdown(f"**{_('Cause')}**")
    if row.given:
        st.caption(_("Said by a person."))
    elif row.evidence:
        st.caption(" · ".join(f"{evidence_name(name)} ({n})" for name, n in row.evidence))
    if not may:
        st.markdown(cause_name(row.cause))
        return None
    picked = None
    with st.container(horizontal=True, gap="xsmall"):
        for one in CAUSES:
            kind: Literal["primary", "secondary"] = "primary" if one is row.cause else "secondary"
            key = f"cause_{one}"
            if st.button(cause_name(one), key=key, shortcut=KEYS[one], type=kind) and (one is not row.cause or not row.given):  # fmt: skip
                picked = str(one)
    return picked


@dataclass(frozen=True, slots=True)
class Settling:
    """A level for all of a cluster's items, with its reason and rule."""

    level: int
    reason: str
    rule: str | None
    looks: tuple[tuple[int, int], ...] = ()  # what was said of further clips, where there are many
    precedent: int | None = None  # the one that says so, if one does


def proposal(
    row: ClusterRow, guideline: Guideline, look: Callable[[Proposal], tuple[tuple[int, int], ...] | None]
) -> Settling | None:  # fmt: skip
    """What is plainly decided already, to be taken over by one press. `look`: what is said of further clips before; None:
    not enough yet."""
    if row.proposal is None:
        return None
    names = {level.level: view.level_name(level) for level in guideline.levels}
    with st.container(border=True, gap="xsmall"):
        st.markdown(
            f":material/gavel: **{page.plain(names[row.proposal.level])}** · "
            + (
                _("a precedent of this keyword says so")
                if row.proposal.precedent is not None
                else _("{n} earlier decisions on this keyword all say so").format(n=row.proposal.decisions)
            )
        )
        rule = next((view.rule_name(one) for one in guideline.rules if one.id == row.proposal.rule), row.proposal.rule)
        st.caption(page.plain(" · ".join(part for part in (rule, row.proposal.reason) if part)))
        looks = look(row.proposal)
        if looks is None:
            return None
        n = len(row.items) - sum(one != row.proposal.level for _item, one in looks)
        label = _("Settle its items so ({n})").format(n=fmt.number(n))
        if st.button(label, key=f"settle_{row.id}", type="primary", icon=":material/done_all:"):
            return Settling(row.proposal.level, row.proposal.reason, row.proposal.rule, looks, row.proposal.precedent)
    return None


def to_meeting(row: ClusterRow, there: Sequence[MeetingRow]) -> int | None:
    """Puts the cluster on a meeting's agenda: one that is not closed. Returns the meeting that was chosen."""
    names = {one.id: one.title for one in there if one.state != "closed"}
    if not names:
        return None
    with st.popover(_("Put to a meeting"), icon=":material/co_present:"), st.form(f"meet_{row.id}", border=False):
        chosen_ = st.selectbox(_("Meeting"), list(names), format_func=lambda one: names[one], key=f"meeting_{row.id}")
        if st.form_submit_button(_("Put it on the agenda"), type="primary"):
            return chosen_
    return None


def split(row: ClusterRow, items: Sequence[Telling]) -> tuple[list[int], str] | None:
    """Takes items out of a cluster into one of their own. `items`: all of them, as far as they are shown."""
    if len(row.items) < 2:
        return None
    with st.popover(_("Split"), icon=":material/call_split:"), st.form(f"split_{row.id}", border=False):
        names = {one.item: f"{one.clip_name} · {one.item}" for one in items}
        out = st.multiselect(_("Items that do not belong here"), list(names), format_func=lambda item: names[item], placeholder=_("choose"))  # fmt: skip
        reason = st.text_input(_("What holds them together"), max_chars=200, key=f"split_why_{row.id}")
        if st.form_submit_button(_("Make a cluster of them"), type="primary") and out:
            return list(out), reason
    return None


def merge(row: ClusterRow, rows: Sequence[ClusterRow]) -> tuple[list[int], str] | None:
    """Puts other clusters into this one."""
    others = {other.id: other for other in rows[:SHOWN] if other.id != row.id}
    if not others:
        return None
    with st.popover(_("Merge"), icon=":material/call_merge:"), st.form(f"merge_{row.id}", border=False):
        chosen_ = st.multiselect(
            _("Clusters that the same rule would settle"), list(others), placeholder=_("choose"),
            format_func=lambda name: f"{keyword_of(others[name])} · {cause_name(others[name].cause)} ({len(others[name].items)})",
        )  # fmt: skip
        reason = st.text_input(_("What holds them together"), max_chars=200, key=f"merge_why_{row.id}")
        if st.form_submit_button(_("Make one cluster"), type="primary") and chosen_:
            return [*row.items, *(item for name in chosen_ for item in others[name].items)], reason
    return None


def undo_hand(row: ClusterRow) -> bool:
    """A cluster that a person made can go back to the rules."""
    return row.id.startswith("h") and st.button(
        _("Back to the proposed clusters"), key=f"back_{row.id}", icon=":material/undo:"
    )


def ask(row: ClusterRow, item: int, guideline: Guideline, language: str) -> tuple[str, list[Choice], str] | None:
    """The form of a single question to the client about the item that is shown."""
    with st.popover(_("Ask the client"), icon=":material/contact_support:"), st.form(f"ask_{row.id}_{item}", border=False):  # fmt: skip
        st.caption(_("A link for the clip that is shown. It works on a phone, without an account, for 7 days."))
        text = st.text_area(_("What is asked"), max_chars=500, height=80, key=f"ask_text_{row.id}")
        pair = row.pair or (1, 2)
        levels = {level.level: level for level in guideline.levels}
        picked = st.multiselect(
            _("Answers (two or three)"), list(levels), default=list(pair), max_selections=3,
            format_func=lambda level: view.level_name(levels[level]), key=f"ask_levels_{row.id}",
        )  # fmt: skip
        tongue = st.segmented_control(
            _("Language of the page"), ["zh", "en"], default=language, required=True,
            format_func=lambda one: {"zh": "中文", "en": "English"}[one], key=f"ask_language_{row.id}",
        )  # fmt: skip
        if st.form_submit_button(_("Make the link"), type="primary"):
            words = {
                level: (one.name_zh, one.definition_zh) if tongue == "zh" else (one.name_en, one.definition_en)
                for level, one in levels.items()
            }
            choices = [
                Choice(level, ": ".join(part for part in words[level] if part) or str(level))
                for level in sorted(picked, reverse=True)
            ]
            return text, choices, str(tongue)
    return None


_LINK = "triage.link"


def keep_link(path: str) -> None:
    """The new link is shown after the page ran again: it is told only once."""
    st.session_state[_LINK] = path


def show_link() -> None:
    """The link that was just made."""
    path = st.session_state.pop(_LINK, None)
    if path:
        base = str(st.context.url or "").split("/triage")[0]
        st.success(_("Send this link to the client. It is shown only once."), icon=":material/link:")
        st.code(f"{base}{path}", language=None)


# What is done with a question: apply or take_back; what was said of further clips, and how far its precedent holds.
def nothing() -> None:
    """No dispute waits."""
    page.empty(_("No disputes"), _("What graders cannot settle comes here, like with like."), ":material/task_alt:")
