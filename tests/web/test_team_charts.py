"""The pictures of the team: what stands in them can be read, and a week of few answers is seen to be one."""

from __future__ import annotations

from relevance.quality.confusion import Share
from relevance.quality.pace import Pace
from relevance.quality.scorecards import Card, Mean, Week
from relevance.services.team import Member
from relevance.web.team_charts import FEW, weeks

NOTHING = Share(None, 0.0, 1.0, 0)
LEVELS, PACE = Mean(None, None, None, 0), Pace(None, None, None, 0)


def member(grader: int, *accuracies: tuple[float, int]) -> Member:
    """A grader with a week for each (accuracy, answers), from one Monday on."""
    made = tuple(
        Week(3000 + at, Share(value, value - 0.1, value + 0.1, n), LEVELS, PACE, LEVELS)
        for at, (value, n) in enumerate(accuracies)
    )
    card = Card(10, 1.0, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, LEVELS, PACE, LEVELS, NOTHING, made)
    return Member(grader, f"P{grader}", None, card, card, {}, 1, 0)


def test_the_first_and_the_last_week_stand_inside_each_picture_with_room_for_their_names() -> None:
    figure = weeks([member(1, *[(0.9, 40)] * 5), member(2, (0.7, 40))])
    assert figure is not None
    first, last = figure.layout.xaxis.tickvals
    left, right = (moment.date() for moment in figure.layout.xaxis.range)
    # 28 days from first to last: a quarter of them on either side.
    assert ((first - left).days, (right - last).days) == (7, 7)


def test_the_lowest_week_stands_in_its_picture_if_it_says_something() -> None:
    figure = weeks([member(1, (0.9, 40), (0.12, FEW))])
    assert figure is not None
    assert figure.layout.yaxis.range[0] < 0.12
    usual = weeks([member(1, (0.9, 40), (0.12, FEW - 1))])
    assert usual is not None
    assert usual.layout.yaxis.range[0] == 0.4


def test_a_week_of_few_answers_is_a_ring() -> None:
    figure = weeks([member(1, (0.9, FEW), (0.5, FEW - 1))])
    assert figure is not None
    assert list(figure.data[1].marker.symbol) == ["circle", "circle-open"]
