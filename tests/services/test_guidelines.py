"""A guideline is published as versions; each stays, and stands on the grades that were given by it."""

from __future__ import annotations

import pytest

from relevance.errors import BadInput, NotAllowed
from relevance.roles import SYSTEM, Role
from relevance.services import guidelines, policies
from tests.world import World

EN = """# Clips
## Levels
- 100 % | Full: all of it
- 67 % | Mostly: most of it
- 33 % | Partly: some of it
- 0 % | Not: none of it
## Subject
### R1 It is seen {#seen}
For a second.
"""
ZH = """# 片段
## 等级
- 100 % | 完全: 全部
- 67 % | 大部分: 大部分
- 33 % | 部分: 部分
- 0 % | 不相关: 没有
## 主体
### R1 看得见 {#seen}
一秒。
"""


def test_without_a_guideline_the_levels_have_plain_names(world: World) -> None:
    now = guidelines.current(world.store, world.project)
    assert (now.version, [level.percent for level in now.levels], now.rules) == (0, [100, 67, 33, 0], ())
    assert all(level.name_zh and level.name_en for level in now.levels)


def test_both_languages_are_one_guideline_with_the_same_rules(world: World) -> None:
    assert guidelines.import_markdown(world.store, SYSTEM, world.project, ZH, EN, "first") == 1
    now = guidelines.current(world.store, world.project)
    assert (now.title_zh, now.title_en) == ("片段", "Clips")
    assert [(rule.id, rule.title_zh, rule.title_en) for rule in now.rules] == [("seen", "看得见", "It is seen")]
    highest = now.levels[0]
    assert (highest.level, highest.name_zh, highest.name_en) == (3, "完全", "Full")


def test_the_same_text_again_is_no_new_version_and_another_is(world: World) -> None:
    (a,) = world.graders(1)
    world.items(2)
    guidelines.import_markdown(world.store, SYSTEM, world.project, en=EN)
    assert guidelines.import_markdown(world.store, SYSTEM, world.project, en=EN) == 1
    world.grade(a, 3)
    assert guidelines.import_markdown(world.store, SYSTEM, world.project, en=EN.replace("a second", "two")) == 2
    world.grade(a, 3)
    new, old = guidelines.versions(world.store, world.project)
    assert (new["version"], old["version"]) == (2, 1)
    assert guidelines.by_id(world.store, world.project, old["id"]).rules[0].text_en == "For a second."
    with world.store.reader() as reader:
        assert reader.all("select guideline from answer order by assignment") == [(old["id"],), (new["id"],)]
    world.reopen()
    assert guidelines.current(world.store, world.project).version == 2


def test_languages_that_do_not_have_the_same_rules_are_refused_with_their_rows(world: World) -> None:
    with pytest.raises(BadInput) as refused:
        guidelines.import_markdown(
            world.store, SYSTEM, world.project, ZH, EN + "### R2 Only here {#only}\nx\n", names=("a.md", "b.md")
        )
    assert [(place.file, place.row, place.value) for place in refused.value.places] == [("b.md", 10, "only")]
    assert guidelines.current(world.store, world.project).version == 0


def test_a_guideline_must_fit_the_projects_percentages(world: World) -> None:
    policies.change(world.store, SYSTEM, world.project, percents=[0, 25, 75, 100])
    with pytest.raises(BadInput):
        guidelines.import_markdown(world.store, SYSTEM, world.project, en=EN)


def test_who_may_publish(world: World) -> None:
    for role in (Role.LEAD, Role.SPECIALIST):
        person = world.person(role.value, role)
        guidelines.import_markdown(world.store, person, world.project, en=EN, note=role.value)
    for role in (Role.GRADER, Role.CLIENT, Role.ANALYST):
        with pytest.raises(NotAllowed):
            guidelines.import_markdown(world.store, world.person(role.value, role), world.project, en=EN)
    with pytest.raises(BadInput):
        guidelines.import_markdown(world.store, SYSTEM, world.project)
