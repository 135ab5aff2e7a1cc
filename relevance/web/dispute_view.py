"""The clip of a disputed item, with its filmstrip and every grade beside it.

`clip_of` and `grades_of` are pure: what is known of an item as its two parts show it. They only show: keys and clicks move
the clip, and nothing comes back to Python.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from relevance.services.cluster_line import FLAGS
from relevance.services.disputes import DisputeDetail, GradeSeen
from relevance.services.guidelines import Guideline, Level, Rule
from relevance.texts import _
from relevance.web import format as fmt
from relevance.web.parts import component

_clip = component("clip_view")
_grades = component("grade_list")


def flag_name(flag: str) -> str:
    """A grader's flag in the reader's words."""
    return _(FLAGS[flag])


def why_name(why: str) -> str:
    """Why an item is disputed, in the reader's words."""
    return {
        "far": _("Far apart"),
        "cap": _("No agreement"),
        "appeal": _("Appeal"),
        "exam": _("Good people fail it in exams"),
        "sample": _("A sample contradicts the rule"),
        "flag": _("Flagged"),
        "returned": _("Sent back"),
    }.get(why, why)


def level_name(level: Level) -> str:
    """A level as its percentage and name."""
    return f"{level.percent}% {fmt.in_language(level.name_zh, level.name_en)}"


def rule_name(rule: Rule) -> str:
    """A rule as its number and title."""
    return f"{rule.number} {fmt.in_language(rule.title_zh, rule.title_en)}".strip()


def strip(content_id: str, tiles: Mapping[str, Any]) -> dict[str, Any] | None:
    """Where the filmstrip's picture lies and of how many tiles in a row it is; None where there is none.

    >>> strip("ab", {"tiles": 4, "tile_width": 160, "tile_height": 90, "times_ms": [0, 1, 2, 3]})
    {'src': '/strip/ab', 'count': 4}
    """
    count = int(tiles.get("tiles") or 0)
    return {"src": f"/strip/{content_id}", "count": count} if count else None


def _small(grade: GradeSeen, names: Mapping[int, str]) -> str:
    """What the reader weighs a grade by: how much was watched, how long it took, how this grader did on the keyword."""
    said = []
    if grade.watched_share is not None:
        said.append(_("watched {share}").format(share=fmt.percent(min(grade.watched_share, 1.0))))
    if grade.decision_ms is not None:
        said.append(_("took {time}").format(time=fmt.span(grade.decision_ms / 1000)))
    if grade.history.n:
        past = fmt.of(grade.history.same, grade.history.n)
        said.append(_("right on this keyword: {past}").format(past=past))
    else:
        said.append(_("no history on this keyword"))
    if grade.earlier:
        before = " → ".join(names[level] if level is not None else "–" for level in grade.earlier)
        said.append(_("corrected, was {before}").format(before=before))
    if not grade.counts:
        said.append(_("does not count"))
    return " · ".join(said)


def clip_of(detail: DisputeDetail) -> dict[str, Any]:
    """What the clip's viewer (clip_view.js) shows: the clip, its strip, and every evidence time marked on it."""
    return {
        "item": str(detail.item),
        "src": f"/clip/{detail.content_id}",
        "captions": f"/captions/{detail.content_id}" if detail.captions else None,
        "start_ms": detail.start_ms,
        "end_ms": detail.end_ms,
        "duration_ms": detail.duration_ms,
        "strip": strip(detail.content_id, detail.strip),
        "label": f"{fmt.in_language(detail.keyword_zh, detail.keyword_en)} · {detail.clip_name}",
        "marks": [{"ms": ms, "level": one.level, "who": one.name} for one in detail.grades for ms in one.evidence_ms],
        "texts": texts(),
    }


def grades_of(detail: DisputeDetail, guideline: Guideline, zone: str, now: datetime) -> dict[str, Any]:
    """What the list of grades (grade_list.js) shows, in the reader's language: highest level first, then flags alone."""
    names = {level.level: level_name(level) for level in guideline.levels}
    percents = {level.level: f"{level.percent}%" for level in guideline.levels}
    rules = {rule.id: rule_name(rule) for rule in guideline.rules}
    ordered = sorted(detail.grades, key=lambda grade: (grade.level is None, -(grade.level or 0), grade.made_at))
    return {
        "item": detail.item,
        "grades": [
            {
                "level": grade.level,
                "says": names[grade.level] if grade.level is not None else "",
                "who": grade.name,
                "when": fmt.moment(grade.made_at, zone, now),
                "flag": _flag_text(grade),
                "note": grade.note or "",
                "rule": _("rule {name}").format(name=rules.get(grade.rule, grade.rule)) if grade.rule else "",
                "evidence": list(grade.evidence_ms),
                "small": _small(grade, percents),
                "aside": not grade.counts,
            }
            for grade in ordered
        ],
        "texts": texts(),
    }


def texts() -> dict[str, str]:
    """The viewer's own words."""
    return {
        "broken": _("This clip can't be played here."),
        "play": _("Play or pause (Space)"),
        "evidence": _("Next evidence (E)"),
        "mute": _("Mute"),
        "sound_on": _("Sound on"),
        "cover": _("Blur"),
        "uncover": _("Unblur"),
        "no_note": _("no note"),
        "jump": _("Jump to"),
    }


def clip_alone(content_id: str, name: str, tiles: Mapping[str, Any]) -> dict[str, Any]:
    """A clip that no item is asked about, as its viewer shows it."""
    return {
        "item": content_id,
        "src": f"/clip/{content_id}",
        "captions": None,
        "start_ms": None,
        "end_ms": None,
        "duration_ms": None,
        "strip": strip(content_id, tiles),
        "label": name,
        "marks": [],
        "texts": texts(),
    }


def _flag_text(grade: GradeSeen) -> str:
    if grade.flag is None:
        return ""
    return flag_name(grade.flag) + (f": {grade.flag_text}" if grade.flag_text else "")


def counted(levels: Sequence[int]) -> list[int]:
    """How many grades each level has, lowest level first.

    >>> counted([3, 1, 3])
    [0, 1, 0, 2]
    """
    return [sum(1 for one in levels if one == level) for level in range(4)]


def show_clip(data: dict[str, Any]) -> None:
    """Mounts the viewer; it stays mounted from item to item, so that the next clip comes without a flash."""
    _clip(key="clip_view", data=data)


def show_grades(data: dict[str, Any], tall: bool = False) -> None:
    """Mounts the list of grades beside the viewer; `tall` where nothing stands below it."""
    _grades(key="grade_list", data={**data, "tall": tall})
