"""The picture of the replay: every policy can be read, also where two lie on each other."""

from __future__ import annotations

from relevance.quality.replay import Outcome
from relevance.web.overlap_view import figure


def outcome(policy: str, cost: float, accuracy: float) -> Outcome:
    return Outcome(
        policy=policy, grades_per_item=cost, accuracy=accuracy, distance=0.3, unsure=None, grades_per_item_all=cost
    )


def test_policies_that_lie_on_each_other_have_one_text_with_both_names() -> None:
    drawn = figure([outcome("adaptive-5", 2.13, 0.783), outcome("adaptive-7", 2.13, 0.783)]).data[0]
    assert list(drawn.text) == ["", "Adaptive, at most 5 / Adaptive, at most 7"]
    assert list(drawn.customdata) == ["Adaptive, at most 5", "Adaptive, at most 7"]


def test_policies_that_lie_apart_have_a_text_each() -> None:
    drawn = figure([outcome("model-2", 2.0, 0.77), outcome("model-3", 3.0, 0.77)]).data[0]
    assert list(drawn.text) == ["Fixed 2, model", "Fixed 3, model"]
