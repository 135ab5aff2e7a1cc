"""What runs without the rest of its page asks again who is there: it would go on for one who has signed out, in English."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PAGES = Path(__file__).parents[2] / "pages"


def fragments() -> list[tuple[str, ast.FunctionDef]]:
    """The functions of the pages that Streamlit runs by themselves."""
    return [
        (f"{path.name}:{node.name}", node)
        for path in sorted(PAGES.glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and any("fragment" in ast.unparse(one) for one in node.decorator_list)
    ]


def test_there_are_parts_that_run_by_themselves() -> None:
    assert {name for name, _ in fragments()} >= {"exam.py:clock", "overview.py:live"}


@pytest.mark.parametrize("part", [node for _, node in fragments()], ids=[name for name, _ in fragments()])
def test_a_part_that_runs_by_itself_asks_who_is_there(part: ast.FunctionDef) -> None:
    called = {ast.unparse(node.func) for node in ast.walk(part) if isinstance(node, ast.Call)}
    assert "session.actor" in called
