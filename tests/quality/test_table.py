"""One table shape, checked at the door, the same in any row order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relevance.errors import BadInput
from relevance.quality.table import table


def faults(*columns: list, **options: object) -> list[tuple[int | None, str | None, str]]:
    with pytest.raises(BadInput) as caught:
        table(*columns, **options)  # type: ignore[arg-type]
    return [(place.row, place.column, place.say()) for place in caught.value.places]


def test_a_grade_outside_the_scale_is_named_with_its_row_and_what_is_allowed() -> None:
    found = faults(["a", "b", "c"], [1, 1, 1], ["0", "4", "-1"], levels=4, file="g.csv")
    assert [row for row, _, _ in found] == [3, 4]  # the header is row 1
    assert found[0][2] == "g.csv, row 3, column grade: 4 is outside the scale 0 to 3."


@pytest.mark.parametrize(
    ("grade", "said"),
    [
        ("", "there is no grade"),
        (float("nan"), "there is no grade"),
        (None, "there is no grade"),
        ("high", "high is not a whole number"),
        (1.5, "1.5 is not a whole number"),
        (float("inf"), "inf is not a whole number"),
    ],
)
def test_what_is_no_grade_is_an_error_with_its_row(grade: object, said: str) -> None:
    found = faults(["a", "b"], [1, 1], [0, grade], levels=4)
    assert [(row, column) for row, column, _ in found] == [(3, "grade")]
    assert said in found[0][2]


def test_an_item_or_a_grader_without_an_id_is_an_error_with_its_row() -> None:
    assert [(row, column) for row, column, _ in faults(["a", ""], [1, None], [0, 1])] == [(3, "grader"), (3, "item")]


def test_no_rows_are_said_to_be_no_grades() -> None:
    with pytest.raises(BadInput, match=r"holds no grades"):
        table([], [], [])


def test_a_thousand_faults_are_counted_and_a_hundred_shown() -> None:
    with pytest.raises(BadInput) as caught:
        table(list(range(1000)), [1] * 1000, [9] * 1000, levels=4)
    assert (caught.value.count, len(caught.value.places)) == (1000, 100)


def test_a_grader_twice_on_an_item_counts_once_with_the_last_answer_and_a_warning() -> None:
    read = table(["a", "b", "a"], ["x", "x", "x"], [0, 1, 2], levels=4, file="g.csv")
    assert read.grades.level.tolist() == [2, 1]
    assert [place.row for place in read.warnings] == [2]
    assert "grader x answered item a again" in read.warnings[0].say()


def test_ids_are_kept_as_given() -> None:
    assert table(["007", "7"], ["x", "x"], [0, 1]).grades.items.tolist() == ["007", "7"]
    assert table(np.array([10, 9]), ["x", "x"], [0, 1]).grades.items.tolist() == [9, 10]  # numbers sort as numbers
    assert table([7, "seven"], ["x", "x"], [0, 1]).grades.items.tolist() == [7, "seven"]
    assert table([1.0, 2.0], ["x", "x"], [0, 1]).grades.items.tolist() == [1, 2]  # a column of numbers with a gap


def test_the_scale_is_what_occurs_where_it_is_not_given() -> None:
    assert table(["a", "b"], [1, 1], [0, 0]).grades.levels == 2
    assert table(["a", "b"], [1, 1], [0, 4]).grades.levels == 5


@given(st.permutations(range(12)))
@settings(deadline=None)
def test_the_same_table_in_any_row_order(order: list[int]) -> None:
    rows = [(f"i{n % 4}", f"g{n // 4}", n % 3) for n in range(12)]
    shuffled = table(*zip(*(rows[n] for n in order), strict=True), levels=3).grades  # type: ignore[arg-type]
    straight = table(*zip(*rows, strict=True), levels=3).grades  # type: ignore[arg-type]
    for name in ("item", "grader", "level", "items", "graders"):
        assert getattr(shuffled, name).tolist() == getattr(straight, name).tolist()


def test_percentages_are_not_taken_for_levels() -> None:
    assert "67 is outside the scale 0 to 19" in faults(["a", "b"], [1, 1], [0, 67])[0][2]
