"""Which keyword a row means."""

from __future__ import annotations

from relevance.exchange.catalogue import Clips, KnownKeyword
from relevance.exchange.keywords import Ambiguous, Keywords


def known(number: int, zh: str | None, en: str | None) -> KnownKeyword:
    return KnownKeyword(number, (zh or en or "").casefold(), zh, en, None, None, 1.0)


def test_a_single_column_is_chinese_where_it_has_a_chinese_character() -> None:
    words = Keywords()
    words.resolve("红熊猫", "", "", 2)
    words.resolve("red panda", "", "", 3)
    assert [(d.zh, d.en) for d in words.drafts] == [("红熊猫", None), (None, "red panda")]


def test_an_english_keyword_gains_its_chinese_text_and_stays_the_same() -> None:
    words = Keywords.of([known(7, None, "bicycle")])
    assert words.resolve("", "自行车", "Bicycle", 2) == 0
    assert words.drafts[0].id == 7 and words.drafts[0].changes() and words.drafts[0].zh == "自行车"
    assert words.resolve("自行车", "", "", 3) == 0


def test_a_stored_english_text_is_corrected_by_a_file_that_says_it_once_and_split_by_one_that_says_two() -> None:
    words = Keywords.of([known(7, "自行车", "bike")])
    assert words.resolve("", "自行车", "bicycle", 2) == 0
    assert words.drafts[0].en == "bicycle" and words.drafts[0].changes()
    assert words.resolve("", "自行车", "push-bike", 3) == 1
    assert words.resolve("", "自行车", "Bicycle", 4) == 0
    assert words.resolve("", "自行车", "", 5) == Ambiguous(("bicycle", "push-bike"))
    assert [(draft.zh, draft.en, draft.en_row) for draft in words.split()] == [("自行车", "push-bike", 3)]


def test_the_same_file_again_finds_both_keywords_of_one_chinese_text() -> None:
    words = Keywords.of([known(1, "苹果", "apple"), known(2, "苹果", "Apple (brand)")])
    assert words.resolve("", "苹果", "apple (brand)", 2) == 1
    assert words.resolve("", "苹果", "apple", 3) == 0
    assert words.split() == []


def test_two_chinese_words_may_share_an_english_one_which_then_says_nothing_alone() -> None:
    words = Keywords.of([known(1, "起重机", "crane"), known(2, "鹤", "crane")])
    assert words.resolve("", "", "crane", 2) == Ambiguous(("起重机", "鹤"))
    assert words.resolve("", "鹤", "crane", 3) == 1


def test_an_english_text_that_becomes_ambiguous_later_in_the_file_is_found() -> None:
    words = Keywords()
    words.resolve("", "起重机", "crane", 2)
    assert words.resolve("", "", "crane", 3) == 0
    words.resolve("", "鹤", "crane", 4)
    assert [(row, text) for row, text, _ in words.ambiguous_after_all()] == [(3, "crane")]


def test_what_nobody_changed_is_no_change() -> None:
    words = Keywords.of([known(7, "自行车", "bicycle")])
    words.resolve("自行车", "", "", 2)
    words.say(0, 2, weight=1.0)
    assert not words.drafts[0].changes()


def test_a_clip_is_found_however_it_is_called() -> None:
    clips = Clips()
    clips.add(1, "a" * 64, "Café 红.mp4", 1000, ["old.mov"], ["/data/day1/Café 红.mp4"])
    clips.add(2, "b" * 64, "x.mp4", 1000, [], ["/data/day1/x.mp4"])
    clips.add(3, "c" * 64, "x.mp4", 1000, [], ["/data/day2/x.mp4"])
    clips.add(4, "d" * 64, "gone.mp4", 1000, [], [], removed=True)
    decomposed = "Cafe\u0301 红.mp4"
    for text, found in {
        "Café 红.mp4": [1], decomposed: [1], "CAFÉ 红.MP4": [1], "old.mov": [1], "day2/x.mp4": [3], "day1\\x.mp4": [2], "x.mp4": [2, 3],
        "./day2/x.mp4": [3], "y1/x.mp4": [], "a" * 64: [1], "3": [3], "gone.mp4": [4], "none": [],
    }.items():  # fmt: skip
        assert clips.find(text) == found, text
