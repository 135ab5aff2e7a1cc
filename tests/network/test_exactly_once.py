"""The grade loop's promises, from another machine: each answer exactly once over http, https, and slow and broken lines.

The cases are those of tests/browser/test_grade_loop.py, unchanged; only where the browser is and the way to it differ.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser import test_grade_loop as loop
from tests.browser.test_grade_loop import ROOT, by_assignment, grade, outbox, saved
from tests.browser.workshop import Server
from tests.line import Cut, Line

test_a_closed_tab_loses_nothing_and_the_next_tab_goes_on_with_its_items = (
    loop.test_a_closed_tab_loses_nothing_and_the_next_tab_goes_on_with_its_items
)
test_a_double_press_gives_one_grade = loop.test_a_double_press_gives_one_grade
test_a_page_left_open_does_not_send_under_the_next_persons_session = (
    loop.test_a_page_left_open_does_not_send_under_the_next_persons_session
)
test_a_refresh_with_unsent_answers_sends_them_and_keeps_the_item = (
    loop.test_a_refresh_with_unsent_answers_sends_them_and_keeps_the_item
)
test_a_server_killed_in_the_middle_loses_and_doubles_nothing = (
    loop.test_a_server_killed_in_the_middle_loses_and_doubles_nothing
)
test_an_answer_whose_echo_was_lost_counts_once = loop.test_an_answer_whose_echo_was_lost_counts_once
test_offline_answers_wait_and_are_sent_once_when_the_network_is_back = (
    loop.test_offline_answers_wait_and_are_sent_once_when_the_network_is_back
)
test_two_tabs_of_one_person_have_different_items = loop.test_two_tabs_of_one_person_have_different_items

# How many of the next clips would start at once: the line may be cut then, and two more grades are given without it.
AHEAD = f"() => Number(document.querySelector('{ROOT}').dataset.ahead) >= 2"


@pytest.mark.parametrize("how", ["reset", "hold", "lost"])
def test_a_cut_line_loses_and_doubles_nothing(
    how: Cut, line: Line, server: Server, context: Any, sign_in: Callable[..., Any]
) -> None:
    page = sign_in(context)
    done = [grade(page, "1")]
    saved(page, 60_000)
    page.wait_for_function(AHEAD, timeout=60_000)

    line.cut(how)
    done += [grade(page, "2"), grade(page, "3")]
    assert outbox(page) == 2
    page.wait_for_timeout(1500)
    line.mend()

    saved(page, 60_000)
    done.append(grade(page, "4"))  # and work goes on
    saved(page, 60_000)
    rows = by_assignment(server)
    assert {key: len(found) for key, found in rows.items()} == dict.fromkeys(done, 1)
    assert [rows[key][0]["level"] for key in done] == [0, 1, 2, 3]
