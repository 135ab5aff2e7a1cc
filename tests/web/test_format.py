"""What the doctests, which speak English, can't show: the Chinese of dates, colons and sentences."""

import pytest

from relevance.texts import speak
from relevance.training import Cell
from relevance.web import blueprint_form
from relevance.web import format as fmt


@pytest.fixture(autouse=True)
def _english_again():
    yield
    speak("en")


def test_a_chinese_colon_and_chinese_sentences_take_no_space():
    speak("zh")
    assert fmt.pair("理由", "太小") == "理由：太小"
    assert fmt.sentences("你：90%。", "", "团队：87%。") == "你：90%。团队：87%。"


def test_an_exam_that_asks_for_no_kind_of_clips_says_nothing_of_kinds():
    assert blueprint_form.said((Cell(12),), None, {}) == ""
    assert "3 × " in blueprint_form.said((Cell(12), Cell(3, difficulty="hard")), None, {})
