"""What a lead is shown of an item: all of it, in his language, and nothing that is only markup."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from relevance.services.disputes import DisputeDetail, GradeSeen, History
from relevance.services.guidelines import Guideline, Level, Rule
from relevance.texts import speak
from relevance.web import dispute_view as view
from relevance.web import page

NOW = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
LEVELS = tuple(Level(n, p, z, e, None, None) for n, p, z, e in ((3, 100, "全", "Full"), (2, 67, "多", "Mostly"), (1, 33, "少", "Partly"), (0, 0, "无", "Not")))  # fmt: skip
RULES = (Rule("subject", "R1", None, None, "主体", "The subject", None, None),)
GUIDELINE = Guideline(1, 1, None, None, None, NOW, LEVELS, RULES)


def grade(name: str, level: int | None, **more: object) -> GradeSeen:
    values: dict[str, object] = {
        "assignment": 1, "grader": 1, "name": name, "level": level, "earlier": (), "flag": None, "flag_text": None,
        "note": None, "rule": None, "evidence_ms": (), "counts": True, "purpose": "work", "decision_ms": 9000,
        "watched_share": 0.8, "made_at": NOW - timedelta(hours=1), "history": History(0, 0),
    }  # fmt: skip
    return GradeSeen(**{**values, **more})  # type: ignore[arg-type]


def detail(*grades: GradeSeen, **more: object) -> DisputeDetail:
    values: dict[str, object] = {
        "item": 7, "project": 1, "state": "disputed", "level": None, "why": "far", "version": 2, "since": NOW,
        "batch_name": "b", "keyword": 1, "keyword_zh": "红车", "keyword_en": "red car", "keyword_note": None, "clip": 1,
        "content_id": "ab", "clip_name": "c.mp4", "start_ms": None, "end_ms": None, "duration_ms": 8000, "width": 640,
        "height": 360, "strip": {"tiles": 4, "times_ms": [1, 2, 3, 4]}, "captions": False, "title": None,
        "description": None, "grades": grades, "rulings": (), "asks": (),
    }  # fmt: skip
    return DisputeDetail(**{**values, **more})  # type: ignore[arg-type]


def test_grades_come_highest_first_and_flags_alone_last() -> None:
    shown = view.grades_of(
        detail(grade("a", 0), grade("b", None, flag="no_rule", flag_text="动画？"), grade("c", 3)),
        GUIDELINE,
        "UTC",
        NOW,
    )
    assert [one["who"] for one in shown["grades"]] == ["c", "a", "b"]
    assert shown["grades"][0]["says"] == "100% Full"
    assert shown["grades"][2]["flag"] == "No rule for this: 动画？"


def test_a_graders_past_on_the_keyword_stands_with_its_n() -> None:
    shown = view.grades_of(detail(grade("a", 3, history=History(6, 5)), grade("b", 0)), GUIDELINE, "UTC", NOW)
    assert "right on this keyword: 83% (5/6)" in shown["grades"][0]["small"]
    assert "no history on this keyword" in shown["grades"][1]["small"]


def test_a_correction_and_a_surplus_grade_say_so() -> None:
    shown = view.grades_of(detail(grade("a", 3, earlier=(0, 1), counts=False)), GUIDELINE, "UTC", NOW)
    (one,) = shown["grades"]
    assert "corrected, was 0% → 33%" in one["small"] and "does not count" in one["small"] and one["aside"]


def test_evidence_is_marked_on_the_clip_with_who_marked_it() -> None:
    shown = view.clip_of(detail(grade("a", 3, evidence_ms=(1000, 2500)), grade("b", 0, evidence_ms=(4000,))))
    assert [(mark["who"], mark["ms"], mark["level"]) for mark in shown["marks"]] == [
        ("a", 1000, 3),
        ("a", 2500, 3),
        ("b", 4000, 0),
    ]
    assert shown["src"] == "/clip/ab" and shown["strip"] == {"src": "/strip/ab", "count": 4}


def test_a_rule_is_named_and_one_that_is_gone_keeps_its_id() -> None:
    shown = view.grades_of(detail(grade("a", 3, rule="subject"), grade("b", 0, rule="old")), GUIDELINE, "UTC", NOW)
    assert [one["rule"] for one in shown["grades"]] == ["rule R1 The subject", "rule old"]


def test_it_is_all_said_in_chinese_too() -> None:
    speak("zh")
    try:
        shown = view.grades_of(detail(grade("a", 3, history=History(6, 5))), GUIDELINE, "UTC", NOW)
        assert shown["grades"][0]["says"] == "100% 全"
        assert "该关键词历史正确率 83% (5/6)" in shown["grades"][0]["small"]
        assert view.clip_of(detail())["label"] == "红车 · c.mp4"
    finally:
        speak("en")


def test_typed_text_is_plain_in_markdown() -> None:
    assert (
        page.plain("<b>*x* [a](http://b) $y$ :red[z]") == "\\<b\\>\\*x\\* \\[a\\]\\(http\\://b\\) \\$y\\$ \\:red\\[z\\]"
    )
