"""The people of the demo project: two teams of graders with their leads, and one person for every other role."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, product
from typing import Literal

from relevance.errors import BadInput

Part = Literal["admin", "lead", "grader", "client", "specialist", "analyst"]
Style = Literal["careful", "average", "lenient", "strict", "hurried", "careless"]

# How a dozen graders are made up; a larger team repeats it.
STYLES: tuple[Style, ...] = (
    "careful", "average", "hurried", "average", "lenient", "careful",
    "average", "strict", "hurried", "average", "careful", "careless",
)  # fmt: skip
_GRADERS = (
    ("lina", "李娜"), ("zhangwei", "张伟"), ("liuyang", "刘洋"), ("huangting", "黄婷"), ("wujie", "吴杰"),
    ("xuyan", "徐燕"), ("sunli", "孙丽"), ("mahao", "马昊"), ("zhufang", "朱芳"), ("guopeng", "郭鹏"),
    ("hexin", "何欣"), ("gaoyuan", "高远"),
)  # fmt: skip
_SURNAMES = (
    ("liang", "梁"), ("song", "宋"), ("zheng", "郑"), ("xie", "谢"), ("han", "韩"), ("tang", "唐"), ("feng", "冯"),
    ("deng", "邓"), ("cao", "曹"), ("peng", "彭"), ("zeng", "曾"), ("xiao", "肖"), ("tian", "田"), ("dong", "董"),
)  # fmt: skip
_GIVEN = (
    ("jing", "静"), ("lei", "磊"), ("na", "娜"), ("qiang", "强"), ("yan", "艳"), ("bo", "博"), ("xue", "雪"),
    ("chao", "超"), ("mei", "梅"), ("kai", "凯"), ("lan", "岚"), ("rui", "睿"), ("yu", "瑜"), ("hui", "慧"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """An account of the demo: login, name, part, the login of the team's lead, and for graders how they work."""

    login: str
    name: str
    part: Part
    lead: str | None = None
    style: Style | None = None
    language: str = "zh"


OTHERS = (
    DemoPerson("admin", "管理员", "admin"),
    DemoPerson("chenjing", "陈静", "lead"),
    DemoPerson("lintao", "林涛", "lead"),
    DemoPerson("zhoumin", "周敏", "specialist"),
    DemoPerson("wanglei", "王磊", "client"),
    DemoPerson("zhaoyiming", "赵一鸣", "analyst"),
)
LEADS = tuple(person.login for person in OTHERS if person.part == "lead")


def _graders() -> Iterator[tuple[str, str]]:
    yield from _GRADERS
    for number in count(1):
        for (given, given_zh), (surname, surname_zh) in product(_GIVEN, _SURNAMES):
            yield surname + given + (str(number) if number > 1 else ""), surname_zh + given_zh


def make_people(graders: int = 12) -> list[DemoPerson]:
    """Everybody: the other roles first, then so many graders, alternating between the two teams.

    Raises:
        BadInput: fewer than 2 graders; two are the least that can agree.
    """
    if graders < 2:
        raise BadInput("A demo has at least two graders; {graders} were asked for.", graders=graders)
    named = _graders()
    return [
        *OTHERS,
        *(
            DemoPerson(login, name, "grader", LEADS[i % 2], STYLES[i % len(STYLES)], "en" if i % 12 == 9 else "zh")
            for i, (login, name) in ((i, next(named)) for i in range(graders))
        ),
    ]
