"""What pages share: an input's faults are told whole, and what somebody typed is shown as typed."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def _faulty() -> None:
    from relevance.errors import BadInput, Place
    from relevance.web import page

    with page.door():
        raise BadInput("The sheet has faults.", places=[Place("No role is called {value}.", "", 3, "role", "[x](y)")])


def test_a_fault_is_a_line_of_text_that_wraps_and_its_value_no_markup() -> None:
    at = AppTest.from_function(_faulty, default_timeout=30).run()
    assert not at.exception and not at.dataframe  # a grid would cut what is wrong
    (line,) = at.table[0].value.to_dict("records")
    assert list(line.values()) == ["3", "role", r"\[x\]\(y\)", r"No role is called \[x\]\(y\)."]
