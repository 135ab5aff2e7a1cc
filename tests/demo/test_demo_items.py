"""Keywords and items of the demo: enough, the same for a seed, and a fifth of them arguable."""

from __future__ import annotations

from pathlib import Path

import pytest

from relevance.demo.arguments import ASKS, GAPS, HIGHER, LOWER, REASONS
from relevance.demo.keywords import BATCHES, KEYWORDS, make_items
from relevance.demo.scenes.catalogue import CATALOGUE
from relevance.demo.scenes.make import DemoClip
from relevance.errors import BadInput
from relevance.guideline import parse
from relevance.scale import LEVELS

CLIPS = [
    DemoClip(Path(f"{scene.name}.{scene.form.split('.')[1]}"), scene.name, 0, "", "", "", "", scene.truth)
    for scene in CATALOGUE
]
GUIDELINE = Path(__file__).parents[2] / "relevance" / "demo"


def test_there_are_at_least_12_keywords_in_both_languages_with_families() -> None:
    assert len(KEYWORDS) >= 12
    assert all(word.zh and word.en and word.family and word.weight > 0 for word in KEYWORDS)
    assert len({word.zh for word in KEYWORDS}) == len({word.en for word in KEYWORDS}) == len(KEYWORDS)


def test_there_are_at_least_80_items_of_every_level_and_every_keyword_in_two_batches() -> None:
    items = make_items(CLIPS)
    assert len(items) >= 80
    assert {item.level for item in items} == set(LEVELS)
    assert {item.keyword.key for item in items} == {word.key for word in KEYWORDS}
    assert {item.batch for item in items} == set(BATCHES)
    assert (
        len({(item.clip, item.keyword.key) for item in items})
        == len({item.external_id for item in items})
        == len(items)
    )
    assert any(item.gold for item in items)


def test_every_difficulty_is_there() -> None:
    kinds = [item.kind for item in make_items(CLIPS)]
    assert set(kinds) == {"clear", "boundary", "gap", "ambiguous", "bad_clip"}


def test_the_same_seed_gives_the_same_items_and_another_seed_others() -> None:
    assert make_items(CLIPS, seed=4) == make_items(CLIPS, seed=4)
    assert make_items(CLIPS, seed=4) != make_items(CLIPS, seed=5)


def test_fewer_items_keep_the_share_of_hard_ones_and_more_are_plainly_not_relevant() -> None:
    every = make_items(CLIPS)
    hard = sum(item.kind != "clear" for item in every) / len(every)
    few = make_items(CLIPS, count=40)
    assert len(few) == 40
    assert sum(item.kind != "clear" for item in few) == round(40 * hard)
    more = make_items(CLIPS, count=len(every) + 50)
    assert len(more) == len(every) + 50
    assert sum(item.level == 0 for item in more) == sum(item.level == 0 for item in every) + 50


def test_more_items_than_pairs_are_refused_with_the_number_there_is() -> None:
    # two clips x all keywords
    with pytest.raises(BadInput, match=f"1 to {2 * len(KEYWORDS)} items; 1000 were asked for"):
        make_items(CLIPS[:2], count=1000)


def test_the_guideline_has_the_same_rules_in_both_languages_and_covers_what_the_items_cite() -> None:
    zh, en = (parse((GUIDELINE / f"guideline.{lang}.md").read_text("utf-8")) for lang in ("zh", "en"))
    assert [rule.id for rule in zh.rules] == [rule.id for rule in en.rules]
    assert [rule.number for rule in zh.rules] == [rule.number for rule in en.rules]
    assert 10 <= len(zh.rules) <= 16
    assert len(zh.levels) == len(en.levels) == 4
    assert all(rule.text and rule.heading for text in (zh, en) for rule in text.rules)
    cited = {truth.rule for scene in CATALOGUE for truth in scene.truth.values() if truth.rule}
    assert cited <= {rule.id for rule in zh.rules}


def test_the_samples_that_are_shipped_can_be_read() -> None:
    samples = Path(__file__).parents[2] / "data" / "samples"
    zh, en = (parse((samples / f"guideline.{lang}.md").read_text("utf-8")) for lang in ("zh", "en"))
    assert [rule.id for rule in zh.rules] == [rule.id for rule in en.rules]


def test_whoever_argues_has_words_for_it() -> None:
    for scene in CATALOGUE:
        for key, truth in scene.truth.items():
            if truth.kind == "boundary":
                assert truth.rule in LOWER and truth.rule in HIGHER and truth.rule in REASONS, (scene.name, key)
            if truth.kind == "gap":
                assert scene.name in GAPS and scene.name in REASONS, (scene.name, key)
    pairs = {(scene.name, key) for scene in CATALOGUE for key in scene.truth}
    assert {(ask.scene, ask.keyword) for ask in ASKS} <= pairs
