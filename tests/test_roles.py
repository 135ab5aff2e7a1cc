"""Who may do what, written out once more as a grid that a person can check."""

from __future__ import annotations

import pytest

from relevance.errors import NotAllowed
from relevance.roles import (
    PAGES,
    ROUTES,
    SYSTEM,
    TABLE,
    Act,
    Actor,
    Role,
    allowed,
    anywhere,
    pages_of,
    require,
    route_of,
)

# In the project's order: grader, lead, client, specialist, analyst, admin. x: may.
GRID = """
own-account        x x x x x x
grade              x . . . . .
ask                x . . . . .
see-guideline      x x x x x x
see-clip           . x x x x x
see-disputes       . x x x x x
decide             . x . . . .
settle-cluster     . x . x . .
triage             . x . x . .
answer-question    . x . x . .
make-rule          . x . x . .
supersede          . x . . . .
reply              . x . x . .
see-meetings       . x x x . .
run-meeting        . x . . . .
see-overview       . x x x x x
manage-project     . x . . . x
manage-members     . x . . . x
manage-batches     . x . . . x
publish-guideline  . x . x . x
import             . x . . . x
ingest             . x . . . x
export             . x . . x x
snapshot           . . . . x x
add-project        . . . . . x
manage-users       . . . . . x
backup             . . . . . x
see-team           . x . . . x
manage-team        . x . . . .
set-gold           . x . x . .
see-gold           . x . x . .
manage-exams       . x . x . .
pilot              x x x x . .
"""
PEOPLE = {
    **{role.value: Actor(7, roles={1: frozenset({role})}) for role in Role},
    "admin": Actor(7, admin=True),
}
ROWS = {line.split()[0]: line.split()[1:] for line in GRID.strip().splitlines()}


def test_every_act_is_in_the_table_and_in_the_grid() -> None:
    assert set(TABLE) == set(Act) == {Act(name) for name in ROWS}


@pytest.mark.parametrize("act", list(Act))
def test_a_role_may_do_what_its_column_says_in_its_own_project(act: Act) -> None:
    may = {who: allowed(actor, act, 1) for who, actor in PEOPLE.items()}
    assert may == {who: mark == "x" for who, mark in zip(PEOPLE, ROWS[act.value], strict=True)}


@pytest.mark.parametrize("act", list(Act))
def test_in_another_project_a_role_may_do_nothing(act: Act) -> None:
    for role in Role:
        if act is not Act.OWN_ACCOUNT:
            assert not allowed(PEOPLE[role.value], act, 2)
            assert not allowed(PEOPLE[role.value], act, None)


@pytest.mark.parametrize("act", list(Act))
def test_nobody_may_do_nothing(act: Act) -> None:
    nobody = Actor(0)
    assert not allowed(nobody, act, 1)
    assert not anywhere(nobody, act)
    with pytest.raises(NotAllowed):
        require(nobody, act, 1)


def test_the_system_acts_as_administrator_but_has_no_account() -> None:
    assert allowed(SYSTEM, Act.ADD_PROJECT)
    assert not allowed(SYSTEM, Act.OWN_ACCOUNT)
    assert not allowed(SYSTEM, Act.GRADE, 1)


def test_two_roles_in_a_project_add_up() -> None:
    both = Actor(7, roles={1: frozenset({Role.GRADER, Role.ANALYST})})
    assert allowed(both, Act.GRADE, 1)
    assert allowed(both, Act.EXPORT, 1)


def test_a_day_begins_where_the_role_works() -> None:
    first = {who: pages_of(actor, 1)[0] for who, actor in PEOPLE.items()}
    assert first["grader"] == "grade"
    assert first["lead"] == "disputes"  # one click from sign-in


def test_pages_and_routes_name_acts_that_there_are() -> None:
    assert set(PAGES.values()) <= set(TABLE)
    for acts in ROUTES.values():
        assert acts is None or acts <= set(TABLE)


@pytest.mark.parametrize("path", ["", "/clip", "/clipper", "/live/", "/LIVE", "/sign-in.css", "/api", "/x/api/answer"])
def test_what_only_looks_like_a_route_is_none(path: str) -> None:
    assert route_of(path) is None
