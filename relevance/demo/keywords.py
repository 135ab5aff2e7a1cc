"""What the demo's clips are searched by: keywords with their family, weight and note, and the items made of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from relevance.demo.scenes.make import DemoClip
from relevance.demo.scenes.scene import Kind, Truth
from relevance.errors import BadInput


@dataclass(frozen=True, slots=True)
class DemoKeyword:
    """A keyword in two languages. weight: how often it is searched, 1 is usual. note: what it means, as graders see."""

    key: str
    zh: str
    en: str
    family: str
    weight: float
    note: str = ""


KEYWORDS = (
    DemoKeyword("cat", "猫", "cat", "动物", 8, "家猫，任何品种。"),
    DemoKeyword("dog", "狗", "dog", "动物", 7, "家犬，任何品种。"),
    DemoKeyword("fish", "鱼", "fish", "动物", 3, "活的鱼，不含鱼制菜肴。"),
    DemoKeyword(
        "football", "足球", "football (soccer)", "体育", 10, "足球这项运动或足球本身；不是篮球，也不是美式橄榄球。"
    ),
    DemoKeyword("rain", "下雨", "rain", "天气与天空", 5, "正在下的雨。"),
    DemoKeyword("snow", "雪", "snow", "天气与天空", 4, "下雪或积雪。"),
    DemoKeyword("sunset_sea", "海上日落", "sunset at sea", "天气与天空", 6, "太阳落下，看得到海。"),
    DemoKeyword("moon", "月亮", "moon", "天气与天空", 4),
    DemoKeyword("traffic_jam", "堵车", "traffic jam", "交通", 5, "道路上的车辆拥堵。"),
    DemoKeyword("red_car", "红色汽车", "red car", "交通", 6),
    DemoKeyword("traffic_light", "红绿灯", "traffic light", "交通", 2),
    DemoKeyword("train", "火车", "train", "交通", 3, "含高铁、地铁。"),
    DemoKeyword("campfire", "篝火", "campfire", "物品", 3, "户外点燃的火堆。"),
    DemoKeyword("alarm_clock", "闹钟", "alarm clock", "物品", 2, "会响铃的钟。"),
    DemoKeyword("apple", "苹果", "apple", "食物", 9),
    DemoKeyword("orange", "橙子", "orange (fruit)", "食物", 2, "水果，不是颜色。"),
    DemoKeyword("three_balloons", "三个气球", "three balloons", "数量与图形", 1, "不多不少，正好三个。"),
    DemoKeyword("red_triangle", "红色三角形", "red triangle", "数量与图形", 1),
    DemoKeyword("siren", "警笛声", "siren", "声音", 4, "救护车、警车或消防车的警笛，以听到为准。"),
    DemoKeyword("bell", "钟声", "bell ringing", "声音", 2, "大钟敲响的声音，以听到为准。"),
    DemoKeyword("countdown", "倒计时", "countdown", "文字", 3, "画面上倒着数的数字。"),
    DemoKeyword("sale", "夏季促销", "summer sale", "文字", 5, "夏季打折的宣传画面。"),
)
BY_KEY = {keyword.key: keyword for keyword in KEYWORDS}


@dataclass(frozen=True, slots=True)
class DemoBatch:
    """A batch: when it arrives and when it is due, as times from now (before now: negative)."""

    name: str
    arrives: timedelta
    due: timedelta
    share: float


BATCHES = (
    DemoBatch("第一批（试标）", timedelta(days=-7), timedelta(days=-2), 0.5),
    DemoBatch("第二批", timedelta(days=-3), timedelta(days=2), 0.5),
)

MOST_FIRST = 150  # items of the first batch: the week of grading finishes it, however large the demo


@dataclass(frozen=True, slots=True)
class DemoItem:
    """A clip and a keyword, with the truth that the simulated graders aim at."""

    external_id: str
    clip: str
    scene: str
    keyword: DemoKeyword
    batch: DemoBatch
    level: int
    kind: Kind
    other: int | None = None
    rule: str | None = None
    gold: bool = False


def make_items(clips: Sequence[DemoClip], *, count: int | None = None, seed: int = 0) -> list[DemoItem]:
    """The items of these clips, shuffled, the first half (150 at most) in the first batch.

    Args:
        clips: what `make_clips` made.
        count: how many; None for the pairs that the clips were drawn for. More adds pairs that are plainly not
            relevant; fewer takes a sample with the same share of hard ones.
        seed: another seed, another order and sample.

    Raises:
        BadInput: more than there are pairs of these clips and the keywords.
    """
    rng = random.Random(f"{seed}/items")
    drawn = [(clip, key, truth) for clip in clips for key, truth in clip.truth.items()]
    rest = [(clip, keyword.key, Truth(0)) for clip in clips for keyword in KEYWORDS if keyword.key not in clip.truth]
    count = len(drawn) if count is None else count
    if not 1 <= count <= len(drawn) + len(rest):
        raise BadInput(
            "{clips} clips and {keywords} keywords make 1 to {most} items; {n} were asked for.",
            clips=len(clips), keywords=len(KEYWORDS), most=len(drawn) + len(rest), n=count,
        )  # fmt: skip
    if count >= len(drawn):
        chosen = drawn + rng.sample(rest, count - len(drawn))
    else:
        hard = [pair for pair in drawn if pair[2].kind != "clear"]
        clear = [pair for pair in drawn if pair[2].kind == "clear"]
        of_hard = min(len(hard), max(round(count * len(hard) / len(drawn)), count - len(clear)))
        chosen = rng.sample(hard, of_hard) + rng.sample(clear, count - of_hard)
    rng.shuffle(chosen)
    first = min(round(count * BATCHES[0].share), MOST_FIRST)
    # What nobody can settle without the lead comes with the second batch: its questions are open when one looks.
    chosen.sort(key=lambda pair: pair[2].kind in ("ambiguous", "bad_clip"))
    return [
        DemoItem(
            external_id=f"D{number + 1:05d}",
            clip=clip.name,
            scene=clip.scene,
            keyword=BY_KEY[key],
            batch=BATCHES[0] if number < first else BATCHES[1],
            level=truth.level,
            kind=truth.kind,
            other=truth.other,
            rule=truth.rule,
            gold=truth.kind == "clear" and number % 12 == 5,
        )
        for number, (clip, key, truth) in enumerate(chosen)
    ]
