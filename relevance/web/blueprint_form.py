"""An exam's blueprint: so many clips of a rule, of a level or a pair of levels, of a keyword, of a difficulty."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from relevance.services.guidelines import Guideline
from relevance.texts import _
from relevance.training import Cell
from relevance.web import format as fmt
from relevance.web import learn_view

MOST = 20  # kinds of clips in one exam


def kinds() -> int:
    """How many kinds of clips the exam asks for; 0: it is spread evenly. Stands outside the form, which it makes longer."""
    return int(
        st.number_input(
            _("Kinds of clips (0: spread evenly over the boundaries between levels)"), 0, MOST, 0, key="exam_kinds",
            width=420,
        )
    )  # fmt: skip


def difficulty(code: str) -> str:
    """A difficulty in the reader's words."""
    return {"easy": _("Easy"), "middle": _("Middle"), "hard": _("Hard")}[code]


def cell(at: int, guideline: Guideline, keywords: Mapping[int, str]) -> Cell:
    """One kind of clips: how many, and what they have in common."""
    one, two, three, four, five = st.columns([0.7, 2, 1.6, 1.6, 1])
    n = one.number_input(_("Clips"), 1, 200, 2, key=f"cell_n_{at}")
    rules = {rule.id: learn_view.rule_text(guideline, rule.id) for rule in guideline.rules}
    rule = two.selectbox(
        _("Rule"), list(rules), index=None, format_func=lambda key: rules[key], key=f"cell_rule_{at}",
        placeholder=_("any"),
    )  # fmt: skip
    levels = {f"l{level}": learn_view.level_text(guideline, level) for level in range(4)}
    levels |= {
        f"p{low}": _("{low} or {high}").format(low=levels[f"l{low}"], high=levels[f"l{low + 1}"]) for low in range(3)
    }
    level = three.selectbox(
        _("Level or pair"), [f"p{low}" for low in range(3)] + [f"l{level}" for level in range(4)], index=None,
        format_func=lambda key: levels[key], key=f"cell_level_{at}", placeholder=_("any"),
    )  # fmt: skip
    keyword = four.selectbox(
        _("Keyword"), list(keywords), index=None, format_func=lambda key: keywords[key], key=f"cell_keyword_{at}",
        placeholder=_("any"),
    )  # fmt: skip
    hard = five.selectbox(
        _("Difficulty"), ["easy", "middle", "hard"], index=None, format_func=difficulty, key=f"cell_difficulty_{at}",
        placeholder=_("any"),
    )  # fmt: skip
    place = None if level is None else int(level[1])
    return Cell(
        int(n), rule=rule, level=place if level and level[0] == "l" else None,
        pair=place if level and level[0] == "p" else None, keyword=keyword, difficulty=hard,
    )  # fmt: skip


def said(cells: tuple[Cell, ...], guideline: Guideline, keywords: Mapping[int, str]) -> str:
    """A blueprint in a line, for who reads what is offered; nothing where it asks for no kind of clip."""
    if all(one == Cell(one.n) for one in cells):
        return ""
    parts = []
    for one in cells:
        words = [
            learn_view.rule_text(guideline, one.rule) if one.rule else "",
            learn_view.level_text(guideline, one.level) if one.level is not None else "",
            _("{low} or {high}").format(
                low=learn_view.level_text(guideline, one.pair), high=learn_view.level_text(guideline, one.pair + 1)
            )
            if one.pair is not None
            else "",
            keywords.get(one.keyword, "") if one.keyword is not None else "",
            difficulty(one.difficulty) if one.difficulty else "",
        ]
        kind = ", ".join(word for word in words if word) or _("any kind")
        parts.append(f"{fmt.number(one.n)} × {kind}")
    return " · ".join(parts)
