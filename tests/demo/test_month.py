"""The demo's month: items whose truth is known, a first version of the guideline, and three who get into trouble."""

from __future__ import annotations

import random
from pathlib import Path

from relevance.demo.crowd import SimAnswer
from relevance.demo.month import CHANGE, CUTS, DAYS, EACH, GRADERS, TROUBLES, first_version, month_items, troubled
from relevance.demo.scenes.catalogue import CATALOGUE
from relevance.demo.scenes.make import DemoClip
from relevance.guideline import parse
from relevance.quality.watch import BASE, FEWEST

CLIPS = [
    DemoClip(Path(f"{scene.name}.{scene.form.split('.')[1]}"), scene.name, 0, "", "", "", "", scene.truth)
    for scene in CATALOGUE
]
GUIDELINE = Path(__file__).parents[2] / "relevance" / "demo"


def test_every_item_is_there_once_and_lies_within_the_shortest_clip() -> None:
    items = month_items(CLIPS, 0)
    keys = {(item.clip, item.keyword.key, cut) for item, cut in items}
    assert len(keys) == len({item.external_id for item, _ in items}) == len(items) > 1_000
    assert max(end for _, end in CUTS) <= 3.9  # the shortest clip of the catalogue
    assert {item.level for item, _ in items} == {0, 1, 2, 3}


def test_the_first_version_lacks_one_sentence_and_no_rule() -> None:
    for language in ("zh", "en"):
        text = (GUIDELINE / f"guideline.{language}.md").read_text("utf-8")
        before, now = parse(first_version(text, language)), parse(text)
        assert len(first_version(text, language)) < len(text)
        assert [rule.id for rule in before.rules] == [rule.id for rule in now.rules]


def test_three_are_in_trouble_and_have_worked_long_enough_before() -> None:
    assert len(TROUBLES) == 3 and max(TROUBLES) < GRADERS
    a_day = EACH // DAYS + 1
    assert a_day * CHANGE >= BASE[0] and a_day * DAYS >= FEWEST


def test_trouble_shows_in_the_answers() -> None:
    rng = random.Random(1)
    said = SimAnswer(1, decision_ms=10_000, watched_ms=4_000, watched_share=0.8)
    unseen = [troubled("unseen", said, rng) for _ in range(300)]
    assert 120 < sum(one.watched_share < 0.2 for one in unseen) < 240
    assert sum(troubled("lenient", said, rng).level == 2 for _ in range(300)) > 120
    assert sum(troubled("one_level", said, rng).level == 2 for _ in range(300)) > 90
    assert troubled("one_level", SimAnswer(None, "no_rule"), rng).level is None
