"""A guideline file: what is read from it, and what is said of its faults."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relevance.errors import BadInput, Place
from relevance.guideline import parse

LEVELS = """## Levels
- 100 % | Full: all of it
- 67 % | Mostly: most of it
- 33 % | Partly: some of it
- 0 % | Not: none of it
"""
GOOD = (
    f"# Clips\n{LEVELS}\n## Main subject\n### R1 It is seen {{#seen}}\nFor a second.\n\nOr two.\n### Heard only\nNo.\n"
)


def faults(text: str, **options: object) -> tuple[Place, ...]:
    with pytest.raises(BadInput) as raised:
        parse(text, "g.md", **options)  # type: ignore[arg-type]
    return raised.value.places


def test_title_levels_headings_and_rules_are_read() -> None:
    read = parse(GOOD)
    assert read.title == "Clips"
    assert [(level.level, level.name, level.definition) for level in read.levels] == [
        (0, "Not", "none of it"),
        (1, "Partly", "some of it"),
        (2, "Mostly", "most of it"),
        (3, "Full", "all of it"),
    ]
    first, second = read.rules
    assert (first.id, first.number, first.heading, first.title) == ("seen", "R1", "Main subject", "It is seen")
    assert first.text == "For a second.\n\nOr two."
    assert (second.title, second.number) == ("Heard only", "")


def test_a_chinese_file_is_read_the_same() -> None:
    text = """# 标准
## 等级
- 100％｜完全相关：全部符合
- 67％｜大部分相关：大部分符合
- 33％｜部分相关：部分符合
- 0％｜不相关：不符合
## 主体
### R1 主体出现 {#seen}
出现一秒以上。
"""
    read = parse(text)
    assert [level.name for level in read.levels] == ["不相关", "部分相关", "大部分相关", "完全相关"]
    assert [(rule.id, rule.heading) for rule in read.rules] == [("seen", "主体")]


def test_a_rule_without_an_id_keeps_the_same_one_from_version_to_version() -> None:
    text = f"# G\n{LEVELS}## H\n### R7 A title\nx\n### No number\ny\n"
    ids = [rule.id for rule in parse(text).rules]
    assert ids[0] == "r7"
    later = parse(text.replace("\nx\n", "\nanother text\n") + "### R8 New\nz\n")
    assert [rule.id for rule in later.rules][:2] == ids


def test_a_projects_own_percentages_are_its_levels() -> None:
    text = GOOD.replace("67 %", "75 %").replace("33 %", "25 %")
    assert [level.level for level in parse(text, percents=(0, 25, 75, 100)).levels] == [0, 1, 2, 3]
    found = faults(text)
    assert [(place.row, place.value) for place in found if place.row] == [(4, "75"), (5, "25")]


@pytest.mark.parametrize(
    ("text", "row", "value"),
    [
        ("# G\n## H\n### R1 A\nx\n", None, "0"),  # no levels at all
        (GOOD.replace("- 0 % | Not: none of it\n", ""), None, "0"),
        (GOOD.replace("- 0 % | Not: none of it", "- 67 % | Twice: it is"), 6, "67"),
        (GOOD.replace("Full: all of it", "Full"), 3, None),
        (GOOD + "### R9 Again {#seen}\nx\n", 15, "seen"),
        (GOOD + "### {#only-an-id}\nx\n", 15, None),
        (f"# G\n{LEVELS}", None, None),  # no rule
    ],
)
def test_each_fault_is_said_with_its_row_and_value(text: str, row: int | None, value: str | None) -> None:
    found = faults(text)
    assert (row, value) in [(place.row, place.value) for place in found]
    assert all(place.say().startswith("g.md") for place in found)


def test_a_byte_order_mark_and_windows_line_ends_make_no_difference() -> None:
    assert parse("\ufeff" + GOOD.replace("\n", "\r\n")).rules == parse(GOOD).rules


@given(st.text(max_size=400))
def test_any_text_is_read_or_refused_never_worse(text: str) -> None:
    try:
        parse(text)
        parse(GOOD + text)
    except BadInput as refused:
        assert refused.places
        for place in refused.places:
            place.say()
