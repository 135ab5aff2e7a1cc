"""The picture of the replay: every policy can be read, also where two lie on each other."""

from __future__ import annotations

from relevance.quality.replay import Outcome
from relevance.web.overlap_view import figure


def outcome(policy: str, cost: float, accuracy: float) -> Outcome:
    return Outcome(
        policy=policy, grades_per_item=cost, accuracy=accuracy, distance=0.3, unsure=None, grades_per_item_all=cost
    )


def test_policies_that_lie_on_each_other_have_one_text_with_both_numbers() -> None:
    drawn = figure([outcome("adaptive-5", 2.13, 0.783), outcome("adaptive-7", 2.13, 0.783)]).data[0]
    assert list(drawn.text) == ["", "1, 2"]
    assert list(drawn.customdata) == ["Adaptive, at most 5", "Adaptive, at most 7"]


def test_policies_that_lie_apart_have_the_number_of_their_row_each() -> None:
    rows = [outcome("majority-2", 2.0, 0.7), outcome("model-2", 2.0, 0.77), outcome("model-3", 3.0, 0.77)]
    text = {line.customdata[0]: list(line.text) for line in figure(rows).data}
    assert text == {"Fixed 2, majority": ["1"], "Fixed 2, model": ["2", "3"]}
