"""The next item at a thousand and at a million open items, and the first one after a restart at a million.

Each step runs in a process of its own on a store that was built once (tests/bench/stores.py).
"""

from __future__ import annotations

from tests.bench.common import Row, size
from tests.bench.scale import STEPS, step
from tests.bench.stores import Size, copy_of

FEW, MANY = Size(open=1_000), Size(open=size("OPEN", 1_000_000, 20_000))
PEOPLE = 100
STEPS["lease"] = f"""
store = Store.open(data)
from relevance.roles import Actor, Role
from relevance.services import grading
graders = [Actor(account=n, roles={{1: frozenset({{Role.GRADER}})}}) for n in range(1, {PEOPLE + 1})]
for grader in graders:
    grading.claim(store, grader, 1, "tab", 1)
begin({PEOPLE})
for grader in graders:
    grading.claim(store, grader, 1, "tab", 2)
"""
STEPS["first"] = """
from relevance.roles import Actor, Role
from relevance.services import grading
begin()
store = Store.open(data)
assert grading.claim(store, Actor(account=1, roles={1: frozenset({Role.GRADER})}), 1, "tab", 1).work
"""


def run() -> list[Row]:
    """One measurement."""
    first, lease = {}, {}
    for one in (FEW, MANY):
        with copy_of(one) as data:
            first[one.open] = step("first", data)
            lease[one.open] = 1000 * step("lease", data)[0]
    few, many = f"{FEW.open:,} open items", f"{MANY.open:,} open items"
    return [
        Row(f"first item after a restart, {few}", first[FEW.open][0], "s"),
        Row.at_most(f"first item after a restart, {many}", first[MANY.open][0], "s", 10),
        Row(f"the same: memory, {many}", first[MANY.open][2], "MB"),
        Row(f"next item, {few}, mean of {PEOPLE} people", lease[FEW.open], "ms"),
        Row(f"next item, {many}, mean of {PEOPLE} people", lease[MANY.open], "ms"),
        Row.at_most(f"next item, {many} against {FEW.open:,}", lease[MANY.open] / lease[FEW.open], "x", 1.5),
    ]
